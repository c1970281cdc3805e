from __future__ import annotations

import csv
import io
from collections import Counter
from typing import TYPE_CHECKING

import openpyxl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from dispatcher.errors import Severity
from dispatcher.recipients.cells import clean
from dispatcher.recipients.reading import SheetReading, read_audience
from dispatcher.words import message
from tests.faulty_sheets import audience
from tests.sheet_formats import ods, ods_row, xls

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from dispatcher.errors import Problem

WITHOUT_TABLE = ("header_missing", "address_column_", "sheet_")
"""What is said where no row could be read."""
WRITTEN = st.characters(exclude_categories=("Cs", "Cc", "Cn", "Co"))
HEADINGS = st.sampled_from(
    [
        "ICT",
        "पदनाम",
        "Designation",
        "E-mail",
        "ई-मेल",
        "Cc",
        "Status",
        "Phone",
        "Lang",
        "Name",
        "Remarks",
        "S.No.",
        "Emial",
        "Zone",
    ]
)
CELLS = st.one_of(
    st.sampled_from(
        ["", "", "", "–", "-do-", "all", "Delhi", "मुंबई", "Atlantis", "Jaipur, Cochin", "Total", "Sd/-"]
    ),
    st.sampled_from(
        ["vacant", "पद रिक्त", "vk;qDr", "आयुक्त", "Commissioner of Customs", "????", "\u00e0\u00a4\u2020"]
    ),
    st.sampled_from(
        ["inactive", "alt", "NA", "Hindi", "both", "9.19E+11", "011-0000-0101", "1", "2", "\u00a0", "\u200d"]
    ),
    st.sampled_from(
        ["a@x.example", "b@x.example; c@x.example", "d@@x.example", "e[at]x[dot]example", "f@x\uff0eexample"]
    ),
    st.sampled_from(
        ["मेल@x.example", "g@gmial.com", "Name <h@x.example>", "(i@x.example", "j@x", "see k@x.example", "@"]
    ),
    HEADINGS,
    st.text(WRITTEN, max_size=12),
)
ROWS = st.lists(st.lists(CELLS, min_size=1, max_size=7), max_size=9)
TABLES = st.one_of(
    ROWS,
    st.builds(
        lambda titles, header, rows: [*titles, header, *rows],
        st.lists(st.lists(CELLS, min_size=1, max_size=2), max_size=2),
        st.lists(HEADINGS, min_size=2, max_size=7, unique=True).map(lambda found: ["E-mail", *found]),
        ROWS,
    ),
)


def _xlsx(rows: Sequence[Sequence[str]]) -> bytes:
    workbook = openpyxl.Workbook(write_only=True)
    sheet = workbook.create_sheet("List")
    for row in rows:
        sheet.append([_Text(text) if text else None for text in row])
    content = io.BytesIO()
    workbook.save(content)
    return content.getvalue()


class _Text(str):
    """A text that openpyxl does not take for a formula or an error."""

    __slots__ = ()

    def startswith(self, *_arguments: object) -> bool:
        return False


def _csv(rows: Sequence[Sequence[str]]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, quoting=csv.QUOTE_ALL).writerows(rows)
    return text.getvalue().encode("utf-8-sig")


FORMATS: dict[str, Callable[[Sequence[Sequence[str]]], bytes]] = {
    "csv": _csv,
    "xlsx": _xlsx,
    "xls": xls,
    "ods": lambda rows: ods({"List": "".join(ods_row(*row) for row in rows)}),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return one folder for all examples: hypothesis runs many in one test."""
    return tmp_path_factory.mktemp("sheets")


def _read(content: bytes, folder: Path) -> SheetReading:
    (folder / "list").write_bytes(content)
    return read_audience(audience("any", sheet="list"), root=folder)


def _named(reading: SheetReading) -> set[int]:
    rows = {role.source.row or 0 for entry in reading.entries for role in entry.roles}
    for one in reading.problems:
        first = one.source.row or 0
        rows |= set(range(first, int(one.facts.get("last", first)) + 1))
    return rows


@pytest.mark.parametrize("name", FORMATS)
@settings(max_examples=120)
@given(rows=TABLES)
@example(rows=[["a@x.example", "ICT"], ["E-mail"]])
@example(rows=[["E-mail", "Name"], ["", "Alpha"], ["a@x.example", "-do-"]])
def test_every_row_of_any_file_is_accounted_for(name: str, rows: list[list[str]], folder: Path) -> None:
    """Each row of a file is a recipient, part of the header, or named in a problem; or the file as a whole is."""
    reading = _read(FORMATS[name](rows), folder)

    headless = any(p.code.startswith(WITHOUT_TABLE) and p.severity is Severity.ERROR for p in reading.problems)
    lost = {number for number, row in enumerate(rows, start=1) if any(map(clean, row))} - _named(reading)
    assert not lost or (headless and not reading.entries) or _is_header(rows, lost)
    assert all("{" not in text for p in reading.problems for text in _sentences(p))


def _is_header(rows: Sequence[Sequence[str]], lost: set[int]) -> bool:
    """Return whether the rows that nothing was said of are one header: up to two rows next to each other."""
    first, last = min(lost), max(lost)
    return last - first < 2 and all("@" not in text for row in rows[first - 1 : last] for text in row)


def _sentences(problem: Problem) -> list[str]:
    shown = problem.value + "".join(problem.facts.values())
    return [] if "{" in shown else list(message(problem).values())


HEADER = ["ICT", "पदनाम", "Designation", "E-mail", "Phone", "Lang", "Status"]
PLACES = ["Mumbai", "Delhi", "Jaipur", "Cochin", "Chennai", "Kolkata"]
CLEAN = [
    [
        PLACES[n % 6],
        f"आयुक्त {n}",
        f"Commissioner {n}",
        f"office-{n}@customs.example",
        f"022-0000-{n:04}",
        "both",
        "active",
    ]
    for n in range(14)
]
FAULTS = st.sampled_from(
    [
        (0, "Atlantis", "place_unknown"),
        (0, "", "place_blank"),
        (1, "vk;qDr", "legacy_font"),
        (1, "Aayukt", "latin_in_hindi"),
        (1, "????", "text_garbled"),
        (2, "-do-", "ditto_resolved"),
        (2, "Commissioner (vacant)", "post_vacant"),
        (2, "write to who@office.example", "address_elsewhere"),
        (3, "", "address_missing"),
        (3, "who@@customs.example", "address_two_ats"),
        (3, "who@customs", "address_domain_incomplete"),
        (3, "who..y@customs.example", "address_dots"),
        (3, "who@custms.example", "domain_slip"),
        (3, "who@gmail.com", "domain_consumer"),
        (3, "who[at]customs[dot]example", "address_written_out"),
        (3, "who@customs.example\u00a0", "address_cleaned"),
        (3, "Office: who@customs.example", "address_leftover"),
        (3, "who@customs.example; WHO@customs.example", "address_repeated"),
        (3, "सूचना@customs.example", "address_needs_smtputf8"),
        (4, "11-0000-0103", "phone_incomplete"),
        (5, "Latin", "language_unknown"),
        (6, "perhaps", "status_unknown"),
        (6, "inactive", "row_inactive"),
    ]
)


def _counted(rows: Sequence[Sequence[str]], folder: Path) -> Counter[tuple[str, int | None, str | None]]:
    problems = _read(_csv([HEADER, *rows]), folder).problems
    return Counter((one.code, one.source.row, one.source.column) for one in problems)


@settings(max_examples=250)
@given(planted=st.dictionaries(st.integers(1, 13), FAULTS, min_size=1, max_size=3))
def test_one_corrected_cell_is_one_problem_less(planted: dict[int, tuple[int, str, str]], folder: Path) -> None:
    """Each fault is one problem; correct its cell, and exactly that problem goes away."""
    rows = [list(row) for row in CLEAN]
    for number, (column, text, _code) in planted.items():
        rows[number][column] = text.replace("who", f"who{number}").replace("WHO", f"WHO{number}")

    before = _counted(rows, folder)

    codes = Counter(code for _column, _text, code in planted.values())
    assert codes == Counter(code for code, _row, _column in before)
    for number, (column, _text, code) in planted.items():
        corrected = [list(row) for row in rows]
        corrected[number][column] = CLEAN[number][column]
        assert {code: 1} == Counter(key[0] for key in (before - _counted(corrected, folder)).elements())
        assert not _counted(corrected, folder) - before


def test_a_fault_that_ditto_marks_repeat_is_told_once(folder: Path) -> None:
    """What is wrong with a text that other rows point at is told at its own cell only."""
    rows = [list(row) for row in CLEAN[:4]]
    rows[0][0], rows[1][0], rows[2][0] = "Atlantis", "-do-", "-do-"

    assert {("place_unknown", 2, "A"), ("ditto_resolved", 3, "A"), ("ditto_resolved", 4, "A")} == set(
        _counted(rows, folder)
    )
