"""From a grid to recipients and problems: every row ends as one or the other. Pure."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from dispatcher.errors import Severity
from dispatcher.recipients.addresses import identity, slips
from dispatcher.recipients.cells import clean, is_blank, is_footer
from dispatcher.recipients.headings import find_table
from dispatcher.recipients.offices import read_row
from dispatcher.recipients.problems import Code, problem
from dispatcher.recipients.rows import Row
from dispatcher.recipients.values import places_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from dispatcher.errors import Problem
    from dispatcher.model import Audience, Recipient
    from dispatcher.recipients.grid import Grid, Position
    from dispatcher.recipients.headings import Table


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetReading:
    """What the sheet of one audience holds. Each entry is an address with exactly one role."""

    audience: str
    entries: tuple[Recipient, ...]
    problems: tuple[Problem, ...]


def read_tab(grid: Grid, audience: Audience, *, before: Iterable[Problem] = ()) -> SheetReading:
    """Return the recipients of a tab and all its problems, those found `before` first."""
    table, problems = find_table(grid)
    found = [*before, *problems]
    entries: list[Recipient] = []
    if table is not None:
        filled, notes = _merged(grid, table)
        found += notes
        for outcome in _rows(grid, table, audience, filled):
            entries += outcome.entries
            found += outcome.problems
        found += _slips(entries)
        if not entries and not any(one.severity is Severity.ERROR for one in found):
            found.append(problem(Code.TAB_WITHOUT_RECIPIENTS, grid.source()))
    return SheetReading(audience=audience.name, entries=tuple(entries), problems=tuple(found))


@dataclass(frozen=True, slots=True)
class _Outcome:
    entries: tuple[Recipient, ...] = ()
    problems: tuple[Problem, ...] = ()


def _rows(grid: Grid, table: Table, audience: Audience, filled: Mapping[Position, str]) -> Iterator[_Outcome]:
    """Yield what each row below the header came to; a run of blank rows is one note."""
    above: Mapping[int, str] = {}
    numbers = range(table.row + 1, _last(grid) + 1)
    for blank, run in groupby(numbers, key=lambda number: _is_blank_row(grid, number)):
        rows = list(run)
        if blank:
            yield _Outcome(problems=(problem(Code.ROW_BLANK, grid.source(rows[0]), last=str(rows[-1])),))
            continue
        for number in rows:
            aside = _aside(grid, table, number)
            if aside is not None:
                yield _Outcome(problems=(aside,))
                continue
            row = Row.of(grid, table, number, above=above, filled=filled)
            above = row.texts
            yield _Outcome(*read_row(row, audience))


def _last(grid: Grid) -> int:
    """Return the last row that is not blank, by its texts or by its marks."""
    marks = grid.marks
    marked = max((row for row, _column in (*marks.uncalculated, *marks.errors, *marks.struck)), default=0)
    texts = (
        number for number in range(len(grid.rows), 0, -1) if any(clean(text) for text in grid.rows[number - 1])
    )
    return max(next(texts, 0), marked)


def _is_blank_row(grid: Grid, number: int) -> bool:
    marked = any(grid.marks.at((number, column)) for column in range(1, grid.width + 1))
    return not marked and not any(clean(text) for text in grid.row(number))


def _aside(grid: Grid, table: Table, number: int) -> Problem | None:
    """Return the note for a row that is no office: a total, a signature, the header once more. None for others."""
    cells = {column: clean(text) for column, text in enumerate(grid.row(number), start=1)}
    mailed = {heading.column for heading in table.columns("address", "cc", "alternate")}
    if any("@" in cells[column] for column in mailed) or any(grid.marks.at((number, column)) for column in cells):
        return None
    texts = [text for text in cells.values() if not is_blank(text)]
    line = " / ".join(texts)
    lone = len(texts) == 1 and len(table.headings) > 1
    header = [clean(text) for text in grid.row(table.row)] == list(cells.values())
    place = next((cells[heading.column] for heading in table.columns("place") if cells[heading.column]), "")
    if lone and place and not places_of(place)[1]:
        return problem(Code.PLACE_WITHOUT_POST, grid.source(number), line)
    if lone or header or not texts or is_footer(texts[0]):
        return problem(Code.ROW_NOT_A_RECIPIENT, grid.source(number), line)
    return None


def _merged(grid: Grid, table: Table) -> tuple[dict[Position, str], list[Problem]]:
    """Return the texts of cells that a merged range covers below its first row, and a note for each such range."""
    filled: dict[Position, str] = {}
    notes: list[Problem] = []
    read = {heading.column for heading in table.headings if heading.field != "unread"}
    for (top, column), (bottom, _right) in grid.merged:
        text = grid.text((top, column))
        if top <= table.row or bottom == top or column not in read or not clean(text):
            continue
        last = min(bottom, len(grid.rows))
        filled |= {(row, column): text for row in range(top + 1, last + 1)}
        notes.append(problem(Code.MERGED_FILLED, grid.source(top, column), clean(text), last=str(last)))
    return filled, notes


def _slips(entries: Iterable[Recipient]) -> list[Problem]:
    found = {identity(entry.address): entry for entry in entries}
    meant = slips(Counter(_domain(address) for address in found))
    return [
        problem(Code.DOMAIN_SLIP, entry.roles[0].source, entry.address, domain=domain, meant=meant[domain])
        for entry in found.values()
        if (domain := _domain(identity(entry.address))) in meant
    ]


def _domain(address: str) -> str:
    return address.rpartition("@")[2]
