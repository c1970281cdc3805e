"""A release derived from another: its frames as they were approved, its recipients as they stand now."""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from contextlib import contextmanager
from itertools import chain
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from dispatcher.acts import IN_EFFECT, Remind
from dispatcher.errors import Refused, StoreError
from dispatcher.messages.composing import message_hash, thaw
from dispatcher.messages.drafting import message_id, own_values
from dispatcher.messages.framing import root_reference
from dispatcher.model import LatePolicy, Part, Wording
from dispatcher.outbox.acknowledging import acknowledged_by
from dispatcher.outbox.follow_ups import frame_name, layout_hash, layouts_of
from dispatcher.outbox.freezing import compact
from dispatcher.outbox.life import APART
from dispatcher.outbox.onward_returns import returned_whole
from dispatcher.outbox.owners import writing_owner
from dispatcher.outbox.reading import octet_names
from dispatcher.outbox.records import FrozenDelivery, FrozenFrame, Rank
from dispatcher.outbox.releases import (
    addressed,
    claimed_addresses,
    issue_id,
    standing_releases,
    sweep_unfinished,
    write_release,
)
from dispatcher.outbox.schema import delivery, event, frame, octets, release, stands_in
from dispatcher.outbox.states import TOLD, DeliveryState, ReleaseState

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from datetime import datetime

    from dispatcher.acts import FollowUp
    from dispatcher.messages.composing import Frame
    from dispatcher.outbox.database import Database
    from dispatcher.outbox.records import ReleaseRecord

PERHAPS_TOLD = TOLD | {DeliveryState.IN_DOUBT}
"""A reminder never overtakes what it reminds of: whoever is not told keeps waiting for that."""
_STREAM = 2000


def derive(
    database: Database,
    record: ReleaseRecord,
    each: FollowUp,
    *,
    by: str,
    now: datetime,
    proviso: Callable[[sa.Connection], None],
    supplement: bool = False,
) -> bool:
    """Write the release of `each`, approved as `record` is; False where nobody is left whom it would go to.

    `supplement`: one more, to those who have none of it yet, not even one that failed.
    Raises Refused where somebody else does so at this moment, or where `proviso`, asked in the transaction that
    makes it stand, does; StoreError where a frame is not what was approved.
    """
    of_issue, beside = _standing(database, record, each.act)
    with writing_owner(database) as owner, database.reading() as connection:
        head = connection.execute(sa.select(release).where(release.c.id == record.id)).one()._asdict()
        layouts = approved_layouts(connection, head, each.act)
        claimed = (addressed if supplement else claimed_addresses)(connection, of_issue)
        deliveries = _deliveries(connection, head, each, claimed=claimed, layouts=layouts)
        first = next(deliveries, None)
        if first is None:
            return False
        with _swept_if_refused(database, owner):
            write_release(
                database,
                _header(head, each) | {"issue_id": of_issue, "owner": owner, "prepared_at": now.timestamp()},
                beside=beside,
                frames=_as_approved(layouts),
                deliveries=chain([first], deliveries),
                now=now.timestamp(),
                derived_by=by,
                proviso=proviso,
            )
    return True


def _standing(database: Database, record: ReleaseRecord, act: str) -> tuple[int, list[int]]:
    """Return the issue of a derived act and its releases that stand. Raises Refused where one is being written."""
    with database.writing() as connection:
        of_issue = issue_id(connection, number=record.number, revision=record.revision, act=act)
        standing = standing_releases(connection, of_issue)
    if any(row.state == ReleaseState.PREPARING for row in standing):
        raise Refused(f"{act} of {record.number} is being derived by another dispatcher")
    return of_issue, [row.id for row in standing]


@contextmanager
def _swept_if_refused(database: Database, owner: str) -> Iterator[None]:
    """Take away what `owner` wrote of a release that is not to stand after all."""
    try:
        yield
    except Refused:
        sweep_unfinished(database, is_dead=owner.__eq__)
        raise


def _as_approved(layouts: Mapping[int, str]) -> list[FrozenFrame]:
    """Return the frames of the release: their octets are in the store already."""
    return [
        FrozenFrame(variant=variant, wording=Wording.ORIGINAL, layout=layout, octets={})
        for variant, layout in layouts.items()
    ]


def _header(head: Mapping[str, Any], each: FollowUp) -> dict[str, Any]:
    """Return the derived release's row: that of the other one, with the end that its text has."""
    until = each.until.timestamp()
    left_out = ("id", "state", "paused_from", "content_hash", "late_reason", "deliveries", "send_at")
    kept = {name: value for name, value in head.items() if name not in left_out}
    ends = {"notify_before": until, "useful_until": until, "window_end": None, "cutoff": until}
    own = {"late_policy": LatePolicy.DROP, "follow_ups": "", "relation": None, "target": None, "asked": 0}
    return {**kept, **ends, **own, "derived_from": head["id"]}


def approved_layouts(connection: sa.Connection, head: Mapping[str, Any], act: str) -> dict[int, str]:
    """Return the layouts of an act's frames by variant. Raises StoreError where one is not what was approved."""
    wanted = sa.select(frame.c.variant, frame.c.layout).where(
        frame.c.release_id == head["id"], frame.c.wording == frame_name(act)
    )
    found = {row.variant: row.layout for row in connection.execute(wanted)}
    if {variant: layout_hash(layout) for variant, layout in found.items()} != layouts_of(head["follow_ups"], act):
        raise StoreError(_damaged(head, act))
    return found


def thawed_layout(connection: sa.Connection, layout: str) -> Frame:
    """Return the frame of a layout. Raises StoreError where some of its octets are not what they are named."""
    return thaw(layout, _octets(connection, layout))


def _octets(connection: sa.Connection, layout: str) -> dict[str, bytes]:
    """Return the octets of a layout by their SHA-256. Raises StoreError where some are not what they are named."""
    names = frozenset(octet_names(layout))
    rows = connection.execute(sa.select(octets.c.hash, octets.c.content).where(octets.c.hash.in_(names)))
    found = {row.hash: bytes(row.content) for row in rows}
    for name in names:
        digest = hashlib.sha256(found.get(name, b"")).hexdigest()
        if not hmac.compare_digest(digest, name):
            raise StoreError(f"shared octets {name} in the store are damaged: restore it from a backup")
    return found


def _damaged(head: Mapping[str, Any], act: str) -> str:
    return (
        f"the frames of {act} of release {head['id']} ({head['slug']}) are not those that were approved: the store"
        " was changed or damaged. Nothing was made of them; restore the store from a backup"
    )


def _deliveries(
    connection: sa.Connection,
    head: Mapping[str, Any],
    each: FollowUp,
    *,
    claimed: frozenset[str],
    layouts: Mapping[int, str],
) -> Iterator[FrozenDelivery]:
    """Yield a delivery for everybody of the release to whom it goes now, in the order of going."""
    frames = {variant: thawed_layout(connection, layout) for variant, layout in layouts.items()}
    root = root_reference(head["slug"], head["message_domain"])
    for row, recipient in _chosen(connection, head, each, claimed=claimed):
        earlier = message_id(row.id.hex(), head["message_domain"], Wording(row.wording or Wording.ORIGINAL))
        yield _delivery(
            row, {**recipient, "references": (root, earlier)}, frames[row.variant], head["message_domain"]
        )


def count_of(connection: sa.Connection, record: ReleaseRecord, each: FollowUp) -> int:
    """Return to how many it would go now; of a release that did not begin, to how many it may go at most."""
    if record.state in {ReleaseState.PREPARED, ReleaseState.APPROVED}:
        own = sa.select(delivery.c.recipient).where(
            delivery.c.release_id == record.id, delivery.c.variant.in_(_variants(record.id, each))
        )
        told = connection.execute(own, execution_options={"yield_per": _STREAM}).scalars()
        return sum(1 for one in told if json.loads(one)["part"] == Part.TO)
    head = {"id": record.id}
    return sum(1 for _ in _chosen(connection, head, each, claimed=frozenset()))


def lacks_notice(
    connection: sa.Connection, record: ReleaseRecord, each: FollowUp, *, newest: ReleaseRecord
) -> bool:
    """Tell whether somebody was told in the first wording after `newest`, the notice at the hour, was derived.

    So is whose message was under way then, whenever the relay says that it took it: a reply of the moment before
    the hour may be recorded after it, and what was settled by hand has no moment. Of a release that was done by
    then, nobody was.
    """
    done = sa.select(sa.func.max(event.c.at)).where(event.c.release_id == record.id, event.c.kind == "done")
    since = newest.prepared_at.timestamp()
    if record.state is ReleaseState.DONE and (connection.execute(done).scalar() or 0) < since:
        return False
    of_issue = sa.select(release.c.issue_id).where(release.c.id == newest.id).scalar_subquery()
    noticed = sa.select(sa.func.lower(delivery.c.address)).where(delivery.c.issue_id == of_issue)
    wanted = sa.select(delivery.c.recipient).where(
        delivery.c.release_id == record.id,
        stands_in(PERHAPS_TOLD),
        delivery.c.wording == Wording.ORIGINAL,
        delivery.c.variant.in_(_variants(record.id, each)),
        sa.func.lower(delivery.c.address).not_in(noticed),
    )
    told = connection.execute(wanted, execution_options={"yield_per": _STREAM}).scalars()
    return any(json.loads(one)["part"] == Part.TO for one in told)


def _variants(release_id: int, each: FollowUp) -> sa.Select[int]:
    """Return the variants of a release that have a frame of what follows: only to these it can go."""
    return sa.select(frame.c.variant).where(
        frame.c.release_id == release_id, frame.c.wording == frame_name(each.act)
    )


def _chosen(
    connection: sa.Connection, head: Mapping[str, Any], each: FollowUp, *, claimed: frozenset[str]
) -> Iterator[tuple[sa.Row[Any], Mapping[str, Any]]]:
    """Yield the deliveries of the release whose recipients it goes to now, each with what was frozen of these."""
    if each.for_return and returned_whole(connection, head["id"]):
        return
    acknowledged = acknowledged_by(connection, head["id"]) if each.to is Remind.UNACKNOWLEDGED else frozenset()
    left_out = claimed | acknowledged
    told = (
        delivery.c.release_id == head["id"],
        stands_in(PERHAPS_TOLD),
        delivery.c.variant.in_(_variants(head["id"], each)),
    )
    wanted = sa.select(delivery).where(*told).order_by(delivery.c.rank, delivery.c.seq)
    for row in connection.execute(wanted, execution_options={"yield_per": _STREAM}):
        recipient = json.loads(row.recipient)
        if row.address.casefold() not in left_out and _concerns(row, recipient, each):
            yield row, recipient


def _concerns(row: sa.Row[Any], recipient: Mapping[str, Any], each: FollowUp) -> bool:
    """Tell whether a recipient is asked to act, and gets by it anything that its message did not say."""
    if recipient["part"] != Part.TO:
        return False
    if each.act == IN_EFFECT:
        return bool(row.wording != Wording.IN_EFFECT)
    told_by = each.at if each.for_return else each.at - APART  # what is due does not wait for an hour to pass
    return row.accepted_at is None or row.accepted_at <= told_by.timestamp()


def _delivery(row: sa.Row[Any], recipient: Mapping[str, Any], composed: Frame, domain: str) -> FrozenDelivery:
    identity = secrets.token_bytes(16)
    own = own_values(
        address=row.address,
        delivery_id=identity.hex(),
        domain=domain,
        wording=Wording.ORIGINAL,
        lines=recipient["lines"],
        references=recipient["references"],
    )
    return FrozenDelivery(
        id=identity,
        variant=row.variant,
        address=row.address,
        smtputf8=row.smtputf8,
        recipient=compact(recipient),
        original_hash=message_hash(composed, own),
        in_effect_hash=None,
        rank=Rank(row.rank),
    )
