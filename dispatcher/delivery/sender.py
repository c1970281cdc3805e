"""The sender: leases chunks, hands their deliveries over on a pool of connections, records every outcome.

feeder: plan what is due -> lease a chunk -> queue its deliveries      (one)
worker: take one -> ask the clocks -> pace -> attempt -> record        (relay.max_connections of them)
keeper: renew the leases
"""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Concatenate, ParamSpec, TypeVar

from dispatcher.delivery.attempt import Attempt, Task
from dispatcher.delivery.circuit import Circuit
from dispatcher.delivery.conclusion import conclude, stand_down
from dispatcher.delivery.pace import Pace
from dispatcher.delivery.verdicts import DOWN, Scope
from dispatcher.errors import ChannelDown, ChannelRefused, Refused
from dispatcher.model import Stage
from dispatcher.outbox import leases, reading
from dispatcher.outbox.interventions import stop_release
from dispatcher.outbox.journal import Journal, Ruling
from dispatcher.outbox.schedule import wording_at
from dispatcher.outbox.states import DeliveryState

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import sqlalchemy as sa

    from dispatcher.delivery.clock import Clock
    from dispatcher.delivery.connection import Connection
    from dispatcher.delivery.transaction import Result
    from dispatcher.delivery.verdicts import Verdict
    from dispatcher.delivery.watching import Watcher
    from dispatcher.model import Relay, RetryPlan
    from dispatcher.outbox.database import Database
    from dispatcher.outbox.leases import Lease
    from dispatcher.outbox.reading import Dispatch

P = ParamSpec("P")
T = TypeVar("T")

POLL = timedelta(seconds=5)
"""How often an idle sender looks for what others did to the store: a resume, a hold, a dead dispatcher."""


@dataclass(slots=True)
class _Chunk:
    """A leased chunk at work: how many of its deliveries no worker has finished with yet."""

    lease: Lease
    left: int


@dataclass(slots=True)
class _Streak:
    """The last verdict: one met twice in a row may be about more than one delivery."""

    last: Verdict | None = None

    def scope(self, verdict: Verdict) -> Scope:
        twice, self.last = self.last is verdict, verdict
        return verdict.repeated if twice and verdict.repeated else verdict.scope


class Sender:
    """Hands releases over. One run at a time; several senders on one store are safe.

    `patient` waits for due retries and for a relay in trouble; otherwise what cannot go now is left for later.
    """

    def __init__(
        self,
        database: Database,
        relay: Relay,
        *,
        owner: str,
        plan: RetryPlan,
        clock: Clock,
        watcher: Watcher,
        patient: bool,
    ) -> None:
        self._database = database
        self._connections = relay.max_connections
        self._name = f"{relay.host}:{relay.port}"
        self._owner = owner
        self._plan = plan
        self._clock = clock
        self._watcher = watcher
        self._patient = patient
        self._stopping = asyncio.Event()
        self._pace = Pace(relay.rate_per_minute)
        self._circuit = Circuit(
            relay, clock=clock, stopping=self._stopping, patient=patient, on_trouble=watcher.trouble
        )
        self._queue: asyncio.Queue[Task] = asyncio.Queue(maxsize=leases.CHUNK_SIZE)
        self._chunks: dict[int, _Chunk] = {}
        self._busy: set[asyncio.Task[None]] = set()
        self._streak = _Streak()

    def stop(self) -> None:
        """End the run between transactions. To end it at once, cancel the task that runs it."""
        self._stopping.set()

    async def run(self, release_ids: Sequence[int]) -> None:
        """Hand over what is due until all is settled or the clocks forbid.

        Raises ChannelError when the relay cannot be used, Refused when it refuses the content, StoreError when
        nothing can be recorded. What had not begun by then is as it was.
        """
        with Journal(self._database) as journal:
            feeder = asyncio.create_task(self._feed(release_ids))
            keeper = asyncio.create_task(self._keep_leases())
            workers = [asyncio.create_task(self._work(journal)) for _ in range(self._connections)]
            try:
                await _until_one_ends([feeder, keeper, *workers])
            finally:
                self._stopping.set()
                await self._wind_up([feeder, keeper, *workers])

    async def _wind_up(self, tasks: Sequence[asyncio.Task[None]]) -> None:
        """Let transactions under way come to their end, unless the run is being cancelled; then end all tasks."""
        this = asyncio.current_task()
        try:
            if self._busy and this is not None and not this.cancelling():
                await asyncio.wait(self._busy)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            for chunk_id in list(self._chunks):
                await self._give_back(chunk_id)

    async def _feed(self, release_ids: Sequence[int]) -> None:
        """Keep the queue filled until nothing of the releases is left to wait for."""
        dispatches: dict[int, Dispatch] = {}
        while not self._stopping.is_set():
            lease = await self._stored(_next_lease, release_ids, owner=self._owner, now=self._now())
            if lease is not None:
                if lease.release_id not in dispatches:
                    dispatches[lease.release_id] = await self._read(reading.dispatch, lease.release_id)
                await self._enqueue(lease, dispatches[lease.release_id])
            elif self._chunks:
                await self._queue.join()
            else:
                due = await self._read(reading.next_due, release_ids)
                if due is None or not self._patient:
                    return
                self._watcher.waiting(due)
                await self._clock.wait(min(due, self._clock.now() + POLL), unless=self._stopping)

    async def _enqueue(self, lease: Lease, dispatch: Dispatch) -> None:
        waiting = await self._read(reading.waiting, lease.chunk_id)
        self._chunks[lease.chunk_id] = _Chunk(lease, len(waiting))
        if not waiting:
            await self._give_back(lease.chunk_id)
        for delivery in waiting:
            await self._queue.put(Task(lease=lease, dispatch=dispatch, delivery=delivery))

    async def _work(self, journal: Journal) -> None:
        """Take deliveries from the queue and settle each; the connection stays open between them."""
        this = asyncio.current_task()
        assert this is not None
        connection: Connection | None = None
        try:
            while not self._stopping.is_set():
                task = await self._queue.get()
                self._busy.add(this)
                try:
                    connection = await self._settle(journal, task, connection)
                    await self._count_off(task.lease.chunk_id)
                finally:
                    self._busy.discard(this)
                    self._queue.task_done()
        finally:
            if connection is not None:
                await asyncio.shield(connection.close())

    async def _settle(self, journal: Journal, task: Task, connection: Connection | None) -> Connection | None:
        """Bring one delivery to an outcome, or leave it when stopping; return the connection for the next."""
        dispatch = task.dispatch
        while True:
            fresh = connection is None or not connection.usable
            if fresh:
                connection = await self._circuit.connection(until=dispatch.cutoff)
            await self._pace.wait()
            now = self._clock.now()
            wording = wording_at(now, dispatch.clocks)
            if now >= dispatch.cutoff or wording is None:
                await self._rule(journal, task, *stand_down(dispatch, now))
                return connection
            if connection is None or self._stopping.is_set():
                return connection
            attempt = Attempt(task, wording, at=now, relay=self._name, owner=self._owner)
            result = await attempt.make(connection, journal)
            # a connection that the relay closed while it was idle says nothing about this delivery
            if fresh or result.verdict is not DOWN or result.stage is not Stage.MAIL:
                await self._conclude(journal, attempt, result)
                return connection

    async def _conclude(self, journal: Journal, attempt: Attempt, result: Result) -> None:
        """Record what the attempt led to, then act on what it says of the relay or the advisory."""
        if result.withdrawn:
            return
        task, now = attempt.task, self._clock.now()
        conclusion = conclude(
            result, n=attempt.n, now=now, dispatch=task.dispatch, plan=self._plan,
            jitter=random.uniform(-1, 1),  # noqa: S311 - spreads retries, guards nothing
        )  # fmt: skip
        await journal.write(attempt.outcome(result, conclusion, at=now))
        if conclusion.then is not None:
            await self._rule(journal, task, conclusion.then, conclusion.detail)
        else:
            self._watcher.settled(task.delivery.address, task.delivery.audiences, conclusion.state, result.reply)
        if result.verdict is not None:
            await self._heed(task, result, result.verdict)

    async def _heed(self, task: Task, result: Result, verdict: Verdict) -> None:
        scope = self._streak.scope(verdict)
        said = f"{self._name}: {result.reply or result.detail} ({verdict.action})"
        if scope is Scope.CHANNEL and verdict.state is DeliveryState.HELD:
            raise ChannelRefused(said)
        if scope is Scope.CHANNEL:
            self._circuit.trip(ChannelDown(said))
        if scope is Scope.ADVISORY:
            await self._stored(
                stop_release, task.lease.release_id, by=self._owner, reason=said, now=self._clock.now()
            )
            raise Refused(f"{task.dispatch.number} is held, every message of it would meet the same: {said}")

    async def _rule(self, journal: Journal, task: Task, state: DeliveryState, detail: str) -> None:
        delivery = task.delivery
        await journal.write(
            Ruling(
                lease=task.lease, seq=delivery.seq, at=self._now(), state=state, detail=detail, owner=self._owner
            )
        )
        self._watcher.settled(delivery.address, delivery.audiences, state, None)

    async def _keep_leases(self) -> None:
        """Renew our leases long before they run out: one content may take ten minutes."""
        while True:
            await asyncio.sleep(leases.LEASE_SECONDS / 3)
            await self._stored(leases.renew, [chunk.lease for chunk in self._chunks.values()], now=self._now())

    async def _count_off(self, chunk_id: int) -> None:
        chunk = self._chunks[chunk_id]
        chunk.left -= 1
        if not chunk.left:
            await self._give_back(chunk_id)

    async def _give_back(self, chunk_id: int) -> None:
        await self._stored(leases.give_back, self._chunks.pop(chunk_id).lease)

    def _now(self) -> float:
        return self._clock.now().timestamp()

    async def _stored(
        self, act: Callable[Concatenate[sa.Connection, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Do `act` in a write transaction, off the event loop."""

        def transact() -> T:
            with self._database.writing() as connection:
                return act(connection, *args, **kwargs)

        return await asyncio.to_thread(transact)

    async def _read(self, act: Callable[Concatenate[sa.Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Do `act` in a read transaction, off the event loop."""

        def transact() -> T:
            with self._database.reading() as connection:
                return act(connection, *args, **kwargs)

        return await asyncio.to_thread(transact)


def _next_lease(connection: sa.Connection, release_ids: Sequence[int], *, owner: str, now: float) -> Lease | None:
    for release_id in release_ids:
        leases.plan(connection, release_id, now=now)
    return leases.take(connection, release_ids, owner=owner, now=now)


async def _until_one_ends(tasks: Sequence[asyncio.Task[None]]) -> None:
    """Return when one of the tasks has ended; raise what it raised."""
    done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in done:
        task.result()
