"""Files into grids: the texts, read by pandas with its engine calamine."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Final

import python_calamine

from dispatcher.errors import InputProblems, Problem, Source
from dispatcher.recipients.cells import clean
from dispatcher.recipients.containers import Package, content_of, readable, refused
from dispatcher.recipients.delimited import QuoteError, decoded, table_of
from dispatcher.recipients.grid import Grid, Marks
from dispatcher.recipients.outlying import LARGEST_AREA, LIMIT, LONGEST_TEXT, FarDataError, Stray, TooLargeError
from dispatcher.recipients.problems import Code, problem
from dispatcher.recipients.tables import LAST_HEADER_ROW, find_table
from dispatcher.recipients.worksheets import MARK

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from dispatcher.recipients.binary_sheets import Moved

_TEXT_NAMES: Final = {".csv", ".tsv", ".txt", ".tab"}
_Rows = tuple[tuple[str, ...], ...]


def load(path: Path, *, name: str, tab: str | None) -> tuple[Grid, tuple[Problem, ...]]:
    """Return the tab `tab` of a workbook (None: the one with a table) or a text file, and what is to be said.

    `name` is what sources call the file. Raises InputProblems with one problem for what cannot be read.
    """
    content = content_of(path, name)
    if isinstance(content, bytes):
        return _text(content, name, is_named_text=path.suffix.lower() in _TEXT_NAMES)
    try:
        with readable(path, content) as file:
            return _workbook(file, content, name, tab)
    except InputProblems:
        raise
    except python_calamine.PasswordError as error:
        raise refused(Code.SHEET_PROTECTED, name) from error
    except TooLargeError as error:
        raise _too_large(name) from error
    except Exception as error:  # the readers raise whatever a damaged file makes them stumble over
        raise refused(Code.SHEET_DAMAGED, name) from error


def _text(content: bytes, name: str, *, is_named_text: bool) -> tuple[Grid, tuple[Problem, ...]]:
    try:
        text, is_guessed = decoded(content)
        rows, strays = table_of(text)
    except UnicodeDecodeError as error:
        code = Code.SHEET_ENCODING if is_named_text else Code.SHEET_NOT_A_SHEET
        raise refused(code, name) from error
    except QuoteError as error:
        raise InputProblems([problem(Code.SHEET_QUOTE, Source(name, row=int(str(error))), name)]) from error
    except TooLargeError as error:
        raise _too_large(name) from error
    except FarDataError as error:
        raise refused(Code.SHEET_FAR_CELL, name, cell=str(error)) from error
    grid = Grid(file=name, sheet=None, rows=rows)
    if is_guessed and not is_named_text and find_table(grid)[0] is None:
        raise refused(Code.SHEET_NOT_A_SHEET, name)
    return grid, (*_read_as(grid, is_guessed=is_guessed), *_told(grid, strays))


def _read_as(grid: Grid, *, is_guessed: bool) -> list[Problem]:
    """Return a warning at the first cell whose letters depend on the guess."""
    if not is_guessed:
        return []
    cells = ((row, text) for row, cells in enumerate(grid.rows, start=1) for text in cells if not text.isascii())
    row, text = next(cells, (None, ""))
    return [problem(Code.SHEET_READ_AS, grid.source(row), clean(text))]


def _workbook(path: Path, package: Package, name: str, tab: str | None) -> tuple[Grid, tuple[Problem, ...]]:
    with python_calamine.CalamineWorkbook.from_path(path) as workbook:
        title, problems = _tab(path, workbook, name, tab)
        sheet = workbook.get_sheet_by_name(title) if package.is_merged else None
        ranges = (sheet.merged_cell_ranges or []) if sheet else []
    texts, strays = _settled(_texts(path, title), package.moved.get(title))
    marks = _marks(path, title, texts, package) if package.is_formatted else Marks()
    if marks is None:
        problems.append(problem(Code.SHEET_MARKS_UNREAD, Source(name, title), title))
    grid = Grid(
        file=name,
        sheet=title,
        rows=texts,
        merged=(
            *(((r0 + 1, c0 + 1), (r1 + 1, c1 + 1)) for (r0, c0), (r1, c1) in ranges),
            *package.merged.get(title, ()),
        ),
        marks=marks or Marks(),
    )
    return grid, (*problems, *_told(grid, [*strays, *package.strays.get(title, ())]))


def _marks(path: Path, title: str, texts: _Rows, package: Package) -> Marks | None:
    from dispatcher.recipients.formatting import marks_of  # noqa: PLC0415 - openpyxl is loaded where it is needed

    return marks_of(path, title, texts, package)


def _told(grid: Grid, strays: Sequence[Stray]) -> list[Problem]:
    """Return a note for each stray cell; an error where one of them holds an address."""
    codes = [Code.STRAY_ADDRESS if "@" in stray.text else Code.STRAY_CELL for stray in strays]
    return [
        problem(code, grid.source(), clean(stray.text), cell=stray.cell)
        for code, stray in zip(codes, strays, strict=True)
    ]


def _settled(rows: _Rows, moved: Moved | None) -> tuple[_Rows, list[Stray]]:
    """Return the rows of a table, and the stray cells that were moved below it to be read."""
    if moved is not None:
        strays = [Stray(cell, row[0]) for cell, row in zip(moved.cells, rows[moved.row :], strict=False)]
        return rows[: moved.row], strays
    first = len(rows)
    while first and (rows[first - 1][0].startswith(MARK) or not any(rows[first - 1])):
        first -= 1
    strays = [Stray(row[0].removeprefix(MARK), row[1]) for row in rows[first:] if row[0].startswith(MARK)]
    return (rows[:first], strays) if strays else (rows, [])


def _tab(
    path: Path, workbook: python_calamine.CalamineWorkbook, name: str, wanted: str | None, /
) -> tuple[str, list[Problem]]:
    """Return the name of the tab as the workbook spells it, and what is to be said of it and the others."""
    tabs = [one for one in workbook.sheets_metadata if one.typ is python_calamine.SheetTypeEnum.WorkSheet]
    titles = [one.name for one in tabs]
    hidden = [one.name for one in tabs if one.visible is not python_calamine.SheetVisibleEnum.Visible]
    if wanted is None:
        title, problems = _chosen(path, name, titles, hidden)
    else:
        title, problems = _named(name, titles, wanted), []
    if title in hidden:
        problems.append(problem(Code.TAB_HIDDEN, Source(name, title), title))
    others = ", ".join(one for one in hidden if one != title)
    if others:
        problems.append(problem(Code.TABS_HIDDEN, Source(name), others))
    return title, problems


def _named(name: str, titles: Sequence[str], wanted: str) -> str:
    """Return the tab of a name, which may differ in case and blanks."""
    if wanted in titles:
        return wanted
    same = [title for title in titles if clean(title).casefold() == clean(wanted).casefold()]
    if len(same) != 1:
        missing = problem(Code.TAB_MISSING, Source(name, wanted), wanted, tabs=", ".join(titles))
        raise InputProblems([missing])
    return same[0]


def _chosen(path: Path, name: str, titles: Sequence[str], hidden: Sequence[str], /) -> tuple[str, list[Problem]]:
    """Return the one tab that holds a table of recipients; a hidden one only where no other does."""
    if len(titles) == 1:
        return titles[0], []
    starts = {title: _texts(path, title, rows=LAST_HEADER_ROW + 1) for title in titles}
    fit = [title for title, rows in starts.items() if find_table(Grid(file=name, sheet=title, rows=rows))[0]]
    shown = [title for title in fit if title not in hidden] or fit
    if len(shown) != 1:
        code = Code.TAB_UNCLEAR if shown else Code.TABS_WITHOUT_TABLE
        raise refused(code, name, tabs=", ".join(shown or titles))
    others = [title for title in titles if title != shown[0] and title not in hidden and starts[title]]
    told = problem(Code.TAB_CHOSEN, Source(name, shown[0]), shown[0], others=", ".join(others))
    return shown[0], [told] if others else []


def _texts(path: Path, title: str, *, rows: int | None = None) -> _Rows:
    """Return the cells of a tab as texts, or those of its first rows."""
    import pandas as pd  # noqa: PLC0415 - takes a second to load, which a text file need not wait for

    frame = pd.read_excel(
        path, sheet_name=title, engine="calamine", header=None, dtype=str, keep_default_na=False, nrows=rows
    )
    columns = [frame[column].tolist() for column in frame.columns]
    if frame.size > LARGEST_AREA or max(map(len, chain(*columns)), default=0) > LONGEST_TEXT:
        raise TooLargeError
    return tuple(zip(*columns, strict=True))


def _too_large(name: str) -> InputProblems:
    return refused(Code.SHEET_TOO_LARGE, name, limit=LIMIT)
