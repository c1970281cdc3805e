from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatcher.model import Audience, Part
from dispatcher.recipients.cells import clean
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


@settings(max_examples=150, deadline=None)
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
