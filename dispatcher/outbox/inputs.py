"""What a release is made from beside its recipients, frozen with it so that a later change can be shown. Pure."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dispatcher.messages.drafting import Draft

_VERSION = 1
LAYOUT = "templates/pdf/"
"""Where the workspace's own layout of the document lies."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs:
    """Texts as they were, and the sums of all else; every value as JSON holds it."""

    advisory: Mapping[str, Any]
    office: Mapping[str, Any]
    """Letterhead, sender, languages, time zone, covering notes by audience."""
    sums: Mapping[str, str]
    """Template, enclosure or official document -> SHA-256, hexadecimal."""
    files: Mapping[str, str] = field(default_factory=dict)
    """Files of the workspace that it was made from, by their path below it -> SHA-256."""


def inputs_of(draft: Draft, *, files: Mapping[str, str]) -> Inputs:
    """Return what the draft of a release is made from; `files` are sums of the files that it was read from."""
    notes = {one.name: one.note for one in draft.audiences if one.name in draft.advisory.audiences}
    office = {
        "office": asdict(draft.renderer.office),
        "sender": asdict(draft.sender),
        "languages": draft.languages,
        "time_zone": draft.time_zone,
        "notes": notes,
    }
    released = draft.released_templates.items()
    templates = {f"templates/{name}": hashlib.sha256(text.encode()) for name, text in released}
    attached = {one.file_name: hashlib.sha256(one.content) for one in draft.attachments()}
    sums = {name: digest.hexdigest() for name, digest in {**templates, **attached}.items()}
    return unpacked(packed(Inputs(advisory=asdict(draft.advisory), office=office, sums=sums, files=dict(files))))


def is_same_text(earlier: Inputs, present: Inputs, *, document: str) -> bool:
    """Tell whether a document would be made from the same texts and the same layout of the workspace.

    `document` is the name of the one that was made from `earlier`; of `present` none is made yet.
    """
    sums = {name: one for name, one in earlier.sums.items() if name != document}
    before, after = (
        {name: one for name, one in each.files.items() if name.startswith(LAYOUT)} for each in (earlier, present)
    )
    texts = (earlier.advisory, earlier.office, sums, before)
    return texts == (present.advisory, present.office, present.sums, after)


def packed(inputs: Inputs) -> bytes:
    """Return inputs as the store keeps them."""
    told = {"version": _VERSION, **asdict(inputs)}
    return json.dumps(told, ensure_ascii=False, default=str).encode()


def unpacked(content: bytes) -> Inputs:
    """Return inputs from what the store keeps."""
    told = json.loads(content)
    return Inputs(**{name: told[name] for name in ("advisory", "office", "sums", "files")})
