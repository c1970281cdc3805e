"""When those who are not told yet are to be reached by telephone. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta

from dispatcher.plans import EscalationPlan

_DEFAULT_PLAN = EscalationPlan()


def set_moments(
    *, notify_before: datetime, let_go_at: datetime, plan: EscalationPlan = _DEFAULT_PLAN
) -> tuple[datetime, ...]:
    """Return the moments at which the list of those not told yet is made, in order.

    Each stands so many minutes before the hour as the plan says, but never in the first half of the time that
    there was, counted from `let_go_at` on: before that the tries have their turn. None where there was no time.
    """
    half = (notify_before - let_go_at) / 2
    if half <= timedelta(0):
        return ()
    return tuple(sorted({notify_before - min(timedelta(minutes=before), half) for before in plan.before}))


def passed(moments: tuple[datetime, ...], *, since: datetime, now: datetime) -> datetime | None:
    """Return the latest of the moments that came after `since` and not after `now`, None where none did.

    Several that came together, such as while the machine slept, call for one list.
    """
    return max((at for at in moments if since < at <= now), default=None)
