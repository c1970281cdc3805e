"""What is worth a second look in an advisory: warnings that an officer corrects or answers. Pure."""

from __future__ import annotations

import re
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from dispatcher.advisories.belated import belated_requests
from dispatcher.advisories.corrections import correction_problems
from dispatcher.advisories.facts import facts_of
from dispatcher.advisories.kinds import HAPPENED, TOLD_AFTERWARDS
from dispatcher.advisories.midnights import ambiguous_midnights
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
    zone = ZoneInfo(office.time_zone)
    return [
        *_of_texts(advisory, languages, file),
        *_of_numbers(office),
        *_of_lead_time(advisory, zone, file),
        *_of_what_happened(advisory, zone, file),
        *_of_requests(advisory, languages, zone, file),
        *correction_problems(advisory, languages, office=office, zone=zone, file=file),
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
            for midnight in ambiguous_midnights(said, language):
                yield _warning("lint_midnight", file, at, midnight)
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


def _of_lead_time(advisory: Advisory, zone: ZoneInfo, file: str) -> Iterator[Problem]:
    lead = advisory.notify_before - _end_of_issue(advisory, zone)
    if lead < LEAD and advisory.kind not in TOLD_AFTERWARDS:  # of which nobody can know long before
        hours = str(max(round(lead / timedelta(hours=1)), 0))
        yield _warning("lint_lead_time", file, "notify_before", _hour(advisory.notify_before, zone), hours=hours)


def _of_what_happened(advisory: Advisory, zone: ZoneInfo, file: str) -> Iterator[Problem]:
    known_by = min(advisory.notify_before, _end_of_issue(advisory, zone))
    if advisory.kind in HAPPENED and advisory.effective_at > known_by:
        at = _hour(advisory.effective_at, zone)
        yield _warning("lint_still_to_come", file, "effective_at", at, kind=advisory.kind)


def _of_requests(advisory: Advisory, languages: Sequence[str], zone: ZoneInfo, file: str) -> Iterator[Problem]:
    if advisory.origin is not None:  # what another office asks is not changed by who passes it on
        return
    for one in belated_requests(advisory, languages, zone=zone):
        yield _warning("lint_request_past", file, one.key, _hour(one.hour, zone))


def _end_of_issue(advisory: Advisory, zone: ZoneInfo) -> datetime:
    return datetime.combine(advisory.dated, time(0), tzinfo=zone) + timedelta(days=1)


def _hour(at: datetime, zone: ZoneInfo) -> str:
    return f"{at.astimezone(zone):%d.%m.%Y %H:%M}"


def _warning(code: str, file: str, path: str, value: str, **facts: str) -> Problem:
    return Problem(Severity.WARNING, code, Source(file, column=path), value, facts)
