"""A reminder of the return: to who passes the advisory on, at the moment that it is due, unless it came."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

import pytest
from tenacity import wait_none

from dispatcher.acts import RemindersPlan
from dispatcher.delivery import circuit
from dispatcher.delivery.connecting import connect
from dispatcher.messages.drafting import with_document
from dispatcher.outbox import reading
from dispatcher.outbox.onward_returns import issued_kits, take_return
from dispatcher.outbox.preparing import prepare
from dispatcher.outbox.verifying import verify
from tests.drafts import recipient
from tests.kits import DOCUMENT, kit
from tests.lives import OPENING, Lives
from tests.outboxes import fresh_store
from tests.returns import TOLD
from tests.runs import EVENING, HOUR, KOLKATA, field_of
from tests.smtp_server import SmtpServer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

EICI, CMS = "secretariat@eici.example", "webmaster@cms.example"
DUE = HOUR - timedelta(hours=1)
"""11:00 IST, as the kit of the sample says."""


@pytest.fixture
def lives(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Lives]:
    """Open a store with a release whose kit goes to EICI; between tries to connect no time passes."""
    monkeypatch.setattr(circuit, "connect", partial(connect, wait=wait_none()))
    database = fresh_store(tmp_path)
    lives = Lives(database)
    _issue(lives, RemindersPlan())
    yield lives
    database.close()


def _issue(lives: Lives, reminders: RemindersPlan) -> None:
    told = (recipient(CMS, "cms"), recipient(EICI, "eici"))
    whole = with_document(lives.draft(*told, reminders=reminders), DOCUMENT)
    whole = replace(whole, kits={"onward": kit().attached}, kit_facts={"onward": kit().facts})
    made = prepare(lives.database, whole, made_by="asha", now=EVENING)
    lives.approve(made.release_id, at=EVENING)
    lives.let_go(made.release_id, at=EVENING)


def _returned(lives: Lives, **changes: int) -> None:
    """Record the return an hour before it is due, as soon as it is compiled."""
    now = DUE - timedelta(hours=1)
    with lives.database.writing() as connection:
        (issued,) = issued_kits(connection, [1])
        bound = replace(TOLD, release_hash=issued.text_hash, kit_hash=issued.kit_hash)
        told = replace(bound, last_at=now, compiled_at=now, **changes)  # type: ignore[arg-type]
        take_return(connection, told, [lives.record(1)], by="vivek", now=now, zone=KOLKATA)


def _reminders(server: SmtpServer) -> list[str]:
    """Return to whom reminders went, in order."""
    return [field_of(one, "To") for one in server.messages if "Reminder" in field_of(one, "Subject")]


def test_who_returned_nothing_is_reminded_when_it_is_due(lives: Lives) -> None:
    """Both are reminded at the opening; at eleven only EICI, of its return, as an answer to its message."""
    with SmtpServer() as server:
        lives.run(server.relay(), since=EVENING, until=OPENING + timedelta(minutes=10))
        before = len(server.messages)
        lives.run(server.relay(), since=OPENING + timedelta(minutes=10), until=DUE + timedelta(minutes=10))
    (asked,) = server.messages[before:]
    with lives.database.reading() as connection:
        found = list(
            verify(connection, reading.releases(connection), heads=[], zone=KOLKATA, progress=lambda: None)
        )

    assert sorted([CMS, EICI]) == sorted(_reminders(server)[:-1])
    assert (EICI, "अनुस्मारक/Reminder") == (field_of(asked, "To"), field_of(asked, "Subject").partition(":")[0])
    assert b"onward-10-SYS" not in asked
    assert field_of(asked, "In-Reply-To") != "None"
    assert [] == [one.said for done in found for one in done.findings]


def test_who_returned_is_not_reminded_of_it(lives: Lives) -> None:
    """A return that came acknowledges too: EICI gets neither reminder after it."""
    with SmtpServer() as server:
        lives.run(server.relay(), since=EVENING, until=OPENING - timedelta(hours=1))
        _returned(lives)
        lives.run(server.relay(), since=OPENING - timedelta(hours=1), until=DUE + timedelta(minutes=10))
    (slot,) = [one for one in lives.slots() if one.follow_up.for_return]

    assert [CMS] == _reminders(server)
    assert "nobody is left whom it would go to" == slot.skipped


@pytest.mark.parametrize(("informed", "left"), [(0, 214), (211, 1)])
def test_who_returned_that_some_are_open_is_reminded_all_the_same(lives: Lives, informed: int, left: int) -> None:
    """A return that says that nobody, or not everybody, was told settles nothing."""
    with SmtpServer() as server:
        lives.run(server.relay(), since=EVENING, until=OPENING - timedelta(hours=1))
        _returned(lives, informed=informed, failed=214 - informed - left, open=left)
        lives.run(server.relay(), since=OPENING - timedelta(hours=1), until=DUE + timedelta(minutes=10))

    assert [CMS, EICI] == _reminders(server)


@pytest.mark.parametrize("late", [timedelta(minutes=20), timedelta(minutes=50), timedelta(hours=4)])
def test_it_is_caught_up_with_whenever_something_runs_again(lives: Lives, late: timedelta) -> None:
    """Nothing ran at eleven: EICI is reminded at the next run, before the hour or after it."""
    with SmtpServer() as server:
        lives.run(server.relay(), since=EVENING, until=OPENING + timedelta(minutes=10))
        before = len(_reminders(server))
        lives.once(server.relay(), at=DUE + late)

    assert [EICI] == _reminders(server)[before:]


@pytest.mark.parametrize(("before", "reminded"), [(30, [EICI]), (-1, [])])
def test_a_return_that_is_due_soon_is_reminded_of_too(lives: Lives, before: int, reminded: list[str]) -> None:
    """No hour has to lie between EICI's mail and the moment; a mail that came after it asks for nothing."""
    with SmtpServer() as server:
        lives.run(server.relay(), since=DUE - timedelta(minutes=before), until=DUE + timedelta(minutes=10))

    assert reminded == _reminders(server)


def test_nothing_is_asked_where_nothing_is_to_follow(tmp_path: Path) -> None:
    """An office whose `reminders.at` is empty reminds nobody by itself, of a return neither."""
    database = fresh_store(tmp_path)
    lives = Lives(database)
    _issue(lives, RemindersPlan(at=()))
    slots = lives.slots()
    database.close()

    assert [] == slots
