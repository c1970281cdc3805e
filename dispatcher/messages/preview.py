"""What a person looks at before sending: a page with every distinct message; specimens for oneself. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from dispatcher.acts import IN_EFFECT
from dispatcher.advisories.wording import environment
from dispatcher.messages.composing import compose
from dispatcher.messages.drafting import (
    build_follow_ups,
    heading_of,
    own_values,
    roots_of,
    variant_of,
    variants_of,
    wordings_of,
)
from dispatcher.messages.framing import build_frame
from dispatcher.messages.rendering import fill
from dispatcher.model import Part, Wording

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from dispatcher.acts import FollowUp
    from dispatcher.messages.composing import OwnValues
    from dispatcher.messages.drafting import Draft
    from dispatcher.messages.rendering import SharedText
    from dispatcher.model import Recipient

INDEX = "preview/index.html.j2"
PDF = "advisory.pdf"
_SPECIMEN_ID = "0" * 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A distinct message as shown to one of its recipients, and everybody who gets the like."""

    name: str
    audiences: tuple[str, ...]
    part: Part
    wording: Wording
    subject: str
    text: str
    html: str
    eml: bytes
    recipients: tuple[Recipient, ...]
    kits: tuple[str, ...] = ()
    """Kits that it carries."""
    without: tuple[str, ...] = ()
    """Kits of its audiences that it does not carry: they go to main addresses only."""
    follow_up: FollowUp | None = None
    """Set where it follows the others by itself."""


def pages(
    draft: Draft, *, now: datetime, kit_files: Mapping[str, bytes], follow_ups: Sequence[FollowUp] = ()
) -> dict[str, bytes]:
    """Return index.html, the PDF, the kits' files and each distinct message: its HTML, its text, all as .eml.

    `follow_ups`: what would follow by itself if it were prepared now.
    """
    shown = [*_shown(draft, now), *_following(draft, follow_ups, now)]
    files = {**({PDF: draft.document.content} if draft.document else {}), **kit_files}
    for one in shown:
        files[f"{one.name}.html"] = one.html.encode()
        files[f"{one.name}.txt"] = one.text.encode()
        files[f"{one.name}.eml"] = one.eml
    index = environment(draft.time_zone, draft.templates).get_template(INDEX)
    page = index.render(
        advisory=draft.advisory,
        shown=shown,
        sender=draft.sender,
        made_at=now,
        pdf=PDF if draft.document else None,
        signed=draft.attached.signed,
        kits={kit: list(files) for kit, files in groupby(sorted(kit_files), key=_folder)},
    )
    return {"index.html": page.encode(), **files}


def _folder(path: str) -> str:
    return path.partition("/")[0]


def specimens(draft: Draft, *, to: str, now: datetime) -> list[bytes]:
    """Return one message per audience addressed to `to`, the subject marked as a specimen."""
    found = []
    for audience in draft.advisory.audiences:
        told = [one for one in draft.recipients if audience in one.audiences]
        if told:
            usual = min(told, key=lambda one: len(one.audiences))  # rather than one who is told in several
            shared = _shared(draft, usual, Wording.ORIGINAL, specimen=True)
            found.append(_compose(draft, usual, shared, Wording.ORIGINAL, to=to, now=now))
    return found


def _shown(draft: Draft, now: datetime) -> Iterator[Shown]:
    for variant, number in variants_of(draft.recipients, draft.kit_of).items():
        alike = tuple(one for one in draft.recipients if variant_of(one, draft.kit_of) == variant)
        due = dict.fromkeys(draft.kit_of[name] for name in variant.audiences if name in draft.kit_of)
        lines = draft.renderer.recipient_lines(alike[0])
        for wording in wordings_of(draft.advisory.late_policy):
            shared = _shared(draft, alike[0], wording)
            mark = "" if wording is Wording.ORIGINAL else "-now-in-effect"
            yield Shown(
                name=f"{number + 1}-{'-'.join(variant.audiences)}{mark}",
                audiences=variant.audiences,
                part=variant.part,
                wording=wording,
                subject=shared.subject,
                text=fill(shared.text, lines, html=False),
                html=fill(shared.html, lines, html=True),
                eml=_compose(draft, alike[0], shared, wording, to=alike[0].address, now=now),
                recipients=alike,
                kits=variant.kits,
                without=tuple(kit for kit in due if kit not in variant.kits),
            )


def _following(draft: Draft, follow_ups: Sequence[FollowUp], now: datetime) -> Iterator[Shown]:
    """Yield what follows by itself, to one of those who are asked to act: it says the same to all of them."""
    asked = tuple(one for one in draft.recipients if one.part is Part.TO)
    for number, each in enumerate(follow_ups):
        told = tuple(one for one in asked if not each.for_return or _passes_on(draft, one))
        if not told:
            continue
        frames = build_follow_ups(draft, variants_of(told[:1], draft.kit_of), [each])
        wording = Wording.IN_EFFECT if each.act == IN_EFFECT else Wording.ORIGINAL
        shared = draft.renderer.shared(
            draft.advisory,
            audiences=told[0].audiences,
            part=Part.TO,
            wording=wording,
            attached=draft.attached,
            follow_up=each,
        )
        lines = draft.renderer.recipient_lines(told[0])
        yield Shown(
            name=f"after-{number + 1}-{each.act.replace('_', '-')}",
            audiences=told[0].audiences,
            part=Part.TO,
            wording=wording,
            subject=shared.subject,
            text=fill(shared.text, lines, html=False),
            html=fill(shared.html, lines, html=True),
            eml=compose(frames[0, each.act], _own(draft, told[0], wording, to=told[0].address), date=now),
            recipients=told,
            follow_up=each,
        )


def _passes_on(draft: Draft, recipient: Recipient) -> bool:
    return "onward" in variant_of(recipient, draft.kit_of).kits


def _shared(draft: Draft, recipient: Recipient, wording: Wording, *, specimen: bool = False) -> SharedText:
    return draft.renderer.shared(
        draft.advisory,
        audiences=recipient.audiences,
        part=recipient.part,
        wording=wording,
        attached=draft.attached_with(variant_of(recipient, draft.kit_of).kits),
        specimen=specimen,
    )


def _compose(
    draft: Draft, recipient: Recipient, shared: SharedText, wording: Wording, *, to: str, now: datetime
) -> bytes:
    attachments = draft.attachments(variant_of(recipient, draft.kit_of).kits)
    frame = build_frame(shared, heading=heading_of(draft), attachments=attachments)
    return compose(frame, _own(draft, recipient, wording, to=to), date=now)


def _own(draft: Draft, recipient: Recipient, wording: Wording, *, to: str) -> OwnValues:
    return own_values(
        address=to,
        delivery_id=_SPECIMEN_ID,
        domain=draft.sender.domain,
        wording=wording,
        lines=draft.renderer.recipient_lines(recipient),
        references=roots_of(draft),
    )
