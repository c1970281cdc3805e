"""The register as csv and json, for programs and for any number of deliveries: a row is written as it is read."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING, Any, BinaryIO

from dispatcher.register.rows import COLUMNS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from dispatcher.register.rows import AttemptRow, RegisterRow

FORMULA_STARTS = tuple("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")
"""A cell that begins so may be taken for a formula; the last four are the full-width forms of the first."""


def neutral(value: str) -> str:
    """Return text that no spreadsheet takes for a formula: an apostrophe goes before one that could be."""
    risky = value.startswith(FORMULA_STARTS) or value.lstrip().startswith(FORMULA_STARTS)
    return f"'{value}" if risky else value


def write_csv(
    file: BinaryIO, rows: Iterable[RegisterRow | AttemptRow], *, columns: Sequence[str] = COLUMNS
) -> None:
    """Write the register, or its log of attempts, as CSV (RFC 4180) in UTF-8; the byte order mark is for Excel."""
    text = io.TextIOWrapper(file, "utf-8-sig", newline="")
    try:
        writer = csv.writer(text)
        writer.writerow(columns)
        writer.writerows([neutral(value) if isinstance(value, str) else value for value in row] for row in rows)
    finally:
        text.detach()  # or it would close the file, which is its owner's


def write_json(file: BinaryIO, rows: Iterable[RegisterRow]) -> None:
    """Write the register as a JSON list of objects in UTF-8."""
    before = b"[\n"
    for row in rows:
        file.write(before + _object(row._asdict()))
        before = b",\n"
    file.write(b"[]\n" if before == b"[\n" else b"\n]\n")


def _object(fields: dict[str, Any]) -> bytes:
    text = json.dumps(fields, ensure_ascii=False, indent=1)
    return "\n".join(f" {line}" for line in text.split("\n")).encode()
