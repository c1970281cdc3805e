"""The moments at which those who are not told yet are put on a telephone list."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatcher.outbox.escalation import passed, set_moments
from dispatcher.plans import EscalationPlan

HOUR = datetime(2025, 8, 13, 6, 30, tzinfo=UTC)


def _before(lead: float, plan: EscalationPlan | None = None) -> list[float]:
    """Return the minutes before the hour at which a list is made when there were `lead` minutes."""
    found = set_moments(
        notify_before=HOUR, let_go_at=HOUR - timedelta(minutes=lead), plan=plan or EscalationPlan()
    )
    return [(HOUR - at).total_seconds() / 60 for at in found]


@pytest.mark.parametrize(
    ("lead", "expected"),
    [
        (14 * 60 + 51, [120, 30]),
        (240, [120, 30]),
        (180, [90, 30]),
        (60, [30]),
        (40, [20]),
        (0, []),
        (-10, []),
    ],
)
def test_two_hours_before_and_half_an_hour_before(lead: float, expected: list[float]) -> None:
    """Two hours before the hour or at half the lead, whichever is later; again at 30 minutes; never after it."""
    assert expected == _before(lead)


def test_the_office_sets_its_own_moments() -> None:
    """The offsets are config.yaml's; 0 is the hour itself, none means no list."""
    assert [300, 60, 0] == _before(24 * 60, EscalationPlan(before=(0, 60, 300)))
    assert [] == _before(24 * 60, EscalationPlan(before=()))


@given(lead=st.floats(0.1, 10_000), before=st.lists(st.floats(0, 10_000), max_size=5).map(tuple))
def test_no_list_in_the_first_half(lead: float, before: tuple[float, ...]) -> None:
    """Whatever is set, a moment lies in the second half of the time there is, each once, in order."""
    found = _before(lead, EscalationPlan(before=before))

    assert found == sorted(set(found), reverse=True)
    assert all(0 <= minutes <= lead / 2 + 1e-6 for minutes in found)
    assert bool(found) == bool(before)


@pytest.mark.parametrize(
    ("since", "now", "expected"), [(-130, -120, -120), (-120, -100, None), (-130, -10, -30), (-20, 90, None)]
)
def test_a_moment_is_met_once(since: float, now: float, expected: float | None) -> None:
    """A moment counts from when it comes until it is heeded; of several that came together the latest."""
    moments = tuple(HOUR - timedelta(minutes=minutes) for minutes in (120, 30))
    wanted = None if expected is None else HOUR + timedelta(minutes=expected)

    assert wanted == passed(moments, since=HOUR + timedelta(minutes=since), now=HOUR + timedelta(minutes=now))
