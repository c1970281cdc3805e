"""The feed of a run: plans what is due, leases chunks, and hands out their deliveries in the order of going."""

from __future__ import annotations

import asyncio
import contextlib
import heapq
from collections import deque
from datetime import timedelta
from typing import TYPE_CHECKING, Concatenate, ParamSpec, TypeVar

from dispatcher.delivery.attempt import Task
from dispatcher.delivery.outgoing import Outgoing
from dispatcher.outbox import leases, reading
from dispatcher.outbox.recording import Act

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    import sqlalchemy as sa

    from dispatcher.delivery.clock import Clock
    from dispatcher.delivery.watching import Watcher
    from dispatcher.outbox.database import Database
    from dispatcher.outbox.journal import Journal
    from dispatcher.outbox.leases import Lease

P = ParamSpec("P")
T = TypeVar("T")

POLL = timedelta(seconds=5)
"""How often it looks for due retries, and for what others did to the store: a resume, a hold, a death."""

LOW = leases.CHUNK_SIZE // 2
"""Deliveries at hand below which another chunk is leased."""


class Feed:
    """Deliveries that may be handed over now. `patient`: wait for due retries; else they are left for later."""

    def __init__(
        self,
        database: Database,
        journal: Journal,
        release_ids: Sequence[int],
        *,
        owner: str,
        clock: Clock,
        watcher: Watcher,
        stopping: asyncio.Event,
        patient: bool,
    ) -> None:
        self._database = database
        self._journal = journal
        self._release_ids = release_ids
        self._owner = owner
        self._clock = clock
        self._watcher = watcher
        self._stopping = stopping
        self._patient = patient
        self._messages: dict[int, Outgoing] = {}
        self._at_hand: list[tuple[tuple[datetime, int, float, int], Task]] = []
        self._takers: deque[asyncio.Future[None]] = deque()
        self._left: dict[Lease, int] = {}
        """How many deliveries of each of our chunks are not done with yet."""
        self._stale: set[Lease] = set()
        """Chunks of which an intent was refused: what others did to them is seen when they are leased anew."""
        self._stirred = asyncio.Event()
        """Little is at hand, or nothing of ours is left."""
        self._idle = False
        """Whether it was told that nothing of what is due is to be had."""

    async def fill(self) -> None:
        """Keep deliveries at hand until nothing of the releases is left to wait for."""
        while not self._stopping.is_set():
            self._stirred.clear()
            asked = self._clock.now()
            lease = await self._next_lease() if len(self._at_hand) < 2 * leases.CHUNK_SIZE else None
            if lease is not None:
                self._idle = False
                await self._load(lease)
                if len(self._at_hand) < LOW:
                    continue
            if self._left:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._stirred.wait(), POLL.total_seconds())
            elif lease is None and not await self._wait_for_due(asked):
                return

    async def take(self) -> Task:
        """Return the delivery that goes next, as soon as there is one."""
        while (task := self.take_now()) is None:
            taker = asyncio.get_running_loop().create_future()
            self._takers.append(taker)
            await taker
        return task

    def take_now(self) -> Task | None:
        """Return the delivery that goes next if one is at hand, passing over those of chunks that went stale."""
        while self._at_hand:
            _, task = heapq.heappop(self._at_hand)
            if len(self._at_hand) < LOW:
                self._stirred.set()
            if task.lease not in self._stale:
                return task
            self.done(task)
        return None

    def put_back(self, task: Task) -> None:
        """Take back a delivery that nothing has happened to."""
        self._push(task)

    def spoil(self, task: Task) -> None:
        """Take note that somebody else changed the task's chunk, and be done with the task."""
        self._stale.add(task.lease)
        self.done(task)

    def is_stale(self, task: Task) -> bool:
        """Tell whether somebody else changed the task's chunk."""
        return task.lease in self._stale

    def done(self, task: Task) -> None:
        """Count off a delivery; a chunk of which none is left is given back."""
        lease = task.lease
        self._left[lease] -= 1
        if not self._left[lease]:
            self._give_back(lease)

    def give_all_back(self) -> None:
        """Give back every chunk, whatever is left in it. What is posted to the journal before goes before."""
        for lease in list(self._left):
            self._give_back(lease)

    async def renew(self) -> None:
        """Renew our leases long before they run out: one content may take ten minutes."""
        while True:
            await asyncio.sleep(leases.LEASE_SECONDS / 3)
            await self._journal.act(leases.renew, list(self._left), now=self._now())

    def _push(self, task: Task) -> None:
        heapq.heappush(self._at_hand, (task.precedence, task))
        while self._takers:
            taker = self._takers.popleft()
            if not taker.done():
                taker.set_result(None)
                return

    def _give_back(self, lease: Lease) -> None:
        del self._left[lease]
        self._stale.discard(lease)
        self._journal.post(Act(leases.give_back, (lease,), {}), self._given_back)

    def _given_back(self, _answer: object) -> None:
        if not self._left:
            self._stirred.set()

    async def _load(self, lease: Lease) -> None:
        if lease.release_id not in self._messages:
            self._messages[lease.release_id] = Outgoing(await self._read(reading.dispatch, lease.release_id))
        messages = self._messages[lease.release_id]
        waiting = await self._read(reading.waiting, lease.chunk_id)
        self._left[lease] = len(waiting)
        if not waiting:
            self._give_back(lease)
        for delivery in waiting:
            self._push(Task(lease, messages, delivery))

    async def _next_lease(self) -> Lease | None:
        return await self._journal.act(
            leases.next_lease, self._release_ids, ours=list(self._left), owner=self._owner, now=self._now()
        )

    async def _wait_for_due(self, asked: datetime) -> bool:
        """Wait until something falls due, a while at most; return False when there is nothing to wait for.

        `asked`: a moment before the store was last asked for a chunk. What has fallen due since then may be had.
        """
        due = await self._read(reading.next_due, self._release_ids)
        if due is None or not self._patient:
            return False
        barred = due <= asked
        until = asked + POLL if barred else min(due, asked + POLL)
        if not barred:
            self._watcher.waiting(due)
        elif not self._idle:
            self._watcher.trouble("what is due is held, or another dispatcher has it; this one looks again", until)
        self._idle = barred
        await self._clock.wait(until, unless=self._stopping)
        return True

    def _now(self) -> float:
        return self._clock.now().timestamp()

    async def _read(self, act: Callable[Concatenate[sa.Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Do `act` in a read transaction, off the event loop."""

        def transact() -> T:
            with self._database.reading() as connection:
                return act(connection, *args, **kwargs)

        return await asyncio.to_thread(transact)
