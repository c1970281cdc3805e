"""Rows of which nothing is to be said, read column by column: nearly all rows of a long sheet are such. Pure.

What comes out is what offices.read_row makes of the row; where that would say a word, nothing comes out here. A
column is read once for each text in it, and not at all where one look tells that all of it may stand as it is.
"""

from __future__ import annotations

import re
from functools import partial
from itertools import repeat
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar
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
    from dispatcher.recipients.headings import Heading, Table

T = TypeVar("T")

_Reading: TypeAlias = "Callable[[str], T | None]"
"""What a cell says; None where a word is to be said of it."""

# Neither has @, nor ? for letters that were lost; the first has no sign that could come from a legacy font.
_ENGLISH = re.compile(r"[A-Za-z0-9 .,&()'\"/:#%!*\n-]*")
_HINDI = re.compile(r"[ ->A-~\n\u0900-\u097f]*")
NOWHERE: tuple[str, ...] = ()
_BETWEEN = re.compile(r"(?: ?[;,/] ?|\n)")
_PHONE = re.compile(r"0[0-9-]{8,14}|[6-9][0-9]{9}|")

# Of the cells of a column, each on a line of its own.
_WITHOUT_HINDI = re.compile(r"^[^\u0900-\u097f\n]+$", re.MULTILINE)
_UNEVEN = re.compile(r"^ | $|  |^[._-]+$", re.MULTILINE)


def ordinary_rows(grid: Grid, table: Table, audience: Audience) -> list[tuple[Recipient, ...]]:
    """Return for each row below the header its recipients; none where it is no ordinary row."""
    rows = grid.rows[table.row :]
    mailed = table.columns("address", "cc", "alternate")
    columns = [(letters(one.column), one.field == "address") for one in mailed]
    addresses = zip(*(_column(rows, one.column, ordinary_addresses) for one in mailed), strict=True)
    common = zip(
        _field(rows, table.columns("status"), ordinary_status, default="active"),
        _field(rows, table.columns("language"), ordinary_language, default="both"),
        _field(rows, table.columns("phone"), ordinary_phone, default=""),
        _field(rows, table.columns("place"), ordinary_places, default=NOWHERE),
        *(_names(rows, table, name) for name in NAMES),
        *(_column(rows, column, read) for column, read in _silent(table)),
        strict=False,
    )
    offices = _Offices(grid, audience)
    found: list[tuple[Recipient, ...]] = []
    for number, (values, own) in enumerate(zip(common, addresses, strict=False), start=table.row + 1):
        if None in values or None in own:
            found.append(())
        else:
            given = [(address, *column) for cell, column in zip(own, columns, strict=True) for address in cell]
            found.append(offices.recipients(number, values, given))
    return found


class _Offices:
    """Makes the recipients of ordinary rows."""

    def __init__(self, grid: Grid, audience: Audience) -> None:
        self.file, self.sheet = grid.file, grid.sheet
        self.audience, self.part = audience.name, audience.part

    def recipients(
        self, number: int, values: Sequence[Any], given: Sequence[tuple[str, str, bool]]
    ) -> tuple[Recipient, ...]:
        """Return the recipients of one row; none where an address stands in it twice.

        `values` begins with what they share, in the order of ordinary_rows; `given` holds each address with the
        letters of its column, and whether that is one for primary addresses.
        """
        if len(given) > 1 and len({identity(address) for address, _column, _primary in given}) < len(given):
            return ()
        status, language, phone, places, designation, organisation, *_silent = values
        found: list[Recipient] = []
        for address, column, may_be_primary in given:
            role = Role(
                audience=self.audience,
                part=self.part,
                primary=may_be_primary and not found and status == "active",
                places=places,
                designation=designation,
                organisation=organisation,
                language=language,
                phone=phone,
                source=Source(self.file, self.sheet, number, column),
            )
            found.append(Recipient(address=address, roles=(role,)))
        return tuple(found)


def _column(rows: Sequence[Sequence[str]], column: int, read: _Reading[T]) -> list[T | None]:
    """Return what each cell of a column says, each text read once."""
    texts = [cells[column - 1] for cells in rows]
    values = {text: read(text) for text in set(texts)}
    return [values[text] for text in texts]


def _field(
    rows: Sequence[Sequence[str]], columns: Sequence[Heading], read: _Reading[T], *, default: T
) -> Iterable[T | None]:
    """Return what the first column of a field says; `default` where there is none."""
    return _column(rows, columns[0].column, read) if columns else repeat(default)


def _silent(table: Table) -> list[tuple[int, _Reading[str]]]:
    """Return the columns that must be empty, or change nothing, for a row to be ordinary.

    The second column of a field counts only where the first is blank.
    """
    second = [one for name in ("status", "language", "phone", "place") for one in table.columns(name)[1:]]
    empty: list[tuple[int, _Reading[str]]] = [
        (one.column, _only_empty) for one in (*second, *table.columns("ascii_alternate"))
    ]
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
    languages = [one.language for one in headings]
    if not columns:
        return repeat(NOTHING)
    if languages == ["hi", "en"]:  # as the office's own sheets have it, and worth a short way
        return [
            None if hindi is None or english is None else {"hi": hindi or english, "en": english or hindi}
            for hindi, english in zip(*columns, strict=True)
        ]
    return [
        None if None in texts else localized(zip(languages, texts, strict=True))
        for texts in zip(*columns, strict=True)
    ]


def is_plain_column(texts: Sequence[str], *, hindi: bool) -> bool:
    """Return whether ordinary_name would give back each of the texts of a column unchanged."""
    joined = "\n".join(texts)
    if joined.count("\n") != max(len(texts) - 1, 0) or _UNEVEN.search(joined) or says_vacant(joined):
        return False
    if (_HINDI if hindi else _ENGLISH).fullmatch(joined) is None or not is_normalized("NFC", joined):
        return False
    return not (hindi and _WITHOUT_HINDI.search(joined)) and not any(map(is_ditto, set(texts)))


def ordinary_name(text: str, *, hindi: bool) -> str | None:
    """Return a designation, or the name of an office, as it may be printed; None for what needs a word."""
    if _HINDI.fullmatch(text) is None:
        return None
    if not has_devanagari(text) and (_ENGLISH.fullmatch(text) is None or (hindi and text.strip())):
        return None
    name = clean(text)
    if is_ditto(name) or says_vacant(name):
        return None
    return "" if is_blank(name) else name


def ordinary_addresses(text: str) -> tuple[str, ...] | None:
    """Return the plain addresses of a cell, which may be none; None for any other cell."""
    if not text:
        return ()
    plain = plain_address(text)
    if plain is not None:
        found: tuple[str | None, ...] = (plain,)
    elif says_no_address(clean_addresses(text)):
        return ()
    else:
        found = tuple(plain_address(piece) for piece in _BETWEEN.split(text))
    return None if None in found or says_vacant(text) else tuple(filter(None, found))


def ordinary_places(text: str) -> tuple[str, ...] | None:
    """Return the known places that a cell names, none where it means all; None for what needs a word."""
    name = clean(text)
    if is_blank(name) or is_ditto(name) or "@" in name or is_garbled(name) or is_legacy_font(name, hindi=False):
        return None
    places, unknown = places_of(text)
    return None if unknown else places


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
