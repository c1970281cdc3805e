from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatcher.model import Audience, Part
from dispatcher.recipients.grid import Grid
from dispatcher.recipients.offices import read_row
from dispatcher.recipients.ordinary import is_plain_column, ordinary_name, ordinary_rows
from dispatcher.recipients.rows import Row
from dispatcher.recipients.tables import find_table

AUDIENCE = Audience(name="offices", sheet=Path("list.xlsx"), tab=None, part=Part.TO, note="offices")
HEADER = (
    "ICT",
    "पदनाम",
    "Designation",
    "E-mail",
    "Cc",
    "Status",
    "Phone",
    "Lang",
    "Remarks",
    "Phone 2",
    "ASCII address",
)

NAMES = st.one_of(
    st.sampled_from(
        [
            "",
            "आयुक्त",
            "आयुक्त, सीमा शुल्क",
            "Commissioner of Customs",
            "Pvt. Ltd.",
            "R&D  (two blanks)",
            " x",
            "-",
            "–",
            "-do-",
            "same as above",
            "post vacant",
            "रिक्त",
            "vk;qDr",
            "izeq[k vk;qDr",
            "????",
            "a@office.example",
            "क\u200dष",
            "\u0915\u093c",
            "\u0928\u093c",
            "line\nbreak",
        ]
    ),
    st.text("aZ रि.क्त-;[?@\n\u093c\u0958do", max_size=8),
)
ADDRESSES = st.one_of(
    st.sampled_from(
        [
            "",
            "-",
            "NA",
            "a@office.example",
            "A@Office.Example",
            "INFO@office.example",
            "b@office.example",
            "x.vacant@y.example",
        ]
    ),
    st.sampled_from(
        ["a@office.example ", "a@b", "a@office.example; b@office.example", "-do-", "नोडल@बीटा.example"]
    ),
    st.text("ab@. -;", max_size=10),
)
ROWS = st.tuples(
    st.sampled_from(["Delhi", "मुंबई", "MUM/DEL", "all", "", "-", "Atlantis", "do", "Delhi@", "Delhi "]) | NAMES,
    NAMES,
    NAMES,
    ADDRESSES,
    ADDRESSES,
    st.sampled_from(["", "active", "alt", "inactive", "perhaps", "vacant", "-do-", "Active ", "-"]) | NAMES,
    st.sampled_from(["", "022-0000-0101", "9820012345", "11-0000-0103", "9.19E+11", "०२२-१", "-", "do", "x@y"])
    | NAMES,
    st.sampled_from(["", "both", "hi", "Tamil", "-do-", "हिंदी", "-"]) | NAMES,
    st.sampled_from(["", "remark", "post vacant", "-do-", "see a@b.example"]) | NAMES,
    st.sampled_from(["", "", "", "022-1"]),
    st.sampled_from(["", "", "", "z@office.example"]),
)


@settings(max_examples=600)
@given(st.lists(ROWS, min_size=1, max_size=6))
def test_ordinary_rows_are_what_they_would_be_cell_by_cell(rows: list[tuple[str, ...]]) -> None:
    """Where a row is read at once, reading it cell by cell gives the same recipients and not one word."""
    grid = Grid(file="list.xlsx", sheet="List", rows=(HEADER, *rows))
    table, _problems = find_table(grid)
    assert table is not None

    found = ordinary_rows(grid, table, AUDIENCE)

    assert len(rows) == len(found)
    for number, entries in enumerate(found, start=2):
        if entries:
            outcome = read_row(Row.of(grid, table, number, above={}, filled={}), AUDIENCE)
            assert (entries, ()) == (outcome.entries, outcome.problems)
            assert ((), not entries[0].places) == (outcome.troubled, outcome.everywhere)


@settings(max_examples=600)
@given(st.lists(NAMES, max_size=5), st.booleans())
def test_a_plain_column_needs_no_reading(texts: list[str], hindi: bool) -> None:  # noqa: FBT001 - hypothesis
    """Where a column is called plain, each of its cells reads as it stands."""
    if is_plain_column(texts, hindi=hindi):
        assert texts == [ordinary_name(text, hindi=hindi) for text in texts]


@pytest.mark.parametrize(
    "row",
    [
        ("Delhi", "आयुक्त", "Commissioner", "a@office.example"),
        ("MUM,DEL", "", "Desk", "a@office.example", "b@office.example", "alt", "022-0000-0101", "hi", "ok"),
        ("जयपुर", "प्रधान आयुक्त", "Pr. Commissioner", "A.b-c@mail.office.example", "", "", "9820012345", "both"),
    ],
)
def test_the_rows_of_an_office_are_ordinary(row: tuple[str, ...]) -> None:
    """A row as an office should keep it is read at once."""
    grid = Grid(file="list.xlsx", sheet="List", rows=(HEADER, row + ("",) * (len(HEADER) - len(row))))
    table, _problems = find_table(grid)
    assert table is not None

    assert [True] == [bool(entries) for entries in ordinary_rows(grid, table, AUDIENCE)]
