"""What the heading of a column says: which field it holds, and in which language. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property

from dispatcher.recipients.cells import clean, has_devanagari, has_latin
from dispatcher.recipients.vocabulary import key, vocabulary

_PARTS = re.compile(r"[/()\[\]|\n]+")
_NUMBER_AT_END = re.compile(r"\d+$")
_CLOSE = 0.8
"""How alike two headings are, from 0 to 1, before one is offered for the other."""
_SHORTEST_MISSPELT, _LONGEST_MISSPELT = 4, 60
_KINDS_OF_CONTACT = {"address", "phone"}


@dataclass(frozen=True, slots=True)
class Heading:
    """One column: its number from 1, what it holds, and the language of its texts where the heading tells."""

    column: int
    text: str
    field: str
    language: str | None


@dataclass(frozen=True)
class Table:
    """The header, its known columns from left to right, and the columns that nobody knows."""

    row: int
    """The last row of the header."""
    headings: tuple[Heading, ...]
    unknown: tuple[tuple[int, str], ...] = ()
    top: int = 0
    """The first row of a header of two; 0 for a header of one row."""

    def columns(self, *fields: str) -> tuple[Heading, ...]:
        """Return the columns of `fields`, in the order of `fields`, then from left to right."""
        found = self._by_fields.get(fields)
        if found is None:
            found = tuple(heading for field in fields for heading in self.headings if heading.field == field)
            self._by_fields[fields] = found
        return found

    @property
    def first_row(self) -> int:
        """The first row of the header."""
        return self.top or self.row

    @cached_property
    def read(self) -> tuple[Heading, ...]:
        """The columns that are read."""
        return tuple(heading for heading in self.headings if heading.field != "unread")

    @cached_property
    def _by_fields(self) -> dict[tuple[str, ...], tuple[Heading, ...]]:
        return {}


def field_of(heading: str) -> tuple[str, str | None] | None:
    """Return what a heading stands for, and its language where it tells; None where it is unknown.

    "E-mail 2" is an e-mail, "पदनाम / Designation" a designation in either language, "Name (Hindi)" one in Hindi.
    """
    text = clean(heading)
    if "@" in text:  # a letterhead's own address
        return None
    stripped, language = _without_language(text)
    found = [field for part in (text, stripped, *_PARTS.split(heading)) if (field := _lookup(part))]
    if not found:
        return None
    return found[0], language or _language_of(text)


def _lookup(text: str) -> str | None:
    word = key(text)
    fields = vocabulary().fields
    return fields.get(word) or fields.get(_NUMBER_AT_END.sub("", word))


def _without_language(text: str) -> tuple[str, str | None]:
    words = [word for word in re.split(r"[\s()\[\]/,-]+", text.casefold()) if word]
    named = {language for word in words if (language := vocabulary().heading_languages.get(word))}
    if len(named) != 1:
        return text, None
    dropped = vocabulary().beside_language | vocabulary().heading_languages.keys()
    return " ".join(word for word in words if word not in dropped), named.pop()


def _language_of(text: str) -> str | None:
    hindi, english = has_devanagari(text), has_latin(text)
    if hindi == english:
        return None
    return "hi" if hindi else "en"


def field_below(above: str, heading: str) -> tuple[str, str | None] | None:
    """Return what a heading stands for below another one: "Hindi" below "Designation", "Office" below "Phone"."""
    over, below, joined = field_of(above), field_of(heading), field_of(f"{heading} {above}")
    if over and below and over[0] in _KINDS_OF_CONTACT and below[0] == "organisation":
        below = None
    found = joined or below or over
    if found is None:
        return None
    return found[0], _named_language(heading) or found[1]


def is_heading(text: str) -> bool:
    """Return whether a cell is a heading, or one of the words that stand in the second row of a header."""
    return field_of(text) is not None or _named_language(text) is not None


def likely_heading(text: str) -> str | None:
    """Return the known heading that a text is likely a misspelling of."""
    folded = key(clean(text))
    if "@" in text or not _SHORTEST_MISSPELT <= len(folded) <= _LONGEST_MISSPELT:
        return None
    near = get_close_matches(folded, vocabulary().headings, n=1, cutoff=_CLOSE)
    return vocabulary().headings[near[0]] if near else None


def _named_language(text: str) -> str | None:
    rest, language = _without_language(clean(text))
    return None if rest else language
