"""The register of an advisory, compiled from the outbox row by row: of a million deliveries as of ten."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

from dispatcher.errors import NothingPrepared, Refused
from dispatcher.outbox import reading
from dispatcher.outbox.officers import remarks
from dispatcher.outbox.onward_returns import mediating_deliveries, onward_standings
from dispatcher.outbox.publication import website_standing
from dispatcher.outbox.relations import revision_in_force, superseded_by
from dispatcher.register.exports import write_csv, write_json
from dispatcher.register.onward_sentences import onward_told
from dispatcher.register.rows import (
    ATTEMPT_COLUMNS,
    attempt_rows,
    bilingual,
    published,
    register_rows,
    remark_line,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import tzinfo
    from typing import BinaryIO

    import sqlalchemy as sa

    from dispatcher.model import Localized
    from dispatcher.outbox.database import Database
    from dispatcher.outbox.records import ReleaseRecord
    from dispatcher.register.rows import AttemptRow, RegisterRow

WORKBOOK_LIMIT = 20_000
"""Deliveries of an advisory up to which its register is a workbook: what people can still look through."""
NO_NAMES: Mapping[str, Localized] = MappingProxyType({})
"""Officers whose names nobody has entered."""
_TRIES = 10
"""A workbook's log has at most so many times as many lines: a tab ends at 1,048,576."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Register:
    """The register as of one moment; its lines are read from the store as they are asked for."""

    connection: sa.Connection
    releases: Sequence[int]
    slug: str
    zone: tzinfo
    remark: str = ""
    """What is said of its officers, where two of them are one person."""

    def fits(self, limit: int) -> bool:
        """Tell whether it can be a workbook: it has up to `limit` deliveries, and not very many tries of each."""
        if reading.delivery_count(self.connection, self.releases) > limit:
            return False
        return reading.attempt_count(self.connection, self.releases) <= _TRIES * limit

    def rows(self) -> Iterator[RegisterRow]:
        """Yield a line for each delivery, in the order in which they were frozen."""
        onward = mediating_deliveries(self.connection, self.releases, replaced=self._replaced())
        return register_rows(reading.deliveries(self.connection, self.releases), zone=self.zone, onward=onward)

    def attempts(self) -> Iterator[AttemptRow]:
        """Yield a line for each attempt, in order of time."""
        return attempt_rows(reading.attempts(self.connection, self.releases), zone=self.zone)

    def write_csv(self, file: BinaryIO) -> None:
        """Write it as csv."""
        write_csv(file, self.rows())

    def write_attempts(self, file: BinaryIO) -> None:
        """Write its log of attempts as csv."""
        write_csv(file, self.attempts(), columns=ATTEMPT_COLUMNS)

    def write_json(self, file: BinaryIO) -> None:
        """Write it as json."""
        write_json(file, self.rows())

    def write_xlsx(self, file: BinaryIO, *, marked: str | None = None) -> None:
        """Write it, and its log, as a workbook; `marked` stands before the title."""
        from dispatcher.register.workbooks import write_xlsx  # noqa: PLC0415 - csv and json need no openpyxl

        title = " – ".join(filter(None, (self.slug, self.remark, self._passed_on(), self._published())))
        write_xlsx(file, self.rows(), attempts=self.attempts(), title=title, marked=marked)

    def _published(self) -> str:
        """Return whether the revision in force is published, once somebody looked."""
        records = self._records()
        revision = revision_in_force(records)
        found = website_standing(self.connection, [one.id for one in records if one.revision == revision])
        return published(found, zone=self.zone) if found else ""

    def _passed_on(self) -> str:
        """Return what came back from who passes the advisory on, of each revision; empty where nobody does."""
        standings = onward_standings(self.connection, self.releases, replaced=self._replaced())
        told = (onward_told(one, now=None, zone=self.zone, with_revision=True) for one in standings)
        return " – ".join(map(bilingual, told))

    def _replaced(self) -> bool:
        """Return whether another advisory took its place."""
        numbers = {record.number for record in self._records()}
        return any(superseded_by(self.connection, number) for number in numbers)

    def _records(self) -> list[ReleaseRecord]:
        return reading.releases(self.connection, slug=self.slug)


@contextlib.contextmanager
def register_of(
    database: Database, slug: str, *, zone: tzinfo, names: Mapping[str, Localized] = NO_NAMES
) -> Iterator[Register]:
    """Open the register of an advisory: deliveries and attempts as of one moment. Raises StoreError.

    `names`: user name of each officer -> name in each language, by which a signatory is known.
    """
    with database.reading() as connection:
        records = reading.releases(connection, slug=slug)
        found = dict.fromkeys(one for record in records for one in remarks(record, names))
        ids = [record.id for record in records]
        yield Register(connection=connection, releases=ids, slug=slug, zone=zone, remark=remark_line(found))


def report(
    database: Database,
    slug: str,
    form: str,
    file: BinaryIO,
    *,
    zone: tzinfo,
    names: Mapping[str, Localized] = NO_NAMES,
    limit: int = WORKBOOK_LIMIT,
) -> None:
    """Write the register as `form` csv, json or xlsx into `file`.

    Above `limit` deliveries xlsx is refused and not split over several tabs or files: its filters would see a part
    only and its sum would be nowhere, while every spreadsheet opens the csv whole. Raises Refused (NothingPrepared
    too), StoreError.
    """
    with register_of(database, slug, zone=zone, names=names) as register:
        if not register.releases:
            raise NothingPrepared(slug)
        if form == "xlsx" and not register.fits(limit):
            raise Refused(
                f"the register of {slug} is too long for a workbook (more than {limit:,} deliveries, or "
                f"{_TRIES * limit:,} tries); please take it as csv, which has the same lines and columns: "
                f"`dispatcher report {slug} --format csv --output register.csv`"
            )
        {"csv": register.write_csv, "json": register.write_json, "xlsx": register.write_xlsx}[form](file)
