"""A connection to the relay opened, from the first packet to the login, and handed over ready for transactions.

aiosmtplib opens it (TLS, EHLO, AUTH); tenacity tries again up to there and never later.
"""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import re
import socket
import ssl
from typing import TYPE_CHECKING, cast

from aiosmtplib import SMTP
from aiosmtplib.errors import SMTPException
from tenacity import AsyncRetrying, retry_if_exception_type, stop_after_attempt, stop_any, stop_before_delay
from tenacity import wait_exponential_jitter as exponential_jitter

from dispatcher.delivery.capabilities import Capabilities
from dispatcher.delivery.channel import explain
from dispatcher.delivery.connection import Connection
from dispatcher.delivery.replies import one_line
from dispatcher.errors import ChannelDown, ChannelError, ChannelRefused
from dispatcher.smtp import Security

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tenacity.wait import wait_base

    from dispatcher.smtp import Relay

TRIES = 3
BETWEEN_TRIES = exponential_jitter(multiplier=1, exp_base=3, max=8, jitter=1)

MECHANISMS = ("plain", "login", "cram-md5")
"""The best one on offer is tried once; trying the others after a refusal would bring a lock-out nearer."""

_HOST_NAME = re.compile(r"(?=.{1,255}\Z)[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63})+", re.ASCII)


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
        return _taken_over(relay, smtp)
    except BaseException:
        smtp.close()
        raise


def _taken_over(relay: Relay, smtp: SMTP) -> Connection:
    """Take the transport from aiosmtplib, which has read every reply so far."""
    transport = cast("asyncio.Transport", smtp.transport)
    return Connection(transport, Capabilities.of(smtp.esmtp_extensions), relay.timeouts)


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
