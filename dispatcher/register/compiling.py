"""The register of an advisory, compiled from the outbox."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dispatcher.outbox import reading
from dispatcher.register import exports
from dispatcher.register.rows import attempt_rows, bilingual, register_rows, untold_rows
from dispatcher.register.sentences import moment
from dispatcher.register.standing import release_ids
from dispatcher.words import catalog

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime, tzinfo

    from dispatcher.outbox.database import Database
    from dispatcher.outbox.records import DeliveryRecord, ReleaseRecord


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


def compile_untold(
    record: ReleaseRecord, deliveries: Sequence[DeliveryRecord], *, now: datetime, zone: tzinfo, marked: str | None
) -> bytes:
    """Return the telephone list of an advisory as a workbook: who is not told as of `now`, before which hour."""
    words = catalog("register")["untold" if deliveries else "nobody_untold"]
    facts = {
        "number": record.number,
        "now": moment(now, zone),
        "hour": moment(record.notify_before, zone),
        "count": len(deliveries),
    }
    title = bilingual({language: text.format_map(facts) for language, text in words.items()})
    return exports.untold_to_xlsx(untold_rows(deliveries, zone=zone), title=title, marked=marked)
