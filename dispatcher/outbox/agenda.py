"""What `run` has before it, read from the outbox: releases to begin, to go on with, and the next moment."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dispatcher.outbox import reading
from dispatcher.outbox.deriving import open_slots
from dispatcher.outbox.states import OPEN, DeliveryState, ReleaseState

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    import sqlalchemy as sa

    from dispatcher.outbox.records import ReleaseRecord

_BEFORE = (ReleaseState.PREPARED, ReleaseState.APPROVED)


def to_begin(connection: sa.Connection, *, now: datetime) -> list[ReleaseRecord]:
    """Return the releases that nobody began and whose time has come: derived, or ordered by an officer."""
    return [
        record
        for record in reading.releases(connection)
        if record.state in _BEFORE
        and (record.derived_from is not None or (record.send_at is not None and record.send_at <= now))
    ]


def being_sent(connection: sa.Connection) -> list[ReleaseRecord]:
    """Return the releases that have begun and are not done."""
    return [one for one in reading.releases(connection) if one.state is ReleaseState.SENDING]


def due(connection: sa.Connection, records: Sequence[ReleaseRecord], *, now: datetime) -> list[ReleaseRecord]:
    """Return those of which a delivery is due, is held although their end has come, or that are to be wound up."""
    found = []
    for record in records:
        at = reading.next_due(connection, [record.id])
        counts = reading.state_counts(connection, [record.id])
        ended = now >= record.cutoff and DeliveryState.HELD in counts
        if ended or not OPEN & counts.keys() or (at is not None and at <= now):
            found.append(record)
    return found


def next_slot(connection: sa.Connection, *, after: datetime) -> datetime | None:
    """Return when, later than `after`, something follows by itself, or begins by an officer's order, next."""
    ordered = [
        one.send_at
        for one in reading.releases(connection)
        if one.state is ReleaseState.APPROVED and one.send_at is not None
    ]
    moments = [*ordered, *(slot.follow_up.at for slot in open_slots(connection))]
    return min((at for at in moments if at > after), default=None)


def next_due(connection: sa.Connection) -> datetime | None:
    """Return when a delivery of what is being sent is due next."""
    return reading.next_due(connection, [record.id for record in being_sent(connection)])
