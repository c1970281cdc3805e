"""A run that officers, signals or a second dispatcher meet on its way: when it heeds them and what it leaves."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from dispatcher.delivery import feed
from dispatcher.delivery.clock import RealClock
from dispatcher.outbox import interventions
from dispatcher.outbox.owners import Owner
from tests.patience import PATIENCE
from tests.runs import EVENING, PausingServer, addresses, field_of, meanwhile
from tests.smtp_server import Act, SmtpServer, until

if TYPE_CHECKING:
    from collections.abc import Callable

    from dispatcher.outbox.records import ReleaseRecord
    from tests.runs import Dispatching


def _server(step: str, nth: int = 1, **faults: Act) -> PausingServer:
    server = PausingServer(faults)
    server.pause_at(step, nth)
    return server


def _act(dispatching: Dispatching, verb: str, *, to: str | None = None) -> Callable[[], object]:
    """Return an intervention by an officer, to be made later."""
    acts: dict[str, Callable[..., int]] = {
        "hold": interventions.hold,
        "resume": interventions.resume,
        "cancel": interventions.cancel,
    }

    def act() -> int:
        record: ReleaseRecord = dispatching.record()
        return acts[verb](dispatching.database, record, to=to, by="vivek", reason="the hour moves", now=EVENING)

    return act


@pytest.mark.parametrize("step", ["content", "rcpt"])
def test_a_hold_takes_effect_before_the_next_intent(dispatching: Dispatching, step: str) -> None:
    """What had its intent is finished; nothing else is handed over, and nobody else is even asked for."""
    dispatching.prepare(*addresses(10))
    with _server(step, 2) as server:
        sender = dispatching.sender(server.relay(max_connections=1), patient=False)
        asyncio.run(meanwhile(sender.run([1]), server, _act(dispatching, "hold")))

    accepted = 2 if step == "content" else 1
    assert ["accepted"] * accepted + ["queued"] * (10 - accepted) == dispatching.states()
    assert accepted == len(server.messages)
    assert server.verbs.count("RCPT") <= 3


def test_a_held_run_goes_on_when_it_is_resumed(dispatching: Dispatching, monkeypatch: pytest.MonkeyPatch) -> None:
    """A patient run waits while its release is held, and hands over the rest after `resume`."""
    monkeypatch.setattr(feed, "POLL", feed.POLL / 100)
    dispatching.clock = RealClock()
    dispatching.prepare(*addresses(6), now=datetime.now(UTC))
    _put_off_the_end(dispatching)

    async def story() -> None:
        async with asyncio.timeout(PATIENCE):
            run = asyncio.create_task(dispatching.sender(server.relay(max_connections=1)).run([1]))
            assert await asyncio.to_thread(server.reached.wait, PATIENCE)
            _act(dispatching, "hold")()
            server.go.set()
            await until(lambda: bool(dispatching.told.troubles))
            assert not run.done()
            _act(dispatching, "resume")()
            await run

    with _server("content") as server:
        asyncio.run(story())

    (told,) = [what for what, _ in dispatching.told.troubles]
    assert "is held" in told
    assert ["accepted"] * 6 == dispatching.states()
    assert 6 == len(server.messages)


def test_one_address_held_during_a_run_is_left_out(dispatching: Dispatching) -> None:
    """A hold or a cancellation of one address takes effect although its chunk is queued already; all others go."""
    dispatching.prepare(*addresses(6))

    def act() -> None:
        _act(dispatching, "hold", to="post-002@customs.example")()
        _act(dispatching, "cancel", to="post-004@customs.example")()

    with _server("content") as server:
        sender = dispatching.sender(server.relay(max_connections=1))
        asyncio.run(meanwhile(sender.run([1]), server, act))

    assert ["accepted", "accepted", "held", "accepted", "cancelled", "accepted"] == dispatching.states()
    assert 4 == len(server.messages)


def test_a_cancelled_release_ends_the_run(dispatching: Dispatching) -> None:
    """After `cancel` nothing more is handed over; what is on its way is accepted and stays so."""
    dispatching.prepare(*addresses(6))
    with _server("content", 2) as server:
        sender = dispatching.sender(server.relay(max_connections=1))
        asyncio.run(meanwhile(sender.run([1]), server, _act(dispatching, "cancel")))

    assert ["accepted"] * 2 + ["cancelled"] * 4 == dispatching.states()
    assert 2 == len(server.messages)


def test_a_stop_ends_between_transactions_and_a_rerun_completes(dispatching: Dispatching) -> None:
    """`stop` lets the transactions under way come to their end; the next run does the rest, nobody twice."""
    dispatching.prepare(*addresses(12))
    with _server("content", 3) as server:
        sender = dispatching.sender(server.relay(max_connections=2))
        asyncio.run(meanwhile(sender.run([1]), server, sender.stop))
        after_stop = Counter(dispatching.states())
        dispatching.run(server.relay(max_connections=2))

    assert {"accepted", "queued"} == set(after_stop)
    assert after_stop["accepted"] <= 4
    assert ["accepted"] * 12 == dispatching.states()
    assert 12 == len({field_of(message, "Message-ID") for message in server.messages}) == len(server.messages)


@pytest.mark.parametrize(
    ("faults", "settings"),
    [({}, {"rate_per_minute": 1, "max_connections": 1}), ({"greeting": Act.SILENCE}, {})],
    ids=["pacing", "connecting"],
)
def test_a_stop_does_not_wait_for_what_has_not_begun(
    dispatching: Dispatching, faults: dict[str, Act], settings: dict[str, int]
) -> None:
    """A run that waits for its pace or for a connection ends when it is told to."""
    dispatching.clock = RealClock()
    dispatching.prepare(*addresses(3))
    _put_off_the_end(dispatching)

    async def story() -> None:
        async with asyncio.timeout(PATIENCE):
            sender = dispatching.sender(server.relay(**settings))
            run = asyncio.create_task(sender.run([1]))
            await until(lambda: bool(server.connections) and (bool(faults) or "accepted" in dispatching.states()))
            sender.stop()
            await run

    with SmtpServer(faults) as server:
        asyncio.run(story())

    assert {"accepted", "queued"} >= set(dispatching.states())
    assert "queued" in dispatching.states()


def test_an_interrupted_content_is_in_doubt(dispatching: Dispatching) -> None:
    """A run that is cancelled while the relay thinks records the doubt; a rerun does not send that one again."""
    dispatching.prepare(*addresses(3))

    async def story() -> None:
        async with asyncio.timeout(PATIENCE):
            sender = dispatching.sender(silent.relay(max_connections=1))
            run = asyncio.create_task(sender.run([1]))
            await until(lambda: bool(silent.messages))
            run.cancel()
            with pytest.raises(asyncio.CancelledError):
                await run

    with SmtpServer({"content": Act.SILENCE}) as silent:
        asyncio.run(story())
    with SmtpServer() as server:
        dispatching.run(server.relay())

    doubtful = dispatching.deliveries()[0]
    assert ["in_doubt", "accepted", "accepted"] == dispatching.states()
    assert "interrupted" in doubtful.detail
    assert doubtful.message_id not in {field_of(message, "Message-ID") for message in server.messages}


def test_two_dispatchers_share_a_release(dispatching: Dispatching) -> None:
    """Two senders at once on one store hand every message over exactly once."""
    everybody = 420
    dispatching.prepare(*addresses(everybody))
    owners = [Owner(dispatching.database.folder) for _ in range(2)]

    async def both() -> None:
        async with asyncio.timeout(PATIENCE):
            senders = [dispatching.sender(server.relay(max_connections=2), owner=owner.id) for owner in owners]
            await asyncio.gather(*(sender.run([1]) for sender in senders))

    with SmtpServer() as server:
        asyncio.run(both())
    for owner in owners:
        owner.close()

    assert {"accepted"} == set(dispatching.states())
    assert (
        everybody == len({field_of(message, "Message-ID") for message in server.messages}) == len(server.messages)
    )


def _put_off_the_end(dispatching: Dispatching) -> None:
    """Let release 1 go on the real clock: an officer gave leave to be late."""
    now = datetime.now(UTC)
    interventions.let_go(
        dispatching.database,
        dispatching.record(),
        by="vivek",
        late_reason="a test",
        cutoff=now + timedelta(days=1),
        now=now,
    )
