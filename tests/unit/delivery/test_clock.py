"""The clock that a run goes by: real time passes, handed-in time is put forward."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st

from dispatcher.delivery.clock import HandedClock, RealClock

START = datetime(2025, 8, 12, 21, 10, tzinfo=timezone(timedelta(hours=5, minutes=30)))
YEAR = timedelta(days=365)


def _wait(clock: RealClock | HandedClock, until: datetime, *, stopped: bool = False) -> None:
    """Wait on a loop of its own, a few seconds of real time at most."""

    async def bounded() -> None:
        unless = asyncio.Event()
        if stopped:
            unless.set()
        async with asyncio.timeout(5):
            await clock.wait(until, unless=unless)

    asyncio.run(bounded())


def test_handed_clock_begins_where_it_is_told() -> None:
    """A run that is handed a clock believes it, and its time goes on."""
    clock = HandedClock(START)
    first, second = clock.now(), clock.now()

    assert START <= first <= second < START + YEAR


def test_waiting_puts_a_handed_clock_forward() -> None:
    """A year is waited for without taking any time."""
    clock = HandedClock(START)
    _wait(clock, START + YEAR)

    assert START + YEAR <= clock.now() < START + 2 * YEAR


@given(st.lists(st.timedeltas(-YEAR, YEAR), max_size=5))
def test_a_handed_clock_never_goes_back(waits: list[timedelta]) -> None:
    """Whatever is waited for, also what is past: time does not go back, and no further than it must."""
    clock = HandedClock(START)
    furthest = START
    for wait in waits:
        before = clock.now()
        _wait(clock, START + wait)
        furthest = max(furthest, START + wait)
        assert before <= clock.now()
        assert furthest <= clock.now() < furthest + timedelta(minutes=1)


def test_a_stopped_run_does_not_put_the_clock_forward() -> None:
    """When the run is stopping, waiting ends at once and the hour stays what it was."""
    clock = HandedClock(START)
    _wait(clock, START + YEAR, stopped=True)

    assert clock.now() < START + timedelta(minutes=1)


def test_real_clock_tells_the_time_in_utc() -> None:
    """The real clock is the machine's, and aware."""
    before, told, after = datetime.now(UTC), RealClock().now(), datetime.now(UTC)

    assert before <= told <= after
    assert timedelta(0) == told.utcoffset()


def test_real_wait_ends_when_the_run_stops() -> None:
    """A wait of a year ends as soon as the event is set, before it or during it."""
    clock = RealClock()

    async def stop_during() -> None:
        unless = asyncio.Event()
        waiting = asyncio.create_task(clock.wait(clock.now() + YEAR, unless=unless))
        await asyncio.sleep(0)
        unless.set()
        async with asyncio.timeout(5):
            await waiting
        assert waiting.done()

    _wait(clock, clock.now() + YEAR, stopped=True)
    asyncio.run(stop_during())


def test_real_wait_ends_by_itself() -> None:
    """What is past is not waited for, what comes is waited for and no longer."""
    clock = RealClock()
    soon = clock.now() + timedelta(milliseconds=20)
    _wait(clock, clock.now() - YEAR)
    _wait(clock, soon)

    assert clock.now() >= soon
