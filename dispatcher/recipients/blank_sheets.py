"""A sheet to be filled in by those who keep a list of their own: known headings, and a tab with an example."""

from __future__ import annotations

import io
import zipfile
from datetime import datetime
from typing import TYPE_CHECKING

from openpyxl import Workbook
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter
from openpyxl.writer.excel import ExcelWriter

from dispatcher.words import catalog

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

_WIDTH = 28
_BEGINNING = (1980, 1, 1, 0, 0, 0)
"""The first moment that a zip file can name: the same sheet is the same octets whenever it is made."""


def blank_sheet() -> bytes:
    """Return a workbook for a list of couriers: an empty table, and beside it a tab that shows how a row looks."""
    words = catalog("onward")["sheet"]
    headings = [f"{column['hi']} / {column['en']}" for column in words["columns"]]
    book = Workbook()
    table = book.worksheets[0]
    table.title = words["tab"]
    _write(table, headings)
    example = book.create_sheet(f"{words['example']['hi']} {words['example']['en']}")
    _write(example, headings)
    example.append([column["example"] for column in words["columns"]])
    example.append([])
    for language in ("hi", "en"):
        example.append([words["advice"][language]])
    return _packed(book)


def _write(tab: Worksheet, headings: list[str]) -> None:
    tab.append(headings)
    for position in range(1, len(headings) + 1):
        tab.cell(row=1, column=position).font = Font(bold=True)
        tab.column_dimensions[get_column_letter(position)].width = _WIDTH
    tab.freeze_panes = "A2"


def _packed(book: Workbook) -> bytes:
    """Return the workbook's octets without the hour: openpyxl stamps the present one on every part of it."""
    moment = datetime(*_BEGINNING)  # noqa: DTZ001 - openpyxl writes it as UTC
    book.properties.created = book.properties.modified = moment
    made, packed = io.BytesIO(), io.BytesIO()
    ExcelWriter(book, zipfile.ZipFile(made, "w")).save()
    with zipfile.ZipFile(made) as source, zipfile.ZipFile(packed, "w") as target:
        for part in source.infolist():
            entry = zipfile.ZipInfo(part.filename, date_time=_BEGINNING)
            entry.compress_type = zipfile.ZIP_DEFLATED
            target.writestr(entry, source.read(part))
    return packed.getvalue()
