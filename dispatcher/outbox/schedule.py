"""When a delivery is tried again, which wording goes, and when it is too late.

Pure: `now` and the jitter are handed in.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from dispatcher.model import LatePolicy, Wording
from dispatcher.plans import RetryPlan

LAST_CALL = timedelta(minutes=1)
"""So long before the end stands the last try: what falls due at the end itself would come too late."""

GREYLIST_SPREAD = 0.5
"""Minutes by which a try after greylisting moves at most: it must not come before the greylist's minimum."""


class RetryKind(StrEnum):
    """Why a delivery waits: it decides how long."""

    ORDINARY = "ordinary"
    GREYLISTED = "greylisted"
    """Too early on purpose: a try before the greylist's minimum (commonly 5 minutes) is wasted."""
    MAILBOX_FULL = "mailbox_full"
    """A few tries far apart, then the telephone."""
    THROTTLED = "throttled"
    """We are too fast: wait twice as long as otherwise."""


class Next(StrEnum):
    """What follows on a temporary refusal."""

    RETRY = "retry"
    EXPIRED = "expired"
    HELD = "held"
    """The hour comes first and the advisory's policy is to ask an officer then."""
    GIVEN_UP = "given_up"
    """Tried often enough (full mailbox): a person must reach this office by telephone."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What follows, and when: `at` is set for a retry only."""

    next: Next
    at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Clocks:
    """The clocks of an advisory (aware datetimes) and what to do after them."""

    effective_at: datetime
    notify_before: datetime
    useful_until: datetime | None
    window_end: datetime | None
    late_policy: LatePolicy


_DEFAULT_PLAN = RetryPlan()


def cutoff(clocks: Clocks, plan: RetryPlan = _DEFAULT_PLAN) -> datetime:
    """Return the moment after which nothing is handed over any more.

    What is dropped ends with the window, or the hour. All else ends with its use (what is held at the hour may go
    on by an officer's decision); where no clock says when that is, `plan.give_up_after` minutes past the hour.
    """
    if clocks.late_policy is LatePolicy.DROP:
        return clocks.window_end or clocks.notify_before
    given_up = clocks.notify_before + timedelta(minutes=plan.give_up_after)
    return clocks.useful_until or clocks.window_end or given_up


def is_late(now: datetime, clocks: Clocks) -> bool:
    """Tell whether the hour by which everybody was to know has passed."""
    return now >= clocks.notify_before


def wording_at(now: datetime, clocks: Clocks) -> Wording | None:
    """Return the wording that is true and allowed at `now`; None where the policy keeps the message back.

    "Now in effect" is said from `effective_at` on, not from an earlier `notify_before`: it would be false.
    """
    match clocks.late_policy:
        case LatePolicy.SEND_IN_EFFECT | LatePolicy.SEND_MARKED:
            return Wording.IN_EFFECT if now >= clocks.effective_at else Wording.ORIGINAL
        case LatePolicy.DROP:
            return Wording.ORIGINAL if now < cutoff(clocks) else None
        case LatePolicy.HOLD:
            return None if is_late(now, clocks) else Wording.ORIGINAL


def next_attempt(
    *,
    now: datetime,
    attempts: int,
    retry: RetryKind,
    clocks: Clocks,
    cutoff: datetime,
    plan: RetryPlan,
    jitter: float,
) -> Decision:
    """Decide what follows on a temporary refusal.

    `attempts` counts the tries so far, this one included (1 or more); `jitter` in [-1, 1] spreads deliveries that
    were refused together. A retry is always later than `now` and at least LAST_CALL before `cutoff` (or, for what
    is held then, the hour): where the back-off would pass that moment, one last try is made at it.
    """
    if retry is RetryKind.MAILBOX_FULL and attempts >= plan.mailbox_full_tries:
        return Decision(Next.GIVEN_UP)
    held = clocks.late_policy is LatePolicy.HOLD
    end = min(clocks.notify_before, cutoff) if held else cutoff
    due = _by_back_off(now=now, attempts=attempts, retry=retry, clocks=clocks, plan=plan, jitter=jitter)
    at = min(due, end - LAST_CALL)
    if at > now:
        return Decision(Next.RETRY, at)
    return Decision(Next.HELD if held and now < cutoff else Next.EXPIRED)


def _by_back_off(
    *, now: datetime, attempts: int, retry: RetryKind, clocks: Clocks, plan: RetryPlan, jitter: float
) -> datetime:
    """Return the earliest of the jittered back-off and the reserved slots, greylisting waited out."""
    at = now + timedelta(minutes=_wait(attempts, retry, plan) * (1 + plan.jitter * jitter))
    soonest = now
    if retry is RetryKind.GREYLISTED:
        soonest = now + timedelta(minutes=plan.greylist + GREYLIST_SPREAD * jitter)
    slots = (clocks.notify_before - timedelta(minutes=before) for before in plan.reserved)
    return min([max(at, soonest), *(slot for slot in slots if now < slot and soonest <= slot)])


def _wait(attempts: int, retry: RetryKind, plan: RetryPlan) -> float:
    """Return the back-off in minutes, before jitter."""
    if retry is RetryKind.MAILBOX_FULL:
        return plan.backoff[-1]
    wait = plan.backoff[min(attempts, len(plan.backoff)) - 1]
    return 2 * wait if retry is RetryKind.THROTTLED else wait
