"""What the others take over: an advisory as it is released."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from dispatcher.model import Advisory, Office, OfficialDocument, Sender


@dataclass(frozen=True, slots=True, kw_only=True)
class Issue:
    """An advisory with the document frozen for it; `release_hash` is the same for every release of a revision."""

    advisory: Advisory
    office: Office
    sender: Sender
    languages: tuple[str, ...]
    document: OfficialDocument
    release_hash: str
    zone: ZoneInfo
