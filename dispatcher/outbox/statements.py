"""What the journal does to deliveries and chains, as statements over many rows; the rules: states.TRANSITIONS."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from dispatcher.outbox.bulk import Bulk
from dispatcher.outbox.schema import attempt, chunk, delivery, release
from dispatcher.outbox.states import WAITING, DeliveryState, ReleaseState, sources_of, standing

if TYPE_CHECKING:
    from collections.abc import Sequence


def _grant(given: sa.CTE) -> sa.Executable:
    same_wording = sa.and_(delivery.c.wording == given.c.wording, delivery.c.dated_at.is_not(None))
    return (
        sa.update(delivery)
        .where(
            delivery.c.seq == given.c.seq,
            delivery.c.state.in_(WAITING),
            delivery.c.attempts == given.c.n - 1,
            delivery.c.chunk_id == given.c.chunk_id,
            chunk.c.id == given.c.chunk_id,
            chunk.c.lease_token == given.c.lease_token,
            chunk.c.lease_owner.is_not(None),
            release.c.id == delivery.c.release_id,
            release.c.state == ReleaseState.SENDING,
        )
        .values(
            state=DeliveryState.ATTEMPTING,
            attempts=given.c.n,
            # the Date field is fixed at the first intent of a wording, so that every try sends the same octets
            dated_at=sa.case((same_wording, delivery.c.dated_at), else_=given.c.started_at),
            wording=given.c.wording,
            first_attempt_at=sa.func.coalesce(delivery.c.first_attempt_at, given.c.started_at),
            next_at=None,
        )
        .returning(delivery.c.seq)
    )


GRANT = Bulk(
    [
        delivery.c.seq,
        attempt.c.n,
        delivery.c.chunk_id,
        chunk.c.lease_token,
        delivery.c.wording,
        attempt.c.started_at,
    ],
    _grant,
)
"""Begin attempt n of deliveries that wait for it in a chunk that is leased so; returns the seq of each."""


def _count_attempt(given: sa.CTE) -> sa.Executable:
    return (
        sa.update(delivery)
        .where(delivery.c.seq == given.c.seq, delivery.c.attempts == given.c.n - 1)
        .values(
            attempts=given.c.n,
            first_attempt_at=sa.func.coalesce(delivery.c.first_attempt_at, given.c.started_at),
        )
        .returning(delivery.c.seq)
    )


COUNT_ATTEMPT = Bulk([delivery.c.seq, attempt.c.n, attempt.c.started_at], _count_attempt)
"""Count attempt n, which was refused before its intent; returns the seq of each whose next one it is."""


def _end_attempt(state: DeliveryState) -> Bulk:
    def build(given: sa.CTE) -> sa.Executable:
        return (
            sa.update(delivery)
            .where(
                delivery.c.seq == given.c.seq,
                delivery.c.attempts == given.c.n,
                delivery.c.state.in_(sources_of(state)),
            )
            .values(
                **standing(state),
                accepted_at=given.c.accepted_at,
                next_at=given.c.next_at,
                last_code=given.c.last_code,
                last_enhanced=given.c.last_enhanced,
                last_reply=given.c.last_reply,
                detail=given.c.detail,
                **({"chunk_id": None} if state in WAITING else {}),  # the others leave the index of chunks alone
            )
        )

    of_delivery: Sequence[sa.Column[object]] = [
        delivery.c[name]
        for name in ("accepted_at", "next_at", "last_code", "last_enhanced", "last_reply", "detail")
    ]
    return Bulk([delivery.c.seq, attempt.c.n, *of_delivery], build)


END_ATTEMPT = {state: _end_attempt(state) for state in DeliveryState}
"""End the latest attempt of deliveries in a state, where the table allows it."""


def _rule(state: DeliveryState) -> Bulk:
    def build(given: sa.CTE) -> sa.Executable:
        return (
            sa.update(delivery)
            .where(delivery.c.seq == given.c.seq, delivery.c.state.in_(sources_of(state)))
            .values(**standing(state), detail=given.c.detail, chunk_id=None, next_at=None)
            .returning(delivery.c.seq)
        )

    return Bulk([delivery.c.seq, delivery.c.detail], build)


RULE = {state: _rule(state) for state in DeliveryState}
"""Bring waiting deliveries into a state, where the table allows it; returns the seq of each."""


def appending(table: sa.Table, names: Sequence[str]) -> Bulk:
    """Return the statement that adds rows of the columns `names` to an append-only table."""
    columns = [table.c[name] for name in names]

    def build(given: sa.CTE) -> sa.Executable:
        return sa.insert(table).from_select(list(names), sa.select(*(given.c[name] for name in names)))

    return Bulk(columns, build)
