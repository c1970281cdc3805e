"""The use cases of the office's record: acknowledgements, the register of numbers. Part of the composition root.

Each loads its edges when it runs, as in app.py.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from dispatcher import workspace
from dispatcher.deadlines import Deadlines
from dispatcher.errors import InputProblems, Refused, Severity, StoreError, UsageError
from dispatcher.use_cases import now

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from dispatcher.errors import Problem
    from dispatcher.model import Advisory
    from dispatcher.outbox.acknowledging import Acknowledgement
    from dispatcher.outbox.database import Database
    from dispatcher.outbox.records import History
    from dispatcher.register.numbers import Draft, NumberRow


class Registering(Deadlines):
    """What an office records of its advisories beside their sending. `by` is always the acting officer."""

    def acknowledge(
        self, reference: str, addresses: Sequence[str], *, how: str, at: str | None, note: str | None, by: str
    ) -> list[Acknowledgement]:
        """Record that offices acknowledged, then write register and telephone list anew.

        `at` is when it was received, as typed; None: now. Raises UsageError, Refused; then nothing is recorded.
        """
        from dispatcher.outbox.acknowledging import How, Said, acknowledge

        self.must_be_officer(by)
        received_at = self.moment(at) if at else now()
        said = Said(how=How(how), received_at=received_at, note=note or "")
        with self._of_current(reference) as (database, ids):
            return acknowledge(database, ids, addresses, said, by=by, now=now())

    def take_back(
        self, reference: str, addresses: Sequence[str], *, reason: str, by: str
    ) -> list[Acknowledgement]:
        """Take back what was recorded by mistake, then write register and telephone list anew.

        Returns what counts no more. Raises UsageError, Refused; then nothing is taken back.
        """
        from dispatcher.outbox.acknowledging import take_back

        self.must_be_officer(by)
        with self._of_current(reference) as (database, ids):
            return take_back(database, ids, addresses, reason=reason, by=by, now=now())

    @contextlib.contextmanager
    def _of_current(self, reference: str) -> Iterator[tuple[Database, list[int]]]:
        """Open the store, with the releases by which offices are told; afterwards write what people look into."""
        from dispatcher.outbox.relations import current

        with self.store() as database:
            ids = [record.id for record in current(self.prepared(database, reference))]
            yield database, ids
            self._keep(database, reference, ids)

    def numbers(self, *, year: int | None = None) -> list[NumberRow]:
        """Return the register of numbers (of a year), a row for each issue. Raises StoreError."""
        from dispatcher.register.numbers import number_rows

        pattern = self.settings.office.number_pattern
        return number_rows(
            self.entries(),
            self._drafts(),
            self._histories(),
            pattern=pattern,
            year=year,
            zone=self.zone,
            names=self.officer_names,
        )

    def write_numbers(self, rows: Sequence[NumberRow], target: Path, *, year: int | None) -> None:
        """Write the register of numbers as a workbook. Raises UsageError where `target` is none, OSError."""
        from dispatcher.files import writing_atomically
        from dispatcher.register.rows import bilingual
        from dispatcher.register.workbooks import write_numbers_xlsx
        from dispatcher.words import catalog

        if target.suffix.lower() != ".xlsx" or (target.exists() and not target.is_file()):
            raise UsageError(f"{target}: the register of numbers is a workbook; give it a name that ends in .xlsx")
        words = catalog("register")["numbers_title"]
        title = bilingual({tag: text.format(year=year or "").strip() for tag, text in words.items()})
        with writing_atomically(target, private=True) as file:
            write_numbers_xlsx(file, rows, title=title)

    def leave_out(self, number: str, *, reason: str, by: str, sure: bool = False) -> None:
        """Record why a number was not used; nobody can use it then. Raises UsageError, Refused.

        `sure`: also one beyond all that are used, which leaves out those before it.
        """
        from dispatcher.advisories.rules import number_matches
        from dispatcher.outbox.reserving import record_unused

        pattern = self.settings.office.number_pattern
        if not number_matches(number, pattern):
            raise UsageError(f"{number} is not of this office's series {pattern}")
        self.must_be_allowed(by, "make")
        folder = self.folder_of(number)
        if (folder / "advisory.yaml").exists():
            raise Refused(f"number {number} is begun in outbox/{folder.name}; remove that folder first")
        self._must_be_near(number, sure=sure)
        with self.store() as database:
            record_unused(database, number, reason=reason, by=by, now=now())

    def _must_be_near(self, number: str, *, sure: bool) -> None:
        """Raise Refused for a number beyond all that are used, unless it is said to be meant."""
        from dispatcher.outbox.numbers import MOST_LEFT_OUT, beyond

        entries = self.entries()
        unused = [one.number for one in entries if one.reason is not None]
        used = [one.number for one in entries if one.reason is None]
        used += [one.number for one in self._drafts(read=False)]
        found = beyond(number, used, unused, self.settings.office.number_pattern)
        if found is None or number in unused or (sure and found.left_out <= MOST_LEFT_OUT):
            return
        highest = f"the highest one used is {found.highest}" if found.highest else "none of its year is used yet"
        others = "other number" if found.left_out == 1 else "other numbers"
        left_out = f"{found.left_out} {others}, from {found.first} on," if found.left_out else "no other number"
        advice = "Where that is meant, say --yes" if found.left_out <= MOST_LEFT_OUT else "Please look at it again"
        raise Refused(
            f"{number} was not recorded: {highest}. With it {left_out} would be left out, and the next advisory "
            f"would get the number after it. {advice}"
        )

    def take_back_gap(self, number: str, *, reason: str, by: str) -> str:
        """Take back that a number was not used, which was recorded by mistake; return why it had been.

        Both stay in the record. Raises Refused where nothing of it is recorded.
        """
        from dispatcher.outbox.reserving import take_back_unused

        self.must_be_allowed(by, "make")
        with self.store() as database:
            return take_back_unused(database, number, reason=reason, by=by, now=now())

    def number_problems(self, advisory: Advisory) -> list[Problem]:
        """Return what the register says against the number of an own advisory; none where it cannot be read."""
        from dispatcher.outbox.numbers import number_problems

        if advisory.origin is not None:
            return []
        try:
            entries, printed = self.entries(), self.known(advisory.number).printed
        except StoreError:  # told with the lists that stand in the same store
            return []
        drafts = [one.number for one in self._drafts(read=False)]
        return number_problems(advisory, entries, drafts, self.settings.office.number_pattern, printed=printed)

    def target_problems(self, advisory: Advisory) -> list[Problem]:
        """Return what the record says against what an own advisory is about, its answers heeded."""
        from dispatcher.advisories.answering import with_answers
        from dispatcher.outbox.targets import target_problems

        if advisory.relation is None or advisory.origin is not None:
            return []
        try:
            known = self.known(advisory.relation["target"])
        except StoreError:  # told with the lists that stand in the same store
            return []
        return list(with_answers(target_problems(advisory, known), advisory.answers))

    def must_have_target(self, advisory: Advisory) -> list[Problem]:
        """Return what is asked of what an advisory is about; InputProblems where the record contradicts."""
        problems = self.target_problems(advisory)
        if any(one.severity is Severity.ERROR for one in problems):
            raise InputProblems(problems)
        return problems

    def _histories(self) -> list[History]:
        """Return what befell the releases of the store."""
        from dispatcher.outbox.histories import histories

        with self.begun_store() as connection:
            return [] if connection is None else histories(connection)

    def _drafts(self, *, read: bool = True) -> list[Draft]:
        """Return the own advisories in outbox/ that are of the series; `read` also what stands in them."""
        from dispatcher.advisories.numbering import number_of_folder
        from dispatcher.advisories.reading import kit_hash_of
        from dispatcher.register.numbers import Draft

        pattern = self.settings.office.number_pattern
        numbered = (
            (folder, number_of_folder(folder.name, pattern)) for folder in workspace.advisory_folders(self.root)
        )
        return [
            Draft(number=number, advisory=self._readable(folder) if read else None)
            for folder, number in numbered
            if number is not None and kit_hash_of(folder) is None
        ]

    def _readable(self, folder: Path) -> Advisory | None:
        from dispatcher.advisories.reading import read_advisory

        try:
            return read_advisory(folder, office=self.settings.office, languages=self.settings.languages)
        except InputProblems:  # `check` tells
            return None

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
