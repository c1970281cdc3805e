"""What must hold between the keys of advisory.yaml; judges what can be read, so that all shows at once."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from dispatcher.acts import ADDENDUM, CORRIGENDUM, REVISIONS, SUCCESSIONS, WITHDRAWAL
from dispatcher.advisories.kinds import TOLD_AFTERWARDS
from dispatcher.advisories.numbering import place_of
from dispatcher.advisories.schema import printed_day, problem_at, unknown
from dispatcher.advisories.values import CLOCKS
from dispatcher.advisories.wording import known_places

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from dispatcher.errors import Problem
    from dispatcher.model import Office

_ORDER = (
    ("notify_before", "effective_at"),
    ("notify_before", "useful_until"),
    ("effective_at", "useful_until"),
    ("window_start", "window_end"),
)
"""Pairs of clocks of which the first may not be later than the second."""


def rule_problems(given: Mapping[str, Any], *, office: Office, file: str) -> list[Problem]:
    """Return what is wrong with the number, the clocks and the places of an advisory as read."""
    return [
        *_number_problems(given, office.number_pattern, file),
        *_clock_problems(given, file),
        *_place_problems(given, file),
        *_relation_problems(given, file),
    ]


def number_matches(number: str, pattern: str) -> bool:
    """Tell whether a number is of the office's series: `{n}` counts from 1, `{yyyy}` is a year."""
    parts = {"{n}": "[1-9][0-9]*", "{yyyy}": "(?:19|20)[0-9]{2}"}
    pieces = re.split(r"(\{n\}|\{yyyy\})", pattern)
    return re.fullmatch("".join(parts.get(piece, re.escape(piece)) for piece in pieces), number) is not None


def _number_problems(given: Mapping[str, Any], pattern: str, file: str) -> list[Problem]:
    number = given.get("number")
    if not isinstance(number, str):
        return []
    if not number_matches(number, pattern):
        return [problem_at("advisory_number", file, "number", number, pattern=pattern)]
    place, issued = place_of(number, pattern), _day(given.get("date"))
    if place is None or place.year is None or issued is None or place.year == issued.year:
        return []
    return [problem_at("advisory_number_year", file, "number", number, date=f"{issued:%d.%m.%Y}")]


def _clock_problems(given: Mapping[str, Any], file: str) -> list[Problem]:
    clocks = {name: instant for name in CLOCKS if (instant := _instant(given.get(name)))}
    told_afterwards = given.get("kind") in TOLD_AFTERWARDS
    order = [pair for pair in _ORDER if not told_afterwards or pair != ("notify_before", "effective_at")]
    problems = [
        problem_at("advisory_clock_order", file, first, str(given[first]), later=second, limit=str(given[second]))
        for first, second in order
        if first in clocks and second in clocks and clocks[first] > clocks[second]
    ]
    for one, other in (("window_start", "window_end"), ("window_end", "window_start")):
        if one in clocks and given.get(other) is None:
            problems.append(problem_at("advisory_window_half", file, other, other, present=one))
    return problems


def _instant(value: object) -> datetime | None:
    try:
        instant = datetime.fromisoformat(str(value))
    except ValueError:
        return None
    return instant if instant.tzinfo else None


def _day(value: object) -> date | None:
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        return None


def _place_problems(given: Mapping[str, Any], file: str) -> list[Problem]:
    known = known_places()
    return [
        unknown("advisory_place", file, f"addressees[{row}].places[{column}]", place, known=known)
        for row, addressee in enumerate(_list(given.get("addressees")))
        for column, place in enumerate(_list(addressee.get("places") if isinstance(addressee, dict) else None))
        if isinstance(place, str) and place not in known
    ]


def _relation_problems(given: Mapping[str, Any], file: str) -> Iterator[Problem]:
    """Yield what does not fit: a corrigendum keeps the number, a supersession or withdrawal has its own.

    The latter two cite the earlier advisory with its date; the kind withdrawal does so in its own paragraphs.
    """
    relation, number = given.get("relation"), given.get("number")
    relation = relation if isinstance(relation, dict) else {}
    kind, target = relation.get("type"), relation.get("target")
    known = isinstance(target, str) and isinstance(number, str)
    if kind in REVISIONS and known and target != number:
        yield problem_at("relation_other_number", file, "relation.target", str(target), number=str(number))
    if kind in SUCCESSIONS and known and target == number:
        yield problem_at("relation_own_number", file, "relation.target", str(target))
    elif kind in SUCCESSIONS and given.get("kind") != WITHDRAWAL and "target_date" not in relation:
        yield problem_at("relation_undated", file, "relation.target_date", "target_date")
    if kind in REVISIONS and given.get("revision", 0) == 0:
        yield problem_at("relation_revision", file, "revision", "0", relation=str(kind))
    yield from _date_problems(relation, _day(given.get("date")), file)
    for of, key in ((CORRIGENDUM, "corrections"), (ADDENDUM, "additions")):
        if kind == of and not _list(given.get(key)):
            yield problem_at("relation_empty", file, key, key, relation=of)
        elif kind != of and _list(given.get(key)):
            yield problem_at("relation_missing", file, key, key, relation=of)


def _date_problems(relation: Mapping[str, Any], issued: date | None, file: str) -> Iterator[Problem]:
    """Yield what is wrong with a revision's own date: only a revision has one beside that of the advisory."""
    if "dated" not in relation:
        return
    path, written = "relation.dated", str(relation["dated"])
    if relation.get("type") in SUCCESSIONS:
        yield problem_at("relation_own_date", file, path, written)
        return
    dated = _day(printed_day(written))
    if dated and issued and dated < issued:
        yield problem_at("relation_antedated", file, path, written, date=f"{issued:%d.%m.%Y}")


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []
