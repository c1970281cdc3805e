"""Where an advisory stands, read from the outbox. Loads nothing that writes workbooks: `status` must be quick."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dispatcher.outbox import reading
from dispatcher.outbox.schedule import forecast
from dispatcher.register.status import summarise

if TYPE_CHECKING:
    from datetime import datetime, tzinfo

    import sqlalchemy as sa

    from dispatcher.outbox.database import Database
    from dispatcher.outbox.records import DeliveryRecord
    from dispatcher.register.status import Status


def deliveries_of(database: Database, slug: str) -> list[DeliveryRecord]:
    """Return every delivery of an advisory, in the order in which they were frozen."""
    with database.reading() as connection:
        return list(reading.deliveries(connection, release_ids(connection, slug)))


def statuses(
    database: Database, slug: str | None, *, rate_per_minute: float | None, now: datetime, zone: tzinfo
) -> list[Status]:
    """Return where each release (of one advisory) stands, with the forecast at this pace."""
    found = []
    with database.reading() as connection:
        for record in reading.releases(connection, slug=slug):
            foreseen = forecast(
                now=now,
                waiting=reading.waiting_times(connection, [record.id]),
                rate_per_minute=rate_per_minute,
                notify_before=record.notify_before,
            )
            counts = reading.state_counts(connection, [record.id])
            found.append(summarise(record, counts, now=now, forecast=foreseen, zone=zone))
    return found


def release_ids(connection: sa.Connection, slug: str) -> list[int]:
    """Return the releases of an advisory, oldest first."""
    return [record.id for record in reading.releases(connection, slug=slug)]
