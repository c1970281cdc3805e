"""The demo succeeds when exactly what was arranged has happened."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from dispatcher.config import load_settings
from dispatcher.demonstration import BEGAN, FAULTS, GREYLISTED, REFUSED, departures
from dispatcher.intake import read_draft
from dispatcher.outbox.states import DeliveryState
from dispatcher.workspace import SAMPLE
from tests.drafts import ROOT
from tests.records import delivery_record

if TYPE_CHECKING:
    from dispatcher.outbox.records import DeliveryRecord

D = DeliveryState


def _delivery(address: str, state: DeliveryState = D.ACCEPTED, attempts: int = 1) -> DeliveryRecord:
    return delivery_record(address=address, audiences=("couriers",), state=state, attempts=attempts)


ARRANGED = (
    _delivery("a@customs.example"),
    _delivery(GREYLISTED, attempts=2),
    _delivery(REFUSED, D.FAILED),
)


def test_what_was_arranged_is_no_departure() -> None:
    """All accepted, one on its second try, one refused: nothing to tell."""
    assert [] == list(departures(ARRANGED))


@pytest.mark.parametrize(
    ("position", "changes", "told"),
    [
        (0, {"state": D.DEFERRED}, "a@customs.example is deferred, arranged was accepted"),
        (0, {"state": D.IN_DOUBT}, "a@customs.example is in_doubt, arranged was accepted"),
        (1, {"state": D.FAILED}, f"{GREYLISTED} is failed, arranged was accepted"),
        (1, {"attempts": 1}, f"{GREYLISTED} took 1 attempts, arranged were 2"),
        (2, {"state": D.ACCEPTED}, f"{REFUSED} is accepted, arranged was failed"),
    ],
)
def test_each_departure_is_told(position: int, changes: dict[str, object], told: str) -> None:
    """Whatever came otherwise is named, with what was arranged."""
    deliveries = list(ARRANGED)
    deliveries[position] = replace(deliveries[position], **changes)  # type: ignore[arg-type]

    assert [told] == list(departures(deliveries))


@pytest.mark.parametrize("address", [GREYLISTED, REFUSED])
def test_fault_that_met_nobody_is_told(address: str) -> None:
    """When the sheets no longer hold an address of the plan, the demo has not shown what it promises."""
    rest = [one for one in ARRANGED if one.address != address]

    assert [f"{address} is not on any sheet, so its arranged fault did not happen"] == list(departures(rest))


def test_plan_fits_the_sample_sheets() -> None:
    """Both addresses of the plan are told in the sample workspace."""
    settings = load_settings(ROOT / "config.yaml")
    made, _ = read_draft(settings, ROOT / "outbox" / SAMPLE, accepted={})
    told = {one.address for one in made.recipients}

    assert {GREYLISTED, REFUSED} <= told
    assert {GREYLISTED, REFUSED} == set(FAULTS)


def test_demo_begins_on_the_evening_of_the_signature() -> None:
    """12.08.2025, 21:10 IST: the next day's noon is still to come."""
    assert datetime(2025, 8, 12, 15, 40, tzinfo=UTC) == BEGAN
