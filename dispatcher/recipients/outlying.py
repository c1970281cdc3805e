"""Cells far outside the table: what belongs to a tab, and what was left behind somewhere in it. Pure.

A spreadsheet has 1,048,576 rows and 16,384 columns, and a reader lays out every cell up to the last one that is
filled; so one blank typed into XFD1048576 would cost more memory than any machine has.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

LARGEST_AREA: Final = 3_000_000
"""Cells from A1 to the last one of the table, blank ones counted: 100,000 rows of 30 columns."""
MOST_ROWS: Final = 200_000
LONGEST_TEXT: Final = 32_767
"""Characters that a cell of a spreadsheet can hold."""
LIMIT: Final = f"{MOST_ROWS:,} rows, {LARGEST_AREA:,} cells, {LONGEST_TEXT:,} characters in a cell"
MOST_STRAYS: Final = 20
"""More filled cells than these outside a table are no oversight but data."""
BLANK_ROWS: Final = 10_000
BLANK_COLUMNS: Final = 16
"""So many blank rows or columns end a table."""
USUAL_COLUMNS: Final = 26
"""A to Z always belong to it."""


class Stray(NamedTuple):
    """A filled cell outside the table."""

    cell: str
    text: str


class Extent(NamedTuple):
    """The last row and the last column that belong to a table."""

    row: int
    column: int

    @property
    def is_too_large(self) -> bool:
        """Whether the table is larger than any list of offices."""
        return self.row > MOST_ROWS or self.row * self.column > LARGEST_AREA

    def holds(self, row: int, column: int) -> bool:
        """Return whether a cell belongs to the table."""
        return row <= self.row and column <= self.column


class TooLargeError(ValueError):
    """A tab is larger than any list of offices."""


class FarDataError(ValueError):
    """Too much stands outside the table to be an oversight; the message is its first cell."""


def extent(rows: Iterable[int], columns: Collection[int]) -> Extent:
    """Return how far a table reaches whose filled cells stand in `rows` and `columns`, counted from 1.

    Raises TooLargeError.
    """
    wide = [column for column in columns if column > USUAL_COLUMNS]
    last = _reach(wide, start=USUAL_COLUMNS, gap=BLANK_COLUMNS)
    if last == USUAL_COLUMNS:
        last = max((column for column in columns if column <= USUAL_COLUMNS), default=0)
    found = Extent(_reach(rows, start=0, gap=BLANK_ROWS), last)
    if found.is_too_large:
        raise TooLargeError
    return found


def _reach(numbers: Iterable[int], *, start: int, gap: int) -> int:
    """Return the last of `numbers` before a gap."""
    last = start
    for number in sorted(numbers):
        if number - last > gap:
            break
        last = number
    return last
