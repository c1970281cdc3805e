"""Texts into rows: the encoding and the delimiter of a CSV or TSV file, told by its content (RFC 4180). Pure."""

from __future__ import annotations

import codecs
import contextlib
import csv
import io
from itertools import islice
from typing import TYPE_CHECKING, Final

from dispatcher.recipients.grid import letters
from dispatcher.recipients.headings import field_of
from dispatcher.recipients.outlying import (
    LONGEST_TEXT,
    MOST_STRAYS,
    USUAL_COLUMNS,
    Extent,
    FarDataError,
    Stray,
    TooLargeError,
    extent,
)
from dispatcher.recipients.tables import LAST_HEADER_ROW

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_DELIMITERS: Final = (",", ";", "\t", "|")
_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_WINDOWS: Final = "cp1252"
_SENTINEL: Final = "\ue001end"
_PROBE: Final = 64 * 1024


class QuoteError(ValueError):
    """A quotation mark is opened and never closed; the message is the row."""


def decoded(content: bytes) -> tuple[str, bool]:
    """Return the text of a file, and whether its encoding is a guess: Windows-1252 for what is not Unicode.

    Raises UnicodeDecodeError where not even that fits.
    """
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            return content.decode(encoding), False
    for byte_order in ("utf-16-le", "utf-16-be"):
        if _is_utf_16(content, byte_order):
            return content.decode(byte_order), False
    try:
        return content.decode(), False
    except UnicodeDecodeError:
        return content.decode(_WINDOWS), True


def _is_utf_16(content: bytes, byte_order: str) -> bool:
    """Return whether a text without a mark is UTF-16: the zeros in its beginning are every second octet."""
    start = content[:256]
    zeros = start[1::2] if byte_order == "utf-16-le" else start[::2]
    return len(start) >= 4 and zeros.count(0) * 2 > len(zeros) and zeros.count(0) == start.count(0)


def table_of(text: str) -> tuple[tuple[tuple[str, ...], ...], list[Stray]]:
    """Return the rows of a text, all of one width, and the cells far outside them.

    Raises QuoteError, TooLargeError, FarDataError.
    """
    delimiter, body = _delimiter(text.removeprefix("\ufeff"))
    rows = _rows(body, delimiter)
    filled = [number for number, row in enumerate(rows, start=1) if row]
    columns = {max((len(row) for row in rows if len(row) <= USUAL_COLUMNS), default=0)}
    columns.update(column for row in rows if len(row) > USUAL_COLUMNS for column in _filled(row))
    reach = extent(filled, columns)
    is_whole = reach.holds(max(filled, default=0), max(columns))
    blank = ("",) * reach.column
    kept = (row[: reach.column] for row in islice(rows, reach.row))
    return tuple(row + blank[len(row) :] if row else blank for row in kept), [] if is_whole else _strays(
        rows, reach
    )


def _delimiter(text: str) -> tuple[str, str]:
    """Return the delimiter of a text, and the text without a first line `sep=;`, which Excel does not show either.

    It is the one with which most headings are known; that failing, the one that divides most.
    """
    first, _break, rest = text.partition("\n")
    if first.casefold().startswith("sep=") and len(first.strip()) == len("sep=;"):
        return first.strip()[-1], rest
    start = text[:_PROBE]
    return max(_DELIMITERS, key=lambda delimiter: _fitness(start, delimiter)), text


def _fitness(start: str, delimiter: str) -> tuple[int, int]:
    rows = list(islice(_records(start, delimiter), LAST_HEADER_ROW))
    known = max((sum(1 for cell in row if field_of(cell)) for row in rows), default=0)
    widest = max(map(len, rows), default=0)
    return known, -widest if known == 1 else sum(map(len, rows))


def _records(text: str, delimiter: str) -> Iterator[list[str]]:
    """Yield the records of a text; a record that no spreadsheet could hold ends it."""
    with contextlib.suppress(csv.Error):
        yield from csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, skipinitialspace=True)


def _rows(text: str, delimiter: str) -> list[tuple[str, ...]]:
    """Return the records of a text without the blank cells at their ends."""
    rows: list[tuple[str, ...]] = []
    last: list[str] = []
    for last in _records(f"{text}\n{_SENTINEL}", delimiter):
        cells = last
        while cells and not cells[-1].strip():
            cells.pop()
        if any(len(cell) > LONGEST_TEXT for cell in cells):
            raise QuoteError(str(len(rows) + 1)) if '"' in text else TooLargeError
        rows.append(tuple(cells))
    if last != [_SENTINEL]:  # a cell that ends nowhere
        raise QuoteError(str(len(rows))) if '"' in text else TooLargeError
    rows.pop()
    return rows


def _filled(row: Sequence[str]) -> Iterator[int]:
    return (column for column, text in enumerate(row, start=1) if text.strip())


def _strays(rows: Sequence[Sequence[str]], reach: Extent) -> list[Stray]:
    found = [
        Stray(f"{letters(column)}{number}", row[column - 1])
        for number, row in enumerate(rows, start=1)
        if number > reach.row or len(row) > reach.column
        for column in _filled(row)
        if not reach.holds(number, column)
    ]
    if len(found) > MOST_STRAYS:
        raise FarDataError(found[0].cell)
    return found
