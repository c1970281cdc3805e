"""Records of the outbox for the register's tests."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from dispatcher.model import DoubtPolicy, LatePolicy, Part, Reply, Stage, Wording
from dispatcher.outbox.records import AttemptRecord, DeliveryRecord, ReleaseRecord
from dispatcher.outbox.states import DeliveryState, ReleaseState

if TYPE_CHECKING:
    from collections.abc import Callable

MOMENT = datetime(2025, 8, 12, 15, 41, 7, 250_000, tzinfo=UTC)

DELIVERY = DeliveryRecord(
    id="0123456789abcdef0123456789abcdef",
    release_id=1,
    address="terminal@alpha-express.example",
    audiences=("couriers", "custodians"),
    places=("Mumbai", "Bengaluru"),
    designation={"hi": "अभिरक्षक", "en": "Custodian"},
    organisation={"en": "Alpha Express Terminal"},
    phone="",
    language="both",
    part=Part.TO,
    state=DeliveryState.ACCEPTED,
    attempts=2,
    wording=Wording.ORIGINAL,
    message_id="<0123456789abcdef0123456789abcdef@customs.example>",
    next_at=None,
    first_attempt_at=MOMENT,
    accepted_at=MOMENT,
    last_reply=Reply(250, "2.0.0", "Ok: queued as 4F1"),
    detail="",
)

ATTEMPT = AttemptRecord(
    delivery_id=DELIVERY.id,
    address=DELIVERY.address,
    n=1,
    started_at=MOMENT,
    finished_at=MOMENT,
    relay="127.0.0.1:2525",
    stage=Stage.RCPT,
    state=DeliveryState.DEFERRED,
    reply=Reply(451, "4.7.1", "Greylisted"),
    detail="",
)

RELEASE = ReleaseRecord(
    id=7,
    number="10/SYS/WZU/2025",
    slug="10-SYS-WZU-2025",
    revision=0,
    act="original",
    state=ReleaseState.SENDING,
    content_hash="00" * 32,
    made_by="asha",
    prepared_at=MOMENT,
    approved_by="vivek",
    approved_at=MOMENT,
    effective_at=datetime(2025, 8, 13, 6, 30, tzinfo=UTC),
    notify_before=datetime(2025, 8, 13, 6, 30, tzinfo=UTC),
    useful_until=datetime(2025, 8, 20, 12, 30, tzinfo=UTC),
    late_policy=LatePolicy.SEND_IN_EFFECT,
    cutoff=datetime(2025, 8, 20, 12, 30, tzinfo=UTC),
    late_reason=None,
    doubt_policy=DoubtPolicy.HOLD,
)


@pytest.fixture
def delivery() -> Callable[..., DeliveryRecord]:
    """Return a maker of deliveries: the sample with what is given changed."""

    def make(**changes: Any) -> DeliveryRecord:
        return replace(DELIVERY, **changes)

    return make


@pytest.fixture
def attempt() -> Callable[..., AttemptRecord]:
    """Return a maker of attempts: the sample with what is given changed."""

    def make(**changes: Any) -> AttemptRecord:
        return replace(ATTEMPT, **changes)

    return make


@pytest.fixture
def release() -> Callable[..., ReleaseRecord]:
    """Return a maker of releases: the sample with what is given changed."""

    def make(**changes: Any) -> ReleaseRecord:
        return replace(RELEASE, **changes)

    return make
