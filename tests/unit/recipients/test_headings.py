from __future__ import annotations

import pytest

from dispatcher.recipients.grid import Grid, letters
from dispatcher.recipients.headings import field_of, find_table


def _grid(*rows: tuple[str, ...]) -> Grid:
    return Grid(file="list.xlsx", sheet="List", rows=rows)


@pytest.mark.parametrize(
    ("heading", "expected"),
    [
        ("E-mail", ("address", "en")),
        ("  e mail ID:", ("address", "en")),
        ("E-Mail 2", ("address", "en")),
        ("E-mail (official)", ("address", "en")),
        ("ई-मेल", ("address", "hi")),
        ("ई-मेल / E-mail", ("address", None)),
        ("पदनाम", ("designation", "hi")),
        ("Designation", ("designation", "en")),
        ("पदनाम\nDesignation", ("designation", None)),
        ("Designation (Hindi)", ("designation", "hi")),
        ("Designation in Hindi", ("designation", "hi")),
        ("पदनाम अंग्रेज़ी में", ("designation", "en")),
        ("Name of the Custodian", ("organisation", "en")),
        ("ICTs", ("place", "en")),
        ("Night contact", ("phone", "en")),
        ("Language (Hindi/English)", ("language", None)),
        ("ASCII alternate", ("ascii_alternate", "en")),
        ("Alternate e-mail", ("alternate", "en")),
        ("Cc", ("cc", "en")),
        ("S.No.", ("unread", "en")),
        ("Central Govt?", ("unread", "en")),
        ("Courier Regn. No.", ("unread", "en")),
        ("क्र.सं.", ("unread", "hi")),
    ],
)
def test_headings_by_synonym(heading: str, expected: tuple[str, str | None]) -> None:
    """A heading in either language is known by its synonyms, and tells the language of its column."""
    found = field_of(heading)

    assert found is not None
    assert expected[0] == found[0]
    assert expected[1] == found[1] or expected[0] == "language"


@pytest.mark.parametrize("text", ["", "–", "Favourite colour", "E-mail: systems@office.example", "Mumbai"])
def test_what_is_no_heading(text: str) -> None:
    """Other words, and a letterhead's own address, are no headings."""
    assert field_of(text) is None


def test_header_under_titles() -> None:
    """The header is the row with most known headings among the first twenty; titles above are noted."""
    table, problems = find_table(
        _grid(
            ("Office of the ADG", "", ""),
            ("E-mail", "", ""),
            ("", "", ""),
            ("ICT", "पदनाम", "ई-मेल"),
            ("Delhi", "x", "y"),
        )
    )

    assert table is not None
    assert (4, ["place", "designation", "address"]) == (table.row, [heading.field for heading in table.headings])
    assert [("title_rows", "3")] == [(one.code, one.facts["last"]) for one in problems]


@pytest.mark.parametrize(("blank", "found"), [(19, True), (20, False)])
def test_header_in_the_first_twenty_rows(blank: int, *, found: bool) -> None:
    """Row 20 may be the header, row 21 may not."""
    table, problems = find_table(_grid(*[("", "")] * blank, ("ICT", "E-mail")))

    assert found == (table is not None)
    assert ([] if found else ["header_missing"]) == [one.code for one in problems]


def test_header_without_addresses() -> None:
    """Known headings without one for e-mail are told with their row and texts."""
    table, problems = find_table(
        _grid(("ICT", "Designation", "Emial"), ("Delhi", "Commissioner", "a@office.example"))
    )

    assert table is None
    assert [("address_column_missing", 1, "ICT, Designation, Emial")] == [
        (one.code, one.source.row, one.value) for one in problems
    ]


def test_a_sheet_of_addresses_only() -> None:
    """A single column may be headed E-mail, where the row holds nothing else."""
    assert find_table(_grid(("E-mail",), ("a@office.example",)))[0] is not None
    assert find_table(_grid(("E-mail", "is good"), ("a", "b")))[0] is None


def test_an_empty_tab() -> None:
    """A tab without a cell has no header."""
    assert ["header_missing"] == [one.code for one in find_table(_grid())[1]]


@pytest.mark.parametrize(("column", "expected"), [(1, "A"), (26, "Z"), (27, "AA"), (702, "ZZ"), (16384, "XFD")])
def test_column_letters(column: int, expected: str) -> None:
    """Columns are named as spreadsheets name them."""
    assert expected == letters(column)
