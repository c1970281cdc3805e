"""One SMTP transaction: a message handed over, or a certain reason why not, or doubt (RFC 5321, section 3.3)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dispatcher.delivery.connection import NoReply
from dispatcher.delivery.replies import classify
from dispatcher.delivery.verdicts import DOWN, NEEDS_SMTPUTF8, SENDER, TOO_BIG, UNSPEAKABLE
from dispatcher.model import Stage

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from dispatcher.delivery.connection import Capabilities, Connection
    from dispatcher.delivery.verdicts import Verdict
    from dispatcher.model import Envelope, Reply

_NOT_IN_A_PATH = re.compile(r"[\x00-\x20\x7f<>]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What a transaction led to, and at which stage."""

    stage: Stage
    verdict: Verdict | None = None
    """None where nothing is certain (`in_doubt`) or nothing happened (`withdrawn`)."""
    reply: Reply | None = None
    """The relay's last words; None where it said nothing that can be read."""
    detail: str = ""
    """What no reply says, for people."""
    withdrawn: bool = False
    """The caller took the delivery back before the content; the relay was told RSET."""

    @property
    def in_doubt(self) -> bool:
        """The content began and no reply tells whether the relay took it (RFC 1047)."""
        return self.verdict is None and not self.withdrawn


async def hand_over(
    connection: Connection,
    envelope: Envelope,
    content: bytes,
    *,
    intend: Callable[[], Awaitable[bool]],
) -> Result:
    """Hand `content` (CRLF lines, not dot-stuffed) to the relay for one recipient.

    `intend` is awaited after RCPT was accepted and before DATA: it commits the intent durably, or returns False
    to withdraw. Any reply of 2yz, 4yz or 5yz settles the attempt. No reply before the first octet of the content
    is certainly no hand-over (`deferred`); no reply afterwards is `in_doubt`.

    Afterwards the connection is in order, or no longer `usable`. When this is cancelled or `intend` raises, the
    connection is cut and the exception goes on: an intent that the caller has recorded by then is in doubt.
    Raises ValueError where a line of `content` does not end with CRLF.
    """
    wire = wire_form(content)
    hindrance = _hindrance(connection.capabilities, envelope, len(content))
    if hindrance is not None:
        return hindrance
    try:
        return await _transact(connection, envelope, content, wire=wire, intend=intend)
    except BaseException:
        connection.abandon()
        raise


async def _transact(
    connection: Connection,
    envelope: Envelope,
    content: bytes,
    *,
    wire: bytes,
    intend: Callable[[], Awaitable[bool]],
) -> Result:
    stage = Stage.MAIL
    try:
        if connection.in_transaction:  # left open by a refusal, whose result was worth more than its tidying
            await connection.reset()
        reply = await connection.command(b"MAIL", *_mail_arguments(connection.capabilities, envelope, content))
        if reply.code // 100 != 2:
            return _refused(connection, stage, reply)
        stage, connection.in_transaction = Stage.RCPT, True
        reply = await connection.command(b"RCPT", b"TO:" + _path(envelope.rcpt_to))
        if reply.code // 100 != 2:
            return _refused(connection, stage, reply)
        if not await intend():
            await connection.reset()
            return Result(stage=stage, withdrawn=True, detail="withdrawn before the content")
        stage = Stage.DATA
        reply = await connection.command(b"DATA")
        if reply.code != 354:
            return _refused(connection, stage, reply)
        stage = Stage.CONTENT
        reply = await connection.content(wire)
    except NoReply as silence:
        return Result(stage=stage, verdict=None if silence.begun else DOWN, detail=silence.detail)
    connection.in_transaction = False
    return Result(stage=stage, verdict=classify(stage, reply), reply=reply)


def _refused(connection: Connection, stage: Stage, reply: Reply) -> Result:
    if reply.code // 100 not in {4, 5}:  # a positive reply in the wrong place: the two are out of step
        connection.abandon()
    return Result(stage=stage, verdict=classify(stage, reply), reply=reply)


def _hindrance(offered: Capabilities, envelope: Envelope, size: int) -> Result | None:
    """Return why the relay need not even be asked, or None."""
    for address, verdict in ((envelope.mail_from, SENDER), (envelope.rcpt_to, UNSPEAKABLE)):
        if _NOT_IN_A_PATH.search(address):
            return Result(stage=Stage.MAIL, verdict=verdict, detail=f"{address!r} is not an address")
    if _needs_smtputf8(envelope) and not offered.smtputf8:
        return Result(
            stage=Stage.MAIL,
            verdict=NEEDS_SMTPUTF8,
            detail=f"{envelope.rcpt_to} needs SMTPUTF8, which the relay does not offer",
        )
    if offered.size and size > offered.size:
        return Result(
            stage=Stage.MAIL,
            verdict=TOO_BIG,
            detail=f"the message has {size} octets, the relay takes {offered.size} at most",
        )
    return None


def _needs_smtputf8(envelope: Envelope) -> bool:
    return envelope.smtputf8 or not (envelope.mail_from + envelope.rcpt_to).isascii()


def _mail_arguments(offered: Capabilities, envelope: Envelope, content: bytes) -> list[bytes]:
    """Return the path and the parameters of MAIL (RFC 1870, RFC 6152, RFC 6531), each only where offered."""
    arguments = [b"FROM:" + _path(envelope.mail_from)]
    if offered.size is not None:
        arguments.append(b"SIZE=%d" % len(content))
    if offered.eightbitmime and not content.isascii():
        arguments.append(b"BODY=8BITMIME")
    if _needs_smtputf8(envelope):
        arguments.append(b"SMTPUTF8")
    return arguments


def _path(address: str) -> bytes:
    return b"<" + address.encode() + b">"


def wire_form(content: bytes) -> bytes:
    """Return `content` as DATA carries it: leading dots doubled, closed by the final dot (RFC 5321, 4.5.2).

    Raises ValueError for a bare CR or LF: relays disagree on where such a line ends, which lets one message
    pass for two (RFC 5321, section 2.3.8).
    """
    lines = content.count(b"\r\n")
    if content.count(b"\n") != lines or content.count(b"\r") != lines:
        raise ValueError("the content has a CR or LF that is not part of a CRLF")
    closed = content if content.endswith(b"\r\n") or not content else content + b"\r\n"
    return (b"\r\n" + closed).replace(b"\r\n.", b"\r\n..")[2:] + b".\r\n"
