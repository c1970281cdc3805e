"""Two processes on one store at once: they share its chunks, and no delivery is ever intended by both."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import contextmanager
from datetime import UTC
from typing import TYPE_CHECKING

from dispatcher.outbox.schema import attempt, chunk, delivery
from dispatcher.outbox.verifying import standing, verify
from tests.drafts import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import pytest

    from tests.outboxes import Outbox

OFFICES = tuple(f"office{n}@customs.example" for n in range(60))

_BEGIN = """
import sys
from pathlib import Path
from dispatcher.outbox import reading
from dispatcher.outbox.database import open_database
from dispatcher.outbox.leases import LEASE_SECONDS
from dispatcher.outbox.owners import Owner
from dispatcher.outbox.states import DeliveryState
from tests.outboxes import NOW, Outbox

LATER = NOW + LEASE_SECONDS + 1
outbox = Outbox(open_database("sqlite:///outbox.db", root=Path(sys.argv[1])))
owner = Owner(outbox.database.folder)

def waiting(lease):
    with outbox.database.reading() as connection:
        return [one.address for one in reading.waiting(connection, lease.chunk_id)]

def intend(lease, address):
    (granted,) = outbox.commit(outbox.intent(lease, address)._replace(owner=owner.id))
    return granted

def accept(lease, address):
    outbox.commit(outbox.outcome(lease, address, DeliveryState.ACCEPTED))

def say(*words):
    print(*words, flush=True)
"""
WORKS = """
lease = outbox.take(owner=owner.id)
say("took", lease.chunk_id)
input()
while lease:
    for address in waiting(lease):
        if intend(lease, address):
            accept(lease, address)
    outbox.give_back(lease)
    lease = outbox.take(owner=owner.id)
say("ended")
"""
IS_TAKEN_OVER = """
lease = outbox.take(owner=owner.id)
first, *others, last = waiting(lease)
say(intend(lease, first))
input()
for address in others:
    if intend(lease, address):
        accept(lease, address)
input()
say(intend(lease, last))
accept(lease, first)
say("ended")
"""
TAKES_OVER = """
say("ready")
input()
lease = outbox.take(owner=owner.id, now=LATER)
say("took", lease.token)
for address in waiting(lease):
    if intend(lease, address):
        accept(lease, address)
say("ended")
"""


class Other:
    """Another process at work on the store, which says lines and waits for them."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def said(self) -> str:
        """Wait for its next line."""
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip()

    def go_on(self) -> None:
        """Let it go on."""
        assert self._process.stdin is not None
        self._process.stdin.write("\n")
        self._process.stdin.flush()


@contextmanager
def _process(folder: Path, script: str) -> Iterator[Other]:
    command = [sys.executable, "-c", _BEGIN + script, str(folder)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(
        command, cwd=ROOT, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            yield Other(process)
        finally:
            process.kill()


def _unsaid(outbox: Outbox) -> list[str]:
    with outbox.database.reading() as connection:
        (found,) = verify(connection, standing(connection, None), heads=(), zone=UTC, progress=lambda: None)
    return [one.said for one in found.findings if not one.said.startswith("there is no frame")]


def test_they_share_the_chunks(outbox: Outbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every delivery is handed over once, each chunk by one of them, and both have their part."""
    monkeypatch.setattr("dispatcher.outbox.releases.CHUNK_SIZE", 10)
    outbox.add_release(*OFFICES)
    with _process(tmp_path, WORKS) as one, _process(tmp_path, WORKS) as other:
        took = {one.said(), other.said()}
        one.go_on()
        other.go_on()
        ended = [one.said(), other.said()]
    of_chunk = {row.seq: row.chunk_id for row in outbox.rows(delivery)}
    attempts = outbox.rows(attempt)
    works = {(of_chunk[row.seq], row.owner) for row in attempts}

    assert {"took 1", "took 2"} == took
    assert ["ended"] * 2 == ended
    assert {"accepted"} == set(outbox.states().values())
    assert sorted(of_chunk) == [row.seq for row in attempts]
    assert [1, 2, 3, 4, 5, 6] == sorted(chunk_id for chunk_id, _ in works)
    assert 2 == len({owner for _, owner in works})
    assert [False] * 6 == [row.open for row in outbox.rows(chunk)]
    assert [] == _unsaid(outbox)


def test_who_is_taken_over_intends_nothing_more(outbox: Outbox, tmp_path: Path) -> None:
    """Both ask for leave at once: each delivery is granted to one; the reply that the older one heard counts."""
    outbox.add_release(*OFFICES)
    with _process(tmp_path, IS_TAKEN_OVER) as one, _process(tmp_path, TAKES_OVER) as other:
        began = one.said(), other.said()
        one.go_on()
        other.go_on()
        took = other.said()
        one.go_on()
        stale, *ended = one.said(), one.said(), other.said()
    attempts = outbox.rows(attempt)

    assert ("True", "ready") == began
    assert ("took 2", "False", ["ended", "ended"]) == (took, stale, ended)
    assert list(range(1, 61)) == [row.seq for row in attempts]
    assert (1, 2) == (attempts[0].token, attempts[-1].token)
    assert [(1, 1, "in_doubt"), (1, 1, "accepted")] == outbox.log()[:2]
    assert {"accepted"} == set(outbox.states().values())
    assert [] == _unsaid(outbox)
