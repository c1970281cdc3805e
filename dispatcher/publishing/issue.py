"""What a kit is made from, and what it is. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from zoneinfo import ZoneInfo

    from dispatcher.model import Advisory, Enclosure, Office, OfficialDocument, Sender


@dataclass(frozen=True, slots=True, kw_only=True)
class Issue:
    """An advisory as it is released to those who take it over."""

    advisory: Advisory
    office: Office
    sender: Sender
    languages: tuple[str, ...]
    document: OfficialDocument
    release_hash: str
    """SHA-256 over all that its messages are made from (outbox.freezing.text_hash); it holds no recipient."""
    zone: ZoneInfo
    templates: Mapping[str, str] = field(repr=False)
    """Path below templates/ -> text."""
    enclosures: tuple[Enclosure, ...] = ()
    """What every message carries after the document."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kit:
    """What one of those addressees gets: files attached to its message, and all that is put in the folder."""

    attached: tuple[Enclosure, ...]
    files: Mapping[str, bytes]
    """Path below outbox/<slug>/<kit>/ -> content; holds what is attached too."""
    facts: Mapping[str, str] = field(default_factory=dict)
    """What the release's record keeps of it."""
