"""What `send` will ask for, said beforehand: an hour that has passed, an approval that is missing. Pure."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from dispatcher.errors import Problem, Severity, Source
from dispatcher.outbox.states import ReleaseState

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime, tzinfo

    from dispatcher.model import Advisory
    from dispatcher.outbox.records import ReleaseRecord

NEVER_BEGAN = frozenset({ReleaseState.PREPARED, ReleaseState.APPROVED})


class Said(StrEnum):
    """Codes of words/problems/gates.yaml."""

    HOUR_PAST = "hour_past"
    APPROVAL_MISSING = "approval_missing"
    APPROVAL_AHEAD = "approval_ahead"


def gate_problems(
    advisory: Advisory, records: Sequence[ReleaseRecord], *, approval_required: bool, now: datetime, zone: tzinfo
) -> tuple[Problem, ...]:
    """Return what `check`, `preview` and `rehearse` report of the gates of `send`; they never stop for it.

    `records` are the releases of the advisory. Of one that is being sent or done nothing is said: it passed.
    """
    live = [record for record in records if record.state is not ReleaseState.CANCELLED]
    said = [*_hour(advisory, live, now, zone)]
    return (*said, *_approval(advisory, live)) if approval_required else tuple(said)


def _hour(advisory: Advisory, live: Sequence[ReleaseRecord], now: datetime, zone: tzinfo) -> Iterator[Problem]:
    """Yield a warning where what never began is past its hour."""
    hours = [record.notify_before for record in live if record.state in NEVER_BEGAN]
    hour = min(hours) if hours else advisory.notify_before
    if now >= hour and (hours or not live):
        yield _problem(Severity.WARNING, Said.HOUR_PAST, advisory, f"{hour.astimezone(zone):%d.%m.%Y %H:%M %Z}")


def _approval(advisory: Advisory, live: Sequence[ReleaseRecord]) -> Iterator[Problem]:
    """Yield a warning for each release that waits for approval, a note where none is prepared yet."""
    for record in live:
        if record.state is ReleaseState.PREPARED:
            yield _problem(Severity.WARNING, Said.APPROVAL_MISSING, advisory, str(record.id), maker=record.made_by)
    if not live:
        yield _problem(Severity.NOTE, Said.APPROVAL_AHEAD, advisory, advisory.number)


def _problem(severity: Severity, code: Said, advisory: Advisory, value: str, **facts: str) -> Problem:
    column = "notify_before" if code is Said.HOUR_PAST else None
    source = Source(f"{advisory.slug}/advisory.yaml", column=column)
    return Problem(severity, code, source, value, {"number": advisory.number, **facts})
