"""Where an advisory stands, read from the outbox. Loads nothing that writes workbooks: `status` must be quick."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING

from dispatcher.outbox import reading
from dispatcher.outbox.acknowledging import acknowledged_count
from dispatcher.outbox.forecasting import forecasts, queue_of, rate_of
from dispatcher.outbox.onward_returns import onward_standings
from dispatcher.outbox.publication import website_standing
from dispatcher.outbox.relations import current, revised_to, superseded_by
from dispatcher.outbox.reserving import passed_on
from dispatcher.outbox.states import UNTOLD, ReleaseState
from dispatcher.register.status import summarise, summed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime, tzinfo

    import sqlalchemy as sa

    from dispatcher.model import Localized
    from dispatcher.outbox.database import Database
    from dispatcher.outbox.forecasting import Forecast
    from dispatcher.outbox.records import DeliveryRecord, ReleaseRecord, Successor, WebsiteStanding
    from dispatcher.outbox.states import DeliveryState
    from dispatcher.register.status import Status, Summary

_LET_GO = frozenset({ReleaseState.SENDING, ReleaseState.DONE})
NAMED = 20
"""So many of those not told yet are named at the end of a run; register and telephone list hold them all."""


def deliveries_of(database: Database, slug: str) -> list[DeliveryRecord]:
    """Return every delivery of an advisory, in the order in which they were frozen."""
    with database.reading() as connection:
        return list(reading.deliveries(connection, release_ids(connection, slug)))


def summary_of(database: Database, slug: str, *, named: int = NAMED) -> Summary:
    """Return what became of an advisory: counts, times, the first `named` of those not told. Raises StoreError.

    Reminders and notices are not in it, nor what a corrigendum or an addendum took the place of. Releases
    that were cancelled as a whole are counted apart, as long as another stands.
    """
    with database.reading() as connection:
        own = current(reading.releases(connection, slug=slug))
        standing = [record.id for record in own if record.state is not ReleaseState.CANCELLED]
        releases = standing or [record.id for record in own]
        untold = reading.deliveries(connection, releases, states=UNTOLD, newest=True, limit=named)
        summary = summed(reading.tallies(connection, releases), untold=tuple(untold))
        in_all = reading.delivery_count(connection, [record.id for record in own])
    return replace(summary, replaced=in_all - sum(summary.states.values()))


def statuses(
    database: Database,
    slug: str | None,
    *,
    rate_per_minute: float | None,
    now: datetime,
    zone: tzinfo,
    names: Mapping[str, Localized] = MappingProxyType({}),
) -> list[Status]:
    """Return where each release (of one advisory) stands, with the forecast at this pace or a slower one seen.

    The releases of an advisory go in one run and share the pace. `names`: user name of an officer -> name in each
    language.
    """
    with database.reading() as connection:
        records = reading.releases(connection, slug=slug)
        found = [
            status
            for each in dict.fromkeys(record.slug for record in records)
            for status in _of_advisory(
                connection,
                [record for record in records if record.slug == each],
                rate_per_minute=rate_per_minute,
                now=now,
                zone=zone,
                names=names,
            )
        ]
    return sorted(found, key=lambda status: status.release)


def _of_advisory(
    connection: sa.Connection,
    own: Sequence[ReleaseRecord],
    *,
    rate_per_minute: float | None,
    now: datetime,
    zone: tzinfo,
    names: Mapping[str, Localized],
) -> list[Status]:
    successor, others = superseded_by(connection, own[0].number), passed_on(connection)
    counts = [reading.state_counts(connection, [record.id]) for record in own]
    seen = _foreseen(connection, own, counts, rate_per_minute=rate_per_minute, now=now)
    counted = [
        summarise(
            record,
            count,
            now=now,
            forecast=one,
            zone=zone,
            acknowledged=acknowledged_count(connection, record.id),
            names=names,
            website=_website(connection, own, record),
        )
        for record, count, one in zip(own, counts, seen, strict=True)
    ]
    found = [
        replace(
            one,
            replaced=_replaced(connection, record, successor),
            publishes=record.state in _LET_GO and record.derived_from is None and record.id not in others,
        )
        for record, one in zip(own, counted, strict=True)
    ]
    ids = [record.id for record in own]
    standings = onward_standings(connection, ids, replaced=successor is not None)
    by_release = {one.kit.release_id: one for one in standings}
    return [replace(one, onward=by_release.get(one.release)) for one in found]


def _replaced(connection: sa.Connection, record: ReleaseRecord, successor: Successor | None) -> str:
    """Return what put a release out of force; empty while it holds, and of what is only a reminder of it."""
    if successor is not None:
        return f"{successor.relation} by {successor.number}"
    revision = revised_to(connection, record) if record.derived_from is None else None
    return f"revision {revision}" if revision is not None else ""


def _foreseen(
    connection: sa.Connection,
    own: Sequence[ReleaseRecord],
    counts: Sequence[Mapping[DeliveryState, int]],
    *,
    rate_per_minute: float | None,
    now: datetime,
) -> list[Forecast]:
    accepted = reading.newest_acceptances(connection, [record.id for record in own])
    rate = rate_of(rate_per_minute, accepted, now=now, busy_since=None)
    queues = [
        queue_of(
            count, reading.deferred_counts(connection, record.id), now=now, notify_before=record.notify_before
        )
        for record, count in zip(own, counts, strict=True)
    ]
    return forecasts(queues, now=now, rate=rate)


def _website(
    connection: sa.Connection, of_advisory: Sequence[ReleaseRecord], record: ReleaseRecord
) -> WebsiteStanding | None:
    """Return what is known of the published pages of the revision that `record` belongs to."""
    same = [one.id for one in of_advisory if one.revision == record.revision]
    return website_standing(connection, same)


def release_ids(connection: sa.Connection, slug: str) -> list[int]:
    """Return the releases of an advisory, oldest first."""
    return [record.id for record in reading.releases(connection, slug=slug)]
