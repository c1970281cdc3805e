"""The rehearsal sink: a real SMTP server on loopback that keeps what it is given, with faults by address."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self, cast

from aiosmtpd.smtp import SMTP

from dispatcher.smtp import Relay, Security

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from aiosmtpd.smtp import Envelope, Session

HOST = "127.0.0.1"
SIZE_LIMIT = 25_000_000
_NAME_LIMIT = 100


@dataclass(frozen=True, slots=True)
class Fault:
    """What RCPT is answered for an address: each of `replies` once, then accepted; `forever`: the last repeats."""

    replies: tuple[str, ...]
    forever: bool = False

    def reply(self, nth: int) -> str | None:
        """Return the reply to the address's `nth` RCPT (from 0), or None where it is accepted."""
        if nth < len(self.replies):
            return self.replies[nth]
        return self.replies[-1] if self.forever and self.replies else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """A message that was accepted, and the file that holds its octets as they came."""

    mail_from: str
    rcpt_to: str
    path: Path


class Sink:
    """An SMTP server in the running event loop, from `async with` to its end; it offers SIZE and SMTPUTF8.

    Each accepted message is written to `folder` as `<n>-<address>.eml`, CRLF kept, and noted in `received`.
    `faults`: address -> what RCPT is answered, case ignored.
    """

    def __init__(
        self, folder: Path, *, faults: Mapping[str, Fault] | None = None, size_limit: int = SIZE_LIMIT
    ) -> None:
        self.received: list[Received] = []
        self._folder = folder
        self._faults = {address.casefold(): fault for address, fault in (faults or {}).items()}
        self._asked: dict[str, int] = {}
        self._size_limit = size_limit
        self._sessions: set[_Session] = set()
        self._server: asyncio.Server | None = None

    @property
    def relay(self) -> Relay:
        """How to reach it; only while it is open."""
        assert self._server is not None
        return Relay(host=HOST, port=self._server.sockets[0].getsockname()[1], security=Security.NONE)

    async def __aenter__(self) -> Self:
        self._folder.mkdir(parents=True, exist_ok=True)
        self._server = await asyncio.get_running_loop().create_server(self._open_session, HOST, 0)
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        await asyncio.gather(*[session.end() for session in self._sessions])
        await self._server.wait_closed()
        self._server = None

    def _open_session(self) -> _Session:
        session = _Session(
            self,
            hostname="rehearsal.localhost",  # left out, aiosmtpd would ask the DNS
            ident="rehearsal sink",
            enable_SMTPUTF8=True,
            data_size_limit=self._size_limit,
            loop=asyncio.get_running_loop(),
        )
        self._sessions.add(session)
        return session

    async def handle_RCPT(  # noqa: N802 - aiosmtpd calls it so
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        """Answer RCPT: the address's fault, or acceptance."""
        key = address.casefold()
        nth = self._asked[key] = self._asked.get(key, -1) + 1
        refusal = self._faults[key].reply(nth) if key in self._faults else None
        if refusal is None:
            envelope.rcpt_tos.append(address)
        return refusal or "250 2.1.5 OK"

    async def handle_DATA(  # noqa: N802 - aiosmtpd calls it so
        self, _server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        """Keep the message, then accept it."""
        for address in envelope.rcpt_tos:
            path = self._folder / file_name(len(self.received) + 1, address)
            path.write_bytes(envelope.original_content or b"")
            self.received.append(Received(mail_from=envelope.mail_from or "", rcpt_to=address, path=path))
        return f"250 2.0.0 OK: kept as {len(self.received)}"


class _Session(SMTP):
    """A client's session that can be ended from outside."""

    async def end(self) -> None:
        """Cut the connection and wait until its task is over."""
        task: asyncio.Task[Any] | None = self._handler_coroutine
        if self.transport is not None:
            cast("asyncio.Transport", self.transport).abort()
        if task is not None:
            task.cancel()
            await asyncio.wait([task])


def file_name(n: int, address: str) -> str:
    """Return `<n>-<address>.eml` with nothing in it that means something to a file system."""
    slug = re.sub(r"[^a-z0-9@._+-]+", "-", address.lower())[:_NAME_LIMIT]
    return f"{n:04}-{slug.strip('.-')}.eml"
