"""Files written whole or not at all: temporary name in the same folder, fsync, rename, fsync of the folder."""

from __future__ import annotations

import contextlib
import glob
import hashlib
import os
import stat
import sys
import tempfile
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path
    from typing import BinaryIO

if sys.platform != "win32":
    import fcntl

_UNFINISHED = ".part"
"""How the name of a file ends that is being written."""
_RENAMED_WHILE_OPEN = sys.platform != "win32"


def write_atomically(path: Path, content: bytes, *, private: bool = False) -> None:
    """Write `content` to `path` so that a reader sees the old file or the new one, never a half."""
    with writing_atomically(path, private=private) as file:
        file.write(content)


@contextlib.contextmanager
def writing_atomically(path: Path, *, private: bool = False) -> Iterator[BinaryIO]:
    """Yield a file that takes the place of `path` when the block ends; an error in it leaves the old one alone.

    What a process left half written that was killed meanwhile is removed by the next writing of the same file.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    _remove_abandoned(path)
    descriptor, name = _begin(path)
    try:
        with os.fdopen(descriptor, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
            mode = private_mode(path.parent) if private else 0o666 & ~_umask()
            os.chmod(name, mode)  # noqa: PTH101 - mkstemp gives a name, not a Path
            if _RENAMED_WHILE_OPEN:  # and so still locked
                os.replace(name, path)  # noqa: PTH105
        if not _RENAMED_WHILE_OPEN:
            os.replace(name, path)  # noqa: PTH105
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(name)  # noqa: PTH108
        raise
    _sync_folder(path.parent)


def private_mode(folder: Path) -> int:
    """Return the permissions of a file that holds addresses: its owner's alone.

    In a folder that a group may write, its group's too: there several officers work, each with an own account.
    """
    return 0o660 if os.name == "posix" and folder.stat().st_mode & stat.S_IWGRP else 0o600


def file_hash(path: Path) -> str:
    """Return the SHA-256 of a file, hexadecimal; empty where there is none that can be read."""
    try:
        if not path.is_file():  # a device or a pipe would never end
            return ""
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return ""


def open_to_everybody(path: Path) -> bool:
    """Tell whether others than owner and group may open a file; never on Windows. Raises OSError."""
    return os.name == "posix" and bool(stat.S_IMODE(path.stat().st_mode) & stat.S_IRWXO)


def write_tree(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write each of `files` (relative path -> bytes) below `folder`."""
    for relative, content in files.items():
        write_atomically(folder / relative, content)


def _begin(path: Path) -> tuple[int, str]:
    """Return a new file beside `path`, open, and locked so that nobody takes it for abandoned."""
    while True:
        descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=_UNFINISHED)
        if sys.platform == "win32":  # where nobody can remove a file that is open
            return descriptor, name
        with contextlib.suppress(OSError):  # a file system without locks
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        if os.fstat(descriptor).st_nlink:
            return descriptor, name
        os.close(descriptor)  # it was removed before it could be locked


def _remove_abandoned(path: Path) -> None:
    """Remove what earlier writings of `path` left behind, but not what one of another process still writes."""
    for found in path.parent.glob(f".{glob.escape(path.name)}.????????{_UNFINISHED}"):
        with contextlib.suppress(OSError):
            if sys.platform == "win32":
                found.unlink()
            elif found.is_file():
                with found.open("rb") as file:
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)  # refused while its writer lives
                    found.unlink()


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _sync_folder(folder: Path) -> None:
    if os.name == "nt":  # a folder cannot be opened there
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
