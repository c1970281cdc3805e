from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dispatcher.outbox.onward_counts import FAILED, states_of
from dispatcher.outbox.states import OPEN, TOLD, DeliveryState
from tests.records import delivery_record

if TYPE_CHECKING:
    from dispatcher.outbox.records import DeliveryRecord

ACCEPTED, DEFERRED, BOUNCED = DeliveryState.ACCEPTED, DeliveryState.DEFERRED, DeliveryState.BOUNCED


def _to(address: str, state: DeliveryState, **organisation: str) -> DeliveryRecord:
    return delivery_record(address=address, organisation=organisation, state=state)


@pytest.mark.parametrize(
    ("states", "counted"),
    [
        ((ACCEPTED, BOUNCED), ACCEPTED),
        ((BOUNCED, ACCEPTED), ACCEPTED),
        ((DEFERRED, ACCEPTED), ACCEPTED),
        ((BOUNCED, DEFERRED), DEFERRED),
        ((BOUNCED, BOUNCED), BOUNCED),
    ],
)
def test_a_courier_with_two_addresses_is_one_courier(
    states: tuple[DeliveryState, DeliveryState], counted: DeliveryState
) -> None:
    """It is told if one of its addresses is, has failed if all have, and is open otherwise."""
    found = states_of(_to(f"{place}@alpha.example", one, en="Alpha Express") for place, one in enumerate(states))

    assert {counted: 1} == found


def test_a_courier_is_known_by_its_name() -> None:
    """However it is spaced and cased, in the language in which it is written; without one by its address."""
    found = states_of(
        [
            _to("a@alpha.example", ACCEPTED, en="Alpha Express", hi="अल्फ़ा"),
            _to("b@alpha.example", ACCEPTED, en="alpha  express"),
            _to("c@beta.example", ACCEPTED, hi="बीटा कूरियर्स"),
            _to("d@beta.example", ACCEPTED, hi="बीटा कूरियर्स"),
            _to("e@gamma.example", ACCEPTED),
            _to("f@gamma.example", ACCEPTED),
        ]
    )

    assert {ACCEPTED: 4} == found


def test_an_address_of_two_couriers_tells_both() -> None:
    """One message for both, as one address stands in both rows of the sheet."""
    shared = _to("agent@example.example", ACCEPTED, en="Alpha Express; Beta Couriers")

    assert {ACCEPTED: 2} == states_of([shared, _to("own@beta.example", BOUNCED, en="Beta Couriers")])


def test_the_newest_delivery_to_an_address_counts() -> None:
    """A failed one that was made good later is told; the address is the same in any case."""
    first, second = _to("A@alpha.example", BOUNCED, en="Alpha"), _to("a@alpha.example", ACCEPTED, en="Alpha")

    assert ({ACCEPTED: 1}, {BOUNCED: 1}) == (states_of([first, second]), states_of([second, first]))


def test_every_state_is_told_failed_or_open() -> None:
    """None is two of them, and none is forgotten."""
    assert sorted(DeliveryState) == sorted([*TOLD, *FAILED, *OPEN])
