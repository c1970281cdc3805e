"""Where an advisory stands, release by release: what is in force, what is published, what is waited for."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import openpyxl
import pytest

from dispatcher.acts import RemindersPlan
from dispatcher.messages.drafting import with_document
from dispatcher.model import Origin
from dispatcher.outbox.onward_returns import issued_kits, take_return
from dispatcher.outbox.preparing import prepare
from dispatcher.register.compiling import register_of
from dispatcher.register.sentences import standing
from dispatcher.register.standing import statuses
from tests.drafts import draft, recipient
from tests.kits import DOCUMENT, kit
from tests.lives import OPENING, Lives, corrigendum, successor
from tests.outboxes import fresh_store
from tests.returns import TOLD
from tests.runs import EVENING, KOLKATA, SLUG
from tests.smtp_server import SmtpServer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from dispatcher.register.status import Status

SAMPLE = draft().advisory
KOLKATA_POST = "kolkata@customs.example"
LATER = EVENING + timedelta(minutes=30)


@pytest.fixture
def lives(tmp_path: Path) -> Iterator[Lives]:
    """Open a fresh store."""
    database = fresh_store(tmp_path)
    yield Lives(database)
    database.close()


def _statuses(lives: Lives) -> list[Status]:
    return statuses(lives.database, SLUG, rate_per_minute=None, now=LATER, zone=KOLKATA)


def test_a_corrected_release_says_by_which_revision(lives: Lives) -> None:
    """Once the corrigendum is approved the original holds no more; the corrigendum itself does."""
    lives.issue(KOLKATA_POST)
    before = [one.replaced for one in _statuses(lives)]
    lives.issue(KOLKATA_POST, advisory=corrigendum(SAMPLE), at=LATER)

    assert ([""], ["revision 1", ""]) == (before, [one.replaced for one in _statuses(lives)])


def test_a_reminder_is_neither_published_nor_has_it_an_hour(lives: Lives) -> None:
    """Its text is of use until some moment, which is no hour before which anybody has to be told."""
    lives.issue(KOLKATA_POST)
    with SmtpServer() as server:
        lives.once(server.relay(), at=EVENING)
        lives.once(server.relay(), at=OPENING)
    original, reminder = _statuses(lives)

    assert (True, False) == (original.publishes, reminder.publishes)
    assert "of use until 13.08.2025 10:07 IST: nothing waits" == standing(reminder)


def test_what_is_passed_on_is_published_by_its_own_office(lives: Lives) -> None:
    """In the workspace of who passes it on nothing is said of a website."""
    origin = Origin(issuer={"hi": "कार्यालय", "en": "Office"}, release_hash="a" * 64, kit_hash="b" * 64)
    lives.issue(KOLKATA_POST, advisory=replace(SAMPLE, origin=origin))

    assert [False] == [one.publishes for one in _statuses(lives)]


@pytest.mark.parametrize("returned", [False, True])
def test_of_a_withdrawn_advisory_no_return_is_waited_for(lives: Lives, *, returned: bool) -> None:
    """What came back before stays told; what did not is not asked for any more."""
    told = lives.draft(recipient("secretariat@eici.example", "eici"), reminders=RemindersPlan())
    whole = replace(
        with_document(told, DOCUMENT), kits={"onward": kit().attached}, kit_facts={"onward": kit().facts}
    )
    made = prepare(lives.database, whole, made_by="asha", now=EVENING)
    lives.approve(made.release_id, at=EVENING)
    lives.let_go(made.release_id, at=EVENING)
    with SmtpServer() as server:
        lives.once(server.relay(), at=EVENING)
    waited_for = [one.onward is not None for one in _statuses(lives)]
    if returned:
        with lives.database.writing() as connection:
            (issued,) = issued_kits(connection, [1])
            bound = replace(TOLD, release_hash=issued.text_hash, kit_hash=issued.kit_hash)
            back = replace(bound, last_at=LATER, compiled_at=LATER, open=1)
            take_return(connection, back, [lives.record(1)], by="vivek", now=LATER, zone=KOLKATA)
    lives.issue("secretariat@eici.example", advisory=successor(SAMPLE, "withdrawal"), at=LATER)

    long_after = statuses(lives.database, SLUG, rate_per_minute=None, now=LATER + timedelta(days=2), zone=KOLKATA)

    assert ([True], [returned]) == (waited_for, [one.onward is not None for one in _statuses(lives)])
    assert not any(one.is_overdue for one in long_after)
    assert returned is ("EICI" in _title(lives))


def _title(lives: Lives) -> str:
    """Return the title of the register."""
    written = io.BytesIO()
    with register_of(lives.database, SAMPLE.slug, zone=KOLKATA) as register:
        register.write_xlsx(written)
    book = openpyxl.load_workbook(written)
    return " ".join(str(cell.value) for cell in next(book.worksheets[0].iter_rows(max_row=1)) if cell.value)
