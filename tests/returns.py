"""A kit as it was frozen with a release, a return for it as it came, and as it is recorded."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from dispatcher.outbox.onward_rules import IssuedKit, Returned, Told

NUMBER = "10/SYS/WZU/2025"
NOON = datetime(2025, 8, 13, 6, 30, tzinfo=UTC)
KIT = IssuedKit(
    release_id=1,
    text_hash="ab" * 32,
    kit_hash="cd" * 32,
    mediator="eici",
    notify_before=NOON - timedelta(hours=2),
    return_by=NOON - timedelta(hours=1),
)
TOLD = Told(
    number=NUMBER,
    release_hash=KIT.text_hash,
    kit_hash=KIT.kit_hash,
    informed=212,
    failed=2,
    open=0,
    last_at=NOON,
    compiled_at=NOON,
    sealed=True,
    by_hand=None,
    digest="11" * 32,
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
    sealed=True,
    by_hand=None,
    late=False,
)
