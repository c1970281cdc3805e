"""What is known of an SMTP server, told to it and heard from it: frozen values, no behaviour of their own."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path


class Security(StrEnum):
    """How the connection to the relay is protected (RFC 8314, RFC 3207)."""

    TLS = "tls"
    STARTTLS = "starttls"
    NONE = "none"


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


class Envelope(NamedTuple):
    """What SMTP is told (RFC 5321, section 2.3.1), apart from the message's own header."""

    mail_from: str
    rcpt_to: str
    smtputf8: bool = False
    envid: str = ""
    """What a delivery status notification names it by (RFC 3461, section 4.4); empty: none is asked for."""
    deliver_by: datetime | None = None
    """When it should have arrived (RFC 2852)."""


class Stage(StrEnum):
    """How far an SMTP transaction got."""

    CONNECT = "connect"
    MAIL = "mail"
    RCPT = "rcpt"
    DATA = "data"
    CONTENT = "content"


class Reply(NamedTuple):
    """What an SMTP server answered: code (RFC 5321), enhanced code (RFC 3463), text on one line."""

    code: int
    enhanced: str
    text: str

    def __str__(self) -> str:
        return " ".join(piece for piece in (str(self.code), self.enhanced, self.text) if piece)
