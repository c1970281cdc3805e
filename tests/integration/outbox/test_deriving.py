"""What follows a release becomes one of its own: by one dispatcher, whole, and unless it was stopped."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from dispatcher.outbox import deriving, reading, releases
from dispatcher.outbox.states import ReleaseState
from tests.lives import CATCH_UP, OPENING, Lives, corrigendum
from tests.runs import EVENING
from tests.smtp_server import SmtpServer

if TYPE_CHECKING:
    from collections.abc import Callable

    from dispatcher.outbox.database import Database
    from dispatcher.outbox.deriving import Slot

KOLKATA, DELHI = "kolkata@customs.example", "delhi@customs.example"


class Killed(BaseException):
    """Ends a dispatcher like a signal that nothing catches."""


@pytest.fixture
def lives(database: Database) -> Lives:
    """Let an original reach two offices."""
    lives = Lives(database)
    lives.issue(KOLKATA, DELHI)
    with SmtpServer() as server:
        lives.once(server.relay(), at=EVENING)
    return lives


def _derive(lives: Lives) -> list[Slot]:
    return deriving.derive_due(lives.database, by="run", now=OPENING, catch_up_within=CATCH_UP)


def _before_the_last_commit(monkeypatch: pytest.MonkeyPatch, act: Callable[[], None]) -> None:
    """Have `act` done between the batches and the last commit of the next release that is written."""
    write = releases._write_deliveries

    def meanwhile(*args: Any, **keys: Any) -> dict[str, Any]:
        monkeypatch.setattr(releases, "_write_deliveries", write)
        sums = write(*args, **keys)
        act()
        return sums

    monkeypatch.setattr(releases, "_write_deliveries", meanwhile)


def test_a_reminder_has_the_signatory_of_what_it_follows(lives: Lives) -> None:
    """What registers say of the officers of an advisory holds for what follows it by itself."""
    _derive(lives)
    with lives.database.reading() as connection:
        first, *rest = reading.releases(connection)

    assert first.signatory.names
    assert [first.signatory] == [one.signatory for one in rest]


def test_a_reminder_that_another_run_derives_is_not_passed_over(
    lives: Lives, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another one looks while it is written, then the first is killed: it goes all the same."""

    def another_looks() -> None:
        _derive(lives)
        raise Killed

    _before_the_last_commit(monkeypatch, another_looks)
    with pytest.raises(Killed):
        _derive(lives)
    open_still = lives.slots()[0].is_open
    _derive(lives)

    assert open_still
    assert {KOLKATA, DELHI} == set(lives.states(lives.records()[-1].id))
    assert lives.slots()[0].skipped is None


def test_a_reminder_that_is_stopped_while_it_is_derived_is_not_sent(
    lives: Lives, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever is told that nothing follows is told the truth: what was about to follow is given up."""

    def stopped() -> None:
        deriving.stop(lives.database, [lives.record(1)], by="vivek", reason="enough", now=OPENING)

    _before_the_last_commit(monkeypatch, stopped)
    with SmtpServer() as server:
        lives.once(server.relay(), at=OPENING)
        lives.once(server.relay(), at=OPENING)

    assert [] == server.messages
    assert "stopped by vivek: enough" == lives.slots()[0].skipped


def test_what_was_derived_meanwhile_is_not_passed_over(lives: Lives, monkeypatch: pytest.MonkeyPatch) -> None:
    """An officer who stops what follows counts only what did not become a release at that moment."""
    looked = deriving.slots

    def derived_after_the_look(*args: Any) -> list[Slot]:
        found = looked(*args)
        monkeypatch.setattr(deriving, "slots", looked)
        _derive(lives)
        return found

    monkeypatch.setattr(deriving, "slots", derived_after_the_look)
    ahead = len([one for one in lives.slots() if one.is_open])
    count = deriving.stop(lives.database, [lives.record(1)], by="vivek", reason="enough", now=OPENING)

    assert ahead - 1 == count
    assert lives.slots()[0].skipped is None


def test_a_reminder_of_what_is_replaced_while_it_is_derived_is_not_sent(
    lives: Lives, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A corrigendum approved at that moment ends the reminder with the text that it repeats."""
    advisory, later = corrigendum(lives.draft(KOLKATA).advisory), EVENING + timedelta(hours=1)
    made = lives.issue(KOLKATA, DELHI, at=later, advisory=advisory, until=ReleaseState.PREPARED)

    _before_the_last_commit(monkeypatch, lambda: lives.approve(made.id, at=OPENING))
    with SmtpServer() as server:
        lives.once(server.relay(), at=OPENING)
        lives.once(server.relay(), at=OPENING)

    assert [] == server.messages
    assert "revision 1 took its place" == lives.slots()[0].skipped
