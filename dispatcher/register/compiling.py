"""The register and the status of an advisory, compiled from the outbox."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dispatcher.outbox import reading
from dispatcher.outbox.schedule import forecast
from dispatcher.register import exports
from dispatcher.register.rows import attempt_rows, register_rows
from dispatcher.register.status import summarise

if TYPE_CHECKING:
    from datetime import datetime, tzinfo

    from dispatcher.outbox.database import Database
    from dispatcher.outbox.records import DeliveryRecord
    from dispatcher.register.status import Status

FORMS = ("csv", "xlsx", "json")


def deliveries_of(database: Database, slug: str) -> list[DeliveryRecord]:
    """Return every delivery of an advisory, in the order in which they were frozen."""
    with database.reading() as connection:
        return list(reading.deliveries(connection, _release_ids(database, slug)))


def compile_register(database: Database, slug: str, form: str, *, zone: tzinfo, marked: str | None) -> bytes:
    """Return the register of an advisory in one of FORMS; `marked` stands before the title of a workbook."""
    deliveries = deliveries_of(database, slug)
    rows = register_rows(deliveries, zone=zone)
    if form == "csv":
        return exports.to_csv(rows)
    if form == "json":
        return exports.to_json(rows)
    addresses = {delivery.id: delivery.address for delivery in deliveries}
    with database.reading() as connection:
        attempts = reading.attempts(connection, _release_ids(database, slug))
        log = attempt_rows(attempts, addresses=addresses, zone=zone)
    return exports.to_xlsx(rows, attempts=log, title=slug, marked=marked)


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


def _release_ids(database: Database, slug: str) -> list[int]:
    with database.reading() as connection:
        return [record.id for record in reading.releases(connection, slug=slug)]
