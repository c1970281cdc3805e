"""Numbers of a series: which one an advisory gets next, and where one stands in its year. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from dispatcher.model import slug_of

if TYPE_CHECKING:
    from collections.abc import Iterable


class Place(NamedTuple):
    """Where a number stands in its series."""

    year: int | None
    """None where the series counts on over the years."""
    n: int


def place_of(number: str, pattern: str) -> Place | None:
    """Return where a number stands in the series of `pattern`; None where it is of another, or does not count."""
    if "{n}" not in pattern:
        return None
    return _place(number, pattern)


def number_of_folder(name: str, pattern: str) -> str | None:
    """Return the number whose folder has this name; None where it is of no number of the series."""
    if "{n}" not in pattern:
        return None
    place = _place(name, slug_of(pattern))
    return number_at(place, pattern) if place else None


def number_at(place: Place, pattern: str) -> str:
    """Return the number that stands at a place of the series."""
    return pattern.replace("{yyyy}", f"{place.year or 0:04}").replace("{n}", str(place.n))


def next_number(pattern: str, taken: Iterable[str], year: int) -> str | None:
    """Return the number after the highest one of `year` among folder names; None where `pattern` does not count.

    A gap is left open: its number may stand on paper.
    """
    if "{n}" not in pattern:
        return None
    of_year = pattern.replace("{yyyy}", f"{year:04}")
    before, _, after = slug_of(of_year).partition("{n}")
    shape = re.compile(rf"{re.escape(before)}([1-9][0-9]*){re.escape(after)}")
    used = [int(found[1]) for name in taken if (found := shape.fullmatch(name))]
    return of_year.replace("{n}", str(max(used, default=0) + 1))


def _place(name: str, pattern: str) -> Place | None:
    """Return the place that a number, or its folder, has by the pattern of numbers, or of their folders."""
    parts = {"{n}": "(?P<n>[1-9][0-9]*)", "{yyyy}": "(?P<year>[0-9]{4})"}
    pieces = re.split(r"(\{n\}|\{yyyy\})", pattern)
    found = re.fullmatch("".join(parts.get(piece, re.escape(piece)) for piece in pieces), name)
    if found is None:
        return None
    return Place(int(found["year"]) if "{yyyy}" in pattern else None, int(found["n"]))
