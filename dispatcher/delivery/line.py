"""A line: one connection to the relay and the deliveries that go over it, each brought to an outcome.

While the content of one is on its way, the group of the next rides behind it (RFC 2920), its intent with it. So
never more than two deliveries of a line can be in doubt.
"""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from dispatcher.delivery.attempt import Attempt, Task
from dispatcher.delivery.conclusion import Conclusion, conclude, stand_down, wording_now
from dispatcher.delivery.replies import names_a_parameter
from dispatcher.delivery.verdicts import ACCEPTED, DOWN, NONSENSE, OPTION, PROTOCOL
from dispatcher.outbox.recording import Ruling

if TYPE_CHECKING:
    from collections.abc import Callable

    from dispatcher.delivery.circuit import Circuit
    from dispatcher.delivery.clock import Clock
    from dispatcher.delivery.connection import Connection
    from dispatcher.delivery.feed import Feed
    from dispatcher.delivery.pace import Pace
    from dispatcher.delivery.transaction import Result
    from dispatcher.delivery.watching import Watcher
    from dispatcher.outbox.journal import Journal
    from dispatcher.outbox.states import DeliveryState
    from dispatcher.plans import RetryPlan

REOPENINGS = 6
"""How often an attempt is begun anew when its transaction said nothing about it: a connection lost while idle,
groups without an answer, each refused parameter dropped."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What the lines of a run share."""

    relay: str
    """Host and port, for the log."""
    owner: str
    plan: RetryPlan
    clock: Clock
    watcher: Watcher
    journal: Journal
    feed: Feed
    circuit: Circuit
    pace: Pace
    stopping: asyncio.Event
    heed: Callable[[Task, Result], None]
    """Acts on what a result says of the relay or the advisory; raises where that ends the run."""
    fail: Callable[[BaseException], None]
    """Ends the run."""


class Line:
    """One connection, kept open between its transactions."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._connection: Connection | None = None
        self._at_work: list[Attempt] = []
        """The attempt under way, and the one that rides behind it."""
        self.busy = False
        """Whether a transaction is under way, which a stop waits for."""

    async def work(self) -> None:
        """Take deliveries from the feed and settle each, until cancelled or the run stops."""
        try:
            while not self._run.stopping.is_set():
                await self._settle(await self._run.feed.take())
        finally:
            if self._connection is not None:
                await asyncio.shield(self._connection.close())

    async def _settle(self, task: Task) -> None:
        """Bring a delivery, and all that ride behind it, to an outcome; leave it as it is when the run stops."""
        run = self._run
        while not (run.stopping.is_set() or run.feed.is_stale(task)):
            async with run.circuit.passage(until=task.dispatch.cutoff):
                if await self._try(task):
                    return
        run.feed.done(task)

    async def _try(self, task: Task) -> bool:
        """Make one attempt, or let the clocks rule; tell whether the delivery is settled for now."""
        run = self._run
        if wording_now(task.dispatch, run.clock.now()) is None:
            self._rule(task, *stand_down(task.dispatch, run.clock.now()))
            return True
        if not await self._connected():
            return False
        await run.pace.wait()
        if run.stopping.is_set():
            return False
        attempt = self._attempt(task)
        if attempt is None:
            return False
        self.busy = True
        try:
            return await self._transact(attempt)
        finally:
            self.busy = False

    def _attempt(self, task: Task) -> Attempt | None:
        """Return the next attempt of a delivery, its message composed and checked; None where clocks forbid."""
        run, now = self._run, self._run.clock.now()
        wording = wording_now(task.dispatch, now)
        if wording is None:
            return None
        if task.delivery.keeps_wording:
            wording = task.delivery.wording or wording
        return Attempt(task, wording, at=now, relay=run.relay, owner=run.owner, journal=run.journal)

    async def _connected(self) -> bool:
        if self._connection is None or not self._connection.usable:
            self._connection = await self._run.circuit.connect()
        if self._connection is None:
            return False
        self._run.circuit.adapt(self._connection)
        return True

    async def _transact(self, attempt: Attempt) -> bool:
        """Hand over a delivery and those that ride behind it; tell whether the first one is settled."""
        settled = True
        self._at_work = [attempt]
        try:
            assert self._connection is not None
            attempt.open(self._connection)
            while self._at_work:
                current = self._at_work[0]
                result = await self._pass(current)
                nothing = self._says_nothing(current, result)
                if nothing and await self._reopened(current):
                    continue
                if not nothing or await current.intended():
                    await self._conclude(current, result)
                elif current is attempt:
                    settled = False
                    self._at_work.remove(current)
                else:
                    self._at_work.remove(current)
                    self._run.feed.put_back(current.task)
        except BaseException as error:
            await self._break_off(error)
            raise
        return settled

    async def _pass(self, attempt: Attempt) -> Result:
        """Take an attempt through its transaction, and let the next one ride behind its content."""
        refused = await attempt.admitted()
        if refused is not None:
            return refused
        rider = self._rider(attempt)
        attempt.send(rider)
        if rider is not None:
            self._at_work.append(rider)
        return await attempt.end()

    def _rider(self, attempt: Attempt) -> Attempt | None:
        """Return the attempt that may ride behind this one's content now, or None."""
        run, connection = self._run, self._connection
        if not attempt.grouped or connection is None or run.stopping.is_set() or not run.circuit.closed:
            return None
        task = run.feed.take_now()
        if task is None:
            return None
        rider = self._attempt(task) if run.pace.ready() else None
        if rider is None or rider.prepare(connection) is None:
            run.feed.put_back(task)
            return None
        return rider

    def _says_nothing(self, attempt: Attempt, result: Result) -> bool:
        """Tell whether a transaction failed for a reason that is not its delivery's; take note of the reason."""
        circuit, connection = self._run.circuit, self._connection
        if result.in_doubt or attempt.begun or result.withdrawn or attempt.reopened >= REOPENINGS:
            return False
        assert connection is not None
        refused = result.verdict is OPTION or (result.reply is not None and names_a_parameter(result.reply))
        if refused and circuit.drop_an_option(attempt.bore(result.stage)):
            return True
        if attempt.grouped and result.verdict in {PROTOCOL, NONSENSE}:
            circuit.avoid_pipelining()
            connection.abandon()
            return True
        if result.verdict is not DOWN:
            return False
        if attempt.grouped and result.reply is None:
            circuit.suspect_pipelining()
            return True
        # what the relay closed between messages says nothing about this one
        return not attempt.reopened and connection.served > 0

    async def _reopened(self, attempt: Attempt) -> bool:
        """Begin an attempt anew; tell whether there is a connection for it."""
        attempt.reopened += 1
        if not await self._connected():
            return False
        assert self._connection is not None
        attempt.open(self._connection)
        return True

    async def _conclude(self, attempt: Attempt, result: Result) -> None:
        """Have the outcome recorded, and act on what it says of the relay or the advisory."""
        run, task, now = self._run, attempt.task, self._run.clock.now()
        intended = await attempt.intended()
        self._at_work.remove(attempt)
        if result.withdrawn:
            run.feed.spoil(task)
            return
        if result.verdict is ACCEPTED:
            run.circuit.well(rode=attempt.rode)
        conclusion = conclude(
            result, n=attempt.n, now=now, dispatch=task.dispatch, plan=run.plan,
            jitter=random.uniform(-1, 1),  # noqa: S311 - spreads retries, guards nothing
        )  # fmt: skip
        outcome = attempt.outcome(result, conclusion, at=now, intended=intended)
        run.journal.post(outcome, partial(self._recorded, task, conclusion, result))
        if conclusion.then is not None:
            self._rule(task, conclusion.then, conclusion.detail)
        run.heed(task, result)

    def _recorded(self, task: Task, conclusion: Conclusion, result: Result, answer: object) -> None:
        if isinstance(answer, Exception):
            self._run.fail(answer)
        elif conclusion.then is None:
            delivery = task.delivery
            self._run.watcher.settled(delivery.address, delivery.audiences, conclusion.state, result.reply)
            self._run.feed.done(task)

    def _rule(self, task: Task, state: DeliveryState, detail: str) -> None:
        run = self._run
        ruling = Ruling(
            lease=task.lease, seq=task.delivery.seq, at=run.clock.now().timestamp(), state=state, detail=detail,
            owner=run.owner,
        )  # fmt: skip
        run.journal.post(ruling, partial(self._ruled, task, state))

    def _ruled(self, task: Task, state: DeliveryState, answer: object) -> None:
        if isinstance(answer, Exception):
            self._run.fail(answer)
        else:
            self._run.watcher.settled(task.delivery.address, task.delivery.audiences, state, None)
            self._run.feed.done(task)

    async def _break_off(self, error: BaseException) -> None:
        """Cut the connection and record what was under way: in doubt where its content began, else deferred."""
        if self._connection is not None:
            self._connection.abandon()
        why = "interrupted by hand" if isinstance(error, asyncio.CancelledError) else "the run ended"
        for attempt in self._at_work:
            if await _intended(attempt):
                outcome = attempt.broken_off(why, at=self._run.clock.now())
                self._run.journal.post(outcome, _unheard)
        self._at_work = []


async def _intended(attempt: Attempt) -> bool:
    try:
        return await attempt.intended()
    except Exception:  # noqa: BLE001 - what could not be intended was not
        return False


def _unheard(_answer: object) -> None:
    """Hear nothing: the run is over; what could not be recorded is found as an intent without outcome."""
