"""One SMTP transaction: a message handed over, or a certain reason why not, or doubt (RFC 5321, section 3.3).

Where the relay offers PIPELINING, MAIL, RCPT and DATA go as one group (RFC 2920), and the group of the next
transaction may ride behind this one's content; otherwise each waits for the reply to the one before.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from dispatcher.delivery.connection import NoReply
from dispatcher.delivery.replies import as_reply, classify
from dispatcher.delivery.verdicts import (
    DEAD,
    DOWN,
    NEEDS_SMTPUTF8,
    OPTION,
    PROTOCOL,
    SENDER,
    TOO_BIG,
    UNSPEAKABLE,
)
from dispatcher.delivery.wire import (
    CRLF,
    FINAL_DOT,
    borne,
    mail_command,
    needs_smtputf8,
    rcpt_command,
    speakable,
    wire_form,
)
from dispatcher.smtp import Reply, Stage

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from datetime import datetime

    from dispatcher.delivery.capabilities import Capabilities
    from dispatcher.delivery.connection import Connection
    from dispatcher.delivery.verdicts import Verdict
    from dispatcher.delivery.wire import WireReply
    from dispatcher.smtp import Envelope


class Result(NamedTuple):
    """What a transaction led to, and at which stage."""

    stage: Stage
    verdict: Verdict | None = None
    """None where nothing is certain (`in_doubt`) or nothing happened (`withdrawn`)."""
    reply: Reply | None = None
    """The relay's last words; None where it said nothing that can be read."""
    detail: str = ""
    """What no reply says, for people."""
    withdrawn: bool = False
    """The caller took the delivery back before the content."""

    @property
    def in_doubt(self) -> bool:
        """The content began and no reply tells whether the relay took it (RFC 1047)."""
        return self.verdict is None and not self.withdrawn


class Content(NamedTuple):
    """A message as DATA carries it, in pieces: leading dots doubled, the final dot at its end."""

    pieces: Sequence[bytes]
    size: int
    """Octets before dots were doubled and without the final dot (RFC 1870, section 4)."""
    ascii_only: bool

    @classmethod
    def of(cls, message: bytes) -> Content:
        """Return a whole message (CRLF lines) as content. Raises ValueError for a bare CR or LF."""
        return cls((wire_form(message),), len(message), message.isascii())


class Transaction:
    """A message on its way: `open` it, wait until it is `admitted`, `send` it, hear its `end`."""

    def __init__(
        self,
        connection: Connection,
        envelope: Envelope,
        content: Content,
        *,
        intend: Callable[[], Awaitable[bool]],
        now: datetime | None = None,
    ) -> None:
        self.stage = Stage.MAIL
        self.grouped = connection.capabilities.pipelining
        self._connection = connection
        self._content = content
        self._intend = intend
        self._resets = False
        offered = connection.capabilities
        self._mail = mail_command(offered, envelope, size=content.size, ascii_only=content.ascii_only, now=now)
        self._rcpt = rcpt_command(offered, envelope)

    @property
    def begun(self) -> bool:
        """Whether an octet of the content was written."""
        return self.stage is Stage.CONTENT

    def bore(self, stage: Stage) -> frozenset[str]:
        """Return the extensions of which the command of a stage had a parameter."""
        return borne(self._rcpt if stage is Stage.RCPT else self._mail)

    def opening(self) -> bytes:
        """Return the octets with which it begins: the whole group, or MAIL alone."""
        connection = self._connection
        self._resets = (
            connection.in_transaction
        )  # left open by a refusal, whose result was worth more than its tidying
        connection.in_transaction = False
        reset = b"RSET\r\n" if self._resets else b""
        return reset + (self._mail + self._rcpt + b"DATA\r\n" if self.grouped else self._mail)

    @property
    def _opening_replies(self) -> int:
        return self._resets + (3 if self.grouped else 1)

    def open(self) -> None:
        """Begin."""
        self._connection.write(self.opening(), replies=self._opening_replies)

    async def admitted(self) -> Result | None:
        """Wait until the content may go (None), or return why it may not.

        `intend` is awaited after RCPT was accepted and before the first octet of the content.
        """
        try:
            if self._resets and not (await self._reply()).positive:
                self._connection.abandon()
                return Result(stage=Stage.MAIL, verdict=DOWN, detail="the relay does not agree to RSET")
            refused = await (self._admitted_as_group() if self.grouped else self._admitted_in_steps())
        except NoReply as silence:
            return Result(stage=self.stage, verdict=DOWN, detail=silence.detail)
        if refused is None and not self._connection.usable:
            return Result(
                stage=Stage.DATA, verdict=DOWN, detail="the connection was lost before the content began"
            )
        return refused

    def send(self, behind: Transaction | None = None) -> None:
        """Write the content, and the opening of the transaction that rides behind it."""
        self.stage = Stage.CONTENT
        self._connection.in_transaction = False
        if behind is None:
            self._connection.write(*self._content.pieces, replies=1)
        else:
            opening = behind.opening()
            self._connection.write(*self._content.pieces, opening, replies=1 + behind._opening_replies)  # noqa: SLF001 - of its own class

    async def end(self) -> Result:
        """Return what the relay says of the content. A reply of 2yz, 4yz or 5yz settles it, none is doubt."""
        connection = self._connection
        try:
            reply = await connection.reply(connection.timeouts.content)
        except NoReply as silence:
            return Result(stage=Stage.CONTENT, detail=silence.detail)
        if reply.code // 100 not in {2, 4, 5}:
            connection.abandon()
            return Result(stage=Stage.CONTENT, detail=f"the relay's answer is not SMTP: {reply.code}")
        connection.served += 1
        words = as_reply(reply)
        return Result(stage=Stage.CONTENT, verdict=classify(Stage.CONTENT, words), reply=words)

    async def _reply(self) -> WireReply:
        reply = await self._connection.reply(self._connection.timeouts.command)
        self._connection.keep_step()
        return reply

    async def _command(self, line: bytes) -> WireReply:
        self._connection.write(line + CRLF, replies=1)
        return await self._reply()

    async def _admitted_as_group(self) -> Result | None:
        replies: list[WireReply] = []
        lost: NoReply | None = None
        for stage in (Stage.MAIL, Stage.RCPT, Stage.DATA):
            self.stage = stage
            try:
                replies.append(await self._reply())
            except NoReply as silence:
                lost = silence
                break
        for stage, reply in zip((Stage.MAIL, Stage.RCPT), replies, strict=False):
            if not reply.positive:
                await self._leave_data(replies)
                return self._refused(stage, reply)
            self._connection.in_transaction = True
        if lost is not None:
            raise lost
        if replies[2].code != 354:
            return self._refused(Stage.DATA, replies[2])
        if not await self._intend():
            self._connection.abandon()  # after 354 there is no other way to hand nothing over
            return Result(stage=Stage.RCPT, withdrawn=True, detail="withdrawn before the content")
        return None

    async def _leave_data(self, replies: Sequence[WireReply]) -> None:
        """End a content that the relay asks for although it refused the recipient (RFC 2920, section 3.1)."""
        if [reply.code for reply in replies[2:]] != [354]:
            return
        if replies[1].code // 100 not in {4, 5}:  # a recipient stands: a lone dot would make an empty message
            self._connection.abandon()
            return
        self._connection.write(FINAL_DOT, replies=1)
        await self._reply()
        self._connection.in_transaction = False

    async def _admitted_in_steps(self) -> Result | None:
        reply = await self._reply()
        if not reply.positive:
            return self._refused(Stage.MAIL, reply)
        self.stage, self._connection.in_transaction = Stage.RCPT, True
        reply = await self._command(self._rcpt.removesuffix(CRLF))
        if not reply.positive:
            return self._refused(Stage.RCPT, reply)
        if not await self._intend():
            await self._connection.reset()
            return Result(stage=Stage.RCPT, withdrawn=True, detail="withdrawn before the content")
        self.stage = Stage.DATA
        reply = await self._command(b"DATA")
        if reply.code != 354:
            return self._refused(Stage.DATA, reply)
        return None

    def _refused(self, stage: Stage, reply: WireReply) -> Result:
        if reply.code // 100 not in {4, 5}:  # a positive reply in the wrong place: the two are out of step
            self._connection.abandon()
        if reply.code != 421:
            self._connection.served += 1
        words = as_reply(reply)
        verdict = classify(stage, words)
        if verdict is OPTION and not self.bore(stage):  # there is nothing in the command but the address
            verdict = DEAD if stage is Stage.RCPT else PROTOCOL
        return Result(stage=stage, verdict=verdict, reply=words)


async def hand_over(
    connection: Connection,
    envelope: Envelope,
    message: bytes,
    *,
    intend: Callable[[], Awaitable[bool]],
) -> Result:
    """Hand `message` (CRLF lines) to the relay for one recipient, alone on its connection.

    `intend` is awaited after RCPT was accepted and before the first octet of the content: it commits the intent
    durably, or returns False to withdraw. No reply before that octet is certainly no hand-over (`deferred`); no
    reply afterwards is `in_doubt`.

    Afterwards the connection is in order, or no longer `usable`. When this is cancelled or `intend` raises, the
    connection is cut and the exception goes on: an intent that the caller has recorded by then is in doubt.
    Raises ValueError where a line of `message` does not end with CRLF.
    """
    content = Content.of(message)
    hindered = hindrance(connection.capabilities, envelope, content.size)
    if hindered is not None:
        return hindered
    transaction = Transaction(connection, envelope, content, intend=intend)
    try:
        transaction.open()
        refused = await transaction.admitted()
        if refused is not None:
            return refused
        transaction.send()
        return await transaction.end()
    except BaseException:
        connection.abandon()
        raise


def hindrance(offered: Capabilities, envelope: Envelope, size: int) -> Result | None:
    """Return why the relay need not even be asked, or None."""
    for address, verdict in ((envelope.mail_from, SENDER), (envelope.rcpt_to, UNSPEAKABLE)):
        if not speakable(address):
            return Result(stage=Stage.MAIL, verdict=verdict, detail=f"{address!r} is not an address")
    if not offered.smtputf8 and needs_smtputf8(envelope):
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
