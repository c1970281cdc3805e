"""What only the formatting of a workbook tells: hidden, struck through, linked, never calculated. By openpyxl."""

from __future__ import annotations

import io
import re
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

    from openpyxl.workbook import Workbook
    from openpyxl.worksheet.worksheet import Worksheet

    from dispatcher.recipients.containers import Package
    from dispatcher.recipients.grid import Position

LARGEST_INSPECTED: Final = 12 * 1024 * 1024
"""Octets of XML, some 25,000 rows: openpyxl makes objects of thirty times the size."""

_MAILTO: Final = "mailto:"
_LINKING = re.compile(r'=\s*HYPERLINK\(\s*"mailto:([^"]*)"\s*[,;)]', re.IGNORECASE)


def marks_of(path: Path, title: str, texts: Sequence[Sequence[str]], package: Package) -> Marks | None:
    """Return the marks of a tab whose `texts` are known; None where they cannot be had.

    That is so for formats other than xlsx and xlsm, and beyond LARGEST_INSPECTED.
    """
    if not package.is_excel or package.octets > LARGEST_INSPECTED:
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # openpyxl warns of every extension that it leaves out
            return _inspected(path, title, texts)
    except Exception:  # noqa: BLE001 - openpyxl raises whatever it stumbles over; the texts came from another reader
        return None


@dataclass(slots=True)
class _Found:
    struck: dict[Position, Struck] = field(default_factory=dict)
    links: dict[Position, str] = field(default_factory=dict)
    formulas: set[Position] = field(default_factory=set)
    errors: dict[Position, str] = field(default_factory=dict)


def _inspected(path: Path, title: str, texts: Sequence[Sequence[str]]) -> Marks:
    height, width = len(texts), len(texts[0]) if texts else 0
    sheet = _workbook(path, rich_text=True)[title]
    found = _Found()
    for cell in _cells(sheet, height, width):
        _inspect(cell, found)
    uncalculated = set()
    if found.formulas:
        results = _workbook(path, data_only=True)[title]
        uncalculated = _without_result(results, found)
    return Marks(
        hidden_rows=frozenset(row for row, shape in sheet.row_dimensions.items() if shape.hidden),
        hidden_columns=frozenset(_hidden_columns(sheet, width)),
        struck=found.struck,
        links=found.links,
        uncalculated=frozenset(uncalculated),
        errors=found.errors,
    )


def _workbook(path: Path, **how: bool) -> Workbook:
    """Return a workbook opened from its octets: openpyxl goes by the name of a file, not by its content."""
    return openpyxl.load_workbook(io.BytesIO(path.read_bytes()), keep_links=False, **how)


def _cells(sheet: Worksheet, height: int, width: int) -> Iterator[Any]:
    for cells in sheet.iter_rows(max_row=max(height, 1), max_col=max(width, 1)):
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
    link = _link(cell)
    if link is not None:
        found.links[position] = unquote(link).partition("?")[0].strip()


def _link(cell: Any) -> str | None:
    """Return the address behind a cell, by a link or by the formula HYPERLINK."""
    target = cell.hyperlink.target if cell.hyperlink else None
    if target and target.casefold().startswith(_MAILTO):
        return str(target[len(_MAILTO) :])
    formula = _LINKING.match(str(cell.value)) if cell.data_type == "f" else None
    return formula[1] if formula else None


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
