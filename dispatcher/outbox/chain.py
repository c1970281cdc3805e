"""The hash chain of a release: each link binds the rows of one commit to all that came before."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

START = bytes(32)
"""The hash before the first link."""


def link_hash(previous: bytes, rows: Iterable[Sequence[Any]]) -> bytes:
    """Return the SHA-256 of a link: the previous hash, then each row as a line of compact JSON."""
    digest = hashlib.sha256(previous)
    for row in rows:
        digest.update(json.dumps(row, ensure_ascii=False, separators=(",", ":")).encode() + b"\n")
    return digest.digest()
