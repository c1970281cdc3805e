"""Runs over a relay that offers PIPELINING: one that keeps it, one that closes at will, one that breaks it."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from dispatcher.errors import ChannelRefused
from dispatcher.outbox import interventions
from tests.patience import PATIENCE
from tests.runs import EVENING, PausingServer, addresses, field_of, meanwhile
from tests.smtp_server import IMPATIENT, PIPELINING, Act, Last, SmtpServer, until

if TYPE_CHECKING:
    from tests.runs import Dispatching
    from tests.smtp_server import Answer

OK = "250 2.0.0 OK"
CLOSING = "421 4.4.2 closing"
UNKNOWN = "550 5.1.1 no such mailbox"


def _server(**faults: Any) -> SmtpServer:
    return SmtpServer(faults, extensions=PIPELINING)


def _told(server: SmtpServer) -> Counter[str]:
    """Return address -> how many messages to it came whole; a lone dot is no message."""
    return Counter(field_of(message, "To") for message in server.messages if message)


def _attempts(dispatching: Dispatching) -> list[tuple[str, int]]:
    return [(str(one.state), one.attempts) for one in dispatching.deliveries()]


def test_groups_ride_behind_contents(dispatching: Dispatching) -> None:
    """Everybody is told once, at the first attempt, and MAIL does not wait for the reply to the content before."""
    everybody = addresses(30)
    dispatching.prepare(*everybody)
    with _server() as server:
        dispatching.run(server.relay(max_connections=1))

    assert [("accepted", 1)] * 30 == _attempts(dispatching)
    assert dict.fromkeys(everybody, 1) == _told(server)
    assert 1 == server.connections
    assert any(line.startswith(b"MAIL") for line in server.grouped)


@dataclass
class _CountingServer(SmtpServer):
    """A server that looks into the store whenever a content has come."""

    dispatching: Dispatching | None = None
    waits_for: int = 0
    """How many must be under way before it answers the first content."""
    attempting: list[int] = field(default_factory=list)
    """How many deliveries were being handed over at each content: in doubt, if the process died now."""
    unknown: list[str] = field(default_factory=list)
    """Those whose content came and whose intent did not stand in the store."""

    def _chosen(self, step: str) -> Answer:
        if step == "content" and self.messages[-1]:
            states = self._states()
            address = field_of(self.messages[-1], "To")
            self.attempting.append(list(states.values()).count("attempting"))
            self.unknown += [address] if states[address] != "attempting" else []
        return super()._chosen(step)

    def _states(self) -> dict[str, str]:
        assert self.dispatching is not None
        patience = time.monotonic() + PATIENCE
        while True:
            states = {one.address: str(one.state) for one in self.dispatching.deliveries()}
            enough = self.attempting or list(states.values()).count("attempting") >= self.waits_for
            if enough or time.monotonic() > patience:
                return states


@pytest.mark.parametrize("connections", [1, 3])
def test_no_content_without_its_intent_and_two_at_most(dispatching: Dispatching, connections: int) -> None:
    """At any moment a connection has two intents without outcome at most; each content's stands in the store."""
    dispatching.prepare(*addresses(40))
    with _CountingServer(extensions=PIPELINING, dispatching=dispatching) as server:
        dispatching.run(server.relay(max_connections=connections))

    assert 40 == len(server.attempting)
    assert max(server.attempting) <= 2 * connections
    assert [] == server.unknown


def test_the_next_intent_does_not_wait_for_the_reply_to_the_content(dispatching: Dispatching) -> None:
    """While a relay has not answered a content, the intent of the one that rides behind it comes to the store."""
    dispatching.prepare(*addresses(3))
    with _CountingServer(extensions=PIPELINING, dispatching=dispatching, waits_for=2) as server:
        dispatching.run(server.relay(max_connections=1))

    assert 2 == server.attempting[0]
    assert [] == server.unknown


@pytest.mark.parametrize(
    "faults",
    [
        {"content": [OK, OK, Last(OK)] * 10},
        {"content": [Last(OK)]},
        {"mail": [OK, OK, Act.DROP] * 10},
        {"mail": [OK, OK, CLOSING] * 10},
        {"mail": [OK, OK, "421 4.7.0 Too many messages in this connection"] * 10},
        {"rcpt": [OK, OK, Act.DROP] * 10},
        {"data": ["354 go", "354 go", CLOSING] * 10},
        {"content": [b"250 2.0.0 OK\r\n421 4.4.2 closing\r\n", OK] * 10},
    ],
    ids=str,
)
def test_a_relay_that_closes_between_messages_costs_nothing(
    dispatching: Dispatching, faults: dict[str, Any]
) -> None:
    """Whose content had not begun goes over another connection, at its first attempt; nobody twice, no doubt."""
    everybody = addresses(12)
    dispatching.prepare(*everybody)
    with _server(**faults) as server:
        dispatching.run(server.relay(max_connections=1), patient=False)

    assert [("accepted", 1)] * 12 == _attempts(dispatching)
    assert dict.fromkeys(everybody, 1) == _told(server)
    assert server.connections > 1


@pytest.mark.parametrize("fault", [Act.DROP, Act.SILENCE, b"garbage\r\n"], ids=str)
def test_a_connection_that_breaks_with_a_rider_makes_one_doubt(dispatching: Dispatching, fault: Any) -> None:
    """Only the content that got no reply is in doubt; the group behind it had not begun and goes again."""
    dispatching.prepare(*addresses(6))
    with _server(content=[OK, fault, OK]) as server:
        dispatching.run(server.relay(max_connections=1, timeouts=IMPATIENT), patient=False)

    expected = [("accepted", 1), ("in_doubt", 1), *[("accepted", 1)] * 4]
    assert expected == _attempts(dispatching)
    assert dict.fromkeys(addresses(6), 1) == _told(server)


def test_a_content_answered_with_421_costs_an_attempt(dispatching: Dispatching) -> None:
    """The relay had the content and closes the channel: certain and counted; what rode behind goes for nothing."""
    dispatching.prepare(*addresses(4))
    with _server(content=[OK, CLOSING, OK]) as server:
        dispatching.run(server.relay(max_connections=1))

    assert [("accepted", 1), ("accepted", 2), ("accepted", 1), ("accepted", 1)] == _attempts(dispatching)


def test_a_connection_that_breaks_inside_a_content_makes_one_doubt(dispatching: Dispatching) -> None:
    """A content cut in the middle is in doubt: nobody can know that the relay threw it away."""
    dispatching.prepare(*addresses(4))
    passes = b""  # no octets: it goes on reading
    with _server(inside=[Act.DROP, passes]) as server:
        dispatching.run(server.relay(max_connections=1), patient=False)

    assert [("in_doubt", 1), *[("accepted", 1)] * 3] == _attempts(dispatching)


@pytest.mark.parametrize("answer", ["354 go ahead", "503 5.5.1 no valid recipients"])
def test_a_refused_recipient_in_a_group_stops_nobody(dispatching: Dispatching, answer: str) -> None:
    """Whether the relay asks for the content all the same or not: refused, nothing accepted, the others go."""
    dispatching.prepare(*addresses(6))
    go = "354 go"
    faults = {"rcpt": [OK, UNKNOWN, OK, "451 4.7.1 Greylisted", OK], "data": [go, answer, go, answer, go]}
    with _server(**faults) as server:
        dispatching.run(server.relay(max_connections=1), patient=False)

    states = dispatching.states()
    assert ["accepted", "failed", "accepted", "deferred", "accepted", "accepted"] == states
    assert 4 == _told(server).total()
    assert UNKNOWN == str(dispatching.deliveries()[1].last_reply)


BREAKERS: dict[str, dict[str, Any]] = {
    "answers only the first command": {"forgets": "mail"},
    "answers only the first two": {"forgets": "rcpt"},
    "forgets what rides": {"forgets": "content"},
    "drops at a group": {"faults": {"grouped": Act.DROP}},
    "hangs at a group": {"faults": {"grouped": Act.SILENCE}},
    "refuses a group": {"faults": {"grouped": "503 5.5.1 one at a time"}},
    "does not know a group": {"faults": {"grouped": "500 5.5.1 what?"}},
    "out of order": {"faults": {"mail": ["354 go", OK], "data": [OK, "354 go"]}},
    "garbage": {"faults": {"grouped": b"garbage\r\n"}},
}


@pytest.mark.parametrize("patient", [True, False], ids=["patient", "once"])
@pytest.mark.parametrize("breaks", BREAKERS.values(), ids=BREAKERS)
def test_a_relay_that_breaks_pipelining_is_spoken_to_in_steps(
    dispatching: Dispatching, breaks: dict[str, Any], *, patient: bool
) -> None:
    """It offers PIPELINING and cannot do it: soon seen, remembered for the run; everybody is told once."""
    everybody = addresses(10)
    dispatching.prepare(*everybody)
    with SmtpServer(extensions=PIPELINING, **breaks) as server:
        dispatching.run(server.relay(max_connections=1, timeouts=IMPATIENT), patient=patient)

    assert [("accepted", 1)] * 10 == _attempts(dispatching)
    assert dict.fromkeys(everybody, 1) == _told(server)
    assert server.connections <= 4
    assert len(server.grouped) <= 8


def test_a_hold_refuses_the_intent_of_a_rider(dispatching: Dispatching) -> None:
    """What had its intent is finished; the group behind it is cut: no content, no lone dot, nothing recorded."""
    dispatching.prepare(*addresses(5))
    server = PausingServer(extensions=PIPELINING)
    server.pause_at("mail")

    def hold() -> None:
        interventions.hold(
            dispatching.database, dispatching.record(), to=None, by="vivek", reason="a test", now=EVENING
        )

    async def story() -> None:
        run = dispatching.sender(server.relay(max_connections=1), patient=False).run([1])
        await meanwhile(run, server, hold, once=lambda: "attempting" in dispatching.states())

    with server:
        asyncio.run(story())

    assert [("accepted", 1), *[("queued", 0)] * 4] == _attempts(dispatching)
    assert 1 == len(dispatching.attempts())
    assert 1 == len(server.messages)


@pytest.mark.parametrize("step", ["mail", "rcpt", "content"])
def test_a_provider_that_blocks_us_ends_the_run(dispatching: Dispatching, step: str) -> None:
    """554 5.1.8 holds that delivery; the one behind it was not handed over and is tried another time."""
    dispatching.prepare(*addresses(4))
    faults = {step: "554 5.1.8 sender blocked", "data": "354 go" if step == "content" else "503 5.5.1 no"}
    with _server(**faults) as server, pytest.raises(ChannelRefused, match="delegated administrator"):
        dispatching.run(server.relay(max_connections=1))

    assert "held" == dispatching.states()[0]
    assert {"queued", "deferred"} >= set(dispatching.states()[1:])


def test_an_interrupted_run_leaves_one_doubt(dispatching: Dispatching) -> None:
    """Cancelled while the relay thinks about a content: that one is in doubt, the one behind it is not."""
    dispatching.prepare(*addresses(4))

    async def story() -> None:
        async with asyncio.timeout(PATIENCE):
            run = asyncio.create_task(dispatching.sender(server.relay(max_connections=1)).run([1]))
            await until(lambda: dispatching.states().count("attempting") == 2 and bool(server.messages))
            run.cancel()
            with pytest.raises(asyncio.CancelledError):
                await run

    with _server(content=Act.SILENCE) as server:
        asyncio.run(story())

    assert ["in_doubt", "deferred", "queued", "queued"] == dispatching.states()
