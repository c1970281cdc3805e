"""The journal in a process of its own: for a large release, whose event loop needs a core to itself.

In one process the two share the interpreter's lock, and each waits for it at every statement and every packet.
Entries and answers cross two pipes as pickles, of and to this program alone, one for what gathers during a commit.
When the process that posts is gone, what it had posted is still committed; its intents are refused once its leases
end.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import pickle
import signal
import struct
import sys
from collections import deque
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, cast

from dispatcher.errors import StoreError
from dispatcher.outbox.database import open_as_it_is
from dispatcher.outbox.journal import Journal, tell
from dispatcher.outbox.recording import Recorder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dispatcher.outbox.database import Database
    from dispatcher.outbox.recording import Act, Answer, Entry

_LENGTH = struct.Struct(">I")
_PIPE = 1 << 20


class JournalProcess(Journal):
    """Writes in a process of its own."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._gathered: list[Entry | Act] = []
        """What was posted since something was sent."""
        self._unanswered = 0
        """How many of what was sent have no answer yet: until the last has one, the next gather here."""
        self._waiting: deque[Callable[[Answer], object]] = deque()
        """Who is told, in the order of posting."""
        self._loop = asyncio.get_running_loop()
        self._process: asyncio.SubprocessTransport | None = None
        self._pipe: asyncio.WriteTransport | None = None
        self._gone = self._loop.create_future()
        """Nothing more will be answered."""
        self._exited = self._loop.create_future()
        self._frames = _Frames()

    async def __aenter__(self) -> Self:
        self._process, _ = await self._loop.subprocess_exec(
            lambda: _Ends(self), sys.executable, "-P", "-m", __name__,  # -P: no module comes from where one stands
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=None,
            start_new_session=True,  # Ctrl-C is for the one who posts, and who waits for the answers
        )  # fmt: skip
        self._pipe = cast("asyncio.WriteTransport", self._process.get_pipe_transport(0))
        url = self._database.engine.url.render_as_string(hide_password=False)
        self._pipe.write(_frame(url))
        return self

    async def __aexit__(self, *_: object) -> None:
        with contextlib.suppress(StoreError):  # each who posted was told
            await self.flush()
        if self._pipe is not None and not self._gone.done():
            self._pipe.write_eof()
        await self._gone
        if self._process is not None:
            await self._exited
            self._process.close()

    def post(self, entry: Entry | Act, then: Callable[[Answer], object]) -> None:
        """Send it with all else that gathers until what was sent before is committed."""
        if self._gone.done():
            self._loop.call_soon(then, _ended())
            return
        if not self._waiting:
            self._loop.call_soon(self._ship)
        self._gathered.append(entry)
        self._waiting.append(then)

    def answered(self, octets: bytes) -> None:
        """Tell those who wait what came of their entries."""
        for answers in self._frames.feed(octets):
            self._unanswered -= len(answers)
            for answer in answers:
                tell(self._waiting.popleft(), answer, self._loop)
        self._ship()

    def ended(self) -> None:
        """Tell those who still wait that nobody will answer."""
        if not self._gone.done():
            self._gone.set_result(None)
        while self._waiting:
            tell(self._waiting.popleft(), _ended(), self._loop)

    def exited(self) -> None:
        """Take note that the writer has ended."""
        if not self._exited.done():
            self._exited.set_result(None)

    def _ship(self) -> None:
        """Send what has gathered, unless something is still unanswered: the answer sends it."""
        if self._gathered and not self._unanswered and self._pipe is not None and not self._gone.done():
            self._pipe.write(_frame(self._gathered))
            self._unanswered = len(self._gathered)
            self._gathered = []


class _Ends(asyncio.SubprocessProtocol):
    """The ends of the pipes on the side of the one who posts."""

    def __init__(self, journal: JournalProcess) -> None:
        self._journal = journal

    def pipe_data_received(self, fd: int, data: bytes) -> None:
        del fd
        self._journal.answered(data)

    def pipe_connection_lost(self, fd: int, exc: Exception | None) -> None:
        del exc
        if fd == 1:  # all that it wrote has been read
            self._journal.ended()

    def process_exited(self) -> None:
        self._journal.exited()


class _Frames:
    """Puts together what comes in pieces: a length, then a pickle."""

    def __init__(self) -> None:
        self._held = b""

    def feed(self, octets: bytes) -> Iterator[Any]:
        self._held += octets
        while len(self._held) >= _LENGTH.size:
            end = _LENGTH.size + _LENGTH.unpack_from(self._held)[0]
            if len(self._held) < end:
                return
            frame, self._held = self._held[_LENGTH.size : end], self._held[end:]
            yield pickle.loads(frame)  # noqa: S301 - from our own process, over a pipe that nobody else has


def _frame(value: Any) -> bytes:
    octets = pickle.dumps(value, pickle.HIGHEST_PROTOCOL)
    return _LENGTH.pack(len(octets)) + octets


def _ended() -> StoreError:
    return StoreError("the process that writes the journal has ended; nothing more was handed over. Run it again")


def main() -> None:
    """Record what comes in, until nothing more can come."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)  # its end is that of the one who posts
    frames, recorder = _Frames(), None
    while octets := os.read(0, _PIPE):
        for batch in frames.feed(octets):
            if recorder is None:
                recorder = Recorder(open_as_it_is(batch, root=Path()))
                continue
            for answers in recorder.record(batch):
                _say(_frame(answers))
    if recorder is not None:
        recorder.close()


def _say(octets: bytes) -> None:
    try:
        while octets:
            octets = octets[os.write(1, octets) :]
    except BrokenPipeError:  # nobody is left to be told; what was heard is recorded all the same
        pass


if __name__ == "__main__":
    main()
