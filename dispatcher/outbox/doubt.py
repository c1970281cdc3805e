"""Deliveries in doubt read from the outbox; their settlement written: state, outcome and event in one commit."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from dispatcher.outbox import reading
from dispatcher.outbox.interventions import reopen
from dispatcher.outbox.leases import LEASE_SECONDS
from dispatcher.outbox.ledger import Ledger
from dispatcher.outbox.owners import is_dead
from dispatcher.outbox.record_rows import moment
from dispatcher.outbox.resolving import Doubt, ends_after
from dispatcher.outbox.schema import attempt, delivery, stands_in
from dispatcher.outbox.states import DeliveryState, allowed, standing
from dispatcher.smtp import Stage

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from dispatcher.outbox.database import Database
    from dispatcher.outbox.records import ReleaseRecord
    from dispatcher.outbox.resolving import Settlement


@dataclass(frozen=True, slots=True)
class Overtaken:
    """A doubt that was settled otherwise meanwhile, and as what: it was left alone."""

    doubt: Doubt
    state: DeliveryState


def doubts(database: Database, releases: Sequence[ReleaseRecord], *, content_timeout: float) -> list[Doubt]:
    """Return every delivery in doubt of the releases, in the order in which they were frozen.

    `content_timeout`: seconds that a dispatcher waits for the reply after the content.
    """
    dead = partial(is_dead, database.folder)
    found = []
    with database.reading() as connection:
        for record in releases:
            if DeliveryState.IN_DOUBT in reading.state_counts(connection, [record.id]):
                found += _of_release(connection, record, dead=dead, content_timeout=content_timeout)
    return found


def settle(database: Database, settlements: Sequence[Settlement], *, by: str, now: datetime) -> list[Overtaken]:
    """Record the settlements of doubts together; return those that a late reply, or somebody else, had settled.

    What is queued or deferred is due at once, and opens its release again.
    """
    ledger, overtaken = Ledger(), []
    with database.writing() as connection:
        for one in settlements:
            if not _move(connection, one, now=now.timestamp()):
                overtaken.append(Overtaken(one.doubt, _standing(connection, one.doubt.seq)))
                continue
            _note(ledger, one, by=by, at=now.timestamp())
            if one.state in {DeliveryState.QUEUED, DeliveryState.DEFERRED}:
                reopen(connection, one.doubt.release.id)
        ledger.append(connection, at=now.timestamp())
    return overtaken


def _of_release(
    connection: sa.Connection, record: ReleaseRecord, *, dead: Callable[[str], bool], content_timeout: float
) -> list[Doubt]:
    last = (
        sa.select(delivery.c.id, delivery.c.seq, attempt.c.started_at, attempt.c.owner)
        .join(attempt, sa.and_(attempt.c.seq == delivery.c.seq, attempt.c.n == delivery.c.attempts))
        .where(delivery.c.release_id == record.id, stands_in({DeliveryState.IN_DOUBT}))
    )
    in_doubt = {row.id.hex(): row for row in connection.execute(last)}
    log: dict[str, list[Any]] = {name: [] for name in in_doubt}
    for one in reading.attempts(connection, [record.id]):
        if one.delivery_id in log:
            log[one.delivery_id].append(one)
    return [
        Doubt(
            seq=in_doubt[told.id].seq,
            delivery=told,
            release=record,
            attempts=tuple(log[told.id]),
            ends_at=moment(in_doubt[told.id].started_at) + ends_after(content_timeout, LEASE_SECONDS),
            owner_is_dead=dead(in_doubt[told.id].owner),
        )
        for told in reading.deliveries(connection, [record.id])
        if told.id in in_doubt
    ]


def _move(connection: sa.Connection, one: Settlement, *, now: float) -> bool:
    """Change the delivery if that attempt of it is still in doubt; tell whether it was."""
    assert allowed(DeliveryState.IN_DOUBT, one.state)
    waits = one.state in {DeliveryState.QUEUED, DeliveryState.DEFERRED}
    still = sa.update(delivery).where(
        delivery.c.seq == one.doubt.seq,
        delivery.c.state == DeliveryState.IN_DOUBT,
        delivery.c.attempts == one.doubt.attempt.n,
    )
    values = {
        **standing(one.state),
        # `deferred` is certain: the relay does not have it, and another wording may go
        **({"keeps_wording": True} if one.state is DeliveryState.QUEUED else {}),
        "detail": one.detail,
        "accepted_at": one.accepted_at.timestamp() if one.accepted_at else None,
        "next_at": now if waits else None,
        "chunk_id": None,
        "last_code": None,
        "last_enhanced": None,
        "last_reply": None,
    }
    return connection.execute(still.values(values)).rowcount == 1


def _note(ledger: Ledger, one: Settlement, *, by: str, at: float) -> None:
    release_id, doubt = one.doubt.release.id, one.doubt
    row = (doubt.seq, doubt.attempt.n, at, one.state, Stage.CONTENT, None, None, None, one.detail, by)
    ledger.outcome(release_id, row)
    accepted_at = one.accepted_at.timestamp() if one.accepted_at else None
    data: Mapping[str, Any] = {**one.data, "state": one.state, "accepted_at": accepted_at}
    ledger.event(release_id, "resolved", at=at, actor=by, data=data, seq=doubt.seq)


def _standing(connection: sa.Connection, seq: int) -> DeliveryState:
    found = connection.execute(sa.select(delivery.c.state).where(delivery.c.seq == seq))
    return DeliveryState(found.scalar_one())
