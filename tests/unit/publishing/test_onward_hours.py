from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatcher.model import Signature
from dispatcher.publishing.onward_hours import OnwardHours, OnwardPlan, onward_hours
from tests.kits import DOCUMENT, issue

NOON = datetime(2025, 8, 13, 6, 30, tzinfo=UTC)
EVENING = datetime(2025, 8, 12, 15, 39, 9, tzinfo=UTC)
"""21:09:09 IST, when the advisory was signed."""


def _signed(at: datetime, plan: OnwardPlan, *, hour: datetime = NOON) -> OnwardHours:
    document = replace(DOCUMENT, signature=Signature(signer="Officer", signed_at=at, level="B-B"))
    advisory = replace(issue().advisory, notify_before=hour)
    return onward_hours(issue(document=document, advisory=advisory), plan)


def _ahead(hours: OnwardHours) -> tuple[timedelta, timedelta]:
    """Return how long before noon the mediator's hour and its return are."""
    return NOON - hours.notify_before, NOON - hours.return_by


@pytest.mark.parametrize(
    ("signed_before", "own", "due"),
    [
        (timedelta(hours=15), timedelta(hours=2), timedelta(hours=1)),
        (timedelta(hours=3), timedelta(minutes=90), timedelta(minutes=45)),
        (timedelta(minutes=33), timedelta(minutes=15), timedelta(minutes=5)),
        (timedelta(minutes=-30), timedelta(), timedelta()),
    ],
)
def test_the_mediator_has_half_of_the_time(signed_before: timedelta, own: timedelta, due: timedelta) -> None:
    """Half of what is left since the signature, two hours before at the latest; the return is due between."""
    found = _signed(NOON - signed_before, OnwardPlan())

    assert (own, due) == _ahead(found)


def test_an_unsigned_one_counts_from_the_evening_of_its_day() -> None:
    """Without a signature its day ends at 18:00: the present moment plays no part."""
    hours = onward_hours(issue(), OnwardPlan())

    assert (timedelta(hours=2), timedelta(hours=1)) == _ahead(hours)


def test_what_the_office_sets_counts() -> None:
    """Minutes before the hour, or a moment; a return may be due after the hour."""
    due = datetime(2025, 8, 14, 11, 0, tzinfo=UTC)
    found = _signed(EVENING, OnwardPlan(notify_before=timedelta(minutes=47), return_by=due))

    assert (NOON - timedelta(minutes=47), due) == (found.notify_before, found.return_by)


@given(
    lead=st.timedeltas(min_value=timedelta(days=-2), max_value=timedelta(days=60)),
    own=st.none()
    | st.timedeltas(min_value=timedelta(), max_value=timedelta(days=3))
    | st.just(NOON + timedelta(hours=4)),
)
def test_the_own_hour_is_never_later_than_the_advisory_s(
    lead: timedelta, own: timedelta | datetime | None
) -> None:
    """Whatever the lead and the setting; and usually the return is due between the two."""
    found = _signed(NOON - lead, OnwardPlan(notify_before=own))

    assert found.notify_before <= found.return_by <= NOON
