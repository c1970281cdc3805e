"""By when a mediator is to pass an advisory on, and by when it is to tell what became of it. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING, Final, TypeAlias

if TYPE_CHECKING:
    from dispatcher.publishing.issue import Issue

When: TypeAlias = timedelta | datetime | None
"""So long before the advisory's hour, or a moment; None: what is usual."""

_CLOSING: Final = time(18)
"""An advisory that bears no signature counts from here on its day."""
_LONGEST: Final = timedelta(hours=2)
_STEP: Final = timedelta(minutes=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class OnwardPlan:
    """What the office sets."""

    notify_before: When = None
    return_by: When = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OnwardHours:
    """The mediator's hours, in UTC."""

    notify_before: datetime
    return_by: datetime


def onward_hours(issue: Issue, plan: OnwardPlan) -> OnwardHours:
    """Return the hours of an issue: by its signature, not by the present moment, so that its kit stays the same.

    Usually the mediator has half of the time that there is and ends two hours before the hour at the latest; its
    return is due in the middle between. Its own hour is never later than the advisory's.
    """
    hour, begins = issue.advisory.notify_before, _begins(issue)
    ahead = min(_LONGEST, max(hour - begins, timedelta()) / 2)
    own = min(_moment(plan.notify_before, hour, usual=ahead), hour)
    return OnwardHours(notify_before=own, return_by=_moment(plan.return_by, hour, usual=(hour - own) / 2))


def _begins(issue: Issue) -> datetime:
    signature = issue.document.signature
    return signature.signed_at if signature else datetime.combine(issue.advisory.issued, _CLOSING, issue.zone)


def _moment(when: When, hour: datetime, *, usual: timedelta) -> datetime:
    if isinstance(when, datetime):
        return when.astimezone(UTC)
    return hour - (usual - usual % _STEP if when is None else when)
