"""What befell a release, as the register of numbers reads it from the store."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from dispatcher.outbox import interventions
from dispatcher.outbox.histories import histories
from dispatcher.outbox.states import ReleaseState
from tests.drafts import draft
from tests.lives import OPENING, Lives, corrigendum, successor
from tests.runs import EVENING
from tests.smtp_server import SmtpServer

if TYPE_CHECKING:
    from dispatcher.outbox.database import Database
    from dispatcher.outbox.records import History

ADVISORY = draft().advisory
KOLKATA, DELHI = "kolkata@customs.example", "delhi@customs.example"
MINUTE = timedelta(minutes=1)


def _read(database: Database) -> list[History]:
    with database.reading() as connection:
        return histories(connection)


def test_what_went_tells_its_moments_and_what_it_had_printed(database: Database) -> None:
    """Let go, done and accepted, each at its moment; a reminder of it is no history of its own."""
    lives = Lives(database)
    with SmtpServer() as server:
        lives.issue(KOLKATA, DELHI)
        lives.once(server.relay(), at=EVENING + MINUTE)
        lives.run(server.relay(), since=OPENING, until=OPENING + 5 * MINUTE)
    (found,) = _read(database)

    assert 2 == len(lives.records())
    assert (EVENING, None) == (found.began_at, found.cancelled_at)
    assert found.first_accepted_at
    assert found.last_accepted_at
    assert found.done_at
    assert EVENING + MINUTE <= found.first_accepted_at <= found.last_accepted_at <= found.done_at < OPENING
    assert (ADVISORY.kind, ADVISORY.issued, ADVISORY.subject) == found.printed


def test_a_cancelled_release_tells_when(database: Database) -> None:
    """It was never let go nor done."""
    lives = Lives(database)
    record = lives.issue(KOLKATA, until=ReleaseState.APPROVED)
    interventions.cancel(database, record, to=None, by="asha", reason="wrong", now=EVENING + MINUTE)
    (found,) = _read(database)

    assert (None, None, EVENING + MINUTE) == (found.began_at, found.done_at, found.cancelled_at)


def test_what_is_opened_again_is_not_done(database: Database) -> None:
    """Its chain holds the earlier end; as long as a delivery is open that is not its end."""
    lives = Lives(database)
    record = lives.issue(KOLKATA, DELHI)
    interventions.hold(database, record, to=DELHI, by="asha", reason="asks", now=EVENING)
    with SmtpServer() as server:
        lives.once(server.relay(), at=EVENING)
    held = lives.record(record.id)
    interventions.resume(database, held, to=DELHI, by="asha", reason="go on", now=EVENING + MINUTE)
    (found,) = _read(database)

    assert (ReleaseState.SENDING, None) == (found.record.state, found.done_at)


def test_a_corrigendum_tells_its_own_date(database: Database) -> None:
    """Of the advisory the store keeps the first date."""
    lives = Lives(database)
    lives.issue(KOLKATA)
    lives.issue(KOLKATA, advisory=corrigendum(ADVISORY, dated="2025-08-14"), at=EVENING + MINUTE)

    assert [ADVISORY.issued, date(2025, 8, 14)] == [one.printed and one.printed.dated for one in _read(database)]


def test_a_cancelled_delivery_is_no_cancelled_release(database: Database) -> None:
    """Of a delivery the chain holds an event of the same name."""
    lives = Lives(database)
    record = lives.issue(KOLKATA, DELHI)
    interventions.cancel(database, record, to=DELHI, by="asha", reason="wrong", now=EVENING)
    lives.issue(KOLKATA, advisory=successor(ADVISORY, "supersession"), at=EVENING + MINUTE)
    first, second = _read(database)

    assert (ReleaseState.CANCELLED, EVENING + MINUTE) == (first.record.state, first.cancelled_at)
    assert ("supersession", ReleaseState.SENDING, None) == (
        second.record.act,
        second.record.state,
        second.cancelled_at,
    )
