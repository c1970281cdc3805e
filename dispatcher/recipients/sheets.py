"""Files into grids: the texts, read by pandas with its engine calamine."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Final

import pandas as pd
import python_calamine

from dispatcher.errors import InputProblems, Problem, Source
from dispatcher.recipients.cells import clean
from dispatcher.recipients.containers import LAST_ROW, refused, text_of
from dispatcher.recipients.formatting import marks_of
from dispatcher.recipients.grid import Grid, Marks
from dispatcher.recipients.problems import Code, problem

if TYPE_CHECKING:
    from pathlib import Path

LARGEST_AREA: Final = 5_000_000
"""Cells, blank ones counted."""
_DELIMITERS: Final = ",;\t"


def load(path: Path, *, name: str, tab: str | None) -> tuple[Grid, tuple[Problem, ...]]:
    """Return the tab `tab` (None: the only one) of a workbook or CSV file, and what is to be said of the file.

    `name` is what sources call the file. Raises InputProblems with one problem for what cannot be read.
    """
    text = text_of(path, name)
    if text is not None:
        return _csv(text, name), ()
    try:
        return _workbook(path, name, tab)
    except InputProblems:
        raise
    except python_calamine.PasswordError as error:
        raise refused(Code.SHEET_PROTECTED, name) from error
    except Exception as error:  # the readers raise whatever a damaged file makes them stumble over
        raise refused(Code.SHEET_DAMAGED, name) from error


def _csv(text: str, name: str) -> Grid:
    start = text[:4096]
    delimiter = max(_DELIMITERS, key=start.count)
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    except csv.Error as error:
        raise refused(Code.SHEET_DAMAGED, name) from error
    width = max((len(row) for row in rows), default=0)
    if len(rows) > LAST_ROW or width * len(rows) > LARGEST_AREA:
        raise refused(Code.SHEET_TOO_LARGE, name, limit=f"{LAST_ROW} rows")
    return Grid(file=name, sheet=None, rows=tuple(tuple(row + [""] * (width - len(row))) for row in rows))


def _workbook(path: Path, name: str, tab: str | None) -> tuple[Grid, tuple[Problem, ...]]:
    with python_calamine.CalamineWorkbook.from_path(path) as workbook:
        title = _tab(workbook, name, tab)
        sheet = workbook.get_sheet_by_name(title)
        height, width = (sheet.end[0] + 1, sheet.end[1] + 1) if sheet.end else (0, 0)
        if height * width > LARGEST_AREA:
            raise refused(Code.SHEET_TOO_LARGE, name, limit=f"{LARGEST_AREA} cells")
        merged = sheet.merged_cell_ranges or []
        shown = {one.name: one.visible for one in workbook.sheets_metadata}[title]
    problems = []
    if shown is not python_calamine.SheetVisibleEnum.Visible:
        problems.append(problem(Code.TAB_HIDDEN, Source(name, title), title))
    texts = _texts(path, title)
    marks = marks_of(path, title, texts)
    if marks is None:
        problems.append(problem(Code.SHEET_MARKS_UNREAD, Source(name, title), title))
    grid = Grid(
        file=name,
        sheet=title,
        rows=texts,
        merged=tuple(((r0 + 1, c0 + 1), (r1 + 1, c1 + 1)) for (r0, c0), (r1, c1) in merged),
        marks=marks or Marks(),
    )
    return grid, tuple(problems)


def _tab(workbook: python_calamine.CalamineWorkbook, name: str, wanted: str | None) -> str:
    """Return the name of the tab as the workbook spells it."""
    tabs = [one.name for one in workbook.sheets_metadata if one.typ is python_calamine.SheetTypeEnum.WorkSheet]
    if wanted is None:
        if len(tabs) == 1:
            return tabs[0]
        raise refused(Code.TAB_UNCLEAR, name, tabs=", ".join(tabs))
    if wanted in tabs:
        return wanted
    same = [title for title in tabs if clean(title).casefold() == clean(wanted).casefold()]
    if len(same) != 1:
        missing = problem(Code.TAB_MISSING, Source(name, wanted), wanted, tabs=", ".join(tabs))
        raise InputProblems([missing])
    return same[0]


def _texts(path: Path, title: str) -> tuple[tuple[str, ...], ...]:
    frame = pd.read_excel(path, sheet_name=title, engine="calamine", header=None, dtype=str, keep_default_na=False)
    return tuple(frame.itertuples(index=False, name=None))
