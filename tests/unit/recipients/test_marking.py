from __future__ import annotations

import io
import re
import zipfile
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Font, PatternFill

from dispatcher.errors import InputProblems, Problem, Severity, Source
from dispatcher.recipients import marking
from dispatcher.recipients.grid import Grid
from dispatcher.recipients.marking import is_marked, marked_copy
from dispatcher.recipients.reading import read_audience
from tests.faulty_sheets import PLANTED, audience, plant

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from openpyxl.workbook import Workbook
    from openpyxl.worksheet.worksheet import Worksheet

RED, YELLOW, BLUE = "00FFC7CE", "00FFEB9C", "00DDEBF7"
HEADER = ["Place", "Designation", "E-mail"]


def _problem(
    column: str | None, row: int | None, severity: Severity = Severity.ERROR, *, tab: str | None = "Posts"
) -> Problem:
    return Problem(severity, "address_missing", Source("list.xlsx", tab, row, column), "")


def _workbook(path: Path, change: Callable[[Worksheet], None] = lambda _sheet: None) -> Path:
    workbook = openpyxl.Workbook()
    sheet = workbook.active
    assert sheet is not None
    sheet.title = "Posts"
    for row in (["All posts", None, None], HEADER, ["Mumbai", "Commissioner", "a@x.example"], ["Delhi"]):
        sheet.append(row)
    change(sheet)
    workbook.save(path)
    return path


def _open(content: bytes) -> Workbook:
    return openpyxl.load_workbook(io.BytesIO(content))


def _marks(sheet: Any) -> dict[str, str]:
    """Return cell -> colour of every cell with a comment of ours."""
    return {
        cell.coordinate: cell.fill.fgColor.rgb
        for row in sheet.iter_rows()
        for cell in row
        if cell.comment is not None
    }


def _texts(sheet: Any) -> list[list[str]]:
    return [["" if cell.value is None else str(cell.value) for cell in row] for row in sheet.iter_rows()]


def test_faulty_cells_are_coloured_and_told_in_both_languages(tmp_path: Path) -> None:
    """Each cell has the colour of what it weighs, and a comment with the sentence in Hindi and English."""
    path = _workbook(tmp_path / "list.xlsx")
    problems = [_problem("C", 4), _problem("B", 3, Severity.WARNING), _problem("A", 3, Severity.REPAIR)]

    sheet = _open(marked_copy(path, problems, tabs=["Posts"]))["Posts"]

    assert {"C4": RED, "B3": YELLOW, "A3": BLUE} == _marks(sheet)
    text = sheet["C4"].comment.text
    assert re.fullmatch(r"त्रुटि: .+\nError: .+", text)


def test_notes_are_not_marked(tmp_path: Path) -> None:
    """What is only worth knowing leaves no mark: nothing has to be done about it."""
    path = _workbook(tmp_path / "list.xlsx")
    note = _problem("C", 4, Severity.NOTE)

    assert {} == _marks(_open(marked_copy(path, [note], tabs=["Posts"]))["Posts"])
    assert not is_marked(note)


def test_one_cell_with_several_problems_has_the_colour_of_the_worst(tmp_path: Path) -> None:
    """Every problem of a cell is in its comment, the worst first."""
    path = _workbook(tmp_path / "list.xlsx")
    problems = [_problem("C", 4, Severity.REPAIR), _problem("C", 4), _problem("C", 4, Severity.WARNING)]

    sheet = _open(marked_copy(path, problems, tabs=["Posts"]))["Posts"]

    assert {"C4": RED} == _marks(sheet)
    assert ["Error", "Warning", "Repair"] == re.findall(r"^[A-Z]\w+(?=: )", sheet["C4"].comment.text, re.MULTILINE)


def test_problems_without_a_cell_stand_where_they_are_seen(tmp_path: Path) -> None:
    """Those of a row stand on its first filled cell, those of the tab or file on A1."""
    path = _workbook(tmp_path / "list.xlsx", lambda sheet: sheet.append([None, None, "b@x.example"]))
    problems = [_problem(None, 5), _problem(None, None), _problem(None, None, Severity.WARNING, tab=None)]

    sheet = _open(marked_copy(path, problems, tabs=["Posts"]))["Posts"]

    assert {"C5": RED, "A1": RED} == _marks(sheet)


def _dressed(sheet: Worksheet) -> None:
    sheet["A3"].font = Font(bold=True, color="FF0000FF")
    sheet["A3"].alignment = Alignment(wrap_text=True)
    sheet["A2"].fill = PatternFill("solid", fgColor="FF00FF00")
    sheet.column_dimensions["C"].width = 41
    sheet.row_dimensions[3].hidden = True
    sheet.merge_cells("A1:C1")
    sheet["D3"] = "=LEN(C3)"
    sheet.freeze_panes = "A3"
    assert sheet.parent is not None
    sheet.parent.create_sheet("Other")["B2"] = "kept"


def test_the_office_s_own_layout_stays(tmp_path: Path) -> None:
    """Fonts, fills, widths, hidden rows, merged ranges, formulas and other tabs of an xlsx are as they were."""
    path = _workbook(tmp_path / "list.xlsx", _dressed)
    before = path.read_bytes()

    workbook = _open(marked_copy(path, [_problem("A", 3)], tabs=["Posts"]))
    sheet = workbook["Posts"]

    assert ["Posts", "Other"] == workbook.sheetnames
    assert "kept" == workbook["Other"]["B2"].value
    assert (True, "FF0000FF", True) == (
        sheet["A3"].font.bold,
        sheet["A3"].font.color.rgb,
        sheet["A3"].alignment.wrap_text,
    )
    assert ("FF00FF00", 41, True, "A3") == (
        sheet["A2"].fill.fgColor.rgb,
        sheet.column_dimensions["C"].width,
        sheet.row_dimensions[3].hidden,
        sheet.freeze_panes,
    )
    assert ["A1:C1"] == [str(one) for one in sheet.merged_cells.ranges]
    assert ("=LEN(C3)", "f") == (sheet["D3"].value, sheet["D3"].data_type)
    assert before == path.read_bytes()


def _merged(sheet: Worksheet) -> None:
    sheet["A5"] = "Agra"
    sheet.merge_cells("A5:A6")


def test_a_covered_cell_is_marked_where_it_shows(tmp_path: Path) -> None:
    """A problem of a cell that a merged range covers stands on the cell that shows, with what stands there."""
    path = _workbook(tmp_path / "list.xlsx", _merged)

    sheet = _open(marked_copy(path, [_problem("A", 5, Severity.REPAIR), _problem("A", 6)], tabs=["Posts"]))[
        "Posts"
    ]

    assert {"A5": RED} == _marks(sheet)
    assert ["Error", "Repair"] == re.findall(r"^[A-Z]\w+(?=: )", sheet["A5"].comment.text, re.MULTILINE)


def _commented(sheet: Worksheet) -> None:
    sheet["C4"].comment = Comment("Ask Ravi", "Asha")


def test_a_comment_of_the_office_stays(tmp_path: Path) -> None:
    """A comment that stood on the cell is kept, before ours."""
    path = _workbook(tmp_path / "list.xlsx", _commented)

    text = _open(marked_copy(path, [_problem("C", 4)], tabs=["Posts"]))["Posts"]["C4"].comment.text

    assert text.startswith("Ask Ravi\n\nत्रुटि: ")


ACTIVE = ["=HYPERLINK(1)", "+1", "-1", "@SUM(1)", "=cmd|' /C calc'!A0", "#N/A"]


def _with_texts(sheet: Worksheet) -> None:
    for row, text in enumerate(ACTIVE, start=5):
        cell = sheet.cell(row, 2)
        cell.value = text
        cell.data_type = "s"


@pytest.mark.parametrize("suffix", ["xlsx", "csv"])
def test_no_text_becomes_a_formula(tmp_path: Path, suffix: str) -> None:
    """A text that a spreadsheet would take for a formula is a text in the copy too."""
    path = tmp_path / f"list.{suffix}"
    if suffix == "xlsx":
        _workbook(path, _with_texts)
    else:
        path.write_text("\n".join([",".join(HEADER), *(f'Agra,"{text}",a@x.example' for text in ACTIVE)]), "utf-8")
    told = Problem(
        Severity.ERROR, "address_invalid", Source("l", row=5, column="B"), ACTIVE[0], {"reason": "=1+1"}
    )

    (sheet,) = _open(marked_copy(path, [told], tabs=["Posts" if suffix == "xlsx" else None])).worksheets

    cells = [cell for row in sheet.iter_rows() for cell in row if cell.value in ACTIVE]
    assert ACTIVE == [cell.value for cell in cells]
    assert {"s"} == {cell.data_type for cell in cells}


def test_a_csv_becomes_a_sheet_with_each_text_in_its_place(tmp_path: Path) -> None:
    """A csv file comes back as xlsx: texts unchanged and in place, leading zeros too, marks on their cells."""
    rows = [HEADER, ["दिल्ली", "Commissioner", ""], ["Mumbai", "", "022-0123"]]
    path = tmp_path / "posts [old].csv"
    path.write_text("\n".join(",".join(row) for row in rows), "utf-8-sig")

    (sheet,) = _open(marked_copy(path, [_problem("C", 2, tab=None)], tabs=[None])).worksheets

    assert rows == _texts(sheet)
    assert {"C2": RED} == _marks(sheet)
    assert "posts  old " == sheet.title


def _ods(path: Path) -> None:
    cells = "".join(
        f"<table:table-cell office:value-type='string'><text:p>{text}</text:p></table:table-cell>"
        for text in HEADER
    )
    spaces = " ".join(
        f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for name in ("office", "table", "text")
    )
    body = f"<table:table table:name='Posts'><table:table-row>{cells}</table:table-row></table:table>"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("META-INF/manifest.xml", "<manifest/>")
        archive.writestr(
            "content.xml",
            f"<office:document-content {spaces}><office:body><office:spreadsheet>"
            f"{body}</office:spreadsheet></office:body></office:document-content>",
        )


def test_another_format_becomes_a_plain_sheet(tmp_path: Path) -> None:
    """An ods file comes back as xlsx under the name of its tab."""
    _ods(tmp_path / "list.ods")

    workbook = _open(marked_copy(tmp_path / "list.ods", [_problem("C", 1)], tabs=["Posts"]))

    assert ["Posts"] == workbook.sheetnames
    assert ([HEADER], {"C1": RED}) == (_texts(workbook["Posts"]), _marks(workbook["Posts"]))


def test_a_large_workbook_becomes_a_plain_sheet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond the size that openpyxl bears, texts, merged ranges and marks are there, the layout is not.

    A problem of a cell far outside the table stands on A1, and nothing is written up to it.
    """
    path = _workbook(tmp_path / "list.xlsx", _dressed)
    monkeypatch.setattr(marking, "LARGEST_LAYOUT", 100)

    workbook = _open(marked_copy(path, [_problem("C", 4), _problem("XFD", 1_048_576)], tabs=["Posts"]))
    sheet = workbook["Posts"]

    assert ["Posts"] == workbook.sheetnames
    assert "Commissioner" == sheet["B3"].value
    assert {"C4": RED, "A1": RED} == _marks(sheet)
    assert 4 == sheet.max_row
    assert ["A1:C1"] == [str(one) for one in sheet.merged_cells.ranges]
    assert not sheet["A3"].font.bold


def _rewrite(path: Path, part: str, change: Callable[[str], str]) -> None:
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    after = change(parts[part].decode())
    assert after.encode() != parts[part]
    parts[part] = after.encode()
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)


def test_a_merged_range_of_the_whole_sheet_is_no_load(tmp_path: Path) -> None:
    """A range over every cell there can be is written back as a range; no cell of it is made."""
    path = _workbook(tmp_path / "list.xlsx", _merged)
    _rewrite(path, "xl/worksheets/sheet1.xml", lambda xml: xml.replace("A5:A6", "F1:XFD1048576"))
    grid = Grid(file="list.xlsx", sheet="Posts", rows=(("a", "b", "c"),), merged=(((1, 6), (1_048_576, 16_384)),))

    content = marking._plain(path, {"Posts": grid}, {"Posts": {(1, 3): [_problem("C", 1)]}})

    assert not marking._keeps_layout(path)
    assert 100_000 > len(content)


def test_what_openpyxl_cannot_open_becomes_a_plain_sheet(tmp_path: Path) -> None:
    """A workbook with a style that openpyxl does not bear still comes back, with its texts and marks."""
    path = _workbook(tmp_path / "list.xlsx", _dressed)
    _rewrite(path, "xl/styles.xml", lambda xml: xml.replace("<b val", '<family val="99"/><b val', 1))

    with pytest.raises(ValueError, match="could not read stylesheet"):
        openpyxl.load_workbook(path)
    sheet = _open(marked_copy(path, [_problem("C", 4)], tabs=["Posts"]))["Posts"]

    assert ("Mumbai", {"C4": RED}) == (sheet["A3"].value, _marks(sheet))


def _long(sheet: Worksheet) -> None:
    for _ in range(5):
        sheet.append(["x"])


def test_thousands_of_marks_carry_no_thousands_of_comments(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Beyond the most that a tab bears, cells are coloured without a comment, and the first comment says so."""
    path = _workbook(tmp_path / "list.xlsx", _long)
    monkeypatch.setattr(marking, "MOST_COMMENTS", 3)

    sheet = _open(marked_copy(path, [_problem("A", row) for row in range(4, 9)], tabs=["Posts"]))["Posts"]

    assert {"A4": RED, "A5": RED} == _marks(sheet)
    assert [RED] * 5 == [sheet.cell(row, 1).fill.fgColor.rgb for row in range(4, 9)]
    assert "first 2 marked cells" in sheet["A4"].comment.text
    assert "first 2 marked cells" not in sheet["A5"].comment.text


def test_a_marked_copy_reads_as_the_sheet_did(tmp_path: Path) -> None:
    """Colours and comments change nothing: the copy has the same problems at the same cells."""
    plant(PLANTED, tmp_path)
    (tmp_path / "marked").mkdir()
    own = audience("commissioners")
    before = read_audience(own, root=tmp_path)
    content = marked_copy(tmp_path / own.sheet, before.problems, tabs=["ICT Commissioners"])
    (tmp_path / "marked" / "copy.xlsx").write_bytes(content)

    after = read_audience(audience("commissioners", sheet="marked/copy.xlsx"), root=tmp_path)

    assert [(one.code, one.source.row, one.source.column) for one in before.problems] == [
        (one.code, one.source.row, one.source.column) for one in after.problems
    ]
    assert [entry.address for entry in before.entries] == [entry.address for entry in after.entries]
    marked = {f"{one.source.column}{one.source.row}" for one in before.problems if is_marked(one)}
    assert marked == set(_marks(_open(content)["ICT Commissioners"]))


def test_what_cannot_be_read_has_no_copy(tmp_path: Path) -> None:
    """A file that is no sheet is told as one problem, as when it is read."""
    path = tmp_path / "list.xlsx"
    path.write_bytes(b"\x89PNG\r\n\x1a\n\0\0")

    with pytest.raises(InputProblems):
        marked_copy(path, [], tabs=[None])
