"""Chunks of deliveries and who may work on them: leases with fencing tokens (docs/adr/0003)."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import sqlalchemy as sa

from dispatcher.outbox.ledger import Ledger
from dispatcher.outbox.records import Rank
from dispatcher.outbox.schema import chunk, delivery, release, stands_in
from dispatcher.outbox.states import WAITING, DeliveryState, ReleaseState, standing
from dispatcher.smtp import Stage

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

CHUNK_SIZE = 500
LEASE_SECONDS = 60.0
PLANNED_AT_ONCE = 10 * CHUNK_SIZE
"""Deliveries that one look gathers at most: a store of any size must not stop the others for long."""

AT_WORK = WAITING | {DeliveryState.ATTEMPTING}


class Lease(NamedTuple):
    """The right to work on a chunk; a newer lease of the same chunk has a larger token."""

    chunk_id: int
    token: int
    release_id: int


def plan(connection: sa.Connection, release_id: int, *, now: float) -> int:
    """Gather due deliveries that stand in no chunk into new chunks; return how many deliveries were gathered.

    What `prepare` writes stands in chunks from the start; this is for what was deferred or let go again.
    """
    gathered = 0
    for rank in Rank:
        rows = (
            connection.execute(_UNPLANNED, {"of_release": release_id, "of_rank": rank, "now": now}).scalars().all()
        )
        for start in range(0, len(rows), CHUNK_SIZE):
            chunk_id = new_chunk(connection, release_id, rank=rank, now=now)
            part = rows[start : start + CHUNK_SIZE]
            connection.execute(sa.update(delivery).where(delivery.c.seq.in_(part)).values(chunk_id=chunk_id))
        gathered += len(rows)
    return gathered


_UNPLANNED = (
    sa.select(delivery.c.seq)
    .where(
        delivery.c.release_id == sa.bindparam("of_release"),
        delivery.c.rank == sa.bindparam("of_rank"),
        sa.text("delivery.chunk_id IS NULL AND delivery.state IN ('queued', 'deferred')"),  # as its index says it
        delivery.c.next_at <= sa.bindparam("now"),
    )
    .order_by(delivery.c.next_at, delivery.c.seq)
    .limit(PLANNED_AT_ONCE)
)


def next_lease(
    connection: sa.Connection, release_ids: Sequence[int], *, ours: Sequence[Lease], owner: str, now: float
) -> Lease | None:
    """Renew `ours`, plan what is due and lease the chunk that goes next."""
    renew(connection, ours, now=now)  # after a suspend they would seem to have run out
    for release_id in release_ids:
        plan(connection, release_id, now=now)
    return take(connection, release_ids, owner=owner, now=now)


def new_chunk(connection: sa.Connection, release_id: int, *, rank: int, now: float) -> int:
    """Open a chunk for deliveries of one rank; return its id."""
    values = {"release_id": release_id, "open": True, "rank": rank, "next_at": now, "lease_token": 0}
    made: int = connection.execute(sa.insert(chunk).values(values).returning(chunk.c.id)).scalar_one()
    return made


def take(connection: sa.Connection, release_ids: Sequence[int], *, owner: str, now: float) -> Lease | None:
    """Lease the first open chunk that nobody holds, earliest hour first, then by rank; None if there is none.

    What is still `attempting` there, in a chunk that nobody works on any more, becomes `in_doubt`.
    """
    free = (
        sa.select(chunk.c.id, chunk.c.release_id, chunk.c.lease_token)
        .join(release, release.c.id == chunk.c.release_id)
        .where(
            chunk.c.release_id.in_(release_ids),
            chunk.c.open,
            chunk.c.next_at <= now,
            release.c.state == ReleaseState.SENDING,
            sa.or_(chunk.c.lease_until.is_(None), chunk.c.lease_until < now),
        )
        .order_by(release.c.notify_before, chunk.c.rank, chunk.c.next_at, chunk.c.id)
        .limit(1)
        .with_for_update(skip_locked=True, of=chunk)
    )
    row = connection.execute(free).first()
    if row is None:
        return None
    _doubt(connection, [row.id], by=owner, now=now)
    values = {"lease_owner": owner, "lease_token": row.lease_token + 1, "lease_until": now + LEASE_SECONDS}
    connection.execute(sa.update(chunk).where(chunk.c.id == row.id).values(values))
    return Lease(chunk_id=row.id, token=row.lease_token + 1, release_id=row.release_id)


def renew(connection: sa.Connection, leases: Sequence[Lease], *, now: float) -> None:
    """Put off the end of leases that are still ours."""
    for lease in leases:
        connection.execute(_ours(lease).values(lease_until=now + LEASE_SECONDS))


def give_back(connection: sa.Connection, lease: Lease) -> None:
    """End a lease; the chunk is closed when nothing of it is left to do."""
    of_chunk = delivery.c.chunk_id == lease.chunk_id
    left = sa.select(delivery.c.seq).where(of_chunk, delivery.c.state.in_(AT_WORK)).limit(1)
    still_open = connection.execute(left).first() is not None
    connection.execute(_ours(lease).values(lease_owner=None, lease_until=None, open=still_open))


def free_dead(connection: sa.Connection, *, is_dead: Callable[[str], bool], by: str, now: float) -> int:
    """End the leases of owners that have died; return how many deliveries became `in_doubt` by it.

    So does what a lease was given back with: an intent whose outcome could not be recorded.
    """
    chunks = abandoned(connection, is_dead=is_dead)
    if not chunks:
        return 0
    doubtful = _doubt(connection, chunks, by=by, now=now)
    connection.execute(sa.update(chunk).where(chunk.c.id.in_(chunks)).values(lease_owner=None, lease_until=None))
    return doubtful


def abandoned(connection: sa.Connection, *, is_dead: Callable[[str], bool]) -> list[int]:
    """Return the open chunks of owners that have died, and those that were given back with an intent in them."""
    held = sa.select(chunk.c.lease_owner).where(chunk.c.open, chunk.c.lease_owner.is_not(None)).distinct()
    dead = [name for (name,) in connection.execute(held).all() if is_dead(name)]
    ended = sa.or_(
        chunk.c.lease_owner.in_(dead), sa.and_(chunk.c.lease_owner.is_(None), chunk.c.id.in_(_INTENDED))
    )
    return list(connection.execute(sa.select(chunk.c.id).where(chunk.c.open, ended)).scalars())


_INTENDED = sa.select(delivery.c.chunk_id).where(
    delivery.c.release_id.in_(sa.select(release.c.id)),  # so that the index is of use: it begins with the release
    stands_in({DeliveryState.ATTEMPTING}),
)


def _ours(lease: Lease) -> sa.Update:
    """Change the chunk while the lease holds: not given back, and no newer one."""
    return sa.update(chunk).where(
        chunk.c.id == lease.chunk_id, chunk.c.lease_token == lease.token, chunk.c.lease_owner.is_not(None)
    )


def _doubt(connection: sa.Connection, chunk_ids: Sequence[int], *, by: str, now: float) -> int:
    """Mark as `in_doubt` what has an intent and no outcome: the relay's word was never recorded (RFC 1047)."""
    attempting = sa.select(delivery.c.seq, delivery.c.release_id, delivery.c.attempts).where(
        delivery.c.chunk_id.in_(chunk_ids), delivery.c.state == DeliveryState.ATTEMPTING
    )
    rows = connection.execute(attempting).all()
    detail = "the dispatcher ended before the relay's reply was recorded"
    ledger = Ledger()
    for row in rows:
        doubt = (row.seq, row.attempts, now, DeliveryState.IN_DOUBT, Stage.CONTENT, None, None, None, detail, by)
        ledger.outcome(row.release_id, doubt)
    connection.execute(
        sa.update(delivery)
        .where(delivery.c.chunk_id.in_(chunk_ids), delivery.c.state == DeliveryState.ATTEMPTING)
        .values(
            **standing(DeliveryState.IN_DOUBT),
            detail=detail,
            chunk_id=None,
            last_code=None,
            last_enhanced=None,
            last_reply=None,
        )
    )
    ledger.append(connection, at=now)
    return len(rows)
