"""The outbox read: releases, deliveries and attempts as records, and what a sender needs of a chunk."""

from __future__ import annotations

import json
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Any, NamedTuple
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from dispatcher.messages.composing import thaw
from dispatcher.model import LatePolicy, Wording
from dispatcher.outbox.acknowledging import first_of, is_acknowledged
from dispatcher.outbox.record_rows import attempt_record, delivery_record, moment, optional, release_record
from dispatcher.outbox.records import AttemptRecord, DeliveryRecord, ReleaseRecord, Tally
from dispatcher.outbox.schedule import Clocks
from dispatcher.outbox.schema import attempt, delivery, event, frame, issue, octets, outcome, release, stands_in
from dispatcher.outbox.states import UNTOLD, WAITING, DeliveryState, ReleaseState

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence
    from datetime import datetime

    from dispatcher.messages.composing import Frame

_STREAM: Mapping[str, Any] = {"yield_per": 2000}
"""Rows come as they are asked for, so many at a time, however many there are."""
_NEWEST = 5000
"""So many outcomes are looked through to see how fast the relay is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dispatch:
    """What a sender must know of a release: clocks, envelope and the frames of its messages."""

    release_id: int
    number: str
    clocks: Clocks
    """As the schedule must see them: an officer's leave to go late lifts a policy that drops or holds."""
    cutoff: datetime
    envelope_from: str
    domain: str
    zone: ZoneInfo
    frames: Mapping[tuple[int, Wording], Frame]


class Waiting(NamedTuple):
    """A delivery of a leased chunk, ready to be composed and handed over."""

    seq: int
    id: str
    rank: int
    variant: int
    address: str
    smtputf8: bool
    audiences: Sequence[str]
    lines: Mapping[str, Sequence[str]]
    hashes: Mapping[Wording, bytes]
    attempts: int
    wording: Wording | None
    keeps_wording: bool
    """An earlier try is uncertain: the same message goes again, or none."""
    dated_at: datetime | None
    next_at: float
    """Seconds since 1970."""
    references: Sequence[str] = ()
    """Message identifiers of what it belongs to, where they are its own."""


def releases(connection: sa.Connection, *, slug: str | None = None) -> list[ReleaseRecord]:
    """Return the releases (of one advisory) that are past `preparing`, oldest first."""
    wanted = sa.select(release, issue).join(issue).where(release.c.state != ReleaseState.PREPARING)
    if slug is not None:
        wanted = wanted.where(release.c.slug == slug)
    rows = connection.execute(_labelled(wanted).order_by(release.c.id)).mappings().all()
    told = _prepared(connection, slug)
    return [release_record(dict(row), told.get(row["derived_from"] or row["id"], "")) for row in rows]


def _prepared(connection: sa.Connection, slug: str | None) -> dict[int, str]:
    """Return the data of the event that each release was prepared, which is in the first link of its chain."""
    first = sa.select(event.c.release_id, event.c.data).join(release, release.c.id == event.c.release_id)
    wanted = first.where(event.c.link == 1, event.c.kind == "prepared")
    if slug is not None:
        wanted = wanted.where(release.c.slug == slug)
    return {row.release_id: row.data for row in connection.execute(wanted)}


def releases_of_address(connection: sa.Connection, address: str) -> frozenset[int]:
    """Return the releases that hold a delivery to an address; case does not matter."""
    same = sa.select(delivery.c.release_id).where(sa.func.lower(delivery.c.address) == sa.func.lower(address))
    return frozenset(connection.execute(same).scalars())


def state_counts(connection: sa.Connection, release_ids: Sequence[int]) -> dict[DeliveryState, int]:
    """Return how many deliveries of the releases stand in each state that occurs.

    Those that are accepted are what is left of all: to count them would be to read them.
    """
    counted = sa.select(delivery.c.state, sa.func.count()).where(
        delivery.c.release_id.in_(release_ids), stands_in(frozenset(DeliveryState) - {DeliveryState.ACCEPTED})
    )
    found = {
        DeliveryState(state): count for state, count in connection.execute(counted.group_by(delivery.c.state))
    }
    found[DeliveryState.ACCEPTED] = delivery_count(connection, release_ids) - sum(found.values())
    return {state: found[state] for state in DeliveryState if found.get(state)}


def deferred_counts(connection: sa.Connection, release_id: int) -> list[tuple[datetime, int]]:
    """Return when deferred deliveries of a release fall due, and how many: a last moment for each minute."""
    minute = sa.cast(delivery.c.next_at / 60, sa.Integer)
    counted = sa.select(sa.func.max(delivery.c.next_at), sa.func.count()).where(
        delivery.c.release_id == release_id,
        stands_in({DeliveryState.DEFERRED}),
        delivery.c.next_at.is_not(None),
    )
    return [(moment(at), count) for at, count in connection.execute(counted.group_by(minute).order_by(minute))]


def newest_acceptances(connection: sa.Connection, release_ids: Sequence[int]) -> list[datetime]:
    """Return when the newest deliveries of the releases were accepted, found among the newest outcomes of all."""
    newest = sa.select(sa.func.max(outcome.c.id)).scalar_subquery()
    accepted = sa.select(outcome.c.at).where(
        outcome.c.id > newest - _NEWEST,
        outcome.c.release_id.in_(release_ids),
        outcome.c.state == DeliveryState.ACCEPTED,
    )
    return [moment(at) for at in connection.execute(accepted).scalars()]


def next_due(connection: sa.Connection, release_ids: Sequence[int]) -> datetime | None:
    """Return the earliest moment at which a delivery of the releases is due; None when none waits."""
    each = [
        sa.select(sa.func.min(delivery.c.next_at)).where(delivery.c.release_id == one, stands_in({state}))
        for one in release_ids
        for state in WAITING
    ]
    found = [at for wanted in each if (at := connection.execute(wanted).scalar()) is not None]
    return moment(min(found)) if found else None


def delivery_count(connection: sa.Connection, release_ids: Sequence[int]) -> int:
    """Return how many deliveries the releases hold, without reading them."""
    held = sa.select(sa.func.coalesce(sa.func.sum(release.c.deliveries), 0)).where(release.c.id.in_(release_ids))
    return int(connection.execute(held).scalar_one())


def attempt_count(connection: sa.Connection, release_ids: Sequence[int]) -> int:
    """Return how many attempts were made in the releases."""
    counted = sa.select(sa.func.count()).select_from(attempt).where(attempt.c.release_id.in_(release_ids))
    return connection.execute(counted).scalar_one()


def tallies(connection: sa.Connection, release_ids: Sequence[int]) -> list[Tally]:
    """Return how many deliveries of the releases stand in which state, for each set of audiences as first seen.

    Of an address that an act was prepared for several times, the newest delivery counts.
    """
    first = sa.func.min(delivery.c.seq)
    columns = (delivery.c.state, sa.func.count(), first)
    times = (sa.func.min(delivery.c.first_attempt_at), sa.func.max(delivery.c.accepted_at))
    counted = connection.execute(
        sa.select(*columns, *times)
        .where(delivery.c.release_id.in_(release_ids), *_newest(release_ids))
        .group_by(delivery.c.release_id, delivery.c.variant, delivery.c.state)  # a variant has its audiences
        .order_by(first)
    ).all()
    named = sa.select(delivery.c.seq, delivery.c.recipient).where(delivery.c.seq.in_([row[2] for row in counted]))
    audiences = {seq: tuple(json.loads(told)["audiences"]) for seq, told in connection.execute(named)}
    return [
        Tally(audiences[seq], DeliveryState(state), count, optional(tried_at), optional(accepted_at))
        for state, count, seq, tried_at, accepted_at in counted
    ]


def _newest(release_ids: Sequence[int]) -> Iterator[sa.ColumnElement[bool]]:
    """Yield the condition that a delivery is the newest of its act to its address; of one release each is."""
    if len(release_ids) > 1:
        newest = sa.select(sa.func.max(delivery.c.seq)).where(delivery.c.release_id.in_(release_ids))
        yield delivery.c.seq.in_(newest.group_by(delivery.c.issue_id, sa.func.lower(delivery.c.address)))


def acceptance_times(connection: sa.Connection) -> dict[int, tuple[datetime, datetime]]:
    """Return when the first and the last delivery of each release was accepted, where any was."""
    times = (sa.func.min(delivery.c.accepted_at), sa.func.max(delivery.c.accepted_at))
    accepted = sa.select(delivery.c.release_id, *times).where(delivery.c.accepted_at.is_not(None))
    rows = connection.execute(accepted.group_by(delivery.c.release_id))
    return {release_id: (moment(first), moment(last)) for release_id, first, last in rows}


def deliveries(
    connection: sa.Connection,
    release_ids: Sequence[int],
    *,
    states: Collection[DeliveryState] | None = None,
    newest: bool = False,
    limit: int | None = None,
) -> Iterator[DeliveryRecord]:
    """Yield the deliveries of the releases (in `states`; the first `limit`) in the order of their freezing.

    They are read as they are asked for. `newest`: only those that `tallies` counts.
    """
    wanted = _DELIVERIES.where(delivery.c.release_id.in_(release_ids)).order_by(delivery.c.seq).limit(limit)
    if states is not None:
        wanted = wanted.where(stands_in(states))
    if newest:
        wanted = wanted.where(*_newest(release_ids))
    for row in connection.execute(wanted, execution_options=_STREAM):
        yield delivery_record(tuple(row))


def begun(rows: Iterator[DeliveryRecord]) -> Iterator[DeliveryRecord] | None:
    """Return the rows, the first of them read, so that all are as of now; None where there is none."""
    first = next(rows, None)
    return None if first is None else chain([first], rows)


def untold(connection: sa.Connection, release_ids: Sequence[int]) -> list[DeliveryRecord]:
    """Return what each_untold yields."""
    return list(each_untold(connection, release_ids))


def each_untold(connection: sa.Connection, release_ids: Sequence[int]) -> Iterator[DeliveryRecord]:
    """Yield the deliveries of the releases that nobody took over yet: mediators first, then as they were frozen.

    What an officer cancelled is not among them, nor who acknowledged, such as by telephone. Of an address in
    several releases the newest delivery counts.
    """
    left = (stands_in(UNTOLD), ~is_acknowledged(delivery.c.seq))
    of_releases = _DELIVERIES.where(delivery.c.release_id.in_(release_ids), *left)
    wanted = of_releases.order_by(delivery.c.rank, delivery.c.seq)
    if len(release_ids) > 1:
        newest = sa.select(sa.func.max(delivery.c.seq)).where(delivery.c.release_id.in_(release_ids))
        wanted = wanted.where(delivery.c.seq.in_(newest.group_by(sa.func.lower(delivery.c.address))))
    for row in connection.execute(wanted, execution_options=_STREAM):
        yield delivery_record(tuple(row))


_DELIVERIES = (
    sa.select(
        *(
            delivery.c[name]
            for name in (
                "id", "release_id", "address", "recipient", "state", "attempts", "wording", "next_at",
                "first_attempt_at", "accepted_at", "last_code", "last_enhanced", "last_reply", "detail",
            )
        ),
        release.c.message_domain,
        issue.c.act,
        event.c.data,
    )
    .join(release, release.c.id == delivery.c.release_id)
    .join(issue, issue.c.id == release.c.issue_id)
    .outerjoin(event, event.c.id == first_of(delivery.c.seq))
)  # fmt: skip


def attempts(connection: sa.Connection, release_ids: Sequence[int]) -> Iterator[AttemptRecord]:
    """Yield the delivery log: every attempt with what is known of its outcome now, in order of time.

    They are read as they are asked for.
    """
    any_outcome = outcome.alias()
    newest = sa.select(sa.func.max(any_outcome.c.id)).where(
        any_outcome.c.seq == attempt.c.seq, any_outcome.c.n == attempt.c.n
    )
    wanted = (
        sa.select(delivery.c.id, delivery.c.address, attempt.c.n, attempt.c.started_at, attempt.c.relay)
        .add_columns(
            *(outcome.c[name] for name in ("at", "stage", "state", "code", "enhanced", "reply", "detail"))
        )
        .join(delivery, delivery.c.seq == attempt.c.seq)
        .outerjoin(outcome, outcome.c.id == newest.scalar_subquery())
        .where(attempt.c.release_id.in_(release_ids))
        .order_by(attempt.c.started_at, attempt.c.seq, attempt.c.n)
    )
    for row in connection.execute(wanted, execution_options=_STREAM):
        yield attempt_record(tuple(row))


def dispatch(connection: sa.Connection, release_id: int) -> Dispatch:
    """Return what a sender must know of a release, its frames thawed."""
    row = connection.execute(_labelled(sa.select(release, issue).join(issue).where(release.c.id == release_id)))
    head = row.mappings().one()
    of_wording = frame.c.wording.in_(tuple(Wording))  # the others are of what follows by itself (deriving.py)
    rows = connection.execute(sa.select(frame).where(frame.c.release_id == release_id, of_wording)).all()
    names = {name for one in rows for name in octet_names(one.layout)}
    contents = connection.execute(sa.select(octets.c.hash, octets.c.content).where(octets.c.hash.in_(names))).all()
    by_name = {one.hash: one.content for one in contents}
    return Dispatch(
        release_id=release_id,
        number=head["number"],
        clocks=Clocks(
            effective_at=moment(head["effective_at"]),
            notify_before=moment(head["notify_before"]),
            useful_until=optional(head["useful_until"]),
            window_end=optional(head["window_end"]),
            late_policy=_policy(head),
        ),
        cutoff=moment(head["cutoff"]),
        envelope_from=head["envelope_from"],
        domain=head["message_domain"],
        zone=ZoneInfo(head["time_zone"]),
        frames={(one.variant, Wording(one.wording)): thaw(one.layout, by_name) for one in rows},
    )


def waiting(connection: sa.Connection, chunk_id: int) -> list[Waiting]:
    """Return the deliveries of a chunk that still wait, in the order in which they go out."""
    return [_waiting(tuple(row)) for row in connection.execute(_OF_CHUNK, {"of_chunk": chunk_id})]


_OF_CHUNK = (
    sa.select(
        *(
            delivery.c[name]
            for name in (
                "seq", "id", "rank", "variant", "address", "smtputf8", "recipient", "original_hash",
                "in_effect_hash", "attempts", "wording", "keeps_wording", "dated_at", "next_at",
            )
        )
    )
    .where(delivery.c.chunk_id == sa.bindparam("of_chunk"), delivery.c.state.in_(WAITING))
    .order_by(delivery.c.rank, delivery.c.seq)
)  # fmt: skip


def _waiting(row: Sequence[Any]) -> Waiting:
    seq, identity, rank, variant, address, smtputf8, recipient, original, in_effect, attempts, *rest = row
    wording, keeps_wording, dated_at, next_at = rest
    told = json.loads(recipient)
    hashes = {Wording.ORIGINAL: original} | ({Wording.IN_EFFECT: in_effect} if in_effect else {})
    return Waiting(
        seq, identity.hex(), rank, variant, address, smtputf8, told["audiences"], told["lines"], hashes, attempts,
        Wording(wording) if wording else None, keeps_wording, optional(dated_at), next_at,
        told.get("references", ()),
    )  # fmt: skip


def _policy(head: sa.RowMapping) -> LatePolicy:
    policy = LatePolicy(head["late_policy"])
    stops = policy in {LatePolicy.DROP, LatePolicy.HOLD}
    return LatePolicy.SEND_MARKED if stops and head["late_reason"] is not None else policy


def _labelled(wanted: sa.Select[Any]) -> sa.Select[Any]:
    return wanted.with_only_columns(release, issue.c.number, issue.c.revision, issue.c.act)


def octet_names(layout: str) -> Iterator[str]:
    """Yield the names of the octets that a frame is made of."""
    for piece in json.loads(layout)["pieces"]:
        for segment in piece.get("text", [piece.get("plain")]):
            if isinstance(segment, str):
                yield segment
