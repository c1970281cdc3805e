"""What only the formatting of a workbook tells: hidden, struck through, linked, never calculated. By openpyxl."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import unquote

import openpyxl
from openpyxl.cell.rich_text import CellRichText, TextBlock

from dispatcher.recipients.grid import Marks, Struck

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from openpyxl.worksheet.worksheet import Worksheet

    from dispatcher.recipients.grid import Position

INSPECTED_ROWS: Final = 20_000
"""openpyxl needs 9 s and 400 MiB for 100,000 rows; beyond this many the formatting is not looked at."""


def marks_of(path: Path, title: str, texts: Sequence[Sequence[str]]) -> Marks | None:
    """Return the marks of a tab whose `texts` are known; None where they cannot be had.

    That is so for formats other than xlsx and xlsm, and beyond INSPECTED_ROWS.
    """
    if len(texts) > INSPECTED_ROWS:
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # openpyxl warns of every extension that it leaves out
            return _inspected(path, title, len(texts[0]) if texts else 0)
    except Exception:  # noqa: BLE001 - openpyxl raises whatever it stumbles over; the texts came from another reader
        return None


@dataclass(slots=True)
class _Found:
    struck: dict[Position, Struck] = field(default_factory=dict)
    links: dict[Position, str] = field(default_factory=dict)
    formulas: set[Position] = field(default_factory=set)
    errors: dict[Position, str] = field(default_factory=dict)


def _inspected(path: Path, title: str, width: int) -> Marks:
    sheet = openpyxl.load_workbook(path, rich_text=True, keep_links=False)[title]
    found = _Found()
    for cell in _cells(sheet, width):
        _inspect(cell, found)
    uncalculated = set()
    if found.formulas:
        results = openpyxl.load_workbook(path, data_only=True, keep_links=False)[title]
        uncalculated = _without_result(results, found)
    return Marks(
        hidden_rows=frozenset(row for row, shape in sheet.row_dimensions.items() if shape.hidden),
        hidden_columns=frozenset(_hidden_columns(sheet, width)),
        struck=found.struck,
        links=found.links,
        uncalculated=frozenset(uncalculated),
        errors=found.errors,
    )


def _cells(sheet: Worksheet, width: int) -> Iterator[Any]:
    for cells in sheet.iter_rows(max_row=min(sheet.max_row, INSPECTED_ROWS), max_col=max(width, 1)):
        yield from (cell for cell in cells if cell.value is not None)


def _inspect(cell: Any, found: _Found) -> None:
    position = (cell.row, cell.column)
    if cell.data_type == "f":
        found.formulas.add(position)
    elif cell.data_type == "e":
        found.errors[position] = str(cell.value)
    struck = _struck(cell)
    if struck is not None:
        found.struck[position] = struck
    target = cell.hyperlink.target if cell.hyperlink else None
    if target and target.casefold().startswith("mailto:"):
        found.links[position] = unquote(target[len("mailto:") :]).partition("?")[0].strip()


def _struck(cell: Any) -> Struck | None:
    """Return what is struck through in a cell: the whole, or some runs of its text."""
    whole = bool(cell.font and cell.font.strike)
    parts = cell.value if isinstance(cell.value, CellRichText) else [cell.value]
    runs = [(str(part), bool(part.font.strike) if isinstance(part, TextBlock) else whole) for part in parts]
    text = "".join(run for run, struck in runs if struck)
    return Struck(text, "".join(run for run, struck in runs if not struck)) if text.strip() else None


def _without_result(results: Worksheet, found: _Found) -> set[Position]:
    """Return the formulas without a stored result; stored errors go to `found`.

    A stored empty text is a result.
    """
    uncalculated = set()
    for row, column in found.formulas:
        cell = results.cell(row, column)
        if cell.data_type == "e":
            found.errors[row, column] = str(cell.value)
        elif cell.value is None and cell.data_type != "str":
            uncalculated.add((row, column))
    return uncalculated


def _hidden_columns(sheet: Worksheet, width: int) -> Iterator[int]:
    for shape in sheet.column_dimensions.values():
        if shape.hidden and shape.min:
            yield from range(shape.min, min(shape.max or shape.min, width) + 1)
