"""The kinds of advisory: what a starter text leaves open, what it suggests, and how it is filled in. Pure.

A starter text is an advisory.yaml in which `<<effective_at>>` stands for an answer. A place may suggest one:
`<<notify_before = window_start - 4 hours>>`, `<<useful_until = now + 1 day at 18:00>>`. Whatever else stands
between << and >> is for people to write (unfinished.py).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING

from dispatcher.advisories.schema import unknown
from dispatcher.advisories.values import CLOCKS
from dispatcher.errors import TemplateError, UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from zoneinfo import ZoneInfo

    from dispatcher.errors import Problem

ANSWERS = ("number", "date", "target", "target_date", *CLOCKS)
"""What a starter text may leave to `dispatcher new`."""

HAPPENED = frozenset({"incident", "restored"})
"""Kinds that tell of what has begun, or is over, when they are written."""
TOLD_AFTERWARDS = HAPPENED | {"withdrawal", "phishing_warning"}
"""Kinds of what holds at once: everybody is to know some time after it, never before."""

_BLANK = re.compile(rf"<<(?P<name>{'|'.join(ANSWERS)})(?:\s*=\s*(?P<suggested>[^<>]*?))?\s*>>")
_SUGGESTED = re.compile(
    r"(?P<base>[a-z_]+)"
    r"(?:\s*(?P<sign>[+-])\s*(?P<count>[0-9]{1,4})\s*(?P<unit>minute|hour|day)s?)?"
    r"(?:\s+at\s+(?P<hour>[01][0-9]|2[0-3]):(?P<minute>[0-5][0-9]))?"
)
_DAY_FIRST = re.compile(r"([0-9]{1,2})\.([0-9]{1,2})\.([0-9]{4})(?:[ T,]+(.+))?")
_MINUTE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[ T][0-9]{2}:[0-9]{2}")
_TARGET = re.compile(r"[0-9A-Za-z](?:[0-9A-Za-z ./()&-]*[0-9A-Za-z)])?")
_REMARK = re.compile(r"(\S+: .*\S)\s+# (.*)")
_STEP = timedelta(minutes=5)
_COLUMN = 40
"""Where the remark beside a clock begins."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of advisory and its starter text."""

    name: str
    text: str

    @property
    def about(self) -> str:
        """What it is for, in one line: the first comment of its text."""
        first = self.text.lstrip("\ufeff").partition("\n")[0]
        return first.lstrip("# ").rstrip() if first.startswith("#") else ""

    @property
    def suggestions(self) -> dict[str, str | None]:
        """What it leaves open, those without a suggestion first, each with the first one that its text makes."""
        found: dict[str, str | None] = {}
        for blank in _BLANK.finditer(self.text):
            found[blank["name"]] = found.get(blank["name"]) or blank["suggested"] or None
        return dict(sorted(found.items(), key=lambda one: one[1] is not None))

    def suggested(self, name: str, answers: Mapping[str, str], *, now: datetime) -> str | None:
        """Return what the text suggests for a clock, given the answers so far. Raises TemplateError.

        `now`, in the office's zone, counts from the last full five minutes.
        """
        written = self.suggestions[name]
        if written is None:
            return None
        parts = _SUGGESTED.fullmatch(written)
        base = {"now": now - (now - datetime.min.replace(tzinfo=now.tzinfo)) % _STEP} | {
            clock: datetime.fromisoformat(answers[clock]) for clock in CLOCKS if clock in answers
        }
        if parts is None or parts["base"] not in base:
            raise TemplateError(
                f"templates/advisories/{self.name}.yaml: <<{name} = {written}>> cannot be worked out. Write it as "
                f"<<{name} = now + 2 hours>> or <<{name} = effective_at + 7 days at 18:00>>; "
                "a clock that it counts from is asked for before it."
            )
        return _written(_moved(base[parts["base"]], parts), now)

    def filled(self, answers: Mapping[str, str]) -> str:
        """Return the text with the answers in their places; remarks stand below one another again."""
        lines = []
        for line in self.text.lstrip("\ufeff").splitlines():
            written = _BLANK.sub(lambda blank: answers[blank["name"]], line)
            remark = _REMARK.fullmatch(written) if written != line else None
            lines.append(f"{remark[1]:<{_COLUMN}} # {remark[2]}" if remark else written)
        return "\n".join(lines) + "\n"


def understood(name: str, given: str, *, zone: ZoneInfo) -> str:
    """Return an answer as the text of an advisory holds it. Raises UsageError with what to write instead.

    A time without a zone is of the office's zone, any other one is put into it.
    """
    text = given.strip()
    if name in CLOCKS:
        return moment_of(text, zone).isoformat(timespec="minutes")
    if name == "date":
        return _day(text).isoformat()
    if name == "target_date":
        return f"{_day(text):%d.%m.%Y}"
    if name == "target" and not _TARGET.fullmatch(text):
        raise UsageError(f"{text or 'nothing'} is not the number of an advisory; write it as 10/SYS/WZU/2025")
    return text


def kind_problems(kind: str, known: Sequence[str], *, file: str) -> list[Problem]:
    """Return the error of a kind that has no starter text: what goes by the kind would not be asked of it."""
    if kind in known:
        return []
    return [unknown("advisory_kind", file, "kind", kind, known=known, kinds=", ".join(known))]


def option_of(name: str) -> str:
    """Return the option of `dispatcher new` for an answer."""
    return "--" + name.replace("_", "-")


def moment_of(text: str, zone: ZoneInfo) -> datetime:
    """Return a moment as people write it, in the office's zone where it names none. Raises UsageError."""
    day_first = _DAY_FIRST.fullmatch(text)
    iso = f"{day_first[3]}-{day_first[2]:0>2}-{day_first[1]:0>2}T{day_first[4] or ''}" if day_first else text
    try:
        # a bare day would be taken for its midnight
        moment = datetime.fromisoformat(iso if _MINUTE.match(iso) else "")
        return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(zone)
    except (ValueError, OverflowError):
        said = text or "nothing"
        raise UsageError(f"{said} is not a time; write it as 2025-08-13T12:00 or 13.08.2025 12:00") from None


def _day(text: str) -> date:
    day_first = _DAY_FIRST.fullmatch(text)
    try:
        if day_first and not day_first[4]:
            return date(int(day_first[3]), int(day_first[2]), int(day_first[1]))
        return date.fromisoformat(text)
    except ValueError:
        raise UsageError(f"{text or 'nothing'} is not a date; write it as 2025-08-12 or 12.08.2025") from None


def _moved(moment: datetime, parts: re.Match[str]) -> datetime:
    if parts["count"]:
        way = timedelta(**{f"{parts['unit']}s": int(parts["count"])})
        moment = moment - way if parts["sign"] == "-" else moment + way
    if parts["hour"]:
        moment = datetime.combine(moment, time(int(parts["hour"]), int(parts["minute"])), tzinfo=moment.tzinfo)
    return moment


def _written(moment: datetime, now: datetime) -> str:
    return moment.astimezone(now.tzinfo).isoformat(timespec="minutes")
