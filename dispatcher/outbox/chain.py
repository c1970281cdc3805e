"""The hash chain of a release: each link binds the rows of one commit to all that came before."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_compact = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode

START = bytes(32)
"""The hash before the first link."""


def link_hash(previous: bytes, rows: Iterable[Sequence[Any]]) -> bytes:
    """Return the SHA-256 of a link: the previous hash, then its rows as one compact JSON array of arrays."""
    return hashlib.sha256(previous + _compact(list(rows)).encode()).digest()
