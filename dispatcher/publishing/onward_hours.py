"""By when a mediator is to pass an advisory on, and by when it is to tell what became of it. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Final, TypeAlias

from dispatcher.publishing.office_hours import OfficeHours, over, total

if TYPE_CHECKING:
    from dispatcher.publishing.issue import Issue

When: TypeAlias = timedelta | datetime | None
"""So long before the advisory's hour, or a moment; None: what is usual."""

NOTICE: Final = timedelta(hours=2)
"""So long before the hour the couriers know of it, at least; half of the time where it is less than twice this."""
TO_RETURN: Final = timedelta(hours=4)
"""Office hours in which a return can be made."""
_STEP: Final = timedelta(minutes=5)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class OnwardPlan:
    """What the office sets, and when it works."""

    notify_before: When = None
    return_by: When = None
    opens: time = time(9, 30)
    holidays: frozenset[date] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class OnwardHours:
    """The mediator's hours, in UTC."""

    notify_before: datetime
    return_by: datetime
    at_once: bool
    """Whether the advisory's hour had passed when it was issued: it is passed on at once."""
    in_effect: bool
    """Whether it had taken effect when it was issued, which may be before its hour or after it."""


def onward_hours(issue: Issue, plan: OnwardPlan) -> OnwardHours:
    """Return the hours of an issue: by its signature, not by the present moment, so that its kit stays the same.

    Usually the mediator has half of the office hours between the signature and the advisory's hour, and ends
    NOTICE before the hour at the latest, in office hours where any are left before that. Of an issue that bears no
    signature it is not known when it goes out: then it ends NOTICE before the hour. Its return is due TO_RETURN
    after that, or when half of the office hours are over that are left before the advisory's hour, whichever comes
    first. What the office sets counts instead, unless it had passed when the advisory was issued. The mediator's
    hour is never later than the advisory's, and its return is never due before it.
    """
    office = OfficeHours(zone=issue.zone, opens=plan.opens, holidays=plan.holidays)
    hour, begins = issue.advisory.notify_before, _begins(issue)
    at_once = hour <= begins
    own = hour if at_once else _own_hour(issue, plan, begins, office)
    due = _moment(plan.return_by, hour)
    if due is None or due <= max(begins, own):
        due = _return_hour(begins if at_once else own, hour, office)
        end = issue.advisory.useful_until
        due = min(due, end.astimezone(UTC)) if end and end > max(begins, own) else due
    in_effect = issue.advisory.effective_at <= begins
    return OnwardHours(notify_before=own.astimezone(UTC), return_by=due, at_once=at_once, in_effect=in_effect)


def _begins(issue: Issue) -> datetime:
    """Return from when on an advisory is out: of one that bears no signature, not before its day."""
    signature = issue.document.signature
    return signature.signed_at if signature else datetime.combine(issue.advisory.dated, time(), issue.zone)


def _own_hour(issue: Issue, plan: OnwardPlan, begins: datetime, office: OfficeHours) -> datetime:
    """Return by when the mediator is to pass on what is still to come."""
    hour = issue.advisory.notify_before
    own = _moment(plan.notify_before, hour)
    if own is not None and own > begins:
        return min(own, hour)
    latest = hour - min(NOTICE, (hour - begins) / 2)
    in_time = office.between(begins, latest) if issue.document.signature else []
    if not in_time:
        return min(_rounded(latest), hour)
    working = office.between(begins, hour)
    half = over(working, total(working) / 2)
    return min(_rounded(min(half, in_time[-1][1])), hour)


def _return_hour(begins: datetime, hour: datetime, office: OfficeHours) -> datetime:
    """Return when the return is due of what is passed on by `begins`."""
    before = total(office.between(begins, hour)) / 2
    return _rounded(office.after(begins, min(before, TO_RETURN) or TO_RETURN))


def _moment(when: When, hour: datetime) -> datetime | None:
    if isinstance(when, timedelta):
        return (hour - when).astimezone(UTC)
    return when.astimezone(UTC) if when else None


def _rounded(at: datetime) -> datetime:
    """Return the next full five minutes."""
    return at + -(at.astimezone(UTC) - _EPOCH) % _STEP
