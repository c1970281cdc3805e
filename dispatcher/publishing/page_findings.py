"""What was read of published pages, and what was found on them, part by part. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dispatcher.publishing.page_text import PageText

PAGE = "page"
"""The part that is told of a page that could not be read."""


class Verdict(StrEnum):
    """What was found of a part of a page; `stale`: it says what an earlier revision said."""

    RIGHT = "right"
    WRONG = "wrong"
    MISSING = "missing"
    STALE = "stale"


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One thing that must be on the page: what, in which language where it has one, what was found, in words."""

    part: str
    """text, number, hour, issued, issuer, signature, hash, document, marking (by a later advisory) or page."""
    language: str | None
    verdict: Verdict
    said: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LostPage:
    """A page that could not be read: why, and whether it is said to be no more (404, 410)."""

    url: str
    said: str
    gone: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What was read: pages, the SHA-256 of each document that they link to, what could not be read and why."""

    pages: Sequence[PageText]
    linked: Mapping[str, str] = field(default_factory=dict)
    """By its address."""
    unread: Sequence[str] = ()
    """Of documents."""
    lost: Sequence[LostPage] = ()
