"""What goes into the outbox frozen, and what it tells again; times are aware datetimes in UTC."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum
from typing import TYPE_CHECKING, NamedTuple

from dispatcher.acts import ORIGINAL, Life
from dispatcher.outbox.states import IN_FORCE, ReleaseState

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date, datetime

    from dispatcher.model import (
        DoubtPolicy,
        LatePolicy,
        Localized,
        OfficialDocument,
        Part,
        Reply,
        Signature,
        Stage,
        Wording,
    )
    from dispatcher.outbox.states import DeliveryState


_NOTHING = Life()


class Rank(IntEnum):
    """Who goes first among those of one hour."""

    MEDIATOR = 0
    """They pass it on: EICI, CMS."""
    TO = 1
    COPY = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentRecord:
    """The official document of a release; its octets are in the store by their sum."""

    file_name: str
    sha256: str
    signature: Signature | None

    @property
    def signed(self) -> bool:
        """Whether it bears a genuine signature."""
        return self.signature is not None and self.signature.genuine


class SignatoryRecord(NamedTuple):
    """Who answers for a release by a signature, as far as its office knows."""

    names: tuple[str, ...] = ()
    """In the advisory, in each language, and in the signature; none of an advisory that is passed on."""
    account: str = ""
    """The account under which the document was signed at this computer."""


_NOBODY = SignatoryRecord()


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseRecord:
    """An advisory frozen for sending."""

    id: int
    number: str
    slug: str
    revision: int
    act: str
    state: ReleaseState
    content_hash: str
    made_by: str
    prepared_at: datetime
    approved_by: str | None
    approved_at: datetime | None
    effective_at: datetime
    notify_before: datetime
    useful_until: datetime | None
    late_policy: LatePolicy
    cutoff: datetime
    """After this moment nothing is handed over any more."""
    late_reason: str | None
    """Why an officer let it go out although its hour had passed; None where nobody had to."""
    doubt_policy: DoubtPolicy
    life: Life = _NOTHING
    """What follows it by itself, approved with it."""
    derived_from: int | None = None
    """The release that it follows by itself; None: officers prepared it."""
    send_at: datetime | None = None
    """When `run` lets it go, by an officer's order."""
    relation: str | None = None
    """What it does to `target`, an earlier advisory: an act."""
    target: str | None = None
    document: DocumentRecord | None = None
    signatory: SignatoryRecord = _NOBODY
    paused_from: ReleaseState | None = None
    """Where `resume` brings it back to."""
    asked: int = 0
    """How many of its deliveries are of the part `to`: those are asked to acknowledge."""

    @property
    def in_force(self) -> bool:
        """Whether it does something to what it is about."""
        return (self.paused_from if self.state is ReleaseState.PAUSED else self.state) in IN_FORCE

    @property
    def signed(self) -> bool:
        """Whether its document bears a genuine signature."""
        return self.document is not None and self.document.signed


class Printed(NamedTuple):
    """What a release had printed on it, for the registers."""

    kind: str
    dated: date
    subject: Localized


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """A release, and what befell it when; None of what did not."""

    record: ReleaseRecord
    printed: Printed | None = None
    """None of a release from before this was frozen."""
    began_at: datetime | None = None
    """When it was first let go."""
    done_at: datetime | None = None
    cancelled_at: datetime | None = None
    first_accepted_at: datetime | None = None
    last_accepted_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryRecord:
    """One message for one recipient of a release, as the outbox knows it now."""

    id: str
    """32 hexadecimal digits (128 random bits)."""
    release_id: int
    address: str
    audiences: tuple[str, ...]
    places: tuple[str, ...]
    designation: Localized
    organisation: Localized
    phone: str
    language: str
    part: Part
    state: DeliveryState
    attempts: int
    wording: Wording | None
    message_id: str
    next_at: datetime | None
    first_attempt_at: datetime | None
    accepted_at: datetime | None
    last_reply: Reply | None
    """The relay's words to the last attempt; None where it said nothing, or before the first attempt."""
    detail: str
    """Why it stands where it stands, where no reply says it (connection lost, held by, expired)."""
    act: str = ORIGINAL
    """What its message does: original, reminder-1, ..."""
    acknowledged_at: datetime | None = None
    """When the office said that it knows; what was recorded first counts."""
    acknowledged_how: str | None = None
    """How it said so, see acknowledging.How."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptRecord:
    """One SMTP transaction of a delivery: a line of the delivery log."""

    delivery_id: str
    address: str
    n: int
    started_at: datetime
    finished_at: datetime | None
    relay: str
    stage: Stage | None
    state: DeliveryState | None
    """What the attempt led to; None while no outcome is recorded."""
    reply: Reply | None
    detail: str


class Successor(NamedTuple):
    """The advisory that puts another one out of force."""

    relation: str
    """supersession or withdrawal."""
    number: str
    slug: str


class Tally(NamedTuple):
    """The deliveries of the same audiences that stand in the same state."""

    audiences: tuple[str, ...]
    state: DeliveryState
    deliveries: int
    first_attempt_at: datetime | None
    """The earliest."""
    accepted_at: datetime | None
    """The latest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FrozenFrame:
    """A frame as the store keeps it: its layout, and its octets by hash."""

    variant: int
    wording: str
    """A Wording; of what follows by itself follow_ups.frame_name."""
    layout: str
    octets: Mapping[str, bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class FrozenDelivery:
    """A delivery as `prepare` freezes it."""

    id: bytes
    variant: int
    address: str
    smtputf8: bool
    recipient: str
    """JSON, see freezing.frozen_recipient."""
    original_hash: bytes
    in_effect_hash: bytes | None
    rank: Rank


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """One look at the published pages of an advisory, as its event tells it."""

    pages: tuple[str, ...]
    """Addresses, or names of saved files."""
    languages: Mapping[str, bool | None]
    """Whether all of each was right; None of one that was not looked for."""
    faults: tuple[str, ...]
    """What was not right, in words."""
    document: str
    """SHA-256 of the PDF that should be there."""
    lost: Mapping[str, str] = field(default_factory=dict)
    """Language whose page, once found as released, could not be read -> `gone` (404, 410) or `unread`."""
    ended: bool = False
    """Whether the advisory was out of force, so that only that was asked whether the item says so or is gone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WebsiteStanding:
    """What the newest looks at an advisory's pages say, language by language."""

    confirmed: tuple[str, ...]
    """Languages that were found as released."""
    differing: tuple[str, ...]
    """Languages that were not."""
    unseen: tuple[str, ...]
    """Languages that nobody looked for yet."""
    at: datetime
    """Of the newest look."""
    since: Mapping[str, datetime] = field(default_factory=dict)
    """Language that was looked for -> the first of the looks in a row that found it as it is."""
    lost: Mapping[str, str] = field(default_factory=dict)
    """Of those that differ, the languages whose page could not be read: `gone` or `unread`, see Look."""
    right_at: Mapping[str, datetime] = field(default_factory=dict)
    """Language -> the newest look that found it as released."""
    ended: bool = False
    """Whether the newest look was at an item that is out of force."""

    @property
    def is_confirmed(self) -> bool:
        """Whether every language was found as released."""
        return not self.differing and not self.unseen

    @property
    def confirmed_before(self) -> datetime | None:
        """When what is lost now was last found as released; None where nothing is lost, or never was right."""
        return max((self.right_at[one] for one in self.lost if one in self.right_at), default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """A release that was let go and not cancelled as a whole: since when, and its document."""

    record: ReleaseRecord
    at: datetime
    domain: str
    """The office's mail domain, as it was then."""
    document: OfficialDocument | None
    """None where it was prepared before documents were frozen."""
