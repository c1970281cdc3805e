"""What officers do to a release: approve, let go, hold, resume, cancel. Each is an event in its chain.

All of them take effect in a running `send` before its next intent, which asks the store for leave.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from dispatcher.errors import Refused, UsageError
from dispatcher.outbox.ledger import Ledger
from dispatcher.outbox.schema import delivery, release
from dispatcher.outbox.states import OPEN, WAITING, DeliveryState, ReleaseState, sources_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from dispatcher.outbox.database import Database
    from dispatcher.outbox.records import ReleaseRecord


def approve(database: Database, record: ReleaseRecord, *, by: str, self_approval: bool, now: datetime) -> None:
    """Record that `by` approves the release's content hash.

    Raises Refused when it is not waiting for approval, or when its maker may not approve it.
    """
    if record.state is not ReleaseState.PREPARED:
        raise Refused(f"release {record.id} of {record.number} is {record.state}, not waiting for approval")
    if record.made_by == by and not self_approval:
        raise Refused(
            f"release {record.id} of {record.number} was prepared by {by}; another officer must approve it "
            "(or set approval.self_approval: true in config.yaml for an office of one)"
        )
    data = {"content": record.content_hash, "self_approved": record.made_by == by}
    values = {"state": ReleaseState.APPROVED, "approved_by": by, "approved_at": now.timestamp()}
    _change(database, record, values, kind="approved", actor=by, data=data, now=now)


def let_go(
    database: Database, record: ReleaseRecord, *, by: str, late_reason: str | None, cutoff: datetime, now: datetime
) -> None:
    """Begin sending the release, or go on with it; `late_reason` says why although its hour has passed."""
    if record.state is ReleaseState.SENDING and late_reason is None:
        return
    values: dict[str, Any] = {"state": ReleaseState.SENDING}
    data: dict[str, Any] = {"content": record.content_hash}
    if late_reason is not None:
        values |= {"late_reason": late_reason, "cutoff": cutoff.timestamp()}
        data |= {"late_reason": late_reason, "cutoff": cutoff.isoformat()}
    _change(database, record, values, kind="sending", actor=by, data=data, now=now)


def settle(database: Database, record: ReleaseRecord, *, by: str, now: datetime) -> bool:
    """Mark a release `done` when the end of every delivery is known; tell whether it is."""
    with database.writing() as connection:
        left = (
            sa.select(delivery.c.seq)
            .where(delivery.c.release_id == record.id, delivery.c.state.in_(OPEN))
            .limit(1)
        )
        if connection.execute(left).first() is not None:
            return False
        done = (
            sa.update(release)
            .where(release.c.id == record.id, release.c.state == ReleaseState.SENDING)
            .values(state=ReleaseState.DONE)
        )
        if connection.execute(done).rowcount:
            _note(connection, record.id, kind="done", actor=by, data={}, now=now)
        return True


def hold(database: Database, record: ReleaseRecord, *, to: str | None, by: str, reason: str, now: datetime) -> int:
    """Hold one address, or pause the whole release; return how many deliveries wait for it."""
    if to is not None:
        return _move(database, record, DeliveryState.HELD, to=to, by=by, reason=reason, now=now)
    if record.state is ReleaseState.PAUSED:
        raise Refused(f"release {record.id} of {record.number} is already held")
    values = {"state": ReleaseState.PAUSED, "paused_from": record.state}
    _change(database, record, values, kind="paused", actor=by, data={"reason": reason}, now=now)
    return _count(database, record, WAITING)


def stop_release(connection: sa.Connection, release_id: int, *, by: str, reason: str, now: datetime) -> None:
    """Pause a release that is being sent because every one of its messages would be refused."""
    running = sa.update(release).where(release.c.id == release_id, release.c.state == ReleaseState.SENDING)
    values = {"state": ReleaseState.PAUSED, "paused_from": ReleaseState.SENDING}
    if connection.execute(running.values(values)).rowcount:
        _note(connection, release_id, kind="paused", actor=by, data={"reason": reason}, now=now)


def resume(
    database: Database, record: ReleaseRecord, *, to: str | None, by: str, reason: str, now: datetime
) -> int:
    """Let a held address, or the whole release with all that is held in it, go on; return how many deliveries."""
    if to is None and record.state is ReleaseState.PAUSED:
        back = {"state": release.c.paused_from, "paused_from": None}
        _change(database, record, back, kind="resumed", actor=by, data={"reason": reason}, now=now)
        if not _count(database, record, {DeliveryState.HELD}):
            return _count(database, record, WAITING)
    return _move(database, record, DeliveryState.QUEUED, to=to, by=by, reason=reason, now=now)


def cancel(
    database: Database, record: ReleaseRecord, *, to: str | None, by: str, reason: str, now: datetime
) -> int:
    """Cancel one address, or all of the release that is not yet on its way; return how many deliveries.

    What is accepted stays so; what is being handed over or in doubt is not touched.
    """
    changed = _move(database, record, DeliveryState.CANCELLED, to=to, by=by, reason=reason, now=now)
    if to is None and not _count(database, record, frozenset(DeliveryState) - {DeliveryState.CANCELLED}):
        values = {"state": ReleaseState.CANCELLED}
        _change(database, record, values, kind="cancelled", actor=by, data={"reason": reason}, now=now)
    return changed


def _move(
    database: Database,
    record: ReleaseRecord,
    state: DeliveryState,
    *,
    to: str | None,
    by: str,
    reason: str,
    now: datetime,
) -> int:
    """Bring the release's deliveries (or the one to `to`) into `state` where the table allows it."""
    chosen = [delivery.c.release_id == record.id, delivery.c.state.in_(_movable(state))]
    if to is not None:
        chosen.append(sa.func.lower(delivery.c.address) == to.lower())
    with database.writing() as connection:
        found = list(connection.execute(sa.select(delivery.c.seq).where(*chosen)).scalars())
        if not found:
            raise UsageError(_nothing(connection, record, state, to))
        values: dict[str, Any] = {"state": state, "detail": f"{state} by {by}: {reason}", "chunk_id": None}
        values["next_at"] = now.timestamp() if state is DeliveryState.QUEUED else None
        connection.execute(sa.update(delivery).where(*chosen).values(values))
        if state is DeliveryState.QUEUED:
            _reopen(connection, record)
        ledger = Ledger()
        for seq in found:
            ledger.event(record.id, state, at=now.timestamp(), actor=by, data={"reason": reason}, seq=seq)
        ledger.append(connection, at=now.timestamp())
    return len(found)


def _movable(state: DeliveryState) -> Sequence[DeliveryState]:
    """Doubt is settled with evidence by `resolve`, never by a hold or its end."""
    return [before for before in sources_of(state) if before is not DeliveryState.IN_DOUBT]


def _reopen(connection: sa.Connection, record: ReleaseRecord) -> None:
    ended = sa.update(release).where(release.c.id == record.id, release.c.state == ReleaseState.DONE)
    connection.execute(ended.values(state=ReleaseState.SENDING))


def _nothing(connection: sa.Connection, record: ReleaseRecord, state: DeliveryState, to: str | None) -> str:
    where = f"release {record.id} of {record.number}"
    if to is None:
        return f"{where}: no delivery can become {state}"
    same = sa.select(delivery.c.state).where(
        delivery.c.release_id == record.id, sa.func.lower(delivery.c.address) == to.lower()
    )
    standing = connection.execute(same).scalar()
    if standing is None:
        return f"{where}: no delivery to {to}; `dispatcher status` and `dispatcher report` list the addresses"
    return f"{where}: the delivery to {to} is {standing} and cannot become {state}"


def _count(
    database: Database, record: ReleaseRecord, states: frozenset[DeliveryState] | set[DeliveryState]
) -> int:
    wanted = sa.select(sa.func.count()).where(delivery.c.release_id == record.id, delivery.c.state.in_(states))
    with database.reading() as connection:
        return connection.execute(wanted).scalar_one()


def _change(
    database: Database,
    record: ReleaseRecord,
    values: Mapping[str, Any],
    *,
    kind: str,
    actor: str,
    data: Mapping[str, Any],
    now: datetime,
) -> None:
    """Change the release if nobody did since `record` was read, and note it."""
    with database.writing() as connection:
        same = sa.update(release).where(release.c.id == record.id, release.c.state == record.state)
        if not connection.execute(same.values(dict(values))).rowcount:
            raise Refused(
                f"release {record.id} of {record.number} was changed by somebody else; please look again"
            )
        _note(connection, record.id, kind=kind, actor=actor, data=data, now=now)


def _note(
    connection: sa.Connection,
    release_id: int,
    *,
    kind: str,
    actor: str,
    data: Mapping[str, Any],
    now: datetime,
) -> None:
    ledger = Ledger()
    ledger.event(release_id, kind, at=now.timestamp(), actor=actor, data=data)
    ledger.append(connection, at=now.timestamp())
