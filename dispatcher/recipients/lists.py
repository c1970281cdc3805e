"""A list as an officer accepts it: who stands on it, what was repaired in reading it, from which file. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeAlias

from dispatcher.errors import Severity, Source
from dispatcher.recipients.addresses import identity

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from dispatcher.errors import Problem
    from dispatcher.model import Localized, Recipient
    from dispatcher.recipients.tabs import SheetReading

Post: TypeAlias = tuple[tuple[str, ...], ...]
"""Places, designation and organisation, ready for comparing: without order or case."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """One address of a list in one of its roles."""

    address: str
    places: tuple[str, ...]
    designation: Localized
    organisation: Localized
    primary: bool
    cell: str
    """Letters and row, such as E5."""

    @property
    def identity(self) -> str:
        """What two spellings of the address share."""
        return identity(self.address)

    @property
    def post(self) -> Post:
        """The office behind the address; posts stay while people go."""
        return _folded(self.places), _texts(self.designation), _texts(self.organisation)


@dataclass(frozen=True, slots=True)
class Repair:
    """A cell that was read as something else than stands in it."""

    code: str
    tab: str
    cell: str
    value: str
    """As it stands in the cell."""
    read: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RecipientList:
    """What one file says about one audience."""

    audience: str
    file: str
    tab: str
    """Empty for a file without tabs."""
    file_hash: str
    """SHA-256 of the file, hexadecimal."""
    entries: tuple[Listed, ...]
    repairs: tuple[Repair, ...]


def list_of(reading: SheetReading, *, file_hash: str) -> RecipientList:
    """Return the list that a reading came to; file and tab are those of its first entry."""
    first = reading.entries[0].roles[0].source if reading.entries else Source("")
    return RecipientList(
        audience=reading.audience,
        file=first.file,
        tab=first.sheet or "",
        file_hash=file_hash,
        entries=tuple(_listed(entry) for entry in reading.entries),
        repairs=tuple(repair_of(one) for one in reading.problems if one.severity is Severity.REPAIR),
    )


def repair_of(problem: Problem) -> Repair:
    """Return what a confirmation of the repair that `problem` tells of is remembered by."""
    source, read = problem.source, problem.facts.get("read", "")
    return Repair(problem.code, source.sheet or "", _cell(source), problem.value, read)


def with_confirmed(problems: Iterable[Problem], confirmed: Collection[Repair]) -> tuple[Problem, ...]:
    """Return the problems with each repair that was confirmed before made a note."""
    known = frozenset(confirmed)
    return tuple(
        replace(one, severity=Severity.NOTE)
        if one.severity is Severity.REPAIR and repair_of(one) in known
        else one
        for one in problems
    )


def _listed(entry: Recipient) -> Listed:
    role = entry.roles[0]
    return Listed(
        address=entry.address,
        places=role.places,
        designation=role.designation,
        organisation=role.organisation,
        primary=role.primary,
        cell=_cell(role.source),
    )


def _cell(source: Source) -> str:
    return f"{source.column or ''}{source.row or ''}"


def _texts(texts: Localized) -> tuple[str, ...]:
    return _folded(f"{language} {text}" for language, text in texts.items() if text)


def _folded(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted({text.casefold() for text in texts}))
