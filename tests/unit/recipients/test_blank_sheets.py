from __future__ import annotations

import io
import re
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import openpyxl

from dispatcher.model import Audience, Part
from dispatcher.recipients.blank_sheets import blank_sheet
from dispatcher.recipients.reading import SheetContext, read_audiences

if TYPE_CHECKING:
    from dispatcher.recipients.tabs import SheetReading

COURIERS = Audience(name="couriers", sheet=Path("couriers.xlsx"), tab="Couriers", part=Part.TO, note="couriers")
ROW = ["Alpha Express", "ECCS Nodal", "nodal@alpha.example", None, "022-20825140", "Mumbai, Delhi", "en", "active"]


def _read(folder: Path, *rows: list[str | None]) -> SheetReading:
    """Fill the sheet in, as a clerk does, and read it."""
    book = openpyxl.load_workbook(io.BytesIO(blank_sheet()))
    for row in rows:
        book["Couriers"].append(row)
    book.save(folder / "couriers.xlsx")
    (reading,) = read_audiences([COURIERS], root=folder, context=SheetContext())
    return reading


def test_what_is_filled_in_is_read(tmp_path: Path) -> None:
    """Every heading is known: organisation, contact, address, telephone, places, language and status are read."""
    reading = _read(tmp_path, ROW)
    (role,) = reading.entries[0].roles

    assert ("nodal@alpha.example", True) == (reading.entries[0].address, role.primary)
    assert {"Alpha Express", "ECCS Nodal"} == {*role.organisation.values(), *role.designation.values()}
    assert (("Mumbai", "Delhi"), "en", "022-20825140") == (role.places, role.language, role.phone)
    assert not [one for one in reading.problems if one.severity in {"error", "warning", "repair"}]


def test_the_example_is_nobody(tmp_path: Path) -> None:
    """An empty sheet has no recipient: the example stands in a tab of its own."""
    reading = _read(tmp_path)

    assert () == reading.entries


def test_the_same_sheet_is_the_same_octets() -> None:
    """No hour shows in the file, neither of its parts nor of its making: a kit made again is the same kit."""
    with zipfile.ZipFile(io.BytesIO(blank_sheet())) as archive:
        dates = {part.date_time for part in archive.infolist()}
        made = re.findall(rb">(\d{4}-[^<]*)<", archive.read("docProps/core.xml"))

    assert {(1980, 1, 1, 0, 0, 0)} == dates
    assert [b"1980-01-01T00:00:00Z"] * 2 == made
