"""The edge to the relay as `doctor` looks at it: one step after the other, each told as it is found.

One connection, one login, no retry. A certificate that is not trusted is looked at over a second connection, on
which nothing is said once it is encrypted.
"""

from __future__ import annotations

import _ssl
import asyncio
import contextlib
import os
import socket
import ssl
import tempfile
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NoReturn, cast

from aiosmtplib import SMTP
from aiosmtplib.errors import SMTPException, SMTPResponseException

from dispatcher.delivery import findings
from dispatcher.delivery.channel import explain
from dispatcher.delivery.connecting import MECHANISMS, may_tell_password, own_name
from dispatcher.delivery.connection import QUIT_SECONDS
from dispatcher.delivery.offers import judge_offers
from dispatcher.delivery.replies import parse_reply
from dispatcher.outbox.findings import unexamined
from dispatcher.smtp import Security, Stage

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterable, Mapping

    from dispatcher.findings import Finding
    from dispatcher.smtp import Relay, Reply

_FAILURES = (SMTPException, OSError)


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """What is to be tried at the relay, besides looking at it."""

    envelope_from: str
    own_address: str
    """An address of the office: RCPT is tried with it, and taken back."""
    trial: bytes | None = None
    """A test message to hand over."""
    trial_to: str = ""
    may_log_in: bool = True
    """False where the password cannot be had."""


class _Halt(Exception):
    """A step failed: what builds on it is not examined. Its sentence says why."""


class RelayExamination:
    """A look at one relay. `told` is called with each finding; `our_address` is known after a connection."""

    def __init__(self, relay: Relay, visit: Visit, *, told: Callable[[Finding], None]) -> None:
        self._relay = relay
        self._visit = visit
        self._told = told
        self._found: list[Finding] = []
        self._heard: list[tuple[str, datetime]] = []
        self._socket_address: tuple[int, Any] | None = None
        self._transport: asyncio.BaseTransport | None = None
        """Kept here, because aiosmtplib forgets it while it is still closing."""
        self.our_address: str | None = None

    async def run(self) -> None:
        """Take every step that can be taken. Raises nothing of the wire."""
        because = ""
        try:
            async with self._connected() as smtp:
                await self._look(smtp)
        except _Halt as halt:
            because = str(halt)
        left_out = {
            "certificate": self._relay.security is Security.NONE,
            "message": self._visit.trial is None,
            "relay_clock": bool(self._heard),
        }
        steps = [step for step in findings.STEPS if not left_out.get(step)]
        self._tell(list(unexamined(steps, self._found, because=because)))
        if self._heard:
            self._tell([findings.judge_relay_time(findings.relay_time(self._heard))])

    def _tell(self, found: Iterable[Finding]) -> None:
        for finding in found:
            self._found.append(finding)
            self._told(finding)

    def _halt(self, finding: Finding, because: str) -> NoReturn:
        self._tell([finding])
        raise _Halt(because)

    def _hear(self, text: str) -> None:
        self._heard.append((text, datetime.now(UTC)))

    @contextlib.asynccontextmanager
    async def _connected(self) -> AsyncIterator[SMTP]:
        """Yield a connection that was greeted and, where it is to be, is protected."""
        sock = await self._connect(await self._resolve())
        smtp = SMTP(
            hostname=self._relay.host,
            sock=sock,
            local_hostname="localhost",  # EHLO names us below; left out, aiosmtplib would ask the DNS
            timeout=self._relay.timeouts.command,
            use_tls=self._relay.security is Security.TLS,
            start_tls=False,
            tls_context=await self._context(sock),
        )
        try:
            await self._greet(smtp)
            yield smtp
        finally:
            _cut(smtp, sock, self._transport)

    async def _resolve(self) -> list[tuple[int, Any]]:
        """Return family and socket address of each address of the relay."""
        loop, relay = asyncio.get_running_loop(), self._relay
        began = time.perf_counter()
        try:
            async with asyncio.timeout(relay.timeouts.connect):
                found = await loop.getaddrinfo(relay.host, relay.port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:  # UnicodeError: a label of a name may be too long
            why = getattr(error, "strerror", None) or (
                "no answer in time" if isinstance(error, TimeoutError) else ""
            )
            self._halt(findings.unknown_name(relay.host, why or "it cannot be a name"), "the relay was not found")
        addresses: list[tuple[int, Any]] = list(dict.fromkeys((one[0], one[4]) for one in found))
        plain = [str(address[0]) for _, address in addresses]
        self._tell([findings.judge_names(relay.host, plain, seconds=time.perf_counter() - began)])
        return addresses

    async def _connect(self, addresses: list[tuple[int, Any]]) -> socket.socket:
        """Return a socket to the first address that answers."""
        knocks = []
        for family, address in addresses:
            knock, sock = await self._knock(family, address)
            knocks.append(knock)
            if sock is not None:
                break
        finding = findings.judge_knocks(self._relay.port, knocks)
        if sock is None:
            self._halt(finding, "there is no connection to the relay")
        self._tell([finding])
        self._socket_address = (family, address)
        self.our_address = sock.getsockname()[0]
        return sock

    async def _knock(self, family: int, address: Any) -> tuple[findings.Knock, socket.socket | None]:
        loop, plain = asyncio.get_running_loop(), str(address[0])
        began = time.perf_counter()
        sock = socket.socket(family, socket.SOCK_STREAM)
        sock.settimeout(0)  # the event loop waits
        try:
            async with asyncio.timeout(self._relay.timeouts.connect):
                await loop.sock_connect(sock, address)
        except TimeoutError:
            sock.close()
            return findings.Knock(plain, time.perf_counter() - began, "no answer in time", timed_out=True), None
        except OSError as error:
            sock.close()
            why = os.strerror(error.errno) if error.errno else str(error)
            return findings.Knock(plain, time.perf_counter() - began, why), None
        return findings.Knock(plain, time.perf_counter() - began), sock

    async def _context(self, sock: socket.socket) -> ssl.SSLContext | None:
        relay = self._relay
        if relay.security is Security.NONE:
            return None
        context = await asyncio.to_thread(ssl.create_default_context)
        if relay.ca_file is not None:
            try:
                context.load_verify_locations(relay.ca_file)
            except OSError as error:  # ssl.SSLError is one
                sock.close()
                why = error.strerror or str(error)
                self._halt(findings.bad_ca_file(str(relay.ca_file), why), "relay.ca_file cannot be read")
        return context

    async def _greet(self, smtp: SMTP) -> None:
        """Wait for the greeting; with implicit TLS, the certificate comes before it."""
        try:
            response = await smtp.connect(timeout=self._relay.timeouts.connect)
        except _FAILURES as error:
            await self._tls_failed(error)
            self._halt(self._refused("greeting", "connecting", error), "the relay did not greet us")
        self._transport = smtp.transport
        self._hear(response.message)
        self._tell([findings.greeted(response.message)])

    async def _look(self, smtp: SMTP) -> None:
        """Take the steps behind the greeting."""
        ehlo = await self._ehlo(smtp)
        if self._relay.security is Security.STARTTLS:
            ehlo = await self._start_tls(smtp)
        self._tell(self._protection(smtp))
        self.our_address = findings.seen_address(ehlo, smtp.get_transport_info("sockname")[0])
        self._tell(judge_offers(smtp.esmtp_extensions))
        try:
            await self._log_in(smtp)
            await self._try_sender(smtp)
            if self._visit.trial is not None:
                await self._hand_over(smtp, self._visit.trial)
        finally:
            with contextlib.suppress(*_FAILURES):
                await smtp.quit(timeout=QUIT_SECONDS)

    async def _ehlo(self, smtp: SMTP) -> str:
        try:
            response = await smtp.ehlo(
                hostname=own_name(socket.gethostname(), smtp.get_transport_info("sockname")[0])
            )
        except _FAILURES as error:
            self._halt(self._refused("ehlo", "EHLO", error), "the relay did not answer EHLO")
        self._hear(response.message)
        return response.message

    async def _start_tls(self, smtp: SMTP) -> str:
        if not smtp.supports_extension("starttls"):
            self._halt(findings.no_starttls(self._relay), "the connection is not protected")
        try:
            await smtp.starttls(timeout=self._relay.timeouts.connect)
        except _FAILURES as error:
            await self._tls_failed(error)
            self._halt(self._refused("tls", "STARTTLS", error), "the connection is not protected")
        self._transport = smtp.transport
        return await self._ehlo(smtp)

    async def _tls_failed(self, error: Exception) -> None:
        """Tell of an error of TLS and halt; return where it is of another kind."""
        cause: BaseException | None = error
        while cause is not None and not isinstance(cause, ssl.SSLError):
            cause = cause.__cause__
        if cause is None or isinstance(cause, ssl.SSLEOFError):
            return
        if not isinstance(cause, ssl.SSLCertVerificationError):
            self._halt(findings.broken_tls(cause.reason or str(cause)), "the connection is not protected")
        finding = findings.untrusted(
            self._relay.host,
            code=cause.verify_code,
            said=cause.verify_message,
            certificate=await self._unverified(),
        )
        self._halt(finding, "the relay's certificate is not to be trusted, so no more was said to it")

    async def _unverified(self) -> findings.Certificate | None:
        """Return the certificate of the relay, seen over a connection on which nothing is said after it."""
        assert self._socket_address is not None
        _, sock = await self._knock(*self._socket_address)
        if sock is None:
            return None
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        smtp = SMTP(
            hostname=self._relay.host,
            sock=sock,
            local_hostname="localhost",
            timeout=self._relay.timeouts.connect,
            use_tls=self._relay.security is Security.TLS,
            start_tls=False,
            tls_context=context,
        )
        try:
            await smtp.connect()
            if self._relay.security is Security.STARTTLS:
                await smtp.ehlo(hostname=own_name(socket.gethostname(), sock.getsockname()[0]))
                await smtp.starttls()
            der = smtp.get_transport_info("ssl_object").getpeercert(binary_form=True)
            return await asyncio.to_thread(_decoded, der)
        except _FAILURES:
            return None
        finally:
            _cut(smtp, sock, smtp.transport)

    def _protection(self, smtp: SMTP) -> Iterable[Finding]:
        peer, tls = smtp.get_transport_info("peername")[0], smtp.get_transport_info("ssl_object")
        if tls is None:
            yield findings.judge_plain(peer=peer, starttls=smtp.supports_extension("starttls"))
            return
        yield findings.judge_tls(tls.version(), tls.cipher()[0])
        certificate = _certificate(tls.getpeercert())
        yield findings.judge_certificate(certificate, self._relay.host, now=datetime.now(UTC))

    async def _log_in(self, smtp: SMTP) -> None:
        """Log in once, by the best mechanism on offer; a refusal is not followed by another try."""
        relay, peer = self._relay, smtp.get_transport_info("peername")[0]
        offered = smtp.server_auth_methods
        if relay.username is None:
            self._tell([findings.no_login(offered)])
            return
        if not self._visit.may_log_in:
            raise _Halt("the password cannot be had, so no login was tried")
        if not may_tell_password(relay.security, peer):
            self._halt(findings.login_in_clear(peer), "we are not logged in")
        mechanism = next((name for name in MECHANISMS if name in offered), None)
        if mechanism is None:
            self._halt(findings.no_known_login(offered), "we are not logged in")
        log_in = {"plain": smtp.auth_plain, "login": smtp.auth_login, "cram-md5": smtp.auth_crammd5}[mechanism]
        try:
            await log_in(relay.username, relay.password or "")
        except _FAILURES as error:
            self._halt(findings.login_refused(str(explain(relay, "AUTH", error))), "we are not logged in")
        self._tell([findings.logged_in(mechanism, relay.username)])

    async def _try_sender(self, smtp: SMTP) -> None:
        """Name our sender and an address of the office, and take it back: no message is handed over."""
        sender, own = self._visit.envelope_from, self._visit.own_address
        replies = []
        try:
            for command in ((b"MAIL", b"FROM:", sender), (b"RCPT", b"TO:", own)):
                replies.append(await self._command(smtp, *command))
                if replies[-1].code // 100 != 2:
                    break
            await smtp.rset()
        except _FAILURES as error:
            self._halt(self._refused("sender", "MAIL FROM", error), "the connection is gone")
        self._tell([findings.judge_sender(sender, own, replies)])

    async def _hand_over(self, smtp: SMTP, message: bytes) -> None:
        """Hand the test message over to its address."""
        sender, to, stage = self._visit.envelope_from, self._visit.trial_to, Stage.MAIL
        try:
            reply = await self._command(smtp, b"MAIL", b"FROM:", sender)
            if reply.code // 100 == 2:
                stage, reply = Stage.RCPT, await self._command(smtp, b"RCPT", b"TO:", to)
            if stage is Stage.RCPT and reply.code // 100 == 2:
                stage = Stage.CONTENT
                response = await smtp.data(message, timeout=self._relay.timeouts.content)
                self._hear(response.message)
                reply = parse_reply(response.code, response.message)
        except SMTPResponseException as error:  # DATA, or the content, was refused
            reply = parse_reply(error.code, error.message)
        except _FAILURES as error:
            self._halt(self._refused("message", stage.upper(), error), "the connection is gone")
        self._tell([findings.judge_message(to, reply, stage=stage)])

    async def _command(self, smtp: SMTP, verb: bytes, keyword: bytes, address: str) -> Reply:
        response = await smtp.execute_command(verb, keyword + b"<" + address.encode("ascii") + b">")
        self._hear(response.message)
        return parse_reply(response.code, response.message)

    def _refused(self, step: str, doing: str, error: Exception) -> Finding:
        return findings.refused(step, str(explain(self._relay, doing, error)))


def _decoded(der: bytes) -> findings.Certificate | None:
    """Decode a certificate that was not verified: of such a one, ssl itself hands out its octets only."""
    with tempfile.NamedTemporaryFile("w", suffix=".pem", encoding="ascii") as file:
        file.write(ssl.DER_cert_to_PEM_cert(der))
        file.flush()
        decode = getattr(_ssl, "_test_decode_cert", None)  # the one decoder that Python has, not promised to stay
        try:
            return _certificate(decode(file.name)) if decode else None
        except OSError:  # ssl.SSLError is one
            return None


def _cut(smtp: SMTP, sock: socket.socket, transport: asyncio.BaseTransport | None) -> None:
    """End a connection now, in whatever state it is; nothing more is written."""
    if transport is None:
        sock.close()
    else:
        cast("asyncio.Transport", transport).abort()
    smtp.close()


def _certificate(decoded: Mapping[str, Any]) -> findings.Certificate:
    """Return what ssl's form of a certificate says."""
    return findings.Certificate(
        subject=_name(decoded.get("subject", ())),
        names=tuple(str(value) for _, value in decoded.get("subjectAltName", ())),
        issuer=_name(decoded.get("issuer", ())),
        not_before=datetime.fromtimestamp(ssl.cert_time_to_seconds(decoded["notBefore"]), UTC),
        not_after=datetime.fromtimestamp(ssl.cert_time_to_seconds(decoded["notAfter"]), UTC),
    )


def _name(parts: Iterable[Iterable[tuple[str, str]]]) -> str:
    """Return a distinguished name by what people know: common name, organisation."""
    known = [value for part in parts for key, value in part if key in {"commonName", "organizationName"}]
    return ", ".join(known)
