"""What messages are made from, and which of them share all but the recipient's own lines. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

from dispatcher.acts import IN_EFFECT, ORIGINAL, FollowUp, Remind, reminder
from dispatcher.messages.composing import OwnValues
from dispatcher.messages.framing import Heading, build_frame, root_reference
from dispatcher.model import LatePolicy, Part, Wording, slug_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from dispatcher.acts import RemindersPlan
    from dispatcher.messages.composing import Frame
    from dispatcher.messages.rendering import Attached, Renderer
    from dispatcher.model import Advisory, Audience, Enclosure, OfficialDocument, Recipient, Sender


_NO_KITS: Mapping[str, str] = MappingProxyType({})

_LOOKS = ("preview/", "website/style.css")


class Variant(NamedTuple):
    """What recipients have in common who share all of a message but their own lines."""

    audiences: tuple[str, ...]
    part: Part
    kits: tuple[str, ...] = ()
    """Kits attached, by their names of config.yaml."""


_ANY = datetime(2000, 1, 1, tzinfo=UTC)
SPECIMENS = tuple(
    FollowUp(act=act, at=_ANY, until=_ANY, to=Remind.ALL, after=after, left=left, for_return=for_return)
    for act, after, left, for_return in (
        (reminder(1), False, 90, False),
        (reminder(2), True, 0, False),
        (IN_EFFECT, True, 0, False),
        (reminder(3), False, 0, True),
    )
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
    document: OfficialDocument | None = None
    kits: Mapping[str, Sequence[Enclosure]] = field(default_factory=dict)
    """Name of a kit in config.yaml -> the files that it attaches."""
    kit_facts: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """Name of a kit -> what the release's record keeps of it."""

    @property
    def noted(self) -> dict[str, Any]:
        """What the release's record keeps besides hashes: of its kits, and of the kit that it came in."""
        origin = self.advisory.origin
        came = {"origin": {"kit_hash": origin.kit_hash, "release_hash": origin.release_hash}} if origin else {}
        return came | (
            {"kits": {name: dict(facts) for name, facts in self.kit_facts.items()}} if self.kit_facts else {}
        )

    @property
    def kit_of(self) -> Mapping[str, str]:
        """Audience -> the kit that its main addresses get."""
        return {one.name: one.kit for one in self.audiences if one.kit and one.kit in self.kits}

    @property
    def released_templates(self) -> Mapping[str, str]:
        """The templates that a release is made from: all but how a preview and the website look."""
        return {name: text for name, text in self.templates.items() if not name.startswith(_LOOKS)}

    def attachments(self, kits: Iterable[str] = ()) -> tuple[Enclosure, ...]:
        """Return what a message carries: the official document, the kits, the advisory's enclosures."""
        own = (self.document.enclosure,) if self.document else ()
        return (*own, *(file for kit in kits for file in self.kits[kit]), *self.enclosures)

    def attached_with(self, kits: tuple[str, ...]) -> Attached:
        """Return what a message that carries these kits says of what it carries."""
        names = tuple(file.file_name for kit in kits for file in self.kits[kit])
        return replace(self.attached, kits=kits, kit_files=names)


def variant_of(recipient: Recipient, kit_of: Mapping[str, str] = _NO_KITS) -> Variant:
    """Return what the recipient shares with others; a kit goes to the main address of a row only."""
    due = (kit_of[role.audience] for role in recipient.roles if role.primary and role.audience in kit_of)
    return Variant(recipient.audiences, recipient.part, tuple(dict.fromkeys(due)))


def variants_of(recipients: Iterable[Recipient], kit_of: Mapping[str, str] = _NO_KITS) -> dict[Variant, int]:
    """Return a number for each distinct variant; `kit_of` is the draft's."""
    keys = dict.fromkeys(variant_of(recipient, kit_of) for recipient in recipients)
    return {key: position for position, key in enumerate(keys)}


def with_document(draft: Draft, document: OfficialDocument) -> Draft:
    """Return the draft with its official document, which its messages then carry and speak of."""
    attached = replace(draft.attached, pdf=document.file_name, signed=document.signed, sha256=document.sha256)
    return replace(draft, document=document, attached=attached)


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


def build_frames(draft: Draft, variants: Mapping[Variant, int]) -> dict[tuple[int, Wording], Frame]:
    """Render and encode what each variant's messages share, in every wording of the release."""
    advisory, heading = draft.advisory, heading_of(draft)
    frames = {}
    for variant, number in variants.items():
        attached, attachments = draft.attached_with(variant.kits), draft.attachments(variant.kits)
        for wording in wordings_of(advisory.late_policy):
            shared = draft.renderer.shared(
                advisory, audiences=variant.audiences, part=variant.part, wording=wording, attached=attached
            )
            frames[number, wording] = build_frame(shared, heading=heading, attachments=attachments)
    return frames


def build_follow_ups(
    draft: Draft, variants: Mapping[Variant, int], follow_ups: Sequence[FollowUp]
) -> dict[tuple[int, str], Frame]:
    """Render and encode what follows by itself, by variant and act: for who is asked to act, without kits."""
    heading, attachments = replace(heading_of(draft), threaded=True), draft.attachments()
    frames = {}
    for variant, number in variants.items():
        for each in follow_ups:
            if variant.part is not Part.TO or (each.for_return and "onward" not in variant.kits):
                continue
            shared = draft.renderer.shared(
                draft.advisory,
                audiences=variant.audiences,
                part=variant.part,
                wording=Wording.IN_EFFECT if each.act == IN_EFFECT else Wording.ORIGINAL,
                attached=draft.attached,
                follow_up=each,
            )
            frames[number, each.act] = build_frame(shared, heading=heading, attachments=attachments)
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
