"""The register's lines: what the outbox knows of a delivery or an attempt, as an office reads it."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from dispatcher.moments import iso, moment
from dispatcher.outbox.states import DeliveryState
from dispatcher.register.onward_sentences import onward_told
from dispatcher.register.spoken import spoken
from dispatcher.words import catalog

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import tzinfo

    from dispatcher.model import Localized
    from dispatcher.outbox.onward_rules import OnwardStanding
    from dispatcher.outbox.records import AttemptRecord, DeliveryRecord, WebsiteStanding

JOINT = "; "


class RegisterRow(NamedTuple):
    """One delivery; the fields are the columns of `report`, in order. None is an empty cell."""

    audience: str
    place: str
    designation: str
    address: str
    language: str
    state: DeliveryState
    attempts: int
    last_code: int | None
    last_enhanced: str | None
    last_reply: str | None
    """The relay's words; where it gave none, why the delivery stands where it stands."""
    first_attempt_at: str | None
    accepted_at: str | None
    message_id: str
    delivery_id: str
    act: str
    """What the message does: original, in_effect, corrigendum, reminder-1, ..."""
    acknowledged_at: str | None
    acknowledged_how: str | None
    onward: str | None = None
    """At the delivery to who passes the advisory on: what came back, in both languages; below its numbers."""
    onward_couriers: int | None = None
    onward_informed: int | None = None
    onward_failed: int | None = None
    onward_open: int | None = None
    onward_last_at: str | None = None


class AttemptRow(NamedTuple):
    """One SMTP transaction; the fields are the columns of the attempts log, in order."""

    address: str
    n: int
    started_at: str | None
    finished_at: str | None
    relay: str
    stage: str | None
    state: DeliveryState | None
    code: int | None
    enhanced: str | None
    reply: str | None
    delivery_id: str


class UntoldRow(NamedTuple):
    """One office that nobody told yet; the fields are the columns of the telephone list, in order."""

    audience: str
    place: str
    designation: str
    organisation: str
    phone: str
    address: str
    state: DeliveryState
    attempts: int
    last_reply: str | None
    """The relay's words; where it gave none, why the delivery stands where it stands."""
    next_at: str | None
    """When it is tried again, as a person reads it; empty where that is not known, or at once."""


COLUMNS = RegisterRow._fields
ATTEMPT_COLUMNS = AttemptRow._fields
UNTOLD_COLUMNS = UntoldRow._fields


def register_rows(
    deliveries: Iterable[DeliveryRecord],
    *,
    zone: tzinfo,
    onward: Mapping[str, OnwardStanding] = MappingProxyType({}),
) -> Iterator[RegisterRow]:
    """Yield a line for each delivery, in the order given; times in ISO 8601 with the offset of `zone`.

    `onward`: delivery to who passes the advisory on -> where that stands.
    """
    for delivery in deliveries:
        reply = delivery.last_reply
        row = RegisterRow(
            audience=JOINT.join(delivery.audiences),
            place=JOINT.join(delivery.places),
            designation=bilingual(delivery.designation),
            address=delivery.address,
            language=delivery.language,
            state=delivery.state,
            attempts=delivery.attempts,
            last_code=reply.code if reply else None,
            last_enhanced=(reply.enhanced or None) if reply else None,
            last_reply=(reply.text if reply else delivery.detail) or None,
            first_attempt_at=iso(delivery.first_attempt_at, zone),
            accepted_at=iso(delivery.accepted_at, zone),
            message_id=delivery.message_id,
            delivery_id=delivery.id,
            act=delivery.act,
            acknowledged_at=iso(delivery.acknowledged_at, zone),
            acknowledged_how=delivery.acknowledged_how,
        )
        yield _with_return(row, onward[delivery.id], zone) if delivery.id in onward else row


def _with_return(row: RegisterRow, standing: OnwardStanding, zone: tzinfo) -> RegisterRow:
    """Return the line of a mediator with what came back; without `now` nothing in it is untrue tomorrow."""
    told = standing.returned
    row = row._replace(onward=bilingual(onward_told(standing, now=None, zone=zone, with_revision=True)))
    if told is None:
        return row
    return row._replace(
        onward_couriers=told.couriers,
        onward_informed=told.informed,
        onward_failed=told.failed,
        onward_open=told.open,
        onward_last_at=iso(told.last_at, zone),
    )


def attempt_rows(attempts: Iterable[AttemptRecord], *, zone: tzinfo) -> Iterator[AttemptRow]:
    """Yield a line for each attempt, in the order given; times as in the register."""
    for attempt in attempts:
        reply = attempt.reply
        yield AttemptRow(
            address=attempt.address,
            n=attempt.n,
            started_at=iso(attempt.started_at, zone),
            finished_at=iso(attempt.finished_at, zone),
            relay=attempt.relay,
            stage=attempt.stage,
            state=attempt.state,
            code=reply.code if reply else None,
            enhanced=(reply.enhanced or None) if reply else None,
            reply=(reply.text if reply else attempt.detail) or None,
            delivery_id=attempt.delivery_id,
        )


def untold_rows(deliveries: Iterable[DeliveryRecord], *, zone: tzinfo) -> Iterator[UntoldRow]:
    """Yield a line of the telephone list for each delivery, in the order given."""
    for one in deliveries:
        yield UntoldRow(
            audience=JOINT.join(one.audiences),
            place=JOINT.join(one.places),
            designation=bilingual(one.designation),
            organisation=bilingual(one.organisation),
            phone=one.phone,
            address=one.address,
            state=one.state,
            attempts=one.attempts,
            last_reply=(str(one.last_reply) if one.last_reply else one.detail) or None,
            next_at=moment(one.next_at, zone) if one.next_at and one.state is DeliveryState.DEFERRED else None,
        )


def published(found: WebsiteStanding, *, zone: tzinfo) -> str:
    """Return whether the advisory was found on the website as released, in both languages."""
    words = catalog("register")["website"]["confirmed" if found.is_confirmed else "differs"]
    facts = {"at": found.at, "languages": ", ".join((*found.differing, *found.unseen))}
    return bilingual(
        {language: spoken(text, facts, language=language, zone=zone) for language, text in words.items()}
    )


def bilingual(text: Localized) -> str:
    """Return a short text in both languages, Hindi first; once where both say the same."""
    both = (text.get("hi", ""), text.get("en", ""))
    return " / ".join(dict.fromkeys(part for part in both if part))


def remark_line(remarks: Iterable[str]) -> str:
    """Return what a register says of officers that are one person, in both languages; empty for nothing."""
    words = catalog("register")["remarks"]
    return JOINT.join(bilingual(words[one]) for one in remarks)
