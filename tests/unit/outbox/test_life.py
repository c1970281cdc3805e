from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatcher.acts import IN_EFFECT, LONGEST, SLOTS, FollowUp, Life, Remind, RemindersPlan, is_reminder, reminder
from dispatcher.model import LatePolicy
from dispatcher.outbox.follow_ups import frozen_life, thawed_life
from dispatcher.outbox.life import APART, life_of, next_opening, standing, with_return
from dispatcher.outbox.schedule import Clocks, cutoff

KOLKATA = ZoneInfo("Asia/Kolkata")
PLAN = RemindersPlan()


def _ist(day: int, hour: int, minute: int = 0, *, month: int = 8) -> datetime:
    return datetime(2025, month, day, hour, minute, tzinfo=KOLKATA)


SEED = Clocks(
    effective_at=_ist(13, 12),
    notify_before=_ist(13, 12),
    useful_until=_ist(20, 18),
    window_end=None,
    late_policy=LatePolicy.SEND_IN_EFFECT,
)
EVENING = _ist(12, 21, 10)


def _life(clocks: Clocks = SEED, *, since: datetime = EVENING, plan: RemindersPlan = PLAN) -> Life:
    return life_of(clocks, end=cutoff(clocks), since=since, plan=plan, zone=KOLKATA)


def _moments(life: Life) -> list[tuple[str, datetime]]:
    return [(each.act, each.at) for each in life.follow_ups]


def test_the_seed_is_followed_in_the_morning_at_noon_and_the_day_after() -> None:
    """Issued in the evening: a reminder at the opening, the notice at the hour, a reminder at the next opening."""
    expected = [("reminder-1", _ist(13, 9, 30)), (IN_EFFECT, _ist(13, 12)), ("reminder-2", _ist(14, 9, 30))]

    assert expected == _moments(_life())


def test_the_time_left_is_told_until_a_quarter_of_it_has_gone() -> None:
    """The reminder of half past nine says two and a half hours, and is not said later than 37 minutes after."""
    first = _life().follow_ups[0]

    assert (150, False) == (first.left, first.after)
    assert timedelta(minutes=37, seconds=30) == first.until - first.at


def test_what_comes_after_the_hour_says_so_until_the_end() -> None:
    """Notice and later reminder are of use until the advisory is not."""
    later = _life().follow_ups[1:]

    assert [(True, SEED.useful_until)] * 2 == [(each.after, each.until) for each in later]


def test_only_who_did_not_acknowledge_is_reminded_and_everybody_gets_the_notice() -> None:
    """The notice at the hour goes to all, whoever is reminded."""
    assert [Remind.UNACKNOWLEDGED, Remind.ALL, Remind.UNACKNOWLEDGED] == [one.to for one in _life().follow_ups]


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        pytest.param(_ist(13, 9, 29), _ist(13, 9, 30), id="the same day"),
        pytest.param(_ist(13, 9, 30), _ist(14, 9, 30), id="at the opening itself the next one"),
        pytest.param(_ist(14, 18), _ist(18, 9, 30), id="over a holiday and a weekend"),
    ],
)
def test_the_office_opens_on_working_days(after: datetime, expected: datetime) -> None:
    """Saturdays, Sundays and holidays are passed over. 15.08.2025 is a Friday."""
    plan = replace(PLAN, holidays=frozenset({date(2025, 8, 15)}))

    assert expected == next_opening(after, plan=plan, zone=KOLKATA)


def test_an_opening_after_the_hour_is_no_reminder_before_it() -> None:
    """Where the hour comes before the office opens, the slot before it is not used, and it is told why."""
    life = _life(replace(SEED, effective_at=_ist(13, 8), notify_before=_ist(13, 8)))

    assert [(IN_EFFECT, _ist(13, 8)), ("reminder-1", _ist(13, 9, 30))] == _moments(life)
    assert [("opening", "the hour comes before it")] == [(one.slot, one.why) for one in life.passed]


def test_a_return_that_is_due_is_reminded_of_in_its_time() -> None:
    """Between the others, at its own moment, to who passes the advisory on; before the issue it is passed over."""
    due, none = _ist(13, 11), _ist(12, 20)
    end = cutoff(SEED)
    life = with_return(_life(), due, SEED, end=end, since=EVENING)
    passed = with_return(_life(), none, SEED, end=end, since=EVENING)
    (asked,) = [one for one in life.follow_ups if one.for_return]

    expected = [(reminder(1), _ist(13, 9, 30)), (reminder(2), due), (IN_EFFECT, _ist(13, 12))]
    assert [*expected, (reminder(3), _ist(14, 9, 30))] == _moments(life)
    assert (reminder(2), 0, False, Remind.ALL) == (asked.act, asked.left, asked.after, asked.to)
    assert end == asked.until
    assert [one.for_return for one in life.follow_ups] == [
        one.for_return for one in thawed_life(frozen_life(life, [])).follow_ups
    ]
    assert _life().follow_ups == passed.follow_ups
    assert ("return due", none) == passed.passed[-1][:2]


def test_of_two_within_an_hour_the_later_is_left_out() -> None:
    """A reminder needs an hour between it and what goes before it: the issue, another reminder, the notice."""
    plan = replace(PLAN, at=(150, 120, *SLOTS), opens=time(9, 0))
    life = _life(plan=plan)

    expected = [("reminder-1", _ist(13, 9)), ("reminder-2", _ist(13, 10)), (IN_EFFECT, _ist(13, 12))]
    assert expected == _moments(life)[:3]
    assert ["150 minutes before"] == [one.slot for one in life.passed]


def test_the_notice_is_moved_by_nothing() -> None:
    """A reminder shortly before the hour does not take the place of the notice at it."""
    life = _life(plan=replace(PLAN, at=(30, IN_EFFECT)))

    assert [("reminder-1", _ist(13, 11, 30)), (IN_EFFECT, _ist(13, 12))] == _moments(life)


@pytest.mark.parametrize("policy", [LatePolicy.SEND_MARKED, LatePolicy.DROP, LatePolicy.HOLD])
def test_there_is_no_notice_where_the_policy_knows_none(policy: LatePolicy) -> None:
    """Only send_in_effect has a text for the hour itself."""
    life = _life(replace(SEED, late_policy=policy))

    assert IN_EFFECT not in [each.act for each in life.follow_ups]
    assert IN_EFFECT in [one.slot for one in life.passed]


def test_nothing_follows_where_nothing_is_asked_for() -> None:
    """An empty list of slots means that nothing follows."""
    assert Life() == _life(plan=replace(PLAN, at=()))


def test_a_list_of_holidays_without_end_is_no_endless_search() -> None:
    """Where no working day comes, the slot is not used, and it is told."""
    days = frozenset(date(2025, 8, 12) + timedelta(days=n) for n in range(200))
    life = _life(plan=replace(PLAN, holidays=days))

    assert [IN_EFFECT] == [each.act for each in life.follow_ups]
    assert {"opening", "opening_after"} == {one.slot for one in life.passed}


_minutes = st.integers(1, LONGEST)
_slots = st.lists(st.sampled_from(SLOTS) | _minutes, unique=True, max_size=6).map(tuple)
_days = st.frozensets(st.dates(date(2025, 7, 1), date(2025, 10, 30)), max_size=12)


@given(
    since=st.floats(0, 90).map(lambda days: datetime(2025, 7, 1, tzinfo=UTC) + timedelta(days=days)),
    lead=st.timedeltas(timedelta(days=-2), timedelta(days=40)),
    useful=st.none() | st.timedeltas(timedelta(0), timedelta(days=20)),
    policy=st.sampled_from(LatePolicy),
    at=_slots,
    opens=st.times(),
    holidays=_days,
)
def test_whatever_is_asked_for_the_plan_keeps_its_promises(
    since: datetime,
    lead: timedelta,
    useful: timedelta | None,
    policy: LatePolicy,
    at: tuple[str | float, ...],
    opens: time,
    holidays: frozenset[date],
) -> None:
    """In order; later than the issue, before the end; reminders an hour apart; each slot used or told why not."""
    hour = since + lead
    clocks = Clocks(
        effective_at=hour,
        notify_before=hour,
        useful_until=hour + useful if useful is not None else None,
        window_end=None,
        late_policy=policy,
    )
    end = cutoff(clocks)
    plan = RemindersPlan(at=at, opens=opens.replace(second=0, microsecond=0), holidays=holidays)
    life = life_of(clocks, end=end, since=since, plan=plan, zone=KOLKATA)
    moments = [each.at for each in life.follow_ups]
    before = [since, *moments]

    assert sorted(moments) == moments
    assert all(since < one < end for one in moments)
    assert all(
        each.at - before[place] >= APART for place, each in enumerate(life.follow_ups) if is_reminder(each.act)
    )
    assert len(at) == len(life.follow_ups) + len(life.passed)
    assert all(one.why for one in life.passed)
    assert all(each.at < each.until <= end for each in life.follow_ups)
    assert all(each.after is (each.at >= hour) for each in life.follow_ups)
    assert len({each.act for each in life.follow_ups}) == len(moments)


NOTICE = FollowUp(act=IN_EFFECT, at=_ist(13, 12), until=_ist(20, 18), to=Remind.ALL, after=True)
REMINDER = replace(NOTICE, act="reminder-1")


@pytest.mark.parametrize(
    ("now", "approved_at", "said"),
    [
        pytest.param(_ist(13, 12), EVENING, None, id="at its time"),
        pytest.param(_ist(13, 14), EVENING, None, id="caught up"),
        pytest.param(_ist(13, 14, 1), EVENING, "121 minutes late", id="missed by too much"),
        pytest.param(_ist(13, 13), _ist(13, 12, 30), "before the approval", id="approved after it"),
    ],
)
def test_a_slot_that_was_missed_is_caught_up_with_or_passed_over(
    now: datetime, approved_at: datetime, said: str | None
) -> None:
    """Within catch_up_within a reminder is made good, later it is passed over, and the reason is told."""
    why = standing(REMINDER, approved_at=approved_at, now=now, catch_up_within=timedelta(minutes=120))

    assert (why is None) if said is None else (why is not None and said in why)


@pytest.mark.parametrize(
    ("now", "approved_at", "said"),
    [
        pytest.param(_ist(13, 14, 30), EVENING, None, id="hours late"),
        pytest.param(_ist(20, 17, 59), EVENING, None, id="days late"),
        pytest.param(_ist(20, 18), EVENING, "not true any more", id="of no use any more"),
        pytest.param(_ist(13, 13), _ist(13, 12, 30), "before the approval", id="approved after it"),
    ],
)
def test_the_notice_is_caught_up_with_as_long_as_it_is_of_use(
    now: datetime, approved_at: datetime, said: str | None
) -> None:
    """However much it was missed by: until the advisory's end it tells what its readers can act on."""
    why = standing(NOTICE, approved_at=approved_at, now=now, catch_up_within=timedelta(minutes=120))

    assert (why is None) if said is None else (why is not None and said in why)


@pytest.mark.parametrize(
    ("now", "said"),
    [
        pytest.param(_ist(13, 15, 30), None, id="hours late"),
        pytest.param(_ist(20, 17, 59), None, id="days late"),
        pytest.param(_ist(20, 18), "not true any more", id="of no use any more"),
    ],
)
def test_the_reminder_of_the_return_is_caught_up_with_as_long_as_it_is_of_use(
    now: datetime, said: str | None
) -> None:
    """It tells no time left; that the return did not come is as true the later it is."""
    asked = replace(REMINDER, for_return=True)
    why = standing(asked, approved_at=EVENING, now=now, catch_up_within=timedelta(minutes=120))

    assert (why is None) if said is None else (why is not None and said in why)


def test_a_text_that_is_not_true_any_more_is_not_sent() -> None:
    """Time left is told only as long as it holds, however much may be caught up with."""
    first = _life().follow_ups[0]
    why = standing(first, approved_at=EVENING, now=first.until, catch_up_within=timedelta(days=1))

    assert why is not None
    assert "not true" in why
