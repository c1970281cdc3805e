"""The register of an advisory, compiled from the outbox."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dispatcher.outbox import reading
from dispatcher.register import exports
from dispatcher.register.rows import attempt_rows, register_rows
from dispatcher.register.standing import release_ids

if TYPE_CHECKING:
    from datetime import tzinfo

    from dispatcher.outbox.database import Database


def compile_register(database: Database, slug: str, form: str, *, zone: tzinfo, marked: str | None) -> bytes:
    """Return the register as `form` csv, json or xlsx; `marked` stands before the title of a workbook."""
    with database.reading() as connection:  # deliveries and attempts as of one moment
        releases = release_ids(connection, slug)
        deliveries = list(reading.deliveries(connection, releases))
        attempts = list(reading.attempts(connection, releases)) if form == "xlsx" else []
    rows = register_rows(deliveries, zone=zone)
    if form == "csv":
        return exports.to_csv(rows)
    if form == "json":
        return exports.to_json(rows)
    addresses = {delivery.id: delivery.address for delivery in deliveries}
    log = attempt_rows(attempts, addresses=addresses, zone=zone)
    return exports.to_xlsx(rows, attempts=log, title=slug, marked=marked)
