"""Out of doubt the same message goes again or none; only what certainly did not arrive may go in other words."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

from dispatcher.delivery.clock import HandedClock
from dispatcher.model import Wording
from dispatcher.outbox import reading
from dispatcher.outbox.doubt import doubts, settle
from dispatcher.outbox.relay_logs import Span
from dispatcher.outbox.resolving import Decision, LogFile, Logs, by_decision, by_logs
from dispatcher.outbox.states import DeliveryState
from tests.outboxes import GREYLISTED, MOMENT, NOW, Outbox
from tests.runs import HOUR, Dispatching, field_of
from tests.smtp_server import Act, SmtpServer

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from dispatcher.outbox.database import Database
    from dispatcher.outbox.resolving import Ruling

    Ruled = Callable[[Outbox, datetime], Ruling]

A = "a@customs.example"
D = DeliveryState
KOLKATA = ZoneInfo("Asia/Kolkata")
LATER = MOMENT + timedelta(hours=1)
BUSY = "451 4.3.0 try later"


def _again(outbox: Outbox, now: datetime) -> Ruling:
    found = doubts(outbox.database, [outbox.record()], content_timeout=600)
    return by_decision(found, Decision.AGAIN, by="vivek", reason="they ask for it", now=now, zone=KOLKATA)


def _absent(outbox: Outbox, now: datetime) -> Ruling:
    """Rule by logs that are whole and do not hold the message."""
    found = doubts(outbox.database, [outbox.record()], content_timeout=600)
    file = LogFile(name="mail.log", lines=9, understood=9, span=Span(MOMENT - timedelta(days=1), now))
    return by_logs(found, Logs(traces={}, files=[file], complete=True), now=now, zone=KOLKATA)


def _settled(outbox: Outbox, ruling: Ruling, now: datetime) -> None:
    assert [] == ruling.kept
    assert [] == settle(outbox.database, ruling.settled, by="vivek", now=now)


def _keeps(outbox: Outbox) -> bool:
    """Tell what a sender is told that takes up what waits an hour later."""
    lease = outbox.lease(now=LATER.timestamp())
    with outbox.database.reading() as connection:
        (found,) = reading.waiting(connection, lease.chunk_id)
    outbox.give_back(lease)
    return found.keeps_wording


def test_a_fresh_or_deferred_delivery_is_free(outbox: Outbox) -> None:
    """Nobody has it yet, and who refused it for now certainly has not."""
    outbox.add_release(A)
    fresh = _keeps(outbox)
    outbox.attempt(A, D.DEFERRED, now=NOW + 60)

    assert (False, False) == (fresh, _keeps(outbox))


@pytest.mark.parametrize(("how", "keeps"), [(_again, True), (_absent, False)])
def test_only_what_perhaps_arrived_keeps_its_wording(outbox: Outbox, how: Ruled, *, keeps: bool) -> None:
    """An officer who has it sent again does not make it certain; whole logs that do not show it do."""
    outbox.add_release(A)
    outbox.attempt(A, D.IN_DOUBT)
    _settled(outbox, how(outbox, LATER), LATER)

    assert keeps is _keeps(outbox)


def test_a_late_refusal_frees_the_wording(outbox: Outbox) -> None:
    """The relay's own word, however late, is certain."""
    outbox.add_release(A)
    lease = outbox.attempt(A, D.IN_DOUBT)
    outbox.commit(outbox.outcome(lease, A, D.DEFERRED, reply=GREYLISTED, next_at=NOW + 60))

    assert not _keeps(outbox)


def test_doubt_of_an_earlier_try_stays(outbox: Outbox) -> None:
    """That the second try was refused for certain says nothing of the first."""
    outbox.add_release(A)
    outbox.attempt(A, D.IN_DOUBT)
    _settled(outbox, _again(outbox, LATER), LATER)
    outbox.attempt(A, D.DEFERRED, n=2, now=LATER.timestamp())

    assert _keeps(outbox)


@pytest.mark.parametrize("first", [Act.DROP, BUSY])
def test_after_the_hour(database: Database, first: Act | str) -> None:
    """What may have arrived before the hour goes again octet by octet; what did not says that it is in effect."""
    dispatching, outbox = Dispatching(database), Outbox(database)
    dispatching.clock = HandedClock(HOUR - timedelta(minutes=2))
    dispatching.prepare(A)
    with SmtpServer({"content": [first, "250 2.0.0 OK"]}) as server:
        dispatching.run(server.relay(), patient=False)
        if first is Act.DROP:
            _settled(outbox, _again(outbox, HOUR), HOUR)
        dispatching.clock = HandedClock(HOUR + timedelta(minutes=30))
        dispatching.run(server.relay())

    before, after = server.messages
    (delivery,) = dispatching.deliveries()
    same = first is Act.DROP
    assert same == (before == after)
    assert same == (field_of(before, "Message-ID") == field_of(after, "Message-ID"))
    assert same != ("Now in effect" in field_of(after, "Subject"))
    assert ("accepted", 2) == (delivery.state, delivery.attempts)
    assert (Wording.ORIGINAL if same else Wording.IN_EFFECT) is delivery.wording
