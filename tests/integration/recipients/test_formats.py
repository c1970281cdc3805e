from __future__ import annotations

import io
from typing import TYPE_CHECKING

import openpyxl
import pytest
from openpyxl.styles import Font

from dispatcher.recipients.reading import SheetReading, read_audience
from tests.faulty_sheets import audience
from tests.sheet_formats import ods, ods_cell, ods_cells, ods_row, repacked, xls

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from openpyxl.workbook import Workbook

ROWS = [
    ["Office list", "", "", ""],
    ["ICT", "Name", "ई-मेल", "Phone"],
    ["Delhi", "NA", "a@office.example", "011-0000-0101"],
    ["मुंबई", "अभिरक्षक", "b@office.example; c@office.example", "022-0000-0102"],
    ["Jaipur", "Three", "d@@office.example", ""],
    ["Total", "", "", "3"],
]
FOUND = [("a@office.example", "Delhi", 3), ("b@office.example", "Mumbai", 4), ("c@office.example", "Mumbai", 4)]
TOLD = [("title_rows", 1), ("address_two_ats", 5), ("row_not_a_recipient", 6)]


def _xlsx(change: Callable[[Workbook], None] | None = None) -> bytes:
    workbook = openpyxl.Workbook()
    assert workbook.active is not None
    workbook.active.title = "List"
    for row in ROWS:
        workbook.active.append([text or None for text in row])
    if change is not None:
        change(workbook)
    content = io.BytesIO()
    workbook.save(content)
    return content.getvalue()


def _text(delimiter: str) -> str:
    return "\r\n".join(delimiter.join(row) for row in ROWS) + "\r\n"


def _quoted(delimiter: str) -> str:
    return "\n".join(delimiter.join(f'"{text}"' for text in row) for row in ROWS)


FORMATS = {
    "xlsx": _xlsx(),
    "xls": xls(ROWS),
    "ods": ods({"List": "".join(ods_row(*row) for row in ROWS)}),
    "UTF-8, comma": _text(",").encode(),
    "UTF-8 with mark, semicolon": _quoted(";").encode("utf-8-sig"),
    "UTF-16, tab": _text("\t").encode("utf-16"),
    "UTF-16 without mark": _text("\t").encode("utf-16-le"),
    "big-endian UTF-16, comma": ("\ufeff" + _text(",")).encode("utf-16-be"),
    "sep= line": ("sep=|\r\n" + _text("|")).encode(),
}


def _read(content: bytes, folder: Path, *, tab: str | None = None) -> SheetReading:
    (folder / "list.dat").write_bytes(content)
    return read_audience(audience("any", sheet="list.dat", tab=tab), root=folder)


def _told(reading: SheetReading) -> list[tuple[str, int | None]]:
    return [(p.code, p.source.row) for p in reading.problems if p.code != "sheet_marks_unread"]


@pytest.mark.parametrize("name", FORMATS)
def test_one_list_in_every_format(name: str, tmp_path: Path) -> None:
    """Whatever a file is called, its content tells how it is read, and the same list comes out to the cell."""
    reading = _read(FORMATS[name], tmp_path)

    assert FOUND == [(entry.address, *entry.places, entry.roles[0].source.row) for entry in reading.entries]
    assert TOLD == _told(reading)
    assert ["NA", "अभिरक्षक"] == list(dict.fromkeys(entry.roles[0].organisation["hi"] for entry in reading.entries))


@pytest.mark.parametrize(
    ("name", "told"), [("xlsx", False), ("xls", True), ("ods", False), ("UTF-8, comma", False)]
)
def test_formatting_that_cannot_be_seen_is_told(name: str, tmp_path: Path, *, told: bool) -> None:
    """Only where there may be hidden rows or struck text that nothing here can see is there a warning."""
    reading = _read(FORMATS[name], tmp_path)

    assert told == ("sheet_marks_unread" in [one.code for one in reading.problems])


def test_windows_text_is_read_with_a_warning(tmp_path: Path) -> None:
    """A CSV file of an old program is read as Windows-1252; the warning stands at the first letters to check."""
    reading = _read("Name;E-mail\nX;a@office.example\nCaf\u00e9;b@office.example\n".encode("cp1252"), tmp_path)

    assert [("sheet_read_as", 3, "Caf\u00e9")] == [(p.code, p.source.row, p.value) for p in reading.problems]
    assert ["X", "Caf\u00e9"] == [entry.roles[0].organisation["en"] for entry in reading.entries]


@pytest.mark.parametrize("text", ["E-mail\na@x.example; b@x.example\n", "E-mail\na@x.example, b@x.example\n"])
def test_a_column_of_addresses_only(text: str, tmp_path: Path) -> None:
    """In a file of one column the delimiter between addresses does not divide the column."""
    assert ["a@x.example", "b@x.example"] == [entry.address for entry in _read(text.encode(), tmp_path).entries]


def test_line_breaks_and_doubled_quotes(tmp_path: Path) -> None:
    """A quoted cell may hold line breaks, delimiters and quotation marks (RFC 4180); rows count as shown."""
    text = 'Name,E-mail\n"The ""Alpha"",\nLtd","a@office.example\nb@office.example"\n\nBeta,c@office.example\n'

    reading = _read(text.encode(), tmp_path)

    assert [("a@office.example", 2), ("b@office.example", 2), ("c@office.example", 4)] == [
        (entry.address, entry.roles[0].source.row) for entry in reading.entries
    ]
    assert 'The "Alpha", Ltd' == reading.entries[0].roles[0].organisation["en"]


def _tabs(**visible: bool) -> Callable[[Workbook], None]:
    def change(workbook: Workbook) -> None:
        workbook.create_sheet("Notes").append(["Nothing", "to read"])
        for title, is_visible in visible.items():
            tab = workbook[title] if title in workbook.sheetnames else workbook.create_sheet(title)
            tab.sheet_state = "visible" if is_visible else "hidden"
            if title == "Old":
                tab.append(["Name", "E-mail"])
                tab.append(["Old", "old@office.example"])

    return change


@pytest.mark.parametrize(
    ("visible", "expected"),
    [
        ({}, [("tab_chosen", "List")]),
        ({"Old": False}, [("tab_chosen", "List"), ("tabs_hidden", "Old")]),
        ({"Old": True}, [("tab_unclear", "list.dat")]),
        ({"List": False}, [("tab_chosen", "List"), ("tab_hidden", "List")]),
    ],
)
def test_the_tab_is_found_by_its_content(
    visible: dict[str, bool], expected: list[tuple[str, str]], tmp_path: Path
) -> None:
    """The one tab with a table is read; a hidden one only where no other has one; what is not read is named."""
    reading = _read(_xlsx(_tabs(**visible)), tmp_path)

    assert expected == [(one.code, one.value) for one in reading.problems if one.code.startswith("tab")]


def test_tabs_without_any_table(tmp_path: Path) -> None:
    """Where no tab holds a table there is one error that names them."""
    reading = _read(ods({"A": ods_row("x"), "B": ods_row("y")}), tmp_path)

    assert [("tabs_without_table", "A, B")] == [(one.code, one.facts["tabs"]) for one in reading.problems]


FAR = ["XFD3", "A1048576", "XFD1048576", "AZ4", "C60000"]


def _far(cell: str, text: str = "left over") -> bytes:
    def change(workbook: Workbook) -> None:
        workbook["List"][cell] = text

    return _xlsx(change)


@pytest.mark.parametrize("cell", FAR)
def test_a_stray_cell_is_left_out_and_named(cell: str, tmp_path: Path) -> None:
    """What stands far outside the table changes nothing but a note that names the cell and what it holds."""
    reading = _read(_far(cell), tmp_path)

    assert FOUND == [(entry.address, *entry.places, entry.roles[0].source.row) for entry in reading.entries]
    assert [("stray_cell", None), *TOLD] == _told(reading)
    assert [("left over", cell)] == [
        (p.value, p.facts["cell"]) for p in reading.problems if p.code == "stray_cell"
    ]


STRAYS = {
    "xls": xls(ROWS, far={(65535, 255): "left over"}),
    "ods below": ods(
        {"List": "".join(ods_row(*row) for row in ROWS) + ods_row(repeated=1_000_000) + ods_row("left over")}
    ),
    "ods beside": ods(
        {
            "List": "".join(ods_row(*row) for row in ROWS)
            + ods_cells(ods_cell("", number_columns_repeated=16_000), ods_cell("left over"))
        }
    ),
    "csv below": (_text(",") + "\n" * 20_000 + "left over\n").encode(),
    "csv beside": (_text(",").rstrip() + "," * 300 + "left over\n").encode(),
    "unusual xlsx": repacked(_far("XFD3"), "xl/worksheets/sheet1.xml", b'<c r="A3"', b'<c  r="A3"'),
}


@pytest.mark.parametrize("name", STRAYS)
def test_stray_cells_in_other_formats(name: str, tmp_path: Path) -> None:
    """In every format one cell far outside is told, and memory is spent on the table only."""
    reading = _read(STRAYS[name], tmp_path)

    told = [one.code for one in reading.problems if one.code in {"stray_cell", "sheet_far_cell"}]
    assert ["sheet_far_cell" if name == "unusual xlsx" else "stray_cell"] == told
    assert (name == "unusual xlsx") == (not reading.entries)


def test_a_stray_address_is_an_error(tmp_path: Path) -> None:
    """An address is never left out with just a note."""
    reading = _read(_far("XFD3", "x@office.example"), tmp_path)

    assert [("stray_address", "error", "XFD3")] == [
        (one.code, one.severity, one.facts["cell"]) for one in reading.problems if "stray" in one.code
    ]


def test_many_cells_far_outside_are_data(tmp_path: Path) -> None:
    """More than an oversight far outside the table is one error."""

    def change(workbook: Workbook) -> None:
        for row in range(1, 40):
            workbook["List"].cell(row + 90_000, 2, f"x{row}")

    reading = _read(_xlsx(change), tmp_path)

    assert [("sheet_far_cell", "B90001")] == [(one.code, one.facts["cell"]) for one in reading.problems]


HUGE = {
    "repeated cells": ods({"List": ods_row(*["x"] * 40, repeated=1_000_000)}),
    "beyond the sheet": ods({"List": ods_row("x", repeated=2_000_000)}),
    "wrong places": repacked(_far("C60000"), "xl/worksheets/sheet1.xml", b'r="C60000"', b'r="XFE60000"'),
}


@pytest.mark.parametrize("name", HUGE)
def test_a_few_octets_that_stand_for_billions_of_cells(name: str, tmp_path: Path) -> None:
    """A file that would unfold to more cells than any list has is one error before it is unfolded."""
    reading = _read(HUGE[name], tmp_path)

    assert ["sheet_too_large"] == [one.code for one in reading.problems]


def test_merged_cells_of_an_open_document(tmp_path: Path) -> None:
    """A merged place reaches its rows in every format that tells of merging."""
    head = ods_row("ICT", "Name", "E-mail")
    first = ods_cells(ods_cell("Delhi", number_rows_spanned=2), ods_cell("One"), ods_cell("a@x.example"))
    reading = _read(ods({"List": head + first + ods_row("", "Two", "b@x.example")}), tmp_path)

    assert [("Delhi",), ("Delhi",)] == [entry.places for entry in reading.entries]
    assert [("merged_filled", 2)] == _told(reading)


def test_a_link_made_by_a_formula(tmp_path: Path) -> None:
    """HYPERLINK("mailto:…") is a link like any other: where it names another address, neither is mailed."""

    def change(workbook: Workbook) -> None:
        workbook["List"]["C3"] = '=HYPERLINK("mailto:z@office.example?subject=x","a@office.example")'

    linked = _xlsx(change)
    part = "xl/worksheets/sheet1.xml"
    shown = repacked(linked, part, b'<c r="C3"><f>', b'<c r="C3" t="str"><f>')
    reading = _read(repacked(shown, part, b"</f><v />", b"</f><v>a@office.example</v>"), tmp_path)

    assert [("link_differs", 3, "C", "z@office.example")] == [
        (p.code, p.source.row, p.source.column, p.facts["link"])
        for p in reading.problems
        if p.code == "link_differs"
    ]


def test_formatting_of_a_tab_with_a_stray_cell(tmp_path: Path) -> None:
    """Hidden rows and struck text are seen also where a stray cell had to be taken out."""

    def change(workbook: Workbook) -> None:
        workbook["List"]["XFD9"] = "left over"
        workbook["List"]["D3"].font = Font(strike=True)
        workbook["List"].row_dimensions[4].hidden = True

    told = _told(_read(_xlsx(change), tmp_path))

    assert {("stray_cell", None), ("struck_text", 3), ("row_hidden", 4), *TOLD} == set(told)
