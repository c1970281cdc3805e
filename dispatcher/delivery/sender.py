"""The sender: leases chunks, hands their deliveries over on a pool of connections, records every outcome.

feeder: plan what is due -> lease a chunk -> queue its deliveries      (one)
worker: take one -> ask the clocks -> pace -> attempt -> record        (relay.max_connections of them)
keeper: renew the leases
"""

from __future__ import annotations

import asyncio
import contextlib
import random
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Concatenate, ParamSpec, TypeVar

from dispatcher.delivery.attempt import Attempt, Task
from dispatcher.delivery.circuit import Circuit
from dispatcher.delivery.conclusion import conclude, stand_down, wording_now
from dispatcher.delivery.pace import Pace
from dispatcher.delivery.verdicts import ACCEPTED, DOWN, Scope
from dispatcher.errors import ChannelDown, ChannelRefused, Refused
from dispatcher.model import Stage
from dispatcher.outbox import leases, reading
from dispatcher.outbox.interventions import stop_release
from dispatcher.outbox.journal import Journal, Ruling
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
class _Line:
    """A worker's connection, kept open between its transactions."""

    connection: Connection | None = None

    @property
    def usable(self) -> bool:
        return self.connection is not None and self.connection.usable

    async def close(self) -> None:
        if self.connection is not None:
            await self.connection.close()


@dataclass(slots=True)
class _Streak:
    """The last verdict: one met twice in a row may be about more than one delivery, doubt (None) certainly is."""

    last: Verdict | None = ACCEPTED

    def scope(self, verdict: Verdict | None) -> Scope:
        twice, self.last = self.last is verdict, verdict
        if verdict is None:
            return Scope.CHANNEL if twice else Scope.DELIVERY
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
        self._streak = _Streak()
        self._queue: asyncio.Queue[Task] = asyncio.Queue(maxsize=leases.CHUNK_SIZE)
        self._left: dict[Lease, int] = {}
        """How many deliveries of each of our chunks no worker has finished with yet."""
        self._stale: set[Lease] = set()
        """Chunks of which an intent was refused: what others did to them is seen when they are leased anew."""
        self._idle = False
        """Whether it was told that nothing of what is due is to be had."""
        self._busy: set[asyncio.Task[None]] = set()
        """Workers in a transaction, which a stop waits for."""

    def stop(self) -> None:
        """End the run between transactions. To end it at once, cancel the task that runs it."""
        self._stopping.set()

    async def run(self, release_ids: Sequence[int]) -> None:
        """Hand over what is due until all is settled or the clocks forbid.

        Raises ChannelError when the relay cannot be used, Refused when it refuses the content, StoreError when
        nothing can be recorded. What had not begun by then is as it was.
        """
        with Journal(self._database) as journal:
            ends: list[asyncio.Task[object]] = [
                asyncio.create_task(self._stopping.wait()),
                asyncio.create_task(self._feed(release_ids)),
                asyncio.create_task(self._keep_leases()),
                *(asyncio.create_task(self._work(journal)) for _ in range(self._connections)),
            ]
            try:
                await _until_one_ends(ends)
            finally:
                self._stopping.set()
                await self._wind_up(ends)

    async def _wind_up(self, tasks: Sequence[asyncio.Task[object]]) -> None:
        """Let transactions under way come to their end, unless the run is being cancelled; then end all tasks."""
        this = asyncio.current_task()
        try:
            if self._busy and this is not None and not this.cancelling():
                await asyncio.wait(self._busy)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            for lease in list(self._left):
                await self._give_back(lease)

    async def _feed(self, release_ids: Sequence[int]) -> None:
        """Keep the queue filled until nothing of the releases is left to wait for."""
        dispatches: dict[int, Dispatch] = {}
        while not self._stopping.is_set():
            lease = await self._stored(
                _next_lease, release_ids, ours=list(self._left), owner=self._owner, now=self._now()
            )
            if lease is not None:
                self._idle = False
                if lease.release_id not in dispatches:
                    dispatches[lease.release_id] = await self._read(reading.dispatch, lease.release_id)
                await self._enqueue(lease, dispatches[lease.release_id])
            elif self._left:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._queue.join(), POLL.total_seconds())
            elif not await self._wait_for_due(release_ids):
                return

    async def _enqueue(self, lease: Lease, dispatch: Dispatch) -> None:
        waiting = await self._read(reading.waiting, lease.chunk_id)
        self._left[lease] = len(waiting)
        if not waiting:
            await self._give_back(lease)
        for delivery in waiting:
            await self._queue.put(Task(lease=lease, dispatch=dispatch, delivery=delivery))

    async def _wait_for_due(self, release_ids: Sequence[int]) -> bool:
        """Wait until something falls due, a while at most; return False when there is nothing to wait for."""
        due = await self._read(reading.next_due, release_ids)
        if due is None or not self._patient:
            return False
        now = self._clock.now()
        until = min(due, now + POLL) if due > now else now + POLL
        if due > now:
            self._watcher.waiting(due)
        elif not self._idle:
            self._watcher.trouble("what is due is held, or another dispatcher has it; this one looks again", until)
        self._idle = due <= now
        await self._clock.wait(until, unless=self._stopping)
        return True

    async def _work(self, journal: Journal) -> None:
        """Take deliveries from the queue and settle each; the connection stays open between them."""
        line = _Line()
        try:
            while not self._stopping.is_set():
                task = await self._queue.get()
                try:
                    await self._settle(journal, task, line)
                    await self._count_off(task.lease)
                finally:
                    self._queue.task_done()
        finally:
            await asyncio.shield(line.close())

    async def _settle(self, journal: Journal, task: Task, line: _Line) -> None:
        """Bring one delivery to an outcome; leave it as it is when stopping or when its chunk is stale."""
        settled = False
        while not (settled or self._stopping.is_set() or task.lease in self._stale):
            async with self._circuit.passage(until=task.dispatch.cutoff):
                settled = await self._try(journal, task, line)

    async def _try(self, journal: Journal, task: Task, line: _Line) -> bool:
        """Make one attempt, or let the clocks rule; tell whether the delivery is settled for now."""
        if wording_now(task.dispatch, self._clock.now()) is None:
            await self._rule(journal, task, *stand_down(task.dispatch, self._clock.now()))
            return True
        fresh = not line.usable
        if fresh:
            line.connection = await self._circuit.connect()
        if line.connection is None:
            return False
        await self._pace.wait()
        now = self._clock.now()
        wording = wording_now(task.dispatch, now)
        if wording is None or self._stopping.is_set():
            return False
        attempt = Attempt(task, wording, at=now, relay=self._name, owner=self._owner)
        return await self._transact(journal, attempt, line.connection, fresh=fresh)

    async def _transact(self, journal: Journal, attempt: Attempt, connection: Connection, *, fresh: bool) -> bool:
        """Make an attempt, record what it led to and act on it; tell whether it counts."""
        this = asyncio.current_task()
        assert this is not None
        self._busy.add(this)
        try:
            result = await attempt.make(connection, journal)
            # a connection that the relay closed while it was idle says nothing about this delivery
            if not fresh and result.verdict is DOWN and result.stage is Stage.MAIL:
                return False
            if result.withdrawn:
                self._stale.add(attempt.task.lease)
            else:
                await self._conclude(journal, attempt, result)
            return True
        finally:
            self._busy.discard(this)

    async def _conclude(self, journal: Journal, attempt: Attempt, result: Result) -> None:
        """Record what the attempt led to, then act on what it says of the relay or the advisory."""
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
        await self._heed(task, result)

    async def _heed(self, task: Task, result: Result) -> None:
        verdict, scope = result.verdict, self._streak.scope(result.verdict)
        told = verdict.action if verdict else "whether it took the last messages is in doubt"
        said = f"{self._name}: {result.reply or result.detail} ({told})"
        if scope is Scope.CHANNEL and verdict is not None and verdict.state is DeliveryState.HELD:
            raise ChannelRefused(said)
        if scope is Scope.ADVISORY:
            await self._stored(
                stop_release, task.lease.release_id, by=self._owner, reason=said, now=self._clock.now()
            )
            raise Refused(f"{task.dispatch.number} is held, every message of it would meet the same: {said}")
        if scope is not Scope.CHANNEL and verdict is not None:
            self._circuit.close()
        # a run that does not wait is not ended by two deliveries that must
        if scope is Scope.CHANNEL and (self._patient or verdict is None or verdict.scope is Scope.CHANNEL):
            self._circuit.trip(ChannelDown(said))

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
            await self._stored(leases.renew, list(self._left), now=self._now())

    async def _count_off(self, lease: Lease) -> None:
        self._left[lease] -= 1
        if not self._left[lease]:
            await self._give_back(lease)

    async def _give_back(self, lease: Lease) -> None:
        del self._left[lease]
        self._stale.discard(lease)
        await self._stored(leases.give_back, lease)

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


def _next_lease(
    connection: sa.Connection, release_ids: Sequence[int], *, ours: Sequence[Lease], owner: str, now: float
) -> Lease | None:
    leases.renew(connection, ours, now=now)  # after a suspend they would seem to have run out
    for release_id in release_ids:
        leases.plan(connection, release_id, now=now)
    return leases.take(connection, release_ids, owner=owner, now=now)


async def _until_one_ends(tasks: Sequence[asyncio.Task[object]]) -> None:
    """Return when one of the tasks has ended; raise what it raised."""
    done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in done:
        task.result()
