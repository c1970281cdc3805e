"""The journal of handing over: the intent before the first content byte, the outcome after the reply.

Both are durable when their call returns. One thread writes; what queued up during one fsync is committed with the
next one, so all connections share its cost (docs/adr/0003).
"""

from __future__ import annotations

import asyncio
import queue
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self, TypeAlias

import sqlalchemy as sa
from sqlalchemy.exc import OperationalError

from dispatcher.errors import DispatcherError, StoreError
from dispatcher.outbox.ledger import Ledger
from dispatcher.outbox.schema import chunk, delivery, release
from dispatcher.outbox.states import WAITING, DeliveryState, ReleaseState, sources_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dispatcher.model import Reply, Stage, Wording
    from dispatcher.outbox.database import Database
    from dispatcher.outbox.leases import Lease

_BATCH = 256

RETRY_PAUSES = (0.5, 1.0, 2.0, 4.0)
"""Seconds before each further try to record an outcome, beside what the database itself waits for a lock."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """We are about to send the first content byte of attempt `n`."""

    lease: Lease
    seq: int
    n: int
    at: float
    wording: Wording
    relay: str
    owner: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruling:
    """What clocks or policy decide about a waiting delivery: expired, or held."""

    lease: Lease
    seq: int
    at: float
    state: DeliveryState
    detail: str
    owner: str


Entry: TypeAlias = Intent | Outcome | Ruling


class Journal:
    """The writer thread. Use it as a context manager; its calls are awaited on the event loop."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._queue: queue.SimpleQueue[tuple[Entry, asyncio.Future[bool]] | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="journal", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._queue.put(None)
        self._thread.join()

    async def write(self, entry: Entry) -> bool:
        """Commit `entry`; for an Intent tell whether it was granted (False: withdrawn, paused or fenced).

        Raises StoreError when nothing could be written: then nothing may be handed over.
        """
        future: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._queue.put((entry, future))
        return await future

    def _run(self) -> None:
        ended = False
        while not ended:
            batch: list[tuple[Entry, asyncio.Future[bool]]] = []
            item = self._queue.get()
            while True:
                if item is None:
                    ended = True
                    break
                batch.append(item)
                if len(batch) == _BATCH or self._queue.empty():
                    break
                item = self._queue.get()
            if batch:
                self._commit(batch)

    def _commit(self, batch: Sequence[tuple[Entry, asyncio.Future[bool]]]) -> None:
        """Commit a batch in one transaction; where that fails, each entry in one of its own.

        A reply that was heard is evidence that nobody can hear again: its outcome is tried for a while longer.
        Meanwhile this thread grants nothing, so nothing is handed over.
        """
        answers = self._attempt([entry for entry, _ in batch])
        if isinstance(answers, list):
            _deliver([future for _, future in batch], answers)
            return
        for entry, future in batch:
            answer = self._attempt([entry]) if len(batch) > 1 else answers
            for pause in RETRY_PAUSES if isinstance(entry, Outcome) else ():
                if isinstance(answer, list) or not isinstance(answer.__cause__, OperationalError):
                    break
                time.sleep(pause)
                answer = self._attempt([entry])
            _deliver([future], answer)

    def _attempt(self, entries: Sequence[Entry]) -> list[bool] | DispatcherError:
        try:
            with self._database.writing() as connection:
                return commit(connection, entries)
        except DispatcherError as error:
            return error
        except Exception as error:  # noqa: BLE001 - a thread must answer whatever happens, or its callers wait for ever
            return StoreError(f"the journal could not be written: {error}")


def _deliver(futures: Sequence[asyncio.Future[bool]], answers: list[bool] | DispatcherError) -> None:
    """Hand the answers to the event loop that waits for them."""
    futures[0].get_loop().call_soon_threadsafe(_answer, futures, answers)


def _answer(futures: Sequence[asyncio.Future[bool]], answers: list[bool] | DispatcherError) -> None:
    for position, future in enumerate(futures):
        if future.done():  # its waiter was cancelled
            continue
        if isinstance(answers, DispatcherError):
            future.set_exception(answers)
        else:
            future.set_result(answers[position])


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
    standing = (
        sa.select(delivery.c.seq, delivery.c.chunk_id, chunk.c.lease_token, delivery.c.attempts)
        .join(chunk, chunk.c.id == delivery.c.chunk_id)
        .join(release, release.c.id == delivery.c.release_id)
        .where(
            delivery.c.seq.in_([intent.seq for intent in intents]),
            delivery.c.state.in_(WAITING),
            release.c.state == ReleaseState.SENDING,
            chunk.c.lease_owner.is_not(None),
        )
        .with_for_update(of=delivery)
    )
    found = {row.seq: (row.chunk_id, row.lease_token, row.attempts + 1) for row in connection.execute(standing)}
    granted = [
        intent
        for intent in intents
        if found.get(intent.seq) == (intent.lease.chunk_id, intent.lease.token, intent.n)
    ]
    if granted:
        connection.execute(_BEGIN_ATTEMPT, [_beginning(intent) for intent in granted])
        for intent in granted:
            ledger.attempt(intent.lease.release_id, **_attempt_row(intent))
    return frozenset(intent.seq for intent in granted)


def _record(connection: sa.Connection, outcomes: Sequence[Outcome], ledger: Ledger) -> None:
    """Record replies. Evidence counts whoever brings it: no lease is asked for, only the latest attempt."""
    refused = _count_refusals(connection, [outcome for outcome in outcomes if not outcome.intended], ledger)
    recorded = [outcome for outcome in outcomes if outcome.intended or outcome in refused]
    for outcome in recorded:
        ledger.outcome(outcome.lease.release_id, **_outcome_row(outcome))
    for state in dict.fromkeys(outcome.state for outcome in recorded):
        of_state = [outcome for outcome in recorded if outcome.state is state]
        connection.execute(_end_attempt(state), [_ending(outcome) for outcome in of_state])


def _count_refusals(connection: sa.Connection, outcomes: Sequence[Outcome], ledger: Ledger) -> Sequence[Outcome]:
    """Count attempts that were refused before an intent, also of deliveries that were held or cancelled meanwhile.

    Not where another dispatcher, whose lease is newer, has made attempt `n`: a refusal before the content changes
    nothing there.
    """
    seqs = [outcome.seq for outcome in outcomes]
    so_far = sa.select(delivery.c.seq, delivery.c.attempts).where(delivery.c.seq.in_(seqs)).with_for_update()
    attempts = {row.seq: row.attempts for row in connection.execute(so_far)} if outcomes else {}
    counted = [outcome for outcome in outcomes if attempts.get(outcome.seq) == outcome.n - 1]
    if counted:
        connection.execute(_COUNT_ATTEMPT, [_counting(outcome) for outcome in counted])
        for outcome in counted:
            ledger.attempt(outcome.lease.release_id, **_attempt_row(outcome))
    return counted


def _rule(connection: sa.Connection, rulings: Sequence[Ruling], ledger: Ledger) -> None:
    for ruling in rulings:
        statement = (
            sa.update(delivery)
            .where(delivery.c.seq == ruling.seq, delivery.c.state.in_(sources_of(ruling.state)))
            .values(state=ruling.state, detail=ruling.detail, chunk_id=None, next_at=None)
        )
        if connection.execute(statement).rowcount:
            ledger.event(
                ruling.lease.release_id, ruling.state, at=ruling.at, actor=ruling.owner,
                data={"detail": ruling.detail}, seq=ruling.seq,
            )  # fmt: skip


_BEGIN_ATTEMPT = (
    sa.update(delivery)
    .where(delivery.c.seq == sa.bindparam("of_seq"))
    .values(
        state=DeliveryState.ATTEMPTING,
        attempts=sa.bindparam("to_n"),
        # the Date field is fixed at the first intent of a wording, so that every try sends the same octets
        dated_at=sa.case(
            (
                sa.and_(delivery.c.wording == sa.bindparam("to_wording"), delivery.c.dated_at.is_not(None)),
                delivery.c.dated_at,
            ),
            else_=sa.bindparam("to_at"),
        ),
        wording=sa.bindparam("to_wording"),
        first_attempt_at=sa.func.coalesce(delivery.c.first_attempt_at, sa.bindparam("to_at")),
        next_at=None,
    )
)


_COUNT_ATTEMPT = (
    sa.update(delivery)
    .where(delivery.c.seq == sa.bindparam("of_seq"))
    .values(
        attempts=sa.bindparam("to_n"),
        first_attempt_at=sa.func.coalesce(delivery.c.first_attempt_at, sa.bindparam("to_at")),
    )
)


def _end_attempt(state: DeliveryState) -> sa.Update:
    return (
        sa.update(delivery)
        .where(
            delivery.c.seq == sa.bindparam("of_seq"),
            delivery.c.attempts == sa.bindparam("of_n"),
            sa.or_(*(delivery.c.state == before for before in sources_of(state))),  # IN cannot go with many rows
        )
        .values(
            state=state,
            accepted_at=sa.bindparam("to_accepted_at"),
            next_at=sa.bindparam("to_next_at"),
            last_code=sa.bindparam("to_code"),
            last_enhanced=sa.bindparam("to_enhanced"),
            last_reply=sa.bindparam("to_reply"),
            detail=sa.bindparam("to_detail"),
            chunk_id=None,
        )
    )


def _beginning(intent: Intent) -> Mapping[str, Any]:
    return {"of_seq": intent.seq, "to_n": intent.n, "to_wording": intent.wording, "to_at": intent.at}


def _counting(outcome: Outcome) -> Mapping[str, Any]:
    return {"of_seq": outcome.seq, "to_n": outcome.n, "to_at": outcome.at}


def _ending(outcome: Outcome) -> Mapping[str, Any]:
    return {
        "of_seq": outcome.seq,
        "of_n": outcome.n,
        "to_accepted_at": outcome.at if outcome.state is DeliveryState.ACCEPTED else None,
        "to_next_at": outcome.next_at,
        "to_code": outcome.reply.code if outcome.reply else None,
        "to_enhanced": outcome.reply.enhanced if outcome.reply else None,
        "to_reply": outcome.reply.text if outcome.reply else None,
        "to_detail": outcome.detail,
    }


def _attempt_row(entry: Intent | Outcome) -> dict[str, Any]:
    return {
        "seq": entry.seq, "n": entry.n, "started_at": entry.at, "relay": entry.relay, "owner": entry.owner,
        "token": entry.lease.token, "wording": entry.wording,
    }  # fmt: skip


def _outcome_row(outcome: Outcome) -> dict[str, Any]:
    reply = outcome.reply
    return {
        "seq": outcome.seq, "n": outcome.n, "at": outcome.at, "state": outcome.state, "stage": outcome.stage,
        "code": reply.code if reply else None, "enhanced": reply.enhanced if reply else None,
        "reply": reply.text if reply else None, "detail": outcome.detail, "by": outcome.owner,
    }  # fmt: skip
