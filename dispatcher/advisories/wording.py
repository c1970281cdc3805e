"""Dates, times and lists as each language writes them (words/dates.yaml), and the one template environment."""

from __future__ import annotations

import re
import unicodedata
from datetime import date, datetime
from functools import cache, lru_cache, partial
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from babel.dates import get_day_names, get_month_names
from jinja2 import FunctionLoader, StrictUndefined
from jinja2.exceptions import FilterArgumentError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from dispatcher.words import catalog

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import tzinfo

    from jinja2 import UndefinedError

_ROMAN = ("i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x", "xi", "xii", "xiii", "xiv", "xv")


def environment(time_zone: str, templates: Mapping[str, str] | None = None) -> ImmutableSandboxedEnvironment:
    """Return the environment of every text: sandboxed, undefined names are errors, `.html.j2` is escaped.

    Instants are shown in `time_zone`. A template's name is its file name in tracebacks. The same templates are
    compiled once in a process.
    """
    return _environment(time_zone, tuple(sorted((templates or {}).items())))


@lru_cache(maxsize=4)
def _environment(time_zone: str, templates: tuple[tuple[str, str], ...]) -> ImmutableSandboxedEnvironment:
    sources = dict(templates)
    built = ImmutableSandboxedEnvironment(
        loader=FunctionLoader(lambda name: (sources[name], name, None) if name in sources else None),
        undefined=StrictUndefined,
        autoescape=lambda name: name is not None and name.endswith(".html.j2"),
        trim_blocks=True,
        lstrip_blocks=True,
    )
    built.filters |= _filters(ZoneInfo(time_zone))
    return built


def date_text(value: date, language: str, style: str = "plain", *, zone: tzinfo) -> str:
    """Return a day (or the day of an instant in `zone`) in one of the language's date styles."""
    rules = _rules(language)
    if not isinstance(value, date):
        raise FilterArgumentError(f"this is not a date: {value}")
    day = _local(value, zone).date() if isinstance(value, datetime) else value
    return _nfc(_style(rules["dates"], style).format_map(_date_fields(day, rules)))


def time_text(value: datetime, language: str, style: str = "noon", *, zone: tzinfo) -> str:
    """Return the time of day of an instant in `zone` in one of the language's time styles.

    Midnight is 00:00 in all of them, the beginning of the day that stands beside it.
    """
    form = _style(_rules(language)["times"], style)
    local = _local(value, zone)
    clock = f"{local:%H:%M}"
    fields = {
        "h": (local.hour + 11) % 12 + 1,
        "HH": clock[:2],
        "MM": clock[3:],
        "word": _holding(form["words"], clock),
    }
    return _nfc(_holding(form["patterns"], clock).format_map(fields))


def weekday_text(day: date, language: str) -> str:
    """Return the name of a day's weekday in a language."""
    return _nfc(_names(_rules(language)["locale"])[1][day.weekday()])


def length_text(minutes: float, language: str) -> str:
    """Return a length of time as one says "about": to five minutes, a quarter of an hour, an hour, or a day."""
    names: dict[str, Any] = _rules(language)["lengths"]
    step = 5 if minutes < 60 else 15 if minutes < 24 * 60 else 60 if minutes < 48 * 60 else 24 * 60
    whole = max(5, round(minutes / step) * step)
    if whole >= 48 * 60:
        return _counted(round(whole / (24 * 60)), names["day"])
    hours, rest = divmod(whole, 60)
    pieces = [_counted(hours, names["hour"])] if hours else []
    return " ".join([*pieces, *([_counted(rest, names["minute"])] if rest else [])])


def list_text(values: Iterable[str], language: str) -> str:
    """Return the values in one phrase: "a, b and c". No comma stands before the last one."""
    joints: dict[str, str] = _rules(language)["items"]
    if isinstance(values, str):
        raise FilterArgumentError(f"this is one text, not a list: {values}")
    *firsts, last = list(values) or [""]
    return joints["last"].join([joints["between"].join(firsts), last] if firsts else [last])


def roman(number: int) -> str:
    """Return a step's number, from 1, as a small roman numeral."""
    if not 1 <= number <= len(_ROMAN):
        raise FilterArgumentError(f"steps are numbered up to {len(_ROMAN)}, not {number}")
    return _ROMAN[number - 1]


def place_text(name: str, language: str) -> str:
    """Return a place's name in a language; as given where words/places.yaml does not know it."""
    return _places().get(name, {}).get(language, name)


def known_places() -> tuple[str, ...]:
    """Return the English names of all places of words/places.yaml."""
    return tuple(_places())


def undefined_name(error: UndefinedError) -> str:
    """Return the name that the error is about: "'emial'" at the end of jinja's sentence."""
    quoted: list[str] = re.findall(r"'([^']*)'", error.message or "")
    if not quoted:
        return str(error)
    return quoted[0] if str(error.message).endswith("is undefined") else quoted[-1]


@cache
def _places() -> dict[str, dict[str, str]]:
    return {place["name"]["en"]: place["name"] for place in catalog("places")["places"]}


def _filters(zone: tzinfo) -> dict[str, Any]:
    """Return the generic filters, which take a language tag, and each language's own."""
    generic = {"date": partial(date_text, zone=zone), "time": partial(time_text, zone=zone), "items": list_text}
    filters: dict[str, Any] = {**generic, "roman": roman}
    for language, rules in catalog("dates").items():
        for kind, name in rules["filters"].items():
            filters[name] = _in_language(generic[kind], language)
    return filters


def _in_language(generic: Any, language: str) -> Any:
    return lambda value, *style: generic(value, language, *style)


def _counted(count: int, names: Mapping[str, str]) -> str:
    return f"{count} {names['one'] if count == 1 else names['other']}"


def _rules(language: str) -> dict[str, Any]:
    try:
        rules: dict[str, Any] = catalog("dates")[language]
    except KeyError:
        raise FilterArgumentError(f"words/dates.yaml does not know the language {language}") from None
    return rules


def _style(styles: Mapping[str, Any], style: str) -> Any:
    try:
        return styles[style]
    except KeyError:
        raise FilterArgumentError(f"there is no style {style}; there are: {', '.join(styles)}") from None


def _holding(starts: Mapping[str, str], clock: str) -> str:
    """Return what holds at a time of the day, of what is given by the minute at which it begins."""
    return starts[max(start for start in starts if start <= clock)]


def _local(value: object, zone: tzinfo) -> datetime:
    if not isinstance(value, datetime) or value.tzinfo is None:
        raise FilterArgumentError(f"this is not an instant with a zone: {value}")
    return value.astimezone(zone)


def _date_fields(day: date, rules: Mapping[str, Any]) -> dict[str, object]:
    months, weekdays = _names(rules["locale"])
    return {
        "d": day.day,
        "dd": f"{day:%d}",
        "mm": f"{day:%m}",
        "yyyy": f"{day.year:04}",
        "month": months[day.month],
        "weekday": weekdays[day.weekday()],
        "nth": f"{day.day}{rules['nth'].get(day.day, rules['nth']['other'])}",
    }


@cache
def _names(locale: str) -> tuple[Mapping[int, str], Mapping[int, str]]:
    return get_month_names("wide", locale=locale), get_day_names("wide", locale=locale)


def _nfc(text: str) -> str:
    return unicodedata.normalize("NFC", text)
