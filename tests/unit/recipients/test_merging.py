from __future__ import annotations

from dispatcher.errors import Source
from dispatcher.model import Part, Recipient, Role
from dispatcher.recipients.merging import merge
from dispatcher.recipients.tabs import SheetReading


def _entry(audience: str, address: str, row: int, part: Part = Part.TO) -> Recipient:
    role = Role(
        audience=audience,
        part=part,
        primary=True,
        places=(f"Place {row}",),
        designation={"hi": "", "en": ""},
        organisation={"hi": "", "en": ""},
        language="both",
        phone="",
        source=Source(f"{audience}.xlsx", "List", row, "E"),
    )
    return Recipient(address=address, roles=(role,))


def _reading(audience: str, *entries: Recipient) -> SheetReading:
    return SheetReading(audience=audience, entries=entries, problems=())


def test_one_recipient_for_each_address() -> None:
    """Addresses that differ in case are one recipient, spelt as met first; a note names both sources."""
    reading = _reading("eici", _entry("eici", "A@office.example", 3), _entry("eici", "a@office.example", 7))

    recipients, notes = merge([reading], order=["eici"])

    assert ["A@office.example"] == [one.address for one in recipients]
    assert ("Place 3", "Place 7") == recipients[0].places
    assert [("duplicate_merged", "note", 7)] == [(one.code, one.severity, one.source.row) for one in notes]
    assert {"first": "eici.xlsx, tab List, cell E3", "second": "eici.xlsx, tab List, cell E7"} == dict(
        notes[0].facts
    )


def test_roles_stand_in_the_order_of_the_audiences() -> None:
    """Roles follow the order of the configuration, then the rows, in whatever order the sheets were read."""
    copy = _reading("copy", _entry("copy", "a@office.example", 2, Part.COPY))
    cms = _reading("cms", _entry("cms", "a@office.example", 9), _entry("cms", "a@office.example", 4))

    recipients, notes = merge([copy, cms], order=["cms", "copy"])

    assert [("cms", 9), ("cms", 4), ("copy", 2)] == [(r.audience, r.source.row) for r in recipients[0].roles]
    assert (("cms", "copy"), Part.TO) == (recipients[0].audiences, recipients[0].part)
    assert 2 == len(notes)


def test_to_act_and_to_have_a_copy() -> None:
    """An address among those who act and among the copies is a warning at the copy, whichever was read first."""
    acting = _reading("cms", _entry("cms", "a@office.example", 9))
    copy = _reading("copy", _entry("copy", "a@office.example", 2, Part.COPY))

    told = [merge([acting, copy], order=order)[1] for order in (["cms", "copy"], ["copy", "cms"])]

    assert [[("to_and_copy", "warning", "copy.xlsx", 2)]] * 2 == [
        [(one.code, one.severity, one.source.file, one.source.row) for one in problems] for problems in told
    ]
    assert {"first": "cms.xlsx, tab List, cell E9", "second": "copy.xlsx, tab List, cell E2"} == dict(
        told[1][0].facts
    )


def test_different_addresses_stay_apart() -> None:
    """Nothing else is merged: the same office with two addresses is two recipients."""
    reading = _reading("eici", _entry("eici", "a@office.example", 3), _entry("eici", "b@office.example", 3))

    recipients, notes = merge([reading], order=["eici"])

    assert (2, ()) == (len(recipients), notes)
