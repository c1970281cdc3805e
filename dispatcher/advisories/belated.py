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
    from dispatcher.model import Advisory, Localized

_NEAR = 2
"""Characters between a word such as "before" and the date or hour that it is said of."""


class Belated(NamedTuple):
    """A request: its key, and the hour that it names."""

    key: str
    hour: datetime


def belated_requests(advisory: Advisory, languages: Sequence[str], *, zone: tzinfo) -> Iterator[Belated]:
    """Yield what is asked before an hour after which it can still go out, and does not say what holds then."""
    for key, texts, ends in _requests(advisory):
        for language in languages:
            if _knows_afterwards(texts[language], language):
                continue
            for hour in deadlines_in(texts[language], language, zone=zone):
                if ends is None or hour < ends:
                    yield Belated(f"{key}.{language}", hour)


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


def _requests(advisory: Advisory) -> Iterator[tuple[str, Localized, datetime | None]]:
    """Yield the key and the texts of each request, and until when it may go out; None: nothing ends that.

    What users are to do (`do`) stands in the notice to them as long as what is in effect does not.
    """
    policy, end = advisory.late_policy, advisory.useful_until or advisory.window_end
    as_written = {
        LatePolicy.DROP: advisory.window_end or advisory.notify_before,
        LatePolicy.HOLD: advisory.notify_before,
    }
    in_effect = advisory.effective_at if policy is LatePolicy.SEND_IN_EFFECT else end
    yield "do", advisory.do, as_written.get(policy, in_effect)
    for row, line in enumerate(advisory.addressees):
        changes = line.late_ask is not None and advisory.notify_before <= advisory.effective_at
        yield f"addressees[{row}].ask", line.ask, as_written.get(policy, advisory.effective_at if changes else end)
        if line.late_ask is not None and changes and policy not in as_written:
            yield f"addressees[{row}].late_ask", line.late_ask, end


def _knows_afterwards(text: str, language: str) -> bool:
    return _afterwards_pattern(language).search(Unread(text).text) is not None


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
def _afterwards_pattern(language: str) -> re.Pattern[str]:
    words = any_of(catalog("facts").get(language, {}).get("afterwards", ()))
    return re.compile(rf"(?<!{LETTER})(?:{words})(?!{LETTER})", re.IGNORECASE)
