"""The use cases of the office's record: acknowledgements, the register of numbers. Part of the composition root.

Each loads its edges when it runs, as in app.py.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dispatcher.deadlines import Deadlines
from dispatcher.errors import UsageError
from dispatcher.use_cases import now

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dispatcher.outbox.acknowledging import Acknowledgement
    from dispatcher.outbox.database import Database


class Registering(Deadlines):
    """What an office records of its advisories beside their sending. `by` is always the acting officer."""

    def acknowledge(
        self, reference: str, addresses: Sequence[str], *, how: str, at: str | None, note: str | None, by: str
    ) -> list[Acknowledgement]:
        """Record that offices acknowledged, then write register and telephone list anew.

        `at` is when it was received, as typed; None: now. Raises UsageError, Refused; then nothing is recorded.
        """
        from dispatcher.advisories.kinds import moment_of
        from dispatcher.outbox.acknowledging import How, Said, acknowledge

        received_at = moment_of(at, self.zone) if at else now()
        said = Said(how=How(how), received_at=received_at, note=note or "")
        with self.store() as database:
            ids = [record.id for record in self.releases(database, reference)]
            if not ids:
                raise UsageError(f"{reference}: nothing has been prepared yet, so nobody can acknowledge it")
            done = acknowledge(database, ids, addresses, said, by=by, now=now())
            self._keep(database, reference, ids)
        return done

    def _keep(self, database: Database, reference: str, releases: Sequence[int]) -> None:
        """Write anew what people look into; a register too long for that is written by `report`."""
        from dispatcher.outbox import reading
        from dispatcher.register.compiling import WORKBOOK_LIMIT

        self.refresh_untold(database, reference)
        with database.reading() as connection:
            count = reading.delivery_count(connection, releases)
        if count <= WORKBOOK_LIMIT:
            folder = self.folder(reference)
            self.write_register(database, folder.name, folder)
