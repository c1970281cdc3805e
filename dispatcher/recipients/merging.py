"""One recipient for each address: all its roles together, each merge told. Pure."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from dispatcher.model import Part
from dispatcher.recipients.addresses import identity
from dispatcher.recipients.problems import Code, problem

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dispatcher.errors import Problem
    from dispatcher.model import Recipient
    from dispatcher.recipients.tabs import SheetReading


def merge(
    readings: Sequence[SheetReading], *, order: Sequence[str]
) -> tuple[tuple[Recipient, ...], tuple[Problem, ...]]:
    """Return one recipient for each address and what is to be said of each row that joined an earlier one.

    Addresses are the same when they differ in case only. Roles stand in the order of the audiences in `order`,
    then of the rows; the spelling met first is kept.
    """
    rank = {name: number for number, name in enumerate(order)}
    found: dict[str, Recipient] = {}
    notes: list[Problem] = []
    for reading in sorted(readings, key=lambda one: rank.get(one.audience, len(rank))):
        for entry in reading.entries:
            same = identity(entry.address)
            known = found.get(same)
            if known is None:
                found[same] = entry
                continue
            found[same] = replace(known, roles=known.roles + entry.roles)
            notes.append(_note(known, entry))
    return tuple(found.values()), tuple(notes)


def _note(known: Recipient, entry: Recipient) -> Problem:
    """Return what is to be said of an address that was met before: to act, and to have a copy, is one too many."""
    first = next((role for role in known.roles if role.part is not entry.roles[0].part), None)
    if first is None:
        source, met = entry.roles[0].source, known.roles[0].source
        return problem(Code.DUPLICATE_MERGED, source, entry.address, first=str(met), second=str(source))
    acting, copied = sorted((first, entry.roles[0]), key=lambda role: role.part is Part.COPY)
    return problem(
        Code.TO_AND_COPY, copied.source, entry.address, first=str(acting.source), second=str(copied.source)
    )
