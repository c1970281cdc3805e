"""The XML of a worksheet (ECMA-376, part 1, section 18.3.1), looked through before a reader lays it out. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple
from xml.parsers import expat

from dispatcher.recipients.grid import letters
from dispatcher.recipients.outlying import (
    LARGEST_AREA,
    MOST_STRAYS,
    USUAL_COLUMNS,
    Extent,
    FarDataError,
    TooLargeError,
    extent,
)

if TYPE_CHECKING:
    from collections.abc import Callable

MARK: Final = "\ue000stray "
"""Begins the first cell of a row that holds a stray cell; no office types a private-use character."""

_REFERENCE = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")
_LAST_ROW, _LAST_COLUMN = 1_048_576, 16_384
_PREFIXED = re.compile(rb":(?:c|row)[\s/>]")


class _Patterns(NamedTuple):
    """What is looked for in a worksheet whose names have a prefix, or none."""

    prefix: bytes
    unusual: re.Pattern[bytes]
    """A row or cell that does not give its place, or not first, as every usual writer does."""
    filled_row: re.Pattern[bytes]
    far_cell: re.Pattern[bytes]


def _patterns(prefix: bytes) -> _Patterns:
    cell = rb"<" + prefix + rb"c"
    return _Patterns(
        prefix,
        re.compile(rb"<" + prefix + rb'(?:c|row)(?![^<>\s/])(?! r="[A-Z]{0,3}[0-9]{1,7}")'),
        re.compile(
            rb"<"
            + prefix
            + rb'row r="([0-9]+)"[^>]*>\s*(?:'
            + cell
            + rb" [^>]*/>\s*)*"
            + cell
            + rb" [^>]*[^/]>(?!</)"
        ),
        re.compile(cell + rb' r="([A-Z]{2,3}[0-9]{1,7}|[A-Z][0-9]{6,7})"(?:[^>]*[^/])?>(?!</)'),
    )


_P: Final = rb"(?:[^<>\s/:]*:)?"
_PLAIN, _WITH_PREFIX = _patterns(b""), _patterns(_P)
_FAR = re.compile(rb' r="(?:[A-Z]{2,3}[0-9]{1,7}|[A-Z][0-9]{6,7})"')
_NEAR_COLUMN = re.compile(rb' r="([A-Z])[0-9]')
_ROW: Final = (
    b'<x:row r="%b"><x:c r="A%b" t="inlineStr"><x:is><x:t>%b</x:t></x:is></x:c><x:c r="B%b"%b>%b</x:c></x:row>'
)


def settled(data: bytes) -> bytes | None:
    """Return a worksheet with its stray cells moved into marked rows below the table; None where there are none.

    A marked row holds MARK with the place of the cell, and the cell. Raises TooLargeError, FarDataError, and
    ValueError for what is no XML.
    """
    patterns = _WITH_PREFIX if _PREFIXED.search(data) else _PLAIN
    if patterns.unusual.search(data):
        _look_through(data)
        return None
    rows = {int(row) for row in patterns.filled_row.findall(data)}
    far = [_position(found.decode()) for found in patterns.far_cell.findall(data)] if _FAR.search(data) else []
    if any(row not in rows for row, _column in far):  # a cell that stands in the row of another number
        _look_through(data)
        return None
    columns = {column for _row, column in far if column > USUAL_COLUMNS}
    near = USUAL_COLUMNS
    if max(rows, default=0) * near > LARGEST_AREA:
        near = max((ord(column) - ord("A") + 1 for column in set(_NEAR_COLUMN.findall(data))), default=0)
    reach = extent(rows, {near, *columns})
    if max(rows, default=0) <= reach.row and max(columns, default=0) <= max(reach.column, USUAL_COLUMNS):
        return None
    return _moved(data, reach, patterns)


def _look_through(data: bytes) -> None:
    """Look through an unusual worksheet with a real parser; it may be read only if no cell of it is stray."""
    rows: set[int] = set()
    columns: set[int] = set()

    def note(row: int, column: int) -> None:
        if row > _LAST_ROW or column > _LAST_COLUMN:
            raise TooLargeError
        rows.add(row)
        columns.add(column)

    _each_cell(data, note)
    reach = extent(rows, columns)

    def refuse(row: int, column: int) -> None:
        if not reach.holds(row, column):
            raise FarDataError(f"{letters(column)}{row}")

    if max(rows, default=0) > reach.row or max(columns, default=0) > reach.column:
        _each_cell(data, refuse)


def _each_cell(data: bytes, found: Callable[[int, int], None]) -> None:
    """Call `found` with row and column of each cell that holds anything."""
    row = column = 0
    is_open = False

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal row, column, is_open
        match name.rpartition(":")[2]:
            case "row":
                row, column = int(attributes.get("r", row + 1)), 0
            case "c":
                row, column = _position(attributes["r"]) if "r" in attributes else (row, column + 1)
                is_open = True
            case _ if is_open:
                found(row, column)
                is_open = False

    def end(name: str) -> None:
        nonlocal is_open
        if name.rpartition(":")[2] == "c":
            is_open = False

    parser = expat.ParserCreate()
    parser.StartElementHandler, parser.EndElementHandler = start, end
    try:
        parser.Parse(data, True)  # noqa: FBT003 - positional only
    except expat.ExpatError as error:
        raise ValueError(str(error)) from error


def _moved(data: bytes, reach: Extent, patterns: _Patterns) -> bytes:
    """Return a worksheet with each stray cell in a row of its own below the table."""
    digits = len(str(reach.row))
    place = rb"[A-Z]{2,3}[0-9]{1,7}|[A-Z][0-9]{%d,7}" % digits
    cell = re.compile(
        rb"<(" + patterns.prefix + rb')c r="(' + place + rb')"([^>]*?)(?:/>|>(.*?)</\1c>)', re.DOTALL
    )
    moved: list[bytes] = []
    places: list[str] = []

    def take(found: re.Match[bytes]) -> bytes:
        prefix, place, attributes, content = found.groups()
        if not content or reach.holds(*_position(place.decode())):
            return found[0]
        places.append(place.decode())
        if len(places) > MOST_STRAYS:
            raise FarDataError(places[0])
        row = str(reach.row + 2 + len(moved)).encode()
        text = MARK.encode() + place
        moved.append(_ROW.replace(b"x:", prefix) % (row, row, text, row, attributes, content))
        return b""

    rest = cell.sub(take, data)
    end = rest.rfind(b"<", 0, max(rest.rfind(b"sheetData"), 0))
    if rest[end : end + 2] != b"</":
        raise ValueError("no end of the data")
    return b"".join((rest[:end], *moved, rest[end:]))


def _position(reference: str) -> tuple[int, int]:
    found = _REFERENCE.fullmatch(reference)
    if found is None:
        raise ValueError(f"no cell {reference}")
    column = 0
    for letter in found[1]:
        column = column * 26 + ord(letter) - ord("A") + 1
    if not 0 < int(found[2]) <= _LAST_ROW or column > _LAST_COLUMN:
        raise TooLargeError
    return int(found[2]), column
