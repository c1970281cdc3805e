"""Releases handed over to a real relay: who is told what, how often, and over which connections."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from dispatcher.delivery import sender as sender_module
from dispatcher.delivery.clock import HandedClock
from dispatcher.delivery.pace import BURST_SECONDS, Pace
from dispatcher.errors import StoreError
from dispatcher.model import Wording
from dispatcher.outbox.schema import octets
from dispatcher.outbox.states import DeliveryState
from dispatcher.smtp import Reply, Stage
from tests.drafts import recipient
from tests.runs import END, HOUR, addresses, field_of
from tests.smtp_server import Act, SmtpServer

if TYPE_CHECKING:
    from tests.runs import Dispatching

GREYLISTED = "451 4.7.1 Greylisted, please try again in five minutes"
OK = "250 2.1.5 OK"


def _told(server: SmtpServer) -> list[str]:
    """Return the address of every RCPT, in order."""
    lines = (line.decode() for line in server.log)
    return [line.partition("<")[2].partition(">")[0] for line in lines if line.startswith("RCPT")]


def test_everybody_is_told_once_over_reused_connections(dispatching: Dispatching) -> None:
    """Each delivery is accepted at its first attempt, with its own Message-ID, over max_connections at most."""
    dispatching.prepare(*addresses(30))
    with SmtpServer() as server:
        dispatching.run(server.relay(max_connections=3))

    deliveries = dispatching.deliveries()
    assert ["accepted"] * 30 == dispatching.states()
    assert {one.message_id for one in deliveries} == {field_of(each, "Message-ID") for each in server.messages}
    assert 30 == len(server.messages)
    assert 1 <= server.connections <= 3
    assert {(1, Reply(250, "2.0.0", "OK queued as 4711"))} == {
        (one.attempts, one.last_reply) for one in deliveries
    }
    logged = [(one.n, one.stage, one.state) for one in dispatching.attempts()]
    assert [(1, Stage.CONTENT, DeliveryState.ACCEPTED)] * 30 == logged
    assert Counter({"accepted": 30}) == Counter(state for _, state in dispatching.told.settled_as)


def test_each_message_goes_to_its_own_recipient(dispatching: Dispatching) -> None:
    """The one address in To is that of RCPT; no other recipient's address stands anywhere in the message."""
    everybody = addresses(6)
    dispatching.prepare(*everybody)
    with SmtpServer() as server:
        dispatching.run(server.relay(max_connections=1))

    told = _told(server)
    assert sorted(everybody) == sorted(told)
    assert told == [field_of(message, "To") for message in server.messages]
    for address, message in zip(told, server.messages, strict=True):
        assert [address] == [other for other in told if other.encode() in message]


def test_mediators_go_first(dispatching: Dispatching) -> None:
    """EICI and CMS are told before those who only read it, whatever the order of the sheets: they fan out."""
    copy, eici = recipient("copy@customs.example", "copy"), recipient("eici@eici.example", "eici")
    dispatching.prepare(copy, "post@customs.example", eici)
    with SmtpServer() as server:
        dispatching.run(server.relay(max_connections=1))

    assert ["eici@eici.example", "post@customs.example", "copy@customs.example"] == _told(server)


def test_a_second_try_sends_the_same_octets(dispatching: Dispatching) -> None:
    """A message that was deferred goes again unchanged, Message-ID and Date included (RFC 5322, section 3.6.4)."""
    dispatching.prepare("kolkata@customs.example")
    with SmtpServer({"content": [GREYLISTED, "250 2.0.0 OK"]}) as server:
        dispatching.run(server.relay())

    first, second = server.messages
    (delivery,) = dispatching.deliveries()
    assert first == second
    assert field_of(second, "Date").endswith("+0530")
    assert ("accepted", 2) == (delivery.state, delivery.attempts)
    assert [(1, "deferred", 451), (2, "accepted", 250)] == [
        (one.n, one.state, one.reply and one.reply.code) for one in dispatching.attempts()
    ]


def test_greylisting_is_waited_out(dispatching: Dispatching) -> None:
    """The second try after a 451 4.7.1 comes five minutes later or more, not at once."""
    dispatching.prepare("kolkata@customs.example")
    with SmtpServer({"rcpt": [GREYLISTED, OK]}) as server:
        dispatching.run(server.relay())

    first, second = (one.started_at for one in dispatching.attempts())
    assert timedelta(minutes=5) <= second - first <= timedelta(minutes=7)


@pytest.mark.parametrize("refusal", ["550 5.1.1 no such mailbox", "551 5.1.6 moved", "553 5.1.3 bad syntax"])
def test_one_refused_address_stops_nobody(dispatching: Dispatching, refusal: str) -> None:
    """A permanent refusal of one recipient fails that delivery alone, with the relay's words."""
    dispatching.prepare(*addresses(5))
    with SmtpServer({"rcpt": [OK, refusal, OK]}) as server:
        dispatching.run(server.relay(max_connections=1), patient=False)

    assert ["accepted", "failed", "accepted", "accepted", "accepted"] == dispatching.states()
    failed = dispatching.deliveries()[1]
    assert (1, refusal) == (failed.attempts, str(failed.last_reply))


def test_two_waiting_addresses_do_not_end_a_run_that_does_not_wait(dispatching: Dispatching) -> None:
    """Without patience two deferred deliveries in a row are left for later; the others go."""
    dispatching.prepare(*addresses(5))
    later = "451 4.3.0 mailbox busy"
    with SmtpServer({"rcpt": [OK, later, later, OK]}) as server:
        dispatching.run(server.relay(max_connections=1), patient=False)

    assert ["accepted", "deferred", "deferred", "accepted", "accepted"] == dispatching.states()


GOODBYES = [Act.DROP, "421 4.4.2 idle for too long", "421 too many messages in this connection"]


@pytest.mark.parametrize("goodbye", GOODBYES, ids=str)
def test_a_connection_closed_while_idle_costs_no_attempt(dispatching: Dispatching, goodbye: Act | str) -> None:
    """A reused connection that the relay has closed is replaced, and the delivery goes at its first attempt."""
    dispatching.prepare(*addresses(3))
    with SmtpServer({"mail": [OK, goodbye, OK]}) as server:
        dispatching.run(server.relay(max_connections=1), patient=False)

    assert [("accepted", 1)] * 3 == [(one.state, one.attempts) for one in dispatching.deliveries()]
    assert (2, 3) == (server.connections, len(server.messages))


def test_the_pace_is_kept_over_all_connections(dispatching: Dispatching, monkeypatch: pytest.MonkeyPatch) -> None:
    """At 60 a minute the nth hand-over begins n seconds after the first, however many connections there are."""
    passed = 0.0

    async def sleep(seconds: float) -> None:
        nonlocal passed
        passed = max(passed, began + seconds)
        await asyncio.sleep(0)

    began = passed
    monkeypatch.setattr(sender_module, "Pace", partial(Pace, clock=lambda: began, sleep=sleep))
    dispatching.prepare(*addresses(20))
    with SmtpServer() as server:
        dispatching.run(server.relay(max_connections=4, rate_per_minute=60))

    assert 20 == len(server.messages)
    assert passed == pytest.approx(19 - BURST_SECONDS)


def test_after_the_hour_the_message_says_that_it_is_in_effect(dispatching: Dispatching) -> None:
    """What was deferred before the hour goes in the in-effect wording after it, with its own Message-ID."""
    dispatching.clock = HandedClock(HOUR - timedelta(minutes=2))
    dispatching.prepare("kolkata@customs.example")
    with SmtpServer({"content": [GREYLISTED, GREYLISTED, "250 2.0.0 OK"]}) as server:
        dispatching.run(server.relay())

    before, after, again = server.messages
    (delivery,) = dispatching.deliveries()
    assert (Wording.IN_EFFECT, "accepted", 3) == (delivery.wording, delivery.state, delivery.attempts)
    assert field_of(before, "Message-ID") != field_of(after, "Message-ID")
    assert delivery.message_id == field_of(after, "Message-ID")
    assert "Now in effect" in field_of(after, "Subject")
    assert "Now in effect" not in field_of(before, "Subject")
    assert after == again
    assert field_of(before, "References") == field_of(after, "References")


def test_what_is_not_accepted_in_time_expires_and_is_named(dispatching: Dispatching) -> None:
    """Past its end a delivery is not handed over any more; it is recorded as expired, told, and shown in IST."""
    dispatching.clock = HandedClock(END - timedelta(minutes=5))
    dispatching.prepare("kolkata@customs.example", "delhi@customs.example")
    with SmtpServer({"rcpt": [OK, "450 4.2.1 too much for one mailbox"]}) as server:
        dispatching.run(server.relay(max_connections=1))

    kept = dispatching.deliveries()[1]
    assert ["accepted", "expired"] == dispatching.states()
    assert ("delhi@customs.example", DeliveryState.EXPIRED) == dispatching.told.settled_as[-1]
    assert kept.attempts >= 2
    assert max(one.started_at for one in dispatching.attempts()) < END


def test_a_relay_that_is_down_until_the_end_burns_no_attempt(dispatching: Dispatching) -> None:
    """Deliveries wait for the relay; past their end they expire, with no attempt and a reason in IST."""
    dispatching.clock = HandedClock(END - timedelta(minutes=20))
    dispatching.prepare(*addresses(3))
    with SmtpServer({"greeting": "421 4.3.2 down for maintenance"}) as server:
        dispatching.run(server.relay())

    assert [("expired", 0)] * 3 == [(one.state, one.attempts) for one in dispatching.deliveries()]
    assert "20.08.2025 18:00 IST" in dispatching.deliveries()[0].detail
    assert [] == dispatching.attempts()


def test_a_changed_store_hands_nothing_over(dispatching: Dispatching) -> None:
    """A message that is not the one that was prepared is refused before the relay hears of it."""
    dispatching.prepare("kolkata@customs.example")
    with dispatching.database.writing() as connection:
        for row in connection.execute(sa.select(octets)).all():
            changed = row.content + b"PS: pay the fee first\r\n"
            connection.execute(sa.update(octets).where(octets.c.hash == row.hash).values(content=changed))
    with SmtpServer() as server, pytest.raises(StoreError, match="not the one that was prepared"):
        dispatching.run(server.relay())

    assert ["queued"] == dispatching.states()
    assert [] == server.messages
