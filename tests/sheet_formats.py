"""Small sheets in the formats that openpyxl does not write: xls (MS-XLS), ods (ODF 1.3), and xlsx by hand."""

from __future__ import annotations

import io
import struct
import zipfile
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

FREE, END, OF_TABLE = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD
SECTOR = 512

_NAMESPACES = " ".join(
    f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for name in ("office", "table", "text")
)


def ods(tables: Mapping[str, str]) -> bytes:
    """Return an OpenDocument spreadsheet; `tables` holds the XML of the rows of each."""
    body = "".join(f'<table:table table:name="{name}">{rows}</table:table>' for name, rows in tables.items())
    content = (
        f'<?xml version="1.0" encoding="UTF-8"?><office:document-content {_NAMESPACES} office:version="1.3">'
        f"<office:body><office:spreadsheet>{body}</office:spreadsheet></office:body></office:document-content>"
    )
    kind = "application/vnd.oasis.opendocument.spreadsheet"
    manifest = (
        '<?xml version="1.0"?><m:manifest xmlns:m="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">'
        f'<m:file-entry m:full-path="/" m:media-type="{kind}"/></m:manifest>'
    )
    return packed(
        {
            "mimetype": kind.encode(),
            "content.xml": content.encode(),
            "META-INF/manifest.xml": manifest.encode(),
        }
    )


def ods_row(*texts: str, repeated: int = 1) -> str:
    """Return the XML of a row of an OpenDocument table."""
    return ods_cells(*map(ods_cell, texts), repeated=repeated)


def ods_cells(*cells: str, repeated: int = 1) -> str:
    """Return the XML of a row of ready cells."""
    return f'<table:table-row table:number-rows-repeated="{repeated}">{"".join(cells)}</table:table-row>'


def ods_cell(text: str, **attributes: int) -> str:
    """Return the XML of a cell; an underscore in the name of an attribute stands for a hyphen."""
    given = "".join(f' table:{name.replace("_", "-")}="{value}"' for name, value in attributes.items())
    if not text:
        return f"<table:table-cell{given}/>"
    return (
        f'<table:table-cell office:value-type="string"{given}><text:p>{escape(text)}</text:p></table:table-cell>'
    )


def packed(parts: Mapping[str, bytes]) -> bytes:
    """Return a zip archive."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    return content.getvalue()


def repacked(content: bytes, part: str, old: bytes, new: bytes) -> bytes:
    """Return a workbook with `old` replaced by `new` in one of its parts."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    # openpyxl writes an empty element in one way by lxml, in another without
    parts[part] = parts[part].replace(b"<v></v>", b"<v />").replace(b"<v/>", b"<v />")
    assert old in parts[part]
    return packed(parts | {part: parts[part].replace(old, new)})


def xls(
    rows: Sequence[Sequence[str | float]], *, title: str = "List", far: Mapping[tuple[int, int], str] | None = None
) -> bytes:
    """Return an Excel 97 workbook of one tab; `far` holds further cells by row and column from 0."""
    cells = {(row, column): value for row, values in enumerate(rows) for column, value in enumerate(values)}
    records = [
        _cell(*position, value) for position, value in sorted((cells | dict(far or {})).items()) if value != ""
    ]
    tab = _bof(0x0010) + b"".join(records) + _record(0x000A)
    name = title.encode("utf-16-le")

    def sheet(offset: int) -> bytes:
        return _record(0x0085, struct.pack("<IBBBB", offset, 0, 0, len(title), 1) + name)

    head, end = _bof(0x0005) + _record(0x0042, struct.pack("<H", 1200)), _record(0x000A)
    offset = len(head) + len(sheet(0)) + len(end)
    return compound({"Workbook": head + sheet(offset) + end + tab})


def _bof(kind: int) -> bytes:
    return _record(0x0809, struct.pack("<HHHHII", 0x0600, kind, 0, 0, 0, 0))


def _record(kind: int, content: bytes = b"") -> bytes:
    return struct.pack("<HH", kind, len(content)) + content


def _cell(row: int, column: int, value: str | float) -> bytes:
    if isinstance(value, str):
        text = value.encode("utf-16-le")
        return _record(0x0204, struct.pack("<HHHHB", row, column, 0, len(text) // 2, 1) + text)
    return _record(0x0203, struct.pack("<HHHd", row, column, 0, value))


def compound(streams: Mapping[str, bytes]) -> bytes:
    """Return a compound file (MS-CFB) with these streams, each long enough to need no mini stream."""
    contents = [stream.ljust(max(4096, -(-len(stream) // SECTOR) * SECTOR), b"\0") for stream in streams.values()]
    table = [END]  # the directory is sector 0
    starts = []
    for content in contents:
        starts.append(len(table))
        count = len(content) // SECTOR
        table += [*range(len(table) + 1, len(table) + count), END]
    tables = -(-(len(table) + 1) // 128)
    while len(table) + tables > tables * 128:
        tables += 1
    places = range(len(table), len(table) + tables)
    table += [OF_TABLE] * tables
    table += [FREE] * (tables * 128 - len(table))
    entries = [_entry("Root Entry", 5, child=1)]
    entries += [
        _entry(name, 2, start=start, size=len(content))
        for name, start, content in zip(streams, starts, contents, strict=True)
    ]
    entries += [_entry("", 0)] * (4 - len(entries))
    head = struct.pack(
        "<8s16xHHHHH6xIIIIIIIII",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 0x3E, 3, 0xFFFE, 9, 6, 0, tables, 0, 0, 4096, END, 0, END, 0,
    )  # fmt: skip
    difat = [*places, *[FREE] * (109 - tables)]
    return (
        head
        + struct.pack("<109I", *difat)
        + b"".join(entries)
        + b"".join(contents)
        + struct.pack(f"<{len(table)}I", *table)
    )


def _entry(name: str, kind: int, *, child: int = FREE, start: int = END, size: int = 0) -> bytes:
    encoded = name.encode("utf-16-le") + b"\0\0" if name else b""
    return struct.pack("<64sHBBIII16xI16xIQ", encoded, len(encoded), kind, 1, FREE, FREE, child, 0, start, size)
