"""What the parts of the composition root share: the workspace's settings, its store, its advisories, who may act.

Each use case loads its edges when it runs, so that a process that only sends never loads what reads sheets.
"""

from __future__ import annotations

import asyncio
import contextlib
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from dispatcher import workspace
from dispatcher.errors import NothingPrepared, Refused

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterator
    from pathlib import Path

    import sqlalchemy as sa

    from dispatcher.config import Settings
    from dispatcher.config.sections import Act
    from dispatcher.delivery.sending import Order
    from dispatcher.model import Localized
    from dispatcher.outbox.database import Database
    from dispatcher.outbox.numbers import Entry
    from dispatcher.outbox.records import ReleaseRecord
    from dispatcher.outbox.targets import Known


class UseCases:
    """Use cases of one workspace. `by` is always the acting officer."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.root = settings.root
        self.zone = ZoneInfo(settings.office.time_zone)

    def folder_of(self, number: str) -> Path:
        """Return where the folder of an advisory lies, by its number or slug, whether it is there or not."""
        return workspace.folder_of(self.root, number)

    def folder(self, reference: str) -> Path:
        """Return the folder of an advisory. Raises UsageError."""
        return workspace.advisory_folder(self.root, reference)

    def moment(self, typed: str) -> datetime:
        """Return a time as people write it; without a zone it is of the office's. Raises UsageError."""
        from dispatcher.advisories.kinds import moment_of

        return moment_of(typed.strip(), self.zone)

    @contextlib.contextmanager
    def store(self, url: str | None = None) -> Iterator[Database]:
        """Open the outbox; what a dispatcher that died left there is put in order first. Raises StoreError."""
        from dispatcher.outbox.database import open_database
        from dispatcher.outbox.recovery import free_dead

        database = open_database(url or self.settings.store_url, root=self.root)
        try:
            free_dead(database, now=now())
            yield database
        finally:
            database.close()

    @contextlib.contextmanager
    def begun_store(self) -> Iterator[sa.Connection | None]:
        """Open the outbox to read; None where there is none yet: it is not begun for that. Raises StoreError."""
        from dispatcher.outbox.database import is_begun

        if not is_begun(self.settings.store_url, root=self.root):
            yield None
            return
        with self.store() as database, database.reading() as connection:
            yield connection

    def entries(self) -> list[Entry]:
        """Return what the register of numbers holds. Raises StoreError."""
        from dispatcher.outbox.reserving import entries

        with self.begun_store() as connection:
            return [] if connection is None else entries(connection)

    def known(self, number: str) -> Known:
        """Return what store and folders have of an advisory that another one is about. Raises StoreError."""
        from dispatcher.advisories.reading import kit_hash_of
        from dispatcher.outbox.predecessors import known_target
        from dispatcher.outbox.targets import Known

        folder = self.folder_of(number)
        drafted = (folder / "advisory.yaml").is_file() and kit_hash_of(folder) is None
        with self.begun_store() as connection:
            if connection is None:
                return Known(entry=None, releases=(), dates=frozenset(), drafted=drafted)
            return known_target(connection, number, drafted=drafted)

    def releases(self, database: Database, reference: str) -> list[ReleaseRecord]:
        """Return the releases of an advisory, oldest first."""
        from dispatcher.outbox import reading

        with database.reading() as connection:
            return reading.releases(connection, slug=self.folder(reference).name)

    def prepared(self, database: Database, reference: str) -> list[ReleaseRecord]:
        """Return the releases of an advisory, oldest first. Raises NothingPrepared where there is none."""
        records = self.releases(database, reference)
        if not records:
            raise NothingPrepared(reference)
        return records

    def write_register(self, database: Database, slug: str, folder: Path, *, marked: str | None = None) -> Path:
        """Write the register of an advisory into `folder`; return its file. `marked` stands before its title."""
        from dispatcher.register.keeping import keep_register

        names = self.officer_names
        return keep_register(database, slug, folder, zone=self.zone, marked=marked, names=names)

    @property
    def officer_names(self) -> dict[str, Localized]:
        """User name of each officer -> name in each language; under "" the one in the officer's certificate."""
        officers = self.settings.officers.items()
        return {user: {**one.name, **({"": one.certificate} if one.certificate else {})} for user, one in officers}

    def order_by(self, officer: str) -> Order:
        """Return the order to hand over what waits, as config.yaml has its gates."""
        from dispatcher.delivery.sending import Order

        return Order(
            by=officer,
            approval_required=self.settings.approval.required,
            signature_required=self.settings.signature.required,
            zone=self.zone,
        )

    def must_be_officer(self, user: str) -> None:
        """Raise Refused where config.yaml names officers and `user` is none of them, whatever they may do."""
        officers = self.settings.officers
        if officers and user not in officers:
            raise Refused(
                f"{user} is no officer of this office; officers: in config.yaml names {', '.join(officers)}. Only "
                "officers change what goes out, or what is recorded of it"
            )

    def must_be_allowed(self, officer: str, act: Act) -> None:
        """Raise Refused where config.yaml does not let `officer` do `act`, or does not know the officer."""
        if self.settings.may(officer, act):
            return
        known = self.settings.officers
        may = ", ".join(user for user, one in known.items() if act in one.may) or "nobody"
        why = f"may not {act}" if officer in known else "is no officer of this office"
        raise Refused(f"{officer} {why}; officers: in config.yaml lets {may} {act}")


def run(coroutine: Coroutine[Any, Any, object]) -> None:
    """Run on uvloop where it exists. Raises KeyboardInterrupt when a signal cancels it."""
    try:
        import uvloop
    except ImportError:  # Windows
        run_it: Callable[[Coroutine[Any, Any, object]], object] = asyncio.run
    else:
        run_it = uvloop.run
    try:
        run_it(coroutine)
    except asyncio.CancelledError:
        raise KeyboardInterrupt from None


def now() -> datetime:
    """Return the moment, in UTC."""
    return datetime.now(UTC)
