"""Input and output: under which account a signed document was signed at this computer, kept beside it."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

from dispatcher.files import write_atomically

if TYPE_CHECKING:
    from pathlib import Path

_MAX_BYTES = 100_000


def account_of(signed: Path, content: bytes) -> str | None:
    """Return the account that signed `content`, the document at `signed`; empty where it was signed elsewhere.

    None where what was noted cannot be read.
    """
    told = _read(_beside(signed))
    return None if told is None else told.get(hashlib.sha256(content).hexdigest(), "")


def keep_account(signed: Path, content: bytes, account: str) -> None:
    """Note who signed `content`, beside who signed other documents here; what cannot be read is written anew."""
    told = {**(_read(_beside(signed)) or {}), hashlib.sha256(content).hexdigest(): account}
    write_atomically(_beside(signed), json.dumps(told, ensure_ascii=False, indent=1).encode())


def _beside(signed: Path) -> Path:
    return signed.with_name(f"{signed.name}.accounts.json")


def _read(path: Path) -> dict[str, str] | None:
    """Return SHA-256 of a document -> account; None where the file is not what was written here."""
    try:
        if not path.exists():
            return {}
        told = json.loads(path.read_bytes()) if path.stat().st_size <= _MAX_BYTES else None
    except (OSError, ValueError, RecursionError):
        return None
    is_told = isinstance(told, dict) and all(isinstance(one, str) for one in told.values())
    return told if is_told else None
