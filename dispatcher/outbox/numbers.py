"""The register of numbers as rules: no number twice, none left out without a reason. Pure.

A series is what `office.number_pattern` says; where it holds the year, each calendar year counts anew. A register
begins with the first number that was used, so that an office may take the program up in the middle of a year.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any, NamedTuple

from dispatcher.advisories.numbering import Place, next_number, number_at, place_of
from dispatcher.errors import Problem, Severity, Source
from dispatcher.model import slug_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date

    from dispatcher.model import Advisory, Localized


class Said(StrEnum):
    """Codes of words/problems/numbers.yaml."""

    TAKEN = "number_taken"
    UNUSED = "number_unused"
    GAP = "number_gap"
    ISSUED = "number_issued"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A number of the register: reserved for an advisory, or recorded as not used."""

    number: str
    kind: str | None
    """None of a number that is not used, or of one from before there was a register."""
    issued: date | None
    """The date printed on the advisory."""
    subject: Localized
    reason: str | None
    """Why the number is not used; None where it is."""
    at: datetime
    by: str


def gaps(used: Iterable[str], unused: Iterable[str], pattern: str) -> list[str]:
    """Return the numbers left out without a reason, year by year, from the first one used to the last one known.

    `used` are those of advisories, drafts too; `unused` those recorded as not used.
    """
    first: dict[int | None, int] = {}
    known: dict[int | None, set[int]] = {}
    for place in (found for number in used if (found := place_of(number, pattern))):
        first[place.year] = min(place.n, first.get(place.year, place.n))
        known.setdefault(place.year, set()).add(place.n)
    for place in (found for number in unused if (found := place_of(number, pattern))):
        known.setdefault(place.year, set()).add(place.n)
    return [
        number_at(Place(year, n), pattern)
        for year in sorted(first, key=lambda year: year or 0)
        for n in range(first[year], max(known[year]))
        if n not in known[year]
    ]


MOST_LEFT_OUT = 100
"""So many numbers may be left out at once; more is a slip of the hand."""


class Beyond(NamedTuple):
    """What comes of recording as not used a number that lies beyond all that are used."""

    highest: str | None
    """The highest one that is used, of the same year."""
    left_out: int
    """How many numbers before it are left out by that."""
    first: str
    """The first of them."""


def beyond(number: str, used: Iterable[str], unused: Iterable[str], pattern: str) -> Beyond | None:
    """Return what comes of recording a number as not used; None where it is not above the highest one used.

    `used` and `unused` as for `gaps`. Also None where the series does not count.
    """
    place = place_of(number, pattern)
    if place is None:
        return None
    advisories, recorded = (
        [found.n for one in numbers if (found := place_of(one, pattern)) and found.year == place.year]
        for numbers in (used, unused)
    )
    highest = max(advisories, default=0)
    if place.n <= highest:
        return None
    top = max([highest, *recorded])
    return Beyond(
        number_at(Place(place.year, highest), pattern) if highest else None,
        max(place.n - top - 1, 0),
        number_at(Place(place.year, top + 1), pattern),
    )


def is_others(entry: Entry, advisory: Advisory) -> bool:
    """Tell whether an entry is of another advisory: of another kind. A later revision may be of any kind."""
    return entry.kind is not None and entry.kind != advisory.kind and not advisory.revision


def described(entry: Entry) -> str:
    """Return what a number was used for, in English."""
    issued = f", {entry.issued:%d.%m.%Y}" if entry.issued else ""
    return f"{entry.kind}{issued}, prepared by {entry.by}: {entry.subject.get('en', '')}"


def differing(advisory: Advisory, printed: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the keys in which an advisory is another than what was last let go of its revision; none before that.

    `printed` is what was let go of its number, as it was frozen (inputs.Inputs), oldest first.
    """
    same = [one for one in printed if one["revision"] == advisory.revision]
    if not same:
        return []
    issued = same[-1]
    present = {
        "kind": (advisory.kind, issued["kind"]),
        "date": (advisory.issued.isoformat(), issued["issued"]),
        "subject": (dict(advisory.subject), issued["subject"]),
        "effective_at": (advisory.effective_at, datetime.fromisoformat(issued["effective_at"])),
    }
    return [key for key, (one, other) in present.items() if one != other]


def number_problems(
    advisory: Advisory,
    entries: Sequence[Entry],
    drafts: Sequence[str],
    pattern: str,
    *,
    printed: Sequence[Mapping[str, Any]] = (),
) -> list[Problem]:
    """Return what the register says against the number of an advisory, and which before it were left out.

    `printed` is what was let go of that number (`differing`).
    """
    own, problems = place_of(advisory.number, pattern), []
    taken = (slug_of(number) for number in (*(one.number for one in entries), *drafts))
    following = next_number(pattern, taken, (own and own.year) or 0) or pattern
    for entry in entries:
        if entry.number == advisory.number and (entry.reason is not None or is_others(entry, advisory)):
            code = Said.UNUSED if entry.reason is not None else Said.TAKEN
            facts = {"next": following, "reason": entry.reason or "", "other": described(entry)}
            problems.append(_problem(Severity.ERROR, code, advisory, advisory.number, **facts))
    if not problems and (keys := differing(advisory, printed)):
        facts = {"next": following, "keys": ", ".join(keys), "subject": str(printed[-1]["subject"].get("en", ""))}
        problems.append(_problem(Severity.ERROR, Said.ISSUED, advisory, advisory.number, **facts))
    used = [*(one.number for one in entries if one.reason is None), *drafts]
    left_out = gaps(used, [one.number for one in entries if one.reason is not None], pattern)
    problems += [
        _problem(Severity.WARNING, Said.GAP, advisory, number)
        for number in left_out
        if own and (place := place_of(number, pattern)) and place.year == own.year and place.n < own.n
    ]
    return problems


def _problem(severity: Severity, code: Said, advisory: Advisory, value: str, **facts: str) -> Problem:
    return Problem(severity, code, Source(f"{advisory.slug}/advisory.yaml", column="number"), value, facts)
