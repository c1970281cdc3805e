"""Midnights of which nobody can tell whether a day begins or ends with them. Pure."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from dispatcher.advisories.calendar_words import month_names
from dispatcher.advisories.clock_words import words_meaning
from dispatcher.advisories.unread import LETTER, Unread, any_of
from dispatcher.words import catalog

if TYPE_CHECKING:
    from dispatcher.advisories.unread import Found

_BESIDE = 40
"""Characters before and behind a midnight in which it may be said between which days it lies."""


def ambiguous_midnights(text: str, language: str) -> list[str]:
    """Return each midnight that is called 12, or has no hour: the beginning or the end of the day beside it."""
    left = Unread(text)
    whole = left.text
    called_twelve = left.take(_twelve_pattern(language), lambda found: "" if found["noon"] else found[0])
    named = left.take(_named_pattern(language), lambda found: found[0] if _is_bare(found, language) else None)
    return [
        one.value
        for one in sorted([*called_twelve, *named])
        if one.value and not _is_between(whole, one, language)
    ]


def _is_bare(found: re.Match[str], language: str) -> bool:
    """Tell whether a midnight has no hour of its own before it: "midnight of 12th August"."""
    before = found.string[max(found.start() - _BESIDE, 0) : found.start()]
    return _clock_pattern(language).search(before) is None


@cache
def _clock_pattern(language: str) -> re.Pattern[str]:
    unit = rf"\s{{0,3}}(?:{any_of([*_beside('none', language), *_beside('clock', language)])})\.?"
    return re.compile(rf"(?:[0-9][:.][0-9]{{2}}(?:{unit})?|[0-9]{{4}}{unit})\s{{0,3}}\(?\s?\Z", re.IGNORECASE)


@cache
def _named_pattern(language: str) -> str:
    words = any_of(words_meaning("midnight", language, "alone"))
    clock = r"[0-9]{1,2}[:.][0-9]{2}|[0-9]{4}(?![0-9])"
    return rf"(?<!{LETTER})(?:{words})(?!{LETTER}|\s?[(,–-]?\s?(?:{clock}))"


@cache
def _twelve_pattern(language: str) -> str:
    """Return what finds a midnight that is called 12, and (`noon`) a noon, which no word behind it makes one.

    A word for the night makes a midnight of 12:00 or of 12 hours only: twelve nights are none.
    """
    midnight, night, noon = (any_of(_beside(half, language)) for half in ("midnight", "night", "noon"))
    unit = rf"\s*(?:{any_of([*_beside('none', language), *_beside('clock', language)])})\.?"
    of = rf"\s*(?:(?:{any_of(_words(language, 'of'))})\s+)?"
    months = any_of(month_names(language))
    full = r"12[:.]00(?![:.]?[0-9])"
    bare = r"12(?![:.]?[0-9]|[/-][0-9]{1,2}[/-])"
    start = r"(?<![:.0-9])"
    return (
        rf"(?P<noon>(?:{noon}){of}(?:{full}|{bare}))"
        rf"|(?:{midnight}){of}(?:{full}|{bare}(?!(?:st|nd|rd|th)\b|,?\s*(?:{months})))"
        rf"|(?:{night}){of}(?:{full}|{bare}(?={unit}))"
        rf"|{start}(?:{full}|{bare})(?:{unit})?\s*(?:{midnight})"
        rf"|{start}(?:{full}(?:{unit})?|{bare}{unit})\s*(?:{night})"
    )


def _is_between(text: str, found: Found, language: str) -> bool:
    """Tell whether two days are named beside a midnight: the night of 12/13 August."""
    near = text[max(found.start - _BESIDE, 0) : found.end + _BESIDE]
    return _between_pattern(language).search(near.replace(found.value, " ")) is not None


@cache
def _between_pattern(language: str) -> re.Pattern[str]:
    nth, months = any_of(_words(language, "nth")), any_of(month_names(language))
    day = rf"[0-9]{{1,2}}(?:{nth})?"
    named = rf"(?:\s?(?:{months})(?:,?\s?[0-9]{{4}})?|[./-][0-9]{{1,2}}[./-](?:[0-9]{{4}}|[0-9]{{2}}))?"
    words = any_of(_words(language, "night_between"))
    join = rf"(?:\s?[-–/&]\s?|\s{{1,3}}(?:{any_of(_words(language, 'joining'))})\s{{1,3}})"
    numeric = r"(?:[./-][0-9]{1,2}[./-](?:[0-9]{4}|[0-9]{2}))?"
    pair = rf"(?<![0-9:./-]){day}{named}{join}{day}{numeric}(?![0-9:]|[./-][0-9])"
    return re.compile(rf"{pair}|(?<!{LETTER})(?:{words})(?!{LETTER})", re.IGNORECASE)


def _beside(half: str, language: str) -> set[str]:
    return set(words_meaning(half, language, "before", "after"))


def _words(language: str, name: str) -> list[str]:
    known = catalog("facts").get(language, {}) if language != "latin" else {}
    return list(known.get(name, ()))
