"""A published page as people read it: its text in lines, its links. Pure."""

from __future__ import annotations

import codecs
import re
import unicodedata
from collections import Counter
from dataclasses import dataclass
from html.parser import HTMLParser

from dispatcher.errors import Refused

_UNSEEN = frozenset({"script", "style", "template", "noscript", "svg", "iframe", "object"})
_WITHIN_A_LINE = frozenset(
    [
        "a",
        "abbr",
        "b",
        "bdi",
        "bdo",
        "cite",
        "code",
        "data",
        "dfn",
        "em",
        "i",
        "kbd",
        "mark",
        "q",
        "s",
        "samp",
        "small",
        "span",
        "strong",
        "sub",
        "sup",
        "time",
        "u",
        "var",
        "wbr",
    ]
)
_CHARSET = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([A-Za-z0-9_.:-]+)", re.IGNORECASE)
_UNICODE = frozenset({"utf-8", "ascii"})
_JOINERS = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff\u00ad"))
"""What does not show, and an editor may have put in or taken out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PageText:
    """The visible text of a page, a line for each block of it, and where its links lead."""

    lines: tuple[str, ...]
    links: tuple[str, ...]

    @property
    def folded(self) -> str:
        """All of it as texts are compared."""
        return folded(" ".join(self.lines))


def page_text(content: bytes, *, content_type: str, place: str) -> PageText:
    """Return the text of the octets of a page at `place`. Raises Refused where they are no text in UTF-8."""
    parser = _Reader()
    try:
        parser.feed(_decoded(content, content_type, place))
        parser.close()
    except AssertionError:  # what the parser makes of a broken declaration
        raise Refused(f"{place} is no HTML that can be read") from None
    return PageText(lines=parser.lines(), links=tuple(dict.fromkeys(parser.links)))


def folded(text: str) -> str:
    """Return a text as it is compared: without regard to spacing, case, joiners and form of its letters."""
    plain = unicodedata.normalize("NFC", text).translate(_JOINERS)
    return " ".join(plain.split()).casefold()


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


class _Reader(HTMLParser):
    """Gathers what shows."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.links: list[str] = []
        self._pieces: list[str] = []
        self._unseen = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _UNSEEN:
            self._unseen += 1
        elif tag not in _WITHIN_A_LINE:
            self._pieces.append("\n")
        if tag == "a":
            self.links += [value for name, value in attrs if name == "href" and value]

    def handle_endtag(self, tag: str) -> None:
        if tag in _UNSEEN:
            self._unseen = max(self._unseen - 1, 0)
        elif tag not in _WITHIN_A_LINE:
            self._pieces.append("\n")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in _UNSEEN:
            self.handle_starttag(tag, attrs)

    def handle_data(self, data: str) -> None:
        if not self._unseen:
            self._pieces.append(data)

    def lines(self) -> tuple[str, ...]:
        """Return the lines that hold something."""
        whole = (" ".join(line.split()) for line in "".join(self._pieces).split("\n"))
        return tuple(line for line in whole if line)
