"""What every way sends: the product's own rendered texts with slots in them, and the finished message."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from html import escape
from typing import TYPE_CHECKING, Any

from dispatcher.config import load_settings
from dispatcher.intake import read_draft
from dispatcher.messages.composing import compose
from dispatcher.messages.drafting import build_frames, own_values, variants_of
from dispatcher.messages.rendering import Slot
from dispatcher.model import Part, Wording

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from benchmarks.office import Office
    from dispatcher.messages.drafting import Draft

from benchmarks.office import AUDIENCE


def draft_of(office: Office) -> Draft:
    """Return what the messages of an office are made from."""
    draft, _ = read_draft(load_settings(office.root / "config.yaml"), office.advisory, accepted={})
    return draft


def finished(draft: Draft) -> bytes:
    """Return the finished message to one recipient, whose number has as many digits as most have."""
    one = draft.recipients[-1]
    variants = variants_of([one])
    own = own_values(
        address=one.address, delivery_id="0" * 32, domain=draft.sender.domain, wording=Wording.ORIGINAL,
        lines=draft.renderer.recipient_lines(one),
    )  # fmt: skip
    return compose(build_frames(draft, variants)[0, Wording.ORIGINAL], own, date=datetime.now(UTC))


def write_material(draft: Draft, path: Path) -> None:
    """Write as JSON what a peer composes its messages from."""
    shared = draft.renderer.shared(
        draft.advisory, audiences=(AUDIENCE,), part=Part.TO, wording=Wording.ORIGINAL, attached=draft.attached
    )
    recipients = []
    for one in draft.recipients:
        lines = draft.renderer.recipient_lines(one)
        recipients.append({"address": one.address, **{language: _own(each) for language, each in lines.items()}})
    content: dict[str, Any] = {
        "sender": draft.sender.address,
        "subject": shared.subject,
        "text": [_segment(segment) for segment in shared.text],
        "html": [_segment(segment) for segment in shared.html],
        "recipients": recipients,
        "attachment": None,
    }
    for enclosure in draft.enclosures:
        content["attachment"] = str(path.with_name(enclosure.file_name))
        path.with_name(enclosure.file_name).write_bytes(enclosure.content)
    path.write_text(json.dumps(content, ensure_ascii=False), "utf-8")


def _segment(segment: str | Slot) -> str | dict[str, str]:
    return {"slot": segment.language} if isinstance(segment, Slot) else segment


def _own(lines: Sequence[str]) -> dict[str, str]:
    return {"text": "\n".join(lines), "html": "<br>\n".join(escape(line) for line in lines)}
