"""Rows of the store as records. Pure."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from dispatcher.messages.drafting import message_id
from dispatcher.model import DoubtPolicy, LatePolicy, Part, Reply, Signature, Stage, Wording
from dispatcher.outbox.follow_ups import thawed_life
from dispatcher.outbox.officers import signatory_from
from dispatcher.outbox.records import AttemptRecord, DeliveryRecord, DocumentRecord, ReleaseRecord
from dispatcher.outbox.states import DeliveryState, ReleaseState

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def release_record(row: Mapping[str, Any], prepared: str) -> ReleaseRecord:
    """Return the record of a row of release with number, revision and act of its issue.

    `prepared` is the data of the event that it was prepared.
    """
    document = _document(row)
    return ReleaseRecord(
        id=row["id"],
        number=row["number"],
        slug=row["slug"],
        revision=row["revision"],
        act=row["act"],
        state=ReleaseState(row["state"]),
        content_hash=row["content_hash"],
        made_by=row["made_by"],
        prepared_at=moment(row["prepared_at"]),
        approved_by=row["approved_by"],
        approved_at=optional(row["approved_at"]),
        effective_at=moment(row["effective_at"]),
        notify_before=moment(row["notify_before"]),
        useful_until=optional(row["useful_until"]),
        late_policy=LatePolicy(row["late_policy"]),
        cutoff=moment(row["cutoff"]),
        late_reason=row["late_reason"],
        doubt_policy=DoubtPolicy(row["doubt_policy"]),
        document=document,
        signatory=signatory_from(prepared, document),
        life=thawed_life(row["follow_ups"]),
        derived_from=row["derived_from"],
        send_at=optional(row["send_at"]),
        relation=row["relation"],
        target=row["target"],
        paused_from=ReleaseState(row["paused_from"]) if row["paused_from"] else None,
        asked=row["asked"],
    )


def _document(row: Mapping[str, Any]) -> DocumentRecord | None:
    if row["document_hash"] is None:
        return None
    told = json.loads(row["document_signature"]) if row["document_signature"] else None
    signature = Signature(**(told | {"signed_at": datetime.fromisoformat(told["signed_at"])})) if told else None
    return DocumentRecord(file_name=row["document_name"], sha256=row["document_hash"], signature=signature)


def delivery_record(row: Sequence[Any]) -> DeliveryRecord:
    """Return the record of a row of reading.deliveries."""
    identity, release_id, address, told, state, attempts, chosen, next_at, *rest = row
    first_attempt_at, accepted_at, code, enhanced, reply, detail, domain, act, acknowledgement = rest
    recipient = json.loads(told)
    wording = Wording(chosen) if chosen else None
    delivery_id = identity.hex()
    return DeliveryRecord(
        id=delivery_id,
        release_id=release_id,
        act=act,
        address=address,
        audiences=tuple(recipient["audiences"]),
        places=tuple(recipient["places"]),
        designation=recipient["designation"],
        organisation=recipient["organisation"],
        phone=recipient["phone"],
        language=recipient["language"],
        part=Part(recipient["part"]),
        state=DeliveryState(state),
        attempts=attempts,
        wording=wording,
        message_id=f"<{message_id(delivery_id, domain, wording or Wording.ORIGINAL)}>",
        next_at=optional(next_at),
        first_attempt_at=optional(first_attempt_at),
        accepted_at=optional(accepted_at),
        last_reply=_reply(code, enhanced, reply),
        detail=detail or "",
        **how_and_when(acknowledgement),
    )


def attempt_record(row: Sequence[Any]) -> AttemptRecord:
    """Return the record of a row of reading.attempts."""
    identity, address, n, started_at, relay, finished_at, stage, state, code, enhanced, reply, detail = row
    return AttemptRecord(
        delivery_id=identity.hex(),
        address=address,
        n=n,
        started_at=moment(started_at),
        finished_at=optional(finished_at),
        relay=relay,
        stage=Stage(stage) if stage else None,
        state=DeliveryState(state) if state else None,
        reply=_reply(code, enhanced, reply),
        detail=detail or "",
    )


def how_and_when(data: str | None) -> Mapping[str, Any]:
    """Return what a DeliveryRecord says of its acknowledgement, from the data of the event; nothing for None."""
    if data is None:
        return {}
    told = json.loads(data)
    return {"acknowledged_how": told["how"], "acknowledged_at": moment(told["received_at"])}


def _reply(code: int | None, enhanced: str | None, text: str | None) -> Reply | None:
    return None if code is None else Reply(code, enhanced or "", text or "")


def moment(seconds: float) -> datetime:
    """Return an instant of the store, in UTC."""
    return datetime.fromtimestamp(seconds, UTC)


def optional(seconds: float | None) -> datetime | None:
    """Return an instant of the store, in UTC; None for none."""
    return None if seconds is None else moment(seconds)
