from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, cast

import pytest

from dispatcher.errors import Problem, Source
from dispatcher.model import Addressee, Advisory, Audience, Part
from dispatcher.recipients.coverage import coverage_problems
from dispatcher.recipients.grid import Grid
from dispatcher.recipients.tabs import SheetReading, read_tab

if TYPE_CHECKING:
    from collections.abc import Sequence

AUDIENCE = Audience(name="custodians", sheet=Path("list.xlsx"), tab=None, part=Part.TO, note="custodians")
HEADER = ("ICT", "Custodian", "E-mail", "Status")


def _reading(
    *rows: tuple[str, ...], header: tuple[str, ...] = HEADER, audience: Audience = AUDIENCE
) -> SheetReading:
    padded = tuple(row + ("",) * (len(header) - len(row)) for row in (header, *rows))
    return read_tab(Grid(file="list.xlsx", sheet="List", rows=padded), audience)


class _Lines:
    """The part of an advisory that is asked for."""

    def __init__(self, **places: Sequence[str]) -> None:
        self.addressees = tuple(
            Addressee(audience=name, instruction={}, ask={}, places=tuple(named)) for name, named in places.items()
        )


def _told(lines: _Lines, *readings: SheetReading) -> list[tuple[str, str]]:
    problems = coverage_problems(cast("Advisory", lines), readings, advisory_file="x/advisory.yaml")
    return [(one.code, one.value) for one in problems]


def test_each_place_has_an_active_address() -> None:
    """A place without a row, or with an inactive or vacant one only, is an error at the sheet."""
    reading = _reading(
        ("Delhi, Mumbai", "One", "a@office.example"),
        ("Kolkata", "Two", "b@office.example", "inactive"),
        ("Chennai", "Vacant", "c@office.example"),
    )
    lines = _Lines(custodians=["Delhi", "Mumbai", "Kolkata", "Chennai", "Jaipur"])

    assert [("place_uncovered", place) for place in ("Kolkata", "Chennai", "Jaipur")] == _told(lines, reading)
    assert Source("list.xlsx", "List") == reading.source


def test_an_error_at_the_row_is_told_once() -> None:
    """A place whose row has a faulty address is told at the cell only: one cell to correct, one problem."""
    reading = _reading(("Delhi", "One", "a@@office.example"), ("Mumbai", "Two", "b@office.example"))

    assert ["address_two_ats"] == [one.code for one in reading.problems]
    assert [] == _told(_Lines(custodians=["Delhi", "Mumbai"]), reading)


def test_a_row_for_all_places_covers_them() -> None:
    """A row that says "all" stands for every place; a blank cell does not."""
    everywhere = _reading(("all", "EICI", "a@office.example"))
    nowhere = _reading(("", "EICI", "a@office.example"))
    lines = _Lines(custodians=["Delhi"])

    assert [] == _told(lines, everywhere)
    assert [("place_uncovered", "Delhi")] == _told(lines, nowhere)


def test_a_sheet_without_places() -> None:
    """A sheet that has no column for places is one error, not one for each place."""
    reading = _reading(("EICI", "a@office.example"), header=("Name", "E-mail"))

    assert [("places_unknown", "Delhi, Mumbai")] == _told(_Lines(custodians=["Delhi", "Mumbai"]), reading)


def test_a_sheet_that_was_not_read() -> None:
    """Where the sheet itself is the problem, no place is told beside it."""
    broken = SheetReading(
        audience="custodians", entries=(), problems=_reading(("x",), header=("Colour",)).problems
    )

    assert [] == _told(_Lines(custodians=["Delhi"]), broken)


def test_a_place_named_for_others_only_is_a_question() -> None:
    """A place in one line of the advisory and not in another is a warning; lines without places ask nothing."""
    custodians = _reading(("Delhi", "One", "a@office.example"))
    others = replace(custodians, audience="commissioners", entries=(), everywhere=True)
    lines = _Lines(commissioners=["Delhi", "Jaipur"], custodians=["Delhi"], eici=[])

    problems = coverage_problems(cast("Advisory", lines), [custodians, others], advisory_file="x/advisory.yaml")

    assert [("place_missing", "warning", "Jaipur", "addressees[1].places", "commissioners")] == [
        (one.code, one.severity, one.value, one.source.column, one.facts["others"]) for one in problems
    ]


def test_a_place_of_the_sheet_that_the_advisory_leaves_out_is_a_question() -> None:
    """Its office is told all the same: asked once for each place, at its first row; a row for all asks nothing."""
    reading = _reading(
        ("all", "EICI", "e@office.example"),
        ("Delhi", "One", "a@office.example"),
        ("Jaipur, Delhi", "Two", "b@office.example"),
        ("Jaipur", "Three", "c@office.example"),
        ("Kolkata", "Four", "d@office.example", "inactive"),
    )
    lines = _Lines(custodians=["Delhi"])
    problems = coverage_problems(cast("Advisory", lines), [reading], advisory_file="x/advisory.yaml")

    assert [("place_unnamed", "warning", "Jaipur", 4)] == [
        (one.code, one.severity, one.value, one.source.row) for one in problems
    ]
    assert [] == _told(_Lines(custodians=[]), reading)


def _with_kit(*rows: tuple[str, ...]) -> tuple[Problem, ...]:
    return _reading(*rows, audience=replace(AUDIENCE, kit="onward")).problems


def test_exactly_one_primary_where_a_kit_goes() -> None:
    """EICI and CMS have one primary address: none is an error of the sheet, a further one of its cell."""
    alone = ("all", "EICI", "a@office.example")
    second, alternate = ("all", "Desk", "b@office.example"), ("all", "Desk", "b@office.example", "alt")

    assert () == _with_kit(alone, alternate)
    assert [("primary_several", 3, "C")] == [
        (one.code, one.source.row, one.source.column) for one in _with_kit(alone, second)
    ]
    assert [("primary_missing", None)] == [(one.code, one.source.row) for one in _with_kit(alternate)]


def test_a_faulty_primary_is_told_once() -> None:
    """Where the primary address is faulty, that is the one error."""
    problems = _with_kit(("all", "EICI", "a@office"), ("all", "Desk", "b@office.example", "alt"))

    assert ["address_domain_incomplete"] == [one.code for one in problems]


@pytest.mark.parametrize("kit", [None, "notice_draft"])
def test_other_audiences_have_many_primaries(kit: str | None) -> None:
    """Where nobody passes anything on, each office has its primary address; a draft notice is for all of them."""
    told = ("Delhi", "One", "a@office.example"), ("Mumbai", "Two", "b@office.example")

    assert () == _reading(*told, audience=replace(AUDIENCE, kit=kit)).problems
