"""Days, months and weekdays as a text says them. Pure; the spellings stand in words/facts.yaml."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any, TypeAlias

from babel.dates import get_day_names, get_month_names

from dispatcher.advisories.unread import LETTER, Found, any_of, folded
from dispatcher.words import catalog

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dispatcher.advisories.unread import Unread

_Names: TypeAlias = Mapping[str, int]
_YEAR = r"(?:[,.]?\s{1,3}|,|\s?[-–]\s?)(?P<year>[0-9]{4})(?![0-9])"
"""A year, behind a month."""
_DAY_MONTH = r"(?:,?\s{0,3}(?:of\s{1,3})?|\s?[-–]\s?)"
"""Between the number of a day and its month."""


def dates_in(unread: Unread, language: str) -> list[Found]:
    """Take every date with a year; of "10 to 12 August 2025" both days."""
    found = [
        *unread.take(r"(?<![0-9])([0-9]{1,2})[./-]([0-9]{1,2})[./-]([0-9]{4})(?![0-9])", _numeric),
        *unread.take(
            r"(?<![0-9])(?<![0-9][./-])([0-9]{2})([./-])([0-9]{2})\2([0-9]{2})(?![0-9]|[./-][0-9])", _short
        ),
        *unread.take(r"(?<![0-9])([0-9]{4})-([0-9]{2})-([0-9]{2})(?![0-9])", _iso),
    ]
    for pattern in _dated(language):
        found += unread.take(pattern, lambda one: _of(one, language))
    return [Found(one.start, one.end, each) for one in found for each in one.value]


def days_in(unread: Unread, language: str) -> frozenset[str]:
    """Take every day without a year, as "13.08.", and every month with one, as "08.2025"."""
    day_first, month, month_first = _undated(language)
    found = [
        *unread.take(day_first, lambda one: _without_year(one, language)),
        *unread.take(month, lambda one: _month_of(one, language)),
        *unread.take(month_first, lambda one: _without_year(one, language)),
    ]
    return frozenset(each for one in found for each in one.value)


@cache
def _dated(language: str) -> tuple[str, ...]:
    """Return the forms of a date with a named month and a year, in the order in which they are looked for."""
    named, day, join = any_of(month_names(language)), _day(language), joint(language)
    year = r",?\s{1,3}(?P<year>[0-9]{4})(?![0-9])"
    several = rf"(?P<days>{day}(?:{join}{day}){{1,6}})"
    next_month = rf"(?={join}{day}{_DAY_MONTH}(?P<next>{named}){_YEAR})"
    first = rf"(?<!{LETTER})(?P<month>{named})\s{{1,3}}"
    return (
        rf"(?P<days>{day}){_DAY_MONTH}(?P<month>{named}){next_month}",
        rf"{several}{_DAY_MONTH}(?P<month>{named}){_YEAR}",
        rf"(?P<days>{day}){_DAY_MONTH}(?P<month>{named}){_YEAR}",
        rf"{first}{several}{year}",
        rf"{first}(?P<days>{day}){year}",
    )


@cache
def _undated(language: str) -> tuple[str, str, str]:
    """Return the forms of a day before its month, of a month with a year, of a day behind its month."""
    day, join = _day(language), joint(language)
    months = any_of(month_names(language))
    named = rf"(?P<month>{months})(?!{LETTER})"
    several = rf"(?P<days>{day}(?:{join}{day}){{0,6}})"
    return (
        rf"{several}{_DAY_MONTH}{named}",
        rf"(?<!{LETTER})(?:(?P<first>{months}){join})?{named}{_YEAR}",
        rf"(?<!{LETTER}){named}\s{{1,3}}{several}(?![:.]?[0-9])",
    )


def weekdays_in(text: str, language: str) -> list[Found]:
    """Return each weekday that is named in full, with its number from Monday, 0."""
    return _named(_weekday_pattern(language), _weekdays(language), text)


def lone_weekdays_in(text: str, language: str) -> list[Found]:
    """Return the weekdays of which a date beside them may speak: none of a span, of several only the last."""
    found = weekdays_in(text, language)
    between = [text[one.end : other.start] for one, other in pairwise(found)]
    goes_on = [_several(language).fullmatch(each) is not None for each in between]
    spans = [_span(language).fullmatch(each) is not None for each in between]
    told = zip(found, [*goes_on, False], [False, *spans], strict=False)
    return [one for one, is_not_last, ends_span in told if not (is_not_last or ends_span)]


@cache
def _several(language: str) -> re.Pattern[str]:
    return re.compile(f"s?{joint(language)}", re.IGNORECASE)


@cache
def _span(language: str) -> re.Pattern[str]:
    words = any_of(_words(language).get("ranges", ()))
    return re.compile(rf"s?(?:\s?[-–]\s?|\s{{1,3}}(?:{words})\s{{1,3}})", re.IGNORECASE)


def short_weekdays_in(text: str, language: str) -> list[Found]:
    """Return each short name of a weekday that stands in brackets or right before a number, with its number."""
    return _named(_short_weekday_pattern(language), _short_weekdays(language), text)


def _named(pattern: re.Pattern[str], names: _Names, text: str) -> list[Found]:
    return [Found(*one.span("name"), names[folded(one["name"])]) for one in pattern.finditer(text)]


@cache
def _weekday_pattern(language: str) -> re.Pattern[str]:
    named = any_of(_weekdays(language))
    return re.compile(rf"(?<!{LETTER})(?P<name>{named})(?:s\b|(?!{LETTER}))", re.IGNORECASE)


@cache
def _short_weekday_pattern(language: str) -> re.Pattern[str]:
    named = any_of(_short_weekdays(language))
    return re.compile(rf"(?<!{LETTER})(?P<name>{named})\.?(?=\s?\)|,?\s{{0,2}}[0-9])", re.IGNORECASE)


def joint(language: str, signs: str = "-–/,&") -> str:
    """Return what matches between two days or hours of which both are meant: one of the signs, or a word."""
    known = _words(language)
    words = any_of([*known.get("joining", ()), *known.get("ranges", ())])
    return rf"(?:\s?[{signs}]\s?|\s{{1,3}}(?:{words})\s{{1,3}})"


@cache
def month_names(language: str) -> _Names:
    """Return the number of each month by its names, whole and short, in lower case."""
    names: dict[str, int] = {}
    for width in ("wide", "abbreviated"):
        for number, name in get_month_names(width, locale=_locale(language)).items():
            names.setdefault(folded(name), number)
            if name.isascii() and width == "abbreviated":
                names.setdefault(f"{folded(name)}.", number)
    return names | _numbered(_words(language).get("months", {}))


@cache
def _weekdays(language: str) -> _Names:
    names = {folded(name): number for number, name in get_day_names("wide", locale=_locale(language)).items()}
    return names | _numbered(_words(language).get("weekdays", {}))


@cache
def _short_weekdays(language: str) -> _Names:
    return _numbered(_words(language).get("short_weekdays", {}))


def _day(language: str) -> str:
    nth = any_of(_words(language).get("nth", ()))
    return rf"(?<![0-9])(?<![0-9][.:])[0-9]{{1,2}}(?:{nth})?"


def _of(found: re.Match[str], language: str) -> list[date] | None:
    """Return the days of a match; None where one of them is none."""
    year, month = int(found["year"]), month_names(language)[folded(found["month"])]
    later = found.groupdict().get("next")
    if later and month > month_names(language)[folded(later)]:
        year -= 1
    days = [_date(year, month, number) for number in _numbers(found)]
    return [one for one in days if one] if all(days) else None


def _without_year(found: re.Match[str], language: str) -> list[str] | None:
    if _is_word(found["month"], language):
        return None
    month = month_names(language)[folded(found["month"])]
    numbers = [int(number) for number in _numbers(found)]
    return [f"{one:02}.{month:02}." for one in numbers] if all(1 <= one <= 31 for one in numbers) else None


def _month_of(found: re.Match[str], language: str) -> list[str] | None:
    """Return the months of a match with their year: one, or the first and the last of several."""
    names = [name for name in (found["first"], found["month"]) if name]
    if any(_is_word(name, language) for name in names):
        return None
    return [f"{month_names(language)[folded(name)]:02}.{found['year']}" for name in names]


def _is_word(name: str, language: str) -> bool:
    """Tell whether a month's name is written as the word that it also is: "Form 13 may be used"."""
    also: Sequence[str] = _words(language).get("also_words", ())
    return name.rstrip(".") not in also and name.rstrip(".").lower() in {one.lower() for one in also}


def _numbers(found: re.Match[str]) -> Iterator[str]:
    """Yield the numbers of the days, without the year that may stand among them."""
    return (number[0] for number in re.finditer(r"(?<![0-9])[0-9]{1,2}(?![0-9])", found["days"]))


def _numeric(found: re.Match[str]) -> list[date] | None:
    return _one(_date(int(found[3]), int(found[2]), found[1]))


def _short(found: re.Match[str]) -> list[date] | None:
    return _one(_date(2000 + int(found[4]), int(found[3]), found[1]))


def _iso(found: re.Match[str]) -> list[date] | None:
    return _one(_date(int(found[1]), int(found[2]), found[3]))


def _one(day: date | None) -> list[date] | None:
    return [day] if day else None


def _date(year: int, month: int, day: str) -> date | None:
    try:
        return date(year, month, int(day))
    except ValueError:
        return None


def _numbered(names: Mapping[int, Sequence[str]]) -> dict[str, int]:
    return {folded(name): number for number, spelled in names.items() for name in spelled}


def _words(language: str) -> dict[str, Any]:
    known: dict[str, Any] = catalog("facts")
    return known.get(language, {}) if language != "latin" else {}


def _locale(language: str) -> str:
    rules = catalog("dates").get(language)
    return str(rules["locale"]) if rules else language
