"""Whether the lists, taken together, reach everybody whom the advisory names. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dispatcher.errors import Severity, Source
from dispatcher.recipients.addresses import identity
from dispatcher.recipients.problems import Code, problem
from dispatcher.words import catalog

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dispatcher.errors import Problem
    from dispatcher.model import Addressee, Advisory, Audience, Recipient
    from dispatcher.recipients.tabs import SheetReading


def coverage_problems(
    advisory: Advisory, readings: Sequence[SheetReading], *, advisory_file: str
) -> list[Problem]:
    """Return an error for each place that the advisory names for an audience and its sheet has no address at.

    A place that is named for other audiences only is a question, which an answer in the advisory settles; so is
    one of a sheet that the line of its audience does not name, for its office is told all the same.
    """
    by_audience = {reading.audience: reading for reading in readings}
    problems: list[Problem] = []
    for line in advisory.addressees:
        reading = by_audience.get(line.audience)
        if reading is not None and line.places:
            problems += [*_uncovered(line, reading), *_beyond(line, reading)]
    return problems + _unnamed(advisory, set(by_audience), advisory_file)


def _uncovered(line: Addressee, reading: SheetReading) -> list[Problem]:
    has_errors = any(one.severity is Severity.ERROR for one in reading.problems)
    if reading.everywhere or (has_errors and not reading.entries):
        return []
    if not reading.has_places:
        places = ", ".join(line.places)
        return [problem(Code.PLACES_UNKNOWN, reading.source, places, audience=line.audience)]
    covered = reading.troubled.union(place for entry in reading.entries for place in entry.places)
    return [
        problem(Code.PLACE_UNCOVERED, reading.source, place, audience=line.audience, hindi=_in_hindi(place))
        for place in line.places
        if place not in covered
    ]


def _beyond(line: Addressee, reading: SheetReading) -> list[Problem]:
    """Return a question, at its first row, for each place of a sheet that the line of its audience leaves out."""
    rows: dict[str, Source] = {}
    for entry in reading.entries:
        for place in entry.places:
            rows.setdefault(place, entry.roles[0].source)
    return [
        problem(Code.PLACE_UNNAMED, row, place, audience=line.audience, hindi=_in_hindi(place))
        for place, row in rows.items()
        if place not in line.places
    ]


def _unnamed(advisory: Advisory, mailed: set[str], file: str) -> list[Problem]:
    """Return a question for each place that stands in one line of the advisory and not in another."""
    problems: list[Problem] = []
    lines = [
        (row, line) for row, line in enumerate(advisory.addressees) if line.places and line.audience in mailed
    ]
    for row, line in lines:
        named = {place for _row, other in lines if other.audience == line.audience for place in other.places}
        for place in dict.fromkeys(place for _row, other in lines for place in other.places):
            if place not in named:
                others = ", ".join(other.audience for _row, other in lines if place in other.places)
                key, hindi = Source(file, column=f"addressees[{row}].places"), _in_hindi(place)
                problems.append(
                    problem(Code.PLACE_MISSING, key, place, audience=line.audience, others=others, hindi=hindi)
                )
    return problems


def _in_hindi(place: str) -> str:
    names = (one["name"] for one in catalog("places")["places"])
    return next((str(name["hi"]) for name in names if name["en"] == place), place)


def primary_problems(
    audience: Audience, entries: Sequence[Recipient], source: Source, *, has_errors: bool
) -> list[Problem]:
    """Return an error where an audience that passes on has no primary address, or for each but the first."""
    if not audience.passes_on:
        return []
    primaries = [entry for entry in entries if entry.roles[0].primary]
    if not primaries:
        missing = problem(Code.PRIMARY_MISSING, source, audience.name)
        return [] if has_errors else [missing]  # what keeps it from having one is told at its row
    first = primaries[0]
    return [
        problem(
            Code.PRIMARY_SEVERAL,
            entry.roles[0].source,
            entry.address,
            audience=audience.name,
            first=f"{first.address}, {first.roles[0].source}",
        )
        for entry in primaries[1:]
        if identity(entry.address) != identity(first.address)
    ]
