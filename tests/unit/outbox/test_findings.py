"""What is said of a store, its disk and this machine's clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from dispatcher.findings import Finding, Grade
from dispatcher.outbox.findings import (
    Mount,
    judge_disk,
    judge_permissions,
    judge_place,
    judge_postgresql,
    judge_records,
    judge_schema,
    judge_sqlite,
    judge_sync,
    judge_time_source,
    mount_of,
    octets,
    span,
    unexamined,
)

NOW = datetime(2025, 8, 12, 15, 40, tzinfo=UTC)
MOUNTS = r"""/dev/vda / ext4 rw,relatime 0 0
server:/export /data nfs4 rw 0 0
//server/our\040share /share/our\040share cifs rw 0 0
tmpfs /data/fast tmpfs rw 0 0
not a mount
"""


@pytest.mark.parametrize(
    ("path", "mount"),
    [
        ("/office/outbox", Mount("/", "ext4")),
        ("/data", Mount("/data", "nfs4")),
        ("/data/office", Mount("/data", "nfs4")),
        ("/dataother", Mount("/", "ext4")),
        ("/data/fast/office", Mount("/data/fast", "tmpfs")),
        ("/share/our share/office", Mount("/share/our share", "cifs")),
    ],
)
def test_a_folder_lies_on_its_nearest_mount(path: str, mount: Mount) -> None:
    """The longest mount point above a path counts, by whole names; a blank in it is written in octal."""
    assert mount == mount_of(path, MOUNTS)


def test_a_mount_over_another_hides_it() -> None:
    """Of two mounts at one point the later one counts."""
    assert Mount("/", "nfs") == mount_of("/office", "overlay / overlay rw 0 0\nserver:/ / nfs rw 0 0\n")


def test_where_no_mounts_are_told_nothing_is_known() -> None:
    """A system without /proc/mounts gives no mount, and the place is not examined."""
    assert None is mount_of("/office", "")
    assert Grade.UNEXAMINED is judge_place("/office/outbox.db", None).grade


@pytest.mark.parametrize(
    ("kind", "grade"),
    [
        ("ext4", Grade.OK),
        ("xfs", Grade.OK),
        ("overlay", Grade.OK),
        ("fuseblk", Grade.OK),
        ("tmpfs", Grade.WARNING),
        ("nfs", Grade.FAULT),
        ("nfs4", Grade.FAULT),
        ("cifs", Grade.FAULT),
        ("smb3", Grade.FAULT),
        ("9p", Grade.FAULT),
        ("fuse.sshfs", Grade.FAULT),
    ],
)
def test_a_network_share_is_a_fault(kind: str, grade: Grade) -> None:
    """SQLite's write-ahead log works on local disks only; memory is for a trial."""
    found = judge_place("/office/outbox.db", Mount("/office", kind))

    assert grade is found.grade
    assert (grade is not Grade.OK) == ("store.url" in found.advice)


@pytest.mark.parametrize(
    ("free", "grade"),
    [(99_999_999, Grade.FAULT), (100_000_000, Grade.WARNING), (999_999_999, Grade.WARNING), (10**9, Grade.OK)],
)
def test_little_disk_is_told(free: int, grade: Grade) -> None:
    """Below 1 GB there is a warning, below 100 MB a fault."""
    assert grade is judge_disk(free).grade


@pytest.mark.parametrize(
    ("seconds", "rate", "grade"),
    [
        (0.001, 600, Grade.OK),
        (0.049, 600, Grade.OK),
        (0.051, 600, Grade.WARNING),
        (0.051, 20, Grade.OK),
        (0.049, None, Grade.OK),
        (0.051, None, Grade.WARNING),
    ],
)
def test_the_disk_is_measured_against_the_pace(seconds: float, rate: int | None, grade: Grade) -> None:
    """Two durable writes a message must fit into the relay's pace."""
    assert grade is judge_sync(seconds, rate_per_minute=rate).grade


def test_the_speed_of_the_disk_is_told_in_commits() -> None:
    """5 ms are 200 commits a second; a time that no disk has is asked about."""
    assert "5 ms: about 200 commits a second" in judge_sync(0.005, rate_per_minute=600).found
    assert "power cut" in judge_sync(0.000_01, rate_per_minute=600).advice
    assert Grade.OK is judge_sync(0.0, rate_per_minute=600).grade


@pytest.mark.parametrize(
    ("mode", "grade", "word"),
    [
        (0o600, Grade.OK, "only its owner"),
        (0o640, Grade.OK, "its group"),
        (0o644, Grade.WARNING, "everybody"),
        (None, Grade.UNEXAMINED, ""),
    ],
)
def test_a_store_that_others_can_read_is_a_warning(mode: int | None, grade: Grade, word: str) -> None:
    """The store holds addresses: only its owner, or its group, opens it."""
    found = judge_permissions("outbox.db", mode=mode, size=40_000)

    assert grade is found.grade
    assert word in found.found


@pytest.mark.parametrize(
    ("mode", "synchronous", "grade"),
    [
        ("wal", 2, Grade.OK),
        ("wal", 3, Grade.OK),
        ("wal", 1, Grade.FAULT),
        ("wal", 0, Grade.FAULT),
        ("delete", 2, Grade.FAULT),
        ("memory", 2, Grade.FAULT),
    ],
)
def test_only_wal_with_full_is_durable(mode: str, synchronous: int, grade: Grade) -> None:
    """A recorded intent must survive a power cut, or a message goes twice."""
    assert grade is judge_sqlite(mode, synchronous).grade


@pytest.mark.parametrize(
    ("settings", "grade"),
    [
        ({"synchronous_commit": "on", "fsync": "on"}, Grade.OK),
        ({"synchronous_commit": "remote_apply", "fsync": "on"}, Grade.OK),
        ({"synchronous_commit": "off", "fsync": "on"}, Grade.FAULT),
        ({"synchronous_commit": "on", "fsync": "off"}, Grade.FAULT),
    ],
)
def test_a_server_that_commits_later_is_a_fault(settings: dict[str, str], grade: Grade) -> None:
    """synchronous_commit or fsync switched off lose intents."""
    assert grade is judge_postgresql("16.4", settings).grade


@pytest.mark.parametrize(
    ("version", "grade"),
    [("0002", Grade.OK), ("0001", Grade.WARNING), (None, Grade.WARNING), ("0003", Grade.FAULT)],
)
def test_an_older_store_is_brought_up_and_a_newer_one_refused(version: str | None, grade: Grade) -> None:
    """The next command migrates an older store; a store of a newer program is a fault."""
    assert grade is judge_schema(version, wanted="0002").grade


@pytest.mark.parametrize(("ahead", "grade"), [(-86_400, Grade.OK), (5, Grade.OK), (6, Grade.FAULT)])
def test_a_record_in_the_future_is_a_fault(ahead: int, grade: Grade) -> None:
    """A record more than 5 s in the future shows that a clock was or is wrong."""
    assert grade is judge_records(NOW + timedelta(seconds=ahead), now=NOW).grade


def test_without_records_the_clock_has_nothing_to_be_compared_with() -> None:
    """An empty store says nothing of the clock."""
    assert Grade.UNEXAMINED is judge_records(None, now=NOW).grade


def test_an_unseen_time_source_is_not_called_a_fault() -> None:
    """What cannot be seen is said so, with whom to ask; what is seen is ok."""
    assert Grade.OK is judge_time_source("chrony keeps this clock").grade
    assert Grade.UNEXAMINED is judge_time_source(None).grade
    assert "CERT-In" in judge_time_source(None).advice


def test_steps_without_a_finding_are_not_examined() -> None:
    """Each step that was not reached is told with the reason, in order; the others are left as they are."""
    found = [Finding("b", Grade.FAULT, "broken")]
    left = list(unexamined(("a", "b", "c"), found, because="b is broken"))

    assert [Finding(step, Grade.UNEXAMINED, "b is broken") for step in ("a", "c")] == left


def test_sizes_and_spans_are_said_as_people_do() -> None:
    """Octets in thousands, times in the unit that gives at least two."""
    assert ["999 octets", "1 kB", "20 MB", "1.5 GB"] == [octets(n) for n in (999, 1000, 20_000_000, 1_500_000_000)]
    assert ["119 seconds", "2 minutes", "3 hours", "4 days"] == [span(n) for n in (119, 120, 10_800, 345_600)]
