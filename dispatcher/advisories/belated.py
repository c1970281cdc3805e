"""Requests to act before an hour that may be past when they are read. Pure."""

from __future__ import annotations

import re
from bisect import bisect_left
from datetime import datetime, time, timedelta
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from dispatcher.advisories.calendar_words import dates_in
from dispatcher.advisories.clock_words import hours_in
from dispatcher.advisories.unread import LETTER, Unread, any_of
from dispatcher.model import LatePolicy
from dispatcher.words import catalog

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import tzinfo

    from dispatcher.advisories.unread import Found
    from dispatcher.model import Addressee, Advisory

_NEAR = 2
"""Characters between a word such as "before" and the date or hour that it is said of."""


class Belated(NamedTuple):
    """A request: its key, and the hour that it names."""

    key: str
    hour: datetime


def belated_requests(advisory: Advisory, languages: Sequence[str], *, zone: tzinfo) -> Iterator[Belated]:
    """Yield what is asked before an hour after which it can still go out, and does not say what holds then."""
    for row, line in enumerate(advisory.addressees):
        for name, ends in _ends(advisory, line):
            texts = getattr(line, name)
            for language in languages:
                if _asks_at_once(texts[language], language):
                    continue
                for hour in deadlines_in(texts[language], language, zone=zone):
                    if ends is None or hour < ends:
                        yield Belated(f"addressees[{row}].{name}.{language}", hour)


def deadlines_in(text: str, language: str, *, zone: tzinfo) -> list[datetime]:
    """Return the moments before which a text asks for something: "before 12:00 noon on 13.08.2025"."""
    left = Unread(text)
    whole = left.text
    dates, hours = sorted(dates_in(left, language)), sorted(hours_in(left, language))
    asked = [one for one in hours if dates and _is_deadline(whole, one.start, one.end, language)]
    asked += [one for one in dates if hours and _is_deadline(whole, one.start, one.end, language)]
    found = set()
    for one in asked:
        day, hour = (_nearest(one, places) for places in (dates, hours))
        found.add(datetime.combine(day.value, time(), zone) + timedelta(minutes=hour.value))
    return sorted(found)


def _nearest(one: Found, places: Sequence[Found]) -> Found:
    """Return the one of them, in order, that stands nearest."""
    at = bisect_left(places, one)
    return min(places[max(at - 1, 0) : at + 1], key=lambda each: abs(each.start - one.start))


def _ends(advisory: Advisory, line: Addressee) -> Iterator[tuple[str, datetime | None]]:
    """Yield each request of a line with the moment until which it may go out; None: nothing ends that."""
    end = advisory.useful_until or advisory.window_end
    match advisory.late_policy:
        case LatePolicy.DROP:
            yield "ask", advisory.window_end or advisory.notify_before
        case LatePolicy.HOLD:
            yield "ask", advisory.notify_before
        case LatePolicy.SEND_IN_EFFECT | LatePolicy.SEND_MARKED:
            changes = line.late_ask is not None and advisory.notify_before <= advisory.effective_at
            yield "ask", advisory.effective_at if changes else end
            if changes:
                yield "late_ask", end


def _asks_at_once(text: str, language: str) -> bool:
    return _at_once_pattern(language).search(Unread(text).text) is not None


def _is_deadline(text: str, start: int, end: int, language: str) -> bool:
    before, behind = _deadline_patterns(language)
    return bool(before.search(text[max(start - 30, 0) : start]) or behind.match(text[end : end + 30]))


@cache
def _deadline_patterns(language: str) -> tuple[re.Pattern[str], re.Pattern[str]]:
    words = catalog("facts").get(language, {}).get("deadline", {"before": (), "after": ()})
    gap = rf"\W{{0,{_NEAR}}}"
    return (
        re.compile(rf"(?<!{LETTER})(?:{any_of(words['before'])}){gap}\Z", re.IGNORECASE),
        re.compile(rf"{gap}(?:{any_of(words['after'])})(?!{LETTER})", re.IGNORECASE),
    )


@cache
def _at_once_pattern(language: str) -> re.Pattern[str]:
    words = any_of(catalog("facts").get(language, {}).get("at_once", ()))
    return re.compile(rf"(?<!{LETTER})(?:{words})(?!{LETTER})", re.IGNORECASE)
