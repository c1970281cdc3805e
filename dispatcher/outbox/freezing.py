"""What `prepare` freezes, computed: variants, frames, deliveries and their hashes. Only the ids are random."""

from __future__ import annotations

import hashlib
import json
import secrets
from dataclasses import asdict
from functools import partial
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from dispatcher.messages.composing import freeze, message_hash
from dispatcher.messages.drafting import own_values, variant_of, wordings_of
from dispatcher.model import Part, Wording
from dispatcher.outbox.records import FrozenDelivery, FrozenFrame, Rank

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from dispatcher.messages.composing import Frame
    from dispatcher.messages.drafting import Draft, Variant
    from dispatcher.model import Recipient


compact = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
"""How what is frozen of a recipient is written."""


def frozen_deliveries(
    draft: Draft,
    recipients: Iterable[Recipient],
    *,
    variants: Mapping[Variant, int],
    frames: Mapping[tuple[int, Wording], Frame],
    references: Mapping[str, Sequence[str]] | None = None,
) -> Iterator[FrozenDelivery]:
    """Yield one delivery for each recipient in the order of their ranks, its messages composed and hashed.

    `references` hold, by casefolded address, what each message belongs to, where that is its own.
    """
    mediating = {audience.name for audience in draft.audiences if audience.passes_on}
    kit_of, wordings = draft.kit_of, wordings_of(draft.advisory.late_policy)
    ranked = sorted(((_rank(one, mediating), one) for one in recipients), key=itemgetter(0))
    for rank, recipient in ranked:
        variant = variants[variant_of(recipient, kit_of)]
        belongs = (references or {}).get(recipient.address.casefold(), ())
        composed = {wording: frames[variant, wording] for wording in wordings}
        yield _frozen_delivery(draft, recipient, composed, variant=variant, rank=rank, references=belongs)


def _frozen_delivery(
    draft: Draft,
    recipient: Recipient,
    frames: Mapping[Wording, Frame],
    *,
    variant: int,
    rank: Rank,
    references: Sequence[str],
) -> FrozenDelivery:
    """Return the delivery of one recipient, under an id of its own, with the hash of each wording."""
    identity = secrets.token_bytes(16)
    lines = draft.renderer.recipient_lines(recipient)
    own = partial(
        own_values,
        address=recipient.address,
        delivery_id=identity.hex(),
        domain=draft.sender.domain,
        lines=lines,
        references=references,
    )
    hashes = {wording: message_hash(frame, own(wording=wording)) for wording, frame in frames.items()}
    return FrozenDelivery(
        id=identity,
        variant=variant,
        address=recipient.address,
        smtputf8=recipient.needs_smtputf8,
        recipient=frozen_recipient(recipient, lines, references),
        original_hash=hashes[Wording.ORIGINAL],
        in_effect_hash=hashes.get(Wording.IN_EFFECT),
        rank=rank,
    )


def frozen_recipient(
    recipient: Recipient, lines: Mapping[str, Sequence[str]], references: Sequence[str] = ()
) -> str:
    """Return the recipient as JSON for the store: what its message and its line of the register need."""
    belongs = {"references": references} if references else {}
    return compact(
        {
            "audiences": recipient.audiences,
            "places": recipient.places,
            "part": recipient.part,
            "designation": _joined(recipient, "designation"),
            "organisation": _joined(recipient, "organisation"),
            "phone": "; ".join(dict.fromkeys(role.phone for role in recipient.roles if role.phone)),
            "language": "; ".join(dict.fromkeys(role.language for role in recipient.roles)),
            "lines": lines,
            **belongs,
        }
    )


def text_hash(draft: Draft) -> str:
    """Return the SHA-256 over all that every message is made from: advisory, templates, office, PDF, enclosures.

    Kits are made from the same, so that it is the sum by which they name the release; it holds no recipient.
    """
    notes = {one.name: one.note for one in draft.audiences if one.name in draft.advisory.audiences}
    office = [asdict(draft.renderer.office), asdict(draft.sender), draft.languages, draft.time_zone, notes]
    digest = hashlib.sha256(_canonical([asdict(draft.advisory), office, draft.released_templates]))
    for enclosure in draft.attachments():
        digest.update(_canonical([enclosure.file_name, hashlib.sha256(enclosure.content).hexdigest()]))
    return digest.hexdigest()


def frozen_frame(key: tuple[int, str], frame: Frame) -> FrozenFrame:
    """Return a frame as the store keeps it."""
    layout, octets = freeze(frame)
    return FrozenFrame(variant=key[0], wording=key[1], layout=layout, octets=octets)


def _canonical(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, default=str).encode() + b"\n"


def _joined(recipient: Recipient, what: str) -> dict[str, str]:
    texts: dict[str, dict[str, None]] = {}
    for role in recipient.roles:
        for language, text in getattr(role, what).items():
            if text:
                texts.setdefault(language, {})[text] = None
    return {language: "; ".join(each) for language, each in texts.items()}


def _rank(recipient: Recipient, mediating: set[str]) -> Rank:
    if mediating.intersection(recipient.audiences):
        return Rank.MEDIATOR
    return Rank.TO if recipient.part is Part.TO else Rank.COPY
