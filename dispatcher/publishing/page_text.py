"""A published page as people read it: its text in lines, its links. Pure."""

from __future__ import annotations

import codecs
import re
import unicodedata
from collections import Counter
from dataclasses import dataclass

from dispatcher.errors import Refused
from dispatcher.publishing.markup import pieces
from dispatcher.publishing.visible import seen_in

_CHARSET = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([A-Za-z0-9_.:-]+)", re.IGNORECASE)
_UNICODE = frozenset({"utf-8", "ascii"})
_MOST_TEXT = 300_000
"""Characters of text on a page: what they say is searched in many ways."""
_JOINERS = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff\u00ad"))
"""What does not show, and an editor may have put in or taken out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PageText:
    """The visible text of a page, a line for each block of it, and where its links lead."""

    lines: tuple[str, ...]
    links: tuple[str, ...]
    parts: tuple[tuple[int, int], ...]
    """The lines of each element that holds any, first and last, the whole page with it; each once."""

    @property
    def folded(self) -> str:
        """All of it as texts are compared."""
        return folded(" ".join(self.lines))


def page_text(content: bytes, *, content_type: str, place: str) -> PageText:
    """Return the text of the octets of a page at `place`.

    Raises Refused where they are not in UTF-8, or far more than the page of an advisory.
    """
    seen = seen_in(pieces(_decoded(content, content_type, place)))
    if sum(map(len, seen.lines)) > _MOST_TEXT:
        raise Refused(f"{place} holds more than {_MOST_TEXT:,} characters; this is not the page of an advisory")
    return PageText(lines=seen.lines, links=seen.links, parts=seen.parts)


def folded(text: str) -> str:
    """Return a text as it is compared: without regard to spacing, case, joiners and form of its letters."""
    return plain(text).casefold()


def plain(text: str) -> str:
    """Return a text without what makes no difference to the eye: spacing, joiners and form of its letters."""
    return " ".join(unicodedata.normalize("NFC", text).translate(_JOINERS).split())


def script_of(text: str) -> str:
    """Return the script of most letters of a text, such as DEVANAGARI or LATIN; empty where it has none."""
    scripts = Counter(scripts_in(text))
    return scripts.most_common(1)[0][0] if scripts else ""


def scripts_in(text: str) -> list[str]:
    """Return the script of each letter of a text."""
    return [unicodedata.name(sign, "").partition(" ")[0] for sign in text if sign.isalpha()]


def _decoded(content: bytes, content_type: str, place: str) -> str:
    said = re.search(r"charset\s*=\s*[\"']?([A-Za-z0-9_.:-]+)", content_type, re.IGNORECASE)
    written = _CHARSET.search(content[:2048])
    name = said[1] if said else written[1].decode("ascii") if written else "utf-8"
    try:
        known = codecs.lookup(name).name
    except LookupError:
        known = name
    if known not in _UNICODE:
        raise Refused(f"{place} says that it is written in {name}; a page in Hindi and English must be in UTF-8")
    try:
        return content.removeprefix(codecs.BOM_UTF8).decode("utf-8")
    except UnicodeDecodeError as error:
        raise Refused(f"{place} is not in UTF-8 as it should be (octet {error.start})") from None
