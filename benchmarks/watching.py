"""Run a command under a watch: its wall time, and the memory of its process with those that it starts."""

from __future__ import annotations

import subprocess
import tempfile
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_EVERY = 0.02
"""Seconds between two looks at the memory; what is looked at is a high-water mark, so nothing falls between."""


@dataclass(frozen=True, slots=True)
class Run:
    """A finished command."""

    code: int
    seconds: float
    output: str
    marks: tuple[tuple[float, int], ...]
    """(seconds since 1970, kB): the high-water mark of resident memory, one for each time that it rose."""

    def peak(self, until: float | None = None) -> float:
        """Return the most memory that it had up to a moment, in MB (10**6); 0 where the system tells none."""
        return max((size for at, size in self.marks if until is None or at <= until), default=0) * 1024 / 1e6


def watched(command: Sequence[str], *, env: Mapping[str, str] | None = None) -> Run:
    """Run a command to its end; `env` replaces its environment."""
    with tempfile.TemporaryFile("w+") as output:
        began = time.perf_counter()
        with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, env=env) as process:
            ended = threading.Event()
            marks: list[tuple[float, int]] = []
            watch = threading.Thread(target=_watch, args=(process.pid, ended, marks))
            watch.start()
            try:
                code = process.wait()
                seconds = time.perf_counter() - began
            except BaseException:
                process.terminate()
                raise
            finally:
                ended.set()
                watch.join()
        output.seek(0)
        return Run(code, seconds, output.read(), tuple(marks))


@contextmanager
def running(command: Sequence[str]) -> Iterator[subprocess.Popen[str]]:
    """Run a server for as long as the block lasts; it is ended by its own id, whatever happens."""
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as server:
        try:
            yield server
        finally:
            server.terminate()
            try:
                server.wait(timeout=5)
            except subprocess.TimeoutExpired:
                server.kill()


def _watch(pid: int, ended: threading.Event, marks: list[tuple[float, int]]) -> None:
    highest = 0
    while not ended.wait(_EVERY):
        size = sum(_high_water(one) for one in _family(pid))
        if size > highest:
            highest = size
            marks.append((time.time(), size))


def _family(pid: int) -> Iterator[int]:
    yield pid
    for tasks in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            children = tasks.read_text("ascii").split()
        except OSError:  # it ended meanwhile
            continue
        for child in children:
            yield from _family(int(child))


def _high_water(pid: int) -> int:
    """Return VmHWM in kB: the most resident memory since the process began its program; 0 where it is gone."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text("utf-8").splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("VmHWM:")), 0)
