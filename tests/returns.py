"""A kit as it was frozen with a release, a return for it as it came, and as it is recorded."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from dispatcher.outbox.onward_rules import IssuedKit, PassedOn, Returned, Seal, Told
from dispatcher.outbox.states import DeliveryState, ReleaseState
from dispatcher.publishing.returns import ReturnKeys, return_of
from tests.items import KOLKATA

NUMBER = "10/SYS/WZU/2025"
NOON = datetime(2025, 8, 13, 6, 30, tzinfo=UTC)
OUT_SINCE = NOON - timedelta(hours=15)
KIT = IssuedKit(
    release_id=1,
    revision=0,
    state=ReleaseState.DONE,
    text_hash="ab" * 32,
    kit_hash="cd" * 32,
    mediator="eici",
    notify_before=NOON - timedelta(hours=2),
    return_by=NOON - timedelta(hours=1),
)
TOLD = Told(
    number=NUMBER,
    revision=0,
    mediator={"hi": "ईआईसीआई", "en": "EICI"},
    release_hash=KIT.text_hash,
    kit_hash=KIT.kit_hash,
    informed=212,
    failed=2,
    open=0,
    last_at=NOON,
    compiled_at=NOON,
    seal=Seal.KEY,
    by_hand=None,
    digest="11" * 32,
)
DONE = PassedOn(
    number=NUMBER,
    revision=0,
    release_hash=KIT.text_hash,
    kit_hash=KIT.kit_hash,
    let_go=True,
    states={
        DeliveryState.ACCEPTED: 211,
        DeliveryState.DELIVERED: 1,
        DeliveryState.FAILED: 2,
        DeliveryState.EXPIRED: 1,
        DeliveryState.DEFERRED: 3,
    },
    first_accepted_at=NOON - timedelta(hours=1, minutes=45),
    last_accepted_at=NOON - timedelta(minutes=55),
)
RETURNED = Returned(
    release_id=1,
    recorded_at=NOON,
    couriers=214,
    informed=212,
    failed=2,
    open=0,
    last_at=NOON,
    compiled_at=NOON,
    digest="11" * 32,
    seal=Seal.KEY,
    signer=None,
    by_hand=None,
    late=False,
)


def return_keys(done: PassedOn = DONE, *, made_at: datetime = NOON) -> ReturnKeys:
    """Return the return that EICI makes for what became of the advisory, without a seal."""
    return return_of(done, mediator={"hi": "ईआईसीआई", "en": "EICI"}, now=made_at, zone=KOLKATA)
