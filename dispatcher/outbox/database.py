"""The store opened: SQLite with WAL and synchronous=FULL, or PostgreSQL; migrated to the current schema."""

from __future__ import annotations

import contextlib
import sqlite3
import time
from importlib.resources import as_file, files
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.exc import DBAPIError, IntegrityError

from dispatcher.errors import StoreError
from dispatcher.files import private_mode

if TYPE_CHECKING:
    from collections.abc import Iterator

SCHEMA_VERSION = "0007"
_WRITES = {"dispatcher_writes": True}
_STATEMENTS = 512
"""Prepared statements that a connection keeps; a statement over many rows is one for each number of rows."""
_PATIENCE = 30
"""Seconds to wait for another process that holds the store's lock."""


class Database:
    """Connections to one store; every write is one transaction that is durable when it returns."""

    def __init__(self, engine: sa.Engine, location: str) -> None:
        self.engine = engine
        self.location = location
        self._reading = engine.execution_options()
        self._writing = engine.execution_options(**_WRITES)

    @contextlib.contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """Yield a connection whose statements see one state of the store."""
        with _named(self.location), self._reading.begin() as connection:
            yield connection

    @contextlib.contextmanager
    def writing(self) -> Iterator[sa.Connection]:
        """Yield a connection in a transaction that holds the write lock from its start (BEGIN IMMEDIATE)."""
        with _named(self.location), self._writing.begin() as connection:
            yield connection

    @contextlib.contextmanager
    def session(self) -> Iterator[sa.Connection]:
        """Yield a connection outside of transactions and of the pool; what it locks ends with it."""
        autocommit = self.engine.execution_options(isolation_level="AUTOCOMMIT")
        with _named(self.location), autocommit.connect() as connection:
            connection.detach()
            yield connection

    def writer(self) -> Writer:
        """Return a writer that keeps its connection."""
        return Writer(self._writing, self.location)

    @property
    def folder(self) -> Path | None:
        """The folder of the SQLite file, where owners keep their lock files; None for a server."""
        name = self.engine.url.database
        return Path(name).parent if self.engine.dialect.name == "sqlite" and name else None

    def close(self) -> None:
        """Close every connection."""
        self.engine.dispose()


class Writer:
    """Write transactions on one connection: to take one from the pool for each costs as much as a small one."""

    def __init__(self, engine: sa.Engine, location: str) -> None:
        self._engine = engine
        self._location = location
        self._connection: sa.Connection | None = None

    @contextlib.contextmanager
    def writing(self) -> Iterator[sa.Connection]:
        """Yield the connection in a transaction, as Database.writing does."""
        with _named(self._location):
            if self._connection is None:
                self._connection = self._engine.connect()
            with self._connection.begin():
                yield self._connection

    def close(self) -> None:
        """Give the connection back."""
        if self._connection is not None:
            self._connection.close()


def open_database(url: str, *, root: Path) -> Database:
    """Open the store at `url` (a relative SQLite path resolves against `root`), created and migrated as needed.

    Raises StoreError in one sentence when it cannot be read, written or migrated.
    """
    path = sqlite_path(url, root=root)
    if path is not None:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            begins = not path.exists()
            path.touch(mode=0o600)
            if begins:
                path.chmod(private_mode(path.parent))
        except OSError as error:
            raise StoreError(_unusable(str(path), error)) from error
    database = open_as_it_is(url, root=root)
    try:
        _migrate(database)
    except BaseException:
        database.close()
        raise
    return database


def open_as_it_is(url: str, *, root: Path) -> Database:
    """Open a store that is there, to look into it: no table is made or changed. Raises StoreError."""
    parsed, path = sa.make_url(url), sqlite_path(url, root=root)
    location = str(path) if path is not None else parsed.render_as_string(hide_password=True)
    try:
        if path is not None:
            located = parsed.set(database=location)
            engine = sa.create_engine(located, connect_args={"cached_statements": _STATEMENTS})
        else:
            engine = sa.create_engine(parsed)
    except ImportError as error:
        raise StoreError(
            f"the store {location} needs the Python package {error.name}, which is not installed here; "
            "install it beside this program, or use a store on this machine (sqlite:///)"
        ) from error
    if engine.dialect.name == "sqlite":
        _prepare_sqlite(engine)
    return Database(engine, location)


def sqlite_path(url: str, *, root: Path) -> Path | None:
    """Return the file of an SQLite store; None for a server."""
    parsed = sa.make_url(url)
    return root / (parsed.database or "outbox.db") if parsed.get_backend_name() == "sqlite" else None


def is_begun(url: str, *, root: Path) -> bool:
    """Tell whether there can be anything in the store at `url`: a look into it need not create one."""
    path = sqlite_path(url, root=root)
    return path is None or path.is_file()


def _prepare_sqlite(engine: sa.Engine) -> None:
    @event.listens_for(engine, "connect")
    def on_connect(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # we say BEGIN ourselves, below
        # a rolled-back intent would be a message sent twice: FULL is not for choice (docs/adr/0003)
        connection.execute(f"PRAGMA busy_timeout={_PATIENCE * 1000}")
        _write_ahead(connection)
        for pragma in ("synchronous=FULL", "foreign_keys=ON"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def on_begin(connection: sa.Connection) -> None:
        writes = connection.get_execution_options().get("dispatcher_writes")
        said, driver = "BEGIN IMMEDIATE" if writes else "BEGIN", connection.connection.driver_connection
        assert isinstance(driver, sqlite3.Connection)
        try:
            driver.execute(said)  # itself: the layers above take longer than it
        except sqlite3.Error as error:
            raise DBAPIError.instance(said, None, error, sqlite3.Error, dialect=connection.dialect) from error


def _write_ahead(connection: sqlite3.Connection) -> None:
    """Switch to WAL. While another process does so, SQLite says "locked" at once, whatever busy_timeout says."""
    patience = time.monotonic() + _PATIENCE
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > patience:
                raise
            time.sleep(0.01)
        else:
            return


def _migrate(database: Database) -> None:
    with database.reading() as connection:
        if _current(connection):
            return
    from alembic import command  # noqa: PLC0415 - half a second that only a store that is behind pays
    from alembic.config import Config  # noqa: PLC0415

    with as_file(files("dispatcher.outbox").joinpath("migrations")) as folder, database.writing() as connection:
        if _current(connection):  # another process was quicker
            return
        config = Config()
        config.set_main_option("script_location", str(folder).replace("%", "%%"))
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def _current(connection: sa.Connection) -> bool:
    version = schema_version(connection)
    if version is not None and version > SCHEMA_VERSION:
        raise StoreError(f"the store is of a newer program (schema {version}); please use that program")
    return version == SCHEMA_VERSION


def schema_version(connection: sa.Connection) -> str | None:
    """Return the version of the schema that the store has; None where it has none yet."""
    if not sa.inspect(connection).has_table("alembic_version"):
        return None
    version: str | None = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
    return version


@contextlib.contextmanager
def _named(location: str) -> Iterator[None]:
    """Turn the database's own errors into one sentence that names the store."""
    try:
        yield
    except IntegrityError as error:  # not the disk: two writes contradict each other
        raise StoreError(
            f"the store {location} refuses what contradicts its records ({_first_line(error.orig)}). "
            "Please run the command again, and report it if it comes back"
        ) from error
    except DBAPIError as error:
        raise StoreError(_unusable(location, error.orig)) from error


def _unusable(location: str, why: object) -> str:
    said = _first_line(why)
    return f"the store {location} cannot be used: {said}; check the disk, its free space and the permissions"


def _first_line(why: object) -> str:
    """Return what is wrong; a server goes on for lines, with values of rows."""
    return str(why).partition("\n")[0]
