"""Deliveries counted in the store, by audiences and state: what became of an advisory, however many they are."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import sqlalchemy as sa

from dispatcher.outbox.records import Tally
from dispatcher.outbox.schema import delivery
from dispatcher.outbox.states import DeliveryState

if TYPE_CHECKING:
    from collections.abc import Sequence


def tallies(connection: sa.Connection, release_ids: Sequence[int]) -> list[Tally]:
    """Return how many deliveries of the releases stand in which state, for each set of audiences as first seen."""
    first = sa.func.min(delivery.c.seq)
    columns = (delivery.c.state, sa.func.count(), first)
    times = (sa.func.min(delivery.c.first_attempt_at), sa.func.max(delivery.c.accepted_at))
    counted = connection.execute(
        sa.select(*columns, *times)
        .where(delivery.c.release_id.in_(release_ids))
        .group_by(delivery.c.release_id, delivery.c.variant, delivery.c.state)  # a variant has its audiences
        .order_by(first)
    ).all()
    named = sa.select(delivery.c.seq, delivery.c.recipient).where(delivery.c.seq.in_([row[2] for row in counted]))
    audiences = {seq: tuple(json.loads(told)["audiences"]) for seq, told in connection.execute(named)}
    return [
        Tally(audiences[seq], DeliveryState(state), count, _moment(tried_at), _moment(accepted_at))
        for state, count, seq, tried_at, accepted_at in counted
    ]


def _moment(seconds: float | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)
