"""Input: a published page as somebody saved it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dispatcher.errors import Refused, UsageError

if TYPE_CHECKING:
    from pathlib import Path

LIMIT = 2_000_000
"""Octets, as of a page that is fetched."""


def read_saved(path: Path) -> bytes:
    """Return the octets of a saved page. Raises UsageError where it is not there, Refused where it is too long."""
    if not path.is_file():  # a device or a pipe would never end
        raise UsageError(f"{path} is not a file")
    with path.open("rb") as file:
        content = file.read(LIMIT + 1)
    if len(content) > LIMIT:
        raise Refused(f"{path} is larger than {LIMIT // 1_000_000} MB; this is not the page of an advisory")
    return content
