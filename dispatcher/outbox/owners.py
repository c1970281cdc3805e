"""Who works on the store: one lock file for each process, so that a dead one is known at once on this machine."""

from __future__ import annotations

import contextlib
import os
import platform
import secrets
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout

if TYPE_CHECKING:
    from pathlib import Path


class Owner:
    """This process as the holder of leases: alive as long as its lock file is locked."""

    def __init__(self, folder: Path | None) -> None:
        self.id = f"{platform.node() or 'localhost'}:{os.getpid()}-{secrets.token_hex(4)}"
        self._lock = FileLock(lock_path(folder, self.id), timeout=0) if folder else None
        if self._lock:
            self._lock.acquire()

    def close(self) -> None:
        """Give the lock back and take its file away."""
        if self._lock:
            self._lock.release()
            with contextlib.suppress(OSError):
                os.unlink(self._lock.lock_file)  # noqa: PTH108 - filelock hands out a name


def lock_path(folder: Path, owner_id: str) -> Path:
    """Return the lock file of an owner, beside the store."""
    return folder / f"owner-{owner_id.partition(':')[2]}.lock"


def is_dead(folder: Path | None, owner_id: str) -> bool:
    """Tell whether an owner has ended; False where that cannot be known from here (a server's store: None).

    The lock of a process that ended, however it ended, can be taken; its file is cleared away then. An SQLite
    store is used from one machine only, so what that machine was called at the time does not matter.
    """
    if folder is None:
        return False
    path = lock_path(folder, owner_id)
    if not path.exists():
        return True
    lock = FileLock(path, timeout=0)
    try:
        lock.acquire()
    except Timeout:
        return False
    lock.release()
    with contextlib.suppress(OSError):
        path.unlink(missing_ok=True)
    return True
