"""Acknowledgement of receipt: that an office said it knows. An event of its delivery, in the release's chain.

Who records it, how it came and when stand in the event. The first of a delivery counts, until it is taken back:
that is an event too, by which none before it counts any more.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum
from typing import TYPE_CHECKING, Any, NamedTuple

import sqlalchemy as sa

from dispatcher.errors import Refused, UsageError
from dispatcher.model import Part
from dispatcher.outbox.ledger import Ledger
from dispatcher.outbox.record_rows import moment
from dispatcher.outbox.schema import delivery, event, issue, release
from dispatcher.outbox.states import DeliveryState

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from dispatcher.outbox.database import Database

KIND = "acknowledged"
"""The event's kind."""
TAKEN_BACK = "acknowledgement_taken_back"
"""The kind of the event by which no acknowledgement of its delivery before it counts."""
_KIND: sa.ColumnElement[str] = sa.literal_column(f"'{KIND}'")
"""A database takes the partial index only where the query says its condition in its own words."""
_READ_ALIKE = 2000
"""So many addresses are looked through for one that resembles a misspelt one."""


class How(StrEnum):
    """How an office acknowledges."""

    REPLY = "reply"
    PHONE = "phone"
    LETTER = "letter"


class Acknowledgement(NamedTuple):
    """That an office said it knows: of which delivery, how, when, and which officer recorded it."""

    seq: int
    address: str
    how: How
    received_at: datetime
    note: str
    by: str
    earlier: bool = False
    """Whether it stood in the record already, and nothing was written."""
    state: DeliveryState | None = None
    """Where the delivery stands; only of what was asked for just now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What an officer has to record: how and when an office acknowledged."""

    how: How
    received_at: datetime
    note: str = ""
    message_id: str = ""
    """Of the reply, where a machine read it."""

    @property
    def data(self) -> Mapping[str, Any]:
        """The data of the event; the time in seconds since 1970."""
        found = {"how": self.how, "received_at": self.received_at.timestamp(), "note": self.note}
        return found | ({"message_id": self.message_id} if self.message_id else {})


_ACKNOWLEDGEABLE = frozenset(
    {DeliveryState.ACCEPTED, DeliveryState.DELIVERED, DeliveryState.BOUNCED, DeliveryState.IN_DOUBT}
)
"""Of these the office may have the message. Any other office can only have been told by telephone."""


def acknowledge(
    database: Database, release_ids: Sequence[int], addresses: Sequence[str], said: Said, *, by: str, now: datetime
) -> list[Acknowledgement]:
    """Record what was said for each address, all of them or none; return what now counts for each.

    It is of the newest delivery to the address that the office may have. One that has an acknowledgement already
    keeps it, and nothing is written. Raises UsageError for an address that is not of the advisory, Refused where
    the office cannot have the message.
    """
    if said.received_at > now:
        raise Refused("an acknowledgement cannot be of a time to come; --at says when it was received")
    ledger, done, faults = Ledger(), [], []
    with database.writing() as connection:
        deliveries = _deliveries_to(connection, release_ids, addresses)
        for key, address in {one.casefold(): one for one in addresses}.items():
            found = deliveries.get(key)
            if not found:
                raise UsageError(_unknown(connection, release_ids, address))
            chosen = _chosen(found, said)
            if chosen is None:
                faults.append(_never_accepted(found[0]))
                continue
            (known,) = acknowledged(connection, [chosen.release_id], seq=chosen.seq).values() or (None,)
            if known is None:
                ledger.event(chosen.release_id, KIND, at=now.timestamp(), actor=by, data=said.data, seq=chosen.seq)
            done.append(_counting(chosen, known, said, by))
        if faults:
            raise Refused("\n".join(faults))
        ledger.append(connection, at=now.timestamp())
    return done


def take_back(
    database: Database,
    release_ids: Sequence[int],
    addresses: Sequence[str],
    *,
    reason: str,
    by: str,
    now: datetime,
) -> list[Acknowledgement]:
    """Take back what was recorded for each address, of all of them or none; return what counts no more.

    It is of the newest delivery to the address that has one. Raises UsageError for an address that is not of the
    advisory, Refused where nothing is recorded.
    """
    ledger, done, faults = Ledger(), [], []
    with database.writing() as connection:
        deliveries = _deliveries_to(connection, release_ids, addresses)
        recorded = acknowledged(connection, release_ids)
        for key, address in {one.casefold(): one for one in addresses}.items():
            found = deliveries.get(key)
            if not found:
                raise UsageError(_unknown(connection, release_ids, address))
            chosen = next((one for one in found if one.seq in recorded), None)
            if chosen is None:
                faults.append(f"{found[0].address}: no acknowledgement is recorded, so there is none to take back")
                continue
            data = {"reason": reason}
            ledger.event(chosen.release_id, TAKEN_BACK, at=now.timestamp(), actor=by, data=data, seq=chosen.seq)
            done.append(recorded[chosen.seq]._replace(state=chosen.state))
        if faults:
            raise Refused("\n".join(faults))
        ledger.append(connection, at=now.timestamp())
    return done


def acknowledged(
    connection: sa.Connection, release_ids: Sequence[int], *, seq: int | None = None
) -> dict[int, Acknowledgement]:
    """Return the acknowledgement that counts of each of the releases' deliveries (of one), by delivery."""
    wanted = (
        sa.select(event.c.seq, delivery.c.address, event.c.data, event.c.actor)
        .join(delivery, delivery.c.seq == event.c.seq)
        .where(stands(event), event.c.release_id.in_(release_ids))
        .order_by(event.c.id.desc())
    )
    if seq is not None:
        wanted = wanted.where(event.c.seq == seq)
    return {row.seq: _read(row.seq, row.address, row.data, row.actor) for row in connection.execute(wanted)}


def acknowledged_count(connection: sa.Connection, release_id: int) -> int:
    """Return how many recipients of a release acknowledged; those told for information are not asked, nor counted.

    It may have been its reminder that they acknowledged, or another message of the same revision.
    """
    told = sa.select(delivery.c.recipient).where(
        delivery.c.release_id == release_id, sa.func.lower(delivery.c.address).in_(_acknowledging(release_id))
    )
    return sum(json.loads(one)["part"] == Part.TO for one in connection.execute(told).scalars())


def acknowledged_by(connection: sa.Connection, release_id: int) -> frozenset[str]:
    """Return the addresses, casefolded, that acknowledged a message of the revision that a release is of.

    Who acknowledged the revision before has not acknowledged what corrects it.
    """
    found = connection.execute(_acknowledging(release_id)).scalars()
    return frozenset(address.casefold() for address in found)


def _acknowledging(release_id: int) -> sa.Select[str]:
    """Return, in small letters, the addresses that acknowledged a message of the revision that a release is of."""
    own = sa.select(issue.c.number, issue.c.revision).join(release, release.c.issue_id == issue.c.id)
    revision = own.where(release.c.id == release_id).subquery()
    same = sa.and_(issue.c.number == revision.c.number, issue.c.revision == revision.c.revision)
    return (
        sa.select(sa.func.lower(delivery.c.address))
        .join(event, event.c.seq == delivery.c.seq)
        .join(release, release.c.id == delivery.c.release_id)
        .join(issue, issue.c.id == release.c.issue_id)
        .join(revision, same)
        .where(stands(event))
    )


def stands(one: sa.FromClause) -> sa.ColumnElement[bool]:
    """Return the condition that a row of the events is an acknowledgement that nobody took back.

    What was taken back is gathered once for a query, so that each line of a register need not look for it.
    """
    said, back = event.alias("said"), event.alias("taken_back")
    after = sa.and_(back.c.seq == said.c.seq, back.c.id > said.c.id)
    gone = sa.select(said.c.id).join(back, after).where(said.c.kind == _KIND, back.c.kind == TAKEN_BACK)
    return sa.and_(one.c.kind == _KIND, one.c.id.not_in(gone))


def first_of(seq: sa.ColumnElement[int]) -> sa.ScalarSelect[int]:
    """Return the id of the event that counts for a delivery, for a join."""
    one = event.alias("acknowledgement")
    return sa.select(sa.func.min(one.c.id)).where(one.c.seq == seq, stands(one)).scalar_subquery()


def is_acknowledged(seq: sa.ColumnElement[int]) -> sa.ColumnElement[bool]:
    """Return the condition that a delivery is acknowledged: its office knows, whatever the relay said."""
    one = event.alias("acknowledgement")
    return sa.exists(sa.select(one.c.id).where(one.c.seq == seq, stands(one)))


class _To(NamedTuple):
    """A delivery to an address."""

    seq: int
    release_id: int
    address: str
    state: DeliveryState
    first_attempt_at: float | None


def _deliveries_to(
    connection: sa.Connection, release_ids: Sequence[int], addresses: Sequence[str]
) -> dict[str, list[_To]]:
    """Return the deliveries to each address, casefolded, the newest first."""
    columns = (delivery.c.seq, delivery.c.release_id, delivery.c.address, delivery.c.state)
    wanted = sa.select(*columns, delivery.c.first_attempt_at).where(
        delivery.c.release_id.in_(release_ids),
        sa.func.lower(delivery.c.address).in_([sa.func.lower(one) for one in addresses]),
    )
    found: dict[str, list[_To]] = {}
    for seq, release_id, to, state, at in connection.execute(wanted.order_by(delivery.c.seq.desc())):
        found.setdefault(to.casefold(), []).append(_To(seq, release_id, to, DeliveryState(state), at))
    return found


def _chosen(found: Sequence[_To], said: Said) -> _To | None:
    """Return the delivery that is acknowledged: the newest that the office may have had by then.

    By telephone an office can be told what never reached it.
    """
    at = said.received_at.timestamp()
    for one in found:
        if one.state in _ACKNOWLEDGEABLE and (one.first_attempt_at or 0) <= at:
            return one
    return found[0] if said.how is How.PHONE else None


def _counting(chosen: _To, known: Acknowledgement | None, said: Said, by: str) -> Acknowledgement:
    if known is not None:
        return known._replace(earlier=True, state=chosen.state)
    return Acknowledgement(
        chosen.seq, chosen.address, said.how, said.received_at, said.note, by, state=chosen.state
    )


def _never_accepted(newest: _To) -> str:
    if newest.state in _ACKNOWLEDGEABLE:
        return f"{newest.address}: it was not handed over yet at that time; --at says when the office acknowledged"
    return (
        f"{newest.address}: its delivery is {newest.state}, so no message can have reached it; where the office "
        "was told by telephone, say --how phone"
    )


def _unknown(connection: sa.Connection, release_ids: Sequence[int], address: str) -> str:
    """Return that nobody of this address is told, with the addresses that resemble it."""
    near = get_close_matches(address.lower(), _resembling(connection, release_ids, address), n=3)
    meant = f"did you mean {' or '.join(near)}?" if near else "`dispatcher report` lists the addresses"
    return f"{address} is no address of this advisory; nothing was recorded. {meant[0].upper()}{meant[1:]}"


def _resembling(connection: sa.Connection, release_ids: Sequence[int], address: str) -> Iterator[str]:
    """Yield addresses of the releases that share a side of the @ with this one."""
    local, _, domain = address.lower().partition("@")
    lowered = sa.func.lower(delivery.c.address)
    alike = sa.or_(
        lowered.startswith(f"{local}@", autoescape=True), lowered.endswith(f"@{domain}", autoescape=True)
    )
    wanted = sa.select(lowered).where(delivery.c.release_id.in_(release_ids), alike).limit(_READ_ALIKE)
    yield from connection.execute(wanted.distinct()).scalars()


def _read(seq: int, address: str, data: str, actor: str) -> Acknowledgement:
    told = json.loads(data)
    how, received_at = How(told["how"]), moment(told["received_at"])
    return Acknowledgement(seq, address, how, received_at, told.get("note", ""), actor)
