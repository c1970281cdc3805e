"""The edge to the store as `doctor` looks at it: the disk under it, its settings, and the clock it is kept by."""

from __future__ import annotations

import contextlib
import os
import shutil
import stat
import statistics
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import sqlalchemy as sa

from dispatcher.errors import StoreError
from dispatcher.findings import Grade
from dispatcher.outbox import findings
from dispatcher.outbox.database import SCHEMA_VERSION, open_as_it_is, schema_version, sqlite_path
from dispatcher.outbox.schema import accepted_list, attempt, event, link

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dispatcher.findings import Finding
    from dispatcher.outbox.database import Database

WRITES = 20
_BLOCK = b"\0" * 4096
_MOUNTS = Path("/proc/mounts")
_MOMENTS = (attempt.c.started_at, event.c.at, link.c.at, accepted_list.c.accepted_at)
_TIME_SOURCES = {
    "systemd/timesync/synchronized": "a time server has set this clock (systemd-timesyncd)",
    "chrony/chronyd.pid": "chrony keeps this clock; `chronyc tracking` says how well",
    "chrony/chronyd.sock": "chrony keeps this clock; `chronyc tracking` says how well",
    "ntpd.pid": "ntpd keeps this clock; `ntpq -p` says how well",
}
"""What lies in /run while the clock is looked after, and what that says."""


def examine_store(url: str, *, root: Path, rate_per_minute: int | None, now: datetime) -> Iterator[Finding]:
    """Yield what is found of the store at `url` and of this machine's clock. Records nothing in the store."""
    path = sqlite_path(url, root=root)
    found: list[Finding] = []
    if path is not None:
        for finding in _examine_disk(path, rate_per_minute):
            found.append(finding)
            yield finding
    inside, because = _examine_inside(url, root, now), "the store cannot be opened, or is of another version"
    if path is not None and not os.path.lexists(path):
        inside, because = iter([findings.not_begun(str(path))]), "there is no store yet"
    elif any(one.step == "place" and one.grade is Grade.FAULT for one in found):
        inside, because = iter(()), "it is not opened there: that could do the very harm that is warned of"
    for finding in inside:
        found.append(finding)
        yield finding
    steps = findings.STEPS if path is not None else findings.STEPS_OF_A_SERVER
    yield from findings.unexamined(steps, found, because=because)
    yield findings.judge_time_source(time_source())


def _examine_disk(path: Path, rate_per_minute: int | None) -> Iterator[Finding]:
    folder = _nearest(path.parent)
    mounts = _MOUNTS.read_text(encoding="utf-8", errors="replace") if _MOUNTS.is_file() else ""
    yield findings.judge_place(str(path), findings.mount_of(str(folder.resolve()), mounts))
    with contextlib.suppress(OSError):
        yield findings.judge_disk(shutil.disk_usage(folder).free)
    try:
        yield findings.judge_sync(sync_seconds(folder), rate_per_minute=rate_per_minute)
    except OSError as error:
        yield findings.unwritable(str(folder), error.strerror or str(error))
    with contextlib.suppress(OSError):
        about = path.stat()
        mode = stat.S_IMODE(about.st_mode) if os.name == "posix" else None
        yield findings.judge_permissions(str(path), mode=mode, size=about.st_size)


def _nearest(folder: Path) -> Path:
    """Return the folder, or the one above it that is there: what the store's own would be made in."""
    return next((one for one in (folder, *folder.parents) if os.path.isdir(one)), Path("/"))  # noqa: PTH112 - Path.is_dir raises where it may not look


def sync_seconds(folder: Path) -> float:
    """Return the median time that a write of 4 KiB takes to be durable there. Raises OSError."""
    taken = []
    with tempfile.TemporaryFile(dir=folder, buffering=0) as file:
        for _ in range(WRITES):
            began = time.perf_counter()
            file.write(_BLOCK)
            os.fsync(file.fileno())
            taken.append(time.perf_counter() - began)
    return statistics.median(taken)


def _examine_inside(url: str, root: Path, now: datetime) -> Iterator[Finding]:
    try:
        database = open_as_it_is(url, root=root)
    except StoreError as error:
        yield findings.unusable(str(error))
        return
    try:
        yield from _look_into(database, now)
    except StoreError as error:
        yield findings.unusable(str(error))
    finally:
        database.close()


def _look_into(database: Database, now: datetime) -> Iterator[Finding]:
    with database.reading() as connection:
        yield _durability(connection)
        version = schema_version(connection)
        yield findings.judge_schema(version, wanted=SCHEMA_VERSION)
        if version == SCHEMA_VERSION:
            yield findings.judge_records(_newest(connection), now=now)


def _durability(connection: sa.Connection) -> Finding:
    def asked(sql: str) -> str:
        return str(connection.exec_driver_sql(sql).scalar())

    if connection.dialect.name == "sqlite":
        return findings.judge_sqlite(asked("PRAGMA journal_mode"), int(asked("PRAGMA synchronous")))
    settings = {name: asked(f"SHOW {name}") for name in ("synchronous_commit", "fsync")}
    return findings.judge_postgresql(asked("SHOW server_version"), settings)


def _newest(connection: sa.Connection) -> datetime | None:
    """Return the newest moment that anything was recorded at."""
    moments = [connection.execute(sa.select(sa.func.max(column))).scalar() for column in _MOMENTS]
    known = [moment for moment in moments if moment is not None]
    return datetime.fromtimestamp(max(known), UTC) if known else None


def time_source(run: Path = Path("/run")) -> str | None:
    """Return what is seen to look after this machine's clock; None where nothing is."""
    return next((said for name, said in _TIME_SOURCES.items() if (run / name).exists()), None)
