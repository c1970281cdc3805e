"""Which files may be enclosed with an advisory."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dispatcher.advisories.schema import problem_at

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dispatcher.errors import Problem

MAX_BYTES = 7_000_000
"""All enclosures together: in base64 they then fit the common limit of 10,240,000 octets (RFC 1870)."""

MEDIA_TYPES = {
    "csv": "text/csv",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "jpeg": "image/jpeg",
    "jpg": "image/jpeg",
    "ods": "application/vnd.oasis.opendocument.spreadsheet",
    "odt": "application/vnd.oasis.opendocument.text",
    "pdf": "application/pdf",
    "png": "image/png",
    "txt": "text/plain",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "zip": "application/zip",
}
"""Media type by extension; a file of another kind is refused, as mail filters would."""

_PIECE = r"[A-Za-z0-9_](?:[A-Za-z0-9._-]{0,98}[A-Za-z0-9_-])?"
_NAME = re.compile(rf"{_PIECE}(?:/{_PIECE}){{0,7}}")
_DEVICE = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?:\..*)?", re.IGNORECASE)
"""What Windows takes for a device, whatever its ending."""


def is_plain_name(path: str) -> bool:
    """Return whether a relative path is plain ASCII, climbs nowhere and means the same file on every system."""
    return bool(_NAME.fullmatch(path)) and not any(map(_DEVICE.fullmatch, path.split("/")))


def media_type(file_name: str) -> str | None:
    """Return the media type of a file by its extension, or None if such files are not enclosed."""
    return MEDIA_TYPES.get(file_name.rpartition(".")[2].lower())


def name_problems(names: Sequence[str], *, file: str) -> list[Problem]:
    """Return what is wrong with the names: a path, not plain ASCII (RFC 2231 is avoided), a kind, a name twice.

    Every name that passes can stand in the zip file of a kit.
    """
    problems = []
    for row, name in enumerate(names):
        path = f"enclosures[{row}]"
        if "/" not in name and _DEVICE.fullmatch(name):
            problems.append(problem_at("enclosure_device", file, path, name))
        elif "/" in name or not is_plain_name(name):
            problems.append(problem_at("enclosure_name", file, path, name))
        elif media_type(name) is None:
            problems.append(problem_at("enclosure_kind", file, path, name, kinds=", ".join(MEDIA_TYPES)))
        elif name.casefold() in {earlier.casefold() for earlier in names[:row]}:
            problems.append(problem_at("enclosure_twice", file, path, name))
    return problems
