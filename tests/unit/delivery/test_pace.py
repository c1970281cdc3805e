"""The pace, on a clock that only moves when somebody sleeps."""

from __future__ import annotations

import asyncio
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from dispatcher.delivery.pace import BURST_SECONDS, Pace


class _Clock:
    """Time that passes only by sleeping, one sleeper after another."""

    def __init__(self) -> None:
        self.now = 1000.0

    async def sleep(self, seconds: float) -> None:
        self.now += seconds


def _starts(rate: int | None, pauses: list[float]) -> list[float]:
    """Return when each hand-over began; `pauses` are the seconds of work after each."""
    clock = _Clock()
    pace = Pace(rate, clock=lambda: clock.now, sleep=clock.sleep)

    async def hand_over_all() -> list[float]:
        begun = []
        for pause in pauses:
            await pace.wait()
            begun.append(clock.now)
            clock.now += pause
        return begun

    return asyncio.run(hand_over_all())


def test_no_rate_is_no_wait() -> None:
    """Without a rate nobody waits."""
    assert [1000.0] * 5 == _starts(None, [0] * 5)


def test_a_slow_pace_spaces_evenly() -> None:
    """At 20 a minute hand-overs begin 3 seconds apart, but for the small advance."""
    begun = _starts(20, [0] * 4)

    assert [0, 3 - BURST_SECONDS, 6 - BURST_SECONDS, 9 - BURST_SECONDS] == [
        round(moment - 1000, 6) for moment in begun
    ]


def test_idle_time_is_not_saved_up() -> None:
    """After an hour without a hand-over the pace is no faster than before."""
    begun = _starts(60, [3600, 0, 0, 0])

    assert [3600, 1 - BURST_SECONDS, 1] == [round(later - sooner, 6) for sooner, later in pairwise(begun)]


@given(
    rate=st.integers(1, 100_000),
    pauses=st.lists(st.floats(0, 5, allow_nan=False), min_size=1, max_size=60),
)
def test_no_stretch_of_time_exceeds_the_rate(rate: int, pauses: list[float]) -> None:
    """Between any two hand-overs, their number is at most the rate times the time, and the burst, and one."""
    begun = _starts(rate, pauses)

    for first in range(len(begun)):
        for last in range(first, len(begun)):
            allowed = (begun[last] - begun[first] + BURST_SECONDS) * rate / 60 + 1
            assert last - first + 1 <= allowed + 1e-3


def test_callers_at_the_same_moment_get_different_slots() -> None:
    """Connections that ask together are spread one interval apart, in the order in which they asked."""
    slept: list[float] = []

    async def note(seconds: float) -> None:
        slept.append(round(seconds, 6))

    async def ask_together() -> None:
        pace = Pace(60, clock=lambda: 1000.0, sleep=note)
        await asyncio.gather(*[pace.wait() for _ in range(4)])

    asyncio.run(ask_together())

    assert [1 - BURST_SECONDS, 2 - BURST_SECONDS, 3 - BURST_SECONDS] == slept
