"""Hours as a text says them, in minutes of the day. Pure; the words beside them stand in words/facts.yaml."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from dispatcher.advisories.calendar_words import joint
from dispatcher.advisories.unread import LETTER, Found, any_of, folded
from dispatcher.words import catalog

if TYPE_CHECKING:
    import re

    from dispatcher.advisories.unread import Unread

_DAY = 24 * 60
_HALVES = frozenset({"am", "pm", "noon", "midnight", "night"})
_ALONE = {"noon": 12 * 60, "midnight": 0}


class _Hour(NamedTuple):
    """What stands in a text: 1 to 12 with its half of the day, or 0 to 24; `exact` where no half is missing."""

    hour: int
    minute: int
    half: str
    exact: bool
    bare: bool
    """Whether it stands without minutes."""
    complete: bool
    """Whether it is an hour by itself; else a number, which only an hour behind it makes one: "3 to 5 pm"."""

    @property
    def halved(self) -> bool:
        return self.half in _HALVES


def hours_in(unread: Unread, language: str) -> list[Found]:
    """Take every hour; of "3 to 5 pm" both, the half of the day said once."""
    found = [
        *(
            Found(one.start, one.end, minutes)
            for one in unread.take(_range_pattern(language), lambda match: _both(match, language))
            for minutes in one.value
        ),
        *unread.take(_pattern(language), lambda match: _single(match, language)),
    ]
    alone = _words(language)["alone"]
    return [*found, *unread.take(_alone_pattern(language), lambda match: _ALONE[alone[folded(match[0])]])]


def words_meaning(half: str, language: str, *places: str) -> list[str]:
    """Return the words of a language that stand before, after or in place of an hour and mean this."""
    return [word for place in places for word, meant in _words(language)[place].items() if meant == half]


@cache
def _pattern(language: str) -> str:
    return rf"(?<![0-9])(?<![0-9][.:])(?:{_four_digits(language)}|{_spoken(language, '')})"


@cache
def _range_pattern(language: str) -> str:
    first, last = _spoken(language, "1"), _spoken(language, "2")
    return rf"(?<![0-9])(?<![0-9][.:]){first}{joint(language, '-–')}{last}"


@cache
def _alone_pattern(language: str) -> str:
    return rf"(?<!{LETTER})(?:{any_of(_words(language)['alone'])})(?!{LETTER})"


def _four_digits(language: str) -> str:
    units = [*words_meaning("none", language, "after"), *words_meaning("clock", language, "after")]
    return rf"(?P<four>(?:[01][0-9]|2[0-4])[0-5][0-9])\s{{0,2}}(?:{any_of(units)})(?!{LETTER})"


def _spoken(language: str, mark: str) -> str:
    """Return what matches an hour, its groups with a mark: words before it, the clock, words after it."""
    words = _words(language)
    of = rf"(?:(?:{any_of(words['of'])})\s{{1,3}})?"
    before = rf"(?<!{LETTER})(?P<before{mark}>{any_of(words['before'])})\s{{0,3}}{of}"
    quarter = rf"(?P<quarter{mark}>{any_of(words['quarters'])})\s{{1,3}}"
    minutes = rf"(?:\s?:\s?|\.)(?P<m{mark}>[0-5][0-9])(?::[0-5][0-9])?(?![.:]?[0-9])"
    clock = rf"(?P<h{mark}>[0-9]{{1,2}})(?:{minutes}|(?![0-9]|[.:,/][0-9]))"
    behind = rf"(?:{any_of(words['after'])})(?!{LETTER})|(?:{any_of(words['before'])})(?!{LETTER}|\s{{0,3}}[0-9])"
    after = rf"(?:\s{{0,3}}(?:{behind})){{0,3}}"
    return rf"(?:{before})?(?:{quarter})?{clock}(?P<after{mark}>{after})"


def _both(found: re.Match[str], language: str) -> list[int] | None:
    """Return both hours of a range; each says the half of the day for the other where that says none."""
    first, last = _hour(found, "1", language), _hour(found, "2", language)
    if not last.complete:
        return None
    if not (first.complete or first.halved or last.halved or last.bare):
        return None
    begins, ends = _minutes(first), _minutes(last)
    if first.halved and not last.exact:
        ends = _after(last, first)
    elif last.halved and not first.exact:
        begins = _before(first, last)
    return None if begins is None or ends is None else [begins, ends]


def _after(last: _Hour, first: _Hour) -> int | None:
    """Return when a range ends of which only the beginning says the half of the day."""
    begins, ends = _minutes(first), _minutes(last._replace(half=first.half))
    if begins is None or ends is None or last.hour > 12:
        return _minutes(last)
    return ends if ends > begins or first.half == "night" else (ends + _DAY // 2) % _DAY


def _before(first: _Hour, last: _Hour) -> int | None:
    """Return when a range begins of which only the end says the half of the day."""
    ends, begins = _minutes(last), _minutes(first._replace(half="pm" if last.half == "noon" else last.half))
    if begins is None or ends is None or first.hour > 12:
        return _minutes(first)
    return begins if begins < ends or last.half in {"night", "midnight"} else (begins + _DAY // 2) % _DAY


def _single(found: re.Match[str], language: str) -> int | None:
    if found["four"]:
        minutes = int(found["four"][:2]) * 60 + int(found["four"][2:])
        return minutes if minutes <= _DAY else None
    hour = _hour(found, "", language)
    return _minutes(hour) if hour.complete else None


def _hour(found: re.Match[str], mark: str, language: str) -> _Hour:
    words = _words(language)
    behind = _words_behind(found[f"after{mark}"], language)
    meanings = [words["before"].get(folded(found[f"before{mark}"] or ""))]
    meanings += [words["after"].get(word) or words["before"][word] for word in behind]
    half = next((one for one in meanings if one in _HALVES), None)
    quarter, minute = found[f"quarter{mark}"], found[f"m{mark}"]
    makes_one = any(words["after"].get(word) in {"clock", *_HALVES} for word in behind)
    return _Hour(
        int(found[f"h{mark}"]),
        words["quarters"][folded(quarter)] if quarter else int(minute or 0),
        half or "none",
        exact=half is not None or "none" in meanings,
        bare=minute is None,
        complete=minute is not None or makes_one,
    )


def _words_behind(behind: str, language: str) -> list[str]:
    known = sorted((*_words(language)["after"], *_words(language)["before"]), key=len, reverse=True)
    left, words = folded(behind), []
    while left:
        words.append(next(one for one in known if left.startswith(one)))
        left = left[len(words[-1]) :].lstrip()
    return words


def _minutes(said: _Hour) -> int | None:
    """Return an hour as minutes of the day; None where no clock shows it."""
    hour, half = said.hour, said.half
    if hour > 24 or (said.halved and not 1 <= hour <= 12):
        return None
    if half == "night":
        half = "pm" if 7 <= hour <= 11 else "am"
    add = {"am": 0, "midnight": 0, "pm": 12, "noon": 12}.get(half)
    minutes = (hour if add is None else hour % 12 + add) * 60 + said.minute
    if minutes < 0:  # a quarter to midnight
        return minutes + _DAY
    return minutes if minutes <= _DAY else None


@cache
def _words(language: str) -> dict[str, Any]:
    """Return the words of a language beside an hour; those of English are known behind it in each."""
    english = catalog("facts")["en"]
    own = catalog("facts").get(language, {}) if language not in {"latin", "en"} else english
    empty: dict[str, Any] = {"before": {}, "of": [], "quarters": {}, "alone": {}}
    words = empty | {name: own[name] for name in empty if name in own}
    words["after"] = english["after"] | own.get("after", {})
    return {name: _folded(value) for name, value in words.items()}


def _folded(value: dict[str, Any] | list[str]) -> Any:
    if isinstance(value, list):
        return [folded(one) for one in value]
    return {folded(word): meant for word, meant in value.items()}
