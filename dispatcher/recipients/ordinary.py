"""Rows of which nothing is to be said, read column by column: nearly all rows of a long sheet are such. Pure.

What comes out is what offices.read_row makes of the row; where that would say a word, nothing comes out here. A
column is read once for each text in it, and not at all where one look tells that all of it may stand as it is.
"""

from __future__ import annotations

import re
from functools import partial
from itertools import repeat
from typing import TYPE_CHECKING, NamedTuple, TypeVar
from unicodedata import is_normalized

from dispatcher.errors import Source
from dispatcher.model import Recipient, Role
from dispatcher.recipients.addresses import identity, plain_address, says_no_address
from dispatcher.recipients.cells import (
    PLAIN_DIGITS,
    clean,
    clean_addresses,
    has_devanagari,
    is_blank,
    is_ditto,
    is_garbled,
    is_legacy_font,
    is_vacant_remark,
    says_vacant,
)
from dispatcher.recipients.grid import letters
from dispatcher.recipients.offices import NAMES, NOTHING, localized
from dispatcher.recipients.values import is_phone_incomplete, language_of, places_of, status_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from dispatcher.model import Audience, Localized
    from dispatcher.recipients.grid import Grid
    from dispatcher.recipients.headings import Table

T = TypeVar("T")

# Neither has @, nor ? for letters that were lost; the first has no sign that could come from a legacy font.
_ENGLISH = re.compile(r"[A-Za-z0-9 .,&()'\"/:#%!*\n-]*")
_HINDI = re.compile(r"[ ->A-~\n\u0900-\u097f]*")
_PHONE = re.compile(r"0[0-9-]{8,14}|[6-9][0-9]{9}|")

# Of the cells of a column, each on a line of its own.
_WITHOUT_HINDI = re.compile(r"^[^\u0900-\u097f\n]+$", re.MULTILINE)
_UNEVEN = re.compile(r"^ | $|  |^[._-]+$", re.MULTILINE)


class _Common(NamedTuple):
    """What all recipients of a row share."""

    status: str
    language: str
    phone: str
    places: tuple[str, ...]
    designation: Localized
    organisation: Localized


def ordinary_rows(grid: Grid, table: Table, audience: Audience) -> list[tuple[Recipient, ...]]:
    """Return for each row below the header its recipients; none where it is no ordinary row."""
    rows = grid.rows[table.row :]
    mailed = table.columns("address", "cc", "alternate")
    cells = [(letters(one.column), one.field == "address") for one in mailed]
    addresses = zip(*(_column(rows, one.column, ordinary_address) for one in mailed), strict=True)
    common = zip(
        _field(rows, table, "status", ordinary_status, "active"),
        _field(rows, table, "language", ordinary_language, "both"),
        _field(rows, table, "phone", ordinary_phone, ""),
        _field(rows, table, "place", ordinary_places, ()),
        *(_names(rows, table, name) for name in NAMES),
        *(_column(rows, column, read) for column, read in _empty_or_idle(table)),
        strict=False,
    )
    found = []
    for number, (values, own) in enumerate(zip(common, addresses, strict=False), start=table.row + 1):
        if None in values or None in own or not any(own):
            found.append(())
        else:
            shared = _Common(*values[:6])
            found.append(_recipients(grid, audience, number, shared, zip(own, cells, strict=True)))
    return found


def _recipients(
    grid: Grid, audience: Audience, number: int, common: _Common, own: Iterable[tuple[str, tuple[str, bool]]], /
) -> tuple[Recipient, ...]:
    """Return the recipients of one row; none where an address stands in it twice."""
    status, language, phone, places, designation, organisation = common
    found: list[Recipient] = []
    for address, (column, may_be_primary) in own:
        if address:
            role = Role(
                audience=audience.name,
                part=audience.part,
                primary=may_be_primary and not found and status == "active",
                places=places,
                designation=designation,
                organisation=organisation,
                language=language,
                phone=phone,
                source=Source(grid.file, grid.sheet, number, column),
            )
            found.append(Recipient(address=address, roles=(role,)))
    if len(found) > 1 and len({identity(one.address) for one in found}) < len(found):
        return ()
    return tuple(found)


def _column(rows: Sequence[Sequence[str]], column: int, read: Callable[[str], T | None]) -> list[T | None]:
    """Return what each cell of a column says, each text read once."""
    texts = [cells[column - 1] for cells in rows]
    values = {text: read(text) for text in set(texts)}
    return [values[text] for text in texts]


def _field(
    rows: Sequence[Sequence[str]], table: Table, name: str, read: Callable[[str], T | None], default: T, /
) -> Iterable[T | None]:
    """Return what the first column of a field says; below a blank cell of it a second one would count."""
    columns = table.columns(name)
    return _column(rows, columns[0].column, read) if columns else repeat(default)


def _empty_or_idle(table: Table) -> list[tuple[int, Callable[[str], str | None]]]:
    """Return the columns that must be empty, or say nothing, for a row to be ordinary."""
    second = [one for name in ("status", "language", "phone", "place") for one in table.columns(name)[1:]]
    empty = [(one.column, _only_empty) for one in (*second, *table.columns("ascii_alternate"))]
    return empty + [(one.column, ordinary_remark) for one in table.columns("remarks")]


def _only_empty(text: str) -> str | None:
    return None if text else ""


def _names(rows: Sequence[Sequence[str]], table: Table, name: str) -> Iterable[Localized | None]:
    """Return the names of a field in both languages, row by row."""
    headings = table.columns(name)
    columns = []
    for one in headings:
        texts, hindi = [cells[one.column - 1] for cells in rows], one.language == "hi"
        plain = is_plain_column(texts, hindi=hindi)
        columns.append(texts if plain else _column(rows, one.column, partial(ordinary_name, hindi=hindi)))
    if not columns:
        return repeat(NOTHING)
    languages = [one.language for one in headings]
    return (
        None if None in texts else localized(zip(languages, texts, strict=True))
        for texts in zip(*columns, strict=True)
    )


def is_plain_column(texts: Sequence[str], *, hindi: bool) -> bool:
    """Return whether ordinary_name would give back each of the texts of a column unchanged."""
    joined = "\n".join(texts)
    if joined.count("\n") != max(len(texts) - 1, 0) or _UNEVEN.search(joined) or says_vacant(joined):
        return False
    if (_HINDI if hindi else _ENGLISH).fullmatch(joined) is None or not is_normalized("NFC", joined):
        return False
    return not (hindi and _WITHOUT_HINDI.search(joined)) and not any(map(is_ditto, set(texts)))


def ordinary_name(text: str, *, hindi: bool) -> str | None:
    """Return a designation or the name of an office as it may be printed; None where a word is to be said of it."""
    if _HINDI.fullmatch(text) is None:
        return None
    if not has_devanagari(text) and (_ENGLISH.fullmatch(text) is None or (hindi and text.strip())):
        return None
    name = clean(text)
    if is_ditto(name) or says_vacant(name):
        return None
    return "" if is_blank(name) else name


def ordinary_address(text: str) -> str | None:
    """Return the one plain address of a cell, nothing for an empty one; None for any other cell."""
    if not text:
        return ""
    address = plain_address(text)
    if address is None:
        return "" if says_no_address(clean_addresses(text)) else None
    return None if says_vacant(text) else address


def ordinary_places(text: str) -> tuple[str, ...] | None:
    """Return the known places that a cell names; None where it names none, or all, or an unknown one."""
    name = clean(text)
    if is_blank(name) or is_ditto(name) or "@" in name or is_garbled(name) or is_legacy_font(name, hindi=False):
        return None
    places, unknown = places_of(text)
    return None if unknown or not places else places


def ordinary_status(text: str) -> str | None:
    """Return active or alternate; None where the row is not mailed, or a word is to be said of the cell."""
    name = clean(text)
    if is_ditto(name) or says_vacant(name) or "@" in name:
        return None
    status = status_of(name)
    return None if status == "inactive" else status


def ordinary_language(text: str) -> str | None:
    """Return the language that a cell asks for; None where a word is to be said of it."""
    name = clean(text)
    return None if is_ditto(name) or "@" in name else language_of(name)


def ordinary_phone(text: str) -> str | None:
    """Return a phone number; None where a word is to be said of it."""
    if _PHONE.fullmatch(text):
        return text
    number = clean(text)
    if is_ditto(number) or "@" in number or is_phone_incomplete(number):
        return None
    return "" if is_blank(number) else number.translate(PLAIN_DIGITS)


def ordinary_remark(text: str) -> str | None:
    """Return the remark where it changes nothing, else None."""
    remark = clean(text)
    idle = not (is_ditto(remark) or "@" in remark or says_vacant(remark) or is_vacant_remark(remark))
    return remark if idle else None
