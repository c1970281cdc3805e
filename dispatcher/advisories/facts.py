"""The facts in a text: dates, hours, numbers, references, links, mail addresses, telephone numbers. Pure."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, fields
from datetime import date
from functools import cache
from typing import TYPE_CHECKING, Any

from babel.dates import get_day_names, get_month_names

from dispatcher.words import catalog

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_URL = r"(?:https?://|www\.)[^\s<>\"'()\[\]]*[^\s<>\"'()\[\].,;:!?।]"
_ADDRESS = r"[^\s<>()\[\],;:\"']+@[^\s<>()\[\],;:\"']+\.[A-Za-z]{2,}"
_FILE = r"\b[0-9A-Za-z][0-9A-Za-z_-]*\.(?:csv|docx?|html|json|pdf|txt|xlsx?|zip)\b"
"""The name of a file: a reference, and no word of a language."""
_REFERENCE = r"[0-9A-Za-z.&()-]+(?:/[0-9A-Za-z.&()-]+)+"
_PHONE = r"(?:\+?[0-9](?:[0-9]|-(?=[0-9])|\s(?=[0-9])){5,}[0-9])"
_OFFSET = r"\b(?:UTC|GMT)\s?[+\u2212-][0-9]{1,2}(?::[0-9]{2})?"
"""The name of a zone: no hour."""
_NUMBER = r"[0-9]+(?:,[0-9]+)*(?:\.[0-9]+)?"
_STEP = r"(?m)^\s*\(?[0-9]{1,2}[.)](?=\s|$)"
_NEAR = 25
"""Characters between a weekday and the date that it is said of."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What two versions of a text must have in common. Hours are minutes of the day."""

    dates: frozenset[date] = frozenset()
    hours: frozenset[int] = frozenset()
    references: frozenset[str] = frozenset()
    links: frozenset[str] = frozenset()
    addresses: frozenset[str] = frozenset()
    phones: frozenset[str] = frozenset()
    numbers: frozenset[str] = frozenset()
    steps: int = 0
    """Lines that begin with a number."""


KINDS = tuple(one.name for one in fields(Facts))


def facts_of(text: str, language: str) -> Facts:
    """Return the facts of a text in a language; what one of them holds (the year of a date) is no other."""
    left = _Left(text)
    left.take(_OFFSET, lambda found: found[0])
    links = left.take(_URL, lambda found: found[0].rstrip("/"))
    addresses = left.take(_ADDRESS, lambda found: found[0].rstrip(".").lower())
    files = left.take(_FILE, lambda found: found[0])
    dates = {day for _, day in _dates(left, language)}
    references = files | left.take(_REFERENCE, lambda found: _reference(found[0]))
    hours = left.take(_hour_pattern(language), lambda found: _minutes(found, language))
    steps = len(re.findall(_STEP, text))
    phones = left.take(_PHONE, lambda found: _phone(found[0]))
    numbers = left.take(_NUMBER, lambda found: found[0].replace(",", ""))
    return Facts(
        frozenset(dates), frozenset(hours), frozenset(references), frozenset(links), frozenset(addresses),
        frozenset(phones), frozenset(numbers), steps,
    )  # fmt: skip


def wrong_weekdays(text: str, language: str) -> Iterator[tuple[str, date]]:
    """Yield each weekday that stands beside a date and is not that date's, with the date."""
    dates = list(_dates(_Left(text), language))
    for found in re.finditer(_any_of(_weekdays(language)), text, re.IGNORECASE):
        named = _weekdays(language)[found[0].lower()]
        near = [(_distance(found.span(), span), day) for span, day in dates]
        close = [one for one in near if one[0] <= _NEAR]
        if close and min(close)[1].weekday() != named:
            yield found[0], min(close)[1]


def words_meaning(half: str, language: str, place: str) -> list[str]:
    """Return the words of a language that stand before or after an hour and mean this half of the day."""
    return [word for word, meant in _words(language)[place].items() if meant == half]


def month_names(language: str) -> list[str]:
    """Return the names of the months in a language, whole and short, in lower case."""
    return list(_months(language))


def without_facts(text: str, language: str) -> str:
    """Return the text without links, addresses, names of files, references and hours: what is left is words."""
    left = _Left(text)
    for pattern in (_URL, _ADDRESS, _FILE, _REFERENCE, _hour_pattern(language)):
        left.take(pattern, lambda found: found[0])
    return left.text


class _Left:
    """A text of which what was recognised is blanked out, so that it is not taken for something else."""

    def __init__(self, text: str) -> None:
        self.text = text

    def take(self, pattern: str, of: Callable[[re.Match[str]], Any]) -> set[Any]:
        """Return what `of` makes of each match; None is not a match."""
        return {value for _, value in self.spans(pattern, of)}

    def spans(self, pattern: str, of: Callable[[re.Match[str]], Any]) -> list[tuple[tuple[int, int], Any]]:
        found = []
        for match in re.finditer(pattern, self.text, re.IGNORECASE):
            value = of(match)
            if value is not None:
                found.append((match.span(), value))
        for (start, end), _ in found:
            self.text = self.text[:start] + " " * (end - start) + self.text[end:]
        return found


def _dates(left: _Left, language: str) -> list[tuple[tuple[int, int], date]]:
    months = _months(language)
    named = _any_of(months)
    numeric = left.spans(
        r"\b([0-9]{1,2})[./-]([0-9]{1,2})[./-]([0-9]{4})\b", lambda one: _day(one[3], one[2], one[1])
    )
    iso = left.spans(r"\b([0-9]{4})-([0-9]{2})-([0-9]{2})\b", lambda one: _day(one[1], one[2], one[3]))
    day_first = left.spans(
        rf"\b([0-9]{{1,2}})(?:st|nd|rd|th)?,?\s+({named}),?\s+([0-9]{{4}})\b",
        lambda one: _day(one[3], months[one[2].lower()], one[1]),
    )
    month_first = left.spans(
        rf"({named})\s+([0-9]{{1,2}})(?:st|nd|rd|th)?,\s+([0-9]{{4}})\b",
        lambda one: _day(one[3], months[one[1].lower()], one[2]),
    )
    return numeric + iso + day_first + month_first


def _day(year: str, month: str | int, day: str) -> date | None:
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None


@cache
def _hour_pattern(language: str) -> str:
    words = _words(language)
    before, after = _any_of(words["before"]), _any_of(words["after"])
    clock = r"(?P<h>[0-9]{1,2})[:.](?P<m>[0-5][0-9])"
    spoken = rf"(?:(?P<before>{before})\s*)?{clock}(?!\.?[0-9])(?:\s*(?P<after>{after})(?![^\W\d_]))?"
    full = r"|\b(?P<four>[0-2][0-9][0-5][0-9])\s*(?:hrs|hours)\b"
    bare = r"|\b(?P<bare>[0-9]{1,2})\s*(?P<half>a\.m\.|p\.m\.|am|pm|noon|midnight)(?![^\W\d_])"
    return spoken + full + bare


def _minutes(found: re.Match[str], language: str) -> int | None:
    if found["four"]:
        return int(found["four"][:2]) * 60 + int(found["four"][2:])
    words = _words(language)
    if found["bare"]:
        return _of_day(int(found["bare"]), 0, _words("en")["after"][found["half"].lower()])
    half = words["before"].get((found["before"] or "").lower()) or words["after"].get(
        (found["after"] or "").lower()
    )
    return _of_day(int(found["h"]), int(found["m"]), half or "none")


def _of_day(hour: int, minute: int, half: str) -> int | None:
    if hour > 24 or (half != "none" and not 1 <= hour <= 12):
        return None
    if half == "night":
        half = "pm" if 7 <= hour <= 11 else "am"
    if half == "noon":  # from noon on; 11 in the morning is not said so
        half = "pm"
    if half == "midnight":
        half = "am"
    add = {"am": 0, "pm": 12}.get(half)
    return (hour if add is None else hour % 12 + add) * 60 + minute


def _reference(found: str) -> str | None:
    """Return a reference such as 10/SYS/WZU/2025; either/or is none."""
    text = found.strip(".()-")
    return text.upper() if re.search("[0-9]", text) and re.search("[A-Za-z]", text) else None


def _phone(found: str) -> str | None:
    digits = re.sub("[^0-9]", "", found)
    return digits if 7 <= len(digits) <= 14 else None


def _distance(one: tuple[int, int], other: tuple[int, int]) -> int:
    return max(other[0] - one[1], one[0] - other[1], 0)


def _any_of(words: Any) -> str:
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True)) or r"(?!)"


@cache
def _words(language: str) -> dict[str, dict[str, str]]:
    known = catalog("facts")
    empty: dict[str, dict[str, str]] = {"before": {}, "after": {}}
    return known.get(language, empty) if language != "latin" else empty


@cache
def _months(language: str) -> dict[str, int]:
    names: dict[str, int] = {}
    for width in ("wide", "abbreviated"):
        for number, name in get_month_names(width, locale=_locale(language)).items():
            names.setdefault(_folded(name), number)
    return names


@cache
def _weekdays(language: str) -> dict[str, int]:
    return {_folded(name): number for number, name in get_day_names("wide", locale=_locale(language)).items()}


def _folded(name: str) -> str:
    return unicodedata.normalize("NFC", name).lower()


def _locale(language: str) -> str:
    rules = catalog("dates").get(language)
    return str(rules["locale"]) if rules else language
