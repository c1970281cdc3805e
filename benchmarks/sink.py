"""An SMTP server that takes everything at once: a process of its own, loopback only, ends with its parent.

It prints its port, then answers EHLO, MAIL, RCPT, DATA, RSET, NOOP and QUIT; contents are counted and dropped.
"""

from __future__ import annotations

import asyncio
import sys
from typing import cast

GREETING = b"220 sink ESMTP\r\n"
EHLO = b"250-sink\r\n250-PIPELINING\r\n250-SIZE 50000000\r\n250-8BITMIME\r\n250 ENHANCEDSTATUSCODES\r\n"
FINAL = b"\r\n.\r\n"


class Session(asyncio.Protocol):
    """One client; a pipelined group is answered in one packet."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Greet."""
        self._transport = cast("asyncio.Transport", transport)
        self._in_content = False
        self._held = bytearray()
        self._transport.write(GREETING)

    def data_received(self, data: bytes) -> None:
        """Answer every whole command or content that has arrived."""
        self._held += data
        answers: list[bytes] = []
        while self._step(answers):
            pass
        if answers:
            self._transport.write(b"".join(answers))

    def _step(self, answers: list[bytes]) -> bool:
        if self._in_content:
            end = self._held.find(FINAL)
            if end < 0:
                # only the tail can still grow into the final dot
                del self._held[: max(0, len(self._held) - len(FINAL))]
                return False
            del self._held[: end + len(FINAL)]
            self._in_content = False
            answers.append(b"250 2.0.0 OK\r\n")
            return True
        end = self._held.find(b"\r\n")
        if end < 0:
            return False
        verb = bytes(self._held[:4]).upper()
        del self._held[: end + 2]
        answers.append(self._answer(verb))
        return True

    def _answer(self, verb: bytes) -> bytes:
        if verb == b"DATA":
            self._in_content = True
            return b"354 go ahead\r\n"
        if verb == b"QUIT":
            self._transport.close()
            return b"221 2.0.0 bye\r\n"
        return EHLO if verb == b"EHLO" else b"250 2.1.0 OK\r\n"


async def serve() -> None:
    """Serve until standard input is closed."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Session, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)
    server.close()


if __name__ == "__main__":
    try:
        import uvloop
    except ImportError:
        asyncio.run(serve())
    else:
        uvloop.run(serve())
