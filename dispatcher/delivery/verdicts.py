"""What a relay's reply means for us: the verdicts, each written once and named by the reply table."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from dispatcher.outbox.schedule import RetryKind
from dispatcher.outbox.states import DeliveryState


class Scope(StrEnum):
    """What a verdict touches, and so what pauses."""

    DELIVERY = "delivery"
    ADDRESS = "address"
    """The address is dead or moved: suppressed until a person edits the sheet."""
    CHANNEL = "channel"
    """The relay as a whole. `deferred`: pause and probe with one delivery; `held`: stop, a person must act."""
    PACE = "pace"
    """How fast we go: halved, grown back bit by bit."""
    ADVISORY = "advisory"
    """The content: every other message of the release would meet the same."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What becomes of a delivery (`accepted`, `deferred`, `failed` or `held`), what pauses, what people do."""

    state: DeliveryState
    scope: Scope
    retry: RetryKind
    action: str
    repeated: Scope | None = None
    """The wider scope to believe in once two deliveries in a row meet this verdict."""


_ACCEPTED, _DEFERRED = DeliveryState.ACCEPTED, DeliveryState.DEFERRED
_FAILED, _HELD = DeliveryState.FAILED, DeliveryState.HELD
_DELIVERY, _ADDRESS, _CHANNEL, _ADVISORY = Scope.DELIVERY, Scope.ADDRESS, Scope.CHANNEL, Scope.ADVISORY
_ORDINARY = RetryKind.ORDINARY

ACCEPTED = Verdict(_ACCEPTED, _DELIVERY, _ORDINARY, "accepted by the relay")

# a later try makes sense
LATER = Verdict(_DEFERRED, _DELIVERY, _ORDINARY, "tried again by the schedule", repeated=_CHANNEL)
ANEW = Verdict(_DEFERRED, _DELIVERY, _ORDINARY, "tried again in a transaction of its own")
GREYLISTED = Verdict(_DEFERRED, _DELIVERY, RetryKind.GREYLISTED, "greylisted: tried again in a few minutes")
FULL = Verdict(_DEFERRED, _DELIVERY, RetryKind.MAILBOX_FULL, "mailbox full: reach the office by telephone")
THROTTLED = Verdict(_DEFERRED, Scope.PACE, RetryKind.THROTTLED, "the relay asks for a slower pace")
DOWN = Verdict(_DEFERRED, _CHANNEL, _ORDINARY, "the relay is not available: probed until it is")
NONSENSE = Verdict(_DEFERRED, _CHANNEL, _ORDINARY, "the relay's answer is not SMTP: tell its administrator")
OPTION = Verdict(_DEFERRED, _CHANNEL, _ORDINARY, "the relay refuses a parameter: try without it")

# a person must act before another try makes sense
CREDENTIALS = Verdict(_HELD, _CHANNEL, _ORDINARY, "check user name and password before trying again (lock-out)")
SENDER = Verdict(_HELD, _CHANNEL, _ORDINARY, "the relay refuses our sender address: ask its administrator")
BLOCKED = Verdict(_HELD, _CHANNEL, _ORDINARY, "the provider blocks us: ask its delegated administrator")
PROTOCOL = Verdict(_HELD, _CHANNEL, _ORDINARY, "relay and dispatcher do not understand each other: report it")
POLICY = Verdict(
    _HELD, _DELIVERY, _ORDINARY, "refused by policy, the address is not dead: ask the administrator", _CHANNEL
)
NEEDS_SMTPUTF8 = Verdict(
    _HELD, _DELIVERY, _ORDINARY, "no relay on the way takes this address (SMTPUTF8): give an ASCII address"
)

# never again
REFUSED = Verdict(_FAILED, _DELIVERY, _ORDINARY, "refused for good: reach the office by another way")
DEAD = Verdict(_FAILED, _ADDRESS, _ORDINARY, "no such mailbox: correct the address in the sheet")
MOVED = Verdict(_FAILED, _ADDRESS, _ORDINARY, "moved: confirm the new address and enter it in the sheet")
TOO_BIG_FOR_MAILBOX = Verdict(
    _FAILED, _DELIVERY, _ORDINARY, "too big for this mailbox: reach the office otherwise"
)
TOO_BIG = Verdict(
    _FAILED, _ADVISORY, _ORDINARY, "too big for the relay: make the attachment smaller or only link it"
)
BAD_CONTENT = Verdict(_FAILED, _ADVISORY, _ORDINARY, "the relay refuses the content of the message: report it")
UNSPEAKABLE = Verdict(_FAILED, _ADDRESS, _ORDINARY, "cannot stand in an SMTP command: correct the address")
