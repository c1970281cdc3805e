"""What a corrigendum, a supersession or a withdrawal stops: what has not gone of the earlier advisory.

It is stopped in the transaction that puts the later one into force: at no moment is an office left without both.
What was under way at that moment and came back is stopped by the `send` or `run` at work, or the next (`sweep`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from dispatcher.acts import CORRIGENDUM, STOPPING, SUCCESSIONS, WITHDRAWAL
from dispatcher.errors import Refused
from dispatcher.outbox import reading
from dispatcher.outbox.leases import CHUNK_SIZE
from dispatcher.outbox.ledger import Ledger
from dispatcher.outbox.relations import superseded_by
from dispatcher.outbox.schema import delivery, issue, release, stands_in
from dispatcher.outbox.states import OPEN, REACHED, WAITING, DeliveryState, ReleaseState, standing

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from dispatcher.outbox.database import Database
    from dispatcher.outbox.records import ReleaseRecord

_UNSENT = WAITING | {DeliveryState.HELD}
_LIVE = frozenset(ReleaseState) - {ReleaseState.PREPARING, ReleaseState.CANCELLED}


def sweep(database: Database, records: Sequence[ReleaseRecord], *, by: str, now: datetime) -> int:
    """Stop what came back of releases that others in force replace; return how many deliveries.

    `records` are about to be sent: a try under way at the approval may have been refused for now, or a doubt was
    settled so that the message would go again.
    """
    numbers = {record.number for record in records}
    with database.reading() as connection:
        stopping = [
            one
            for one in reading.releases(connection)
            if one.target in numbers and one.relation in STOPPING and one.in_force
        ]
        returned = [one for one in stopping if _unsent(connection, _replaced(connection, one))]
    return sum(_stopped_again(database, one, by=by, now=now) for one in returned)


def _stopped_again(database: Database, record: ReleaseRecord, *, by: str, now: datetime) -> int:
    with database.writing() as connection:
        ledger = Ledger()
        stopped = stop_replaced(connection, ledger, record, by=by, at=now.timestamp())
        ledger.append(connection, at=now.timestamp())
    return stopped


def must_hold(connection: sa.Connection, record: ReleaseRecord) -> None:
    """Raise Refused where what a release is to put out of force was put out of force by another one meanwhile.

    Two may have been prepared beside each other: the first that is approved (without approval: begun) counts.
    """
    if record.relation not in SUCCESSIONS or record.target is None or record.in_force:
        return
    successor = superseded_by(connection, record.target)
    if successor is not None and successor.number != record.number:
        raise Refused(
            f"release {record.id} of {record.number}: {record.target}, which it is about, holds no more "
            f"({successor.relation} by {successor.number}). Cancel this one; where {successor.number} is to go as "
            "well, let one name that"
        )


def stop_replaced(connection: sa.Connection, ledger: Ledger, record: ReleaseRecord, *, by: str, at: float) -> int:
    """Cancel what has not gone of the earlier advisory; of a withdrawal, also what would go to nobody told of it.

    Return how many deliveries of the earlier advisory. `ledger` is the caller's to append.
    """
    if record.relation not in STOPPING:
        return 0
    replaced = _replaced(connection, record)
    reason = _reason(record)
    stopped = _unsent(connection, replaced)
    _cancel(connection, ledger, stopped, reason=reason, by=by, at=at)
    for release_id in dict.fromkeys(release_id for release_id, _ in stopped):
        _close(connection, ledger, release_id, reason=reason, by=by, at=at)
    if record.relation == WITHDRAWAL and replaced:
        needless = _never_told(connection, record, replaced)
        never = f"{record.target} never reached this address"
        _cancel(connection, ledger, needless, reason=never, by=by, at=at)
    return len(stopped)


def _reason(record: ReleaseRecord) -> str:
    if record.relation == CORRIGENDUM:
        return f"the corrigendum, revision {record.revision}, takes its place"
    return f"{'withdrawn' if record.relation == WITHDRAWAL else 'superseded'} by {record.number}"


def _replaced(connection: sa.Connection, record: ReleaseRecord) -> list[int]:
    """Return the releases of what the record is about, reminders too."""
    about = [issue.c.number == record.target, release.c.state.in_(_LIVE)]
    if record.relation == CORRIGENDUM:
        about.append(issue.c.revision < record.revision)
    wanted = sa.select(release.c.id).join(issue, issue.c.id == release.c.issue_id).where(*about)
    return list(connection.execute(wanted.order_by(release.c.id)).scalars())


def _unsent(connection: sa.Connection, release_ids: Sequence[int]) -> list[tuple[int, int]]:
    """Return release and seq of every delivery that has not gone and may still go."""
    wanted = sa.select(delivery.c.release_id, delivery.c.seq).where(
        delivery.c.release_id.in_(release_ids), stands_in(_UNSENT)
    )
    return [(row.release_id, row.seq) for row in connection.execute(wanted.order_by(delivery.c.seq))]


def _never_told(
    connection: sa.Connection, record: ReleaseRecord, replaced: Sequence[int]
) -> list[tuple[int, int]]:
    """Return the deliveries of the record to addresses that what it withdraws never reached."""
    reached = sa.select(sa.func.lower(delivery.c.address)).where(
        delivery.c.release_id.in_(replaced), stands_in(REACHED)
    )
    own = delivery.c.release_id == record.id, stands_in(_UNSENT)
    wanted = sa.select(delivery.c.release_id, delivery.c.seq).where(
        *own, sa.func.lower(delivery.c.address).not_in(reached)
    )
    return [(row.release_id, row.seq) for row in connection.execute(wanted.order_by(delivery.c.seq))]


def _cancel(
    connection: sa.Connection, ledger: Ledger, rows: Sequence[tuple[int, int]], *, reason: str, by: str, at: float
) -> None:
    values = {**standing(DeliveryState.CANCELLED), "detail": reason, "chunk_id": None, "next_at": None}
    for start in range(0, len(rows), CHUNK_SIZE):
        some = [seq for _, seq in rows[start : start + CHUNK_SIZE]]
        connection.execute(sa.update(delivery).where(delivery.c.seq.in_(some)).values(values))
    for release_id, seq in rows:
        ledger.event(release_id, DeliveryState.CANCELLED, at=at, actor=by, data={"reason": reason}, seq=seq)


def _close(connection: sa.Connection, ledger: Ledger, release_id: int, *, reason: str, by: str, at: float) -> None:
    """Mark a release of which nothing is left to do: cancelled where nothing of it ever went."""
    of_release = delivery.c.release_id == release_id
    counted = sa.select(sa.func.count()).where(of_release)
    if connection.execute(counted.where(stands_in(OPEN))).scalar_one():
        return
    others = frozenset(DeliveryState) - {DeliveryState.CANCELLED}
    gone = connection.execute(counted.where(stands_in(others))).scalar_one()
    state = ReleaseState.DONE if gone else ReleaseState.CANCELLED
    values = {"state": state, "paused_from": None}
    if connection.execute(
        sa.update(release).where(release.c.id == release_id, release.c.state.in_(_LIVE)).values(values)
    ).rowcount:
        ledger.event(release_id, state, at=at, actor=by, data={"reason": reason})
