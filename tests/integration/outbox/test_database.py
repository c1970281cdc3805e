"""The store opened: migrated, durable, private; and what cannot be opened is told in one sentence."""

from __future__ import annotations

import sqlite3
import stat
import threading
import warnings
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError

from dispatcher.errors import StoreError
from dispatcher.outbox.database import open_database
from dispatcher.outbox.schema import issue, metadata

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from dispatcher.outbox.database import Database


def _key(number: str = "10/SYS/WZU/2025") -> dict[str, object]:
    return {"number": number, "revision": 0, "act": "original"}


def test_migrations_lead_to_the_declared_schema(database: Database) -> None:
    """A fresh store has the tables, columns and indexes that schema.py declares, no more and no less."""
    with database.reading() as connection, warnings.catch_warnings():
        # the index over lower(address) cannot be reflected; the next test looks at it
        warnings.filterwarnings("ignore", "Skipped unsupported reflection of expression-based index")
        warnings.filterwarnings("ignore", "autogenerate skipping metadata-specified expression-based index")
        differences = compare_metadata(MigrationContext.configure(connection), metadata)

    assert [] == differences


def test_index_that_forbids_a_second_live_delivery(database: Database) -> None:
    """The database itself keeps an address from two live deliveries of one act, whatever its case."""
    with database.reading() as connection:
        found = connection.exec_driver_sql("SELECT sql FROM sqlite_master WHERE name='uq_delivery_live_address'")
        sql = " ".join(str(found.scalar()).split())

    assert sql.startswith("CREATE UNIQUE INDEX uq_delivery_live_address ON delivery (issue_id, lower(address))")
    assert sql.endswith("WHERE claims_address")


@pytest.mark.parametrize("opened", ["reading", "writing"])
def test_every_commit_is_durable(database: Database, opened: str) -> None:
    """Each connection writes ahead and waits for the disk: a rolled-back intent would be a message sent twice."""
    with getattr(database, opened)() as connection:
        pragmas = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys")
        }

    assert {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1} == pragmas


def test_store_is_private(database: Database, tmp_path: Path) -> None:
    """Addresses are personal data: only the owner of the store may read its files."""
    with database.writing() as connection:
        connection.execute(sa.insert(issue).values(_key()))
    files = [path for path in tmp_path.iterdir() if path.name.startswith("outbox.db")]

    assert {"outbox.db", "outbox.db-wal", "outbox.db-shm"} == {path.name for path in files}
    assert {0o600} == {stat.S_IMODE(path.stat().st_mode) for path in files}


def test_store_keeps_what_was_written(tmp_path: Path) -> None:
    """Opening a store again finds what was written and changes nothing."""
    first = open_database("sqlite:///outbox.db", root=tmp_path)
    with first.writing() as connection:
        connection.execute(sa.insert(issue).values(_key()))
    first.close()
    again = open_database("sqlite:///outbox.db", root=tmp_path)
    with again.reading() as connection:
        numbers = list(connection.execute(sa.select(issue.c.number)).scalars())
    again.close()

    assert ["10/SYS/WZU/2025"] == numbers


def test_folder_is_made_and_may_have_any_name(tmp_path: Path) -> None:
    """A relative path resolves against the workspace, whatever its folder is called; folders are made."""
    root = tmp_path / "50% of परामर्शी; done"
    database = open_database("sqlite:///outbox/outbox.db", root=root)
    folder = database.folder
    database.close()

    assert root / "outbox" == folder
    assert (root / "outbox" / "outbox.db").is_file()


def test_several_open_a_new_store_at_once(tmp_path: Path) -> None:
    """Whoever comes first migrates, the others find it done; nobody fails."""
    failures: list[Exception] = []
    together = threading.Barrier(4)

    def open_it() -> None:
        together.wait()
        try:
            open_database("sqlite:///outbox.db", root=tmp_path).close()
        except Exception as error:  # noqa: BLE001 - whatever it is, the test must show it
            failures.append(error)

    threads = [threading.Thread(target=open_it) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [] == failures


def test_opening_waits_for_who_makes_the_store(tmp_path: Path) -> None:
    """While another process makes the store, opening it waits, though SQLite itself would not."""
    failures: list[Exception] = []
    other = sqlite3.connect(tmp_path / "outbox.db", isolation_level=None)
    other.execute("CREATE TABLE made_first (number INTEGER)")
    other.execute("BEGIN IMMEDIATE")

    def open_it() -> None:
        try:
            open_database("sqlite:///outbox.db", root=tmp_path).close()
        except StoreError as error:
            failures.append(error)

    opening = threading.Thread(target=open_it)
    opening.start()
    opening.join(0.2)
    waits = opening.is_alive()
    other.execute("COMMIT")
    other.close()
    opening.join()

    assert waits
    assert [] == failures


def test_reader_sees_one_state_and_waits_for_no_writer(database: Database) -> None:
    """What is committed while somebody reads does not show in what he reads."""
    counted = sa.select(sa.func.count()).select_from(issue)
    with database.reading() as reader:
        before = reader.execute(counted).scalar()
        with database.writing() as writer:
            writer.execute(sa.insert(issue).values(_key()))
        during = reader.execute(counted).scalar()
    with database.reading() as reader:
        after = reader.execute(counted).scalar()

    assert (0, 0, 1) == (before, during, after)


def test_failed_transaction_leaves_nothing(database: Database) -> None:
    """An exception in a transaction takes everything in it back."""

    def break_off() -> None:
        with database.writing() as connection:
            connection.execute(sa.insert(issue).values(_key()))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        break_off()
    with database.reading() as connection:
        count = connection.execute(sa.select(sa.func.count()).select_from(issue)).scalar()

    assert 0 == count


def test_contradiction_is_not_blamed_on_the_disk(database: Database) -> None:
    """Two writes that contradict each other are told as that."""
    twice = [_key(), _key()]
    with pytest.raises(StoreError, match="contradicts its records") as caught, database.writing() as connection:
        connection.execute(sa.insert(issue), twice)

    assert "disk" not in str(caught.value)


@pytest.mark.parametrize("kind", [IntegrityError, OperationalError])
def test_a_server_that_says_much_is_told_in_a_sentence(database: Database, kind: type[DBAPIError]) -> None:
    """What PostgreSQL adds, hints and the values of rows, is not for the screen."""
    said = "duplicate key\nDETAIL: Key (address)=(a@customs.example) exists."
    with pytest.raises(StoreError, match="duplicate key") as caught, database.writing():
        raise kind("INSERT", None, Exception(said))

    assert "\n" not in str(caught.value)
    assert "a@customs.example" not in str(caught.value)


def test_newer_store_is_refused(tmp_path: Path) -> None:
    """A store that a newer program has migrated is left alone."""
    database = open_database("sqlite:///outbox.db", root=tmp_path)
    with database.writing() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    database.close()

    with pytest.raises(StoreError, match=r"newer program \(schema 9999\)"):
        open_database("sqlite:///outbox.db", root=tmp_path)


def _corrupt(place: Path) -> None:
    place.write_bytes(b"This is not a database. " * 300)


def _torn(place: Path) -> None:
    """Overwrite the middle of a real store."""
    open_database("sqlite:///outbox.db", root=place.parent).close()
    octets = place.read_bytes()
    place.write_bytes(octets[:100] + b"\xff" * (len(octets) - 100))


def _folder(place: Path) -> None:
    place.mkdir()


@pytest.mark.parametrize("spoil", [_corrupt, _torn, _folder])
def test_unusable_store_is_told_in_a_sentence(tmp_path: Path, spoil: Callable[[Path], None]) -> None:
    """What is no store, or a damaged one, is named in one sentence that says what to look at."""
    place = tmp_path / "outbox.db"
    spoil(place)

    with pytest.raises(StoreError) as caught:
        open_database("sqlite:///outbox.db", root=tmp_path)

    assert str(caught.value).startswith(f"the store {place} cannot be used: ")
    assert "check the disk" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_folder_that_cannot_be_made(tmp_path: Path) -> None:
    """A file where the store's folder should be is told with the store's name."""
    (tmp_path / "outbox").write_text("in the way")

    with pytest.raises(StoreError, match=r"outbox/outbox\.db cannot be used"):
        open_database("sqlite:///outbox/outbox.db", root=tmp_path)
