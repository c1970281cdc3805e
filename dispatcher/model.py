"""The vocabulary: frozen values that walk from sheet to register. No behaviour beyond their own shape."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from dispatcher.acts import ORIGINAL, Correction

if TYPE_CHECKING:
    from pathlib import Path

    from dispatcher.errors import Source

Localized: TypeAlias = Mapping[str, str]
"""One text in several languages: BCP 47 tag -> text."""


class Part(StrEnum):
    """Whether an addressee is asked to act or told for information."""

    TO = "to"
    COPY = "copy"


class LatePolicy(StrEnum):
    """What becomes of a delivery that is not accepted when `notify_before` has passed."""

    SEND_IN_EFFECT = "send_in_effect"
    SEND_MARKED = "send_marked"
    DROP = "drop"
    HOLD = "hold"


class DoubtPolicy(StrEnum):
    """What `resolve --by-policy` makes of a delivery of which nobody knows whether the relay took it."""

    HOLD = "hold"
    RESEND = "resend"
    ASSUME_ACCEPTED = "assume_accepted"


class Security(StrEnum):
    """How the connection to the relay is protected (RFC 8314, RFC 3207)."""

    TLS = "tls"
    STARTTLS = "starttls"
    NONE = "none"


class Wording(StrEnum):
    """Which of the two wordings of a message goes out: before the hour, or once it has passed."""

    ORIGINAL = "original"
    IN_EFFECT = "in_effect"


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    """The issuing office as its letterhead shows it."""

    name: Localized
    short_name: Localized
    address: Localized
    phone: str
    fax: str
    email: str
    time_zone: str
    number_pattern: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """Who a message is from: header From and Reply-To (RFC 5322), envelope sender (RFC 5321)."""

    name: str
    address: str
    reply_to: str
    envelope_from: str

    @property
    def domain(self) -> str:
        """The domain of every Message-ID."""
        return self.address.rpartition("@")[2]


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeouts:
    """Seconds to wait for the relay (RFC 5321, section 4.5.3.2)."""

    connect: float = 30.0
    command: float = 60.0
    content: float = 600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Relay:
    """The office's SMTP server that messages are handed to. `password` never appears in a repr."""

    host: str
    port: int
    security: Security
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    ca_file: Path | None = None
    max_connections: int = 5
    rate_per_minute: int | None = None
    timeouts: Timeouts = field(default_factory=Timeouts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Audience:
    """A group of addressees: where its sheet is, which covering note it gets, who mails it."""

    name: str
    sheet: Path
    tab: str | None
    part: Part
    note: str
    kit: str | None = None
    by: str | None = None
    """`onward` when EICI mails this audience, not the office."""

    @property
    def passes_on(self) -> bool:
        """Whether it tells others what it is told: it goes first, and one main address gets its kit."""
        return self.kit in {"onward", "website"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """One reason why an address is told: a row of a sheet of an audience."""

    audience: str
    part: Part
    primary: bool  # first address of its row; Cc, further and alternate addresses are not
    places: tuple[str, ...]
    """Names in English as in words/places.yaml, or as typed where unknown there."""
    designation: Localized
    organisation: Localized
    language: str
    """As the sheet asks: both, hi_first, en_first, hi or en. Recorded and reported; every message has both."""
    phone: str
    source: Source


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """One address and every role in which it is told. It gets one message."""

    address: str
    """As it goes on the wire: domain lower-cased, in A-labels where the local part is ASCII."""
    roles: tuple[Role, ...]
    needs_smtputf8: bool = False

    @property
    def audiences(self) -> tuple[str, ...]:
        """Names of its audiences, each once, in the order of the roles."""
        return tuple(dict.fromkeys(role.audience for role in self.roles))

    @property
    def part(self) -> Part:
        """`to` if any of its roles is."""
        return Part.TO if any(role.part is Part.TO for role in self.roles) else Part.COPY

    @property
    def places(self) -> tuple[str, ...]:
        """Its places, each once, in the order of the roles."""
        return tuple(dict.fromkeys(place for role in self.roles for place in role.places))


@dataclass(frozen=True, slots=True, kw_only=True)
class Para:
    """A paragraph of an advisory: `text` is numbered, `note` and `contact` are not."""

    kind: str
    text: Localized
    steps: tuple[Localized, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Helpdesk:
    """Where users turn with questions."""

    name: Localized
    email: str
    phone: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Signatory:
    """Who answers for the advisory: the line in brackets and the designation."""

    name: Localized
    designation: Localized


@dataclass(frozen=True, slots=True, kw_only=True)
class Addressee:
    """A line of the "To" list: an audience, its instruction and what it is asked to do."""

    audience: str
    instruction: Localized
    ask: Localized
    places: tuple[str, ...] = ()
    late_ask: Localized | None = None
    """In place of `ask` once the hour has passed by which it should be done; None: `ask` holds then too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """A line of "Copy for information to"."""

    audience: str
    instruction: Localized


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A question of the lint, settled by an officer."""

    code: str
    reason: str
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Whose advisory this is where it came in a kit, to be passed on unchanged; hashes are SHA-256."""

    issuer: Localized
    release_hash: str
    """What the kit was made from, as the office that issued it froze it."""
    kit_hash: str
    """Of the list of all its sums."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Enclosure:
    """A file attached to a message: ASCII file name (RFC 2231 is avoided), media type, bytes."""

    file_name: str
    media_type: str
    content: bytes = field(repr=False)

    @property
    def charset(self) -> str | None:
        """utf-8, of text that is (without NUL, which is a sign of UTF-16); None of all else."""
        if not self.media_type.startswith("text/") or b"\0" in self.content:
            return None
        try:
            self.content.decode()
        except UnicodeDecodeError:
            return None
        return "utf-8"


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """Who signed the official document and when, as its signature says (ETSI EN 319 142-1)."""

    signer: str
    """Common name of the certificate."""
    signed_at: datetime
    level: str
    """B-B, B-T, B-LT or B-LTA."""
    timestamped: bool = False
    """Whether a time-stamp service vouches for the time."""
    genuine: bool = True
    """False for the certificate of the demo: the document then says that it is a specimen."""
    rooted: bool = True
    """Whether its chain was examined to a root of this office; False: it fits the document, no more is known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OfficialDocument:
    """The PDF of an advisory as a release is made with it."""

    file_name: str
    content: bytes = field(repr=False)
    signature: Signature | None = None
    account: str = ""
    """The account under which it was signed at this computer; empty where it was signed elsewhere."""

    @property
    def sha256(self) -> str:
        """The sum of its octets, hexadecimal."""
        return hashlib.sha256(self.content).hexdigest()

    @property
    def signed(self) -> bool:
        """Whether it bears a genuine signature."""
        return self.signature is not None and self.signature.genuine

    @property
    def enclosure(self) -> Enclosure:
        """The document as a message carries it."""
        return Enclosure(file_name=self.file_name, media_type="application/pdf", content=self.content)


@dataclass(frozen=True, slots=True, kw_only=True)
class Advisory:
    """The notice, its texts rendered: every value stands in both languages."""

    number: str
    revision: int
    issued: date
    kind: str
    subject: Localized
    short_title: Localized
    what: Localized
    do: Localized
    in_effect: Localized
    news: Mapping[str, Localized]
    paras: tuple[Para, ...]
    effective_at: datetime
    notify_before: datetime
    useful_until: datetime | None
    window_start: datetime | None
    window_end: datetime | None
    late_policy: LatePolicy
    helpdesk: Helpdesk
    signatory: Signatory
    addressees: tuple[Addressee, ...]
    copies: tuple[Copy, ...]
    enclosures: tuple[str, ...] = ()
    upcoming: Localized | None = None
    """What happens, as a reminder before the hour says it, with a place for the time left; None: as `what`."""
    relation: Mapping[str, str] | None = None
    corrections: tuple[Correction, ...] = ()
    additions: tuple[Localized, ...] = ()
    reminders: tuple[str | float, ...] | None = None
    answers: tuple[Answer, ...] = ()
    in_doubt: DoubtPolicy = DoubtPolicy.HOLD
    origin: Origin | None = None
    """None: the office's own."""

    @property
    def slug(self) -> str:
        """The number as a folder name: 10/SYS/WZU/2025 -> 10-SYS-WZU-2025."""
        return slug_of(self.number)

    @property
    def file_stem(self) -> str:
        """What its document and kits are called, each revision in its own way, in ASCII (RFC 2231 is avoided)."""
        name = self.slug if self.slug.isascii() else str(self.issued)
        return f"{name}-R{self.revision}" if self.revision else name

    def kit_file(self, kit: str) -> str:
        """Return what a kit is attached as: onward-10-SYS-WZU-2025.zip."""
        return f"{kit}-{self.file_stem}.zip"

    @property
    def dated(self) -> date:
        """The date printed on this revision: a corrigendum has its own, and names that of the advisory."""
        own = (self.relation or {}).get("dated")
        return date.fromisoformat(own) if own else self.issued

    @property
    def act(self) -> str:
        """What its messages do: original, or what the relation says."""
        return self.relation["type"] if self.relation else ORIGINAL

    @property
    def audiences(self) -> tuple[str, ...]:
        """Audiences that the advisory addresses, each once, in its own order."""
        named = [line.audience for line in self.addressees] + [line.audience for line in self.copies]
        return tuple(dict.fromkeys(named))


def slug_of(number: str) -> str:
    """Return the folder name of an advisory's number."""
    return "-".join(piece for piece in number.replace("/", " ").split() if piece)


class Reply(NamedTuple):
    """What an SMTP server answered: code (RFC 5321), enhanced code (RFC 3463), text on one line."""

    code: int
    enhanced: str
    text: str

    def __str__(self) -> str:
        return " ".join(piece for piece in (str(self.code), self.enhanced, self.text) if piece)


class Stage(StrEnum):
    """How far an SMTP transaction got."""

    CONNECT = "connect"
    MAIL = "mail"
    RCPT = "rcpt"
    DATA = "data"
    CONTENT = "content"


class Envelope(NamedTuple):
    """What SMTP is told (RFC 5321, section 2.3.1), apart from the message's own header."""

    mail_from: str
    rcpt_to: str
    smtputf8: bool = False
    envid: str = ""
    """What a delivery status notification names it by (RFC 3461, section 4.4); empty: none is asked for."""
    deliver_by: datetime | None = None
    """When it should have arrived (RFC 2852)."""
