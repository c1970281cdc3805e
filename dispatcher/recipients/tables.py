"""Where the table of a tab begins: the header row or rows, and what is to be said of its columns. Pure."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, TypeAlias

from dispatcher.recipients.cells import clean
from dispatcher.recipients.grid import letters
from dispatcher.recipients.headings import Heading, Table, field_below, field_of, is_heading, likely_heading
from dispatcher.recipients.problems import Code, problem
from dispatcher.recipients.vocabulary import key, vocabulary

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from dispatcher.errors import Problem
    from dispatcher.recipients.grid import Grid

LAST_HEADER_ROW = 20
"""Letterheads and titles may take up the rows above."""

_Found: TypeAlias = tuple[str, str | None] | None


def find_table(grid: Grid) -> tuple[Table | None, tuple[Problem, ...]]:
    """Return the table of a tab and what is to be said of its headings.

    The header is the row, or the two rows, among the first 20 with most known headings, one of them for addresses.
    """
    tables = list(_candidates(grid))
    fit = [table for table in tables if _is_header(table, grid)]
    if not fit:
        return None, (_missing(grid, tables),)
    found = max(fit, key=lambda table: _rank(table, grid))
    table, persons = _without_persons(grid, found)
    return table, (*_above(grid, table), *persons, *_columns(grid, table))


def _candidates(grid: Grid) -> Iterator[Table]:
    for number in range(1, min(len(grid.rows), LAST_HEADER_ROW) + 1):
        cells = grid.row(number)
        yield _table(number, cells, [field_of(text) for text in cells])
        if number < len(grid.rows) and _is_second(grid, number + 1):
            yield _pair(grid, number)


def _table(row: int, cells: Sequence[str], fields: Sequence[_Found], *, top: int = 0) -> Table:
    known: list[Heading] = []
    unknown: list[tuple[int, str]] = []
    for column, (text, found) in enumerate(zip(cells, fields, strict=True), start=1):
        if found is not None:
            known.append(Heading(column, clean(text), *found))
        elif clean(text):
            unknown.append((column, clean(text)))
    return Table(row, tuple(known), tuple(unknown), top)


def _pair(grid: Grid, number: int) -> Table:
    """Return the table below the rows `number` and the next one."""
    upper, lower = _spread(grid, number), grid.row(number + 1)
    texts = [
        " / ".join(dict.fromkeys(clean(text) for text in pair if clean(text)))
        for pair in zip(upper, lower, strict=True)
    ]
    fields = [
        field_below(above, below) if clean(below) else field_of(above)
        for above, below in zip(upper, lower, strict=True)
    ]
    return _table(number + 1, texts, fields, top=number)


def _spread(grid: Grid, number: int) -> list[str]:
    """Return the texts of a row, those of merged cells in each column that they cover."""
    texts = list(grid.row(number))
    for (top, left), (_bottom, right) in grid.merged:
        if top == number:
            texts[left - 1 : right] = [texts[left - 1]] * len(texts[left - 1 : right])
    return texts


def _is_second(grid: Grid, number: int) -> bool:
    """Return whether a row can be the second one of a header: headings only, or words below a merged heading."""
    merged = {
        column
        for (top, left), (_bottom, right) in grid.merged
        if top == number - 1
        for column in range(left, min(right, grid.width) + 1)
        if right > left and field_of(grid.row(top)[left - 1])
    }
    texts = [(column, clean(text)) for column, text in enumerate(grid.row(number), start=1) if clean(text)]
    above = " ".join(clean(text) for text in grid.row(number - 1)).strip()
    return (
        bool(texts and above)
        and "@" not in above
        and all(is_heading(text) or (column in merged and "@" not in text) for column, text in texts)
    )


def _known(table: Table) -> set[str]:
    return {heading.field for heading in table.read}


def _is_header(table: Table, grid: Grid) -> bool:
    filled = sum(1 for text in grid.row(table.row) if clean(text))
    return "address" in _known(table) and (len(table.headings) > 1 or filled == 1)


def _rank(table: Table, grid: Grid) -> tuple[int, int, int]:
    """Return how good a header is: a title over a header adds nothing, the same header in two languages does."""
    halves = [sum(1 for text in grid.row(row) if field_of(text)) for row in (table.first_row, table.row)]
    order = 1 if not table.top else 2 * (min(halves) > 1)
    return len(_known(table)), len(table.headings), order


def _missing(grid: Grid, tables: Iterable[Table]) -> Problem:
    likely = max(tables, key=_likeliness, default=None)
    if likely is None or _likeliness(likely) < 2:
        return problem(Code.HEADER_MISSING, grid.source())
    for column, text in likely.unknown:
        meant = likely_heading(text)
        if meant is not None and (field_of(meant) or ("",))[0] == "address":
            return problem(Code.ADDRESS_COLUMN_MISSPELT, grid.source(likely.row, column), text, meant=meant)
    unread = [(one.column, one.text) for one in likely.headings if one.field == "unread"]
    for column, text in (*likely.unknown, *unread):
        if _holds_addresses(grid, likely, column):
            return problem(Code.ADDRESS_COLUMN_UNNAMED, grid.source(likely.row, column), text)
    seen = ", ".join(clean(text) for text in grid.row(likely.row) if clean(text))
    return problem(Code.ADDRESS_COLUMN_MISSING, grid.source(likely.row), seen)


def _likeliness(table: Table) -> int:
    return len(table.headings) + sum(1 for _column, text in table.unknown if likely_heading(text))


def _above(grid: Grid, table: Table) -> list[Problem]:
    last = table.first_row - 1
    titles = [clean(text) for cells in grid.rows[:last] for text in cells if clean(text)]
    if not titles:
        return []
    return [problem(Code.TITLE_ROWS, grid.source(1), " / ".join(titles), last=str(last))]


def _columns(grid: Grid, table: Table) -> list[Problem]:
    unread = [(heading.column, heading.text) for heading in table.headings if heading.field == "unread"]
    filled = [
        problem(Code.COLUMN_OF_ADDRESSES, grid.source(table.row, column), text)
        for column, text in (*unread, *table.unknown)
        if _holds_addresses(grid, table, column)
    ]
    told = {one.source.column for one in filled}
    hidden = [
        problem(Code.COLUMN_HIDDEN, grid.source(table.row, heading.column), heading.text)
        for heading in table.read
        if heading.column in grid.marks.hidden_columns
    ]
    return filled + [_unknown(grid, table, *one) for one in table.unknown if letters(one[0]) not in told] + hidden


def _unknown(grid: Grid, table: Table, column: int, text: str) -> Problem:
    meant = likely_heading(text)
    if meant is None:
        return problem(Code.COLUMN_UNREAD, grid.source(table.row, column), text)
    return problem(Code.COLUMN_MISSPELT, grid.source(table.row, column), text, meant=meant)


def _holds_addresses(grid: Grid, table: Table, column: int) -> bool:
    """Return whether a column below a header holds addresses, in at least half of the cells that are filled."""
    texts = [text for cells in grid.rows[table.row :] if (text := cells[column - 1].strip())]
    return 2 * sum(1 for text in texts if "@" in text) >= len(texts) > 0


def _without_persons(grid: Grid, table: Table) -> tuple[Table, list[Problem]]:
    """Return the table without columns of persons' names: what is told is the post, people come and go."""
    names = [one for one in table.columns("organisation") if key(one.text) in vocabulary().bare_names]
    others = len(table.columns("organisation")) > len(names)
    persons = [
        one for one in names if (others and table.columns("designation")) or _holds_persons(grid, table, one)
    ]
    told = [problem(Code.COLUMN_OF_PERSONS, grid.source(table.row, one.column), one.text) for one in persons]
    headings = tuple(replace(one, field="unread") if one in persons else one for one in table.headings)
    return replace(table, headings=headings), told


def _holds_persons(grid: Grid, table: Table, heading: Heading) -> bool:
    texts = [text for cells in grid.rows[table.row :] if (text := clean(cells[heading.column - 1]))]
    titled = sum(1 for text in texts if _first_word(text) in vocabulary().honorifics)
    return 2 * titled >= len(texts) > 0


def _first_word(text: str) -> str:
    return text.replace(".", " ").casefold().split(maxsplit=1)[0] if text.strip(". ") else ""
