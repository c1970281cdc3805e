from __future__ import annotations

import pytest

from dispatcher.recipients.grid import Grid, Position, letters
from dispatcher.recipients.headings import field_below, field_of, likely_heading
from dispatcher.recipients.tables import find_table


def _grid(*rows: tuple[str, ...], merged: tuple[tuple[Position, Position], ...] = ()) -> Grid:
    return Grid(file="list.xlsx", sheet="List", rows=rows, merged=merged)


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
    table, problems = find_table(_grid(("ICT", "Designation", "Zone"), ("Delhi", "Commissioner", "North")))

    assert table is None
    assert [("address_column_missing", 1, "ICT, Designation, Zone")] == [
        (one.code, one.source.row, one.value) for one in problems
    ]


def test_did_you_mean_the_column_of_addresses() -> None:
    """Where the heading for e-mail is misspelt, the one problem names its cell and the heading that was meant."""
    table, problems = find_table(
        _grid(("ICT", "Designation", "Emial"), ("Delhi", "Commissioner", "a@office.example"))
    )

    assert table is None
    assert [("address_column_misspelt", 1, "C", "Emial")] == [
        (one.code, one.source.row, one.source.column, one.value) for one in problems
    ]
    assert "mail" in problems[0].facts["meant"]


@pytest.mark.parametrize("heading", ["Nodal officer's box", "Address"])
def test_addresses_below_no_heading_for_them(heading: str) -> None:
    """Where a column holds addresses below another heading, it is that heading that is told."""
    _table, problems = find_table(
        _grid(("ICT", "Designation", heading), ("Delhi", "Commissioner", "a@office.example"))
    )

    assert [("address_column_unnamed", 1, "C")] == [(p.code, p.source.row, p.source.column) for p in problems]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Desigation", "designation"),
        ("Langauge", "language"),
        ("पदनामः", "पदनाम"),
        ("Favourite colour", None),
        ("Fax", None),
        ("ICX", None),
        ("systems@office.example", None),
    ],
)
def test_misspelt_headings(text: str, expected: str | None) -> None:
    """A heading close to a known one is offered for it; short ones and others are not guessed at."""
    meant = likely_heading(text)

    assert expected == (meant.casefold() if meant else None)


def test_columns_beside_the_known_ones() -> None:
    """A misspelt heading, a column of addresses and any other column are told apart, each at its cell."""
    _table, problems = find_table(
        _grid(
            ("E-mail", "Designation", "Langauge", "Nodal box", "Colour"),
            ("a@office.example", "Commissioner", "both", "b@office.example", "red"),
        )
    )

    assert {("column_misspelt", "C"), ("column_of_addresses", "D"), ("column_unread", "E")} == {
        (one.code, one.source.column) for one in problems
    }


def test_two_header_rows_below_merged_cells() -> None:
    """Words below a merged heading belong to it: languages, kinds of address, kinds of phone."""
    table, problems = find_table(
        _grid(
            ("List of ICTs", "", "", "", "", "", ""),
            ("ICT", "Designation", "", "E-mail", "", "Phone", ""),
            ("", "Hindi", "English", "Official", "Alternate", "Office", "Residence"),
            ("Delhi", "आयुक्त", "Commissioner", "a@office.example", "", "", ""),
            merged=(((2, 2), (2, 3)), ((2, 4), (2, 5)), ((2, 6), (2, 7)), ((2, 1), (3, 1))),
        )
    )

    assert table is not None
    assert (3, 2) == (table.row, table.first_row)
    assert [
        ("place", "en"),
        ("designation", "hi"),
        ("designation", "en"),
        ("address", "en"),
        ("alternate", "en"),
        ("phone", "en"),
        ("phone", "en"),
    ] == [(one.field, one.language) for one in table.headings]
    assert ["title_rows"] == [one.code for one in problems]


def test_two_header_rows_in_two_languages() -> None:
    """The same headings once more in the other language are one header."""
    table, problems = find_table(
        _grid(("ICT", "Designation", "E-mail"), ("आईसीटी", "पदनाम", "ई-मेल"), ("Delhi", "x", "a@office.example"))
    )

    assert table is not None
    assert (2, 1, ()) == (table.row, table.first_row, problems)


def test_the_first_row_is_no_second_header() -> None:
    """A title above the header and a row of an office below it do not make a header of two rows."""
    for rows in (
        (("Office", "", ""), ("ICT", "Designation", "E-mail"), ("Delhi", "Office", "a@office.example")),
        (("ICT", "Designation", "E-mail"), ("Delhi", "Hindi", "")),
    ):
        table, _problems = find_table(_grid(*rows))

        assert table is not None
        assert table.row == table.first_row


@pytest.mark.parametrize(
    ("above", "below", "expected"),
    [
        ("Designation", "Hindi", ("designation", "hi")),
        ("E-mail", "Alternate", ("alternate", "en")),
        ("Contact details", "E-mail", ("address", "en")),
        ("Phone", "Office", ("phone", "en")),
        ("ICT", "", ("place", "en")),
        ("Colour", "Red", None),
    ],
)
def test_a_heading_below_another(above: str, below: str, expected: tuple[str, str | None] | None) -> None:
    """What two headings one below the other stand for."""
    assert expected == field_below(above, below)


def test_names_of_persons_are_not_read() -> None:
    """A bare "Name" over persons, or beside a column of offices and one of posts, is left out and told."""
    persons = _grid(("Name", "E-mail"), ("Shri A. Kumar", "a@office.example"), ("Smt. B", "b@office.example"))
    beside = _grid(("Name", "Post", "Office", "E-mail"), ("A. Kumar", "Commissioner", "ICT", "a@office.example"))
    offices = _grid(("Name", "Contact", "E-mail"), ("Alpha Express", "Nodal", "a@office.example"))

    told = [[one.code for one in find_table(grid)[1]] for grid in (persons, beside, offices)]

    assert [["column_of_persons"], ["column_of_persons"], []] == told


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
