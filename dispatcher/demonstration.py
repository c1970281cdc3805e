"""What the demo arranges: the evening the sample advisory was signed, one greylisted recipient, one refused."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING

from dispatcher.delivery.sink import Fault
from dispatcher.outbox.states import DeliveryState

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dispatcher.outbox.records import DeliveryRecord

BEGAN = datetime(2025, 8, 12, 21, 10, tzinfo=timezone(timedelta(hours=5, minutes=30), "IST"))
GREYLISTED = "commr-kolkata-ict@customs.example"
REFUSED = "courier-hyd@airports.example"
FAULTS = {
    GREYLISTED: Fault(("451 4.7.1 Greylisted, please try again in five minutes",)),
    REFUSED: Fault((f"550 5.1.1 <{REFUSED}>: no such mailbox here",), forever=True),
}


def departures(deliveries: Sequence[DeliveryRecord]) -> Iterator[str]:
    """Yield a sentence for each thing that did not come as it was arranged."""
    by_address = {delivery.address: delivery for delivery in deliveries}
    for address in (GREYLISTED, REFUSED):
        if address not in by_address:
            yield f"{address} is not on any sheet, so its arranged fault did not happen"
    for delivery in deliveries:
        expected = DeliveryState.FAILED if delivery.address == REFUSED else DeliveryState.ACCEPTED
        if delivery.state is not expected:
            yield f"{delivery.address} is {delivery.state}, arranged was {expected}"
    greylisted = by_address.get(GREYLISTED)
    if greylisted is not None and greylisted.attempts != 2:
        yield f"{GREYLISTED} took {greylisted.attempts} attempts, arranged were 2"
