"""The content.xml of an OpenDocument spreadsheet (ODF 1.3, part 3, section 9), looked through. Pure.

Rows and cells say how often they are repeated, so that a few octets can stand for billions of cells.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from xml.parsers import expat

from dispatcher.recipients.grid import letters
from dispatcher.recipients.outlying import MOST_STRAYS, Extent, FarDataError, Stray, TooLargeError, extent

if TYPE_CHECKING:
    from dispatcher.recipients.grid import Position

_LAST_ROW: Final = 1_048_576
_LAST_COLUMN: Final = 16_384
_CELLS = {"table-cell", "covered-table-cell"}


@dataclass(slots=True)
class _Tab:
    """One table, as far as it was looked through."""

    name: str
    rows: set[int] = field(default_factory=set)
    columns: set[int] = field(default_factory=set)
    reach: Extent = Extent(0, 0)  # noqa: RUF009 - a tuple
    strays: list[Stray] = field(default_factory=list)
    merged: list[tuple[Position, Position]] = field(default_factory=list)


class Document(NamedTuple):
    """A document that is safe to read."""

    content: bytes | None
    """Without its stray cells; None where there are none."""
    strays: dict[str, list[Stray]]
    """Table -> its stray cells."""
    merged: dict[str, list[tuple[Position, Position]]]
    """Table -> top left and bottom right of its merged ranges."""


def settled(data: bytes) -> Document:
    """Return a document without its stray cells, and what its reader does not tell.

    Raises TooLargeError, FarDataError, and ValueError for what is no XML.
    """
    first = _Reading()
    first.parse(data)
    merged = {tab.name: tab.merged for tab in first.tabs if tab.merged}
    for tab in first.tabs:
        tab.reach = extent(tab.rows, tab.columns)
    if all(
        max(tab.rows | {0}) <= tab.reach.row and max(tab.columns | {0}) <= tab.reach.column for tab in first.tabs
    ):
        return Document(None, {}, merged)
    second = _Reading(known=first.tabs)
    second.parse(data)
    rest, at = b"", 0
    for start, end in second.cuts:
        rest, at = rest + data[at:start], end
    return Document(rest + data[at:], {tab.name: tab.strays for tab in second.tabs if tab.strays}, merged)


class _Reading:
    """One pass over a document; with the tables `known`, what is stray in them is cut out."""

    def __init__(self, known: list[_Tab] | None = None) -> None:
        self.tabs: list[_Tab] = []
        self.cuts: list[tuple[int, int]] = []
        self._known = known
        self._row = self._column = 0
        self._repeated: tuple[int, int] = (1, 1)
        self._text: list[str] | None = None
        self._filled = False
        self._cut: tuple[str, int] | None = None
        self._parser = expat.ParserCreate()

    def parse(self, data: bytes) -> None:
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._characters
        try:
            self._parser.Parse(data, True)  # noqa: FBT003 - positional only
        except expat.ExpatError as error:
            raise ValueError(str(error)) from error

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        local = name.rpartition(":")[2]
        if local == "table":
            self.tabs.append(
                self._known[len(self.tabs)] if self._known else _Tab(attributes.get("table:name", ""))
            )
            self._row = 0
        elif local == "table-row" and self.tabs:
            self._repeated = (_count(attributes, "rows", _LAST_ROW - self._row), 1)
            self._column = 0
            self._begin_cut("table", is_outside=self._row + 1 > self.tabs[-1].reach.row)
        elif local in _CELLS and self.tabs:
            self._repeated = (self._repeated[0], _count(attributes, "columns", _LAST_COLUMN - self._column))
            self._text, self._filled = [], "office:value-type" in attributes
            self._merge(attributes)
            self._begin_cut("table-row", is_outside=self._column + 1 > self.tabs[-1].reach.column)

    def _merge(self, attributes: dict[str, str]) -> None:
        down = min(int(attributes.get("table:number-rows-spanned", 1)), _LAST_ROW)
        right = min(int(attributes.get("table:number-columns-spanned", 1)), _LAST_COLUMN)
        if down > 1 or right > 1:
            top, left = self._row + 1, self._column + 1
            self.tabs[-1].merged.append(((top, left), (top + down - 1, left + right - 1)))

    def _begin_cut(self, until: str, *, is_outside: bool) -> None:
        if self._known and is_outside and self._cut is None:
            self._cut = until, self._parser.CurrentByteIndex

    def _characters(self, text: str) -> None:
        if self._text is not None:
            self._text.append(text)

    def _end(self, name: str) -> None:
        local = name.rpartition(":")[2]
        if self._cut and local == self._cut[0]:
            self.cuts.append((self._cut[1], self._parser.CurrentByteIndex))
            self._cut = None
        if local in _CELLS and self._text is not None:
            text = "".join(self._text).strip()
            if text or self._filled:
                self._found(text)
            self._column += self._repeated[1]
            self._text = None
        elif local == "table-row":
            self._row += self._repeated[0]

    def _found(self, text: str) -> None:
        """Note a filled cell, or all that one stands for."""
        tab, (rows, columns) = self.tabs[-1], self._repeated
        if self._known is None:
            tab.rows.update(range(self._row + 1, self._row + rows + 1))
            tab.columns.update(range(self._column + 1, self._column + columns + 1))
        elif not tab.reach.holds(self._row + rows, self._column + columns):
            tab.strays.append(Stray(f"{letters(self._column + 1)}{self._row + 1}", text))
            if len(tab.strays) > MOST_STRAYS:
                raise FarDataError(tab.strays[0].cell)


def _count(attributes: dict[str, Any], of: str, most: int) -> int:
    """Return how often a row or cell is repeated. Raises TooLargeError beyond the edge of a sheet."""
    count = int(attributes.get(f"table:number-{of}-repeated", 1))
    if count > most:
        raise TooLargeError
    return max(count, 1)
