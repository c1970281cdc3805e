"""A sheet handed back: a copy in the office's own layout, faulty cells coloured and commented. By openpyxl."""

from __future__ import annotations

import io
import re
import warnings
import zipfile
from collections import defaultdict
from itertools import islice
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import openpyxl
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE, WriteOnlyCell
from openpyxl.comments import Comment
from openpyxl.styles import PatternFill
from openpyxl.utils import column_index_from_string
from openpyxl.worksheet.cell_range import CellRange

from dispatcher import words
from dispatcher.errors import Severity
from dispatcher.recipients.grid import letters
from dispatcher.recipients.sheets import load

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from openpyxl.workbook import Workbook

    from dispatcher.errors import Problem
    from dispatcher.recipients.grid import Grid, Position

    Marks: TypeAlias = Mapping[Position, Sequence[Problem]]

LARGEST_LAYOUT: Final = 12 * 1024 * 1024
"""Octets of XML up to which the office's own layout is kept: openpyxl takes some thirty times as much memory."""
MOST_COMMENTS: Final = 1000
"""For each tab; each one is a drawing, and Excel crawls with many thousands of them."""
LARGEST_MERGED: Final = 200_000
"""Cells that merged ranges may cover: openpyxl makes an object of each."""

_COLOURS = {Severity.ERROR: "FFC7CE", Severity.WARNING: "FFEB9C", Severity.REPAIR: "DDEBF7"}
_ORDER = list(Severity)
_LONGEST_COMMENT = 4000
_COMMENT_WIDTH, _LINE_HEIGHT, _LINE_LENGTH = 400, 18, 55
_WIDEST_COLUMN, _MEASURED_ROWS = 50, 200
_MERGED = re.compile(rb'<(?:\w+:)?mergeCell\s[^>]*?\bref="([A-Z]+[0-9]+:[A-Z]+[0-9]+)"')
_NO_TITLE = re.compile(r"[\[\]:*?/\\]")
_ACTIVE = ("=", "+", "-", "@", "#", "\t", "\r")
"""First characters that make a spreadsheet take a text for a formula, or for an error."""


def is_marked(problem: Problem) -> bool:
    """Tell whether a problem is shown in a marked copy: notes are not, nothing has to be done about them."""
    return problem.severity in _COLOURS


def marked_copy(path: Path, problems: Iterable[Problem], *, tabs: Sequence[str | None]) -> bytes:
    """Return a copy of a sheet as xlsx: each faulty cell in the colour of its worst problem, with a comment.

    `problems` are those of this file, `tabs` the ones that were read (None for a file without tabs). Layout,
    formulas and other tabs of an xlsx stay as they are; macros do not. Another format, or a workbook that is too
    large, becomes a plain sheet with every text in its place. No text of a sheet ever becomes a formula. Raises
    InputProblems where the file cannot be read.
    """
    grids = {tab: load(path, name=path.name, tab=tab)[0] for tab in tabs}
    found: dict[str | None, list[Problem]] = {tab: [] for tab in tabs}
    for one in filter(is_marked, problems):
        # what is said of the file as a whole stands on its first tab
        found[one.source.sheet if one.source.sheet in found else tabs[0]].append(one)
    marks = {tab: _placed(found[tab], grids[tab]) for tab in tabs}
    if not _keeps_layout(path):
        return _plain(path, grids, marks)
    try:
        return _in_own_layout(path, grids, marks)
    except Exception:  # noqa: BLE001 - openpyxl raises whatever it stumbles over; the texts are at hand
        return _plain(path, grids, marks)


def _keeps_layout(path: Path) -> bool:
    """Tell whether openpyxl can take a file as it is: a workbook of bearable size, its merged ranges too."""
    if not zipfile.is_zipfile(path):
        return False
    with zipfile.ZipFile(path) as archive:
        texts = {part.filename: part.file_size for part in archive.infolist() if part.filename.endswith(".xml")}
        if "xl/workbook.xml" not in texts or sum(texts.values()) > LARGEST_LAYOUT:
            return False
        tabs = [archive.read(name) for name in texts if name.startswith("xl/worksheets/")]
    merged = (CellRange(ref.decode()) for content in tabs for ref in _MERGED.findall(content))
    return sum(each.size["rows"] * each.size["columns"] for each in merged) <= LARGEST_MERGED


def _placed(problems: Iterable[Problem], grid: Grid) -> Marks:
    """Return the problems by cell; those of a row stand on its first filled cell, others on A1."""
    placed: defaultdict[Position, list[Problem]] = defaultdict(list)
    for one in problems:
        row, column = one.source.row or 1, 1
        if one.source.row and one.source.column:
            column = column_index_from_string(one.source.column)
        elif one.source.row:
            filled = (number for number, text in enumerate(grid.row(row), start=1) if text.strip())
            column = next(filled, 1)
        placed[row, column].append(one)
    return placed


def _in_own_layout(path: Path, grids: Mapping[str | None, Grid], marks: Mapping[str | None, Marks]) -> bytes:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # openpyxl warns of every extension that it leaves out
        workbook = openpyxl.load_workbook(path, rich_text=True)
        for tab, grid in grids.items():
            sheet: Any = workbook[grid.sheet or ""]
            tops = _tops(sheet.merged_cells.ranges)
            for position, comment, colour in _dressings(_at_top(marks[tab], tops)):
                _dress(sheet.cell(*position), comment, colour)
        return _saved(workbook)


def _tops(ranges: Iterable[Any]) -> dict[Position, Position]:
    """Return the covered cells of merged ranges with the one that shows: only that one can be dressed."""
    return {cell: (each.min_row, each.min_col) for each in ranges for cell in each.cells}


def _at_top(marks: Marks, tops: Mapping[Position, Position]) -> Marks:
    moved: defaultdict[Position, list[Problem]] = defaultdict(list)
    for position, problems in marks.items():
        moved[tops.get(position, position)] += problems
    return moved


def _plain(path: Path, grids: Mapping[str | None, Grid], marks: Mapping[str | None, Marks]) -> bytes:
    """Write every text to its place in a new workbook, row by row: the size of the sheet does not matter."""
    workbook = openpyxl.Workbook(write_only=True)
    for tab, grid in grids.items():
        sheet: Any = workbook.create_sheet(_NO_TITLE.sub(" ", grid.sheet or path.stem)[:31])
        for column, width in enumerate(_widths(grid), start=1):
            sheet.column_dimensions[letters(column)].width = width
        for (top, left), (bottom, right) in grid.merged:
            sheet.merged_cells.add(f"{letters(left)}{top}:{letters(right)}{bottom}")
        dressed: defaultdict[int, dict[int, tuple[str | None, str]]] = defaultdict(dict)
        for (row, column), comment, colour in _dressings(_within(grid, marks[tab])):
            dressed[row][column] = comment, colour
        for number in range(1, max(len(grid.rows), 1) + 1):
            sheet.append(_cells(sheet, grid.row(number), dressed.get(number, {})))
    return _saved(workbook)


def _within(grid: Grid, marks: Marks) -> Marks:
    """Return the marks, those of cells far outside the table on A1: every row up to a mark is written."""
    near: defaultdict[Position, list[Problem]] = defaultdict(list)
    for (row, column), problems in marks.items():
        inside = row <= len(grid.rows) and column <= max(grid.width, 1)
        near[(row, column) if inside else (1, 1)] += problems
    return near


def _cells(sheet: Any, texts: Sequence[str], dressed: Mapping[int, tuple[str | None, str]]) -> list[Any]:
    """Return the cells of a row; what openpyxl would not write as a plain text is told to be one."""
    cells: list[Any] = []
    for column, text in enumerate(texts or [""], start=1):
        plain = ILLEGAL_CHARACTERS_RE.sub("", text)
        if column not in dressed and not plain.startswith(_ACTIVE):
            cells.append(plain or None)
            continue
        cell = WriteOnlyCell(sheet, plain or None)
        if plain:
            cell.data_type = "s"
        if plain.startswith(_ACTIVE):
            cell.quotePrefix = True
        if column in dressed:
            _dress(cell, *dressed[column])
        cells.append(cell)
    return cells


def _widths(grid: Grid) -> Iterator[int]:
    rows = list(islice(grid.rows, _MEASURED_ROWS))
    for column in range(grid.width):
        yield min(max((len(row[column]) for row in rows), default=0) + 2, _WIDEST_COLUMN)


def _dressings(marks: Marks) -> Iterator[tuple[Position, str | None, str]]:
    """Yield cell, comment and colour of each mark; beyond the first ones the colour only, as the first tells."""
    most = MOST_COMMENTS - 1 if len(marks) > MOST_COMMENTS else len(marks)
    for n, (position, found) in enumerate(sorted(marks.items())):
        problems = sorted(found, key=lambda one: _ORDER.index(one.severity))
        comment = "\n\n".join(_sentences(one) for one in problems) if n < most else None
        if n == 0 and most < len(marks):
            more = "\n".join(text.format(count=most) for text in words.catalog("marking")["more"].values())
            comment = f"{more}\n\n{comment}"
        yield position, comment, _COLOURS[problems[0].severity]


def _sentences(problem: Problem) -> str:
    names = words.catalog("marking")["severities"][problem.severity]
    told = words.message(problem)
    return "\n".join(f"{names[language].capitalize()}: {told[language]}" for language in names)


def _dress(cell: Any, comment: str | None, colour: str) -> None:
    """Colour a cell and comment it; a comment that the office made there stays, before ours."""
    cell.fill = PatternFill("solid", fgColor=colour)
    if comment is None:
        return
    before = f"{cell.comment.text}\n\n" if cell.comment else ""
    text = ILLEGAL_CHARACTERS_RE.sub("", before + comment)[:_LONGEST_COMMENT]
    lines = sum(1 + len(line) // _LINE_LENGTH for line in text.split("\n"))
    cell.comment = Comment(text, "dispatcher", width=_COMMENT_WIDTH, height=_LINE_HEIGHT * (lines + 1))


def _saved(workbook: Workbook) -> bytes:
    content = io.BytesIO()
    workbook.save(content)
    return content.getvalue()
