"""Excel 97 workbooks (MS-CFB, MS-XLS), looked through before a reader lays them out. Pure."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, NamedTuple

from dispatcher.recipients.grid import letters
from dispatcher.recipients.outlying import MOST_STRAYS, Extent, FarDataError, extent

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_LAST_SECTOR: Final = 0xFFFFFFFA
"""Numbers above stand for no sector."""
_ENTRY: Final = 128
_SMALL_SECTOR: Final = 64

_BEGIN, _END, _TAB, _ENCRYPTED = 0x0809, 0x000A, 0x0085, 0x002F
_SEVERAL: Final = 0x00BD
_CELLS: Final = {0x0006, 0x00BD, 0x00D6, 0x00FD, 0x0203, 0x0204, 0x0205, 0x027E}
"""Records that begin with the row and the column of a cell with content; _SEVERAL ends with its last column."""


class Moved(NamedTuple):
    """Stray cells of a tab, now in column A: the row (from 0) of the first, and where they were."""

    row: int
    cells: tuple[str, ...]


class _Record(NamedTuple):
    """A record: what it is, where it begins in the stream, how long its content is."""

    kind: int
    start: int
    length: int


@dataclass(slots=True)
class _Stream:
    """A stream of a compound file: its content, and where each piece of it stands in the file."""

    content: bytes
    places: Sequence[int]
    piece: int

    def place(self, position: int) -> int:
        """Return where in the file a position of the stream stands."""
        return self.places[position // self.piece] + position % self.piece


@dataclass(slots=True)
class _Cells:
    """The cells of one tab: record, row and columns, all from 0."""

    found: list[tuple[_Record, int, int, int]] = field(default_factory=list)

    @property
    def reach(self) -> Extent:
        """How far the table reaches."""
        columns = {column + 1 for _record, _row, first, last in self.found for column in (first, last)}
        return extent({row + 1 for _record, row, _first, _last in self.found}, columns)


def settled(data: bytes) -> tuple[bytes | None, dict[str, Moved]]:
    """Return a workbook with its stray cells moved below the table (None where there are none), and those by tab.

    What cannot be followed here is left to the reader. Raises TooLargeError, FarDataError.
    """
    try:
        stream = _workbook(data)
        tabs = list(_tabs(stream.content))
    except (struct.error, IndexError, KeyError):
        return None, {}
    patched, moved = bytearray(data), {}
    for title, cells in tabs:
        reach = cells.reach
        strays = [one for one in cells.found if not reach.holds(one[1] + 1, one[3] + 1)]
        if len(strays) > MOST_STRAYS or any(one[0].kind == _SEVERAL for one in strays):
            raise FarDataError(f"{letters(strays[0][2] + 1)}{strays[0][1] + 1}")
        for number, (record, _row, _first, _last) in enumerate(strays):
            for offset, octet in enumerate(struct.pack("<HH", reach.row + 1 + number, 0)):
                patched[stream.place(record.start + 4 + offset)] = octet
        if strays:
            moved[title] = Moved(reach.row + 1, tuple(f"{letters(one[2] + 1)}{one[1] + 1}" for one in strays))
    return (bytes(patched), moved) if moved else (None, {})


def _workbook(data: bytes) -> _Stream:
    """Return the stream of the workbook in a compound file. Raises KeyError where there is none."""
    sector = 1 << struct.unpack_from("<H", data, 30)[0]
    tables, first_entry, cutoff, small_table, _small, more, _count = struct.unpack_from("<I4xIIIIII", data, 44)[:7]
    table = _table(data, sector, more, tables)
    directory = b"".join(data[place : place + sector] for place in _places(table, first_entry, sector))
    entries = [directory[start : start + _ENTRY] for start in range(0, len(directory), _ENTRY)]
    named = {_name(entry): entry for entry in entries}
    entry = named["Workbook"] if "Workbook" in named else named["Book"]
    start, size = struct.unpack_from("<IQ", entry, 116)
    if size >= cutoff:
        places, piece = _places(table, start, sector), sector
    else:
        container = _places(table, struct.unpack_from("<I", entries[0], 116)[0], sector)
        smaller = b"".join(data[place : place + sector] for place in _places(table, small_table, sector))
        chain = _chain(struct.unpack(f"<{len(smaller) // 4}I", smaller), start)
        positions = [number * _SMALL_SECTOR for number in chain]
        places, piece = [container[at // sector] + at % sector for at in positions], _SMALL_SECTOR
    content = b"".join(data[place : place + piece] for place in places)
    return _Stream(content[:size], places, piece)


def _table(data: bytes, sector: int, more: int, count: int) -> tuple[int, ...]:
    """Return the sector allocation table: which sector follows on which."""
    numbers = list(struct.unpack_from("<109I", data, 76))
    for _step in range(count):
        if more > _LAST_SECTOR:
            break
        block = struct.unpack_from(f"<{sector // 4}I", data, (more + 1) * sector)
        numbers += block[:-1]
        more = block[-1]
    used = [number for number in numbers if number <= _LAST_SECTOR][:count]
    blocks = (struct.unpack_from(f"<{sector // 4}I", data, (number + 1) * sector) for number in used)
    return tuple(entry for block in blocks for entry in block)


def _chain(table: Sequence[int], start: int) -> list[int]:
    chain: list[int] = []
    while start <= _LAST_SECTOR and len(chain) <= len(table):
        chain.append(start)
        start = table[start]
    return chain


def _places(table: Sequence[int], start: int, sector: int) -> list[int]:
    return [(number + 1) * sector for number in _chain(table, start)]


def _name(entry: bytes) -> str:
    length = struct.unpack_from("<H", entry, 64)[0]
    return entry[: max(length - 2, 0)].decode("utf-16-le", "replace")


def _records(content: bytes, start: int = 0) -> Iterator[_Record]:
    """Yield the records from `start` on, to the end of what begins there."""
    depth = 0
    while start + 4 <= len(content):
        kind, length = struct.unpack_from("<HH", content, start)
        yield _Record(kind, start, length)
        depth += (kind == _BEGIN) - (kind == _END)
        if depth <= 0:
            return
        start += 4 + length


def _tabs(content: bytes) -> Iterator[tuple[str, _Cells]]:
    """Yield each tab with its cells; nothing of an encrypted workbook, whose cells stand nowhere."""
    globals_ = list(_records(content))
    if any(record.kind == _ENCRYPTED for record in globals_):
        return
    for record in globals_:
        if record.kind == _TAB:
            start, _hidden, _kind, length, flags = struct.unpack_from("<IBBBB", content, record.start + 4)
            name = content[record.start + 12 :][: length * (1 + (flags & 1))]
            title = name.decode("utf-16-le" if flags & 1 else "latin-1", "replace")
            yield title, _Cells([_cell(content, one) for one in _records(content, start) if one.kind in _CELLS])


def _cell(content: bytes, record: _Record) -> tuple[_Record, int, int, int]:
    row, column = struct.unpack_from("<HH", content, record.start + 4)
    last = column
    if record.kind == _SEVERAL:
        last = struct.unpack_from("<H", content, record.start + 2 + record.length)[0]
    return record, row, column, last
