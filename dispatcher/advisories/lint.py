"""What is worth a second look in an advisory: warnings that an officer corrects or answers. Pure."""

from __future__ import annotations

import re
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from dispatcher.advisories.facts import facts_of
from dispatcher.advisories.texts import texts_of
from dispatcher.errors import Problem, Severity, Source

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dispatcher.model import Advisory, Office

LEAD = timedelta(hours=24)
_NOON = re.compile(r"(?<![:.0-9])12(?:[:.]00)?\s*(?:a\.?m\b\.?|p\.?m\b\.?)", re.IGNORECASE)
_TOLL_FREE = ("1800", "1860")
_DIGITS = 11
"""Of an Indian number with its 0 and area code, and of a toll-free one."""


def lint_problems(advisory: Advisory, languages: Sequence[str], *, office: Office, file: str) -> list[Problem]:
    """Return the questions of the lint about an advisory, each a warning."""
    return [
        *_of_texts(advisory, languages, file),
        *_of_numbers(office),
        *_of_lead_time(advisory, office, file),
    ]


def ambiguous_noons(text: str) -> list[str]:
    """Return each 12 a.m. or 12 p.m., which some read as noon and some as midnight."""
    return _NOON.findall(text)


def odd_phones(text: str, language: str) -> list[tuple[str, int]]:
    """Return the telephone numbers of a text that have a digit too many or too few, with how many they have."""
    phones = sorted(facts_of(text, language).phones)
    return [
        (phone, len(phone)) for phone in phones if phone.startswith(("0", *_TOLL_FREE)) and len(phone) != _DIGITS
    ]


def other_helpdesks(text: str, language: str, helpdesk: str) -> list[str]:
    """Return the mail addresses of a text that name a helpdesk and are not the one that the advisory gives."""
    return [
        one for one in sorted(facts_of(text, language).addresses)
        if "helpdesk" in one and one != helpdesk.lower()
    ]  # fmt: skip


def _of_texts(advisory: Advisory, languages: Sequence[str], file: str) -> Iterator[Problem]:
    for key, text in texts_of(advisory):
        for language in languages:
            at, said = f"{key}.{language}", text[language]
            for noon in ambiguous_noons(said):
                yield _warning("lint_noon", file, at, noon)
            for phone, digits in odd_phones(said, language):
                yield _warning("lint_phone", file, at, phone, digits=str(digits), wanted=str(_DIGITS))
            for other in other_helpdesks(said, language, advisory.helpdesk.email):
                yield _warning("lint_helpdesk", file, at, other, helpdesk=advisory.helpdesk.email)


def _of_numbers(office: Office) -> Iterator[Problem]:
    for key in ("phone", "fax"):
        number = getattr(office, key) or ""
        for _, digits in odd_phones(number, "en"):
            wanted = {"digits": str(digits), "wanted": str(_DIGITS)}
            yield _warning("lint_phone", "config.yaml", f"office.{key}", number, **wanted)


def _of_lead_time(advisory: Advisory, office: Office, file: str) -> Iterator[Problem]:
    evening = datetime.combine(advisory.issued, time(0), tzinfo=ZoneInfo(office.time_zone)) + timedelta(days=1)
    lead = advisory.notify_before - evening
    if lead < LEAD:
        hour = advisory.notify_before.astimezone(ZoneInfo(office.time_zone))
        hours = str(max(round(lead / timedelta(hours=1)), 0))
        yield _warning("lint_lead_time", file, "notify_before", f"{hour:%d.%m.%Y %H:%M}", hours=hours)


def _warning(code: str, file: str, path: str, value: str, **facts: str) -> Problem:
    return Problem(Severity.WARNING, code, Source(file, column=path), value, facts)
