from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatcher.model import Audience, Part
from dispatcher.recipients.cells import clean
from dispatcher.recipients.context import SheetContext
from dispatcher.recipients.grid import Grid, Marks, Struck
from dispatcher.recipients.tabs import SheetReading, read_tab

AUDIENCE = Audience(name="offices", sheet=Path("list.xlsx"), tab=None, part=Part.TO, note="offices")
HEADER = ("ICT", "पदनाम", "Designation", "E-mail", "Cc", "Status")


def _read(*rows: tuple[str, ...], header: tuple[str, ...] = HEADER, marks: Marks | None = None) -> SheetReading:
    width = len(header)
    padded = tuple(row + ("",) * (width - len(row)) for row in (header, *rows))
    return read_tab(Grid(file="list.xlsx", sheet="List", rows=padded, marks=marks or Marks()), AUDIENCE)


def _codes(reading: SheetReading) -> list[tuple[str, int | None, str | None]]:
    return [(one.code, one.source.row, one.source.column) for one in reading.problems]


def test_several_addresses_in_a_row() -> None:
    """Every address of a row and its Cc is a recipient with the row's data; only the very first is primary."""
    reading = _read(("Delhi", "आयुक्त", "Commissioner", "a@office.example; b@office.example", "c@office.example"))

    roles = [entry.roles[0] for entry in reading.entries]
    assert ["a@office.example", "b@office.example", "c@office.example"] == [e.address for e in reading.entries]
    assert [True, False, False] == [role.primary for role in roles]
    assert ["D", "D", "E"] == [role.source.column for role in roles]
    assert {("Delhi",)} == {role.places for role in roles}
    assert [] == _codes(reading)


def test_an_alternate_row_is_not_primary() -> None:
    """A row whose status says alternate has no primary address."""
    reading = _read(("Delhi", "", "Desk", "a@office.example", "", "alt"))

    assert [False] == [entry.roles[0].primary for entry in reading.entries]


def test_one_language_stands_for_both() -> None:
    """A text given in one language only is used for both; the heading tells which it is."""
    reading = _read(
        ("Delhi", "आयुक्त", "Commissioner", "a@office.example"),
        ("Delhi", "", "Commissioner", "b@office.example"),
        ("Delhi", "आयुक्त", "", "c@office.example"),
    )

    assert [("आयुक्त", "Commissioner"), ("Commissioner", "Commissioner"), ("आयुक्त", "आयुक्त")] == [
        (role.designation["hi"], role.designation["en"]) for entry in reading.entries for role in entry.roles
    ]


def test_a_faulty_address_leaves_the_others() -> None:
    """A row with one bad address keeps its good ones, and all its problems are told at once."""
    reading = _read(("Atlantis", "vk;qDr", "-do-", "a@office; b@office.example", "c@@office.example"))

    assert ["b@office.example"] == [entry.address for entry in reading.entries]
    assert {
        ("ditto_without_above", 2, "C"),
        ("place_unknown", 2, "A"),
        ("legacy_font", 2, "B"),
        ("address_domain_incomplete", 2, "D"),
        ("address_two_ats", 2, "E"),
    } == set(_codes(reading))


def test_ditto_reaches_back_over_dittos() -> None:
    """A ditto under a ditto means the value above both, also in the column of addresses."""
    reading = _read(
        ("Delhi", "आयुक्त", "Commissioner", "a@office.example"),
        ("-do-", "वही", '"', "same as above"),
        ("〃", "वही", "do", "-do-"),
    )

    assert [("a@office.example", ("Delhi",), "Commissioner")] * 3 == [
        (entry.address, entry.places, entry.roles[0].designation["en"]) for entry in reading.entries
    ]
    assert {"ditto_resolved"} == {code for code, _row, _column in _codes(reading)}


def test_an_inactive_row_is_only_noted() -> None:
    """What else is wrong with a row that is inactive does not matter."""
    reading = _read(
        ("Nowhere", "vk;qDr", "", "nothing here", "", "inactive > 1 year"), ("Delhi", "", "x", "a@office.example")
    )

    assert [("row_inactive", 2, "F")] == _codes(reading)
    assert 1 == len(reading.entries)


def test_rows_beside_the_table() -> None:
    """Blank rows, a repeated header, totals and a lone place are no recipients and each is told."""
    reading = _read(
        ("Delhi", "", "x", "a@office.example"),
        (),
        (),
        HEADER,
        ("Jaipur",),
        ("Total", "", "", "1"),
        ("Note: write to systems@office.example",),
    )

    assert [
        ("row_blank", 3, None),
        ("row_not_a_recipient", 5, None),
        ("place_without_post", 6, None),
        ("row_not_a_recipient", 7, None),
        ("row_not_a_recipient", 8, None),
    ] == _codes(reading)
    assert "4" == reading.problems[0].facts["last"]


def test_what_stands_below_the_table() -> None:
    """From a total on, rows without an address are no offices; a subtotal between offices ends nothing."""
    office = ("Delhi", "", "x", "a@office.example")
    reading = _read(
        office,
        ("", "Subtotal", "", "1"),
        ("Mumbai", "", "y"),
        ("Jaipur", "", "z", "b[at]office[dot]example"),
        ("", "Total", "", "3"),
        (),
        ("", "(A. Kumar)", "Joint Director"),
        ("", "Date: 12.08.2025", "Place: Mumbai"),
    )

    assert [
        ("row_not_a_recipient", 3, None),
        ("address_missing", 4, "D"),
        ("address_written_out", 5, "D"),
        ("row_not_a_recipient", 6, None),
        ("row_blank", 7, None),
        ("row_not_a_recipient", 8, None),
        ("row_not_a_recipient", 9, None),
    ] == _codes(reading)


def test_a_note_with_an_address_is_no_office() -> None:
    """A line that begins like a note is left out, whatever address it names; a lone address is an office."""
    reading = _read(("", "", "", "Note: write to a@office.example"), ("", "", "", "b[at]office[dot]example"))

    assert ["b@office.example"] == [entry.address for entry in reading.entries]
    assert ("row_not_a_recipient", 2, None) in _codes(reading)


def test_numbers_of_the_columns_are_no_office() -> None:
    """A row (1), (2), (3) below the header is left out and told."""
    reading = _read(("(1)", "(2)", "(3)", "(4)", "(5)", "(6)"), ("Delhi", "", "x", "a@office.example"))

    assert [("row_not_a_recipient", 2, None)] == _codes(reading)


def test_a_name_alone_in_a_table_of_two_columns() -> None:
    """Where there is nothing but a name and an address, a name without an address is an office without one."""
    reading = _read(("Alpha", ""), ("Beta", "b@office.example"), header=("Name", "E-mail"))

    assert [("address_missing", 2, "B")] == _codes(reading)


def test_an_address_in_another_column() -> None:
    """An address among remarks or names is not mailed, and told; one that is mailed anyway is not."""
    reading = _read(
        ("Delhi", "", "x; now at new@office.example", "a@office.example"),
        ("Delhi", "", "b@office.example", "b@office.example"),
    )

    assert [("address_elsewhere", 2, "C")] == _codes(reading)
    assert "new@office.example" == reading.problems[0].value


@pytest.mark.parametrize(
    "text", ["?????", "\u00e0\u00a4\u2020\u00e0\u00a4\u00af", "Commiss\ufffdoner", "it\u00e2\u20ac\u2122s"]
)
def test_lost_letters(text: str) -> None:
    """Question marks for letters, and letters that were read in a wrong encoding, stop the row's text."""
    assert [("text_garbled", 2, "B")] == _codes(_read(("Delhi", text, "x", "a@office.example")))


def test_hindi_digits_of_a_phone() -> None:
    """Digits are 0-9 wherever they are written."""
    header = ("Name", "E-mail", "Phone")

    reading = _read(("x", "a@office.example", "०२२-०००० ०१०१"), header=header)

    assert ["022-0000 0101"] == [entry.roles[0].phone for entry in reading.entries]


def test_a_merged_address_reaches_each_office_below_it() -> None:
    """Offices that share one merged cell of addresses are all told there."""
    grid = Grid(
        file="list.xlsx",
        sheet="List",
        rows=(("Place", "Name", "Post", "E-mail"), ("Delhi", "One", "x", "a@office.example"), ("", "Two", "", "")),
        merged=(((2, 4), (3, 4)),),
    )

    reading = read_tab(grid, AUDIENCE)

    assert [("a@office.example", 2), ("a@office.example", 3)] == [
        (entry.address, entry.roles[0].source.row) for entry in reading.entries
    ]


def test_an_audience_with_a_kit_has_one_primary() -> None:
    """The rule of one primary address is applied where the sheet is read."""
    grid = Grid(
        file="list.xlsx", sheet="List", rows=(("Name", "E-mail"), ("x", "a@x.example"), ("y", "b@x.example"))
    )

    codes = [one.code for one in read_tab(grid, replace(AUDIENCE, kit="website")).problems]

    assert ["primary_several"] == codes


def test_domains_are_judged_with_what_is_handed_in() -> None:
    """Old domains and the domains that were accepted come with the context."""
    context = SheetContext(
        replaced_by={"old.example": "customs.example"}, accepted_domains=frozenset({"customs.example"})
    )
    grid = Grid(
        file="list.xlsx",
        sheet="List",
        rows=(("E-mail",), ("a@old.example",), ("b@custms.example",), ("c@x.example",)),
    )

    problems = read_tab(grid, AUDIENCE, context=context).problems

    assert [("domain_replaced", 2), ("domain_slip", 3)] == [(one.code, one.source.row) for one in problems]


def test_blank_rows_at_the_end_are_not_told() -> None:
    """Where nothing follows, blank rows are the end of the sheet."""
    assert [] == _codes(_read(("Delhi", "", "x", "a@office.example"), (), ("\u00a0",)))


def test_a_tab_without_recipients() -> None:
    """A header with nothing below, or only inactive rows, is an error."""
    assert [("tab_without_recipients", None, None)] == _codes(_read())
    assert ["row_inactive", "tab_without_recipients"] == [
        code for code, _row, _column in _codes(_read(("Delhi", "", "x", "", "", "inactive")))
    ]


def test_an_ascii_alternate_that_is_faulty() -> None:
    """A wrong alternate is told, and the address itself stays, in need of SMTPUTF8."""
    reading = _read(("x", "नोडल@बीटा.example", "nodal@"), header=("Name", "E-mail", "ASCII alternate"))

    assert [("नोडल@बीटा.example", True)] == [(one.address, one.needs_smtputf8) for one in reading.entries]
    assert [("address_domain_incomplete", 2, "C")] == _codes(reading)


def test_an_ascii_alternate_that_nobody_needs() -> None:
    """Beside a plain address the alternate is one more address; it is not lost."""
    reading = _read(("x", "a@office.example", "b@office.example"), header=("Name", "E-mail", "ASCII alternate"))

    assert [("a@office.example", True), ("b@office.example", False)] == [
        (one.address, one.roles[0].primary) for one in reading.entries
    ]


@pytest.mark.parametrize(
    "name",
    ["name@office.example", "x\r\nBcc: y@office.example", "\u202eelpmaxe"],
)
def test_nothing_in_a_name_can_break_a_line(name: str) -> None:
    """Designations come out on one line, without control or direction signs."""
    reading = _read(("Delhi", "", name, "a@office.example"))

    texts = [text for entry in reading.entries for text in entry.roles[0].designation.values()]
    assert all(text.isprintable() for text in texts)


CELLS = st.one_of(
    st.sampled_from(
        [
            "",
            "",
            "–",
            "-do-",
            "Delhi",
            "Atlantis",
            "Total",
            "vacant",
            "vk;qDr",
            "आयुक्त",
            "inactive",
            "alt",
            "NA",
            "all",
            "a@office.example",
            "b@office.example; c@office.example",
            "x@@y",
            "मेल@office.example",
            "E-mail",
            "\u00a0",
        ]
    ),
    st.text(max_size=8),
)


@settings(max_examples=150)
@given(
    st.lists(st.lists(CELLS, min_size=6, max_size=6).map(tuple), max_size=8),
    st.sets(st.integers(2, 9), max_size=3),
)
def test_every_row_is_an_entry_or_named(rows: list[tuple[str, ...]], marked: set[int]) -> None:
    """Whatever a sheet holds, each of its rows is a recipient or stands in a problem: the counts add up."""
    marks = Marks(
        struck={(row, 4): Struck("old@office.example", "") for row in marked},
        uncalculated=frozenset((row, 3) for row in marked),
    )

    reading = _read(*rows, marks=marks)

    named = {entry.roles[0].source.row for entry in reading.entries}
    for one in reading.problems:
        first = one.source.row or 0
        named |= set(range(first, int(one.facts.get("last", first)) + 1))
    last = max((number for number, row in enumerate(rows, start=2) if any(map(clean, row))), default=1)
    assert set(range(2, last + 1)) <= named
