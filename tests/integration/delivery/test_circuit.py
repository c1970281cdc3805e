"""The circuit: open to everybody while the relay is well; in trouble one caller probes, after growing pauses."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

import pytest
from tenacity import wait_none

from dispatcher.delivery import circuit as module
from dispatcher.delivery.capabilities import Capabilities
from dispatcher.delivery.circuit import FIRST_PAUSE, LONGEST_PAUSE, Circuit
from dispatcher.delivery.clock import HandedClock
from dispatcher.delivery.connecting import connect
from dispatcher.errors import ChannelDown, ChannelRefused
from dispatcher.smtp import Security
from tests.patience import PATIENCE
from tests.smtp_server import SmtpServer

if TYPE_CHECKING:
    from dispatcher.smtp import Relay

START = datetime(2025, 8, 12, 15, 40, tzinfo=UTC)
NEVER = START + timedelta(days=365)
DOWN = ChannelDown("127.0.0.1:25: 421 4.3.2 shutting down")


class Stand:
    """A circuit on a handed clock, and what it tells."""

    def __init__(self, relay: Relay, *, patient: bool = True) -> None:
        self.clock = HandedClock(START)
        self.stopping = asyncio.Event()
        self.told: list[tuple[str, datetime]] = []
        self.circuit = Circuit(
            relay,
            clock=self.clock,
            stopping=self.stopping,
            patient=patient,
            on_trouble=lambda what, until: self.told.append((what, until)),
        )

    @property
    def minutes(self) -> float:
        """How far the clock was put forward, to a tenth of a minute: real time passes a little too."""
        return round((self.clock.now() - START).total_seconds() / 60, 1)

    async def pass_through(self, *, until: datetime = NEVER) -> float:
        """Wait to be let through; return the minutes that passed on the clock."""
        async with asyncio.timeout(PATIENCE), self.circuit.passage(until=until):
            return self.minutes


@pytest.fixture(autouse=True)
def _quick_tries(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no time pass between tries to connect."""
    monkeypatch.setattr(module, "connect", partial(connect, wait=wait_none()))


@pytest.fixture
def nobody() -> Relay:
    """Give a relay whose port nobody listens on."""
    with SmtpServer() as server:
        return server.relay()


def test_a_relay_that_is_well_is_open_to_all(smtp_server: SmtpServer) -> None:
    """Everybody gets a connection at once, side by side, and nobody is told anything."""

    async def run() -> tuple[int, float]:
        stand = Stand(smtp_server.relay())
        async with stand.circuit.passage(until=NEVER), stand.circuit.passage(until=NEVER):
            connections = [await stand.circuit.connect() for _ in range(2)]
            for connection in connections:
                assert connection is not None
                await connection.close()
        return len(stand.told), stand.minutes

    assert (0, 0.0) == asyncio.run(run())
    assert 2 == smtp_server.connections


def test_a_relay_that_is_not_there_is_waited_for(nobody: Relay) -> None:
    """No connection, but the reason and the moment of the next probe; who asks then waits until that."""

    async def run() -> tuple[object, list[tuple[str, datetime]], float]:
        stand = Stand(nobody)
        found = await stand.circuit.connect()
        return found, stand.told, await stand.pass_through()

    found, told, minutes = asyncio.run(run())

    assert found is None
    assert 1 == len(told)
    assert f"127.0.0.1:{nobody.port}" in told[0][0]
    assert 0.2 <= minutes <= 0.4


def test_pauses_grow_to_five_minutes(nobody: Relay) -> None:
    """A relay that stays in trouble is probed after 15 s, 30 s, 1, 2, 4 and then every 5 minutes, for days."""

    async def run() -> list[timedelta]:
        stand = Stand(nobody)
        pauses = []
        for _ in range(300):
            async with stand.circuit.passage(until=NEVER):
                before = stand.clock.now()
                stand.circuit.trip(DOWN)
                pauses.append(stand.told[-1][1] - before)
        return pauses

    seconds = [round(pause.total_seconds()) for pause in asyncio.run(run())]

    assert [15, 30, 60, 120, 240, *[300] * 295] == seconds
    assert (15, 300) == (FIRST_PAUSE.total_seconds(), LONGEST_PAUSE.total_seconds())


def test_the_same_trouble_counts_once(nobody: Relay) -> None:
    """What several connections meet at one moment is one trouble, told once."""

    async def run() -> Stand:
        stand = Stand(nobody)
        for _ in range(5):
            stand.circuit.trip(DOWN)
        return stand

    assert [str(DOWN)] == [what for what, _ in asyncio.run(run()).told]


def test_one_probes_at_a_time(nobody: Relay) -> None:
    """While one caller probes the others wait; once it has shown the relay well, all are let through."""

    async def run() -> list[str]:
        stand, seen = Stand(nobody), []
        stand.circuit.trip(DOWN)
        probing, go = asyncio.Event(), asyncio.Event()

        async def probe() -> None:
            async with stand.circuit.passage(until=NEVER):
                seen.append("probing")
                probing.set()
                await go.wait()
                stand.circuit.close()
                seen.append("well")

        async def follow() -> None:
            async with stand.circuit.passage(until=NEVER):
                seen.append("following")

        async with asyncio.timeout(PATIENCE):
            async with asyncio.TaskGroup() as group:
                group.create_task(probe())
                for _ in range(3):
                    group.create_task(follow())
                await probing.wait()
                for _ in range(10):
                    await asyncio.sleep(0)
                go.set()
        return seen

    assert ["probing", "well", "following", "following", "following"] == asyncio.run(run())


def test_a_relay_that_is_well_again_starts_anew(nobody: Relay) -> None:
    """After a success nobody waits, and the next trouble begins with the shortest pause."""

    async def run() -> tuple[float, list[datetime], datetime]:
        stand = Stand(nobody)
        for _ in range(3):
            async with stand.circuit.passage(until=NEVER):
                stand.circuit.trip(DOWN)
        stand.circuit.close()
        before = stand.minutes
        waited = await stand.pass_through() - before
        now = stand.clock.now()
        stand.circuit.trip(DOWN)
        return waited, [until for _, until in stand.told], now

    waited, untils, now = asyncio.run(run())

    assert 0.0 == waited
    assert 15 == round((untils[-1] - now).total_seconds())


def test_nobody_is_kept_past_its_end(nobody: Relay) -> None:
    """Who waits for the relay is let go when its delivery's end comes first: the clocks rule then."""

    async def run() -> datetime:
        stand = Stand(nobody)
        for _ in range(6):
            async with stand.circuit.passage(until=NEVER):
                stand.circuit.trip(DOWN)
        end = stand.clock.now() + timedelta(minutes=1)
        await stand.pass_through(until=end)
        return stand.clock.now() - (end - START)

    assert 0 == round((asyncio.run(run()) - START).total_seconds())


def test_a_stop_lets_everybody_go(nobody: Relay) -> None:
    """When the run stops nobody goes on waiting for the relay."""

    async def run() -> float:
        stand = Stand(nobody)
        stand.circuit.trip(DOWN)
        stand.stopping.set()
        return await stand.pass_through()

    assert 0.0 == asyncio.run(run())


def test_without_patience_trouble_is_raised(nobody: Relay) -> None:
    """A run that does not wait is told of the first trouble, not of a pause."""
    stand = Stand(nobody, patient=False)

    with pytest.raises(ChannelDown, match=f"127.0.0.1:{nobody.port}"):
        asyncio.run(stand.circuit.connect())
    with pytest.raises(ChannelDown, match="shutting down"):
        stand.circuit.trip(DOWN)
    assert [] == stand.told


@pytest.mark.parametrize("patient", [True, False])
def test_what_a_person_must_mend_is_raised(smtp_server: SmtpServer, patient: bool) -> None:  # noqa: FBT001
    """A relay that offers no protection where it is asked for is not probed again and again."""
    stand = Stand(smtp_server.relay(security=Security.STARTTLS), patient=patient)

    with pytest.raises(ChannelRefused, match="STARTTLS"):
        asyncio.run(stand.circuit.connect())
    assert [] == stand.told


OFFERED = Capabilities(size=0, pipelining=True, smtputf8=True, dsn=True, eightbitmime=True, deliverby=True)


async def _adapted(stand: Stand) -> Capabilities:
    """Return what a connection may use that was offered everything."""
    connection = await stand.circuit.connect()
    assert connection is not None
    connection.capabilities = OFFERED
    stand.circuit.adapt(connection)
    await connection.close()
    return connection.capabilities


def test_parameters_are_dropped_one_at_a_time(smtp_server: SmtpServer) -> None:
    """What is least missed goes first; only what the refused command bore; at the end nothing is left to drop."""

    async def run() -> list[Capabilities]:
        stand, seen = Stand(smtp_server.relay()), []
        for borne in ({"size", "dsn", "deliverby"}, {"size", "dsn"}, {"size"}):
            assert stand.circuit.drop_an_option(frozenset(borne))
            seen.append(await _adapted(stand))
        assert not stand.circuit.drop_an_option(frozenset())
        return seen

    dropped = asyncio.run(run())

    expected = ({"deliverby"}, {"deliverby", "dsn"}, {"deliverby", "dsn", "size"})
    assert [OFFERED.without(frozenset(names)) for names in expected] == dropped


@pytest.mark.parametrize(
    ("story", "pipelining"),
    [
        ("", True),
        ("s", True),
        ("ss", False),
        ("sas", False),
        ("sr", True),
        ("srs", True),
        ("srss", False),
        ("a", True),
    ],
)
def test_two_groups_without_an_answer_end_pipelining(
    smtp_server: SmtpServer, story: str, *, pipelining: bool
) -> None:
    """s: a group got no answer; a: one was accepted; r: one that rode behind a content, which clears the relay."""

    async def run() -> Capabilities:
        stand = Stand(smtp_server.relay())
        for what in story:
            if what == "s":
                stand.circuit.suspect_pipelining()
            else:
                stand.circuit.well(rode=what == "r")
        return await _adapted(stand)

    assert OFFERED.without(frozenset() if pipelining else frozenset({"pipelining"})) == asyncio.run(run())
