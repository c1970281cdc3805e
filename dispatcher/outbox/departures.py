"""What is said where the workspace is no longer what a release was prepared and approved from. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from dispatcher.errors import Problem, Severity, Source
from dispatcher.outbox.changes import brief, change_lines, list_lines
from dispatcher.outbox.inputs import LAYOUT
from dispatcher.words import message

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dispatcher.outbox.changes import Change, ListChanges
    from dispatcher.outbox.records import ReleaseRecord


NAMED_FAULTS = 3
"""So many errors are told with the difference."""


class Said(StrEnum):
    """Codes of words/problems/departures.yaml."""

    DEPARTED = "release_departed"
    UNREADABLE = "release_unreadable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Departure:
    """How the workspace differs from the standing releases of an advisory."""

    record: ReleaseRecord
    """The newest of them."""
    changes: Sequence[Change]
    lists: ListChanges
    faults: Sequence[Problem] = ()
    """Errors of what lies there now: it is compared as far as it can be read."""

    def lines(self) -> Iterator[str]:
        """Yield for people what differs, then what can be done about each kind of it."""
        slug = self.record.slug
        for change in self.changes:
            yield from change_lines(change)
        yield from list_lines(self.lists)
        yield from self._fault_lines()
        if self.faults or self.changes:
            yield (
                f"Bring the files back as they were; or `dispatcher cancel {slug} --reason ...`, then prepare and "
                "approve anew."
            )
        if self.lists.added.count:
            yield f"`dispatcher prepare {slug}` makes a release of who was added, approved by itself."
        if self.lists.removed.count:
            yield f"`dispatcher cancel {slug} --to ADDRESS --reason ...` takes out who was removed."
        if self.lists.changed.count:
            yield f"Whose post changed: `dispatcher cancel {slug} --to ADDRESS --reason ...`, then prepare."

    def _fault_lines(self) -> Iterator[str]:
        """Yield what is wrong with what lies there now, the first few in both languages."""
        if not self.faults:
            return
        yield (
            f"It has errors now and is compared as far as it can be read; `dispatcher check {self.record.slug}` "
            "tells all of them:"
        )
        for fault in self.faults[:NAMED_FAULTS]:
            yield ", ".join(filter(None, (fault.source.file, fault.source.column)))
            yield from (f"  {tag:<3}   {text}" for tag, text in message(fault).items())
        if len(self.faults) > NAMED_FAULTS:
            yield f"and {len(self.faults) - NAMED_FAULTS} more"


def departure_of(
    record: ReleaseRecord,
    changes: Sequence[Change],
    lists: ListChanges,
    *,
    faults: Sequence[Problem],
    files: Sequence[Change],
) -> Departure | None:
    """Return how the workspace differs; None only where it could be read without error and says the same.

    `files` are those with another content than a release was made from. Where there are errors, those are named
    that no text tells of: what the document is made from, and all where nothing else differs.
    """
    if not faults:
        return Departure(record=record, changes=changes, lists=lists) if changes or lists else None
    known = {one.what for one in changes}
    hidden = [one for one in files if one.what not in known and _is_of_document(one.what)]
    told = [*changes, *hidden] or ([] if lists else list(files))
    return Departure(record=record, changes=told, lists=lists, faults=faults)


def _is_of_document(path: str) -> bool:
    """Tell whether a file shows only in the official document."""
    return path.startswith(LAYOUT) or "/signed/" in path or "/received/" in path


def release_before(record: ReleaseRecord, records: Sequence[ReleaseRecord]) -> ReleaseRecord | None:
    """Return the release that an approver compares with: the last one before it, of whatever revision.

    What officers prepared is compared with what officers prepared, so a corrigendum with what it corrects; a
    reminder, which says something else, only with one of the same act.
    """
    before = [
        one
        for one in records
        if one.id < record.id
        and (one.act == record.act or (one.derived_from is None and record.derived_from is None))
    ]
    return max(before, key=lambda one: one.id, default=None)


def refusal(departure: Departure) -> str:
    """Return why `send` refuses."""
    record = departure.record
    stood = "approved" if record.approved_by else "prepared"
    head = (
        f"release {record.id} of {record.number}: what lies here is no longer what was {stood}; nothing was "
        "handed over, and the release stands as it was"
    )
    return "\n".join([head, *departure.lines()])


def departure_problem(departure: Departure) -> Problem:
    """Return the warning of `check`."""
    record = departure.record
    code = Said.UNREADABLE if departure.faults else Said.DEPARTED
    source, differs = Source(f"{record.slug}/advisory.yaml"), brief(departure.changes, departure.lists)
    return Problem(Severity.WARNING, code, source, differs, {"release": str(record.id)})
