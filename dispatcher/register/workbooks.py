"""The register and the telephone list as workbooks, for people: titles, both languages, colours, filters.

openpyxl makes the book with its headings and styles; the rows, made by tab_xml.py as they are read, are put into
its tabs afterwards. So no cell is kept in memory, and a row costs little more than in the csv.
"""

from __future__ import annotations

import contextlib
import io
import re
import shutil
import tempfile
import zipfile
from typing import IO, TYPE_CHECKING, Any, BinaryIO, TypeAlias

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.properties import PageSetupProperties

from dispatcher.outbox.states import DeliveryState
from dispatcher.register.numbers import NUMBER_COLUMNS, in_words
from dispatcher.register.rows import ATTEMPT_COLUMNS, COLUMNS, UNTOLD_COLUMNS, bilingual
from dispatcher.register.tab_xml import RowXml, cell_text
from dispatcher.words import catalog

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from openpyxl.cell import Cell

    from dispatcher.register.numbers import NumberRow
    from dispatcher.register.rows import AttemptRow, RegisterRow, UntoldRow

    AnyRow: TypeAlias = RegisterRow | AttemptRow | UntoldRow | NumberRow

_HEADING_ROW = 3
_WIDTHS = {
    "address": 36, "onward": 60, "designation": 40, "organisation": 36, "phone": 24, "last_reply": 60, "reply": 60,
    "message_id": 48, "delivery_id": 36, "subject_hi": 60, "subject_en": 60, "remark": 40, "document_sha256": 66,
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
_TITLE, _NAME, _HEADING = Font(bold=True, size=14), Font(size=8, color="595959"), Font(bold=True)
_TAB_FILE = re.compile(r"xl/worksheets/sheet(\d+)\.xml")
_ROWS_END = b"</sheetData>"
_IN_MEMORY = 4_000_000
"""Octets of a tab's rows; what is longer waits in a temporary file until the headings are known."""


def write_xlsx(
    file: BinaryIO,
    rows: Iterable[RegisterRow],
    *,
    attempts: Iterable[AttemptRow],
    title: str,
    marked: str | None = None,
) -> None:
    """Write the register as a workbook with a second tab for the attempts, taken after the rows.

    Each tab: the title (before it `marked`, such as REHEARSAL), the names of the columns, their headings in both
    languages (frozen, with filters), then a line for each row.
    """
    with _Book() as book:
        book.add_tab("register", COLUMNS, rows)
        book.add_tab("attempts", ATTEMPT_COLUMNS, attempts)
        book.write(file, title, marked)


def write_untold_xlsx(
    file: BinaryIO, rows: Iterable[UntoldRow], *, title: Callable[[int], str], marked: str | None = None
) -> None:
    """Write the telephone list as a workbook of one tab, laid out as the register is; `title` of so many rows."""
    with _Book() as book:
        count = book.add_tab("untold", UNTOLD_COLUMNS, rows)
        book.write(file, title(count), marked)


def write_numbers_xlsx(file: BinaryIO, rows: Iterable[NumberRow], *, title: str) -> None:
    """Write the register of numbers as a workbook of one tab, laid out as the register is."""
    with _Book() as book:
        book.add_tab("numbers", NUMBER_COLUMNS, map(in_words, rows))
        book.write(file, title, None)


class _Book(contextlib.ExitStack):
    """A workbook of openpyxl that holds the headings, and the rows of its tabs beside it."""

    def __init__(self) -> None:
        super().__init__()
        self._book = Workbook(write_only=True)
        self._tabs: list[tuple[Sequence[str], IO[bytes], int]] = []

    def add_tab(self, name: str, columns: Sequence[str], rows: Iterable[AnyRow]) -> int:
        """Add a tab, with all of its rows; return how many there were."""
        words = catalog("register")["tabs"][name]
        sheet = self._book.create_sheet(f"{words['hi']} {words['en']}")
        file = self.enter_context(tempfile.SpooledTemporaryFile(_IN_MEMORY))  # noqa: SIM115 - closed with the book
        count = _write_rows(file, rows, _row_xml(sheet, columns))
        self._tabs.append((columns, file, count))
        return count

    def write(self, file: BinaryIO, title: str, marked: str | None) -> None:
        """Write the book into `file`, the rows in their places."""
        for sheet, (columns, _, count) in zip(self._book.worksheets, self._tabs, strict=True):
            _lay_out(sheet, columns, count)
            _write_headings(sheet, columns, title, marked)
        made = io.BytesIO()
        self._book.save(made)
        with zipfile.ZipFile(made) as source, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as target:
            for name in source.namelist():
                tab = _TAB_FILE.fullmatch(name)
                with target.open(name, "w") as member:
                    if tab:
                        before, end, after = source.read(name).partition(_ROWS_END)
                        member.write(before)
                        self._copy_rows(int(tab[1]) - 1, member)
                        member.write(end + after)
                    else:
                        member.write(source.read(name))

    def _copy_rows(self, tab: int, target: IO[bytes]) -> None:
        _, rows, _ = self._tabs[tab]
        rows.seek(0)
        shutil.copyfileobj(rows, target)


def _write_rows(file: IO[bytes], rows: Iterable[AnyRow], xml: RowXml) -> int:
    number = _HEADING_ROW
    for number, row in enumerate(rows, start=_HEADING_ROW + 1):
        file.write(xml.row(number, row).encode())
    return number - _HEADING_ROW


def _row_xml(sheet: Any, columns: Sequence[str]) -> RowXml:
    """Return what makes the rows of a tab, with the book's style of each state."""
    states = {}
    for state, colour in _COLOURS.items():
        cell = _cell(sheet, bilingual(catalog("register")["states"][state]))
        cell.fill = PatternFill("solid", start_color=colour)
        states[state] = (str(cell.value), cell.style_id)
    return RowXml([get_column_letter(n) for n in range(1, len(columns) + 1)], states)


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


def _write_headings(sheet: Any, columns: Sequence[str], title: str, marked: str | None) -> None:
    words = catalog("register")["columns"]
    first = _cell(sheet, f"{marked}: {title}" if marked else title, _TITLE)
    if marked:
        first.fill = PatternFill("solid", start_color=_ORANGE)
    sheet.append([first])
    sheet.append([_cell(sheet, column, _NAME) for column in columns])
    sheet.append([_heading(sheet, bilingual(words[column])) for column in columns])


def _heading(sheet: Any, text: str) -> Cell:
    cell = _cell(sheet, text, _HEADING)
    cell.alignment = Alignment(wrap_text=True, vertical="top")
    return cell


def _cell(sheet: Any, text: str, font: Font | None = None) -> Cell:
    cell: Cell = WriteOnlyCell(sheet, cell_text(text))
    cell.data_type = "s"  # openpyxl would make a formula of = and an error of #N/A
    if font:
        cell.font = font
    return cell
