from __future__ import annotations

from dataclasses import replace

import pytest

from dispatcher.errors import Problem, Severity, Source
from dispatcher.model import Part, Recipient, Role
from dispatcher.recipients.lists import Repair, list_of, repair_of, with_confirmed
from dispatcher.recipients.tabs import SheetReading

CELL = Source("recipients/list.xlsx", "Posts", 4, "E")
REPAIRED = Problem(Severity.REPAIR, "address_written_out", CELL, "a[at]x.example", {"read": "a@x.example"})
WARNED = replace(REPAIRED, severity=Severity.WARNING)


def _reading(*problems: Problem) -> SheetReading:
    role = Role(
        audience="cms",
        part=Part.TO,
        primary=True,
        places=("Mumbai",),
        designation={"hi": "", "en": "Web desk"},
        organisation={},
        language="both",
        phone="",
        source=CELL,
    )
    return SheetReading(
        audience="cms", entries=(Recipient(address="a@x.example", roles=(role,)),), problems=problems
    )


def test_a_list_knows_file_tab_cells_and_repairs() -> None:
    """What a yes is to: file and tab, each address with post and cell, each repair with what it was read as."""
    found = list_of(_reading(REPAIRED, WARNED), file_hash="ab")

    assert ("cms", "recipients/list.xlsx", "Posts", "ab") == (
        found.audience,
        found.file,
        found.tab,
        found.file_hash,
    )
    assert [("a@x.example", ("Mumbai",), "Web desk", "E4")] == [
        (one.address, one.places, one.designation["en"], one.cell) for one in found.entries
    ]
    assert (Repair("address_written_out", "Posts", "E4", "a[at]x.example", "a@x.example"),) == found.repairs


def test_a_confirmed_repair_is_a_note() -> None:
    """What was confirmed does not show as a repair again; it is not lost either. Other problems stay."""
    found = with_confirmed([REPAIRED, WARNED], [repair_of(REPAIRED)])

    assert (replace(REPAIRED, severity=Severity.NOTE), WARNED) == found


@pytest.mark.parametrize(
    "changed",
    [
        replace(REPAIRED, source=replace(CELL, row=5)),
        replace(REPAIRED, source=replace(CELL, column="F")),
        replace(REPAIRED, source=replace(CELL, sheet="Other")),
        replace(REPAIRED, value="b[at]x.example"),
        replace(REPAIRED, facts={"read": "b@x.example"}),
        replace(REPAIRED, code="address_cleaned"),
    ],
    ids=["row", "column", "tab", "value", "reading", "kind"],
)
def test_another_repair_is_asked_about(changed: Problem) -> None:
    """A repair is another one as soon as its cell, its value, what it is read as or its kind changes."""
    assert (changed,) == with_confirmed([changed], [repair_of(REPAIRED)])


def test_a_renamed_file_keeps_its_confirmations() -> None:
    """The name of the file does not matter: offices rename their files at each turn."""
    renamed = replace(REPAIRED, source=replace(CELL, file="list_final_NEW(2).xlsx"))

    assert [Severity.NOTE] == [one.severity for one in with_confirmed([renamed], [repair_of(REPAIRED)])]
