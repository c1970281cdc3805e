"""What is seen of the store, its disk and this machine's clock, judged: thresholds and words. Pure."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dispatcher.findings import Finding, Grade

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

STEPS_OF_A_SERVER = ("journal", "schema", "records")
STEPS = ("place", "disk", "sync", "permissions", *STEPS_OF_A_SERVER)
"""What is examined of the store, in this order."""

LITTLE_DISK, NO_DISK = 1_000_000_000, 100_000_000
"""Free octets below which there is a warning, a fault."""
COMMITS_A_MESSAGE = 2
"""The intent and the outcome; many connections share a commit, so this is the worst case."""
SLOW_SYNC = 0.05
"""Seconds; where the pace has no limit."""
UNLIKELY_SYNC = 0.00005
"""Seconds; no disk that keeps its promise is so quick without a protected cache."""
AHEAD = 5.0
"""Seconds that a record may be in the future: clocks are set in small steps."""

_NETWORK = re.compile(r"nfs\d?|cifs|smb\w*|9p|afs|ceph|glusterfs|lustre|gpfs|vboxsf|virtiofs|prl_fs|fuse\..+")
_MEMORY = frozenset({"tmpfs", "ramfs"})
_MACHINE = "the machine's administrator"


@dataclass(frozen=True, slots=True)
class Mount:
    """Where a folder lies: the mount point and the kind of its file system."""

    point: str
    kind: str


def mount_of(path: str, mounts: str) -> Mount | None:
    """Return the mount that holds an absolute path, by the lines of /proc/mounts (fstab(5)); the last one wins."""
    found = None
    for line in mounts.splitlines():
        fields = [_unescaped(one) for one in line.split(" ")]
        if len(fields) < 3:
            continue
        point = fields[1].rstrip("/")
        inside = path == point or path.startswith(f"{point}/")
        if inside and (found is None or len(point) >= len(found.point.rstrip("/"))):
            found = Mount(fields[1], fields[2])
    return found


def _unescaped(field: str) -> str:
    return re.sub(r"\\([0-7]{3})", lambda octal: chr(int(octal[1], 8)), field)


def judge_place(location: str, mount: Mount | None) -> Finding:
    """Judge where the store lies: SQLite's write-ahead log needs a local disk."""
    if mount is None:
        found = f"{location}: this system does not tell on what kind of disk it lies"
        advice = f"Ask {_MACHINE} whether that is a local disk; a network share would damage the store"
        return Finding("place", Grade.UNEXAMINED, found, advice)
    where = f"{location} lies on {mount.point} ({mount.kind})"
    if _NETWORK.fullmatch(mount.kind):
        advice = f"Set store.url in config.yaml to a path on a local disk, or ask {_MACHINE} for one"
        reason = "a network share or a mount of that kind; SQLite's write-ahead log does not work there"
        return Finding("place", Grade.FAULT, f"{where}, {reason}", advice)
    if mount.kind in _MEMORY:
        advice = "Good for a trial only: set store.url in config.yaml to a path on a disk"
        return Finding("place", Grade.WARNING, f"{where}, in memory: a restart of the machine loses it", advice)
    return Finding("place", Grade.OK, f"{where}, a local disk")


def judge_disk(free: int) -> Finding:
    """Judge the free octets of the store's disk."""
    found = f"{octets(free)} free"
    advice = f"Make room, or ask {_MACHINE}: when the disk is full, nothing is handed over any more"
    if free < NO_DISK:
        return Finding("disk", Grade.FAULT, f"only {found}", advice)
    if free < LITTLE_DISK:
        return Finding("disk", Grade.WARNING, f"only {found}", advice)
    return Finding("disk", Grade.OK, found)


def judge_sync(seconds: float, *, rate_per_minute: int | None) -> Finding:
    """Judge the median time of an fsync against the pace of the relay."""
    a_second = math.floor(1 / seconds) if seconds > 0 else 1_000_000
    found = f"a durable write takes {seconds * 1000:.3g} ms: about {a_second:,} commits a second"
    if seconds < UNLIKELY_SYNC:
        advice = (
            f"So quick that perhaps nothing reaches the disk at once: ask {_MACHINE} whether what was written "
            "survives a power cut here"
        )
        return Finding("sync", Grade.OK, found, advice)
    if rate_per_minute is None:
        slow, wanted = seconds > SLOW_SYNC, "with no limit of pace (relay.rate_per_minute) the disk is the limit"
    else:
        slow = seconds * COMMITS_A_MESSAGE * rate_per_minute > 60
        wanted = f"{rate_per_minute} messages a minute may need {COMMITS_A_MESSAGE * rate_per_minute / 60:.3g}"
    if slow:
        advice = f"The hand-over may be slower than allowed; ask {_MACHINE} for a quicker disk"
        return Finding("sync", Grade.WARNING, f"{found}; {wanted}", advice)
    return Finding("sync", Grade.OK, found)


def unwritable(folder: str, why: str) -> Finding:
    """Return that nothing can be written beside the store."""
    advice = f"Give yourself the right to write there, or ask {_MACHINE}; without it nothing can be handed over"
    return Finding("sync", Grade.FAULT, f"nothing can be written in {folder} ({why})", advice)


def judge_permissions(name: str, *, mode: int | None, size: int) -> Finding:
    """Judge who may read the store: it holds addresses. `mode` is None where the system has no such bits."""
    if mode is None:
        return Finding("permissions", Grade.UNEXAMINED, f"{name}, {octets(size)}: this system tells it otherwise")
    if mode & 0o007:
        advice = f"Run: chmod o-rwx {name}"
        return Finding("permissions", Grade.WARNING, f"everybody on this machine may open {name}", advice)
    who = "its owner and its group" if mode & 0o070 else "only its owner"
    return Finding("permissions", Grade.OK, f"{name}, {octets(size)}, can be opened by {who}")


def not_begun(location: str) -> Finding:
    """Return that there is no store yet, which is no fault."""
    found = f"{location} is not there yet; the first `prepare` or accepted list makes it"
    return Finding("journal", Grade.UNEXAMINED, found)


def unusable(why: str) -> Finding:
    """Return that the store cannot be opened."""
    advice = f"Nothing can be handed over. Check store.url in config.yaml, or ask {_MACHINE}"
    return Finding("journal", Grade.FAULT, why, advice)


def judge_sqlite(journal_mode: str, synchronous: int) -> Finding:
    """Judge how SQLite makes a commit durable: WAL with synchronous FULL (2) or EXTRA (3) is wanted."""
    level = {0: "OFF", 1: "NORMAL", 2: "FULL", 3: "EXTRA"}.get(synchronous, str(synchronous))
    found = f"journal mode {journal_mode}, synchronous {level}"
    if synchronous < 2:
        told = f"{found}: a power cut could undo a recorded intent, and a message could go twice"
        return Finding("journal", Grade.FAULT, told, "Report it: the program asks SQLite for FULL")
    if journal_mode != "wal":
        advice = f"Ask {_MACHINE} whether the disk is local; SQLite refuses the write-ahead log here"
        return Finding("journal", Grade.FAULT, f"{found}: the write-ahead log (wal) is wanted", advice)
    return Finding("journal", Grade.OK, f"{found}: what is recorded survives a power cut")


def judge_postgresql(version: str, settings: dict[str, str]) -> Finding:
    """Judge a PostgreSQL server by its `synchronous_commit` and `fsync`."""
    told = ", ".join(f"{name} {value}" for name, value in settings.items())
    found = f"PostgreSQL {version}, {told}"
    if "off" in settings.values():
        advice = "Ask the database's administrator to switch it on: a recorded intent could be lost"
        return Finding("journal", Grade.FAULT, found, advice)
    return Finding("journal", Grade.OK, f"{found}: what is recorded survives a power cut")


def judge_schema(version: str | None, *, wanted: str) -> Finding:
    """Judge the store's schema against the program's."""
    if version == wanted:
        return Finding("schema", Grade.OK, f"schema {version}, as this program has it")
    if version is not None and version > wanted:
        advice = "Use the program that wrote it, or a newer one"
        return Finding(
            "schema", Grade.FAULT, f"schema {version} is of a newer program than this ({wanted})", advice
        )
    advice = "Make a copy of the store first (docs/operating.md, Backup)"
    found = f"schema {version or 'none'}; the next command that uses it brings it to {wanted}"
    return Finding("schema", Grade.WARNING, found, advice)


def judge_records(newest: datetime | None, *, now: datetime) -> Finding:
    """Judge this machine's clock by the newest moment in the store: nothing was recorded in the future."""
    if newest is None:
        return Finding("records", Grade.UNEXAMINED, "nothing is recorded yet that could be compared with")
    ahead = (newest - now).total_seconds()
    if ahead > AHEAD:
        advice = (
            f"Send nothing until the clock is right: ask {_MACHINE} to set it. If it is right now, it was wrong "
            "when that was recorded; the register shows it"
        )
        found = f"the newest record is {span(ahead)} in the future by this machine's clock"
        return Finding("records", Grade.FAULT, found, advice)
    return Finding("records", Grade.OK, f"the newest record is {span(max(0.0, -ahead))} old")


def judge_time_source(source: str | None) -> Finding:
    """Judge what keeps the clock right, as far as it can be seen from here."""
    if source:
        return Finding("time_source", Grade.OK, source)
    advice = (
        f"Ask {_MACHINE} whether it follows the NTP servers of NIC or NPL, as the CERT-In directions of "
        "28.04.2022 ask, or servers that follow them"
    )
    return Finding("time_source", Grade.UNEXAMINED, "whether a time server sets this clock is not seen", advice)


def unexamined(steps: Sequence[str], findings: Sequence[Finding], *, because: str) -> Iterator[Finding]:
    """Yield, for each step that has no finding, that it was not examined and why."""
    done = {one.step for one in findings}
    for step in steps:
        if step not in done:
            yield Finding(step, Grade.UNEXAMINED, because)


def octets(count: int) -> str:
    """Return a number of octets as people say it."""
    for unit, size in (("GB", 1_000_000_000), ("MB", 1_000_000), ("kB", 1_000)):
        if count >= size:
            return f"{count / size:.3g} {unit}"
    return f"{count} octets"


def span(seconds: float) -> str:
    """Return a span of time as people say it."""
    for unit, size in (("days", 86_400), ("hours", 3_600), ("minutes", 60)):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} seconds"
