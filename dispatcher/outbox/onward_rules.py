"""What was issued to be passed on and what came back; whether a return is taken. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from dispatcher.errors import Refused
from dispatcher.moments import moment

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from dispatcher.outbox.states import DeliveryState


_ASTRAY = timedelta(hours=1)
"""So far the clock of another office may be ahead."""


class Seal(StrEnum):
    """What vouches for a return, or why nothing does."""

    SIGNATURE = "signature"
    """Of the one whose signature this office accepts."""
    KEY = "key"
    """The keyed hash of the shared key."""
    NONE = "none"
    UNCHECKED_KEY = "unchecked_key"
    UNCHECKED_SIGNATURE = "unchecked_signature"
    """This office has nothing to check it with."""
    WEAKER = "weaker"
    """The shared key's, where this office asks for a signature."""

    @property
    def strength(self) -> int:
        """How far it vouches: a signature before a shared key; 0 is not at all."""
        return {Seal.SIGNATURE: 2, Seal.KEY: 1}.get(self, 0)


_DOUBTS: Mapping[Seal, str] = {
    Seal.NONE: "it bears no seal",
    Seal.UNCHECKED_KEY: "its seal cannot be checked, as onward.key in config.yaml is not set",
    Seal.UNCHECKED_SIGNATURE: "its signature cannot be checked, as onward.signed_by in config.yaml is not set",
    Seal.WEAKER: (
        "it is sealed with the shared key only, and onward.signed_by in config.yaml asks for a signature; ask for "
        "it signed"
    ),
}
"""Why nothing vouches for a return."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuedKit:
    """A kit as it was frozen with a release."""

    release_id: int
    text_hash: str
    kit_hash: str
    mediator: str
    """The audience that passes the advisory on."""
    notify_before: datetime
    return_by: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Returned:
    """A return that was recorded. Moments in UTC."""

    release_id: int
    recorded_at: datetime
    couriers: int
    informed: int
    failed: int
    open: int
    last_at: datetime | None
    """When the last one was accepted, or when it was passed on by hand."""
    compiled_at: datetime | None
    digest: str
    seal: Seal
    signer: str | None
    """Who signed it, as the certificate says; None where it is not its signature that vouches for it."""
    by_hand: str | None
    """Why an officer took it although no seal vouches for it."""
    late: bool

    @property
    def sealed(self) -> bool:
        """Whether a seal was checked, right, and as strong as this office asked."""
        return self.seal.strength > 0


@dataclass(frozen=True, slots=True, kw_only=True)
class OnwardStanding:
    """Where the passing on of an advisory stands: its newest kit, and the newest return for it."""

    kit: IssuedKit
    returned: Returned | None

    def overdue(self, now: datetime) -> bool:
        """Tell whether a return was due and none came: the mediator is to be reminded."""
        return self.returned is None and now >= self.kit.return_by


class Standing(StrEnum):
    """How a return stands to those recorded before."""

    NEW = "new"
    REPEATED = "repeated"
    OUTDATED = "outdated"


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A return as it came, in numbers; what it does not say is None. Hashes are SHA-256, hexadecimal."""

    number: str
    release_hash: str
    kit_hash: str | None
    """A form cannot know it."""
    informed: int
    failed: int
    open: int
    last_at: datetime | None
    compiled_at: datetime | None
    seal: Seal
    signer: str | None = None
    """Who signed it, as the certificate says; None where it is not its signature that vouches for it."""
    by_hand: str | None
    """Why an officer takes it although no seal vouches for it."""
    digest: str
    """SHA-256 of what it says: the same return is the same digest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What became of a return, and where the passing on stands now."""

    standing: Standing
    returned: Returned
    now: OnwardStanding


@dataclass(frozen=True, slots=True, kw_only=True)
class PassedOn:
    """What became of an advisory that was passed on, of all its releases from one kit."""

    number: str
    revision: int
    release_hash: str
    kit_hash: str
    states: Mapping[DeliveryState, int]
    first_accepted_at: datetime | None
    last_accepted_at: datetime | None


def kit_of(told: Told, kits: Sequence[IssuedKit], *, number: str) -> IssuedKit:
    """Return the kit that a return is about.

    Raises Refused, in one sentence: for another advisory, for the same number of another office or release, for a
    kit that this office did not make, and for one that nothing vouches for.
    """
    if told.number != number:
        raise Refused(f"this return is about {told.number}, not about {number}")
    if not kits:
        raise Refused(f"{number}: no onward kit went with it, so no return is due")
    of_release = [kit for kit in kits if kit.text_hash == told.release_hash]
    if not of_release:
        raise Refused(
            f"this return is about another release of {number}, or about an advisory of another office with this "
            "number; its release hash is none of ours"
        )
    same = [kit for kit in of_release if told.kit_hash in {None, kit.kit_hash}]
    if not same:
        raise Refused(
            f"this return is about a kit for {number} that this office did not make: what was passed on may have "
            "been changed. Ask who sent it"
        )
    if told.seal in _DOUBTS and told.by_hand is None:
        raise Refused(
            f"nothing vouches for this return: {_DOUBTS[told.seal]}. If you know where it comes from, take it "
            "with --by-hand REASON"
        )
    return same[0]


def refuse_to_come(told: Told, now: datetime) -> None:
    """Raise Refused for a return of a moment that is still to come: every later one would count as older."""
    latest = max((at for at in (told.last_at, told.compiled_at) if at), default=now)
    if latest > now + _ASTRAY:
        raise Refused(
            f"this return speaks of {moment(latest, None)}, which is still to come: a date is wrong, or the "
            "clock of who wrote it; ask for it again"
        )


def standing_of(told: Told, earlier: Sequence[Returned]) -> Standing:
    """Return how a return stands to the `earlier` ones: the same again, older than the newest, or new.

    The same again is new where more vouches for it than did before.
    """
    if any(one.digest == told.digest and one.seal.strength >= told.seal.strength for one in earlier):
        return Standing.REPEATED
    newest = max((one.compiled_at for one in earlier if one.compiled_at), default=None)
    if told.compiled_at and newest and told.compiled_at < newest:
        return Standing.OUTDATED
    return Standing.NEW
