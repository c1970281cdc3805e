from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatcher.model import Signature
from dispatcher.publishing.onward_hours import OnwardHours, OnwardPlan, onward_hours
from tests.items import KOLKATA
from tests.kits import DOCUMENT, issue

NOON = datetime(2025, 8, 13, 6, 30, tzinfo=UTC)
EVENING = datetime(2025, 8, 12, 15, 39, 9, tzinfo=UTC)
"""21:09:09 IST, when the advisory was signed."""


def _ist(text: str) -> datetime:
    """Return a moment of the office's clocks in 2025."""
    return datetime.strptime(f"2025 {text}", "%Y %d.%m. %H:%M").replace(tzinfo=KOLKATA)


def _signed(
    at: datetime, plan: OnwardPlan, *, hour: datetime = NOON, useful: datetime | None = None
) -> OnwardHours:
    document = replace(DOCUMENT, signature=Signature(signer="Officer", signed_at=at, level="B-B"))
    advisory = replace(issue().advisory, notify_before=hour, useful_until=useful)
    return onward_hours(issue(document=document, advisory=advisory), plan)


def _unsigned(issued: date, *, hour: datetime) -> OnwardHours:
    return onward_hours(issue(advisory=replace(issue().advisory, issued=issued, notify_before=hour)), OnwardPlan())


@pytest.mark.parametrize(
    ("signed_at", "hour", "own", "due"),
    [
        pytest.param("12.08. 21:09", "13.08. 12:00", "13.08. 10:00", "13.08. 11:00", id="overnight"),
        pytest.param("13.08. 09:00", "13.08. 12:00", "13.08. 10:30", "13.08. 11:15", id="three hours"),
        pytest.param("13.08. 11:27", "13.08. 12:00", "13.08. 11:45", "13.08. 11:55", id="half an hour"),
        pytest.param("13.08. 11:58", "13.08. 12:00", "13.08. 12:00", "13.08. 16:00", id="two minutes"),
        pytest.param("14.08. 15:00", "01.09. 00:00", "22.08. 16:30", "25.08. 12:00", id="two weeks"),
        pytest.param("02.12. 10:00", "04.12. 10:00", "03.12. 10:00", "03.12. 14:00", id="two days"),
        pytest.param("03.12. 17:50", "04.12. 12:00", "04.12. 10:00", "04.12. 11:00", id="the evening before"),
        pytest.param("03.12. 18:30", "04.12. 10:00", "04.12. 08:00", "04.12. 09:45", id="soon after the opening"),
        pytest.param("12.08. 21:09", "13.08. 09:35", "13.08. 07:35", "13.08. 09:35", id="at the opening"),
        pytest.param("12.08. 21:09", "13.08. 11:30", "13.08. 09:30", "13.08. 10:30", id="two hours of work"),
        pytest.param("12.08. 21:09", "13.08. 11:35", "13.08. 09:35", "13.08. 10:35", id="and five minutes"),
        pytest.param("03.12. 20:00", "04.12. 06:00", "04.12. 04:00", "04.12. 13:30", id="all in one night"),
        pytest.param("29.08. 15:00", "01.09. 00:00", "29.08. 16:30", "29.08. 17:15", id="before a weekend"),
    ],
)
def test_the_mediator_has_half_of_the_office_hours(signed_at: str, hour: str, own: str, due: str) -> None:
    """It ends two hours (half of a short time) before the hour, in office hours where any are left before that."""
    holiday = OnwardPlan(holidays=frozenset({date(2025, 8, 15)}))
    found = _signed(_ist(signed_at), holiday, hour=_ist(hour))

    assert (_ist(own), _ist(due), False) == (found.notify_before, found.return_by, found.at_once)


@pytest.mark.parametrize(
    ("signed_at", "useful", "due"),
    [
        ("13.08. 14:15", None, "14.08. 09:45"),
        ("13.08. 14:15", "13.08. 17:00", "13.08. 17:00"),
        ("13.08. 14:15", "13.08. 13:00", "14.08. 09:45"),
        ("13.08. 12:00", None, "13.08. 16:00"),
    ],
)
def test_what_has_taken_effect_is_passed_on_at_once(signed_at: str, useful: str | None, due: str) -> None:
    """The hour passed before it was signed: the return is due four office hours later, while it is of use."""
    found = _signed(_ist(signed_at), OnwardPlan(), useful=_ist(useful) if useful else None)

    assert (True, NOON, _ist(due)) == (found.at_once, found.notify_before, found.return_by)


@pytest.mark.parametrize(
    ("hour", "own", "due", "at_once"),
    [
        ("13.08. 12:00", "13.08. 10:00", "13.08. 11:00", False),
        ("12.08. 16:00", "12.08. 14:00", "12.08. 15:00", False),
        ("12.08. 02:00", "12.08. 01:00", "12.08. 13:30", False),
        ("29.08. 12:00", "29.08. 10:00", "29.08. 11:00", False),
        ("11.08. 12:00", "11.08. 12:00", "12.08. 13:30", True),
    ],
)
def test_of_an_unsigned_one_only_the_day_is_known(hour: str, own: str, due: str, *, at_once: bool) -> None:
    """It may go out long after the date printed on it, as a corrigendum does: no half is reckoned from there."""
    found = _unsigned(date(2025, 8, 12), hour=_ist(hour))

    assert (_ist(own), _ist(due), at_once) == (found.notify_before, found.return_by, found.at_once)


def test_what_the_office_sets_counts() -> None:
    """Minutes before the hour, or a moment; a return may be due after the hour."""
    due = datetime(2025, 8, 14, 11, 0, tzinfo=UTC)
    found = _signed(EVENING, OnwardPlan(notify_before=timedelta(minutes=47), return_by=due))

    assert (NOON - timedelta(minutes=47), due) == (found.notify_before, found.return_by)


def test_what_the_office_sets_is_left_out_where_it_had_passed() -> None:
    """A day before the hour, for an advisory of the evening before; a moment of the last advisory."""
    found = _signed(EVENING, OnwardPlan(notify_before=timedelta(days=1), return_by=EVENING))

    assert _signed(EVENING, OnwardPlan()) == found


def test_no_return_is_due_before_it_was_passed_on() -> None:
    """What is set so is left out: somebody would be late at once."""
    before = timedelta(hours=2)
    found = _signed(EVENING, OnwardPlan(notify_before=before, return_by=timedelta(hours=10)))

    assert _signed(EVENING, OnwardPlan(notify_before=before)) == found


@pytest.mark.parametrize(
    ("takes_effect", "hour", "at_once", "in_effect"),
    [
        ("13.08. 22:15", "13.08. 01:45", True, False),
        ("13.08. 01:00", "13.08. 13:00", False, True),
        ("13.08. 02:15", "13.08. 02:15", True, True),
        ("13.08. 02:16", "13.08. 02:16", False, False),
    ],
)
def test_what_is_late_may_not_be_in_effect(
    takes_effect: str, hour: str, *, at_once: bool, in_effect: bool
) -> None:
    """By when all should know is one thing, from when it holds another."""
    signature = Signature(signer="Officer", signed_at=_ist("13.08. 02:15"), level="B-B")
    document = replace(DOCUMENT, signature=signature)
    advisory = replace(
        issue().advisory, effective_at=_ist(takes_effect), notify_before=_ist(hour), useful_until=None
    )
    found = onward_hours(issue(document=document, advisory=advisory), OnwardPlan())

    assert (at_once, in_effect) == (found.at_once, found.in_effect)


def test_the_office_opens_when_the_settings_say() -> None:
    """Where it opens at eleven, half of the hour that is left is over at half past."""
    found = _signed(EVENING, OnwardPlan(opens=time(11)))

    assert (_ist("13.08. 10:00"), _ist("13.08. 11:30")) == (found.notify_before, found.return_by)


@given(
    lead=st.timedeltas(min_value=timedelta(days=-2), max_value=timedelta(days=60)),
    own=st.none()
    | st.timedeltas(min_value=timedelta(), max_value=timedelta(days=3))
    | st.just(NOON + timedelta(hours=4)),
)
def test_no_hour_lies_before_the_signature(lead: timedelta, own: timedelta | datetime | None) -> None:
    """Whatever the lead and the setting; EICI's own hour is never later than the advisory's."""
    found = _signed(NOON - lead, OnwardPlan(notify_before=own))

    assert found.notify_before <= min(NOON, found.return_by)
    assert found.return_by > NOON - lead
    assert found.at_once is (lead <= timedelta()) is (found.notify_before <= NOON - lead)
