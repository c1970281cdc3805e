"""What a release knows of its onward kit and of the returns that came for it: its events, read and added to."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

import sqlalchemy as sa

from dispatcher.outbox import acknowledging, reading
from dispatcher.outbox.acknowledging import How
from dispatcher.outbox.ledger import Ledger
from dispatcher.outbox.onward_counts import JOINED, states_of
from dispatcher.outbox.onward_rules import (
    IssuedKit,
    OnwardStanding,
    PassedOn,
    Returned,
    Seal,
    Taken,
    counting,
    is_late,
    kit_of,
    refuse_another,
    refuse_impossible,
    standing_of,
    standings_of,
)
from dispatcher.outbox.records import Rank
from dispatcher.outbox.schema import delivery, event, issue, release
from dispatcher.outbox.states import ReleaseState
from dispatcher.words import catalog

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import tzinfo

    from dispatcher.outbox.onward_rules import Told
    from dispatcher.outbox.records import ReleaseRecord

KIND: Final = "onward_return"
KIT: Final = "onward"
_NOTE: Final = "its return of what was passed on came"


def onward_standings(
    connection: sa.Connection, release_ids: Sequence[int], *, replaced: bool = False
) -> list[OnwardStanding]:
    """Return where the passing on of each revision among the releases stands, oldest first.

    Of an advisory that another one has `replaced` no return is waited for: only what came is told.
    """
    found = standings_of(issued_kits(connection, release_ids), returns(connection, release_ids))
    return [replace(one, awaited=False) for one in found if one.returned] if replaced else found


def mediating_deliveries(
    connection: sa.Connection, release_ids: Sequence[int], *, replaced: bool = False
) -> dict[str, OnwardStanding]:
    """Return, by the delivery that took it to its mediator, where the passing on of each revision stands."""
    kits, found = issued_kits(connection, release_ids), {}
    for standing in onward_standings(connection, release_ids, replaced=replaced):
        of_text = [kit for kit in kits if kit.text_hash == standing.kit.text_hash]
        releases = [kit.release_id for kit in of_text if kit.state is not ReleaseState.CANCELLED]
        row = _delivery_to(connection, releases or [kit.release_id for kit in of_text], standing.kit.mediator)
        if row is not None:
            found[row.id.hex()] = standing
    return found


def take_return(
    connection: sa.Connection,
    told: Told,
    records: Sequence[ReleaseRecord],
    *,
    by: str,
    now: datetime,
    zone: tzinfo,
    received_at: datetime | None = None,
) -> Taken:
    """Record a return for releases of an advisory, unless it was recorded before or is older than one that was.

    `received_at` is when it came, where that is known. Raises Refused, moments in `zone`, where it is not about
    a kit of theirs (there must be one release), speaks of a moment that cannot be, or nothing vouches for it.
    """
    kits = issued_kits(connection, [record.id for record in records])
    kit = kit_of(told, kits, number=records[0].number)
    refuse_another(told, _names_of(connection, kit))
    (release_of_kit,) = [record for record in records if record.id == kit.release_id]
    out_since = release_of_kit.approved_at or release_of_kit.prepared_at
    refuse_impossible(told, received_at=received_at, out_since=out_since, now=now, zone=zone)
    same_kit = [one.release_id for one in kits if one.text_hash == kit.text_hash]
    standing = standing_of(told, returns(connection, same_kit))
    returned = _to_record(told, kit, received_at=received_at, now=now)
    if standing.is_recorded:
        record_return(connection, returned, mediator=kit.mediator, by=by)
    (after,) = onward_standings(connection, same_kit)
    return Taken(standing=standing, returned=returned, now=after)


def _names_of(connection: sa.Connection, kit: IssuedKit) -> list[str]:
    """Return the names under which this office knows the mediator of a kit: the usual one, those of its sheet."""
    usual = catalog("register")["onward"]["mediators"].get(kit.mediator, {"en": kit.mediator.upper()})
    row = _delivery_to(connection, [kit.release_id], kit.mediator)
    in_sheet = json.loads(row.recipient)["organisation"].values() if row else ()
    names = [*usual.values(), *(name for joined in in_sheet for name in joined.split(JOINED))]
    return list(dict.fromkeys(filter(None, names)))


def _to_record(told: Told, kit: IssuedKit, *, received_at: datetime | None, now: datetime) -> Returned:
    return Returned(
        release_id=kit.release_id,
        recorded_at=now,
        couriers=told.informed + told.failed + told.open,
        informed=told.informed,
        failed=told.failed,
        open=told.open,
        last_at=told.last_at,
        compiled_at=told.compiled_at,
        digest=told.digest,
        seal=told.seal,
        signer=told.signer,
        by_hand=None if told.seal.strength else told.by_hand,
        received_at=received_at,
        late=is_late(told, kit, received_at=received_at, now=now),
    )


def passed_on(connection: sa.Connection, records: Sequence[ReleaseRecord]) -> PassedOn | None:
    """Return what became of an advisory that came in a kit, of its newest kit; None where none of it did.

    Counted are organisations; of an address in several releases the newest delivery counts.
    """
    by_id = {record.id: record for record in records}
    origins = {
        release_id: data["origin"]
        for release_id, data in prepared_facts(connection, list(by_id))
        if "origin" in data
    }
    if not origins:
        return None
    newest = max(origins)
    same = [release_id for release_id, origin in origins.items() if origin == origins[newest]]
    deliveries = list(reading.deliveries(connection, same))
    accepted = [one.accepted_at for one in deliveries if one.accepted_at]
    return PassedOn(
        number=by_id[newest].number,
        revision=by_id[newest].revision,
        release_hash=origins[newest]["release_hash"],
        kit_hash=origins[newest]["kit_hash"],
        let_go=_let_go(connection, same),
        states=states_of(deliveries),
        first_accepted_at=min(accepted, default=None),
        last_accepted_at=max(accepted, default=None),
    )


def _let_go(connection: sa.Connection, release_ids: Sequence[int]) -> bool:
    begun = sa.select(event.c.id).where(event.c.release_id.in_(release_ids), event.c.kind == "sending")
    return connection.execute(begun.limit(1)).first() is not None


def issued_kits(connection: sa.Connection, release_ids: Sequence[int]) -> list[IssuedKit]:
    """Return the kit of each release that has one, oldest first."""
    columns = (release.c.id, release.c.text_hash, release.c.state, release.c.paused_from, issue.c.revision)
    rows = connection.execute(sa.select(*columns).join(issue).where(release.c.id.in_(release_ids)))
    of_release = {row.id: row for row in rows}
    found = []
    for release_id, data in prepared_facts(connection, release_ids):
        facts = data.get("kits", {}).get(KIT)
        if facts:
            row = of_release[release_id]
            found.append(
                IssuedKit(
                    release_id=release_id,
                    revision=row.revision,
                    state=ReleaseState(row.paused_from if row.state == ReleaseState.PAUSED else row.state),
                    text_hash=row.text_hash,
                    kit_hash=facts["kit_hash"],
                    mediator=facts["mediator"],
                    notify_before=datetime.fromisoformat(facts["notify_before"]),
                    return_by=datetime.fromisoformat(facts["return_by"]),
                )
            )
    return found


def prepared_facts(connection: sa.Connection, release_ids: Sequence[int]) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield each release with what was recorded when it was prepared, oldest first."""
    wanted = sa.select(event.c.release_id, event.c.data).where(
        event.c.release_id.in_(release_ids), event.c.kind == "prepared"
    )
    for row in connection.execute(wanted.order_by(event.c.release_id)):
        yield row.release_id, json.loads(row.data)


def returns(connection: sa.Connection, release_ids: Sequence[int]) -> list[Returned]:
    """Return the returns that were recorded for the releases, oldest first."""
    wanted = sa.select(event.c.release_id, event.c.at, event.c.data).where(
        event.c.release_id.in_(release_ids), event.c.kind == KIND
    )
    return [_returned(row) for row in connection.execute(wanted.order_by(event.c.id))]


def returns_of_text(connection: sa.Connection, release_id: int) -> list[Returned]:
    """Return the returns that were recorded for a release, or for another one of the same text."""
    text = sa.select(release.c.text_hash).where(release.c.id == release_id).scalar_subquery()
    same = connection.execute(sa.select(release.c.id).where(release.c.text_hash == text)).scalars()
    return returns(connection, list(same))


def returned_whole(connection: sa.Connection, release_id: int) -> bool:
    """Tell whether the return that counts for a release's text leaves nobody open."""
    counted = counting(returns_of_text(connection, release_id))
    return counted is not None and counted.whole


def record_return(connection: sa.Connection, told: Returned, *, mediator: str, by: str) -> None:
    """Add a return to the events of its release, at the delivery to the mediator.

    Who tells what became of it has received it: unless it was acknowledged before, it is so by this.
    """
    at = told.recorded_at.timestamp()
    data = {name: value for name, value in asdict(told).items() if name not in {"release_id", "recorded_at"}}
    data |= {name: at.isoformat() for name, at in data.items() if isinstance(at, datetime)}
    row = _delivery_to(connection, [told.release_id], mediator)
    seq = row.seq if row else None
    ledger = Ledger()
    ledger.event(told.release_id, KIND, at=at, actor=by, data=data, seq=seq)
    if seq is not None and not acknowledging.acknowledged(connection, [told.release_id], seq=seq):
        received_at = min(told.came_at or told.recorded_at, told.recorded_at)
        said = acknowledging.Said(how=How.REPLY, received_at=received_at, note=_NOTE)
        ledger.event(told.release_id, acknowledging.KIND, at=at, actor=by, data=said.data, seq=seq)
    ledger.append(connection, at=at)


def _delivery_to(
    connection: sa.Connection, release_ids: Sequence[int], audience: str
) -> sa.Row[Any, Any, Any] | None:
    """Return the first delivery of the releases to an audience that gets a kit; None where they hold none."""
    mediating = sa.select(delivery.c.id, delivery.c.seq, delivery.c.recipient).where(
        delivery.c.release_id.in_(release_ids), delivery.c.rank == Rank.MEDIATOR
    )
    rows = connection.execute(mediating.order_by(delivery.c.release_id, delivery.c.seq))
    return next((row for row in rows if audience in json.loads(row.recipient)["audiences"]), None)


def _returned(row: sa.Row[Any, Any, Any]) -> Returned:
    data = json.loads(row.data)
    data |= {name: _optional(data.get(name)) for name in ("last_at", "compiled_at", "received_at")}
    if "sealed" in data:  # recorded before there were signatures: a shared key or nothing
        data |= {"seal": Seal.KEY if data.pop("sealed") else Seal.NONE, "signer": None}
    data["seal"] = Seal(data["seal"])
    return Returned(release_id=row.release_id, recorded_at=datetime.fromtimestamp(row.at, UTC), **data)


def _optional(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
