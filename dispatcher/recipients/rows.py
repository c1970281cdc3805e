"""One row of a table: its texts, column by column, and what is to be said of them. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from dispatcher.recipients.cells import clean, is_blank, is_ditto
from dispatcher.recipients.problems import Code, problem

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dispatcher.errors import Problem
    from dispatcher.recipients.grid import Grid, Position
    from dispatcher.recipients.headings import Heading, Table


@dataclass(slots=True)
class Row:
    """One row of a table: the raw text of each column that is read, and what is to be said of it so far."""

    grid: Grid
    table: Table
    number: int
    texts: Mapping[int, str]
    """Column -> text as typed, merged cells filled, ditto marks resolved."""
    problems: list[Problem] = field(default_factory=list)
    copied: set[int] = field(default_factory=set)
    """Columns whose text stands in another row: what is wrong with the text is told there, once."""

    @classmethod
    def of(
        cls, grid: Grid, table: Table, number: int, *, above: Mapping[int, str], filled: Mapping[Position, str]
    ) -> Row:
        """Return the row `number`; `above` holds the texts of the row before, `filled` those of merged cells."""
        texts: dict[int, str] = {}
        row = cls(grid, table, number, texts)
        for heading in table.read:
            row._mark(heading)
            texts[heading.column] = row._resolved(heading, above, filled)
        return row

    def say(self, code: Code, heading: Heading | None, value: str = "", /, **facts: str) -> None:
        """Add a problem of this row, or of its cell below `heading`."""
        column = heading.column if heading else None
        if column in self.copied and code != Code.ROW_INACTIVE:
            return
        self.problems.append(problem(code, self.grid.source(self.number, column), value, **facts))

    def text(self, heading: Heading) -> str:
        """Return the cleaned text below a heading; empty for a dash."""
        text = clean(self.texts[heading.column])
        return "" if is_blank(text) else text

    def first(self, name: str) -> tuple[Heading, str] | None:
        """Return the first column of a field that is filled, with its cleaned text."""
        filled = ((heading, self.text(heading)) for heading in self.table.columns(name))
        return next(((heading, text) for heading, text in filled if text), None)

    def is_explained(self, *names: str) -> bool:
        """Return whether a blank among the columns of these fields is already told of in another problem."""
        columns = {heading.column for heading in self.table.columns(*names)}
        dangling = {one.source for one in self.problems if one.code == Code.DITTO_WITHOUT_ABOVE}
        return any(
            self.grid.marks.at((self.number, column)) or self.grid.source(self.number, column) in dangling
            for column in columns
        )

    def _mark(self, heading: Heading) -> None:
        """Say what only the formatting of a cell tells."""
        position, marks = (self.number, heading.column), self.grid.marks
        if position in marks.uncalculated:
            self.say(Code.FORMULA_WITHOUT_VALUE, heading)
        if position in marks.errors:
            self.say(Code.ERROR_CELL, heading, marks.errors[position])
        if position in marks.struck:
            self.say(Code.STRUCK_TEXT, heading, clean(marks.struck[position].text))

    def _resolved(self, heading: Heading, above: Mapping[int, str], filled: Mapping[Position, str]) -> str:
        position = (self.number, heading.column)
        text = self.grid.text(position)
        if not clean(text):
            if self.grid.marks.at(position) or position not in filled:
                return ""
            self.copied.add(heading.column)
            return filled[position]
        if not is_ditto(clean(text)):
            return text
        before = above.get(heading.column, "")
        if is_blank(clean(before)):
            self.say(Code.DITTO_WITHOUT_ABOVE, heading, clean(text))
            return ""
        self.say(Code.DITTO_RESOLVED, heading, clean(text), read=clean(before))
        self.copied.add(heading.column)
        return before
