"""The messages of a release as `prepare` froze them, made again for a person to read: one of each kind.

Each is compared with the hash that was frozen with it; what follows by itself, with what its release says of it.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from dispatcher.acts import IN_EFFECT
from dispatcher.errors import StoreError
from dispatcher.messages.composing import undated
from dispatcher.messages.drafting import message_id, own_values
from dispatcher.messages.framing import root_reference
from dispatcher.messages.release_pages import Approvable, FrozenMessage, Told
from dispatcher.model import Part, Wording
from dispatcher.outbox import reading
from dispatcher.outbox.derived import approved_layouts, thawed_layout
from dispatcher.outbox.publication import frozen_document
from dispatcher.outbox.releases import frozen_inputs
from dispatcher.outbox.schema import delivery, release

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from dispatcher.acts import FollowUp
    from dispatcher.outbox.reading import Dispatch
    from dispatcher.outbox.records import ReleaseRecord

LISTED = 200
"""So many recipients of a kind are named."""
_NO_ID = "0" * 32
"""In place of the identifier that is drawn when a message that follows is made."""


@dataclass(frozen=True, slots=True)
class _Kind:
    """The deliveries of one variant: the first few, and how many there are."""

    rows: tuple[sa.Row[Any], ...]
    count: int

    @property
    def recipient(self) -> dict[str, Any]:
        """What was frozen of the first recipient."""
        told: dict[str, Any] = json.loads(self.rows[0].recipient)
        return told

    @property
    def told(self) -> tuple[Told, ...]:
        """Who gets the like, in the order of going."""
        return tuple(Told(row.address, tuple(json.loads(row.recipient)["places"])) for row in self.rows)


def frozen_messages(connection: sa.Connection, record: ReleaseRecord) -> list[FrozenMessage]:
    """Return a message of each variant in each wording, then one of each text that follows by itself.

    It is the one of the variant's first recipient. Raises StoreError where one is not what was prepared.
    """
    try:
        return list(_frozen(connection, record))
    except (LookupError, ValueError, TypeError, AttributeError) as error:  # what was frozen is not what it was
        raise StoreError(_damaged(record.id, record.number, "a message")) from error


def approvable(connection: sa.Connection, record: ReleaseRecord) -> Approvable:
    """Return a release as its page names it. Raises StoreError where its document is not what was frozen."""
    inputs = frozen_inputs(connection, record.id)
    return Approvable(
        id=record.id,
        number=record.number,
        slug=record.slug,
        act=record.act,
        revision=record.revision,
        content_hash=record.content_hash,
        subject=inputs.advisory["subject"] if inputs else {},
        made_by=record.made_by,
        prepared_at=record.prepared_at,
        notify_before=record.notify_before,
        deliveries=reading.delivery_count(connection, [record.id]),
        document=frozen_document(connection, record),
    )


def _frozen(connection: sa.Connection, record: ReleaseRecord) -> Iterator[FrozenMessage]:
    dispatch = reading.dispatch(connection, record.id)
    kinds = dict(_kinds(connection, record.id))
    for variant, kind in kinds.items():
        for wording in Wording:
            if (variant, wording) in dispatch.frames:
                yield _message(dispatch, kind, variant, wording)
    head = connection.execute(sa.select(release).where(release.c.id == record.id)).one()._asdict()
    for each in record.life.follow_ups:
        yield from _following(connection, head, kinds, each)


def _kinds(connection: sa.Connection, release_id: int) -> Iterator[tuple[int, _Kind]]:
    """Yield each variant of a release as first seen."""
    first = sa.func.min(delivery.c.seq)
    of_release = delivery.c.release_id == release_id
    counted = sa.select(delivery.c.variant, sa.func.count()).where(of_release)
    for variant, count in connection.execute(counted.group_by(delivery.c.variant).order_by(first)).all():
        same = sa.select(delivery).where(of_release, delivery.c.variant == variant)
        rows = connection.execute(same.order_by(delivery.c.seq).limit(LISTED)).all()
        yield variant, _Kind(tuple(rows), count)


def _message(dispatch: Dispatch, kind: _Kind, variant: int, wording: Wording) -> FrozenMessage:
    row, recipient = kind.rows[0], kind.recipient
    own = own_values(
        address=row.address,
        delivery_id=row.id.hex(),
        domain=dispatch.domain,
        wording=wording,
        lines=recipient["lines"],
        references=recipient.get("references", ()),
    )
    content = undated(dispatch.frames[variant, wording], own)
    stored = row.original_hash if wording is Wording.ORIGINAL else row.in_effect_hash
    if not hmac.compare_digest(hashlib.sha256(content).digest(), stored or b""):
        what = f"the message of {row.address} ({wording})"
        raise StoreError(_damaged(dispatch.release_id, dispatch.number, what))
    return _shown(kind, wording, content)


def _damaged(release_id: int, number: str, what: str) -> str:
    return (
        f"{what} in release {release_id} of {number} is not the one that was prepared: the store was changed or "
        "damaged. Nothing was approved; restore the store, or cancel the release and prepare anew"
    )


def _following(
    connection: sa.Connection, head: Mapping[str, Any], kinds: Mapping[int, _Kind], each: FollowUp
) -> Iterator[FrozenMessage]:
    """Yield what follows, once for each text: variants whose frames are the same get the same."""
    variants: dict[str, list[int]] = {}
    for variant, layout in approved_layouts(connection, head, each.act).items():
        if variant in kinds:
            variants.setdefault(layout, []).append(variant)
    for layout, alike in variants.items():
        kind, domain = kinds[alike[0]], head["message_domain"]
        row = kind.rows[0]
        earlier = message_id(row.id.hex(), domain, Wording.ORIGINAL)
        own = own_values(
            address=row.address,
            delivery_id=_NO_ID,
            domain=domain,
            wording=Wording.ORIGINAL,
            lines=kind.recipient["lines"],
            references=(root_reference(head["slug"], domain), earlier),
        )
        everybody = _Kind(
            tuple(row for one in alike for row in kinds[one].rows)[:LISTED], sum(kinds[one].count for one in alike)
        )
        wording = Wording.IN_EFFECT if each.act == IN_EFFECT else Wording.ORIGINAL
        yield _shown(everybody, wording, undated(thawed_layout(connection, layout), own), follow_up=each)


def _shown(kind: _Kind, wording: Wording, content: bytes, *, follow_up: FollowUp | None = None) -> FrozenMessage:
    recipient = kind.recipient
    return FrozenMessage(
        audiences=tuple(recipient["audiences"]),
        part=Part(recipient["part"]),
        wording=wording,
        content=content,
        count=kind.count,
        told=kind.told,
        follow_up=follow_up,
    )
