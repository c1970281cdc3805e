"""The status counts states and sets the forecast against the hour."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from dispatcher.outbox.forecasting import Forecast
from dispatcher.outbox.states import DeliveryState, ReleaseState
from dispatcher.register.status import count_by_audience, count_states, summarise

if TYPE_CHECKING:
    from collections.abc import Callable

    from dispatcher.outbox.records import DeliveryRecord, ReleaseRecord

IST = ZoneInfo("Asia/Kolkata")
NOW = datetime(2025, 8, 13, 6, 0, tzinfo=UTC)


def test_json_is_the_object_of_the_contract(release: Callable[..., ReleaseRecord]) -> None:
    """`status --json` gives the house plan's object, times in the office's zone, only states that occur."""
    counts = {DeliveryState.QUEUED: 3, DeliveryState.ACCEPTED: 20, DeliveryState.FAILED: 0}
    forecast = Forecast(NOW + timedelta(minutes=2), 1)
    status = summarise(release(), counts, now=NOW, forecast=forecast, zone=IST)

    assert {
        "advisory": "10/SYS/WZU/2025",
        "release": 7,
        "states": {"queued": 3, "accepted": 20},
        "notify_before": "2025-08-13T12:00:00+05:30",
        "useful_until": "2025-08-20T18:00:00+05:30",
        "forecast": {"finishes_at": "2025-08-13T11:32:00+05:30", "late": 1},
        "past_end": False,
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


def test_counts(delivery: Callable[..., DeliveryRecord]) -> None:
    """A delivery counts once in all and once in each of its audiences."""
    deliveries = [
        delivery(audiences=("eici",)),
        delivery(audiences=("eici", "custodians"), state=DeliveryState.DEFERRED),
        delivery(audiences=("custodians",)),
    ]
    accepted, deferred = DeliveryState.ACCEPTED, DeliveryState.DEFERRED

    assert {accepted: 2, deferred: 1} == count_states(deliveries)
    assert {"eici": {accepted: 1, deferred: 1}, "custodians": {accepted: 1, deferred: 1}} == count_by_audience(
        deliveries
    )
