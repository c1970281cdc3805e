"""What was issued to be passed on and what came back; whether a return is taken. Pure."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from dispatcher.errors import Refused
from dispatcher.moments import moment
from dispatcher.outbox.states import ReleaseState

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime, tzinfo

    from dispatcher.model import Localized
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
    revision: int
    state: ReleaseState
    """Of its release; of one that is held, where it comes back to."""
    text_hash: str
    kit_hash: str
    mediator: str
    """The audience that passes the advisory on."""
    notify_before: datetime
    return_by: datetime

    @property
    def is_out(self) -> bool:
        """Whether it went to the mediator, or is about to."""
        return self.state in {ReleaseState.SENDING, ReleaseState.DONE}


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
    received_at: datetime | None = None
    """When it was received, where the officer who recorded it said so."""
    late: bool

    @property
    def sealed(self) -> bool:
        """Whether a seal was checked, right, and as strong as this office asked."""
        return self.seal.strength > 0

    @property
    def whole(self) -> bool:
        """Whether it tells of every courier that it was told, or could not be; of none at all it tells nothing."""
        return self.couriers > 0 and not self.open

    @property
    def came_at(self) -> datetime | None:
        """When it was received, or was under seal; None where neither is known, but only when it was recorded."""
        return self.received_at or (self.compiled_at if self.sealed else None)


@dataclass(frozen=True, slots=True, kw_only=True)
class OnwardStanding:
    """Where the passing on of one revision of an advisory stands: its kit, and the return that counts."""

    kit: IssuedKit
    returned: Returned | None
    beside: Returned | None = None
    """A later one that was taken by hand: it does not take the place of one under seal."""
    awaited: bool = True
    """Whether a return is due: not of what was cancelled, nor once a later revision's kit is out."""

    def overdue(self, now: datetime) -> bool:
        """Tell whether a return was due and none came, or only a partial one: the mediator is to be reminded."""
        whole = self.returned is not None and self.returned.whole
        return not whole and self.awaited and self.kit.is_out and now >= self.kit.return_by


class Standing(StrEnum):
    """How a return stands to those recorded before."""

    NEW = "new"
    BESIDE = "beside"
    """Recorded, but one under seal goes on counting."""
    REPEATED = "repeated"
    OUTDATED = "outdated"

    @property
    def is_recorded(self) -> bool:
        """Whether it is added to the record."""
        return self in {Standing.NEW, Standing.BESIDE}


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A return as it came, in numbers; what it does not say is None. Hashes are SHA-256, hexadecimal."""

    number: str
    revision: int | None
    """A form does not say it."""
    mediator: Localized | None
    """What whoever wrote it calls itself; a form does not say it."""
    release_hash: str
    kit_hash: str | None
    """A form says it only where somebody entered it."""
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
    let_go: bool
    """Whether an officer let any of them go."""
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
    kit = next((kit for kit in same if kit.state is not ReleaseState.CANCELLED), same[0])
    if told.revision not in {None, kit.revision}:
        raise Refused(
            f"this return speaks of revision {told.revision} of {number}, and its kit was that of revision "
            f"{kit.revision}: one of the two was changed. Ask who sent it for the return again"
        )
    return kit


def refuse_another(told: Told, names: Sequence[str]) -> None:
    """Raise Refused for a return under seal whose mediator calls itself by none of the `names` known here.

    What an officer takes by hand is his to know.
    """
    if told.mediator is None or not told.seal.strength:
        return
    if {_plain(name) for name in told.mediator.values()} & {_plain(name) for name in names}:
        return
    itself = told.mediator.get("en") or next(iter(told.mediator.values()), "nobody")
    raise Refused(
        f"this return is of {itself}, and its kit went to {' / '.join(names)}. If they are one office, "
        "office.short_name in the config.yaml of who wrote it must be one of these names; then ask for the return "
        "again"
    )


def _plain(name: str) -> str:
    """Return a name as it is compared: NFC, whatever its case and blanks."""
    return " ".join(unicodedata.normalize("NFC", name).casefold().split())


def refuse_impossible(
    told: Told, *, received_at: datetime | None, out_since: datetime, now: datetime, zone: tzinfo
) -> None:
    """Raise Refused for a return of a moment that cannot be: one still to come, or before its kit was out.

    Every later return would count as older than one of a time to come. `received_at` is when an officer says that
    it came. The clock of a machine may be astray; of a form, which people fill in, the minute is believed.
    """
    said = [at for at in (told.last_at, told.compiled_at) if at]
    if said and max(said) > now + _ASTRAY:
        raise Refused(
            f"this return speaks of {moment(max(said), zone)}, which is still to come: a date is wrong, or the "
            "clock of who wrote it; ask for it again"
        )
    out_since = out_since.replace(second=0, microsecond=0)
    if said and min(said) < out_since - (_ASTRAY if told.compiled_at else timedelta()):
        raise Refused(
            f"this return speaks of {moment(min(said), zone)}, and its kit was not let go before "
            f"{moment(out_since, zone)}: a date is wrong, or the clock of who wrote it; ask for it again"
        )
    if received_at is None:
        return
    at = f"the return cannot have been received at {moment(received_at, zone)}"
    if received_at > now:
        raise Refused(f"{at}, which is still to come; --at says when it came")
    if received_at < max([out_since, *(one - _ASTRAY for one in said)]):
        made_at = max([out_since, *said])
        raise Refused(f"{at}: it can be of {moment(made_at, zone)} at the earliest; --at says when it came")


def is_late(told: Told, kit: IssuedKit, *, received_at: datetime | None, now: datetime) -> bool:
    """Tell whether a return came after it was due: by when it was received, or was under seal, or is recorded."""
    sealed_at = told.compiled_at if told.seal.strength else None
    return (received_at or sealed_at or now) > kit.return_by


def standing_of(told: Told, earlier: Sequence[Returned]) -> Standing:
    """Return how a return stands to the `earlier` ones of its kit: the same again, older than the newest, or new.

    The same again is new where more vouches for it than did before. What only an officer vouches for neither takes
    the place of one under seal, nor makes one outdated.
    """
    sealed = told.seal.strength > 0
    if any(one.digest == told.digest and one.seal.strength >= told.seal.strength for one in earlier):
        return Standing.REPEATED
    rivals = (one.compiled_at for one in earlier if one.compiled_at and (one.sealed or not sealed))
    newest = max(rivals, default=None)
    if told.compiled_at and newest and told.compiled_at < newest:
        return Standing.OUTDATED
    return Standing.BESIDE if not sealed and any(one.sealed for one in earlier) else Standing.NEW


def counting(returned: Sequence[Returned]) -> Returned | None:
    """Return which of the returns for a kit, oldest first, counts: the newest under seal, else the newest."""
    return next((one for one in reversed(returned) if one.sealed), returned[-1] if returned else None)


def standings_of(kits: Sequence[IssuedKit], came: Sequence[Returned]) -> list[OnwardStanding]:
    """Return where each revision's kit stands, oldest first; both are given oldest first.

    One that waits for nothing, and for which nothing came, is left out.
    """
    by_text: dict[str, list[IssuedKit]] = {}
    for kit in kits:
        by_text.setdefault(kit.text_hash, []).append(kit)
    groups = list(by_text.values())
    found = [
        _standing(group, came, replaced=any(kit.is_out for later in groups[place:] for kit in later))
        for place, group in enumerate(groups, start=1)
    ]
    return [one for one in found if one.awaited or one.returned]


def _standing(kits: Sequence[IssuedKit], came: Sequence[Returned], *, replaced: bool) -> OnwardStanding:
    """Return where a kit stands that went with one release or several of the same text."""
    standing = [kit for kit in kits if kit.state is not ReleaseState.CANCELLED]
    own = [one for one in came if one.release_id in {kit.release_id for kit in kits}]
    counted = counting(own)
    return OnwardStanding(
        kit=(standing or kits)[-1],
        returned=counted,
        beside=own[-1] if own and own[-1] is not counted else None,
        awaited=bool(standing) and not replaced,
    )
