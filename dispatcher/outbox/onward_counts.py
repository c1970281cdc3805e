"""Whom a mediator told, counted: by organisation, of which one may have several addresses. Pure."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from dispatcher.outbox.states import TOLD, DeliveryState

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from dispatcher.outbox.records import DeliveryRecord

FAILED: Final = frozenset(
    {DeliveryState.FAILED, DeliveryState.BOUNCED, DeliveryState.EXPIRED, DeliveryState.CANCELLED}
)
"""What is neither told nor failed is open: it waits, is held or in doubt."""
JOINED: Final = "; "
"""Between the organisations of an address that belongs to several (outbox.freezing)."""


def states_of(deliveries: Iterable[DeliveryRecord]) -> Mapping[DeliveryState, int]:
    """Return how many organisations there are in each state, of the newest delivery to each address.

    An organisation is told if one of its addresses is, has failed if all have, and is open otherwise. It is known
    by its name in the sheet; an address without one counts for itself.
    """
    newest = {one.address.casefold(): one for one in deliveries}
    found: dict[str, DeliveryState] = {}
    for one in newest.values():
        for name in _organisations(one):
            found[name] = min(found.get(name, one.state), one.state, key=_worth)
    return Counter(found.values())


def _organisations(one: DeliveryRecord) -> list[str]:
    named = one.organisation.get("en") or next(filter(None, one.organisation.values()), "")
    return (
        [" ".join(name.split()).casefold() for name in named.split(JOINED)] if named else [one.address.casefold()]
    )


def _worth(state: DeliveryState) -> int:
    return 0 if state in TOLD else 2 if state in FAILED else 1
