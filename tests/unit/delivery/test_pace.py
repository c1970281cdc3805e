"""The pace, on a clock that only moves when somebody sleeps."""

from __future__ import annotations

import asyncio
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatcher.delivery.pace import BURST_SECONDS, EASING_SECONDS, RECOVERY_SECONDS, SLOWEST, Pace


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


def _eased(rate: int | None, *moments: float) -> tuple[Pace, _Clock]:
    """Return a pace that was eased at each of the moments, in seconds from its beginning."""
    clock = _Clock()
    pace = Pace(rate, clock=lambda: clock.now, sleep=clock.sleep)
    for moment in moments:
        clock.now = 1000.0 + moment
        pace.ease()
    return pace, clock


@pytest.mark.parametrize(
    ("moments", "expected"),
    [
        ([], 600),
        ([100], 300),
        ([100, 100], 300),
        ([100, 100 + EASING_SECONDS / 2], 300 + 2.5),
        ([100, 100 + EASING_SECONDS], (300 + 5) / 2),
        ([100, 100 + RECOVERY_SECONDS], 300),
    ],
)
def test_easing_halves_the_pace(moments: list[float], expected: float) -> None:
    """Half of what went; what several connections are told within a moment halves it once."""
    pace, _ = _eased(600, *moments)

    assert expected == pytest.approx(pace.rate_per_minute)


@pytest.mark.parametrize(
    ("part", "expected"), [(0, 300), (0.1, 360), (0.25, 450), (0.5, 600), (1, 600), (100, 600)]
)
def test_an_eased_pace_grows_back_bit_by_bit(part: float, expected: float) -> None:
    """So much of it comes back in each part of the time of recovery, up to what is allowed and no further."""
    pace, clock = _eased(600, 100)
    clock.now += part * RECOVERY_SECONDS

    assert expected == pytest.approx(pace.rate_per_minute)


def test_an_eased_pace_is_kept() -> None:
    """Hand-overs come half as often as before, and as often as before once the pace has grown back."""
    pace, clock = _eased(60, 100)
    begun = _begin(pace, clock, 3)
    clock.now += RECOVERY_SECONDS
    later = _begin(pace, clock, 3)

    assert [2, 2] == pytest.approx([begun[1] - begun[0] + BURST_SECONDS, begun[2] - begun[1]], rel=0.02)
    assert [1, 1] == pytest.approx([later[1] - later[0] + BURST_SECONDS, later[2] - later[1]])


def test_without_a_limit_half_of_what_went_is_the_pace() -> None:
    """100 went in a minute, then the relay asks for less: 50 a minute. Grown back, there is no limit again."""
    clock = _Clock()
    pace = Pace(None, clock=lambda: clock.now, sleep=clock.sleep)
    _begin(pace, clock, 100)
    clock.now += 60
    assert pace.ease()
    eased = pace.rate_per_minute
    clock.now += RECOVERY_SECONDS
    _begin(pace, clock, 1)

    assert (50, None) == (eased, pace.rate_per_minute)
    assert [clock.now] * 5 == _begin(pace, clock, 5)


@pytest.mark.parametrize("rate", [1, 2, 3, None])
def test_no_pace_is_eased_to_a_standstill(rate: int | None) -> None:
    """However often the relay asks, one a minute goes."""
    pace, _ = _eased(rate, *[100 + 10 * n for n in range(50)])

    assert SLOWEST <= (pace.rate_per_minute or 0) <= SLOWEST + 1


def test_a_place_is_ready_or_it_is_not_taken() -> None:
    """What does not wait takes a place only at its moment: asking early puts nobody back."""
    clock = _Clock()
    pace = Pace(60, clock=lambda: clock.now, sleep=clock.sleep)
    asked = [pace.ready(), pace.ready(), pace.ready()]
    clock.now += 1

    assert [True, False, False, True] == [*asked, pace.ready()]


def _begin(pace: Pace, clock: _Clock, count: int) -> list[float]:
    """Return when each of so many hand-overs began."""

    async def begin() -> list[float]:
        begun = []
        for _ in range(count):
            await pace.wait()
            begun.append(clock.now)
        return begun

    return asyncio.run(begin())
