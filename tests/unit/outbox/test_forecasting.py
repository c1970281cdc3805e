"""The forecast: whether all will be told before the hour, at the pace allowed or measured."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dispatcher.outbox.forecasting import Forecast, Queue, Rate, forecasts, is_news, queue_of, rate_of, together
from dispatcher.outbox.states import DeliveryState

HOUR = datetime(2025, 8, 13, 6, 30, tzinfo=UTC)
TWENTY = Rate(20)
UNLIMITED = Rate(None)

dues = st.lists(st.tuples(st.integers(-600, 600), st.integers(1, 40)), max_size=12)
rates = st.none() | st.integers(1, 600)


def _minutes(count: float) -> timedelta:
    return timedelta(minutes=count)


def _forecast(now: datetime, *due: tuple[datetime, int], rate: Rate = TWENTY) -> Forecast:
    (seen,) = forecasts([Queue(due, HOUR)], now=now, rate=rate)
    return seen


def test_forecast_of_a_slow_relay() -> None:
    """40 messages at 20 a minute take two minutes; those that do not fit before the hour are counted as late."""
    now = HOUR - timedelta(seconds=111)

    assert Forecast(now + _minutes(2), 3, 40, TWENTY) == _forecast(now, (now, 40))


def test_forecast_waits_for_what_falls_due_later() -> None:
    """A delivery that falls due later is not foreseen before its time."""
    now = HOUR - _minutes(30)
    seen = _forecast(now, (now + _minutes(40), 1), (now - _minutes(5), 1), rate=UNLIMITED)

    assert Forecast(now + _minutes(40), 1, 2, UNLIMITED) == seen


def test_forecast_of_nothing() -> None:
    """Where nothing waits there is no time to foresee."""
    assert Forecast(None, 0, 0, TWENTY) == _forecast(HOUR)


def test_the_earliest_hour_goes_first() -> None:
    """Of two queues the one with the earlier hour has the relay first, whatever order they are named in."""
    now = HOUR - _minutes(10)
    later = Queue([(now, 20)], HOUR + _minutes(60))
    sooner = Queue([(now, 40)], HOUR)
    seen = forecasts([later, sooner], now=now, rate=TWENTY)

    assert [now + _minutes(3), now + _minutes(2)] == [one.finishes_at for one in seen]


def test_what_falls_due_with_an_earlier_hour_goes_in_between() -> None:
    """A queue under way makes room for one that falls due meanwhile and must be told sooner."""
    now = HOUR - _minutes(4)
    long = Queue([(now, 60)], HOUR + _minutes(60))
    urgent = Queue([(now + _minutes(1), 20)], HOUR)
    seen = forecasts([long, urgent], now=now, rate=TWENTY)

    assert [now + _minutes(4), now + _minutes(2)] == [one.finishes_at for one in seen]
    assert [0, 0] == [one.late for one in seen]


@given(due=dues, rate=rates, lead=st.integers(-60, 600))
def test_forecast_bounds(due: list[tuple[int, int]], rate: int | None, lead: int) -> None:
    """Nothing finishes before it is due nor faster than the rate allows, and no more are late than wait."""
    now = HOUR - timedelta(seconds=lead)
    waiting = [(now + timedelta(seconds=seconds), count) for seconds, count in due]
    seen = _forecast(now, *waiting, rate=Rate(rate))
    total = sum(count for _, count in due)

    assert total == seen.waiting
    assert 0 <= seen.late <= total
    assert (seen.finishes_at is None) == (not due)
    if seen.finishes_at is not None:
        fastest = _minutes(total / rate if rate else 0)
        assert seen.finishes_at + timedelta(milliseconds=1) >= max(*(at for at, _ in waiting), now + fastest)
        assert (seen.late > 0) == (seen.finishes_at > HOUR + timedelta(milliseconds=1))


@given(due=dues, rate=rates, lead=st.integers(-60, 600))
@example(due=[(0, 1), (0, 1), (0, 1), (0, 1), (0, 11), (0, 40), (0, 40)], rate=19, lead=300)
def test_counts_foretell_what_single_deliveries_do(
    due: list[tuple[int, int]], rate: int | None, lead: int
) -> None:
    """Counted by moment or one by one, what waits is foreseen alike."""
    now = HOUR - timedelta(seconds=lead)
    counted = [(now + timedelta(seconds=seconds), count) for seconds, count in due]
    single = [(at, 1) for at, count in counted for _ in range(count)]
    one, other = _forecast(now, *counted, rate=Rate(rate)), _forecast(now, *single, rate=Rate(rate))

    assert one.late == other.late
    assert (one.finishes_at is None) == (other.finishes_at is None)
    if one.finishes_at and other.finishes_at:
        assert abs(one.finishes_at - other.finishes_at) < timedelta(milliseconds=1)


@given(queues=st.lists(st.tuples(dues, st.integers(0, 900)), min_size=1, max_size=4), rate=rates)
def test_queues_share_the_rate(queues: list[tuple[list[tuple[int, int]], int]], rate: int | None) -> None:
    """Together several queues take as long as one that holds all that they hold."""
    several = [
        Queue([(HOUR + timedelta(seconds=at), count) for at, count in due], HOUR + timedelta(seconds=hour))
        for due, hour in queues
    ]
    whole = Queue([entry for queue in several for entry in queue.due], HOUR)
    seen = together(forecasts(several, now=HOUR, rate=Rate(rate)))
    (expected,) = forecasts([whole], now=HOUR, rate=Rate(rate))

    assert expected.waiting == seen.waiting
    assert (expected.finishes_at is None) == (seen.finishes_at is None)
    if expected.finishes_at and seen.finishes_at:
        assert abs(expected.finishes_at - seen.finishes_at) < timedelta(milliseconds=1)


@pytest.mark.parametrize(
    ("told", "seen", "news"),
    [
        (None, 0, False),
        (None, 1, True),
        (0, 0, False),
        (0, 3, True),
        (3, 3, False),
        (3, 4, False),
        (4, 6, True),
        (6, 1, False),
        (3, 0, True),
    ],
)
def test_a_forecast_is_told_when_it_is_news(told: int | None, seen: int, *, news: bool) -> None:
    """Told once when some will be late, again when the number grew by half, and when nobody will be late."""
    before = None if told is None else Forecast(HOUR, told, 40, TWENTY)

    assert news is is_news(Forecast(HOUR, seen, 40, TWENTY), before)


def _every(seconds: float, count: int) -> list[datetime]:
    """Return `count` acceptances, the newest at the hour, so far apart."""
    return [HOUR - timedelta(seconds=seconds * n) for n in range(count)]


@pytest.mark.parametrize(
    ("pace", "accepted", "busy_for", "expected"),
    [
        (60, _every(6, 31), None, Rate(10, measured=True)),
        (None, _every(6, 31), None, Rate(10, measured=True)),
        (5, _every(6, 31), None, Rate(5)),
        (60, _every(6, 9), None, Rate(60)),
        (60, _every(1, 20), None, Rate(60)),
        (60, [], None, Rate(60)),
        (60, [at - timedelta(minutes=6) for at in _every(6, 31)], None, Rate(60)),
        (60, _every(6, 31), 120, Rate(10.5, measured=True)),
        (60, [], 29, Rate(60)),
        (60, [], 60, Rate(1, measured=True)),
        (60, [], 3600, Rate(0.2, measured=True)),
    ],
    ids=lambda value: "" if isinstance(value, list) else str(value),
)
def test_the_rate_is_the_slower_of_pace_and_measurement(
    pace: float | None, accepted: list[datetime], busy_for: float | None, expected: Rate
) -> None:
    """Acceptances of the last five minutes are measured, if there are enough; nothing taken is not zero."""
    busy_since = None if busy_for is None else HOUR - timedelta(seconds=busy_for)

    assert expected == rate_of(pace, accepted, now=HOUR, busy_since=busy_since)


def test_what_is_queued_is_due_at_once() -> None:
    """Only what is deferred has a time of its own; what is not waiting does not count."""
    counts = {DeliveryState.QUEUED: 3, DeliveryState.DEFERRED: 2, DeliveryState.ACCEPTED: 9}
    later = HOUR + _minutes(5)

    assert Queue([(HOUR, 3), (later, 2)], HOUR) == queue_of(counts, [(later, 2)], now=HOUR, notify_before=HOUR)
