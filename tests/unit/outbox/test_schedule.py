"""The deadline rule: when to try again, with which wording, and until when."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import cycle, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatcher.model import LatePolicy, Wording
from dispatcher.outbox.schedule import (
    LAST_CALL,
    Clocks,
    Decision,
    Next,
    RetryKind,
    cutoff,
    is_late,
    next_attempt,
    wording_at,
)
from dispatcher.plans import RetryPlan

HOUR = datetime(2025, 8, 13, 6, 30, tzinfo=UTC)  # 12:00 noon IST
SIGNED = datetime(2025, 8, 12, 15, 39, 9, tzinfo=UTC)  # 21:09:09 IST
PLAN = RetryPlan()
SEED = Clocks(
    effective_at=HOUR,
    notify_before=HOUR,
    useful_until=HOUR + timedelta(days=7, hours=6),
    window_end=None,
    late_policy=LatePolicy.SEND_IN_EFFECT,
)
DROPPED = replace(SEED, late_policy=LatePolicy.DROP)
HELD = replace(SEED, late_policy=LatePolicy.HOLD)

jitters = st.floats(-1, 1)
kinds = st.sampled_from(list(RetryKind))
policies = st.sampled_from(list(LatePolicy))
moments = st.floats(-2 * 24 * 60, 9 * 24 * 60).map(lambda minutes: HOUR + timedelta(minutes=minutes))


def _minutes(count: float) -> timedelta:
    return timedelta(minutes=count)


def _promised_gap(plan: RetryPlan) -> timedelta:
    """Return how long after the end of an outage a delivery is tried again: the longest wait, spread.

    What a relay asks for by name takes longer: greylisting, a throttle, a full mailbox.
    """
    return timedelta(minutes=max(plan.backoff) * (1 + plan.jitter))


def _decide(
    now: datetime,
    attempts: int = 1,
    retry: RetryKind = RetryKind.ORDINARY,
    clocks: Clocks = SEED,
    plan: RetryPlan = PLAN,
    jitter: float = 0.0,
) -> Decision:
    return next_attempt(
        now=now,
        attempts=attempts,
        retry=retry,
        clocks=clocks,
        cutoff=cutoff(clocks, plan),
        plan=plan,
        jitter=jitter,
    )


def _wait(now: datetime, attempts: int = 1, retry: RetryKind = RetryKind.ORDINARY, jitter: float = 0.0) -> float:
    """Return the minutes from `now` to the next attempt."""
    at = _decide(now, attempts, retry, jitter=jitter).at
    assert at is not None
    return (at - now).total_seconds() / 60


def _attempts_while_refused(
    start: datetime, end: datetime, clocks: Clocks = SEED, *jitters: float, plan: RetryPlan = PLAN
) -> list[datetime]:
    """Return every attempt from `start` to `end` when each meets a temporary refusal; the jitters come in turn."""
    made, at = [], start
    spread = cycle(jitters or (0.0,))
    while at <= end:
        made.append(at)
        decision = _decide(at, len(made), clocks=clocks, plan=plan, jitter=next(spread))
        if decision.at is None:
            break
        at = decision.at
    return made


@pytest.mark.parametrize(("lead", "count"), [(30, 6), (120, 10), (14 * 60 + 51, 36)])
def test_attempts_before_the_hour(lead: int, count: int) -> None:
    """However long the lead, tries come early and often, and the last one five minutes before the hour."""
    start = HOUR - _minutes(lead)
    before_the_hour = _attempts_while_refused(start, HOUR)

    assert count == len(before_the_hour)
    assert _minutes(5) == HOUR - before_the_hour[-1]


def test_the_first_two_hours_of_the_seed() -> None:
    """Back-off is 1, 2, 4, 8, 15 and then 30 minutes, counted from the attempt before."""
    made = _attempts_while_refused(SIGNED, SIGNED + _minutes(120))

    assert [0, 1, 3, 7, 15, 30, 60, 90, 120] == [round((at - SIGNED).total_seconds() / 60) for at in made]


def test_the_last_tries_before_the_hour_are_reserved() -> None:
    """60, 30, 15 and 5 minutes before the hour there is a try, whatever the back-off says."""
    made = _attempts_while_refused(SIGNED, HOUR)

    assert [60, 30, 15, 5] == [(HOUR - at).total_seconds() / 60 for at in made[-4:]]


@pytest.mark.parametrize(("outage", "gap"), [(10, 5), (59, 1), (239, 1), (599, 1)])
def test_recovery_after_an_outage(outage: int, gap: int) -> None:
    """A relay that comes back after an outage meets the next attempt as soon as the simulation promised."""
    made = _attempts_while_refused(SIGNED, HOUR)
    back = SIGNED + _minutes(outage)

    assert _minutes(gap) == min(at for at in made if at > back) - back


@given(
    lead=st.floats(0.1, 3 * 24 * 60),
    share=st.floats(0, 1, exclude_max=True),
    spread=st.lists(jitters, min_size=1, max_size=80),
    policy=policies,
)
def test_an_outage_that_ends_before_the_hour_is_noticed(
    lead: float, share: float, spread: list[float], policy: LatePolicy
) -> None:
    """Whenever an outage ends before the last try, the next one follows in the promised gap, early or late."""
    clocks = replace(SEED, late_policy=policy)
    start = HOUR - _minutes(lead)
    back = start + (HOUR - start) * share
    made = _attempts_while_refused(start, HOUR + timedelta(days=1), clocks, *spread)
    following = [at for at in made if at >= back]
    stops_at_the_hour = policy in {LatePolicy.DROP, LatePolicy.HOLD}

    assert following or (stops_at_the_hour and back > HOUR - LAST_CALL)
    assert not following or following[0] - back <= _promised_gap(PLAN)
    assert not stops_at_the_hour or made[-1] <= max(start, HOUR - LAST_CALL)


@given(lead=st.floats(6, 3 * 24 * 60), share=st.floats(0, 1), spread=st.lists(jitters, min_size=1, max_size=80))
def test_an_outage_that_ends_five_minutes_before_the_hour_costs_nobody_the_hour(
    lead: float, share: float, spread: list[float]
) -> None:
    """Whenever an outage ends up to 5 minutes before the hour, a try follows that is in time."""
    start = HOUR - _minutes(lead)
    back = start + _minutes(share * (lead - 5))
    following = [at for at in _attempts_while_refused(start, HOUR, SEED, *spread) if at >= back]

    assert following
    assert following[0] <= HOUR - _minutes(5)


@given(
    backoff=st.lists(st.floats(0.1, 240), min_size=1, max_size=8).map(tuple),
    jitter=st.floats(0, 0.9),
    spread=st.lists(jitters, min_size=1, max_size=20),
    outage=st.floats(0, 10 * 60),
)
def test_the_promised_gap_is_kept_for_any_plan(
    backoff: tuple[float, ...], jitter: float, spread: list[float], outage: float
) -> None:
    """Whatever waits an office sets, no two tries lie further apart than the promised gap of that plan."""
    plan = RetryPlan(backoff=backoff, jitter=jitter)
    back = SIGNED + _minutes(outage)
    made = _attempts_while_refused(SIGNED, back + _promised_gap(plan), SEED, *spread, plan=plan)

    assert made[-1] >= back
    assert max((later - at for at, later in pairwise(made)), default=_minutes(0)) <= _promised_gap(plan)


def test_the_promised_gap_of_the_usual_plan() -> None:
    """With the waits as they are shipped a relay that is back is tried again within 36 minutes, as is promised."""
    assert _minutes(36) == _promised_gap(PLAN)


@given(now=moments, attempts=st.integers(1, 60), retry=kinds, policy=policies, jitter=jitters)
def test_a_retry_lies_between_now_and_the_cutoff(
    now: datetime, attempts: int, retry: RetryKind, policy: LatePolicy, jitter: float
) -> None:
    """A retry is later than now and early enough before the cutoff to be made; otherwise there is none."""
    clocks = replace(SEED, late_policy=policy)
    decision = _decide(now, attempts, retry, clocks, jitter=jitter)

    assert (decision.next is Next.RETRY) == (decision.at is not None)
    assert decision.at is None or now < decision.at <= cutoff(clocks) - LAST_CALL


@given(start=moments, policy=policies, jitter=jitters)
def test_retrying_ends(start: datetime, policy: LatePolicy, jitter: float) -> None:
    """A delivery that is always refused is settled after a bounded number of attempts, whenever it began."""
    clocks = replace(SEED, late_policy=policy)
    made = _attempts_while_refused(start, HOUR + timedelta(days=30), clocks, jitter)

    assert len(made) < 600
    assert _decide(made[-1], len(made), clocks=clocks, jitter=jitter).next in {Next.EXPIRED, Next.HELD}


@given(now=moments, attempts=st.integers(1, 60), jitter=jitters)
def test_greylisting_is_waited_out(now: datetime, attempts: int, jitter: float) -> None:
    """After greylisting no try comes before 5 minutes, not even a reserved one, unless the end comes first."""
    decision = _decide(now, attempts, RetryKind.GREYLISTED, jitter=jitter)

    assert decision.at is None or decision.at >= min(now + _minutes(5), cutoff(SEED) - LAST_CALL)


def test_greylisting_at_first_waits_five_to_six_minutes() -> None:
    """The first greylisted try comes back after 5 to 6 minutes, where the schedule alone would say one."""
    spread = [_wait(SIGNED, 1, RetryKind.GREYLISTED, jitter=jitter) for jitter in (-1, 0, 1)]

    assert [5.0, 5.5, 6.0] == spread
    assert _wait(SIGNED, 5, RetryKind.GREYLISTED) == PLAN.backoff[4]


def test_a_reserved_try_does_not_break_into_greylisting() -> None:
    """A reserved moment that comes before the greylist's minimum is passed over: the try would be wasted."""
    assert _wait(HOUR - _minutes(62), 9) == 2
    assert _wait(HOUR - _minutes(62), 1, RetryKind.GREYLISTED) == PLAN.greylist
    assert _wait(HOUR - _minutes(68), 9, RetryKind.GREYLISTED) == 8


def test_throttling_waits_twice_as_long() -> None:
    """A relay that finds us too fast is left alone for twice the back-off."""
    assert [2, 4, 8] == [_wait(SIGNED, attempts, RetryKind.THROTTLED) for attempts in (1, 2, 3)]


def test_a_full_mailbox_gets_few_tries_far_apart() -> None:
    """A full mailbox is tried three times, the longest wait apart, and then left to the telephone."""
    assert [30, 30] == [_wait(SIGNED, attempts, RetryKind.MAILBOX_FULL) for attempts in (1, 2)]
    assert Decision(Next.GIVEN_UP) == _decide(SIGNED, 3, RetryKind.MAILBOX_FULL)


def test_jitter_spreads_by_a_fifth() -> None:
    """Deliveries refused together come back up to 20 % apart from the back-off."""
    assert [24, 30, 36] == [_wait(SIGNED, 9, jitter=jitter) for jitter in (-1, 0, 1)]


def test_a_back_off_past_the_cutoff_leaves_one_last_try() -> None:
    """Where the back-off would pass the cutoff there is one last try before it, and then no more."""
    now = HOUR - _minutes(4)
    last = HOUR - LAST_CALL

    assert Decision(Next.RETRY, last) == _decide(now, 9, clocks=DROPPED)
    assert Decision(Next.EXPIRED) == _decide(last, 10, clocks=DROPPED)


def test_what_is_to_be_held_waits_for_an_officer_at_the_hour() -> None:
    """Policy hold: tries go on until just before the hour, then an officer decides until the cutoff."""
    assert Decision(Next.RETRY, HOUR - LAST_CALL) == _decide(HOUR - _minutes(4), 9, clocks=HELD)
    assert Decision(Next.HELD) == _decide(HOUR, 9, clocks=HELD)
    assert Decision(Next.EXPIRED) == _decide(cutoff(HELD), 9, clocks=HELD)


def test_after_the_hour_there_are_no_reserved_slots() -> None:
    """Once the hour has passed the schedule is the back-off alone."""
    assert _wait(HOUR + _minutes(1), 9) == PLAN.backoff[-1]


@pytest.mark.parametrize(
    ("policy", "useful", "window", "expected"),
    [
        (LatePolicy.SEND_IN_EFFECT, 100, None, 100),
        (LatePolicy.SEND_MARKED, 100, 50, 100),
        (LatePolicy.SEND_MARKED, None, 50, 50),
        (LatePolicy.SEND_IN_EFFECT, None, None, PLAN.give_up_after),
        (LatePolicy.DROP, 100, None, 0),
        (LatePolicy.DROP, 100, 50, 50),
        (LatePolicy.HOLD, 100, None, 100),
        (LatePolicy.HOLD, None, None, PLAN.give_up_after),
    ],
)
def test_cutoff(policy: LatePolicy, useful: float | None, window: float | None, expected: float) -> None:
    """The end is that of the notice's use; for what is dropped, that of the window or the hour itself."""
    clocks = replace(
        SEED,
        late_policy=policy,
        useful_until=None if useful is None else HOUR + _minutes(useful),
        window_end=None if window is None else HOUR + _minutes(window),
    )

    assert HOUR + _minutes(expected) == cutoff(clocks)


@pytest.mark.parametrize(
    ("policy", "before", "after"),
    [
        (LatePolicy.SEND_IN_EFFECT, Wording.ORIGINAL, Wording.IN_EFFECT),
        (LatePolicy.SEND_MARKED, Wording.ORIGINAL, Wording.IN_EFFECT),
        (LatePolicy.DROP, Wording.ORIGINAL, None),
        (LatePolicy.HOLD, Wording.ORIGINAL, None),
    ],
)
def test_wording_changes_at_the_hour(policy: LatePolicy, before: Wording, after: Wording | None) -> None:
    """Until the hour the notice goes as written; from the hour on as the policy says, or not at all."""
    clocks = replace(SEED, late_policy=policy)

    assert before == wording_at(HOUR - timedelta(seconds=1), clocks)
    assert after == wording_at(HOUR, clocks)


def test_now_in_effect_is_not_said_before_it_is_true() -> None:
    """Between an earlier notify_before and effective_at the notice is late, and still in the future tense."""
    clocks = replace(SEED, effective_at=HOUR + _minutes(60))

    assert is_late(HOUR, clocks)
    assert wording_at(HOUR + _minutes(59), clocks) is Wording.ORIGINAL
    assert wording_at(HOUR + _minutes(60), clocks) is Wording.IN_EFFECT


def test_a_dropped_notice_of_a_window_goes_until_the_window_ends() -> None:
    """What is dropped with its window still goes out while the window is open."""
    clocks = replace(DROPPED, window_end=HOUR + _minutes(60))

    assert wording_at(HOUR + _minutes(59), clocks) is Wording.ORIGINAL
    assert wording_at(HOUR + _minutes(60), clocks) is None
