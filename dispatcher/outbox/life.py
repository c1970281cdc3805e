"""What follows an advisory by itself, and when: reminders and the notice that it now is in effect. Pure.

The slots are reckoned from the clocks when the release is prepared, and frozen with it. Whether one is used is
decided when it comes (`standing`): one that was missed by much, or lies before the approval, is skipped.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import count
from typing import TYPE_CHECKING

from dispatcher.acts import (
    IN_EFFECT,
    OPENING,
    OPENING_AFTER,
    FollowUp,
    Life,
    Passed,
    Remind,
    is_reminder,
    reminder,
)
from dispatcher.model import LatePolicy

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import tzinfo

    from dispatcher.acts import RemindersPlan
    from dispatcher.outbox.schedule import Clocks

APART = timedelta(hours=1)
"""A reminder comes at least so long after whatever went before it."""
TRUE_FOR = 4
"""A text that tells the time left holds for a quarter of it."""
_LONGEST_BREAK = 60
"""Days in a row on which an office does not open, at most: a list of holidays that is longer is a slip."""


def life_of(clocks: Clocks, *, end: datetime, since: datetime, plan: RemindersPlan, zone: tzinfo) -> Life:
    """Return what follows an advisory that is issued at `since`; nothing at or after `end`, its cutoff.

    Reminders are an hour apart from each other, the issue and the notice; of two that are closer the later is left
    out. The notice itself is moved by nothing.
    """
    used: list[tuple[str, datetime]] = []
    passed: list[Passed] = []
    for slot, at, why in sorted(_slots(clocks, since, plan, zone), key=lambda one: (one[1], one[0] != IN_EFFECT)):
        said = why or _unfit(at, since=since, end=end)
        if not said and slot != IN_EFFECT and at - (used[-1][1] if used else since) < APART:
            said = "less than an hour after what goes before it"
        if said:
            passed.append(Passed(slot, at, said))
        else:
            used.append((slot, at))
    return Life(tuple(_follow_ups(used, clocks, end, plan)), tuple(passed))


def with_return(life: Life, due: datetime, clocks: Clocks, *, end: datetime, since: datetime) -> Life:
    """Return what follows an advisory that somebody passes on, whose return is `due`: then a reminder of it.

    It is moved by nothing, as it goes to nobody else, and tells no time left: it is of use until the `end`.
    Reminders are counted in the order in which they go.
    """
    if said := _unfit(due, since=since, end=end):
        return replace(life, passed=(*life.passed, Passed("return due", due, said)))
    after = due >= clocks.effective_at
    asked = FollowUp(act=reminder(1), at=due, until=end, to=Remind.ALL, after=after, for_return=True)
    return replace(life, follow_ups=tuple(_counted(sorted((*life.follow_ups, asked), key=lambda one: one.at))))


def _counted(follow_ups: Iterable[FollowUp]) -> Iterator[FollowUp]:
    """Yield what follows, its reminders counted anew."""
    numbers = count(1)
    for one in follow_ups:
        yield replace(one, act=reminder(next(numbers))) if is_reminder(one.act) else one


def next_opening(after: datetime, *, plan: RemindersPlan, zone: tzinfo) -> datetime | None:
    """Return when the office opens next, later than `after`; None where the list of holidays knows no end."""
    day = after.astimezone(zone).date()
    for _ in range(_LONGEST_BREAK):
        opens = datetime.combine(day, plan.opens, zone)
        if opens > after and day.weekday() < 5 and day not in plan.holidays:
            return opens
        day += timedelta(days=1)
    return None


def standing(each: FollowUp, *, approved_at: datetime, now: datetime, catch_up_within: timedelta) -> str | None:
    """Return why a slot is passed over; None where it waits, or is to be used now.

    The notice that the advisory is in effect is caught up with as long as it is of use: recipients can act on it.
    So is the reminder of the return: that it did not come is as true the later it is.
    """
    if each.at < approved_at:
        return "it lies before the approval"
    if each.act != IN_EFFECT and not each.for_return and now - each.at > catch_up_within:
        late = f"{(now - each.at).total_seconds() / 60:.0f} minutes"
        return f"nothing ran at its time, and {late} late is more than reminders.catch_up_within allows"
    if now >= each.until:
        return "nothing ran at its time, and what it says is not true any more"
    return None


def _slots(
    clocks: Clocks, since: datetime, plan: RemindersPlan, zone: tzinfo
) -> Iterator[tuple[str, datetime, str | None]]:
    """Yield each slot that is asked for, with its moment, and why it cannot be used where that is known here."""
    hour = clocks.effective_at
    for slot in dict.fromkeys(plan.at):
        if slot == IN_EFFECT:
            says = clocks.late_policy is LatePolicy.SEND_IN_EFFECT
            yield IN_EFFECT, hour, None if says else f"the late policy is {clocks.late_policy}, not send_in_effect"
        elif slot == OPENING:
            at = next_opening(since, plan=plan, zone=zone)
            yield OPENING, at or hour, None if at and at < hour else "the hour comes before it"
        elif slot == OPENING_AFTER:
            at = next_opening(max(since, hour), plan=plan, zone=zone)
            yield OPENING_AFTER, at or hour, None if at else "no working day follows"
        else:
            yield f"{slot:g} minutes before", hour - timedelta(minutes=float(slot)), None


def _unfit(at: datetime, *, since: datetime, end: datetime) -> str | None:
    if at <= since:
        return "it had passed when the release was prepared"
    return "the advisory is of no use any more then" if at >= end else None


def _follow_ups(
    used: Sequence[tuple[str, datetime]], clocks: Clocks, end: datetime, plan: RemindersPlan
) -> Iterator[FollowUp]:
    numbers = count(1)
    for slot, at in used:
        left, after = clocks.effective_at - at, at >= clocks.effective_at
        yield FollowUp(
            act=IN_EFFECT if slot == IN_EFFECT else reminder(next(numbers)),
            at=at,
            until=end if after else min(end, at + left / TRUE_FOR),
            to=Remind.ALL if slot == IN_EFFECT else plan.to,
            after=after,
            left=0 if after else left.total_seconds() / 60,
        )
