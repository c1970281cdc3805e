"""The journal of handing over: the intent before the first content byte, the outcome after the reply.

Both are durable when their call returns. One thread writes; what queued up during one fsync is committed with the
next one, so all connections share its cost (docs/adr/0003).
"""

from __future__ import annotations

import asyncio
import queue
import threading
import time
from collections import defaultdict
from collections.abc import Callable
from functools import partial
from itertools import groupby
from typing import TYPE_CHECKING, Any, Concatenate, NamedTuple, ParamSpec, Self, TypeAlias, TypeVar

import sqlalchemy as sa
from sqlalchemy.exc import OperationalError

from dispatcher.errors import DispatcherError, StoreError
from dispatcher.outbox import statements
from dispatcher.outbox.ledger import Ledger
from dispatcher.outbox.states import DeliveryState

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dispatcher.model import Reply, Stage, Wording
    from dispatcher.outbox.database import Database
    from dispatcher.outbox.leases import Lease

P = ParamSpec("P")
T = TypeVar("T")

_BATCH = 256

RETRY_PAUSES = (0.5, 1.0, 2.0, 4.0)
"""Seconds before each further try to record an outcome, beside what the database itself waits for a lock."""


class Intent(NamedTuple):
    """We are about to send the first content byte of attempt `n`."""

    lease: Lease
    seq: int
    n: int
    at: float
    wording: Wording
    relay: str
    owner: str


class Outcome(NamedTuple):
    """What attempt `n` led to. `intended` tells whether an intent went before it."""

    lease: Lease
    seq: int
    n: int
    at: float
    state: DeliveryState
    stage: Stage
    reply: Reply | None
    detail: str
    next_at: float | None
    intended: bool
    wording: Wording
    relay: str
    owner: str


class Ruling(NamedTuple):
    """What clocks or policy decide about a waiting delivery: expired, or held."""

    lease: Lease
    seq: int
    at: float
    state: DeliveryState
    detail: str
    owner: str


Entry: TypeAlias = Intent | Outcome | Ruling
Act: TypeAlias = Callable[[sa.Connection], Any]
Answer: TypeAlias = Any
"""For an Intent whether it was granted, for an act what it returned, for the others True; or what went wrong."""


class Journal:
    """The writer thread. Use it as a context manager on the event loop that its callers run on."""

    def __init__(self, database: Database) -> None:
        self._writer = database.writer()
        self._queue: queue.SimpleQueue[_Item | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="journal", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._queue.put(None)
        self._thread.join()

    def post(self, entry: Entry | Act, then: Callable[[Answer], object]) -> None:
        """Have `entry` committed after all that was posted before; `then` is called with the answer on this loop.

        The answer is a DispatcherError when nothing could be written: then nothing may be handed over.
        """
        self._queue.put(_Item(entry, then, asyncio.get_running_loop()))

    async def write(self, entry: Entry) -> bool:
        """Commit `entry`; for an Intent tell whether it was granted (False: withdrawn, paused or fenced).

        Raises StoreError when nothing could be written.
        """
        written: bool = await self._posted(entry)
        return written

    async def act(
        self, act: Callable[Concatenate[sa.Connection, P], T], /, *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Do `act` in a transaction of its own, in turn with the entries; return what it returns.

        Raises the DispatcherErrors of the act, and StoreError for whatever else goes wrong.
        All writes of a process go one way: beside the journal another writer would wait for the store's lock.
        """
        done: T = await self._posted(lambda connection: act(connection, *args, **kwargs))
        return done

    async def flush(self) -> None:
        """Return when everybody who posted before has been told the answer."""
        await self.act(lambda _connection: None)

    async def _posted(self, entry: Entry | Act) -> Any:
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self.post(entry, partial(settle, future))
        return await future

    def _run(self) -> None:
        ended = False
        while not ended:
            batch: list[_Item] = []
            item = self._queue.get()
            while True:
                if item is None:
                    ended = True
                    break
                batch.append(item)
                if len(batch) == _BATCH or self._queue.empty():
                    break
                item = self._queue.get()
            for alike in _alike(batch):
                self._commit(alike)
        self._writer.close()

    def _commit(self, batch: Sequence[_Item]) -> None:
        """Commit a batch in one transaction; where that fails, each entry in one of its own.

        A reply that was heard is evidence that nobody can hear again: its outcome is tried for a while longer.
        Meanwhile this thread grants nothing, so nothing is handed over.
        """
        answers = self._attempt(batch)
        if isinstance(answers, list):
            _deliver(batch, answers)
            return
        pauses = list(RETRY_PAUSES)  # of all together: it is one store that fails
        for item in batch:
            answer = self._attempt([item]) if len(batch) > 1 else answers
            while pauses and isinstance(item.entry, Outcome) and _may_recover(answer):
                time.sleep(pauses.pop(0))
                answer = self._attempt([item])
            _deliver([item], answer if isinstance(answer, list) else [answer])

    def _attempt(self, batch: Sequence[_Item]) -> list[Answer] | Exception:
        try:
            with self._writer.writing() as connection:
                if callable(batch[0].entry):
                    return [batch[0].entry(connection)]
                return list(commit(connection, [item.entry for item in batch if not callable(item.entry)]))
        except DispatcherError as error:
            return error
        except Exception as error:  # noqa: BLE001 - a thread must answer whatever happens, or its callers wait for ever
            return StoreError(f"the journal could not be written: {error}")


class _Item(NamedTuple):
    """What is to be committed, and who is told."""

    entry: Entry | Act
    then: Callable[[Answer], object]
    loop: asyncio.AbstractEventLoop


def _alike(batch: Sequence[_Item]) -> Iterator[list[_Item]]:
    """Yield what goes into one transaction each: entries together, every act alone; in order."""
    for is_act, items in groupby(batch, key=lambda item: callable(item.entry)):
        if is_act:
            yield from ([item] for item in items)
        else:
            yield list(items)


def _may_recover(answer: list[Answer] | Exception) -> bool:
    """Tell whether it is the store that failed, not what was to be written."""
    return isinstance(answer, Exception) and isinstance(answer.__cause__, OperationalError)


def _deliver(batch: Sequence[_Item], answers: Sequence[Answer]) -> None:
    """Hand the answers to the event loop that waits for them."""
    batch[0].loop.call_soon_threadsafe(_tell, batch, answers)


def _tell(batch: Sequence[_Item], answers: Sequence[Answer]) -> None:
    """Tell everybody; who fails to listen silences none of those that shared the commit."""
    for item, answer in zip(batch, answers, strict=True):
        try:
            item.then(answer)
        except Exception as error:  # noqa: BLE001 - it is the loop's to report, as of any callback
            item.loop.call_exception_handler({"message": "what follows a commit failed", "exception": error})


def settle(future: asyncio.Future[Any], answer: Answer) -> None:
    """Give a future what was answered."""
    if future.done():  # its waiter was cancelled
        return
    if isinstance(answer, Exception):
        future.set_exception(answer)
    else:
        future.set_result(answer)


def commit(connection: sa.Connection, entries: Sequence[Entry]) -> list[bool]:
    """Apply entries in one transaction of the caller's; return False for each Intent that is not granted."""
    ledger = Ledger()
    intents = [entry for entry in entries if isinstance(entry, Intent)]
    granted = _grant(connection, intents, ledger) if intents else frozenset()
    outcomes = [entry for entry in entries if isinstance(entry, Outcome)]
    if outcomes:
        _record(connection, outcomes, ledger)
    rulings = [entry for entry in entries if isinstance(entry, Ruling)]
    if rulings:
        _rule(connection, rulings, ledger)
    ledger.append(connection, at=max(entry.at for entry in entries))
    return [not isinstance(entry, Intent) or entry.seq in granted for entry in entries]


def _grant(connection: sa.Connection, intents: Sequence[Intent], ledger: Ledger) -> frozenset[int]:
    """Grant the intents whose delivery waits for that attempt, whose release is sending and whose lease holds."""
    rows = [(one.seq, one.n, one.lease.chunk_id, one.lease.token, one.wording, one.at) for one in intents]
    granted = frozenset(statements.GRANT.execute(connection, rows))
    for intent in intents:
        if intent.seq in granted:
            ledger.attempt(intent.lease.release_id, _attempt_row(intent))
    return granted


def _record(connection: sa.Connection, outcomes: Sequence[Outcome], ledger: Ledger) -> None:
    """Record replies. Evidence counts whoever brings it: no lease is asked for, only the latest attempt."""
    refused = _count_refusals(connection, [outcome for outcome in outcomes if not outcome.intended], ledger)
    recorded = [outcome for outcome in outcomes if outcome.intended or outcome.seq in refused]
    ending: defaultdict[DeliveryState, list[tuple[Any, ...]]] = defaultdict(list)
    for outcome in recorded:
        ledger.outcome(outcome.lease.release_id, _outcome_row(outcome))
        ending[outcome.state].append(_ending(outcome))
    for state, rows in ending.items():
        statements.END_ATTEMPT[state].execute(connection, rows)


def _count_refusals(connection: sa.Connection, outcomes: Sequence[Outcome], ledger: Ledger) -> frozenset[int]:
    """Count attempts that were refused before an intent, also of deliveries that were held or cancelled meanwhile.

    Not where another dispatcher, whose lease is newer, has made attempt `n`: a refusal before the content changes
    nothing there.
    """
    if not outcomes:
        return frozenset()
    counted = frozenset(
        statements.COUNT_ATTEMPT.execute(connection, [(one.seq, one.n, one.at) for one in outcomes])
    )
    for outcome in outcomes:
        if outcome.seq in counted:
            ledger.attempt(outcome.lease.release_id, _attempt_row(outcome))
    return counted


def _rule(connection: sa.Connection, rulings: Sequence[Ruling], ledger: Ledger) -> None:
    for ruling in rulings:
        if statements.RULE[ruling.state].execute(connection, [(ruling.seq, ruling.detail)]):
            ledger.event(
                ruling.lease.release_id, ruling.state, at=ruling.at, actor=ruling.owner,
                data={"detail": ruling.detail}, seq=ruling.seq,
            )  # fmt: skip


def _ending(outcome: Outcome) -> tuple[Any, ...]:
    """Return the row of statements.END_ATTEMPT."""
    reply = outcome.reply
    return (
        outcome.seq,
        outcome.n,
        outcome.at if outcome.state is DeliveryState.ACCEPTED else None,
        outcome.next_at,
        reply.code if reply else None,
        reply.enhanced if reply else None,
        reply.text if reply else None,
        outcome.detail,
    )


def _attempt_row(entry: Intent | Outcome) -> tuple[Any, ...]:
    """Return the columns ledger.ATTEMPT."""
    return entry.seq, entry.n, entry.at, entry.relay, entry.owner, entry.lease.token, entry.wording


def _outcome_row(outcome: Outcome) -> tuple[Any, ...]:
    """Return the columns ledger.OUTCOME."""
    reply = outcome.reply
    return (
        outcome.seq, outcome.n, outcome.at, outcome.state, outcome.stage, reply.code if reply else None,
        reply.enhanced if reply else None, reply.text if reply else None, outcome.detail, outcome.owner,
    )  # fmt: skip
