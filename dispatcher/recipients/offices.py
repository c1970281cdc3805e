"""What one row comes to: the recipients of an office, and the problems of its cells. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dispatcher.model import Role
from dispatcher.recipients.cells import (
    clean,
    has_devanagari,
    has_latin,
    is_legacy_font,
    is_vacant_remark,
    says_vacant,
)
from dispatcher.recipients.mailboxes import mailboxes
from dispatcher.recipients.problems import Code
from dispatcher.recipients.values import is_phone_incomplete, language_of, places_of, status_of

if TYPE_CHECKING:
    from dispatcher.errors import Problem
    from dispatcher.model import Audience, Localized, Recipient
    from dispatcher.recipients.headings import Heading
    from dispatcher.recipients.rows import Row

NAMES = ("designation", "organisation")


def read_row(row: Row, audience: Audience) -> tuple[tuple[Recipient, ...], tuple[Problem, ...]]:
    """Return the recipients of a row and its problems. One of the two is never empty."""
    status = _status(row)
    if status is None:
        inactive = [one for one in row.problems if one.code == Code.ROW_INACTIVE]
        return (), tuple(inactive)
    if row.number in row.grid.marks.hidden_rows:
        row.say(Code.ROW_HIDDEN, None)
    vacant = _is_vacant(row)
    places, names = _places(row), {name: _localized(row, name) for name in NAMES}
    first = row.table.columns("address")[0]
    role = Role(
        audience=audience.name,
        part=audience.part,
        primary=status == "active",
        places=places,
        designation=names["designation"],
        organisation=names["organisation"],
        language=_language(row),
        phone=_phone(row),
        source=row.grid.source(row.number, first.column),
    )
    told = len(row.problems)
    entries = mailboxes(row, role)
    if (
        not entries
        and not vacant
        and len(row.problems) == told
        and not row.is_explained("address", "cc", "alternate")
    ):
        _say_no_address(row, first)
    return (() if vacant else entries), tuple(row.problems)


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
    if is_legacy_font(text, hindi=False):
        row.say(Code.LEGACY_FONT, heading, text)
        return ()
    places, unknown = places_of(row.texts[heading.column])
    for place in unknown:
        row.say(Code.PLACE_UNKNOWN, heading, place)
    return places


def _localized(row: Row, name: str) -> Localized:
    """Return the texts of a field in both languages; the one that is there stands for one that is not."""
    texts: dict[str | None, str] = {}
    for heading in row.table.columns(name):
        text = _name(row, heading)
        if text:
            texts.setdefault(heading.language, text)
    fallback = next(iter(texts.values()), "")
    return {tag: texts.get(tag) or texts.get(None) or fallback for tag in ("hi", "en")}


def _name(row: Row, heading: Heading) -> str:
    text = row.text(heading)
    hindi = heading.language == "hi"
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
    return found[1]


def _say_no_address(row: Row, first: Heading) -> None:
    if any(row.first(name) for name in NAMES):
        row.say(Code.ADDRESS_MISSING, first)
    elif (place := row.first("place")) is not None:
        row.say(Code.PLACE_WITHOUT_POST, None, place[1])
    else:
        line = " / ".join(text for cell in row.grid.row(row.number) if (text := clean(cell)))
        row.say(Code.ROW_NOT_A_RECIPIENT, None, line)
