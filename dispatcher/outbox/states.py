"""The states of a delivery and of a release, and every transition that is allowed, as tables."""

from __future__ import annotations

from enum import StrEnum


class DeliveryState(StrEnum):
    """Where a delivery stands. `accepted` means the relay took it over, no more (RFC 5321, section 6.1)."""

    QUEUED = "queued"
    DEFERRED = "deferred"
    ATTEMPTING = "attempting"
    ACCEPTED = "accepted"
    FAILED = "failed"
    IN_DOUBT = "in_doubt"
    HELD = "held"
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    DELIVERED = "delivered"
    BOUNCED = "bounced"


class ReleaseState(StrEnum):
    """Where a release stands. No sender sees one that is still `preparing`."""

    PREPARING = "preparing"
    PREPARED = "prepared"
    APPROVED = "approved"
    SENDING = "sending"
    PAUSED = "paused"
    DONE = "done"
    CANCELLED = "cancelled"


_D = DeliveryState
_R = ReleaseState

TRANSITIONS: dict[DeliveryState, frozenset[DeliveryState]] = {
    # to `deferred` and `failed`: refused before an intent; the attempt is recorded all the same
    _D.QUEUED: frozenset({_D.ATTEMPTING, _D.DEFERRED, _D.FAILED, _D.EXPIRED, _D.CANCELLED, _D.HELD}),
    _D.DEFERRED: frozenset({_D.ATTEMPTING, _D.DEFERRED, _D.FAILED, _D.EXPIRED, _D.CANCELLED, _D.HELD}),
    _D.ATTEMPTING: frozenset({_D.ACCEPTED, _D.DEFERRED, _D.FAILED, _D.IN_DOUBT}),
    # with evidence, or by an officer's decision or policy
    _D.IN_DOUBT: frozenset({_D.ACCEPTED, _D.FAILED, _D.DEFERRED, _D.QUEUED}),
    _D.HELD: frozenset({_D.QUEUED, _D.EXPIRED, _D.CANCELLED}),
    _D.ACCEPTED: frozenset({_D.DELIVERED, _D.BOUNCED}),
    # later evidence wins
    _D.DELIVERED: frozenset({_D.BOUNCED}),
    _D.BOUNCED: frozenset({_D.DELIVERED}),
    _D.FAILED: frozenset(),
    _D.EXPIRED: frozenset(),
    _D.CANCELLED: frozenset(),
}

RELEASE_TRANSITIONS: dict[ReleaseState, frozenset[ReleaseState]] = {
    _R.PREPARING: frozenset({_R.PREPARED}),
    _R.PREPARED: frozenset({_R.APPROVED, _R.SENDING, _R.PAUSED, _R.CANCELLED}),
    _R.APPROVED: frozenset({_R.SENDING, _R.PAUSED, _R.CANCELLED}),
    _R.SENDING: frozenset({_R.DONE, _R.PAUSED, _R.CANCELLED}),
    # to `done`: while it was held, its last delivery under way was settled, or the rest was cancelled
    _R.PAUSED: frozenset({_R.PREPARED, _R.APPROVED, _R.SENDING, _R.DONE, _R.CANCELLED}),
    _R.DONE: frozenset({_R.SENDING}),  # a resolved doubt or a resumed hold opens it again
    _R.CANCELLED: frozenset(),
}

IN_FORCE = frozenset({_R.APPROVED, _R.SENDING, _R.DONE})
"""A release does something to an earlier advisory from its approval on (or, without one, from its sending).

One that is held does as before it was: what waits for its approval does nothing.
"""

WAITING = frozenset({_D.QUEUED, _D.DEFERRED})
"""Deliveries that a sender may take up."""

OPEN = frozenset({_D.QUEUED, _D.DEFERRED, _D.ATTEMPTING, _D.HELD, _D.IN_DOUBT})
"""Deliveries whose end is not known: a release with any is not done."""

TOLD = frozenset({_D.ACCEPTED, _D.DELIVERED})
"""The relay has it, and no report says otherwise."""

UNTOLD = frozenset(DeliveryState) - TOLD - {_D.CANCELLED}
"""Whoever these are for is not told, and no officer took them back."""

REACHED = frozenset({_D.ATTEMPTING, _D.ACCEPTED, _D.IN_DOUBT, _D.DELIVERED})
"""The relay has it, or may have it, or is about to."""

CLAIMS_ADDRESS = frozenset(DeliveryState) - {_D.FAILED, _D.EXPIRED, _D.CANCELLED, _D.BOUNCED}
"""States in which an address must not get a second delivery of the same act."""


def standing(state: DeliveryState) -> dict[str, DeliveryState | bool]:
    """Return what is written of a delivery that comes into `state`, and whether it still claims its address."""
    return {"state": state, "claims_address": state in CLAIMS_ADDRESS}


def allowed(before: DeliveryState, after: DeliveryState) -> bool:
    """Tell whether a delivery may go from `before` to `after`."""
    return after in TRANSITIONS[before]


def sources_of(after: DeliveryState) -> tuple[DeliveryState, ...]:
    """Return every state from which `after` may be reached, in the table's order."""
    return tuple(before for before, targets in TRANSITIONS.items() if after in targets)
