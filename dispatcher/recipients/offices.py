"""What one row comes to: the recipients of an office, and the problems of its cells. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from dispatcher.errors import Severity
from dispatcher.model import Role
from dispatcher.recipients.cells import (
    PLAIN_DIGITS,
    clean,
    has_devanagari,
    has_latin,
    is_garbled,
    is_legacy_font,
    is_vacant_remark,
    says_vacant,
)
from dispatcher.recipients.mailboxes import mailboxes
from dispatcher.recipients.problems import Code
from dispatcher.recipients.values import is_phone_incomplete, language_of, places_of, status_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dispatcher.errors import Problem
    from dispatcher.model import Audience, Localized, Recipient
    from dispatcher.recipients.headings import Heading
    from dispatcher.recipients.rows import Row

NAMES: Final = ("designation", "organisation")
MAILED: Final = ("address", "cc", "alternate", "ascii_alternate")
NOTHING: Final = {"hi": "", "en": ""}


_ADDRESS = re.compile(r"[^\s@<>()\[\],;:]{1,64}@[^\s@<>()\[\],;:.]{1,63}(?:\.[^\s@<>()\[\],;:.]{1,63}){1,9}")
"""Bounded, so that no cell, however long, takes long."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a row came to: recipients, problems, or both; never nothing."""

    entries: tuple[Recipient, ...] = ()
    problems: tuple[Problem, ...] = ()
    troubled: tuple[str, ...] = ()
    """Its places, where an error that is told here keeps it from having an address."""
    everywhere: bool = False
    """It is mailed and stands for every place."""


def read_row(row: Row, audience: Audience) -> Outcome:
    """Return the recipients of a row and its problems."""
    status = _status(row)
    if status is None:
        return Outcome(problems=tuple(one for one in row.problems if one.code == Code.ROW_INACTIVE))
    if row.number in row.grid.marks.hidden_rows:
        row.say(Code.ROW_HIDDEN, None)
    vacant = _is_vacant(row)
    role = _role(row, audience, primary=status == "active")
    told = len(row.problems)
    entries = mailboxes(row, role)
    explained = row.copied or row.is_explained("address", "cc", "alternate")
    if not entries and not vacant and len(row.problems) == told and not explained:
        _say_no_address(row)
    _say_elsewhere(row)
    blocked = not entries and not vacant and any(one.severity is Severity.ERROR for one in row.problems)
    return Outcome(
        entries=() if vacant else entries,
        problems=tuple(row.problems),
        troubled=role.places if blocked else (),
        everywhere=bool(entries) and not vacant and not role.places and row.first("place") is not None,
    )


def _role(row: Row, audience: Audience, *, primary: bool) -> Role:
    first = row.table.columns("address")[0]
    places, names = _places(row), {name: _localized(row, name) for name in NAMES}
    return Role(
        audience=audience.name,
        part=audience.part,
        primary=primary,
        places=places,
        designation=names["designation"],
        organisation=names["organisation"],
        language=_language(row),
        phone=_phone(row),
        source=row.grid.source(row.number, first.column),
    )


def _status(row: Row) -> str | None:
    """Return active or alternate; None for a row that is inactive, which is noted."""
    found = row.first("status")
    if found is None:
        return "active"
    status = status_of(found[1])
    if status is None:
        row.say(Code.STATUS_UNKNOWN, *found)
        return "active"
    if status == "inactive":
        row.say(Code.ROW_INACTIVE, *found)
        return None
    return status


def _is_vacant(row: Row) -> bool:
    for heading in row.table.columns(*NAMES, "address", "status"):
        if says_vacant(row.text(heading)):
            row.say(Code.POST_VACANT, heading, row.text(heading))
            return True
    for heading in row.table.columns("remarks"):
        if is_vacant_remark(row.text(heading)):
            row.say(Code.POST_VACANT, heading, row.text(heading))
            return True
    return False


def _places(row: Row) -> tuple[str, ...]:
    found = row.first("place")
    if found is None:
        columns = row.table.columns("place")
        if columns and not row.is_explained("place"):
            row.say(Code.PLACE_BLANK, columns[0])
        return ()
    heading, text = found
    if is_garbled(text):
        row.say(Code.TEXT_GARBLED, heading, text)
        return ()
    if is_legacy_font(text, hindi=False):
        row.say(Code.LEGACY_FONT, heading, text)
        return ()
    places, unknown = places_of(row.texts[heading.column])
    for place in unknown:
        row.say(Code.PLACE_UNKNOWN, heading, place)
    return places


def _localized(row: Row, name: str) -> Localized:
    """Return the texts of a field in both languages; the one that is there stands for one that is not."""
    return localized((heading.language, _name(row, heading)) for heading in row.table.columns(name))


def localized(texts: Iterable[tuple[str | None, str]]) -> Localized:
    """Return texts, each with the language of its column, in both languages; the first of a language counts."""
    found: dict[str | None, str] = {}
    for language, text in texts:
        if text:
            found.setdefault(language, text)
    if not found:
        return NOTHING
    fallback = found.get(None) or next(iter(found.values()))
    return {"hi": found.get("hi") or fallback, "en": found.get("en") or fallback}


def _name(row: Row, heading: Heading) -> str:
    text = row.text(heading)
    hindi = heading.language == "hi"
    if is_garbled(text):
        row.say(Code.TEXT_GARBLED, heading, text)
        return ""
    if is_legacy_font(text, hindi=hindi):
        row.say(Code.LEGACY_FONT, heading, text)
        return ""
    if hindi and has_latin(text) and not has_devanagari(text):
        row.say(Code.LATIN_IN_HINDI, heading, text)
    return text


def _language(row: Row) -> str:
    found = row.first("language")
    language = language_of(found[1]) if found else "both"
    if found and language is None:
        row.say(Code.LANGUAGE_UNKNOWN, *found)
    return language or "both"


def _phone(row: Row) -> str:
    found = row.first("phone")
    if found is None:
        return ""
    if is_phone_incomplete(found[1]):
        row.say(Code.PHONE_INCOMPLETE, *found)
    return found[1].translate(PLAIN_DIGITS)


def _say_no_address(row: Row) -> None:
    if any(row.first(name) for name in NAMES):
        row.say(Code.ADDRESS_MISSING, row.table.columns("address")[0])
    elif (place := row.first("place")) is not None:
        row.say(Code.PLACE_WITHOUT_POST, None, place[1])
    else:
        line = " / ".join(text for cell in row.grid.row(row.number) if (text := clean(cell)))
        row.say(Code.ROW_NOT_A_RECIPIENT, None, line)


def _say_elsewhere(row: Row) -> None:
    """Say where an address stands in a column that is for something else, and is not mailed."""
    mailed = " ".join(row.texts[heading.column] for heading in row.table.columns(*MAILED)).casefold()
    for heading in row.table.read:
        if heading.field not in MAILED and "@" in row.texts[heading.column]:
            found = [one for one in _ADDRESS.findall(row.text(heading)) if one.casefold() not in mailed]
            if found:
                row.say(Code.ADDRESS_ELSEWHERE, heading, ", ".join(found), heading=heading.text)
