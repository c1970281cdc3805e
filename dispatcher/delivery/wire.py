"""SMTP as octets: replies read, commands and contents written (RFC 5321, section 4). Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from dispatcher.delivery.capabilities import Capabilities
    from dispatcher.smtp import Envelope

CRLF = b"\r\n"
FINAL_DOT = b".\r\n"

LONGEST_LINE = 8192
"""Octets of a reply's line: sixteen times what RFC 5321, section 4.5.3.1.5 allows."""
LONGEST_REPLY = 65536
"""Octets of all lines of a reply together."""

_NOT_IN_A_PATH = re.compile(r"[\x00-\x20\x7f<>]")
_NOT_XCHAR = re.compile(r"[^!-*,-<>-~]")


class NotSmtp(Exception):
    """What came is no SMTP reply."""


class WireReply(NamedTuple):
    """A reply as it came: its code, and the text of its lines joined by line feeds."""

    code: int
    text: bytes

    @property
    def positive(self) -> bool:
        """Whether it says that the command was done (2yz)."""
        return 200 <= self.code < 300


class ReplyReader:
    """Puts replies together from octets as they arrive, however they are cut (RFC 5321, section 4.2.1)."""

    def __init__(self) -> None:
        self._held = b""
        """The beginning of a line that has not come whole."""
        self._lines: list[bytes] = []
        """Texts of the lines of a reply whose last line has not come."""
        self._code = b""
        self._size = 0

    def feed(self, octets: bytes) -> Iterator[WireReply]:
        """Yield every reply that is complete now. Raises NotSmtp, after which nothing more can be read."""
        lines = (self._held + octets if self._held else octets).split(b"\n")
        self._held = lines.pop()
        for line in lines:
            reply = self._line(line)
            if reply is not None:
                yield reply
        if len(self._held) > LONGEST_LINE:
            raise NotSmtp(f"a line of more than {LONGEST_LINE} octets")

    def _line(self, line: bytes) -> WireReply | None:
        code, follows = line[:3], line[3:4]
        text = line[4:].removesuffix(b"\r")
        if len(line) > LONGEST_LINE:
            raise NotSmtp(f"a line of more than {LONGEST_LINE} octets")
        digits = len(code) == 3 and code.isdigit()
        if not (digits and b"200" <= code <= b"599") or (follows.strip() not in {b"", b"-"}):
            raise NotSmtp(repr(line[:120])[2:-1])
        if self._lines and code != self._code:
            raise NotSmtp(f"code {code.decode()} in a reply that began with {self._code.decode()}")
        if not self._lines and follows != b"-":
            return WireReply(int(code), text)
        self._code, self._size = code, self._size + len(line)
        self._lines.append(text)
        if self._size > LONGEST_REPLY:
            raise NotSmtp(f"a reply of more than {LONGEST_REPLY} octets")
        if follows == b"-":
            return None
        whole = WireReply(int(code), b"\n".join(self._lines))
        self._lines, self._size = [], 0
        return whole


def speakable(address: str) -> bool:
    """Tell whether an address can stand in a command: no blank, bracket or control character."""
    return _NOT_IN_A_PATH.search(address) is None


def needs_smtputf8(envelope: Envelope) -> bool:
    """Tell whether the envelope's addresses need SMTPUTF8 (RFC 6531)."""
    return envelope.smtputf8 or not (envelope.mail_from.isascii() and envelope.rcpt_to.isascii())


def mail_command(
    offered: Capabilities, envelope: Envelope, *, size: int, ascii_only: bool, now: datetime | None = None
) -> bytes:
    """Return MAIL with its parameters, each only where it is offered.

    SIZE (RFC 1870), BODY (RFC 6152), SMTPUTF8 (RFC 6531), RET and ENVID (RFC 3461) for a message that has an
    envelope id, BY (RFC 2852) for one that should be delivered before a moment: after it the relay is to tell us,
    not to give up (mode N).
    """
    words = [f"MAIL FROM:<{envelope.mail_from}>"]
    if offered.size is not None:
        words.append(f"SIZE={size}")
    if offered.eightbitmime and not ascii_only:
        words.append("BODY=8BITMIME")
    if needs_smtputf8(envelope):
        words.append("SMTPUTF8")
    if offered.dsn and envelope.envid:
        words.append(f"RET=HDRS ENVID={xtext(envelope.envid)}")
    if offered.deliverby and envelope.deliver_by is not None and now is not None:
        seconds = int((envelope.deliver_by - now).total_seconds())
        if seconds > 0:
            words.append(f"BY={min(seconds, 999_999_999)};N")
    return " ".join(words).encode() + CRLF


_WORDS = {
    "deliverby": b" BY=", "dsn": b" ENVID=", "smtputf8": b" SMTPUTF8", "eightbitmime": b" BODY=", "size": b" SIZE="
}  # fmt: skip
_OF_RCPT = {"dsn": b" NOTIFY="}


def borne(command: bytes) -> frozenset[str]:
    """Return the extensions, by their names in Capabilities, of which MAIL or RCPT bears a parameter."""
    words = _OF_RCPT if command.startswith(b"RCPT") else _WORDS
    return frozenset(name for name, word in words.items() if word in command)


def rcpt_command(offered: Capabilities, envelope: Envelope) -> bytes:
    """Return RCPT; where DSN is offered it asks to be told of failure and delay (RFC 3461, section 4)."""
    address = envelope.rcpt_to
    if not (offered.dsn and envelope.envid):
        return f"RCPT TO:<{address}>".encode() + CRLF
    # RFC 6533, section 3: utf-8-addr-unitext is allowed where SMTPUTF8 is in use
    original = f"rfc822;{xtext(address)}" if address.isascii() else f"utf-8;{_NOT_UNITEXT.sub(_hexpoint, address)}"
    return f"RCPT TO:<{address}> NOTIFY=FAILURE,DELAY ORCPT={original}".encode() + CRLF


_NOT_UNITEXT = re.compile(r"[\x00-\x20+=\\\x7f]")


def xtext(text: str) -> str:
    """Return ASCII text as a parameter of DSN carries it (RFC 3461, section 4)."""
    return _NOT_XCHAR.sub(lambda found: f"+{ord(found[0]):02X}", text)


def _hexpoint(found: re.Match[str]) -> str:
    return f"\\x{{{ord(found[0]):02X}}}"


def wire_form(content: bytes) -> bytes:
    """Return `content` as DATA carries it: leading dots doubled, closed by the final dot (RFC 5321, 4.5.2).

    Raises ValueError for a bare CR or LF: relays disagree on where such a line ends, which lets one message
    pass for two (RFC 5321, section 2.3.8).
    """
    closed = content if content.endswith(CRLF) or not content else content + CRLF
    return stuffed(closed) + FINAL_DOT


def stuffed(lines: bytes) -> bytes:
    """Return whole lines with their leading dots doubled. Raises ValueError for a bare CR or LF."""
    count = lines.count(CRLF)
    if lines.count(b"\n") != count or lines.count(b"\r") != count:
        raise ValueError("the content has a CR or LF that is not part of a CRLF")
    return (CRLF + lines).replace(b"\r\n.", b"\r\n..")[2:]
