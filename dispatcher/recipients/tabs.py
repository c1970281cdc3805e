"""From a grid to recipients and problems: every row ends as one or the other. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from dispatcher.errors import Severity, Source
from dispatcher.recipients.addresses import may_hold_address
from dispatcher.recipients.cells import clean, is_blank, is_footer
from dispatcher.recipients.context import SheetContext
from dispatcher.recipients.coverage import primary_problems
from dispatcher.recipients.domains import domain_problems
from dispatcher.recipients.offices import MAILED, Outcome, read_row
from dispatcher.recipients.ordinary import ordinary_rows
from dispatcher.recipients.problems import Code, problem
from dispatcher.recipients.rows import Row
from dispatcher.recipients.tables import find_table
from dispatcher.recipients.values import places_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from dispatcher.errors import Problem
    from dispatcher.model import Audience, Recipient
    from dispatcher.recipients.grid import Grid, Position
    from dispatcher.recipients.headings import Table

BY_ITSELF: Final = SheetContext()
"""Nothing is known but the sheet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetReading:
    """What the sheet of one audience holds. Each entry is an address with exactly one role."""

    audience: str
    entries: tuple[Recipient, ...]
    problems: tuple[Problem, ...]
    source: Source = field(default_factory=lambda: Source(""))
    """The file, and the tab where there are tabs."""
    troubled: frozenset[str] = frozenset()
    """Places of rows that have no address because of an error that is told at the row."""
    everywhere: bool = False
    """A row that is mailed stands for every place."""
    has_places: bool = True
    """The table has a column for places; true also where no table was found."""


def read_tab(
    grid: Grid, audience: Audience, *, before: Iterable[Problem] = (), context: SheetContext = BY_ITSELF
) -> SheetReading:
    """Return the recipients of a tab and all its problems, those found `before` first."""
    table, problems = find_table(grid)
    found = _Found(problems=[*before, *problems])
    if table is not None:
        filled, notes = _merged(grid, table)
        found.problems += notes
        _Reader(grid, table, audience, filled=filled, found=found).read()
        found.problems += domain_problems(found.entries, context)
        has_errors = any(one.severity is Severity.ERROR for one in found.problems)
        if found.entries:
            found.problems += primary_problems(audience, found.entries, grid.source(), has_errors=has_errors)
        elif not has_errors:
            found.problems.append(problem(Code.TAB_WITHOUT_RECIPIENTS, grid.source()))
    return SheetReading(
        audience=audience.name,
        entries=tuple(found.entries),
        problems=tuple(found.problems),
        source=grid.source(),
        troubled=frozenset(found.troubled),
        everywhere=found.everywhere,
        has_places=table is None or bool(table.columns("place")),
    )


@dataclass(slots=True)
class _Found:
    """What the rows read so far came to."""

    problems: list[Problem]
    entries: list[Recipient] = field(default_factory=list)
    troubled: set[str] = field(default_factory=set)
    everywhere: bool = False

    def add(self, outcome: Outcome) -> None:
        self.entries += outcome.entries
        self.problems += outcome.problems
        self.troubled.update(outcome.troubled)
        self.everywhere = self.everywhere or outcome.everywhere


class _Reader:
    """Reads the rows below a header, from the first to the last."""

    def __init__(
        self, grid: Grid, table: Table, audience: Audience, *, filled: Mapping[Position, str], found: _Found
    ) -> None:
        self.grid, self.table, self.audience, self.filled, self.found = grid, table, audience, filled, found
        self.mailed = [heading.column - 1 for heading in table.columns(*MAILED)]
        self.apart = grid.marks.rows.union(row for row, _column in filled)
        self.marked = {row for row, _column in (*grid.marks.struck, *grid.marks.uncalculated, *grid.marks.errors)}
        self.above: Mapping[int, str] | int | None = None
        """The texts of the row before, or the number of it."""
        self.blank_since: int | None = None
        self.in_footer = False

    def read(self) -> None:
        ordinary = ordinary_rows(self.grid, self.table, self.audience)
        self.found.everywhere = bool(self.table.columns("place")) and any(
            recipients and not recipients[0].roles[0].places for recipients in ordinary
        )
        entries, apart = self.found.entries, self.apart
        last, last_mailed = self._last(), self._last_mailed()
        for number in range(self.table.row + 1, last + 1):
            recipients = ordinary[number - self.table.row - 1] if number <= len(self.grid.rows) else ()
            if recipients and number not in apart:
                entries.extend(recipients)
                self.above = number
                if self.blank_since is not None:
                    self._end_blank_run(number)
            else:
                self._read_slowly(number, is_tail=number > last_mailed)

    def _read_slowly(self, number: int, *, is_tail: bool) -> None:
        """Read a row that is no ordinary one; below the last address a total or signature ends the table."""
        if number not in self.marked and not any(clean(text) for text in self.grid.row(number)):
            self.blank_since = self.blank_since or number
            return
        self._end_blank_run(number)
        aside = self._aside(number, is_tail=is_tail)
        if aside is not None:
            self.found.problems.append(aside)
            return
        row = Row.of(self.grid, self.table, number, above=self._texts_above(), filled=self.filled)
        self.above = row.texts
        self.found.add(read_row(row, self.audience))

    def _end_blank_run(self, number: int) -> None:
        if self.blank_since is not None:
            source = self.grid.source(self.blank_since)
            self.found.problems.append(problem(Code.ROW_BLANK, source, last=str(number - 1)))
            self.blank_since = None

    def _texts_above(self) -> Mapping[int, str]:
        if isinstance(self.above, int):
            cells = self.grid.row(self.above)
            return {heading.column: cells[heading.column - 1] for heading in self.table.read}
        return self.above or {}

    def _last(self) -> int:
        """Return the last row that is not blank, by its texts or by its marks."""
        rows = self.grid.rows
        texts = (number for number in range(len(rows), 0, -1) if any(clean(text) for text in rows[number - 1]))
        return max(next(texts, 0), max(self.marked, default=0))

    def _last_mailed(self) -> int:
        rows, mailed = self.grid.rows, self.mailed
        found = (n for n in range(len(rows), 0, -1) if any(may_hold_address(rows[n - 1][one]) for one in mailed))
        return next(found, 0)

    def _aside(self, number: int, *, is_tail: bool) -> Problem | None:
        """Return the note for a row that is no office: a total, a signature, the header once more."""
        cells = [clean(text) for text in self.grid.row(number)]
        texts = [text for text in cells if not is_blank(text)]
        line = " / ".join(texts)
        lone = len(texts) == 1 and len(self.table.headings) > 2  # in a column of two it may be an office
        note = problem(Code.ROW_NOT_A_RECIPIENT, self.grid.source(number), line)
        if number in self.marked:
            return None
        if any(may_hold_address(cells[one]) or (number, one + 1) in self.filled for one in self.mailed):
            return note if lone and is_footer(texts[0]) else None
        place = next((cells[one.column - 1] for one in self.table.columns("place") if cells[one.column - 1]), "")
        if lone and place and not places_of(place)[1]:
            return problem(Code.PLACE_WITHOUT_POST, self.grid.source(number), line)
        self.in_footer = is_tail and (self.in_footer or (bool(texts) and is_footer(texts[0])))
        if lone or not texts or self.in_footer or is_footer(texts[0]) or self._is_header(cells):
            return note
        return None

    def _is_header(self, cells: list[str]) -> bool:
        """Return whether a row repeats the header, or numbers its columns: (1), (2), (3)."""
        numbers = [text.strip("().") for text in cells if text]
        if len(numbers) > 2 and numbers == [str(number) for number in range(1, len(numbers) + 1)]:
            return True
        rows = range(self.table.first_row, self.table.row + 1)
        return any([clean(text) for text in self.grid.row(row)] == cells for row in rows)


def _merged(grid: Grid, table: Table) -> tuple[dict[Position, str], list[Problem]]:
    """Return the texts of cells that a merged range covers below its first row, and a note for each such range."""
    filled: dict[Position, str] = {}
    notes: list[Problem] = []
    read = {heading.column for heading in table.read}
    for (top, column), (bottom, _right) in grid.merged:
        last = min(bottom, len(grid.rows))
        text = grid.text((top, column)) if column in read else ""
        if top <= table.row or last <= top or not clean(text) or (top + 1, column) in filled:
            continue
        filled |= {(row, column): text for row in range(top + 1, last + 1)}
        notes.append(problem(Code.MERGED_FILLED, grid.source(top, column), clean(text), last=str(last)))
    return filled, notes
