"""What messages are made from, and which of them share all but the recipient's own lines. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from dispatcher.messages.composing import OwnValues
from dispatcher.messages.framing import Heading, build_frame
from dispatcher.model import LatePolicy, Part, Wording

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from dispatcher.messages.composing import Frame
    from dispatcher.messages.rendering import Attached, Renderer
    from dispatcher.model import Advisory, Audience, Enclosure, Recipient, Sender

VariantKey: TypeAlias = tuple[tuple[str, ...], Part]


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """All that a release is made from."""

    advisory: Advisory
    recipients: Sequence[Recipient]
    audiences: Sequence[Audience]
    sender: Sender
    renderer: Renderer
    templates: Mapping[str, str]
    languages: tuple[str, ...]
    time_zone: str
    enclosures: Sequence[Enclosure]
    attached: Attached


def variants_of(recipients: Iterable[Recipient]) -> dict[VariantKey, int]:
    """Return a number for each distinct (audiences, part): recipients of one share all but their own lines."""
    keys = dict.fromkeys((recipient.audiences, recipient.part) for recipient in recipients)
    return {key: position for position, key in enumerate(keys)}


def wordings_of(policy: LatePolicy) -> tuple[Wording, ...]:
    """Return the wordings that a release holds: two where a late message says that the notice now is in effect."""
    return (Wording.ORIGINAL,) if policy in {LatePolicy.DROP, LatePolicy.HOLD} else tuple(Wording)


def heading_of(draft: Draft) -> Heading:
    """Return what the shared header fields of the draft's messages say."""
    return Heading(
        sender=draft.sender,
        number=draft.advisory.number,
        slug=draft.advisory.slug,
        revision=draft.advisory.revision,
        languages=draft.languages,
    )


def build_frames(draft: Draft, variants: Mapping[VariantKey, int]) -> dict[tuple[int, Wording], Frame]:
    """Render and encode what each variant's messages share, in every wording of the release."""
    advisory, heading = draft.advisory, heading_of(draft)
    frames = {}
    for (audiences, part), variant in variants.items():
        for wording in wordings_of(advisory.late_policy):
            shared = draft.renderer.shared(
                advisory, audiences=audiences, part=part, wording=wording, attached=draft.attached
            )
            frames[variant, wording] = build_frame(shared, heading=heading, attachments=draft.enclosures)
    return frames


def own_values(
    *, address: str, delivery_id: str, domain: str, wording: Wording, lines: Mapping[str, Sequence[str]]
) -> OwnValues:
    """Return what a message has of its own; each wording has a Message-ID of its own."""
    return OwnValues(
        address=address, delivery_id=delivery_id, message_id=message_id(delivery_id, domain, wording), lines=lines
    )


def message_id(delivery_id: str, domain: str, wording: Wording) -> str:
    """Return the Message-ID (without brackets) that every attempt of a delivery carries in this wording."""
    mark = "" if wording is Wording.ORIGINAL else ".in-effect"
    return f"{delivery_id}{mark}@{domain}"
