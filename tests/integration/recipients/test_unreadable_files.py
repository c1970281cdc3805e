from __future__ import annotations

import io
import shutil
import zipfile
from typing import TYPE_CHECKING

import openpyxl
import pytest

from dispatcher.errors import Severity
from dispatcher.recipients import containers
from dispatcher.recipients.reading import read_audience
from dispatcher.words import message
from tests.faulty_sheets import REPOSITORY, audience, password_protected

if TYPE_CHECKING:
    from pathlib import Path

SAMPLE = (REPOSITORY / "recipients" / "commissioners.xlsx").read_bytes()


def _archive(**parts: bytes) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in parts.items():
            archive.writestr(name.replace("__", "/"), part)
    return content.getvalue()


UNREADABLE = {
    "empty": (b"", "sheet_empty"),
    "picture": (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "sheet_not_a_sheet"),
    "page": (b"<html><table><tr><td>E-mail</td></tr></table></html>", "sheet_not_a_sheet"),
    "document": (_archive(word__document=b"<w/>"), "sheet_not_a_sheet"),
    "truncated": (SAMPLE[: len(SAMPLE) // 2], "sheet_damaged"),
    "spoilt": (SAMPLE[:400] + b"spoilt" + SAMPLE[406:], "sheet_damaged"),
    "hollow": (_archive(xl__workbook=b"<workbook/>"), "sheet_not_a_sheet"),
    "no parts": (_archive(**{"xl__workbook.xml": b"<workbook/>"}), "sheet_damaged"),
    "password": (password_protected(), "sheet_protected"),
    "compound": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "sheet_damaged"),
    "blanks": (b"\xef\xbb\xbf \r\n\t\n", "sheet_empty"),
    "binary": (_archive(**{"xl__workbook.bin": b"\x83\x01"}), "sheet_format"),
    "entities": (
        _archive(**{"xl__workbook.xml": b"<!DOCTYPE x [<!ENTITY a 'aaaa'>]><workbook>&a;</workbook>"}),
        "sheet_damaged",
    ),
    "photograph": (b"\xff\xd8\xff\xe0\0\x10JFIF\0" + bytes(range(256)), "sheet_not_a_sheet"),
    "noise": (bytes(range(128, 256)), "sheet_not_a_sheet"),
    "quote": (b'Name,E-mail\n"x,a@office.example\n', "sheet_quote"),
    "text document": (
        _archive(mimetype=b"application/vnd.oasis.opendocument.text", **{"content.xml": b"<x/>"}),
        "sheet_not_a_sheet",
    ),
}


@pytest.mark.parametrize("name", UNREADABLE)
def test_a_file_that_cannot_be_read_is_one_error(name: str, tmp_path: Path) -> None:
    """Whatever a file called .xlsx really is, there is one error that names it, and no traceback."""
    content, code = UNREADABLE[name]
    (tmp_path / "list.xlsx").write_bytes(content)

    reading = read_audience(audience("any", sheet="list.xlsx"), root=tmp_path)

    assert [(Severity.ERROR, code, "list.xlsx")] == [(p.severity, p.code, p.source.file) for p in reading.problems]
    assert "list.xlsx" in message(reading.problems[0])["hi"]
    assert () == reading.entries


def test_a_missing_file_and_a_folder(tmp_path: Path) -> None:
    """A sheet that is not there, or is a folder, is one error."""
    (tmp_path / "folder.xlsx").mkdir()

    codes = [
        [one.code for one in read_audience(audience("any", sheet=name), root=tmp_path).problems]
        for name in ("none.xlsx", "folder.xlsx")
    ]

    assert [["sheet_missing"], ["sheet_missing"]] == codes


def test_a_text_file_in_no_encoding(tmp_path: Path) -> None:
    """A text file whose octets are letters nowhere is told how to be saved."""
    (tmp_path / "list.csv").write_bytes(b"Name,E-mail\n\x81\x8d,a@office.example\n")

    reading = read_audience(audience("any", sheet="list.csv"), root=tmp_path)

    assert ["sheet_encoding"] == [one.code for one in reading.problems]


@pytest.mark.parametrize("limit", ["LARGEST_FILE", "LARGEST_UNPACKED"])
def test_a_file_beyond_the_limits_is_not_opened(
    limit: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file too large on disk, or by what its parts say that they unpack to, is one error."""
    monkeypatch.setattr(containers, limit, 1000)
    (tmp_path / "list.xlsx").write_bytes(SAMPLE)

    reading = read_audience(audience("any", sheet="list.xlsx"), root=tmp_path)

    assert ["sheet_too_large"] == [one.code for one in reading.problems]


def test_a_part_that_lies_about_its_size(tmp_path: Path) -> None:
    """A part that unpacks to more than the file says is damage, found before a reader fills the memory."""
    content = _archive(**{"xl__workbook.xml": b"<workbook/>", "xl__sharedStrings.xml": b" " * 100_000})
    lying = content.replace((100_000).to_bytes(4, "little"), (100).to_bytes(4, "little"))
    (tmp_path / "list.xlsx").write_bytes(lying)

    reading = read_audience(audience("any", sheet="list.xlsx"), root=tmp_path)

    assert lying != content
    assert ["sheet_damaged"] == [one.code for one in reading.problems]


def test_cells_far_outside_that_hold_nothing_do_not_matter(tmp_path: Path) -> None:
    """Formatting down to the last row or column, as offices leave it behind, is no fault."""
    workbook = openpyxl.load_workbook(io.BytesIO(SAMPLE))
    for cell in ("XFD3", "A1048576"):
        workbook["ICT Commissioners"][cell].number_format = "0.00"
    workbook.save(tmp_path / "list.xlsx")

    reading = read_audience(audience("any", sheet="list.xlsx"), root=tmp_path)

    assert (10, ["title_rows"]) == (len(reading.entries), [one.code for one in reading.problems])


@pytest.mark.parametrize(
    ("tab", "code", "fact"),
    [("Courier list", "tab_missing", "EICI, Couriers"), (None, "tab_unclear", "EICI, Couriers")],
)
def test_the_tab_is_named(tab: str | None, code: str, fact: str, tmp_path: Path) -> None:
    """A tab that is not there, or one of several that nobody chose, is one error with the tabs that are there."""
    shutil.copy(REPOSITORY / "recipients" / "eici_couriers.xlsx", tmp_path)

    problems = read_audience(audience("any", sheet="eici_couriers.xlsx", tab=tab), root=tmp_path).problems

    assert [(code, fact)] == [(one.code, one.facts["tabs"]) for one in problems]


def test_a_tab_is_found_in_another_case(tmp_path: Path) -> None:
    """Case and stray blanks in a tab's name do not matter; the source has the name as the workbook spells it."""
    shutil.copy(REPOSITORY / "recipients" / "eici_couriers.xlsx", tmp_path)

    reading = read_audience(audience("any", sheet="eici_couriers.xlsx", tab=" eici "), root=tmp_path)

    assert ["EICI", "EICI"] == [entry.roles[0].source.sheet for entry in reading.entries]
