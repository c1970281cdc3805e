"""A link with a delay: what comes in at one end goes out at the other so many seconds later, in order, unthinned.

Usage: link.py PORT SECONDS. It prints the port of its near end and ends with its parent. No limit of bandwidth.
"""

from __future__ import annotations

import asyncio
import sys
from collections import deque
from typing import cast

import uvloop

HOST = "127.0.0.1"
CLOSED = b""


class End(asyncio.Protocol):
    """One end of one connection; what it reads is written at its opposite after the delay."""

    def __init__(self, delay: float) -> None:
        self.opposite: End | None = None
        self.transport: asyncio.Transport | None = None
        self._delay = delay
        self._under_way: deque[tuple[float, bytes]] = deque()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Remember where to write."""
        self.transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        """Send octets on their way."""
        self._depart(data)

    def connection_lost(self, exc: Exception | None) -> None:
        """Send the end on its way, behind what is under way."""
        del exc
        self._depart(CLOSED)

    def _depart(self, data: bytes) -> None:
        loop = asyncio.get_running_loop()
        self._under_way.append((loop.time() + self._delay, data))
        if len(self._under_way) == 1:
            loop.call_later(self._delay, self._arrive)

    def _arrive(self) -> None:
        """Deliver all that is due; one timer for the rest keeps the order."""
        loop = asyncio.get_running_loop()
        while self._under_way and self._under_way[0][0] <= loop.time():
            _, data = self._under_way.popleft()
            goal = self.opposite.transport if self.opposite else None
            if goal is None or goal.is_closing():
                continue
            if data == CLOSED:
                goal.close()
            else:
                goal.write(data)
        if self._under_way:
            loop.call_later(max(0.0, self._under_way[0][0] - loop.time()), self._arrive)


class NearEnd(End):
    """Where a client connects; reading begins once the far end is connected."""

    def __init__(self, delay: float, port: int) -> None:
        super().__init__(delay)
        self._port = port
        self._connecting: asyncio.Task[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Connect the far end."""
        super().connection_made(transport)
        assert self.transport is not None
        self.transport.pause_reading()
        self._connecting = asyncio.create_task(self._connect())

    async def _connect(self) -> None:
        far = End(self._delay)
        far.opposite, self.opposite = self, far
        await asyncio.get_running_loop().create_connection(lambda: far, HOST, self._port)
        assert self.transport is not None
        self.transport.resume_reading()


async def serve(port: int, delay: float) -> None:
    """Serve until standard input is closed."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: NearEnd(delay, port), HOST, 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)
    server.close()


if __name__ == "__main__":
    uvloop.run(serve(int(sys.argv[1]), float(sys.argv[2])))
