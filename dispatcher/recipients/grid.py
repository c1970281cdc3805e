"""A tab as it was read: its texts, and what only shows in the formatting. Rows and columns count from 1."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, TypeAlias

from dispatcher.errors import Source

if TYPE_CHECKING:
    from collections.abc import Mapping

Position: TypeAlias = tuple[int, int]
"""Row and column."""


@lru_cache(maxsize=1024)
def letters(column: int) -> str:
    """Return a column's letters: 1 is A, 27 is AA."""
    text = ""
    while column:
        column, digit = divmod(column - 1, 26)
        text = chr(ord("A") + digit) + text
    return text


@dataclass(frozen=True, slots=True)
class Struck:
    """A cell with text struck through: that text, and what is left without it."""

    text: str
    rest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Marks:
    """What the texts alone do not tell."""

    hidden_rows: frozenset[int] = frozenset()
    hidden_columns: frozenset[int] = frozenset()
    struck: Mapping[Position, Struck] = field(default_factory=dict)
    links: Mapping[Position, str] = field(default_factory=dict)
    """Addresses behind cells, without `mailto:`."""
    uncalculated: frozenset[Position] = frozenset()
    """Formulas whose result was never stored."""
    errors: Mapping[Position, str] = field(default_factory=dict)
    """Cells that show #N/A, #REF! and the like."""

    @property
    def rows(self) -> frozenset[int]:
        """The rows with a mark of any kind but that of a column."""
        positions = (*self.struck, *self.links, *self.uncalculated, *self.errors)
        return self.hidden_rows.union(row for row, _column in positions)

    def at(self, position: Position) -> bool:
        """Return whether a cell without text is not simply blank."""
        return position in self.struck or position in self.uncalculated or position in self.errors


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """One tab: every cell as text, blank ones empty."""

    file: str
    sheet: str | None
    rows: tuple[tuple[str, ...], ...]
    merged: tuple[tuple[Position, Position], ...] = ()
    """Top left and bottom right of each merged range."""
    marks: Marks = field(default_factory=Marks)

    def text(self, position: Position) -> str:
        """Return the text of a cell, without what is struck through; empty outside the grid."""
        if self.marks.struck and position in self.marks.struck:
            return self.marks.struck[position].rest
        row, column = position
        return self.row(row)[column - 1]

    def row(self, number: int) -> tuple[str, ...]:
        """Return the texts of a row as they stand in the file; empty ones below the last."""
        return self.rows[number - 1] if number <= len(self.rows) else ("",) * self.width

    @property
    def width(self) -> int:
        """The number of columns, the same in every row."""
        return len(self.rows[0]) if self.rows else 0

    def source(self, row: int | None = None, column: int | None = None) -> Source:
        """Return where a row or cell stands."""
        return Source(self.file, self.sheet, row, letters(column) if column else None)
