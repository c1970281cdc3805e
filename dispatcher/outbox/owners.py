"""Who works on the store, and who of them has ended.

Beside an SQLite file each process holds a lock file, so that a dead one is known at once. A server knows only
whether the session of a process has ended: that is enough for who writes a release, since its last commit notices
when it was taken for dead. It is not for who hands over: a session can break while a message is on its way.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import platform
import secrets
from typing import TYPE_CHECKING

import sqlalchemy as sa
from filelock import FileLock, Timeout

from dispatcher.files import private_mode

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from dispatcher.outbox.database import Database


class Owner:
    """This process as the holder of leases: alive as long as its lock file is locked."""

    def __init__(self, folder: Path | None) -> None:
        self.id = f"{platform.node() or 'localhost'}:{os.getpid()}-{secrets.token_hex(4)}"
        self._lock = FileLock(lock_path(folder, self.id), timeout=0, mode=private_mode(folder)) if folder else None
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

    Nor can it be known of a lock file that another account keeps to itself; its leases run out then.

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
    except (Timeout, PermissionError):
        return False
    lock.release()
    with contextlib.suppress(OSError):
        path.unlink(missing_ok=True)
    return True


@contextlib.contextmanager
def writing_owner(database: Database) -> Iterator[str]:
    """Yield the id of this process as who writes a release, known to be there until then, however it ends."""
    owner = Owner(database.folder)
    try:
        with contextlib.nullcontext() if database.folder else _session_lock(database, owner.id):
            yield owner.id
    finally:
        owner.close()


def has_ended(database: Database, owner_id: str) -> bool:
    """Tell whether who was to write a release has ended: its lock file, or its session with the server."""
    if database.folder is not None:
        return is_dead(database.folder, owner_id)
    free = sa.select(sa.func.pg_try_advisory_xact_lock(_bigint(owner_id)))
    with database.reading() as connection:
        return bool(connection.execute(free).scalar())


def session_key(owner_id: str) -> int:
    """Return the key of an owner's advisory lock, of 64 bits (PostgreSQL manual, 13.3.5)."""
    return int.from_bytes(hashlib.sha256(owner_id.encode()).digest()[:8], signed=True)


def _bigint(owner_id: str) -> sa.ColumnElement[int]:
    return sa.literal(session_key(owner_id), sa.BigInteger)


@contextlib.contextmanager
def _session_lock(database: Database, owner_id: str) -> Iterator[None]:
    """Hold the owner's lock in a session of its own, which ends with the process at the latest."""
    with database.session() as connection:
        connection.execute(sa.select(sa.func.pg_advisory_lock(_bigint(owner_id))))
        yield
