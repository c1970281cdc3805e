"""Records of the outbox as a reader of the store returns them: the sample's, with what is given changed."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from dispatcher.model import DoubtPolicy, LatePolicy, Part
from dispatcher.outbox.records import DeliveryRecord, ReleaseRecord
from dispatcher.outbox.states import DeliveryState, ReleaseState

_EVENING = datetime(2025, 8, 12, 15, 40, tzinfo=UTC)
_HOUR = datetime(2025, 8, 13, 6, 30, tzinfo=UTC)
_END = datetime(2025, 8, 20, 12, 30, tzinfo=UTC)

_RELEASE = ReleaseRecord(
    id=7,
    number="10/SYS/WZU/2025",
    slug="10-SYS-WZU-2025",
    revision=0,
    act="original",
    state=ReleaseState.SENDING,
    content_hash="00" * 32,
    made_by="asha",
    prepared_at=_EVENING,
    approved_by="vivek",
    approved_at=_EVENING,
    effective_at=_HOUR,
    notify_before=_HOUR,
    useful_until=_END,
    late_policy=LatePolicy.SEND_IN_EFFECT,
    cutoff=_END,
    late_reason=None,
    doubt_policy=DoubtPolicy.HOLD,
)
_DELIVERY = DeliveryRecord(
    id="ab" * 16,
    release_id=7,
    address="a@customs.example",
    audiences=("commissioners",),
    places=("Mumbai",),
    designation={},
    organisation={},
    phone="",
    language="both",
    part=Part.TO,
    state=DeliveryState.ACCEPTED,
    attempts=1,
    wording=None,
    message_id=f"<{'ab' * 16}@customs.example>",
    next_at=None,
    first_attempt_at=None,
    accepted_at=None,
    last_reply=None,
    detail="",
)


def release_record(**changes: Any) -> ReleaseRecord:
    """Return an approved release of the sample advisory that is being sent."""
    return replace(_RELEASE, **changes)


def delivery_record(**changes: Any) -> DeliveryRecord:
    """Return a delivery to a Commissioner that was accepted at its first try."""
    return replace(_DELIVERY, **changes)
