"""The ways of sending that are compared: each sends all messages once and tells how long that took."""

from __future__ import annotations

import json
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks import journal
from benchmarks.installing import nodemailer, post_office
from benchmarks.office import environment
from benchmarks.sinks import HOST, postfix_program
from benchmarks.watching import watched

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from benchmarks.office import Office

PEERS = Path(__file__).with_name("peers")
SOURCE_HEADER = 110
"""Octets of the header that smtp-source puts before its payload, about."""


@dataclass(frozen=True, slots=True)
class Task:
    """What is to be sent, and how."""

    office: Office
    """Prepared and approved; its relay is put in for each run."""
    material: Path
    size: int
    """Octets of a finished message."""
    port: int
    connections: int

    @property
    def count(self) -> int:
        """The number of messages."""
        return self.office.recipients


@dataclass(frozen=True, slots=True)
class Took:
    """Seconds of sending itself, and of the whole command."""

    sending: float
    whole: float


@dataclass(frozen=True, slots=True)
class Way:
    """One of the ways; without `send`, why it is not here."""

    name: str
    send: Callable[[Task], Took] | None
    demanded: float | None = None
    """At least so many times this way's rate is demanded of ours."""


def ours() -> Way:
    """Return `dispatcher send`."""
    return Way("dispatcher send, journalled (FULL)", _dispatcher)


def by_nodemailer(demanded: float) -> Way:
    """Return nodemailer's pool."""
    folder = nodemailer()
    script = str(PEERS / "with_nodemailer.mjs")

    def send(task: Task) -> Took:
        return _peer(
            task, ["node", script, str(folder), str(task.material), str(task.port), str(task.connections)]
        )

    return Way("nodemailer, pool", send if folder else None, demanded)


def by_post_office(processes: int, demanded: float | None) -> Way:
    """Return django-post_office with so many processes, the connections shared out among them as threads."""
    python = post_office()

    def send(task: Task) -> Took:
        numbers = (task.port, processes, task.connections // processes)
        script = str(PEERS / "with_post_office.py")
        return _peer(task, [str(python), script, str(task.material), *map(str, numbers)])

    plural = "process" if processes == 1 else "processes"
    return Way(f"django-post_office, {processes} {plural}", send if python else None, demanded)


def by_aiosmtplib(way: str, demanded: float | None) -> Way:
    """Return aiosmtplib, composing each message or with ready bytes."""
    names = {"composing": "aiosmtplib, composing each", "ready": "aiosmtplib, ready bytes"}

    def send(task: Task) -> Took:
        script = str(PEERS / "with_aiosmtplib.py")
        command = [sys.executable, script, way, str(task.material), str(task.port), str(task.connections)]
        return _peer(task, command)

    return Way(names[way], send, demanded)


def by_smtp_source(demanded: float) -> Way:
    """Return Postfix's smtp-source, which sends the same octets again and again over each connection."""
    program = postfix_program("smtp-source")

    def send(task: Task) -> Took:
        payload = task.size - SOURCE_HEADER
        began = time.perf_counter()
        options = ["-d", "-l", str(payload), "-m", str(task.count), "-s", str(task.connections)]
        run = watched([str(program), *options, f"{HOST}:{task.port}"])
        seconds = time.perf_counter() - began
        if run.code:
            raise SystemExit(f"smtp-source failed: {run.output}")
        return Took(seconds, seconds)

    return Way("smtp-source", send if program else None, demanded)


def relay_at(port: int, connections: int) -> dict[str, str]:
    """Return the settings of a run: the sink as its relay."""
    return environment(
        DISPATCHER_RELAY__HOST=HOST,
        DISPATCHER_RELAY__PORT=str(port),
        DISPATCHER_RELAY__MAX_CONNECTIONS=str(connections),
    )


def _dispatcher(task: Task) -> Took:
    """Send as a user does, from a copy of the prepared office; the journal tells from when to when."""
    with tempfile.TemporaryDirectory() as folder:
        office = task.office.copy(Path(folder) / "office")
        run = watched(office.command("send", office.slug), env=relay_at(task.port, task.connections))
        if run.code:
            raise SystemExit(f"dispatcher send failed ({run.code}):\n{run.output}")
        found = journal.sending(office.store)
    _all_accepted("dispatcher send", found.accepted, task.count)
    return Took(found.seconds, run.seconds)


def _peer(task: Task, command: Sequence[str]) -> Took:
    run = watched(command)
    if run.code:
        raise SystemExit(f"{command} failed ({run.code}):\n{run.output}")
    said = json.loads(run.output.splitlines()[-1])
    _all_accepted(Path(command[1]).name, said["accepted"], task.count)
    return Took(said["seconds"], run.seconds)


def _all_accepted(name: str, accepted: int, count: int) -> None:
    if accepted != count:
        raise SystemExit(f"{name}: {accepted} of {count} messages were accepted; nothing can be compared")
