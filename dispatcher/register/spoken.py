"""Sentences of the register's catalog, with moments in them as each language writes them, zone and all. Pure."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from dispatcher.words import catalog

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import tzinfo


class Clock(NamedTuple):
    """A moment of which the time of day alone is told."""

    at: datetime


def spoken(text: str, facts: Mapping[str, object], *, language: str, zone: tzinfo) -> str:
    """Return a sentence of a language with its facts filled in; moments among them are told in `zone`."""
    return text.format(**{name: _told(fact, language, zone) for name, fact in facts.items()})


def _told(fact: object, language: str, zone: tzinfo) -> object:
    if isinstance(fact, Clock):
        return _moment("clock", fact.at.astimezone(zone), language)
    return _moment("whole", fact.astimezone(zone), language) if isinstance(fact, datetime) else fact


def _moment(form: str, at: datetime, language: str) -> str:
    words, name = catalog("register")["moments"], f"{at:%Z}"
    zone = words["zones"].get(name, {}).get(language, name)
    text: str = words[form].get(language, words[form]["en"])
    return text.format(day=f"{at:%d.%m.%Y}", clock=f"{at:%H:%M}", zone=zone)
