"""The mail server at the other end, and the link to it: loopback only, each a process of its own."""

from __future__ import annotations

import os
import shutil
import socket
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.watching import running

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator

ROOT = Path(__file__).parent.parent
HOST = "127.0.0.1"
_LONGEST = "14400"
"""Seconds after which a sink ends by itself, should nobody be left to end it."""
_PATIENCE = 10


def sink_program() -> str | None:
    """Return where Postfix's smtp-sink is, or None: then the sink is our own."""
    return postfix_program("smtp-sink")


def postfix_program(name: str) -> str | None:
    """Return where a program of Postfix is; its folder is not on every user's path."""
    return shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/local/sbin:/usr/libexec/postfix")


@contextmanager
def running_sink() -> Iterator[int]:
    """Run a sink that takes every message and throws it away; yield its port."""
    program = sink_program()
    if program is None:
        with running([sys.executable, str(Path(__file__).with_name("sink.py"))]) as own:
            yield _told_port(own)
        return
    port = free_port()
    bounded = ["timeout", _LONGEST] if shutil.which("timeout") else []
    user = ["-u", "nobody"] if os.geteuid() == 0 else []
    with running([*bounded, program, *user, f"{HOST}:{port}", "1000"]) as sink:
        _await(port, sink)
        yield port


@contextmanager
def running_link(port: int, *, round_trip: float) -> Iterator[int]:
    """Run a link to `port` that takes `round_trip` seconds there and back; yield the port of its near end."""
    command = [sys.executable, str(Path(__file__).with_name("link.py")), str(port), str(round_trip / 2)]
    with running(command) as link:
        yield _told_port(link)


def offered(port: int) -> list[str]:
    """Return what the server at `port` offers in its reply to EHLO."""
    with (
        socket.create_connection((HOST, port), timeout=_PATIENCE) as connection,
        connection.makefile("rwb") as file,
    ):
        file.readline()
        file.write(b"EHLO bench.example\r\n")
        file.flush()
        lines = [file.readline()]
        while lines[-1][3:4] == b"-":
            lines.append(file.readline())
        words = (line[4:].decode("ascii").strip() for line in lines[1:])
        return [word for word in words if word]


def free_port() -> int:
    """Return a port that is free now."""
    with socket.socket() as listener:
        listener.bind((HOST, 0))
        port: int = listener.getsockname()[1]
    return port


def _told_port(server: subprocess.Popen[str]) -> int:
    assert server.stdout is not None
    return int(server.stdout.readline())


def _await(port: int, server: subprocess.Popen[str]) -> None:
    patience = time.monotonic() + _PATIENCE
    while True:
        try:
            socket.create_connection((HOST, port), timeout=1).close()
        except OSError:
            if server.poll() is not None or time.monotonic() > patience:
                raise SystemExit(f"the sink does not listen on port {port}") from None
            time.sleep(0.02)
        else:
            return
