"""Is this file a sheet, and safe to open? Decided by content, before any reader sees it."""

from __future__ import annotations

import re
import zipfile
from typing import TYPE_CHECKING, Final

from dispatcher.errors import InputProblems, Source
from dispatcher.recipients.problems import Code, problem

if TYPE_CHECKING:
    from pathlib import Path

MIB: Final = 1024 * 1024
LARGEST_FILE: Final = 25 * MIB
LARGEST_UNPACKED: Final = 250 * MIB
"""A sheet of 100,000 rows unpacks to some 40 MiB."""
LAST_ROW: Final = 199_999
LAST_COLUMN: Final = "CZ"

_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_WORKBOOKS = {"xl/workbook.xml", "xl/workbook.bin", "content.xml"}
_TEXT_NAMES = {".csv", ".tsv", ".txt"}
_CHUNK = MIB
_OVERLAP = 512

# A cell with content beyond LAST_ROW or LAST_COLUMN: the reader would lay out every cell up to there.
_FAR_CELL = re.compile(
    rb'<(?:\w+:)?c\s[^>]*?\br="((?:[D-Z][A-Z]|[A-Z]{3})[0-9]+|[A-Z]{1,3}(?:[2-9][0-9]{5}|[0-9]{7}))"'
    rb"(?:[^>]*[^/>])?>(?!</)"
)


def text_of(path: Path, name: str) -> str | None:
    """Return the text of a plain text file (UTF-8), or None for a workbook that is safe to open.

    `name` is what problems call the file. Raises InputProblems with one problem for anything else: missing, empty,
    too large, damaged, of another kind.
    """
    content = _head(path, name)
    if content.startswith(_ZIP):
        _check_archive(path, name)
        return None
    if content.startswith(_OLE):
        return None
    if b"\0" in content or content.lstrip(b"\xef\xbb\xbf \r\n\t").startswith((b"<", b"%PDF", b"{\\rtf")):
        raise refused(Code.SHEET_NOT_A_SHEET, name)
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        code = Code.SHEET_ENCODING if path.suffix.lower() in _TEXT_NAMES else Code.SHEET_NOT_A_SHEET
        raise refused(code, name) from None


def _head(path: Path, name: str) -> bytes:
    """Return the first bytes of a file."""
    if not path.is_file():
        raise refused(Code.SHEET_MISSING, name)
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            head = file.read(4096)
    except OSError as error:
        raise refused(Code.SHEET_UNREADABLE, name, reason=error.strerror or str(error)) from error
    if not size:
        raise refused(Code.SHEET_EMPTY, name)
    if size > LARGEST_FILE:
        raise refused(Code.SHEET_TOO_LARGE, name, limit=f"{LARGEST_FILE // MIB} MB")
    return head


def _check_archive(path: Path, name: str) -> None:
    """Read every part of a packed workbook once: complete, not too large unpacked, no cell far outside."""
    try:
        with zipfile.ZipFile(path) as archive:
            parts = archive.infolist()
            if sum(part.file_size for part in parts) > LARGEST_UNPACKED:
                raise refused(Code.SHEET_TOO_LARGE, name, limit=f"{LARGEST_UNPACKED // MIB} MB")
            if not _WORKBOOKS.intersection(part.filename for part in parts):
                raise refused(Code.SHEET_NOT_A_SHEET, name)
            for part in parts:
                _check_part(archive, part, name)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError, ValueError) as error:
        # RuntimeError: an encrypted part; ValueError and the others: headers that contradict each other
        if isinstance(error, InputProblems):
            raise
        raise refused(Code.SHEET_DAMAGED, name) from error


def _check_part(archive: zipfile.ZipFile, part: zipfile.ZipInfo, name: str) -> None:
    is_tab = part.filename.startswith("xl/worksheets/") and part.filename.endswith(".xml")
    with archive.open(part) as content:
        rest = b""
        while chunk := content.read(_CHUNK):
            far = _FAR_CELL.search(rest + chunk) if is_tab else None
            if far is not None:
                raise refused(Code.SHEET_FAR_CELL, name, cell=far[1].decode("ascii"))
            rest = chunk[-_OVERLAP:]


def refused(code: Code, name: str, **facts: str) -> InputProblems:
    """Return the error to raise for a file that cannot be read: one problem, about the whole of it."""
    return InputProblems([problem(code, Source(name), name, **facts)])
