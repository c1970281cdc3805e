"""Whether all will be told before the hour: when what waits will have been handed over, and how many come late.

Pure: `now`, what waits and the rate are handed in.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import floor
from typing import TYPE_CHECKING

from dispatcher.outbox.states import DeliveryState

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

GROWS_BY = 1.5
"""A number of late deliveries that was told is told again when it has grown by half."""

_HAIR = 0.001
"""Seconds that the sum of many shares may be off."""

LATELY = timedelta(minutes=5)
"""How far back the pace of the relay is measured."""

SHORTEST = timedelta(seconds=30)
"""A shorter time than this tells nothing about a pace."""

FEWEST = 10
"""Nor do fewer acceptances, where it is not known that the relay had something to do all the time."""


@dataclass(frozen=True, slots=True)
class Rate:
    """Messages a minute: the pace of config.yaml (None: no limit), or what the relay was seen to take lately."""

    per_minute: float | None
    measured: bool = False


@dataclass(frozen=True, slots=True)
class Queue:
    """What waits of a release: how many deliveries fall due when, and the hour by which all are to be told."""

    due: Sequence[tuple[datetime, int]]
    notify_before: datetime


@dataclass(frozen=True, slots=True)
class Forecast:
    """When the last waiting delivery will have been handed over (None: none waits), and how many miss the hour."""

    finishes_at: datetime | None
    late: int
    waiting: int = 0
    rate: Rate = Rate(None)


@dataclass(slots=True)
class _Tally:
    """What was foreseen of a queue so far; times in seconds since 1970."""

    hour: float
    finishes_at: float | None = None
    late: int = 0
    waiting: int = 0

    def take(self, count: int, *, begins_at: float, share: float) -> None:
        """Count `count` deliveries that go from `begins_at` on, each taking `share` seconds."""
        self.finishes_at = begins_at + count * share
        self.waiting += count
        self.late += count - _in_time(count, begins_at=begins_at, share=share, hour=self.hour)


def queue_of(
    counts: Mapping[DeliveryState, int],
    deferred: Sequence[tuple[datetime, int]],
    *,
    now: datetime,
    notify_before: datetime,
) -> Queue:
    """Return what waits of a release: what is queued is due at once, what is deferred at its time."""
    return Queue([(now, counts.get(DeliveryState.QUEUED, 0)), *deferred], notify_before)


def rate_of(
    pace: float | None, accepted: Sequence[datetime], *, now: datetime, busy_since: datetime | None
) -> Rate:
    """Return the rate to go by: the pace of config.yaml, or what was measured lately where that is slower.

    `accepted` holds the moments of the newest acceptances; `busy_since` is since when something was due without
    pause. Where that is not known (None) only the time between the first and the last acceptance counts, so that
    an idle relay is not taken for a slow one. Where it is, a relay that takes nothing shows: it is foreseen at one
    delivery in the time it was watched, never at none.
    """
    recent = [at for at in accepted if now - LATELY <= at <= now]
    if busy_since is not None:
        span = now - max(now - LATELY, busy_since)
        counted = max(1, sum(at >= now - span for at in recent))
    else:
        span = max(recent) - min(recent) if len(recent) >= FEWEST else timedelta(0)
        counted = len(recent) - 1
    if span < SHORTEST:
        return Rate(pace)
    measured = 60 * counted / span.total_seconds()
    return Rate(measured, measured=True) if pace is None or measured < pace else Rate(pace)


def forecasts(queues: Sequence[Queue], *, now: datetime, rate: Rate) -> list[Forecast]:
    """Foresee for each queue when all of it will have been handed over, and how many of it come late.

    They share the rate. What is due goes in the order of the hours, the earliest first, and within a queue in the
    order in which it falls due.
    """
    share = 60 / rate.per_minute if rate.per_minute else 0.0
    tallies = [_Tally(queue.notify_before.timestamp()) for queue in queues]
    for index, count, begins_at in _in_turn(queues, now=now.timestamp(), share=share):
        tallies[index].take(count, begins_at=begins_at, share=share)
    return [
        Forecast(
            None if tally.finishes_at is None else datetime.fromtimestamp(tally.finishes_at, UTC),
            tally.late,
            tally.waiting,
            rate,
        )
        for tally in tallies
    ]


def together(seen: Sequence[Forecast]) -> Forecast:
    """Return the forecast of several queues as one. They have one rate; there is at least one."""
    return Forecast(
        max((one.finishes_at for one in seen if one.finishes_at), default=None),
        sum(one.late for one in seen),
        sum(one.waiting for one in seen),
        seen[0].rate,
    )


def is_news(seen: Forecast, told: Forecast | None) -> bool:
    """Tell whether `seen` is worth telling after `told` (None: nothing yet): some will be late, more, or none."""
    before = told.late if told else 0
    if not before or not seen.late:
        return bool(before) != bool(seen.late)
    return seen.late >= before * GROWS_BY


def _in_turn(queues: Sequence[Queue], *, now: float, share: float) -> Iterator[tuple[int, int, float]]:
    """Yield in turn which queue goes on, with how many deliveries, from when on."""
    coming = sorted(
        (due.timestamp(), queue.notify_before.timestamp(), index, count)
        for index, queue in enumerate(queues)
        for due, count in queue.due
        if count
    )
    coming.reverse()  # the next one is the last
    ready: list[tuple[float, int, float, int]] = []
    while coming or ready:
        if not ready:
            now = max(now, coming[-1][0])
        while coming and coming[-1][0] <= now:
            due, hour, index, count = coming.pop()
            heapq.heappush(ready, (hour, index, due, count))
        hour, index, due, count = heapq.heappop(ready)
        going = count
        if coming and share:  # until something falls due that may be more urgent
            going = min(count, max(1, floor((coming[-1][0] - now) / share)))
        yield index, going, now
        now += going * share
        if going < count:
            heapq.heappush(ready, (hour, index, due, count - going))


def _in_time(count: int, *, begins_at: float, share: float, hour: float) -> int:
    """Return how many of `count` deliveries in a row are handed over by the hour."""
    if begins_at > hour:
        return 0
    return count if not share else min(count, floor((hour + _HAIR - begins_at) / share))
