"""Is this file a sheet, and safe to open? Decided by content, before any reader sees it."""

from __future__ import annotations

import contextlib
import re
import tempfile
import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from dispatcher.errors import InputProblems, Source
from dispatcher.recipients import binary_sheets, open_documents, worksheets
from dispatcher.recipients.outlying import LARGEST_AREA, LIMIT, FarDataError, Stray, TooLargeError
from dispatcher.recipients.problems import Code, problem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dispatcher.recipients.binary_sheets import Moved
    from dispatcher.recipients.grid import Position

MIB: Final = 1024 * 1024
LARGEST_FILE: Final = 32 * MIB
LARGEST_UNPACKED: Final = 96 * MIB
"""A sheet of 100,000 rows unpacks to some 50 MiB."""
MOST_SHARED_TEXTS: Final = LARGEST_AREA

_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_EXCEL, _BINARY, _DOCUMENT = "xl/workbook.xml", "xl/workbook.bin", "content.xml"
_SPREADSHEET = b"application/vnd.oasis.opendocument.spreadsheet"
_FOREIGN = (b"<", b"%PDF", b"{\\rtf")
_BLANKS = b"\xef\xbb\xbf \r\n\t"
_DECLARED = re.compile(rb"(?:\xef\xbb\xbf)?(?>\s+|<\?.*?\?>|<!--.*?-->)*+<!DOCTYPE", re.DOTALL)
"""Atomic: a thousand comments before the root must not be tried in every grouping."""

# What has to be in a part before there can be hidden rows, struck text, links, formulas or errors.
_IN_SHEETS = (b"strike", b't="e"', b'hidden="', b"hyperlink", b"</f>", b":f>")
_IN_OTHERS = (b"<strike", b":strike")
_IN_DOCUMENTS = (b'"collapse"', b'"filter"', b"line-through", b"mailto:", b'value-type="error"')


@dataclass(slots=True)
class Package:
    """What was found in looking through a workbook; the readers are told by it what to look for."""

    is_excel: bool = False
    """xlsx or xlsm: openpyxl can read it."""
    is_formatted: bool = False
    """There may be hidden rows, struck text, links, formulas or errors in it."""
    is_merged: bool = False
    """There may be merged cells in it."""
    octets: int = 0
    """Of XML, without the shared texts: what openpyxl would make objects of."""
    settled: dict[str, bytes] = field(default_factory=dict)
    """Part -> its content without stray cells; of a file that has no parts, the whole of it under no name."""
    moved: dict[str, Moved] = field(default_factory=dict)
    """Tab -> its stray cells, in a column below the table."""
    strays: dict[str, list[Stray]] = field(default_factory=dict)
    """Tab -> its stray cells, where they are known before reading."""
    merged: dict[str, list[tuple[Position, Position]]] = field(default_factory=dict)
    """Tab -> its merged ranges, where the reader does not tell them."""


def content_of(path: Path, name: str) -> bytes | Package:
    """Return the octets of a text file, or what is to be known of a workbook that is safe to open.

    `name` is what problems call the file. Raises InputProblems with one problem for anything else: missing, empty,
    too large, damaged, of another kind.
    """
    start = _start(path, name)
    if start.startswith(_ZIP):
        return _package(path, name)
    if start.startswith(_OLE):
        return _binary(path, name)
    if start.lstrip(_BLANKS).startswith(_FOREIGN) or (b"\0" in start and not _may_be_utf_16(start)):
        raise refused(Code.SHEET_NOT_A_SHEET, name)
    content = path.read_bytes()
    if not content.strip(_BLANKS):
        raise refused(Code.SHEET_EMPTY, name)
    return content


def _start(path: Path, name: str) -> bytes:
    """Return the first octets of a file."""
    if not path.is_file():
        raise refused(Code.SHEET_MISSING, name)
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            start = file.read(4096)
    except OSError as error:
        raise refused(Code.SHEET_UNREADABLE, name, reason=error.strerror or str(error)) from error
    if not size:
        raise refused(Code.SHEET_EMPTY, name)
    if size > LARGEST_FILE:
        raise refused(Code.SHEET_TOO_LARGE, name, limit=f"{LARGEST_FILE // MIB} MB")
    return start


def _may_be_utf_16(start: bytes) -> bool:
    """Return whether zeros are where UTF-16 has them: in every second octet, and nowhere else."""
    even, odd = start[::2], start[1::2]
    return start[:2] in {b"\xff\xfe", b"\xfe\xff"} or (0 in even) != (0 in odd)


def _binary(path: Path, name: str) -> Package:
    """Look through an Excel 97 workbook; whether it is whole is for its reader to say."""
    found = Package(is_formatted=True, is_merged=True)
    with _sizes_told(name):
        content, found.moved = binary_sheets.settled(path.read_bytes())
        if content is not None:
            found.settled[""] = content
    return found


@contextlib.contextmanager
def _sizes_told(name: str) -> Iterator[None]:
    """Turn what is too large into the problem of a file."""
    try:
        yield
    except TooLargeError as error:
        raise refused(Code.SHEET_TOO_LARGE, name, limit=LIMIT) from error
    except FarDataError as error:
        raise refused(Code.SHEET_FAR_CELL, name, cell=str(error)) from error


def _package(path: Path, name: str) -> Package:
    """Look through every part of a packed workbook once: complete, not too large, no cell far outside."""
    try:
        with _sizes_told(name), zipfile.ZipFile(path) as archive:
            parts = {part.filename: part for part in archive.infolist()}
            if sum(part.file_size for part in archive.infolist()) > LARGEST_UNPACKED:
                raise TooLargeError
            if _BINARY in parts:
                raise refused(Code.SHEET_FORMAT, name)
            if _EXCEL in parts:
                return _excel(archive)
            if _DOCUMENT in parts and archive.read("mimetype").startswith(_SPREADSHEET):
                return _document(archive)
    except (
        zipfile.BadZipFile,
        NotImplementedError,
        RuntimeError,
        EOFError,
        OSError,
        ValueError,
        KeyError,
    ) as error:
        # RuntimeError: an encrypted part; ValueError and the others: headers that contradict each other
        if isinstance(error, InputProblems):
            raise
        raise refused(Code.SHEET_DAMAGED, name) from error
    raise refused(Code.SHEET_NOT_A_SHEET, name)


def _excel(archive: zipfile.ZipFile) -> Package:
    """Look through the parts of an xlsx file; which of them are worksheets is not trusted to their names."""
    found = Package(is_excel=True)
    for part in archive.infolist():
        content = archive.read(part)
        if not _is_xml(content):
            continue
        is_sheet = b"sheetData" in content
        texts = 0 if is_sheet else content.count(b"<si") + content.count(b":si")
        if texts > MOST_SHARED_TEXTS:
            raise TooLargeError
        found.octets += 0 if texts else len(content)
        signs = _IN_SHEETS if is_sheet else _IN_OTHERS
        found.is_formatted = found.is_formatted or any(sign in content for sign in signs)
        if is_sheet:
            found.is_merged = found.is_merged or b"mergeCell" in content
            settled = worksheets.settled(content)
            if settled is not None:
                found.settled[part.filename] = settled
    return found


def _document(archive: zipfile.ZipFile) -> Package:
    """Look through an OpenDocument spreadsheet; of its parts only the content is read, the others are tried."""
    found = Package()
    for part in archive.infolist():
        content = archive.read(part)
        if part.filename == _DOCUMENT and _is_xml(content):
            found.is_formatted = any(sign in content for sign in _IN_DOCUMENTS)
            document = open_documents.settled(content)
            found.strays, found.merged = document.strays, document.merged
            if document.content is not None:
                found.settled[part.filename] = document.content
    return found


def _is_xml(content: bytes) -> bool:
    """Return whether a part is XML; what declares entities or is not UTF-8 was written by no office program."""
    if content[:2] in {b"\xff\xfe", b"\xfe\xff"} or _DECLARED.match(content):
        raise ValueError("no XML of an office program")
    return content[:64].lstrip(_BLANKS).startswith(b"<")


@contextlib.contextmanager
def readable(path: Path, package: Package) -> Iterator[Path]:
    """Give a workbook that a reader may open: the file itself, or a copy of it without its stray cells."""
    if not package.settled:
        yield path
        return
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "settled"
        if "" in package.settled:
            copy.write_bytes(package.settled.pop(""))
            yield copy
            return
        with zipfile.ZipFile(path) as archive, zipfile.ZipFile(copy, "w") as target:
            for part in archive.infolist():
                content = package.settled.get(part.filename)
                target.writestr(part.filename, archive.read(part) if content is None else content)
        package.settled.clear()
        yield copy


def refused(code: Code, name: str, **facts: str) -> InputProblems:
    """Return the error to raise for a file that cannot be read: one problem, about the whole of it."""
    return InputProblems([problem(code, Source(name), name, **facts)])
