"""Where the table of a tab begins, and which column holds what. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dispatcher.recipients.cells import clean, has_devanagari, has_latin
from dispatcher.recipients.problems import Code, problem
from dispatcher.recipients.vocabulary import key, vocabulary

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from dispatcher.errors import Problem
    from dispatcher.recipients.grid import Grid

LAST_HEADER_ROW = 20
"""Letterheads and titles may take up the rows above."""

_PARTS = re.compile(r"[/()\[\]|\n]+")
_NUMBER_AT_END = re.compile(r"\d+$")


@dataclass(frozen=True, slots=True)
class Heading:
    """One column: its number from 1, what it holds, and the language of its texts where the heading tells."""

    column: int
    text: str
    field: str
    language: str | None


@dataclass(frozen=True, slots=True)
class Table:
    """The header row, its known columns from left to right, and the columns that nobody knows."""

    row: int
    headings: tuple[Heading, ...]
    unknown: tuple[tuple[int, str], ...] = ()

    def columns(self, *fields: str) -> tuple[Heading, ...]:
        """Return the columns of `fields`, in the order of `fields`, then from left to right."""
        return tuple(heading for field in fields for heading in self.headings if heading.field == field)


def find_table(grid: Grid) -> tuple[Table | None, tuple[Problem, ...]]:
    """Return the table of a tab and what is to be said of its headings.

    The header is the row among the first 20 with most known headings, one of them for addresses.
    """
    tables = [_table(number, cells) for number, cells in enumerate(grid.rows[:LAST_HEADER_ROW], start=1)]
    fit = [table for table in tables if _is_header(table, grid)]
    if not fit:
        return None, (_missing(grid, tables),)
    table = max(fit, key=lambda candidate: len(_known(candidate)))
    return table, (*_above(grid, table), *_columns(grid, table))


def field_of(heading: str) -> tuple[str, str | None] | None:
    """Return what a heading stands for, and its language where it tells; None where it is unknown.

    "E-mail 2" is an e-mail, "पदनाम / Designation" a designation in either language, "Name (Hindi)" one in Hindi.
    """
    text = clean(heading)
    if "@" in text:  # a letterhead's own address
        return None
    stripped, language = _without_language(text)
    found = [field for part in (text, stripped, *_PARTS.split(heading)) if (field := _lookup(part))]
    if not found:
        return None
    return found[0], language or _language_of(text)


def _lookup(text: str) -> str | None:
    word = key(text)
    fields = vocabulary().fields
    return fields.get(word) or fields.get(_NUMBER_AT_END.sub("", word))


def _without_language(text: str) -> tuple[str, str | None]:
    words = [word for word in re.split(r"[\s()\[\]/,-]+", text.casefold()) if word]
    named = {language for word in words if (language := vocabulary().heading_languages.get(word))}
    if len(named) != 1:
        return text, None
    dropped = vocabulary().beside_language | vocabulary().heading_languages.keys()
    return " ".join(word for word in words if word not in dropped), named.pop()


def _language_of(text: str) -> str | None:
    hindi, english = has_devanagari(text), has_latin(text)
    if hindi == english:
        return None
    return "hi" if hindi else "en"


def _table(number: int, cells: Sequence[str]) -> Table:
    known: list[Heading] = []
    unknown: list[tuple[int, str]] = []
    for column, text in enumerate(cells, start=1):
        found = field_of(text)
        if found is not None:
            known.append(Heading(column, clean(text), *found))
        elif clean(text):
            unknown.append((column, clean(text)))
    return Table(number, tuple(known), tuple(unknown))


def _known(table: Table) -> set[str]:
    return {heading.field for heading in table.headings} - {"unread"}


def _is_header(table: Table, grid: Grid) -> bool:
    filled = sum(1 for text in grid.row(table.row) if clean(text))
    return "address" in _known(table) and (len(table.headings) > 1 or filled == 1)


def _missing(grid: Grid, tables: Iterable[Table]) -> Problem:
    likely = max(tables, key=lambda table: len(table.headings), default=None)
    if likely is None or len(likely.headings) < 2:
        return problem(Code.HEADER_MISSING, grid.source())
    seen = ", ".join(clean(text) for text in grid.row(likely.row) if clean(text))
    return problem(Code.ADDRESS_COLUMN_MISSING, grid.source(likely.row), seen)


def _above(grid: Grid, table: Table) -> list[Problem]:
    titles = [clean(text) for cells in grid.rows[: table.row - 1] for text in cells if clean(text)]
    if not titles:
        return []
    return [problem(Code.TITLE_ROWS, grid.source(1), " / ".join(titles), last=str(table.row - 1))]


def _columns(grid: Grid, table: Table) -> list[Problem]:
    unread = [problem(Code.COLUMN_UNREAD, grid.source(table.row, column), text) for column, text in table.unknown]
    hidden = [
        problem(Code.COLUMN_HIDDEN, grid.source(table.row, heading.column), heading.text)
        for heading in table.headings
        if heading.column in grid.marks.hidden_columns and heading.field != "unread"
    ]
    return unread + hidden
