"""The use cases of recipient lists: read, compare, accept, hand back marked. Part of the composition root.

Each loads its edges when it runs, as in app.py.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from dispatcher.errors import InputProblems, Problem, Severity, Source, StoreError, UsageError
from dispatcher.use_cases import UseCases, now

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from dispatcher.model import Recipient
    from dispatcher.outbox.acceptance import AcceptedList, Imported


class Lists(UseCases):
    """The recipient lists of one workspace and their history. `by` is always the acting officer."""

    def accepted(self) -> dict[str, AcceptedList]:
        """Return the newest accepted list of each audience that has one; a store is not begun for it.

        Raises StoreError.
        """
        from dispatcher.outbox.accepting import newest_lists
        from dispatcher.outbox.database import is_begun

        if not is_begun(self.settings.store_url, root=self.root):
            return {}
        with self.store() as database, database.reading() as connection:
            return newest_lists(connection)

    def accepted_or_told(self) -> tuple[dict[str, AcceptedList], tuple[Problem, ...]]:
        """Return the accepted lists, or a warning that they cannot be read: a look at sheets needs no store."""
        from dispatcher.outbox.acceptance import Said

        try:
            return self.accepted(), ()
        except StoreError as error:
            key = Source("config.yaml", column="store.url")
            return {}, (Problem(Severity.WARNING, Said.LISTS_UNREADABLE, key, str(error)),)

    def read(self, audience: str) -> Imported:
        """Read the sheet of an audience, ready to be compared and accepted. Raises UsageError, StoreError."""
        from dispatcher.intake import known_audience, read_sheets

        known = known_audience(self.settings, audience)
        (one,) = read_sheets(self.settings, [known], accepted=self.accepted()).imports
        return one

    def accept(self, one: Imported, *, by: str) -> AcceptedList:
        """Record that `by` accepts a list as it was shown. Raises InputProblems, Refused, StoreError."""
        from dispatcher.outbox.accepting import accept

        self.must_be_allowed(by, "make")
        with self.store() as database:
            return accept(database, one, by=by, now=now())

    def history(self, audience: str) -> list[AcceptedList]:
        """Return every list accepted for an audience, oldest first. Raises UsageError, StoreError."""
        from dispatcher.intake import known_audience
        from dispatcher.outbox.accepting import history
        from dispatcher.outbox.database import is_begun

        known_audience(self.settings, audience)
        if not is_begun(self.settings.store_url, root=self.root):
            return []
        with self.store() as database, database.reading() as connection:
            return history(connection, audience)

    def mark(
        self,
        problems: Sequence[Problem],
        recipients: Sequence[Recipient],
        target: Path,
        *,
        sheet: Path | None = None,
    ) -> list[Path]:
        """Write a marked copy of `sheet` to the file `target`, or of each faulty sheet into the folder `target`.

        Return what was written; a sheet that cannot be read is passed over. Raises UsageError where `target`
        cannot be written, or is a sheet itself.
        """
        from dispatcher.recipients.marking import is_marked

        faulty = {self.root / one.source.file for one in problems if is_marked(one)}
        sheets = [sheet.resolve()] if sheet else [one for one in self._sheets() if one in faulty]
        written: list[Path] = []
        for one in sheets:
            goal = target if sheet and not target.is_dir() else _free_name(target, one, written)
            with contextlib.suppress(InputProblems):  # it cannot be read, as stands among the problems
                self._mark(one, goal, problems, recipients)
                written.append(goal)
        return written

    def _mark(
        self, sheet: Path, target: Path, problems: Sequence[Problem], recipients: Sequence[Recipient]
    ) -> None:
        from dispatcher.files import write_atomically
        from dispatcher.recipients.marking import marked_copy

        if target.suffix.lower() != ".xlsx":
            raise UsageError(f"{target}: a marked copy is a workbook; give it a name that ends in .xlsx")
        for own in (sheet, *self._sheets()):
            if target.exists() and own.exists() and target.samefile(own):
                raise UsageError(f"{target} is a recipient sheet; a marked copy never takes its place")
        about = [one for one in problems if self.root / one.source.file == sheet]
        sources = [one.source for one in about] + [role.source for one in recipients for role in one.roles]
        named = dict.fromkeys(one.sheet for one in sources if one.sheet and self.root / one.file == sheet)
        content = marked_copy(sheet, about, tabs=list(named) or [None])
        try:
            write_atomically(target, content)
        except OSError as error:
            raise UsageError(f"{target} cannot be written: {error.strerror or error}") from error

    def _sheets(self) -> list[Path]:
        return list(dict.fromkeys(self.root / audience.sheet for audience in self.settings.audiences))


def _free_name(folder: Path, sheet: Path, taken: Sequence[Path]) -> Path:
    """Return where the copy of a sheet goes; two sheets of one name get two copies."""
    names = (f"{sheet.stem}{number}.marked.xlsx" for number in ("", *(f"-{n}" for n in range(2, len(taken) + 3))))
    return next(folder / name for name in names if folder / name not in taken)
