"""The edge to the relay: a connection from the first packet to the login, then its commands and contents.

aiosmtplib opens it (TLS, EHLO, AUTH); tenacity tries again up to there and never later.
"""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import re
import socket
import ssl
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from aiosmtplib import SMTP
from aiosmtplib.errors import SMTPException, SMTPResponseException, SMTPTimeoutError
from tenacity import AsyncRetrying, retry_if_exception_type, stop_after_attempt, stop_any, stop_before_delay
from tenacity import wait_exponential_jitter as exponential_jitter

from dispatcher.delivery.channel import UNREADABLE, explain
from dispatcher.delivery.replies import one_line, parse_reply
from dispatcher.errors import ChannelDown, ChannelError, ChannelRefused
from dispatcher.model import Security

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from tenacity.wait import wait_base

    from dispatcher.model import Relay, Reply

TRIES = 3
BETWEEN_TRIES = exponential_jitter(multiplier=1, exp_base=3, max=8, jitter=1)
QUIT_SECONDS = 3.0

MECHANISMS = ("plain", "login", "cram-md5")
"""The best one on offer is tried once; trying the others after a refusal would bring a lock-out nearer."""

_HOST_NAME = re.compile(r"(?=.{1,255}\Z)[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63})+", re.ASCII)


class NoReply(Exception):
    """A command or a content got no reply that can be read; the connection is gone.

    `begun`: the content was being written, so the relay may have taken the message.
    """

    def __init__(self, detail: str, /, *, begun: bool = False) -> None:
        self.detail, self.begun = detail, begun
        super().__init__(detail)


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """What the relay's EHLO offers."""

    size: int | None = None
    """Octets of the largest message; 0 = offered without a limit, None = not offered (RFC 1870)."""
    pipelining: bool = False
    smtputf8: bool = False
    dsn: bool = False
    eightbitmime: bool = False

    @classmethod
    def of(cls, extensions: Mapping[str, str]) -> Capabilities:
        """Read the extensions of an EHLO reply: lower-case keyword -> parameters."""
        limit = extensions.get("size")
        return cls(
            size=None if limit is None else int(limit) if re.fullmatch(r"[0-9]{1,20}", limit) else 0,
            pipelining="pipelining" in extensions,
            smtputf8="smtputf8" in extensions,
            dsn="dsn" in extensions,
            eightbitmime="8bitmime" in extensions,
        )


class Connection:
    """A connection that is ready for transactions, one at a time. `connect` makes it."""

    def __init__(self, relay: Relay, smtp: SMTP) -> None:
        self.capabilities = Capabilities.of(smtp.esmtp_extensions)
        self.in_transaction = False
        """MAIL was accepted and nothing has ended the transaction since (RFC 5321, section 3.3)."""
        self._timeouts = relay.timeouts
        self._smtp = smtp
        # kept here, because aiosmtplib forgets it while it is still closing
        self._transport = cast("asyncio.Transport", smtp.transport)

    @property
    def usable(self) -> bool:
        """Whether another transaction may begin: it is open and in step with the relay."""
        return self._smtp.is_connected

    async def command(self, verb: bytes, *arguments: bytes) -> Reply:
        """Send one command and return its reply. Raises NoReply."""
        try:
            response = await self._smtp.execute_command(verb, *arguments, timeout=self._timeouts.command)
        except (SMTPException, OSError) as error:
            self.abandon()
            raise NoReply(_told(error, self._timeouts.command)) from error
        if self._out_of_step() or not 200 <= response.code < 600:
            self.abandon()
            raise NoReply(f"the relay's answer is not SMTP: {response.code} {one_line(response.message)[:120]!r}")
        return parse_reply(response.code, response.message)

    async def content(self, wire: bytes) -> Reply:
        """Send dot-stuffed content with its final dot and return the reply (2yz, 4yz or 5yz).

        Raises NoReply; its `begun` is False only where not one octet was written.
        """
        protocol = self._smtp.protocol
        try:
            if protocol is None:
                raise ConnectionResetError
            protocol.write(wire)
        except (SMTPException, OSError) as error:
            self.abandon()
            raise NoReply("the connection was lost before the content began") from error
        try:
            response = await protocol.read_response(timeout=self._timeouts.content)
        except (SMTPException, OSError) as error:
            self.abandon()
            raise NoReply(_told(error, self._timeouts.content), begun=True) from error
        if response.code == 421 or self._out_of_step():
            self.abandon()
        if response.code // 100 not in {2, 4, 5}:
            self.abandon()
            raise NoReply(f"the relay's answer is not SMTP: {response.code}", begun=True)
        return parse_reply(response.code, response.message)

    async def reset(self) -> None:
        """End the transaction that is open (RSET). A relay that does not agree loses the connection."""
        with contextlib.suppress(NoReply):
            reply = await self.command(b"RSET")
            if reply.code // 100 != 2:
                self.abandon()
        self.in_transaction = False

    async def close(self) -> None:
        """Say QUIT, wait a few seconds at most, close. Never raises an error of the wire."""
        try:
            with contextlib.suppress(SMTPException, OSError):
                await self._smtp.quit(timeout=min(QUIT_SECONDS, self._timeouts.command))
        finally:
            self.abandon()

    def abandon(self) -> None:
        """Cut the connection now; what is still in its buffers is not sent."""
        self._transport.abort()
        self._smtp.close()

    def _out_of_step(self) -> bool:
        """Tell whether more came than one reply: aiosmtplib would take the rest for the next command's reply."""
        protocol = self._smtp.protocol
        return protocol is not None and bool(protocol._buffer)  # noqa: SLF001 - nothing public tells of it


def _told(error: Exception, seconds: float) -> str:
    if isinstance(error, SMTPTimeoutError):
        return f"no reply within {seconds:g} s"
    if isinstance(error, SMTPResponseException) and error.code == UNREADABLE:
        return f"the relay's answer is not SMTP: {one_line(error.message)[:120]!r}"
    return "the connection was lost before a reply"


async def connect(relay: Relay, *, wait: wait_base = BETWEEN_TRIES) -> Connection:
    """Open a connection, protected as configured, and log in: at most 3 tries within `relay.timeouts.connect`.

    Raises ChannelDown (unreachable, silent, 4yz) or ChannelRefused (certificate, no STARTTLS, login, no SMTP);
    only the first is tried again. The message names host and port and what to do.
    """
    limit = relay.timeouts.connect
    tries = AsyncRetrying(
        retry=retry_if_exception_type(ChannelDown),
        stop=stop_any(stop_after_attempt(TRIES), stop_before_delay(limit)),
        wait=wait,
        reraise=True,
    )
    return await tries(_connect_once, relay, asyncio.get_running_loop().time() + limit)


async def _connect_once(relay: Relay, deadline: float) -> Connection:
    smtp = SMTP(
        hostname=relay.host,
        port=relay.port,
        local_hostname="localhost",  # EHLO names us below; left out, aiosmtplib would ask the DNS
        timeout=relay.timeouts.command,
        use_tls=relay.security is Security.TLS,
        start_tls=False,
        tls_context=None if relay.security is Security.NONE else await asyncio.to_thread(_tls_context, relay),
    )
    try:
        async with _step(relay, "connecting", deadline):
            await smtp.connect(timeout=relay.timeouts.connect)
        await _ehlo(relay, smtp, deadline)
        if relay.security is Security.STARTTLS:
            await _start_tls(relay, smtp, deadline)
        if relay.username is not None:
            await _log_in(relay, smtp, deadline)
        return Connection(relay, smtp)
    except BaseException:
        smtp.close()
        raise


@contextlib.asynccontextmanager
async def _step(relay: Relay, doing: str, deadline: float) -> AsyncIterator[None]:
    """Bound one step by the deadline and tell its failure as a ChannelError."""
    try:
        async with asyncio.timeout_at(deadline):
            yield
    except ChannelError:
        raise
    except (SMTPException, OSError) as error:
        raise explain(relay, doing, error) from None  # the cause may quote a relay that echoes the password


async def _ehlo(relay: Relay, smtp: SMTP, deadline: float) -> None:
    async with _step(relay, "EHLO", deadline):
        await smtp.ehlo(hostname=own_name(socket.gethostname(), smtp.get_transport_info("sockname")[0]))


async def _start_tls(relay: Relay, smtp: SMTP, deadline: float) -> None:
    if not smtp.supports_extension("starttls"):
        raise ChannelRefused(
            f"{relay.host}:{relay.port} offers no STARTTLS, which relay.security asks for; no login was tried. "
            "Ask the relay's administrator which port is protected (587 with starttls, 465 with tls)"
        )
    async with _step(relay, "STARTTLS", deadline):
        await smtp.starttls()
    await _ehlo(relay, smtp, deadline)


async def _log_in(relay: Relay, smtp: SMTP, deadline: float) -> None:
    at = f"{relay.host}:{relay.port}"
    async with _step(relay, "AUTH", deadline):
        peer = smtp.get_transport_info("peername")[0]
        if not may_tell_password(relay.security, peer):
            raise ChannelRefused(
                f"{at}: no password is sent over an unprotected connection to {peer}; "
                "set relay.security to tls or starttls"
            )
        mechanism = next((name for name in MECHANISMS if name in smtp.server_auth_methods), None)
        if mechanism is None:
            offered = one_line(" ".join(smtp.server_auth_methods)) or "none"
            raise ChannelRefused(
                f"{at} offers no login that we know (AUTH offered: {offered}); remove relay.username if the relay "
                "needs none, or ask its administrator for the port with AUTH"
            )
        log_in = {"plain": smtp.auth_plain, "login": smtp.auth_login, "cram-md5": smtp.auth_crammd5}[mechanism]
        await log_in(relay.username or "", relay.password or "")


def may_tell_password(security: Security, peer: str) -> bool:
    """Tell whether a password may travel to the address `peer` (RFC 4954, section 4: only under protection)."""
    return security is not Security.NONE or ipaddress.ip_address(peer.partition("%")[0]).is_loopback


def own_name(host_name: str, address: str) -> str:
    """Return how EHLO names us: the full host name, else the address as a literal (RFC 5321, 4.1.1.1, 4.1.3)."""
    if _HOST_NAME.fullmatch(host_name):
        return host_name
    literal = ipaddress.ip_address(address.partition("%")[0])
    return f"[IPv6:{literal}]" if literal.version == 6 else f"[{literal}]"


def _tls_context(relay: Relay) -> ssl.SSLContext:
    """Return a context that checks certificate and name against the system's authorities and the office's own."""
    context = ssl.create_default_context()
    if relay.ca_file is not None:
        try:
            context.load_verify_locations(relay.ca_file)
        except OSError as error:  # ssl.SSLError is one
            raise ChannelRefused(
                f"{relay.ca_file}: not a readable file of certificates ({error.strerror or error}); "
                "correct relay.ca_file"
            ) from error
    return context
