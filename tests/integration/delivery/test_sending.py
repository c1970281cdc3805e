"""The use case `send`: the gates before it, what a dispatcher that died left, what stands in the store then."""

from __future__ import annotations

import asyncio
import multiprocessing
import signal
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from dispatcher.delivery import sending
from dispatcher.delivery.clock import HandedClock
from dispatcher.delivery.sending import send
from dispatcher.errors import PastHour, Refused
from dispatcher.model import Wording
from dispatcher.outbox import interventions, leases
from dispatcher.outbox.owners import Owner
from dispatcher.outbox.recording import Intent, commit
from dispatcher.outbox.recovery import free_dead
from dispatcher.outbox.states import ReleaseState
from tests.patience import PATIENCE
from tests.runs import END, EVENING, HOUR, PLAN, SLUG, PausingServer, addresses, field_of, meanwhile, order
from tests.smtp_server import SmtpServer

if TYPE_CHECKING:
    from dispatcher.delivery.sending import Order
    from dispatcher.smtp import Relay
    from tests.runs import Dispatching


async def _send(dispatching: Dispatching, relay: Relay, ordered: Order | None = None) -> None:
    async with asyncio.timeout(PATIENCE):
        await send(
            dispatching.database,
            SLUG,
            ordered or order(),
            relay=relay,
            plan=PLAN,
            clock=dispatching.clock,
            watcher=dispatching.told,
        )


def test_an_approved_release_is_sent_and_done(dispatching: Dispatching) -> None:
    """After the last acceptance the release is done; sending it again hands nothing over and is no error."""
    dispatching.prepare(*addresses(4), until=ReleaseState.APPROVED)
    with SmtpServer() as server:
        asyncio.run(_send(dispatching, server.relay()))
        asyncio.run(_send(dispatching, server.relay()))

    assert ReleaseState.DONE is dispatching.record().state
    assert ["accepted"] * 4 == dispatching.states()
    assert 4 == len(server.messages)


def test_two_releases_of_an_advisory_go_together(dispatching: Dispatching) -> None:
    """A supplementary release goes with the same `send`; who was told already is not told again."""
    first, added = addresses(3), "late@customs.example"
    dispatching.prepare(*first, until=ReleaseState.APPROVED)
    dispatching.prepare(*first, added, until=ReleaseState.APPROVED)
    with SmtpServer() as server:
        asyncio.run(_send(dispatching, server.relay()))

    assert sorted([*first, added]) == sorted(field_of(message, "To") for message in server.messages)
    assert ReleaseState.DONE is dispatching.record(2).state


def test_nothing_is_sent_without_approval(dispatching: Dispatching) -> None:
    """Where approval is required an unapproved release stays, and the message says who must act."""
    dispatching.prepare("kolkata@customs.example", until=ReleaseState.PREPARED)
    with SmtpServer() as server, pytest.raises(Refused, match=r"another officer than asha .*dispatcher approve"):
        asyncio.run(_send(dispatching, server.relay()))

    assert ["queued"] == dispatching.states()
    assert 0 == server.connections


def test_nothing_prepared_is_refused(dispatching: Dispatching) -> None:
    """Without a release there is nothing to send, and the message says what to do first."""
    with SmtpServer() as server, pytest.raises(Refused, match="dispatcher prepare"):
        asyncio.run(_send(dispatching, server.relay()))


def test_a_held_release_is_refused(dispatching: Dispatching) -> None:
    """A held release goes only after `resume`."""
    record = dispatching.prepare("kolkata@customs.example")
    interventions.hold(dispatching.database, record, to=None, by="vivek", reason="wait", now=EVENING)
    with SmtpServer() as server, pytest.raises(Refused, match=r"is held.*dispatcher resume"):
        asyncio.run(_send(dispatching, server.relay()))

    assert ["queued"] == dispatching.states()


def test_a_past_hour_needs_a_reason(dispatching: Dispatching) -> None:
    """After its hour a release is refused, in office time; with a reason it goes in the in-effect wording."""
    dispatching.prepare("kolkata@customs.example", until=ReleaseState.APPROVED)
    dispatching.clock = HandedClock(HOUR + timedelta(minutes=1))
    with SmtpServer() as server:
        with pytest.raises(PastHour, match=r"13\.08\.2025 12:00 IST, has passed.*--late"):
            asyncio.run(_send(dispatching, server.relay()))
        before = dispatching.states()
        asyncio.run(_send(dispatching, server.relay(), order(late_reason="the relay was down all night")))

    (message,) = server.messages
    assert ["queued"] == before
    assert "the relay was down all night" == dispatching.record().late_reason
    assert Wording.IN_EFFECT is dispatching.deliveries()[0].wording
    assert "Now in effect" in field_of(message, "Subject")


def test_what_is_past_its_use_goes_with_a_reason(dispatching: Dispatching) -> None:
    """Even after its end an officer's reason lets a release go: it gets time to be tried."""
    dispatching.prepare("kolkata@customs.example", until=ReleaseState.APPROVED)
    dispatching.clock = HandedClock(END + timedelta(days=30))
    with SmtpServer({"rcpt": ["451 4.7.1 Greylisted", "250 OK"]}) as server:
        asyncio.run(_send(dispatching, server.relay(), order(late_reason="for the record")))

    assert ["accepted"] == dispatching.states()


def test_a_release_that_began_in_time_goes_on_after_the_hour(dispatching: Dispatching) -> None:
    """A rerun after the hour needs no reason: the late policy was approved with the release."""
    dispatching.prepare("kolkata@customs.example")
    dispatching.clock = HandedClock(HOUR + timedelta(minutes=1))
    with SmtpServer() as server:
        asyncio.run(_send(dispatching, server.relay()))

    assert ["accepted"] == dispatching.states()


def test_what_began_and_is_past_its_end_expires_by_name(dispatching: Dispatching) -> None:
    """A rerun after the end hands nothing over and leaves nobody queued: each address is recorded as expired."""
    dispatching.prepare("kolkata@customs.example", "delhi@customs.example")
    dispatching.clock = HandedClock(END + timedelta(minutes=1))
    with SmtpServer() as server:
        asyncio.run(_send(dispatching, server.relay()))

    assert ["expired", "expired"] == dispatching.states()
    assert [] == server.messages
    assert ReleaseState.DONE is dispatching.record().state
    assert "20.08.2025 18:00" in dispatching.deliveries()[0].detail


def test_what_a_dead_dispatcher_was_handing_over_is_in_doubt(dispatching: Dispatching) -> None:
    """An intent without outcome of a process that died: in doubt, not sent again; all others go."""
    dispatching.prepare(*addresses(3))
    spawned = multiprocessing.get_context("spawn").Process(target=int)
    spawned.start()
    spawned.join()
    host = Owner(None).id.partition(":")[0]
    gone = f"{host}:{spawned.pid}-deadbeef"  # an owner of this machine without a lock file
    with dispatching.database.writing() as connection:
        lease = leases.take(connection, [1], owner=gone, now=EVENING.timestamp())
        assert lease is not None
        intent = Intent(
            lease=lease,
            seq=2,
            n=1,
            at=EVENING.timestamp(),
            wording=Wording.ORIGINAL,
            relay="relay.example:25",
            owner=gone,
        )
        assert [True] == commit(connection, [intent])
    with SmtpServer() as server:
        asyncio.run(_send(dispatching, server.relay()))

    assert ["accepted", "in_doubt", "accepted"] == dispatching.states()
    assert 2 == len(server.messages)
    assert ReleaseState.SENDING is dispatching.record().state
    assert 0 == free_dead(dispatching.database, now=EVENING)


def test_two_sends_that_begin_together_both_go(dispatching: Dispatching) -> None:
    """The second of two dispatchers that find the release approved joins in; it is not refused."""
    approved = dispatching.prepare(*addresses(4), until=ReleaseState.APPROVED)
    for _ in range(2):
        sending.let_go(dispatching.database, approved, order(), plan=PLAN, now=EVENING)

    assert ReleaseState.SENDING is dispatching.record().state


def test_a_release_cancelled_meanwhile_is_not_let_go(dispatching: Dispatching) -> None:
    """A release that somebody cancelled after it was read does not go."""
    approved = dispatching.prepare("kolkata@customs.example", until=ReleaseState.APPROVED)
    interventions.cancel(dispatching.database, approved, to=None, by="asha", reason="wrong list", now=EVENING)
    with pytest.raises(Refused, match="please look again"):
        sending.let_go(dispatching.database, approved, order(), plan=PLAN, now=EVENING)

    assert ReleaseState.CANCELLED is dispatching.record().state


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_first_signal_ends_a_run_between_transactions(dispatching: Dispatching, number: signal.Signals) -> None:
    """One SIGINT or SIGTERM lets the transaction under way finish and leaves the rest for the next run."""
    dispatching.prepare(*addresses(6), until=ReleaseState.APPROVED)
    server = PausingServer()
    server.pause_at("content", 2)
    with server:
        run = _send(dispatching, server.relay(max_connections=1))
        asyncio.run(meanwhile(run, server, lambda: signal.raise_signal(number)))

    assert ["accepted"] * 2 + ["queued"] * 4 == dispatching.states()
    assert signal.default_int_handler is signal.getsignal(signal.SIGINT)


def test_a_second_signal_ends_a_run_at_once(dispatching: Dispatching) -> None:
    """A second signal does not wait for the relay: what it was thinking about is recorded as in doubt."""
    dispatching.prepare(*addresses(6), until=ReleaseState.APPROVED)
    server = PausingServer()
    server.pause_at("content", 2)

    async def story() -> None:
        run = asyncio.create_task(_send(dispatching, server.relay(max_connections=1)))
        assert await asyncio.to_thread(server.reached.wait, PATIENCE)
        for _ in range(2):
            signal.raise_signal(signal.SIGTERM)
        with pytest.raises(asyncio.CancelledError):
            await run
        server.go.set()

    with server:
        asyncio.run(story())

    assert ["accepted", "in_doubt", *["queued"] * 4] == dispatching.states()
