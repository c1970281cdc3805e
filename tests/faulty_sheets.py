"""The faulty twins of the sample sheets: each a copy with one fault planted, and the problem expected of it."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import openpyxl
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont
from openpyxl.styles import Font

from dispatcher.model import Audience, Part

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from openpyxl.worksheet.worksheet import Worksheet

REPOSITORY = Path(__file__).parents[1]

COMMISSIONERS = "commissioners.xlsx", "ICT Commissioners"
EICI = "eici_couriers.xlsx", "EICI"
COURIERS = "eici_couriers.xlsx", "Couriers"
CUSTODIANS = "custodians.xlsx", "Custodians"
CMS = "cms.xlsx", "CMS"
COPY = "cms.xlsx", "Copy for information"

_TABS = {
    "commissioners": COMMISSIONERS,
    "eici": EICI,
    "couriers": COURIERS,
    "custodians": CUSTODIANS,
    "cms": CMS,
    "copy": COPY,
}


def audience(name: str, *, sheet: str | None = None, tab: str | None = None) -> Audience:
    """Return an audience of the sample workspace, or one with a sheet of the test's own."""
    file, title = _TABS.get(name, ("", ""))
    return Audience(
        name=name,
        sheet=Path(sheet or f"recipients/{file}"),
        tab=tab if sheet else title,
        part=Part.COPY if name == "copy" else Part.TO,
        note=name,
    )


SAMPLES = tuple(audience(name) for name in _TABS)
"""The audiences of config.yaml, in its order."""


@dataclass(frozen=True)
class Fault:
    """One fault of one sample sheet, and where its problem is expected."""

    name: str
    where: tuple[str, str]
    plant: Callable[[Worksheet], None]
    code: str
    row: int
    column: str | None

    @property
    def audience(self) -> Audience:
        """The audience whose sheet is faulty."""
        return next(one for one in SAMPLES if (one.sheet.name, one.tab) == self.where)


def plant(faults: Iterable[Fault], root: Path) -> None:
    """Write the sample sheets below `root`, with `faults` in them."""
    folder = root / "recipients"
    folder.mkdir(exist_ok=True)
    for sample in (REPOSITORY / "recipients").glob("*.xlsx"):
        workbook = openpyxl.load_workbook(sample)
        for fault in faults:
            file, title = fault.where
            if file == sample.name:
                fault.plant(workbook[title])
        workbook.save(folder / sample.name)


def _write(cell: str, text: str | int | None) -> Callable[[Worksheet], None]:
    def write(sheet: Worksheet) -> None:
        sheet[cell] = text

    return write


def _swap(cell: str, old: str, new: str) -> Callable[[Worksheet], None]:
    def swap(sheet: Worksheet) -> None:
        text = str(sheet[cell].value)
        assert old in text
        sheet[cell] = text.replace(old, new)

    return swap


def _struck_part(sheet: Worksheet) -> None:
    struck = TextBlock(InlineFont(strike=True), "old-commr@customs.example ")
    sheet["E8"] = CellRichText(struck, "commr-cochin-ict@customs.example")


def _struck_whole(sheet: Worksheet) -> None:
    sheet["E8"].font = Font(strike=True)


def _linked(sheet: Worksheet) -> None:
    sheet["E9"].hyperlink = "mailto:commr-madras-ict@customs.example?subject=ECCS"


def _hide_row(sheet: Worksheet) -> None:
    sheet.row_dimensions[9].hidden = True


def _hide_column(sheet: Worksheet) -> None:
    sheet.column_dimensions["E"].hidden = True


def _hide_tab(sheet: Worksheet) -> None:
    sheet.sheet_state = "hidden"
    assert sheet.parent is not None
    sheet.parent.active = 1


def _merge_delhi(sheet: Worksheet) -> None:
    sheet.merge_cells("A5:A6")


def _jaipur(sheet: Worksheet) -> None:
    sheet["A12"], sheet["C12"] = "Jaipur", "–"


def _total(sheet: Worksheet) -> None:
    sheet["A12"], sheet["E12"] = "Total:", 9


PLANTED = (
    # the faults of the office's own sheets
    Fault("blank at the end", COMMISSIONERS, _swap("E5", "example", "example "), "address_trimmed", 5, "E"),
    Fault("lost zero", COMMISSIONERS, _write("F5", "11-0000-0103"), "phone_incomplete", 5, "F"),
    Fault("ditto", COMMISSIONERS, _write("D6", "-do-"), "ditto_resolved", 6, "D"),
    Fault("written out", COMMISSIONERS, _write("E6", "commr-jaipur-ict[at]customs[dot]example"),
          "address_written_out", 6, "E"),
    Fault("legacy font", COMMISSIONERS, _write("C7", "vk;qDr"), "legacy_font", 7, "C"),
    Fault("vacant", COMMISSIONERS, _write("D8", "Commissioner (post vacant)"), "post_vacant", 8, "D"),
    Fault("struck in part", COMMISSIONERS, _struck_part, "struck_text", 8, "E"),
    Fault("slip of the domain", COMMISSIONERS, _swap("E11", "customs", "custms"), "domain_slip", 11, "E"),
)  # fmt: skip
"""The faults of commissioners.xlsx that were found in real sheets; none hides another."""

FAULTS = (
    *PLANTED,
    Fault("merged places", CUSTODIANS, _merge_delhi, "merged_filled", 5, "A"),
    Fault("no place", CUSTODIANS, _write("A6", None), "place_blank", 6, "A"),
    Fault("place without office", CUSTODIANS, _jaipur, "place_without_post", 12, None),
    Fault("NBSP", COMMISSIONERS, _swap("E5", "example", "example\u00a0"), "address_cleaned", 5, "E"),
    Fault("zero width space", COMMISSIONERS, _swap("E5", "commr", "com\u200bmr"), "address_cleaned", 5, "E"),
    Fault("joiner in an address", COMMISSIONERS, _swap("E5", "commr", "com\u200dmr"), "address_cleaned", 5, "E"),
    Fault("full-width sign", COMMISSIONERS, _swap("E5", "@", "\uff20"), "address_cleaned", 5, "E"),
    Fault("curled quotes", COMMISSIONERS, _write("E5", "\u201ccommr-delhi-ict@customs.example\u201d"),
          "address_cleaned", 5, "E"),
    Fault("blanks around @", COMMISSIONERS, _swap("E5", "@", " @ "), "address_cleaned", 5, "E"),
    Fault("ditto in the first row", COMMISSIONERS, _write("D3", "-do-"), "ditto_without_above", 3, "D"),
    Fault("struck whole", COMMISSIONERS, _struck_whole, "struck_text", 8, "E"),
    Fault("formula", COMMISSIONERS, _write("E9", '="commr-chennai-ict"&"@customs.example"'),
          "formula_without_value", 9, "E"),
    Fault("error cell", COMMISSIONERS, _write("E9", "#N/A"), "error_cell", 9, "E"),
    Fault("other link", COMMISSIONERS, _linked, "link_differs", 9, "E"),
    Fault("hidden row", COMMISSIONERS, _hide_row, "row_hidden", 9, None),
    Fault("hidden column", COMMISSIONERS, _hide_column, "column_hidden", 2, "E"),
    Fault("Latin in the Hindi column", COMMISSIONERS, _write("C4", "Aayukt"), "latin_in_hindi", 4, "C"),
    Fault("unknown place", COMMISSIONERS, _write("B4", "Ahmdbd"), "place_unknown", 4, "B"),
    Fault("unknown language", COMMISSIONERS, _write("G4", "Latin"), "language_unknown", 4, "G"),
    Fault("rounded phone", COMMISSIONERS, _write("F4", "9.19E+11"), "phone_incomplete", 4, "F"),
    Fault("phone as number", COMMISSIONERS, _write("F3", 2200000101), "phone_incomplete", 3, "F"),
    Fault("vacant by remark", COMMISSIONERS, _write("H4", "Post lies vacant"), "post_vacant", 4, "H"),
    Fault("no @", COMMISSIONERS, _swap("E4", "@", "."), "address_without_at", 4, "E"),
    Fault("two @", COMMISSIONERS, _swap("E4", "@", "@@"), "address_two_ats", 4, "E"),
    Fault("no domain", COMMISSIONERS, _swap("E4", "customs.example", "customs"),
          "address_domain_incomplete", 4, "E"),
    Fault("two dots", COMMISSIONERS, _swap("E4", "-ict", "..ict"), "address_dots", 4, "E"),
    Fault("look-alike letter", COMMISSIONERS, _swap("E4", "customs", "cust\u043ems"), "address_lookalike", 4, "E"),
    Fault("words beside", COMMISSIONERS, _swap("E4", "commr", "Office: commr"), "address_leftover", 4, "E"),
    Fault("same twice", COMMISSIONERS, _write("E4", "commr-ahmedabad-ict@customs.example; "
          "COMMR-AHMEDABAD-ICT@CUSTOMS.EXAMPLE"), "address_repeated", 4, "E"),
    Fault("no address", COMMISSIONERS, _write("E4", None), "address_missing", 4, "E"),
    Fault("nil for address", COMMISSIONERS, _write("E4", "NA"), "address_missing", 4, "E"),
    Fault("unknown column", COMMISSIONERS, _write("I2", "Favourite colour"), "column_unread", 2, "I"),
    Fault("total", COMMISSIONERS, _total, "row_not_a_recipient", 12, None),
    Fault("unknown status", COURIERS, _write("H3", "perhaps"), "status_unknown", 3, "H"),
    Fault("inactive", COURIERS, _write("H5", "Inactive since May"), "row_inactive", 5, "H"),
    Fault("hidden tab", EICI, _hide_tab, "tab_hidden", 0, None),
)  # fmt: skip


def password_protected() -> bytes:
    """Return what Excel writes for a password: a compound file with an EncryptedPackage (MS-OFFCRYPTO, 2.3.1).

    Both streams are empty; a reader knows the file by their names.
    """
    free, end, of_table = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD
    head = struct.pack(
        "<8s16xHHHHH6xIIIIIIIII",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 0x3E, 3, 0xFFFE, 9, 6, 0, 1, 1, 0, 4096, end, 0, end, 0,
    )  # fmt: skip
    table = struct.pack("<128I", of_table, end, *[free] * 126)
    entries = [
        _entry("Root Entry", 5, child=1),
        _entry("EncryptionInfo", 2, right=2),
        _entry("EncryptedPackage", 2),
    ]
    return head + struct.pack("<109I", 0, *[free] * 108) + table + b"".join(entries) + _entry("", 0)


def _entry(name: str, kind: int, *, child: int = 0xFFFFFFFF, right: int = 0xFFFFFFFF) -> bytes:
    encoded = name.encode("utf-16-le") + b"\0\0" if name else b""
    return struct.pack(
        "<64sHBBIII16xI16xIQ", encoded, len(encoded), kind, 1, 0xFFFFFFFF, right, child, 0, 0xFFFFFFFE, 0
    )
