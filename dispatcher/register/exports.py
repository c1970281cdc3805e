"""The register as a file: csv and json for programs, xlsx for people, who read the states in words."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import asdict, astuple
from typing import TYPE_CHECKING, Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.properties import PageSetupProperties

from dispatcher.outbox.states import DeliveryState
from dispatcher.register.rows import ATTEMPT_COLUMNS, COLUMNS, UNTOLD_COLUMNS, bilingual
from dispatcher.words import catalog

if TYPE_CHECKING:
    from collections.abc import Sequence

    from openpyxl.cell import Cell

    from dispatcher.register.rows import AttemptRow, RegisterRow, UntoldRow

FORMULA_STARTS = tuple("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")
"""A cell that begins so may be taken for a formula; the last four are the full-width forms of the first."""

_HEADING_ROW = 3
_WIDTHS = {
    "address": 36, "designation": 40, "organisation": 36, "phone": 24, "last_reply": 60, "reply": 60,
    "message_id": 48, "delivery_id": 36,
}  # fmt: skip
_WIDTH = 20
_GREEN, _YELLOW, _ORANGE, _RED, _GREY = "C6EFCE", "FFF2CC", "F8CBAD", "FFC7CE", "D9D9D9"
_COLOURS = {
    DeliveryState.ACCEPTED: _GREEN,
    DeliveryState.DELIVERED: _GREEN,
    DeliveryState.QUEUED: _YELLOW,
    DeliveryState.DEFERRED: _YELLOW,
    DeliveryState.ATTEMPTING: _YELLOW,
    DeliveryState.IN_DOUBT: _ORANGE,
    DeliveryState.HELD: _ORANGE,
    DeliveryState.FAILED: _RED,
    DeliveryState.BOUNCED: _RED,
    DeliveryState.EXPIRED: _RED,
    DeliveryState.CANCELLED: _GREY,
}
_FILLS = {state: PatternFill("solid", start_color=colour) for state, colour in _COLOURS.items()}
_MARK = PatternFill("solid", start_color=_ORANGE)


def neutral(value: str) -> str:
    """Return text that no spreadsheet takes for a formula: an apostrophe goes before one that could be."""
    risky = value.startswith(FORMULA_STARTS) or value.lstrip().startswith(FORMULA_STARTS)
    return f"'{value}" if risky else value


def to_csv(rows: Sequence[RegisterRow]) -> bytes:
    """Return the register as CSV (RFC 4180) in UTF-8; the byte order mark is for Excel."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    for row in rows:
        writer.writerow([neutral(value) if isinstance(value, str) else value for value in astuple(row)])
    return text.getvalue().encode("utf-8-sig")


def to_json(rows: Sequence[RegisterRow]) -> bytes:
    """Return the register as a JSON list of objects in UTF-8."""
    return (json.dumps([asdict(row) for row in rows], ensure_ascii=False, indent=1) + "\n").encode()


def to_xlsx(
    rows: Sequence[RegisterRow], *, attempts: Sequence[AttemptRow], title: str, marked: str | None = None
) -> bytes:
    """Return the register as a workbook with a second tab for the attempts.

    Each tab: the title (before it `marked`, such as REHEARSAL), the names of the columns, their headings in both
    languages (frozen, with filters), then a line for each row.
    """
    book = Workbook(write_only=True)
    _write_tab(book, "register", COLUMNS, rows, title, marked)
    _write_tab(book, "attempts", ATTEMPT_COLUMNS, attempts, title, marked)
    return _saved(book)


def untold_to_xlsx(rows: Sequence[UntoldRow], *, title: str, marked: str | None = None) -> bytes:
    """Return the telephone list as a workbook of one tab, laid out as the register is."""
    book = Workbook(write_only=True)
    _write_tab(book, "untold", UNTOLD_COLUMNS, rows, title, marked)
    return _saved(book)


def _saved(book: Workbook) -> bytes:
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def _write_tab(  # noqa: PLR0917 - called above only
    book: Workbook,
    name: str,
    columns: Sequence[str],
    rows: Sequence[RegisterRow | AttemptRow | UntoldRow],
    title: str,
    marked: str | None,
) -> None:
    words = catalog("register")
    sheet = book.create_sheet(f"{words['tabs'][name]['hi']} {words['tabs'][name]['en']}")
    _lay_out(sheet, columns, len(rows))
    heading = _cell(sheet, f"{marked}: {title}" if marked else title, font=Font(bold=True, size=14))
    if marked:
        heading.fill = _MARK
    sheet.append([heading])
    sheet.append([_cell(sheet, column, font=Font(size=8, color="595959")) for column in columns])
    sheet.append([_heading(sheet, bilingual(words["columns"][column])) for column in columns])
    for row in rows:
        sheet.append([_value(sheet, value) for value in astuple(row)])


def _lay_out(sheet: Any, columns: Sequence[str], count: int) -> None:
    """Set what openpyxl writes before the rows; its stubs do not know it of a write-only sheet."""
    sheet.freeze_panes = f"A{_HEADING_ROW + 1}"
    sheet.auto_filter.ref = f"A{_HEADING_ROW}:{get_column_letter(len(columns))}{_HEADING_ROW + count}"
    sheet.print_title_rows = f"1:{_HEADING_ROW}"
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.fitToHeight = 0  # as many pages as it takes, one page wide
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    for position, column in enumerate(columns, start=1):
        sheet.column_dimensions[get_column_letter(position)].width = _WIDTHS.get(column, _WIDTH)


def _heading(sheet: Any, text: str) -> Cell:
    cell = _cell(sheet, text, font=Font(bold=True))
    cell.alignment = Alignment(wrap_text=True, vertical="top")
    return cell


def _value(sheet: Any, value: object) -> Any:
    """Return a cell: a state in words and coloured, text as text, numbers and empty cells as they are."""
    if isinstance(value, DeliveryState):
        cell = _cell(sheet, bilingual(catalog("register")["states"][value]))
        cell.fill = _FILLS[value]
        return cell
    return _cell(sheet, value) if isinstance(value, str) else value


def _cell(sheet: Any, text: str, *, font: Font | None = None) -> Cell:
    cell: Cell = WriteOnlyCell(sheet, neutral(ILLEGAL_CHARACTERS_RE.sub("", text)))
    cell.data_type = "s"  # openpyxl would make a formula of = and an error of #N/A
    if font:
        cell.font = font
    return cell
