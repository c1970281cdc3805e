"""The watch over the hour while a run goes: whether some will be late, and who is not told at the set moments.

It stands beside the sender and only reads. It never waits by the run's clock, which a rehearsal puts forward by
waiting: it asks the clock often, and looks into the store when there is reason to. What fails in it is told and
looked for again; it never ends the run.
"""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Protocol

from dispatcher.outbox import reading
from dispatcher.outbox.escalation import passed, set_moments
from dispatcher.outbox.forecasting import forecasts, is_news, queue_of, rate_of, together
from dispatcher.outbox.relations import current
from dispatcher.outbox.states import ReleaseState

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
    from datetime import datetime
    from pathlib import Path

    import sqlalchemy as sa

    from dispatcher.delivery.clock import Clock
    from dispatcher.delivery.watching import Watcher
    from dispatcher.outbox.database import Database
    from dispatcher.outbox.forecasting import Forecast, Queue
    from dispatcher.outbox.records import DeliveryRecord, ReleaseRecord
    from dispatcher.plans import EscalationPlan

BREATH = 0.25
"""Seconds of real time between two looks at the clock."""

LOOK = timedelta(seconds=15)
"""Between two looks into the store, unless a set moment comes; after a longer time the clock was put forward."""

GRACE = timedelta(minutes=5)
"""A run that begins after a set moment makes its list so long after: what it tries first may tell them."""


class Keep(Protocol):
    """Writes a telephone list."""

    def __call__(self, record: ReleaseRecord, left: Iterable[DeliveryRecord], *, as_of: datetime) -> Path:
        """Write who of the advisory of `record` is `left` to be told, as they are read; return where."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """When the telephone list is made during a run, and what writes it."""

    plan: EscalationPlan
    keep: Keep


class Vigil:
    """Watches over the releases of a run, all of one advisory. `pace`: messages a minute; None: no limit."""

    def __init__(
        self,
        database: Database,
        records: Sequence[ReleaseRecord],
        *,
        clock: Clock,
        watcher: Watcher,
        pace: float | None,
        alarm: Alarm | None,
    ) -> None:
        self._database = database
        self._records = records
        self._clock = clock
        self._watcher = watcher
        self._pace = pace
        self._alarm = alarm
        self._since = self._next = clock.now()
        self._moments = _moments(records, alarm.plan, began=self._since) if alarm else ()
        self._looked: datetime | None = None
        self._busy_since: datetime | None = None
        self._told: Forecast | None = None
        self._fault = ""

    @property
    def next_look(self) -> datetime:
        """When it wants to look next: at a set moment, or after a while."""
        return self._next

    @contextlib.asynccontextmanager
    async def kept(self) -> AsyncIterator[None]:
        """Watch while the block runs; a look before it, and one after it for a moment that was not met yet."""
        over = asyncio.Event()
        await self.look()
        watching = asyncio.create_task(self._watch(over))
        try:
            yield
        finally:
            over.set()
            await watching
            if self._moment(self._clock.now()):
                await self.look()

    async def look(self) -> None:
        """Look into the store, off the event loop, and tell what is news; what fails once for each reason."""
        now = self._clock.now()
        self._next = now + LOOK
        try:
            seen = await asyncio.to_thread(self._foresee, now)
            if seen and is_news(seen, self._told):
                self._told = seen
                self._watcher.foreseen(seen)
            await self._escalate(now)
        except Exception as error:  # noqa: BLE001 - deliveries go on, whatever the watch over them meets
            if str(error) != self._fault:
                self._fault = str(error)
                self._watcher.trouble(f"the watch over the hour: {error}", self._next)
        else:
            self._fault = ""
            self._next = min([self._next, *(at for at in self._moments if at > now)])

    async def _watch(self, over: asyncio.Event) -> None:
        while not over.is_set():
            if self._clock.now() >= self._next:
                await self.look()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(over.wait(), BREATH)

    def _foresee(self, now: datetime) -> Forecast | None:
        """Return the forecast for the releases whose hour is ahead, None where there are none."""
        with self._database.reading() as connection:
            queues = list(self._queues(connection, now))
            accepted = reading.newest_acceptances(connection, [record.id for record in self._records])
        self._note_work(now, due=sum(count for queue in queues for at, count in queue.due if at <= now))
        rate = rate_of(self._pace, accepted, now=now, busy_since=self._busy_since)
        return together(forecasts(queues, now=now, rate=rate)) if queues else None

    def _queues(self, connection: sa.Connection, now: datetime) -> Sequence[Queue]:
        """Return what waits of the releases that are being sent and whose hour is ahead."""
        own = {record.id for record in self._records if now < record.notify_before}
        return [
            queue_of(
                reading.state_counts(connection, [record.id]),
                reading.deferred_counts(connection, record.id),
                now=now,
                notify_before=record.notify_before,
            )
            for record in reading.releases(connection, slug=self._records[0].slug)
            if record.id in own and record.state is ReleaseState.SENDING
        ]

    def _note_work(self, now: datetime, *, due: int) -> None:
        """Note since when something was due at every look; a clock that leapt tells nothing of the time before."""
        leapt = self._looked is None or now - self._looked > 2 * LOOK
        self._looked = now
        if not due:
            self._busy_since = None
        elif leapt or self._busy_since is None:
            self._busy_since = now

    def _moment(self, now: datetime) -> datetime | None:
        return passed(self._moments, since=self._since, now=now)

    async def _escalate(self, now: datetime) -> None:
        """At a set moment, have the telephone list written and tell of it; nobody left, nothing to tell."""
        if self._alarm is None or self._moment(now) is None:
            return
        kept = await asyncio.to_thread(self._keep_untold, self._alarm.keep, now)
        if kept is not None:
            self._watcher.escalated(*kept)
        self._since = now

    def _keep_untold(self, keep: Keep, now: datetime) -> tuple[int, Path] | None:
        """Have the list written from the store, row by row; return how many stand on it, and where it lies."""
        count = 0

        def counted(left: Iterable[DeliveryRecord]) -> Iterator[DeliveryRecord]:
            nonlocal count
            for one in left:
                count += 1
                yield one

        with self._database.reading() as connection:
            records = current(reading.releases(connection, slug=self._records[0].slug))
            left = reading.begun(reading.each_untold(connection, [record.id for record in records]))
            if left is None:
                return None
            file = keep(self._records[-1], counted(left), as_of=now)
        return count, file


def _moments(records: Sequence[ReleaseRecord], plan: EscalationPlan, *, began: datetime) -> tuple[datetime, ...]:
    """Return the set moments of the releases; for those that passed before the run began, one after a grace."""
    found = {
        at
        for record in records
        for at in set_moments(
            notify_before=record.notify_before, let_go_at=record.approved_at or record.prepared_at, plan=plan
        )
    }
    ahead = any(began < record.notify_before for record in records)
    missed = {began + GRACE} if ahead and any(at <= began for at in found) else set()
    return tuple(sorted(found | missed))
