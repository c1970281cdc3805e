"""What messages are made from, and which of them share all but the recipient's own lines. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TypeAlias

from dispatcher.acts import IN_EFFECT, ORIGINAL, FollowUp, Remind, reminder
from dispatcher.messages.composing import OwnValues
from dispatcher.messages.framing import Heading, build_frame, root_reference
from dispatcher.model import LatePolicy, Part, Wording, slug_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from dispatcher.acts import RemindersPlan
    from dispatcher.messages.composing import Frame
    from dispatcher.messages.rendering import Attached, Renderer
    from dispatcher.model import Advisory, Audience, Enclosure, Recipient, Sender

VariantKey: TypeAlias = tuple[tuple[str, ...], Part]


_ANY = datetime(2000, 1, 1, tzinfo=UTC)
SPECIMENS = tuple(
    FollowUp(act=act, at=_ANY, until=_ANY, to=Remind.ALL, after=after, left=left)
    for act, after, left in ((reminder(1), False, 90), (reminder(2), True, 0), (IN_EFFECT, True, 0))
)
"""One of each kind of what may follow: `check` renders them, so that no template fails when its time has come."""


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
    reminders: RemindersPlan | None = None
    """What follows the release by itself; None: nothing does."""


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
        threaded=draft.advisory.act != ORIGINAL,
    )


def roots_of(draft: Draft) -> tuple[str, ...]:
    """Return what stands for the advisory, and for the one that it puts out of force, in References."""
    slugs = [draft.advisory.slug]
    if draft.advisory.relation:
        slugs.append(slug_of(draft.advisory.relation["target"]))
    return tuple(root_reference(slug, draft.sender.domain) for slug in dict.fromkeys(slugs))


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


def build_follow_ups(
    draft: Draft, variants: Mapping[VariantKey, int], follow_ups: Sequence[FollowUp]
) -> dict[tuple[int, str], Frame]:
    """Render and encode what follows by itself, by variant and act. Only those who are asked to act get it."""
    advisory, heading = draft.advisory, replace(heading_of(draft), threaded=True)
    frames = {}
    for (audiences, part), variant in variants.items():
        for each in follow_ups if part is Part.TO else ():
            wording = Wording.IN_EFFECT if each.act == IN_EFFECT else Wording.ORIGINAL
            shared = draft.renderer.shared(
                advisory, audiences=audiences, part=part, wording=wording, attached=draft.attached, follow_up=each
            )
            frames[variant, each.act] = build_frame(shared, heading=heading, attachments=draft.enclosures)
    return frames


def own_values(
    *,
    address: str,
    delivery_id: str,
    domain: str,
    wording: Wording,
    lines: Mapping[str, Sequence[str]],
    references: Sequence[str] = (),
) -> OwnValues:
    """Return what a message has of its own; each wording has a Message-ID of its own."""
    return OwnValues(
        address=address,
        delivery_id=delivery_id,
        message_id=message_id(delivery_id, domain, wording),
        lines=lines,
        references=references,
    )


def message_id(delivery_id: str, domain: str, wording: Wording) -> str:
    """Return the Message-ID (without brackets) that every attempt of a delivery carries in this wording."""
    mark = "" if wording is Wording.ORIGINAL else ".in-effect"
    return f"{delivery_id}{mark}@{domain}"
