"""Records of the outbox for the register's tests."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from dispatcher.model import Wording
from dispatcher.outbox.records import AttemptRecord, DeliveryRecord, ReleaseRecord
from dispatcher.outbox.states import DeliveryState
from dispatcher.smtp import Reply, Stage
from tests.records import delivery_record, release_record

if TYPE_CHECKING:
    from collections.abc import Callable

MOMENT = datetime(2025, 8, 12, 15, 41, 7, 250_000, tzinfo=UTC)

DELIVERY = delivery_record(
    id="0123456789abcdef0123456789abcdef",
    address="terminal@alpha-express.example",
    audiences=("couriers", "custodians"),
    places=("Mumbai", "Bengaluru"),
    designation={"hi": "अभिरक्षक", "en": "Custodian"},
    organisation={"en": "Alpha Express Terminal"},
    attempts=2,
    wording=Wording.ORIGINAL,
    message_id="<0123456789abcdef0123456789abcdef@customs.example>",
    first_attempt_at=MOMENT,
    accepted_at=MOMENT,
    last_reply=Reply(250, "2.0.0", "Ok: queued as 4F1"),
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
        return release_record(**{"prepared_at": MOMENT, "approved_at": MOMENT, **changes})

    return make
