"""The use cases of the hour: where releases stand to it, who is not told yet. Part of the composition root.

Each loads its edges when it runs, as in app.py.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dispatcher.errors import NothingPrepared, StoreError
from dispatcher.model import slug_of
from dispatcher.use_cases import UseCases, now

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime
    from pathlib import Path

    from dispatcher.delivery.vigil import Alarm
    from dispatcher.errors import Problem
    from dispatcher.model import Advisory
    from dispatcher.outbox.database import Database
    from dispatcher.outbox.records import DeliveryRecord, ReleaseRecord
    from dispatcher.register.status import Status


@dataclass(frozen=True, slots=True, kw_only=True)
class Untold:
    """Who is not told yet, as of a moment, and where the telephone list lies."""

    record: ReleaseRecord
    """The newest release of the advisory."""
    deliveries: tuple[DeliveryRecord, ...]
    as_of: datetime
    file: Path


UNTOLD = "escalation.xlsx"
"""The telephone list, beside its advisory."""


class Deadlines(UseCases):
    """The hours of the advisories of one workspace."""

    def status(self, reference: str | None) -> list[Status]:
        """Return where each release (of one advisory) stands, with the forecast against its hour.

        Raises NothingPrepared where nothing of that one advisory is prepared.
        """
        from dispatcher.register.standing import statuses

        slug = self.folder(reference).name if reference else None
        rate = self.settings.rate_per_minute
        with self.store() as database:
            found = statuses(
                database, slug, rate_per_minute=rate, now=now(), zone=self.zone, names=self.officer_names
            )
        if reference and not found:
            raise NothingPrepared(reference)
        return found

    def gates(self, advisory: Advisory, *, signed: bool) -> tuple[Problem, ...]:
        """Return what `send` will ask for, as far as the store tells; none is begun to see it.

        `signed` tells whether the document, as it is now, is signed.
        """
        from dispatcher.outbox import reading
        from dispatcher.outbox.database import is_begun
        from dispatcher.outbox.gates import Required, gate_problems

        records: list[ReleaseRecord] = []
        about: list[ReleaseRecord] = []
        if is_begun(self.settings.store_url, root=self.root):
            try:
                with self.store() as database, database.reading() as connection:
                    records = reading.releases(connection, slug=advisory.slug)
                    if advisory.relation:
                        about = reading.releases(connection, slug=slug_of(advisory.relation["target"]))
            except StoreError:  # told with the lists that stand in the same store
                return ()
        settings = self.settings
        required = Required(approval=settings.approval.required, signature=settings.signature.required)
        return gate_problems(
            advisory, records, about=about, required=required, signed=signed, now=now(), zone=self.zone
        )

    def unsigned(self, advisory: Advisory) -> list[Problem]:
        """Return what is to be said of the missing signature of what was just prepared.

        `send` will refuse it where its document had to be signed; it may be about one that is signed.
        """
        from dispatcher.outbox.gates import Said

        codes = {Said.SIGNATURE_FROZEN, Said.SIGNATURE_BELOW_EARLIER}
        return [one for one in self.gates(advisory, signed=False) if one.code in codes]

    def untold_file(self, reference: str) -> Path:
        """Return where the telephone list of an advisory is kept."""
        return self.folder(reference) / UNTOLD

    def escalate(self, reference: str) -> Untold:
        """Write the telephone list of an advisory. Raises NothingPrepared."""
        with self.store() as database:
            found = self.keep_untold(database, reference)
        if found is None:
            raise NothingPrepared(reference)
        return found

    def refresh_untold(self, database: Database, reference: str) -> None:
        """Write the telephone list of an advisory anew where there is one, or somebody is left to be told.

        However many are left, they are read and written one after the other.
        """
        from dispatcher.outbox import reading
        from dispatcher.outbox.relations import current

        folder, file, as_of = self.folder(reference), self.untold_file(reference), now()
        with database.reading() as connection:
            records = current(reading.releases(connection, slug=folder.name))
            left = reading.begun(reading.each_untold(connection, [record.id for record in records]))
            if records and (left or file.exists()):
                self._write(records[-1], left or (), file, as_of=as_of, marked=None)

    def alarm(self, folder: Path, *, marked: str | None = None) -> Alarm:
        """Return when the telephone list is made during a run, and what writes it into `folder`."""
        from dispatcher.delivery.vigil import Alarm

        def keep(record: ReleaseRecord, left: Iterable[DeliveryRecord], *, as_of: datetime) -> Path:
            self._write(record, left, folder / UNTOLD, as_of=as_of, marked=marked)
            return folder / UNTOLD

        return Alarm(plan=self.settings.escalation_plan, keep=keep)

    def keep_untold(self, database: Database, reference: str) -> Untold | None:
        """Write the telephone list as it is now; None where nothing was prepared yet."""
        from dispatcher.outbox import reading
        from dispatcher.outbox.relations import current

        folder, as_of = self.folder(reference), now()
        with database.reading() as connection:
            records = current(reading.releases(connection, slug=folder.name))
            left = reading.untold(connection, [record.id for record in records])
        if not records:
            return None
        file = folder / UNTOLD
        self._write(records[-1], left, file, as_of=as_of, marked=None)
        return Untold(record=records[-1], deliveries=tuple(left), as_of=as_of, file=file)

    def _write(
        self,
        record: ReleaseRecord,
        left: Iterable[DeliveryRecord],
        file: Path,
        *,
        as_of: datetime,
        marked: str | None,
    ) -> None:
        from dispatcher.register.keeping import keep_untold

        keep_untold(record, left, file, now=as_of, zone=self.zone, marked=marked)
