"""A store that fails and a clock that jumps in the middle of a run: nobody is lost, nobody is told twice."""

from __future__ import annotations

import asyncio
import threading
from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from dispatcher.delivery.clock import HandedClock
from dispatcher.errors import StoreError
from dispatcher.outbox import recording
from tests.patience import PATIENCE
from tests.runs import EVENING, PausingServer, addresses, field_of
from tests.smtp_server import EXTENSIONS, PIPELINING, SmtpServer

if TYPE_CHECKING:
    from datetime import datetime

    from tests.runs import Dispatching
    from tests.smtp_server import Answer

OFFERS = pytest.mark.parametrize("extensions", [EXTENSIONS, PIPELINING], ids=["in steps", "in groups"])


@dataclass
class _TurningServer(SmtpServer):
    """A server that sets `turned` when the reply to its `nth` content is due."""

    nth: int = 5
    turned: threading.Event = field(default_factory=threading.Event)

    def _chosen(self, step: str) -> Answer:
        if step == "content" and len(self.messages) == self.nth:
            self.turned.set()
        return super()._chosen(step)


def _told(server: SmtpServer) -> Counter[str]:
    return Counter(field_of(message, "To") for message in server.messages)


def _fail(dispatching: Dispatching, server: _TurningServer, pragma: str) -> None:
    """Let every write transaction that begins after the server's turn meet `pragma`."""

    @sa.event.listens_for(dispatching.database.engine, "begin")
    def on_begin(connection: sa.Connection) -> None:
        if server.turned.is_set() and connection.get_execution_options().get("dispatcher_writes"):
            connection.exec_driver_sql(pragma)


@OFFERS
@pytest.mark.parametrize(
    ("pragma", "told"),
    [("PRAGMA max_page_count=1", "full"), ("PRAGMA query_only=ON", "readonly")],
    ids=["disk full", "read-only"],
)
def test_a_store_that_fails_stops_the_run(
    dispatching: Dispatching,
    monkeypatch: pytest.MonkeyPatch,
    extensions: tuple[str, ...],
    pragma: str,
    told: str,
) -> None:
    """The run ends with the reason; every content that went has its intent in the store, no other goes after."""
    monkeypatch.setattr(recording, "RETRY_PAUSES", (0.0,))
    dispatching.prepare(*addresses(300))
    with _TurningServer(extensions=extensions) as server:
        _fail(dispatching, server, pragma)
        with pytest.raises(StoreError, match=told):
            dispatching.run(server.relay(max_connections=3))

    states = {one.address: str(one.state) for one in dispatching.deliveries()}
    assert 5 <= len(server.messages) < 300
    assert {"accepted", "attempting"} >= {states[address] for address in _told(server)}
    assert {1} == set(_told(server).values())
    # of each connection: the outcome that found no room, and the content after it
    assert list(states.values()).count("attempting") <= 2 * 3


@OFFERS
def test_a_store_that_is_well_again_goes_on(
    dispatching: Dispatching, monkeypatch: pytest.MonkeyPatch, extensions: tuple[str, ...]
) -> None:
    """The next run hands over the rest; what had its intent and no outcome is in doubt and is not sent again."""
    monkeypatch.setattr(recording, "RETRY_PAUSES", (0.0,))
    dispatching.prepare(*addresses(30))
    with _TurningServer(extensions=extensions) as server:
        _fail(dispatching, server, "PRAGMA query_only=ON")
        with pytest.raises(StoreError):
            dispatching.run(server.relay(max_connections=2))
        server.turned.clear()
        dispatching.database.engine.dispose()  # the next run opens the store anew
        dispatching.run(server.relay(max_connections=2))

    states = Counter(dispatching.states())
    assert {1} == set(_told(server).values())
    assert {"accepted", "in_doubt"} >= set(states)
    assert 1 <= states["in_doubt"] <= 2 * 2
    assert states["accepted"] <= len(server.messages)


class _JumpingClock(HandedClock):
    """A clock that an administrator sets while the run goes on."""

    def __init__(self, start: datetime, by: timedelta, when: threading.Event) -> None:
        super().__init__(start)
        self._by, self._when = by, when

    def now(self) -> datetime:
        """Return the moment, shifted once it was set."""
        return super().now() + (self._by if self._when.is_set() else timedelta(0))


@OFFERS
@pytest.mark.parametrize(
    "by", [timedelta(hours=-20), timedelta(hours=-2), timedelta(minutes=2), timedelta(hours=10)]
)
def test_a_clock_that_jumps_does_no_harm(
    dispatching: Dispatching, extensions: tuple[str, ...], by: timedelta
) -> None:
    """Set back or forward in mid-run, also beyond the end of every lease: all are told once, at the first try."""
    everybody = addresses(40)
    dispatching.prepare(*everybody)
    with _TurningServer(extensions=extensions) as server:
        dispatching.clock = _JumpingClock(EVENING, by, server.turned)
        dispatching.run(server.relay(max_connections=2))

    assert [("accepted", 1)] * 40 == [(str(one.state), one.attempts) for one in dispatching.deliveries()]
    assert dict.fromkeys(everybody, 1) == _told(server)


@OFFERS
def test_a_run_cancelled_while_its_intent_is_committed(
    dispatching: Dispatching, extensions: tuple[str, ...]
) -> None:
    """The journal commits what it was handed; no content began, so the delivery is deferred and not in doubt."""
    dispatching.prepare(*addresses(3))
    server = PausingServer(extensions=extensions)
    server.pause_at("data" if "PIPELINING" not in extensions else "mail")

    async def story() -> None:
        async with asyncio.timeout(PATIENCE):
            run = asyncio.create_task(dispatching.sender(server.relay(max_connections=1)).run([1]))
            assert await asyncio.to_thread(server.reached.wait, PATIENCE)
            run.cancel()
            server.go.set()
            with pytest.raises(asyncio.CancelledError):
                await run

    with server:
        asyncio.run(story())

    first, *others = dispatching.deliveries()
    assert ("deferred", "interrupted by hand before the content") == (str(first.state), first.detail)
    assert {"queued"} == {str(one.state) for one in others}
    assert [] == server.messages
