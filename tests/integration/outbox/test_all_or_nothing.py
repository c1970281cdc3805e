"""A `prepare` that breaks off, is killed or meets another one: all of it or nothing, and nobody twice."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from itertools import count
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from dispatcher.errors import DispatcherError, InputProblems, Refused, StoreError
from dispatcher.outbox import reading
from dispatcher.outbox.database import open_database
from dispatcher.outbox.releases import issue_id, sweep_unfinished, write_release
from dispatcher.outbox.schema import chunk, delivery, event, release
from dispatcher.outbox.states import ReleaseState
from tests.drafts import ROOT, draft
from tests.outboxes import NOW, Outbox, frozen, header
from tests.runs import prepared

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from dispatcher.outbox.database import Database
    from dispatcher.outbox.preparing import Prepared

DELHI, KOCHI = "delhi@customs.example", "kochi@customs.example"


def test_crash_before_the_last_commit_leaves_nothing(database: Database, outbox: Outbox) -> None:
    """A release whose writing broke off is seen by nobody, and the next prepare sweeps it."""
    everyone = [f"office{n}@customs.example" for n in range(700)]
    with pytest.raises(InputProblems):
        prepared(database, draft(*everyone, "not an address"))
    with database.reading() as connection:
        seen = reading.releases(connection)
    left = len(outbox.rows(delivery))
    made = prepared(database, draft("office1@customs.example"))

    assert [] == seen
    assert 500 == left, "a batch was written before it broke off"
    assert ("office1@customs.example",) == made.added
    assert ["office1@customs.example"] == [row.address for row in outbox.rows(delivery)]
    assert [made.release_id] == [row.id for row in outbox.rows(release)]


_ENDLESS = """
import sys
from dispatcher.outbox import preparing
from dispatcher.outbox.database import open_database
from pathlib import Path
from tests.drafts import draft
from tests.outboxes import frozen
from datetime import UTC, datetime

def endless(*_, **__):
    for n in range(10**9):
        if n == 1500:
            print("half way", flush=True)
            sys.stdin.read()
        yield frozen(f"office{n}@customs.example")

preparing.frozen_deliveries = endless
store = open_database("sqlite:///outbox.db", root=Path(sys.argv[1]))
preparing.prepare(store, draft("x@customs.example"), made_by="asha", now=datetime(2025, 8, 12, tzinfo=UTC))
"""


@pytest.fixture
def half_way(tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Run a process that stands still in the middle of its `prepare`."""
    command = [sys.executable, "-c", _ENDLESS, str(tmp_path)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(
        command, cwd=ROOT, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert b"half way\n" == process.stdout.readline()
        yield process
        process.kill()


def test_kill_in_the_middle_leaves_nothing(
    database: Database, outbox: Outbox, half_way: subprocess.Popen[bytes]
) -> None:
    """After kill -9 during prepare nothing is visible, and the next prepare has the whole list to itself."""
    written = len(outbox.rows(delivery))
    half_way.send_signal(signal.SIGKILL)
    half_way.wait()
    with database.reading() as connection:
        seen = reading.releases(connection)
    made = prepared(database, draft("office1@customs.example", DELHI))

    assert 1500 == written
    assert [] == seen
    assert ("office1@customs.example", DELHI) == made.added
    assert 2 == len(outbox.rows(delivery))


def test_living_prepare_is_not_disturbed(
    database: Database, outbox: Outbox, half_way: subprocess.Popen[bytes]
) -> None:
    """While somebody else prepares the advisory, a second prepare says so, and takes nothing of his away."""
    with pytest.raises(Refused, match="is being prepared by somebody else at this moment"):
        prepared(database, draft(DELHI))

    assert half_way.poll() is None
    assert 1500 == len(outbox.rows(delivery))


def test_release_finished_while_being_swept_stays(database: Database, outbox: Outbox) -> None:
    """A prepare that ends between the sweeper's look and its sweep has not ended in vain."""
    release_id = outbox.add_release(DELHI, state=ReleaseState.PREPARING)

    def ended_well(_owner: str) -> bool:
        with database.writing() as connection:
            connection.execute(sa.update(release).values(state=ReleaseState.PREPARED))
        return True

    sweep_unfinished(database, is_dead=ended_well)

    assert ReleaseState.PREPARED is outbox.record(release_id).state
    assert {DELHI: "queued"} == outbox.states()


def test_who_was_taken_for_dead_meanwhile_prepares_nothing(database: Database, outbox: Outbox) -> None:
    """Whose release was swept while it was written hears of it at the last commit, and nothing stands of it."""
    with database.writing() as connection:
        of_issue = issue_id(connection, number="10/SYS/WZU/2025", revision=0, act="original")

    def swept_by_another(connection: sa.Connection) -> None:
        for table in (delivery, chunk, release):
            connection.execute(sa.delete(table))

    with pytest.raises(StoreError, match=r"taken away while it was written.*Nothing was prepared"):
        write_release(
            database,
            header(of_issue),
            beside=[],
            frames=[],
            deliveries=[frozen(KOCHI)],
            now=NOW,
            proviso=swept_by_another,
        )
    assert [] == [row.kind for row in outbox.rows(event)]


def test_release_that_came_in_between_is_noticed(database: Database, outbox: Outbox) -> None:
    """A list that was chosen beside other releases than there are now is not written."""
    outbox.add_release(DELHI)

    with pytest.raises(Refused, match="by somebody else meanwhile; nothing was prepared"):
        write_release(database, header(1), beside=[], frames=[], deliveries=[frozen(KOCHI)], now=NOW)
    assert {DELHI: "queued"} == outbox.states()


def test_two_prepares_at_once(tmp_path: Path) -> None:
    """However two prepares of one advisory fall together, each address gets one delivery and no loser a riddle."""
    everyone = [f"office{n}@customs.example" for n in range(600)]
    for attempt in count():
        root = tmp_path / str(attempt)
        errors, made = _together(root, [everyone[:400], everyone[200:]])
        store = open_database("sqlite:///outbox.db", root=root)
        addresses = [row.address for row in Outbox(store).rows(delivery)]
        with store.reading() as connection:
            told = sum(sum(reading.state_counts(connection, [one.release_id]).values()) for one in made)
        store.close()

        assert len(set(addresses)) == len(addresses)
        assert told == sum(len(one.added) for one in made)
        assert all("somebody else" in str(error) and isinstance(error, Refused) for error in errors)
        assert 2 == len(errors) + len(made)
        if attempt == 2:
            return


def _together(root: Path, lists: list[list[str]]) -> tuple[list[DispatcherError], list[Prepared]]:
    """Prepare the lists at the same moment, each as a dispatcher of its own."""
    errors: list[DispatcherError] = []
    made: list[Prepared] = []
    together = threading.Barrier(len(lists))

    def prepare_it(told: list[str], by: str) -> None:
        together.wait()
        store = open_database("sqlite:///outbox.db", root=root)
        try:
            made.append(prepared(store, draft(*told), by=by))
        except DispatcherError as error:
            errors.append(error)
        store.close()

    threads = [threading.Thread(target=prepare_it, args=(told, f"officer{n}")) for n, told in enumerate(lists)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return errors, made
