"""An SMTP server on a loopback port that misbehaves as told: what each step answers is an argument.

It runs in a thread of its own, so that tests of coroutines, of blocking code and of processes can use it alike:

    with SmtpServer(rcpt=["451 4.7.1 Greylisted", "250 OK"], content=Act.SILENCE) as server:
        ...connect to server.host, server.port...
    assert server.messages == []
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import TYPE_CHECKING, Any, Self, TypeAlias

from dispatcher.smtp import Relay, Security, Timeouts
from tests.patience import PATIENCE

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Mapping, Sequence

HOST = "127.0.0.1"
EXTENSIONS = ("SIZE 1000000", "8BITMIME", "SMTPUTF8", "ENHANCEDSTATUSCODES")
PIPELINING = (*EXTENSIONS, "PIPELINING")

TIMEOUTS = Timeouts(connect=5, command=5, content=5)
IMPATIENT = Timeouts(connect=5, command=1, content=0.3)


class Act(Enum):
    """What a server may do instead of answering."""

    DROP = "close the connection"
    SILENCE = "say nothing until the client goes"


@dataclass(frozen=True)
class Pieces:
    """A reply that comes one octet at a time."""

    reply: str


@dataclass(frozen=True)
class Together:
    """A reply that is held back, and goes in one packet with the next one."""

    reply: str


@dataclass(frozen=True)
class Last:
    """A reply after which the server closes the connection."""

    reply: str


Answer: TypeAlias = str | bytes | Pieces | Together | Last | Act
"""Lines joined by CRLF; octets as they are; a reply in pieces, with the next one or before the end; an act."""

DEFAULTS: dict[str, Answer] = {
    "greeting": "220 relay.example ESMTP",
    "starttls": "220 2.0.0 go ahead",
    "challenge": "334 VXNlcm5hbWU6",
    "auth": "235 2.7.0 welcome",
    "mail": "250 2.1.0 OK",
    "rcpt": "250 2.1.5 OK",
    "data": "354 go ahead",
    "content": "250 2.0.0 OK queued as 4711",
    "rset": "250 2.0.0 OK",
    "quit": "221 2.0.0 bye",
}


async def until(condition: Callable[[], bool]) -> None:
    """Wait until what the other side does has come through."""
    async with asyncio.timeout(PATIENCE):
        while not condition():  # noqa: ASYNC110 - it is brought about by another thread or by the kernel
            await asyncio.sleep(0.005)


class _Gone(Exception):
    """The session is over."""


class Input:
    """What comes from the client, in lines."""

    def __init__(self, reader: asyncio.StreamReader, lag: float) -> None:
        self._reader = reader
        self._lag = lag
        self._held = bytearray()
        self.at_hand = False
        """Whether the last line had come with what was read before it."""

    async def line(self) -> bytes:
        """Return the next line with its end."""
        self.at_hand = b"\n" in self._held
        while b"\n" not in self._held:
            await self._more()
        end = self._held.index(b"\n") + 1
        line = bytes(self._held[:end])
        del self._held[:end]
        return line

    async def drain(self) -> None:
        """Wait until the client goes."""
        while True:
            await self._more()

    def forget(self) -> None:
        """Lose what has come and was not asked for."""
        self._held.clear()

    async def _more(self) -> None:
        if self._lag:
            await asyncio.sleep(self._lag)
        chunk = await self._reader.read(2**20)
        if not chunk:
            raise _Gone
        self._held += chunk


@dataclass
class SmtpServer:
    """A scripted server. `faults`: step -> its answer, or its answers in turn, of which the last repeats.

    Steps are the verbs in lower case, `greeting`, `content` (the reply after the final dot), `challenge` (of AUTH
    LOGIN), `inside` (an act after the first line of the content) and `grouped` (the answer to a command that came
    together with the one before, if it is to be another).
    """

    faults: Mapping[str, Answer | Sequence[Answer]] = field(default_factory=dict)
    extensions: Sequence[str] = EXTENSIONS
    tls: ssl.SSLContext | None = None
    implicit_tls: bool = False
    refuses: Mapping[str, str] = field(default_factory=dict)
    """A word -> the answer to every command that bears it: so relays refuse a parameter that they offer."""
    forgets: str = ""
    """A step after which it forgets all that came behind: so relays break the PIPELINING that they offer."""
    lag: float = 0
    """Seconds that it takes its time before it reads on: a slow line."""
    log: list[bytes] = field(default_factory=list)
    """Every line that came, apart from contents."""
    grouped: list[bytes] = field(default_factory=list)
    """The lines among them that came together with the one before."""
    messages: list[bytes] = field(default_factory=list)
    """Every content that came whole, still dot-stuffed."""
    connections: int = 0
    host: str = HOST
    port: int = 0

    def relay(self, **settings: Any) -> Relay:
        """Return how to reach it; `settings` are those of Relay."""
        plain = Relay(host=self.host, port=self.port, security=Security.NONE, timeouts=TIMEOUTS)
        return replace(plain, **settings)

    @property
    def open(self) -> int:
        """How many connections are open."""
        return len(self._sessions)

    @property
    def verbs(self) -> list[str]:
        """The verbs that came, in order."""
        return [line.split()[0].decode(errors="replace").upper() for line in self.log if line.strip()]

    def __enter__(self) -> Self:
        self._asked: dict[str, int] = {}
        self._held_back = b""
        self._ready = threading.Event()
        self._thread = threading.Thread(target=asyncio.run, args=(self._live(),))
        self._thread.start()
        assert self._ready.wait(PATIENCE)
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """End it; afterwards `log` and `messages` are complete."""
        with contextlib.suppress(RuntimeError):  # stopped before
            self._loop.call_soon_threadsafe(self._stopped.set)
        self._thread.join(PATIENCE)

    async def _live(self) -> None:
        self._loop, self._stopped = asyncio.get_running_loop(), asyncio.Event()
        self._sessions: set[asyncio.Task[None]] = set()
        # not asyncio.start_server: closed at the wrong moment, it leaves accepted sockets open (CPython 3.11)
        with socket.create_server((HOST, 0)) as listener:
            self.port = listener.getsockname()[1]
            self._loop.add_reader(listener, self._accept, listener)
            self._ready.set()
            await self._stopped.wait()
            self._loop.remove_reader(listener)
        await asyncio.sleep(0)  # a task that is cancelled before its first step would leave its socket open
        for session in self._sessions:
            session.cancel()
        await asyncio.gather(*self._sessions)

    def _accept(self, listener: socket.socket) -> None:
        session = self._loop.create_task(self._serve(listener.accept()[0]))
        self._sessions.add(session)
        session.add_done_callback(self._sessions.discard)

    async def _serve(self, client: socket.socket) -> None:
        # CancelledError: the end of the server, not of a task that another one waits for
        with contextlib.suppress(_Gone, OSError, asyncio.CancelledError):
            streams: asyncio.Future[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = self._loop.create_future()
            protocol = asyncio.StreamReaderProtocol(
                asyncio.StreamReader(), lambda reader, writer: streams.set_result((reader, writer))
            )
            tls = self.tls if self.implicit_tls else None
            await self._loop.connect_accepted_socket(lambda: protocol, client, ssl=tls)
            reader, writer = streams.result()
            self.connections += 1
            try:
                await self._converse(Input(reader, self.lag), writer)
            finally:
                writer.close()
                await writer.wait_closed()

    async def _converse(self, source: Input, writer: asyncio.StreamWriter) -> None:
        await self._answer(source, writer, "greeting")
        while True:
            await self._obey(source, writer, await self._line(source))

    async def _obey(self, source: Input, writer: asyncio.StreamWriter, line: bytes) -> None:
        verb = line.split()[0].decode(errors="replace").lower() if line.strip() else ""
        if verb == "auth" and line.upper().startswith(b"AUTH LOGIN"):
            await self._answer(source, writer, "challenge")
            await self._line(source)
        refusals = [answer for word, answer in self.refuses.items() if word in line.decode(errors="replace")]
        if refusals:
            await self._say(writer, refusals[0])
            return
        strict = source.at_hand and "grouped" in self.faults
        answer = await self._answer(source, writer, "grouped" if strict else verb)
        if verb == "quit":
            raise _Gone
        if verb == "starttls" and answer == DEFAULTS["starttls"]:
            assert self.tls is not None
            await writer.start_tls(self.tls)
        if verb == "data" and (answer.reply if isinstance(answer, Pieces) else str(answer)).startswith("354"):
            await self._take_content(source, writer)

    async def _take_content(self, source: Input, writer: asyncio.StreamWriter) -> None:
        lines: list[bytes] = []
        while lines[-1:] != [b".\r\n"]:
            lines.append(await source.line())
            if "inside" in self.faults:
                await self._answer(source, writer, "inside")
        self.messages.append(b"".join(lines[:-1]))
        await self._answer(source, writer, "content")

    async def _line(self, source: Input) -> bytes:
        line = await source.line()
        self.log.append(line)
        if source.at_hand:
            self.grouped.append(line)
        return line

    async def _answer(self, source: Input, writer: asyncio.StreamWriter, step: str) -> Answer:
        answer = self._chosen(step)
        if answer is Act.SILENCE:
            await source.drain()
        if isinstance(answer, Act):
            raise _Gone
        await self._say(writer, answer)
        if step == self.forgets:
            source.forget()
        if isinstance(answer, Last) or (isinstance(answer, str) and answer.startswith("421")):
            raise _Gone  # RFC 5321, section 3.8
        return answer

    async def _say(self, writer: asyncio.StreamWriter, answer: str | bytes | Pieces | Together | Last) -> None:
        reply = answer if isinstance(answer, (str, bytes)) else answer.reply
        octets = reply if isinstance(reply, bytes) else f"{reply}\r\n".encode()
        if isinstance(answer, Together):
            self._held_back += octets
            return
        octets, self._held_back = self._held_back + octets, b""
        size = 1 if isinstance(answer, Pieces) else max(1, len(octets))
        for start in range(0, len(octets), size):
            writer.write(octets[start : start + size])
            await writer.drain()
            await asyncio.sleep(0)

    def _chosen(self, step: str) -> Answer:
        default = self._capabilities() if step == "ehlo" else DEFAULTS.get(step, "500 5.5.1 what?")
        told = self.faults.get(step, default)
        answers: Sequence[Answer] = told if isinstance(told, (list, tuple)) else [told]  # type: ignore[list-item]
        nth = self._asked[step] = self._asked.get(step, -1) + 1
        return answers[min(nth, len(answers) - 1)]

    def _capabilities(self) -> str:
        lines = ["relay.example", *self.extensions]
        return "\r\n".join([f"250-{line}" for line in lines[:-1]] + [f"250 {lines[-1]}"])
