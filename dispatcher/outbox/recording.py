"""What the journal records: intents, outcomes and rulings as values, and how they are committed."""

from __future__ import annotations

import time
from collections import defaultdict
from itertools import groupby
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from sqlalchemy.exc import OperationalError

from dispatcher.errors import DispatcherError, StoreError
from dispatcher.outbox import statements
from dispatcher.outbox.ledger import Ledger
from dispatcher.outbox.states import DeliveryState

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    import sqlalchemy as sa

    from dispatcher.model import Wording
    from dispatcher.outbox.database import Database
    from dispatcher.outbox.leases import Lease
    from dispatcher.smtp import Reply, Stage

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


class Act(NamedTuple):
    """Something else that is done to the store in its turn, in a transaction of its own."""

    do: Callable[..., Any]
    """Takes the connection, then `args` and `kwargs`."""
    args: tuple[Any, ...]
    kwargs: Mapping[str, Any]


Entry: TypeAlias = Intent | Outcome | Ruling
Answer: TypeAlias = Any
"""For an Intent whether it was granted, for an act what it returned, for the others True; or what went wrong."""


class Recorder:
    """Commits entries and acts on one connection of its own."""

    def __init__(self, database: Database) -> None:
        self._writer = database.writer()
        self._lost: Exception | None = None
        """Why an outcome could not be recorded: from then on no intent is granted, or doubt would grow."""

    def record(self, batch: Sequence[Entry | Act]) -> Iterator[list[Answer]]:
        """Commit a batch, entries together and each act alone; yield the answers after each commit, in order."""
        for are_acts, some in groupby(batch, key=lambda one: isinstance(one, Act)):
            for alike in [[one] for one in some] if are_acts else [list(some)]:
                yield self._commit(alike)

    def close(self) -> None:
        """Give the connection back."""
        self._writer.close()

    def _commit(self, batch: Sequence[Any]) -> list[Answer]:
        """Commit a batch in one transaction; where that fails, each entry in one of its own.

        A reply that was heard is evidence that nobody can hear again: its outcome is tried for a while longer.
        Meanwhile nothing is granted, so nothing is handed over.
        """
        answers = self._attempt(batch)
        if isinstance(answers, list):
            return answers
        pauses = list(RETRY_PAUSES)  # of all together: it is one store that fails
        alone: list[Answer] = []
        for entry in batch:
            answer = self._attempt([entry]) if len(batch) > 1 else answers
            while pauses and isinstance(entry, Outcome) and _may_recover(answer):
                time.sleep(pauses.pop(0))
                answer = self._attempt([entry])
            if isinstance(entry, Outcome) and isinstance(answer, Exception):
                self._lost = answer
            alone.append(answer[0] if isinstance(answer, list) else answer)
        return alone

    def _attempt(self, batch: Sequence[Any]) -> list[Answer] | Exception:
        if self._lost is not None and any(isinstance(entry, Intent) for entry in batch):
            return self._lost
        try:
            with self._writer.writing() as connection:
                if isinstance(act := batch[0], Act):
                    return [act.do(connection, *act.args, **act.kwargs)]
                return list(commit(connection, batch))
        except DispatcherError as error:
            return error
        except Exception as error:  # noqa: BLE001 - it must answer whatever happens, or its callers wait for ever
            return StoreError(f"the journal could not be written: {error}")


def _may_recover(answer: list[Answer] | Exception) -> bool:
    """Tell whether it is the store that failed, not what was to be written."""
    return isinstance(answer, Exception) and isinstance(answer.__cause__, OperationalError)


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
