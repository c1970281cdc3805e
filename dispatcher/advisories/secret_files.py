"""Input: who may read a file that holds a secret. What it holds is not looked at."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

from dispatcher.advisories.credential_rules import Access, Said, Seen

if TYPE_CHECKING:
    from pathlib import Path


def secret_seen(path: Path, *, key: str, file: str) -> Seen:
    """Return who may read a file with a secret; the secret itself is not looked at."""
    try:
        return Seen(key=key, file=file, access=access_of(path))
    except OSError as error:
        return Seen(key=key, file=file, fault=Said.UNREADABLE, why=reason(error))


def access_of(path: Path) -> Access:
    """Return who may read or change a file besides its owner; on Windows nobody is named. Raises OSError."""
    mode = stat.S_IMODE(path.stat().st_mode) if os.name == "posix" else 0
    if mode & stat.S_IRWXO:
        return Access.EVERYBODY
    return Access.GROUP if mode & stat.S_IRWXG else Access.NOBODY


def reason(error: OSError) -> str:
    """Return why a file cannot be read, in the system's words."""
    return error.strerror or type(error).__name__
