"""The sender: a feed of leased deliveries, lines to the relay that hand them over, and what ends the run.

feed: plan what is due -> lease a chunk -> hand out its deliveries               (feed.py)
line: take one -> ask the clocks -> pace -> attempt -> have the outcome recorded (line.py, relay.max_connections)
journal: intents and outcomes, one commit for all lines                          (outbox/journal.py)
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from dispatcher.delivery.circuit import Circuit
from dispatcher.delivery.feed import Feed
from dispatcher.delivery.line import Line, Run
from dispatcher.delivery.pace import Pace
from dispatcher.delivery.verdicts import ACCEPTED, Scope
from dispatcher.errors import ChannelDown, ChannelRefused, Refused
from dispatcher.outbox import reading
from dispatcher.outbox.interventions import stop_release
from dispatcher.outbox.journal import JournalThread
from dispatcher.outbox.journal_process import JournalProcess
from dispatcher.outbox.recording import Act
from dispatcher.outbox.states import WAITING, DeliveryState

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dispatcher.delivery.attempt import Task
    from dispatcher.delivery.clock import Clock
    from dispatcher.delivery.transaction import Result
    from dispatcher.delivery.verdicts import Verdict
    from dispatcher.delivery.watching import Watcher
    from dispatcher.outbox.database import Database
    from dispatcher.outbox.journal import Journal
    from dispatcher.plans import RetryPlan
    from dispatcher.smtp import Relay

LARGE = 2000
"""Deliveries from which a process of its own for the journal is worth starting: some seconds of work."""

PATIENCE_WITH_PACE = 3
"""Deliveries in a row that the relay wants slower before all of them wait."""


class _Streak:
    """The last verdict: one met twice in a row may be about more than one delivery, doubt (None) certainly is."""

    def __init__(self) -> None:
        self.last: Verdict | None = ACCEPTED
        self._length = 1

    def scope(self, verdict: Verdict | None) -> Scope:
        self._length = self._length + 1 if self.last is verdict else 1
        self.last = verdict
        twice = self._length > 1
        if verdict is None:
            return Scope.CHANNEL if twice else Scope.DELIVERY
        if verdict.scope is Scope.PACE and self._length >= PATIENCE_WITH_PACE:
            return Scope.CHANNEL
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
        self._relay = relay
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
        self._failure: asyncio.Future[None] | None = None

    def stop(self) -> None:
        """End the run between transactions. To end it at once, cancel the task that runs it."""
        self._stopping.set()

    async def run(self, release_ids: Sequence[int]) -> None:
        """Hand over what is due until all is settled or the clocks forbid.

        Raises ChannelError when the relay cannot be used, Refused when it refuses the content, StoreError when
        nothing can be recorded. What had not begun by then is as it was.
        """
        self._failure = asyncio.get_running_loop().create_future()
        async with self._journal(release_ids) as journal:
            feed = Feed(
                self._database, journal, release_ids, owner=self._owner, clock=self._clock,
                watcher=self._watcher, stopping=self._stopping, patient=self._patient,
            )  # fmt: skip
            lines = [Line(self._shared(journal, feed)) for _ in range(self._relay.max_connections)]
            at_work = {asyncio.create_task(line.work()): line for line in lines}
            others: list[asyncio.Task[Any]] = [
                asyncio.create_task(self._stopping.wait()),
                asyncio.create_task(feed.fill()),
                asyncio.create_task(feed.renew()),
            ]
            try:
                await _until_one_ends([self._failure, *others, *at_work])
            finally:
                self._stopping.set()
                await self._wind_up(at_work, others)
                await journal.flush()  # what was heard is recorded before its chunk is given back
                feed.give_all_back()
                await journal.flush()
        if self._failure.done():
            self._failure.result()

    def _journal(self, release_ids: Sequence[int]) -> Journal:
        """Return the journal: in a process of its own where that is worth starting one."""
        with self._database.reading() as connection:
            counts = reading.state_counts(connection, release_ids)
        large = sum(counts.get(state, 0) for state in WAITING) >= LARGE
        return JournalProcess(self._database) if large else JournalThread(self._database)

    def _shared(self, journal: Journal, feed: Feed) -> Run:
        return Run(
            relay=self._name, owner=self._owner, plan=self._plan, clock=self._clock, watcher=self._watcher,
            journal=journal, feed=feed, circuit=self._circuit, pace=self._pace, stopping=self._stopping,
            heed=lambda task, result: self._heed(journal, task, result), fail=self._fail,
        )  # fmt: skip

    async def _wind_up(self, at_work: dict[asyncio.Task[None], Line], others: Sequence[asyncio.Task[Any]]) -> None:
        """Let transactions under way come to their end, unless the run is being cancelled; then end all tasks."""
        this = asyncio.current_task()
        try:
            busy = [task for task, line in at_work.items() if line.busy]
            if busy and this is not None and not this.cancelling():
                await asyncio.wait(busy)
        finally:
            for task in (*at_work, *others):
                task.cancel()
            await asyncio.gather(*at_work, *others, return_exceptions=True)

    def _fail(self, error: BaseException) -> None:
        if self._failure is not None and not self._failure.done():
            self._failure.set_exception(error)

    def _heed(self, journal: Journal, task: Task, result: Result) -> None:
        """Act on what a result says of the relay or the advisory. Raises where that ends the run."""
        verdict, scope = result.verdict, self._streak.scope(result.verdict)
        if verdict is ACCEPTED:
            return
        told = verdict.action if verdict else "whether it took the last messages is in doubt"
        said = f"{self._name}: {result.reply or result.detail} ({told})"
        if verdict is not None and verdict.scope is Scope.PACE:
            self._ease(said)
        if scope is Scope.CHANNEL and verdict is not None and verdict.state is DeliveryState.HELD:
            raise ChannelRefused(said)
        if scope is Scope.ADVISORY:
            self._stop_release(journal, task, said)
        if scope is not Scope.CHANNEL and verdict is not None:
            self._circuit.close()
        # a run that does not wait is not ended by two deliveries that must
        if scope is Scope.CHANNEL and (self._patient or verdict is None or verdict.scope is Scope.CHANNEL):
            self._circuit.trip(ChannelDown(said))

    def _ease(self, said: str) -> None:
        if self._pace.ease():
            rate = self._pace.rate_per_minute or 0
            self._watcher.trouble(f"{said}: now {rate:.0f} a minute at most", self._clock.now())

    def _stop_release(self, journal: Journal, task: Task, said: str) -> None:
        release_id, now = task.lease.release_id, self._clock.now()
        journal.post(
            Act(stop_release, (release_id,), {"by": self._owner, "reason": said, "now": now}),
            lambda answer: self._fail(answer) if isinstance(answer, Exception) else None,
        )
        raise Refused(f"{task.dispatch.number} is held, every message of it would meet the same: {said}")


async def _until_one_ends(tasks: Sequence[asyncio.Future[Any]]) -> None:
    """Return when one of the tasks has ended; raise what it raised."""
    done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in done:
        task.result()
