"""The facts in a text: dates, hours, numbers, references, links, mail addresses, telephone numbers. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass, fields
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING, Any

from dispatcher.advisories.calendar_words import (
    dates_in,
    days_in,
    lone_weekdays_in,
    short_weekdays_in,
    weekdays_in,
)
from dispatcher.advisories.clock_words import hours_in
from dispatcher.advisories.unread import LETTER, Unread, any_of, folded
from dispatcher.words import catalog

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import date

    from dispatcher.advisories.unread import Found

_URL = r"(?:https?://|www\.)[^\s<>\"'()\[\]।॥]*[^\s<>\"'()\[\].,;:!?।॥]"
_HOST = r"(?<![\w.@-])(?:[a-z0-9-]{2,63}\.){2,6}(?:in|com|org|net|info|example)(?![\w-])(?:/[\w./?=&%#~-]*[\w/])?"
"""A site named without www: courier.cbic.gov.in."""
_WORD = r"[^\s<>()\[\],;:\"'@]"
_ADDRESS = rf"(?<!{_WORD}){_WORD}+@{_WORD}+\.[A-Za-z]{{2,}}"
_FILE = r"(?<![\w./@-])[0-9A-Za-z][0-9A-Za-z_-]*\.(?:csv|docx?|html|json|pdf|txt|xlsx?|zip)(?![\w-])"
"""The name of a file: a reference, and no word of a language."""
_PIECE = r"[.&()-]*[0-9A-Za-z][0-9A-Za-z.&()-]*"
_REFERENCE = rf"(?<![0-9A-Za-z.&()-])[0-9A-Za-z.&()-]+(?:/{_PIECE})+"
_PREFIX = re.compile(r"^(?:[A-Z]{1,8}\.)+(?=[0-9A-Z])")
"""F.No. and No. before a number: each language has its own."""
_SERIES = re.compile(r"((?:.*/)?(?:19|20)[0-9]{2}(?:-[0-9]{2})?)-[^0-9/]*")
"""A number of a year and, behind it, the word of its series, which is translated: 57/2021-Customs."""
_OF_YEAR = re.compile(r"[0-9]+/(?:19|20)[0-9]{2}(?:-[0-9]{2})?")
_APART = r"\s?[-\u2010-\u2013]\s?(?=[0-9])|\s(?=[0-9]{3}|[0-9]{2}[\s-][0-9]{3})"
_PHONE = rf"\(?\+?[0-9](?:[0-9]|\)?(?:{_APART})|\)(?=[0-9])){{5,20}}[0-9]"
_OFFSET = r"\b(?:UTC|GMT)\s?[+\u2212-][0-9]{1,2}(?::[0-9]{2})?"
"""The name of a zone: no hour, and not in every language."""
_PLAIN = r"[0-9]{1,3}(?:,[0-9]{2,3}){0,6},[0-9]{3}(?![0-9])(?:\.[0-9]+)?|[0-9]+(?:\.[0-9]+)?"
_PIN = r"(?:(?<=[-\u2013])|(?<=[-\u2013]\s))[1-9][0-9]{2}\s[0-9]{3}(?![0-9])"
"""A postal code in two groups, behind its place and a dash."""
_CODE = r"(?<!\w)(?:[0-9]{1,3}x[0-9]{1,3}|(?=(?:[A-Z]*[0-9]){4})[0-9A-Z]{6,})(?!\w)"
"""24x7, and a code of digits and letters: 27AAAAA0000A1Z5."""
_STEP = r"(?m)^[^\S\n]*\(?[0-9]{1,2}[.)](?=\s|$)"
_NEAR = 25
"""Characters between a weekday and the date that it is said of."""
_BESIDE = 2
"""The same, of a short name."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What two versions of a text must have in common. Hours are minutes of the day."""

    dates: frozenset[date] = frozenset()
    days: frozenset[str] = frozenset()
    """Days without a year and months with one: 13.08., 08.2025."""
    weekdays: frozenset[int] = frozenset()
    """By their numbers from Monday, 0; without those of the dates."""
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
    left = Unread(text)
    steps = len(re.findall(_STEP, left.text))
    left.take(_OFFSET, lambda found: found[0])
    links = left.take(_URL, lambda found: _link(found[0]))
    addresses = left.take(_ADDRESS, lambda found: found[0].rstrip(".").lower())
    files = left.take(_FILE, lambda found: found[0])
    links += left.take(_HOST, lambda found: _link(found[0]))
    weekdays = weekdays_in(left.text, language)
    dates = dates_in(left, language)
    days = days_in(left, language)
    references = left.take(_REFERENCE, lambda found: _reference(found[0]))
    scaled = left.take(_scaled_pattern(language), lambda found: _scaled(found, language))
    hours = hours_in(left, language)
    phones = left.take(_PHONE, lambda found: _phone(found[0]))
    pins = left.take(_PIN, lambda found: found[0].replace(" ", ""))
    numbers = left.take(_PLAIN, lambda found: _number(found[0]))
    return Facts(
        dates=_values(dates),
        days=days,
        weekdays=_values(weekdays) - {day.weekday() for day in _values(dates)},
        hours=_values(hours),
        references=_values([*files, *references]),
        links=_values(links),
        addresses=_values(addresses),
        phones=_values(phones),
        numbers=_values([*scaled, *pins, *numbers]),
        steps=steps,
    )


def wrong_weekdays(text: str, language: str) -> Iterator[tuple[str, date]]:
    """Yield each weekday that stands beside a date and is not that date's, with the date."""
    left = Unread(text)
    whole = left.text
    named = [(one, _NEAR) for one in lone_weekdays_in(whole, language)]
    named += [(one, _BESIDE) for one in short_weekdays_in(whole, language)]
    dates = dates_in(left, language) if named else []
    for one, reach in named:
        near = [(_distance(one, day), day.value) for day in dates]
        close = [each for each in near if each[0] <= reach]
        if close and one.value not in {day.weekday() for distance, day in close if distance == min(close)[0]}:
            yield whole[one.start : one.end], min(close)[1]


def without_facts(text: str) -> str:
    """Return the text without links, addresses, files, references, codes and zones: what is left is words."""
    left = Unread(text)
    for pattern in (_OFFSET, _URL, _ADDRESS, _FILE, _HOST, _REFERENCE, _CODE):
        left.take(pattern, lambda found: found[0])
    return left.text


def _values(found: list[Found]) -> frozenset[Any]:
    return frozenset(one.value for one in found)


def _link(found: str) -> str:
    """Return a link as it is compared: the name of its host in small letters, no stroke at its end."""
    host = re.match(r"(?:[a-z]+://)?[^/]*", found, re.IGNORECASE)
    assert host is not None
    return (host[0].lower() + found[host.end() :]).rstrip("/")


def _reference(found: str) -> str | None:
    """Return a reference such as 10/SYS/WZU/2025 or 57/2021; either/or and level-2/level-3 are none."""
    text = _PREFIX.sub("", found.strip(".()-").upper())
    series = _SERIES.fullmatch(text)
    text = series[1] if series else text
    lettered = re.search("[A-Z]", text) and (text.count("/") > 1 or re.search("[0-9]{4}", text))
    return text if _OF_YEAR.fullmatch(text) or (lettered and re.search("[0-9]", text)) else None


def _phone(found: str) -> str | None:
    digits = re.sub("[^0-9]", "", found)
    return digits if 7 <= len(digits) <= 14 else None


@cache
def _scaled_pattern(language: str) -> str:
    words = any_of([*_scales(language), *_shares(language)])
    return rf"(?<![0-9])(?<![0-9][.,])(?P<number>{_PLAIN})\s{{0,2}}(?:(?P<word>{words})(?!{LETTER})|%)"


def _scaled(found: re.Match[str], language: str) -> str:
    """Return what a number and the word behind it mean: 2.5 lakh is 250000."""
    factor = _scales(language).get(folded(found["word"] or ""), 1)
    return _number(f"{Decimal(found['number'].replace(',', '')) * factor:f}")


def _number(found: str) -> str:
    """Return a number as it is compared, without grouping, leading zeros and zeros behind the point."""
    whole, _, part = found.replace(",", "").partition(".")
    return ".".join(filter(None, (whole.lstrip("0") or "0", part.rstrip("0"))))


def _scales(language: str) -> Mapping[str, int]:
    return {folded(word): factor for word, factor in _known(language, "scales", {}).items()}


def _shares(language: str) -> list[str]:
    return [folded(word) for word in _known(language, "share", [])]


def _known(language: str, name: str, otherwise: Any) -> Any:
    return catalog("facts").get(language, {}).get(name, otherwise) if language != "latin" else otherwise


def _distance(one: Found, other: Found) -> int:
    return max(other.start - one.end, one.start - other.end, 0)
