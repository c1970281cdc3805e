"""One recipient for each address: all its roles together, each merge told. Pure."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

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
    """Return one recipient for each address and a note for each row that joined an earlier one.

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
    source = entry.roles[0].source
    return problem(
        Code.DUPLICATE_MERGED, source, entry.address, first=str(known.roles[0].source), second=str(source)
    )
