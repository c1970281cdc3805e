"""The look at a real store, its disk and its records."""

from __future__ import annotations

import hashlib
import sqlite3
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from dispatcher.findings import Grade
from dispatcher.outbox import examination
from dispatcher.outbox.database import SCHEMA_VERSION, open_database
from dispatcher.outbox.examination import examine_store, sync_seconds, time_source

if TYPE_CHECKING:
    from pathlib import Path

    from dispatcher.findings import Finding

URL = "sqlite:///outbox/outbox.db"
NOW = datetime(2025, 8, 12, 15, 40, tzinfo=UTC)
INSIDE = ("journal", "schema", "records")


def _examine(root: Path, url: str = URL) -> dict[str, Finding]:
    told = list(examine_store(url, root=root, rate_per_minute=600, now=NOW))
    assert len(told) == len({one.step for one in told})
    return {one.step: one for one in told}


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """Make a store; return its file."""
    open_database(URL, root=tmp_path).close()
    return tmp_path / "outbox" / "outbox.db"


def _record(store: Path, moment: datetime) -> None:
    with sqlite3.connect(store) as connection:
        connection.execute(
            "INSERT INTO event (release_id, at, actor, kind, data, link) VALUES (1, ?, 'asha', 'held', '{}', 1)",
            (moment.timestamp(),),
        )
    connection.close()


def test_a_sound_store_is_durable(tmp_path: Path, store: Path) -> None:
    """WAL and FULL, the program's schema, only its owner may read, records of the past: nothing is a fault."""
    _record(store, NOW - timedelta(days=3))
    seen = _examine(tmp_path)

    assert set() == {step for step, one in seen.items() if one.grade is Grade.FAULT}
    assert "journal mode wal, synchronous FULL" in seen["journal"].found
    assert f"schema {SCHEMA_VERSION}" in seen["schema"].found
    assert "only its owner" in seen["permissions"].found
    assert "the newest record is 3 days old" == seen["records"].found


def test_a_look_changes_nothing(tmp_path: Path, store: Path) -> None:
    """The store's content and the files beside it are the same afterwards."""
    before = hashlib.sha256(store.read_bytes()).hexdigest()
    _examine(tmp_path)

    assert before == hashlib.sha256(store.read_bytes()).hexdigest()
    assert [store] == sorted(store.parent.iterdir())


def test_a_store_that_is_not_there_is_no_fault_and_not_made(tmp_path: Path) -> None:
    """Before the first `prepare` there is nothing to look into; its folder's disk is looked at all the same."""
    seen = _examine(tmp_path)

    assert {Grade.UNEXAMINED} == {seen[step].grade for step in INSIDE}
    assert Grade.FAULT is not seen["sync"].grade
    assert [] == list(tmp_path.iterdir())


def test_records_of_the_future_are_a_fault(tmp_path: Path, store: Path) -> None:
    """An event that the clock has not reached yet shows that a clock is wrong."""
    _record(store, NOW + timedelta(hours=5))
    seen = _examine(tmp_path)

    assert ["records"] == [step for step, one in seen.items() if one.grade is Grade.FAULT]
    assert "5 hours in the future" in seen["records"].found


def test_a_store_that_everybody_may_read_is_a_warning(tmp_path: Path, store: Path) -> None:
    """The bits of the file count, and the command to correct them is told."""
    store.chmod(0o644)
    seen = _examine(tmp_path)

    assert Grade.WARNING is seen["permissions"].grade
    assert f"chmod o-rwx {store}" in seen["permissions"].advice


def test_where_nothing_can_be_written_it_is_a_fault(tmp_path: Path) -> None:
    """A folder that takes no file, even from the machine's administrator, is named."""
    seen = _examine(tmp_path, "sqlite:////proc/outbox.db")

    assert Grade.FAULT is seen["sync"].grade
    assert "nothing can be written in /proc" in seen["sync"].found


def test_what_is_no_store_is_told_in_a_sentence(tmp_path: Path, store: Path) -> None:
    """A file of another kind is a fault that names it; what is inside is not examined."""
    store.write_bytes(b"no database at all, but long enough to be looked at" * 40)
    seen = _examine(tmp_path)

    assert Grade.FAULT is seen["journal"].grade
    assert str(store) in seen["journal"].found
    assert {Grade.UNEXAMINED} == {seen[step].grade for step in INSIDE[1:]}


@pytest.mark.parametrize("name", ["a-folder", "n" * 300], ids=["folder", "too-long"])
def test_a_path_that_can_be_no_store_is_a_fault_or_not_there(tmp_path: Path, name: str) -> None:
    """A folder in the store's place, or a name too long for the disk, ends in findings, not in an error."""
    (tmp_path / "a-folder").mkdir()
    seen = _examine(tmp_path, f"sqlite:///{name}")

    assert Grade.OK is not seen["journal"].grade
    assert Grade.UNEXAMINED is seen["records"].grade


@pytest.mark.parametrize(("version", "grade"), [("0001", Grade.WARNING), ("9999", Grade.FAULT)])
def test_a_store_of_another_version_is_left_as_it_is(
    tmp_path: Path, store: Path, version: str, grade: Grade
) -> None:
    """Neither an older nor a newer store is migrated by a look."""
    with sqlite3.connect(store) as connection:
        connection.execute("UPDATE alembic_version SET version_num = ?", (version,))
    connection.close()
    seen = _examine(tmp_path)
    with sqlite3.connect(store) as connection:
        left = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    connection.close()

    assert grade is seen["schema"].grade
    assert Grade.UNEXAMINED is seen["records"].grade
    assert (version,) == left


def test_a_store_on_a_share_is_not_opened(tmp_path: Path, store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a network mount the place is the fault, and the store is left closed."""
    mounts = tmp_path / "mounts"
    mounts.write_text(f"server:/export {tmp_path.resolve()} nfs4 rw 0 0\n", encoding="utf-8")
    monkeypatch.setattr(examination, "_MOUNTS", mounts)
    seen = _examine(tmp_path)

    assert Grade.FAULT is seen["place"].grade
    assert {Grade.UNEXAMINED} == {seen[step].grade for step in INSIDE}
    assert [store] == sorted(store.parent.iterdir())


def test_a_server_without_its_driver_is_told(tmp_path: Path) -> None:
    """A PostgreSQL address on a machine without the driver is one finding that names the package."""
    seen = _examine(tmp_path, "postgresql+psycopg://office@db.invalid/outbox")

    assert [*INSIDE, "time_source"] == list(seen)
    assert Grade.FAULT is seen["journal"].grade
    assert "psycopg" in seen["journal"].found


def test_the_disk_is_measured(tmp_path: Path) -> None:
    """The median of a durable write is a time, and no file is left."""
    assert 0 < sync_seconds(tmp_path) < 60
    assert [] == list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("name", "word"), [("systemd/timesync/synchronized", "timesyncd"), ("chrony/chronyd.pid", "chrony")]
)
def test_a_time_source_is_seen_by_what_it_leaves(tmp_path: Path, name: str, word: str) -> None:
    """The file of a time service tells of it; without one nothing is claimed."""
    assert None is time_source(tmp_path)

    (tmp_path / name).parent.mkdir(parents=True)
    (tmp_path / name).touch()

    assert word in (time_source(tmp_path) or "")
