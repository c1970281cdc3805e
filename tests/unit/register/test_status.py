"""The status counts states and sets the forecast against the hour."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

from dispatcher.outbox.forecasting import Forecast
from dispatcher.outbox.records import Tally, WebsiteStanding
from dispatcher.outbox.states import DeliveryState, ReleaseState
from dispatcher.register.status import summarise, summed

if TYPE_CHECKING:
    from collections.abc import Callable

    from dispatcher.outbox.records import ReleaseRecord

IST = ZoneInfo("Asia/Kolkata")
NOW = datetime(2025, 8, 13, 6, 0, tzinfo=UTC)


def test_json_is_the_object_of_the_contract(release: Callable[..., ReleaseRecord]) -> None:
    """`status --json` gives the house plan's object, times in the office's zone, only states that occur."""
    counts = {DeliveryState.QUEUED: 3, DeliveryState.ACCEPTED: 20, DeliveryState.FAILED: 0}
    forecast = Forecast(NOW + timedelta(minutes=2), 1)
    status = summarise(release(asked=21), counts, now=NOW, forecast=forecast, zone=IST, acknowledged=7)

    assert {
        "advisory": "10/SYS/WZU/2025",
        "release": 7,
        "act": "original",
        "derived": False,
        "concerns": None,
        "replaced": None,
        "states": {"queued": 3, "accepted": 20},
        "notify_before": "2025-08-13T12:00:00+05:30",
        "useful_until": "2025-08-20T18:00:00+05:30",
        "forecast": {"finishes_at": "2025-08-13T11:32:00+05:30", "late": 1},
        "past_end": False,
        "asked": 21,
        "acknowledged": 7,
        "remarks": [],
        "website": None,
    } == status.as_json()


def test_what_is_not_known_is_null(release: Callable[..., ReleaseRecord]) -> None:
    """No end of use and nothing left to hand over are null, not invented times."""
    told = summarise(release(useful_until=None), {}, now=NOW, forecast=Forecast(None, 0), zone=IST).as_json()

    assert (None, {"finishes_at": None, "late": 0}, {}) == (told["useful_until"], told["forecast"], told["states"])


def test_the_time_left_is_counted_to_the_hour(release: Callable[..., ReleaseRecord]) -> None:
    """The terminal shows how long until the hour, and the release's own state."""
    status = summarise(release(), {}, now=NOW, forecast=Forecast(None, 0), zone=IST)

    assert timedelta(minutes=30) == status.time_left
    assert ReleaseState.SENDING is status.release_state


def test_what_is_known_of_the_website_is_told(release: Callable[..., ReleaseRecord]) -> None:
    """Each language that was looked for, whether it was as released, and when, in the office's zone."""
    found = WebsiteStanding(confirmed=("hi",), differing=("en",), unseen=(), at=NOW)
    told = summarise(release(), {}, now=NOW, forecast=Forecast(None, 0), zone=IST, website=found).as_json()

    assert {
        "confirmed": False,
        "at": "2025-08-13T11:30:00+05:30",
        "languages": {"hi": True, "en": False},
    } == told["website"]


def _tally(audiences: str, state: DeliveryState, deliveries: int, *times: datetime | None) -> Tally:
    return Tally(tuple(audiences.split()), state, deliveries, *(times or (None, None)))


def test_a_summary_counts_each_delivery_once_in_all_and_once_in_each_audience() -> None:
    """Who is in two audiences is one delivery, and stands in the counts of both."""
    accepted, deferred = DeliveryState.ACCEPTED, DeliveryState.DEFERRED
    tallies = [_tally("eici", accepted, 2), _tally("eici copy", deferred, 1), _tally("copy", accepted, 30)]
    summary = summed(tallies, untold=())

    assert {accepted: 32, deferred: 1} == summary.states
    assert {"eici": {accepted: 2, deferred: 1}, "copy": {accepted: 30, deferred: 1}} == summary.audiences
    assert ["eici", "copy"] == list(summary.audiences)


def test_a_summary_lasts_from_the_first_try_to_the_last_acceptance() -> None:
    """Its times span all tallies; where nothing was tried there are none."""
    late, accepted = NOW + timedelta(hours=1), DeliveryState.ACCEPTED
    summary = summed([_tally("eici", accepted, 1, late, late), _tally("cms", accepted, 1, NOW, NOW)], untold=())
    nothing = summed([_tally("eici", DeliveryState.QUEUED, 1)], untold=())

    assert (NOW, late) == (summary.first_attempt_at, summary.last_accepted_at)
    assert (None, None) == (nothing.first_attempt_at, nothing.last_accepted_at)


@pytest.mark.parametrize(
    ("state", "untold"),
    [(state, state not in {"accepted", "delivered", "cancelled"}) for state in DeliveryState],
)
def test_who_is_told(state: DeliveryState, untold: int) -> None:
    """Told is whoever a relay took over; a cancelled one is neither told nor left to be told."""
    summary = summed([_tally("eici", DeliveryState.ACCEPTED, 5), _tally("eici", state, 1)], untold=())

    assert untold == summary.untold_count
