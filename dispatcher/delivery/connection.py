"""The conversation with the relay on an open connection: octets out, replies in, in step, each in its time.

It takes the transport over from aiosmtplib, which opened it: that reads one reply for each command, and a group of
commands (RFC 2920) wants several. docs/adr/0010 tells why.
"""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING

from dispatcher.delivery.replies import one_line
from dispatcher.delivery.wire import CRLF, NotSmtp, ReplyReader

if TYPE_CHECKING:
    from dispatcher.delivery.capabilities import Capabilities
    from dispatcher.delivery.wire import WireReply
    from dispatcher.smtp import Timeouts

QUIT_SECONDS = 3.0


class NoReply(Exception):
    """A command or a content got no reply that can be read; the connection is gone."""

    def __init__(self, detail: str, /) -> None:
        self.detail = detail
        super().__init__(detail)


class Connection(asyncio.Protocol):
    """A connection that is ready for transactions, one after another."""

    def __init__(self, transport: asyncio.Transport, capabilities: Capabilities, timeouts: Timeouts) -> None:
        self.capabilities = capabilities
        self.timeouts = timeouts
        self.in_transaction = False
        """MAIL was accepted and nothing has ended the transaction since (RFC 5321, section 3.3)."""
        self.served = 0
        """How many transactions have come to their end on it."""
        self._transport = transport
        self._loop = asyncio.get_running_loop()
        self._reader = ReplyReader()
        self._replies: deque[WireReply] = deque()
        self._expected = 0
        self._out_of_step = False
        self._lost: str | None = None
        """Why no further reply will come."""
        self._waiter: asyncio.Future[None] | None = None
        self._limit = self._deadline = 0.0
        """How long is waited for the reply that is due, and until when."""
        self._timer: asyncio.TimerHandle | None = None
        self._look_at = 0.0
        transport.set_protocol(self)

    @property
    def usable(self) -> bool:
        """Whether another transaction may begin: it is open and in step with the relay."""
        return self._lost is None and not self._transport.is_closing()

    def write(self, *octets: bytes, replies: int) -> None:
        """Send octets that the relay will answer with so many replies. What cannot go is told by `reply`."""
        self._expected += replies
        if self._lost is None:
            self._transport.writelines(octets) if len(octets) > 1 else self._transport.write(octets[0])

    async def reply(self, seconds: float) -> WireReply:
        """Return the next reply; wait so long after the last octets that the relay took. Raises NoReply."""
        if not self._replies:
            await self._wait(seconds)
        reply = self._replies.popleft()
        if reply.code == 421:  # the relay closes the channel (RFC 5321, section 3.8)
            self._break(f"the relay has closed the channel: {one_line(reply.text.decode(errors='replace'))}")
        return reply

    def keep_step(self) -> None:
        """Raise NoReply where more replies came than commands went: which of them is meant cannot be told."""
        if self._out_of_step:
            raise NoReply(self._lost or "out of step")

    async def command(self, line: bytes) -> WireReply:
        """Send one command, which `line` holds without its end, and return its reply. Raises NoReply."""
        self.write(line + CRLF, replies=1)
        return await self.reply(self.timeouts.command)

    async def reset(self) -> None:
        """End the transaction that is open (RSET). A relay that does not agree loses the connection."""
        try:
            if not (await self.command(b"RSET")).positive:
                self.abandon()
        except NoReply:
            pass
        self.in_transaction = False

    async def close(self) -> None:
        """Say QUIT, wait a few seconds at most, close. Never raises an error of the wire."""
        try:
            if self.usable:
                self.write(b"QUIT\r\n", replies=1)
                await self.reply(min(QUIT_SECONDS, self.timeouts.command))
        except NoReply:
            pass
        finally:
            self.abandon()

    def abandon(self) -> None:
        """Cut the connection now; what is still in its buffers is not sent."""
        self._lose("the connection was cut")
        self._transport.abort()

    def data_received(self, data: bytes) -> None:
        """Put replies together; more of them than commands means that the two are out of step."""
        try:
            for reply in self._reader.feed(data):
                if self._expected:
                    self._expected -= 1
                    self._replies.append(reply)
                elif reply.code == 421:
                    self._break("the relay has closed the channel")
                else:
                    self._out_of_step = True
                    self._break(f"the relay answered what nobody asked: {reply.code}")
        except NotSmtp as error:
            self._break(f"the relay's answer is not SMTP: {error}")
        self._wake()

    def connection_lost(self, exc: Exception | None) -> None:
        """Take note that nothing more will come."""
        del exc
        self._lose("the connection was lost before a reply")

    async def _wait(self, seconds: float) -> None:
        if self._lost is not None:
            raise NoReply(self._lost)
        self._waiter = self._loop.create_future()
        self._limit, self._deadline = seconds, self._loop.time() + seconds
        if self._timer is not None and self._look_at > self._deadline:  # set by a wait that might last longer
            self._timer.cancel()
            self._timer = None
        if self._timer is None:
            self._watch(seconds, self._transport.get_write_buffer_size())
        try:
            await self._waiter
        finally:
            self._waiter = None
        if not self._replies:
            raise NoReply(self._lost or "the connection was lost before a reply")

    def _watch(self, seconds: float, unsent: int) -> None:
        """Look again after so long: one timer serves many waits, as one for each would cost more than reading."""
        self._look_at = self._loop.time() + seconds
        self._timer = self._loop.call_at(self._look_at, self._look, unsent)

    def _look(self, unsent: int) -> None:
        self._timer = None
        if self._waiter is None or self._lost is not None:
            return
        left = self._deadline - self._loop.time()
        now_unsent = self._transport.get_write_buffer_size()
        if now_unsent < unsent:  # a slow line still takes what we send
            left = self._limit
            self._deadline = self._loop.time() + left
        if left > 0:
            self._watch(left, now_unsent)
        else:
            self._lose(f"no reply within {self._limit:g} s")
            self._transport.abort()

    def _break(self, why: str) -> None:
        self._lose(why)
        self._transport.abort()

    def _lose(self, why: str) -> None:
        if self._lost is None:
            self._lost = why
        self._wake()

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done() and (self._replies or self._lost is not None):
            self._waiter.set_result(None)
