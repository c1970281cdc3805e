"""Chunks and leases: one dispatcher works on a chunk at a time, and what a dead one left is in doubt, not lost."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from functools import partial
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from dispatcher.outbox import leases, reading
from dispatcher.outbox.leases import CHUNK_SIZE, LEASE_SECONDS, PLANNED_AT_ONCE, Lease
from dispatcher.outbox.owners import Owner, is_dead
from dispatcher.outbox.schema import chunk, delivery, release
from dispatcher.outbox.states import DeliveryState, ReleaseState
from tests.drafts import ROOT
from tests.outboxes import NOW, Outbox

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from dispatcher.outbox.database import Database

A, B, C = "a@customs.example", "b@customs.example", "c@customs.example"
LATER = NOW + LEASE_SECONDS + 1


def _chunks(outbox: Outbox) -> list[tuple[int, bool, int]]:
    """Return rank, whether it is open, and how many deliveries each chunk holds."""
    held = [row.chunk_id for row in outbox.rows(delivery)]
    return [(row.rank, row.open, held.count(row.id)) for row in outbox.rows(chunk)]


def test_plan_gathers_what_is_due_in_chunks(outbox: Outbox) -> None:
    """All that is due stands in chunks of at most 500; nothing stands in two, and planning again adds nothing."""
    outbox.add_release(*(f"office{n}@customs.example" for n in range(2 * CHUNK_SIZE + 1)))

    assert [(1, True, 500), (1, True, 500), (1, True, 1)] == _chunks(outbox)
    assert 0 == outbox.plan()


def test_plan_keeps_ranks_apart(outbox: Outbox) -> None:
    """A chunk holds one rank, and who ranks first is in the first chunk."""
    outbox.add_release(*(f"office{n}@customs.example" for n in range(2 * CHUNK_SIZE)))
    with outbox.database.writing() as connection:
        connection.execute(sa.update(delivery).values(chunk_id=None, rank=delivery.c.seq % 2))
        connection.execute(sa.delete(chunk))
    outbox.plan()

    assert [(0, True, 500), (1, True, 500)] == _chunks(outbox)
    assert {(0, 1), (1, 2)} == {(row.rank, row.chunk_id) for row in outbox.rows(delivery)}


def test_plan_begins_with_what_has_been_due_for_longest(outbox: Outbox) -> None:
    """Where not all fits into a chunk, what waited longest is in the first one."""
    outbox.add_release(*(f"office{n}@customs.example" for n in range(CHUNK_SIZE + 1)))
    with outbox.database.writing() as connection:
        connection.execute(sa.update(delivery).values(chunk_id=None, next_at=NOW - delivery.c.seq))
        connection.execute(sa.delete(chunk))
    outbox.plan()

    assert [1] == [row.seq for row in outbox.rows(delivery) if row.chunk_id == 2]


def test_plan_stops_nobody_for_long(outbox: Outbox) -> None:
    """Of very many that are due one look gathers some, the next ones the rest."""
    outbox.add_release(*(f"office{n}@customs.example" for n in range(PLANNED_AT_ONCE + 2)))
    with outbox.database.writing() as connection:
        connection.execute(sa.update(delivery).values(chunk_id=None))

    assert [PLANNED_AT_ONCE, 2, 0] == [outbox.plan() for _ in range(3)]


def test_plan_leaves_what_is_not_due_or_does_not_wait(outbox: Outbox) -> None:
    """What falls due later, and what is held, waits for its time."""
    outbox.add_release(A, B, C)
    for address in (A, B, C):
        outbox.put(address, chunk_id=None)
    outbox.put(A, state="deferred", next_at=NOW + 60)
    outbox.put(B, state="held", next_at=None)

    assert 1 == outbox.plan()
    assert 1 == outbox.plan(now=NOW + 60)
    assert 0 == outbox.plan(now=NOW + 999)


def test_lease_is_for_one(outbox: Outbox) -> None:
    """A chunk that somebody holds is not handed to anybody else until its lease runs out."""
    outbox.add_release(A)
    first = outbox.take(owner="host:1-aa")

    assert Lease(chunk_id=1, token=1, release_id=1) == first
    assert outbox.take(owner="host:2-bb") is None
    assert outbox.take(owner="host:2-bb", now=NOW + LEASE_SECONDS) is None
    assert Lease(chunk_id=1, token=2, release_id=1) == outbox.take(owner="host:2-bb", now=LATER)


@pytest.mark.parametrize("state", [one for one in ReleaseState if one is not ReleaseState.SENDING])
def test_only_a_release_that_is_being_sent_is_leased(outbox: Outbox, state: ReleaseState) -> None:
    """No sender is given anything of a release that is not let go."""
    outbox.add_release(A, state=state)

    assert outbox.take() is None


def test_chunks_are_leased_by_rank(outbox: Outbox) -> None:
    """Of several chunks the one that ranks first is taken, whichever release it is of; none of other releases."""
    outbox.add_release(A, ranks=[2])
    outbox.add_release(B, ranks=[0])
    taken = [outbox.take(releases=[1, 2]), outbox.take(releases=[1]), outbox.take(releases=[1, 2])]

    assert [2, 1, None] == [lease.release_id if lease else None for lease in taken]


def test_chunks_are_leased_by_hour_then_rank_then_age(outbox: Outbox) -> None:
    """An advisory whose hour is near goes before another; in it mediators first; then what waited longest."""
    outbox.add_release(A, ranks=[0])
    outbox.add_release(B, C, A, ranks=[0, 2, 2], number="11/SYS/WZU/2025")
    with outbox.database.writing() as connection:
        connection.execute(sa.update(release).where(release.c.id == 2).values(notify_before=NOW + 3600))
    outbox.put(C, chunk_id=None)
    outbox.plan(2)
    with outbox.database.writing() as connection:
        connection.execute(sa.update(chunk).where(chunk.c.id == 4).values(next_at=NOW - 60))
    taken = [outbox.take(releases=[1, 2]) for _ in range(5)]

    assert [2, 4, 3, 1, None] == [lease.chunk_id if lease else None for lease in taken]


def test_takeover_leaves_doubt_where_an_outcome_is_missing(outbox: Outbox) -> None:
    """What was being handed over when a lease ran out is in doubt, and an outcome says so; the rest waits."""
    outbox.add_release(A, B)
    outbox.put(A, last_code=451, last_enhanced="4.7.1", last_reply="of an earlier try")
    lease = outbox.lease(owner="host:1-aa")
    outbox.commit(outbox.intent(lease, A))
    newer = outbox.take(owner="host:2-bb", now=LATER)

    assert Lease(chunk_id=1, token=2, release_id=1) == newer
    assert {A: "in_doubt", B: "queued"} == outbox.states()
    assert [(1, 1, "in_doubt")] == outbox.log()
    assert (None, None) == (outbox.row(A).chunk_id, outbox.row(A).last_reply)
    assert "before the relay's reply was recorded" in outbox.row(A).detail


def test_what_a_chunk_given_back_still_attempts_is_in_doubt(outbox: Outbox) -> None:
    """A dispatcher that could not record an outcome gives the chunk back: the next one finds the doubt."""
    outbox.add_release(A)
    lease = outbox.lease()
    outbox.commit(outbox.intent(lease, A))
    outbox.give_back(lease)
    newer = outbox.take()
    assert newer is not None
    outbox.give_back(newer)

    assert {A: "in_doubt"} == outbox.states()
    assert outbox.take() is None, "the chunk is done and not offered for ever"


def test_renewed_lease_lasts(outbox: Outbox) -> None:
    """A lease that is renewed in time is not taken over; one content may take ten minutes."""
    outbox.add_release(A)
    lease = outbox.lease()
    with outbox.database.writing() as connection:
        leases.renew(connection, [lease], now=NOW + 50)

    assert outbox.take(owner="host:2-bb", now=LATER) is None
    assert outbox.take(owner="host:2-bb", now=NOW + 50 + LEASE_SECONDS + 1) is not None


def test_old_token_has_no_say(outbox: Outbox) -> None:
    """Who was taken over can neither renew nor give back what another now holds."""
    outbox.add_release(A)
    old = outbox.lease(owner="host:1-aa")
    newer = outbox.take(owner="host:2-bb", now=LATER)
    with outbox.database.writing() as connection:
        leases.renew(connection, [old], now=LATER + 500)
        leases.give_back(connection, old)
    row = outbox.rows(chunk)[0]

    assert newer is not None
    assert ("host:2-bb", 2, LATER + LEASE_SECONDS, True) == (
        row.lease_owner, row.lease_token, row.lease_until, row.open
    )  # fmt: skip


def test_lease_that_was_given_back_is_not_renewed(outbox: Outbox) -> None:
    """A renewal that comes too late does not keep the next dispatcher waiting."""
    outbox.add_release(A)
    lease = outbox.lease()
    outbox.give_back(lease)
    with outbox.database.writing() as connection:
        leases.renew(connection, [lease], now=NOW)

    assert outbox.take(owner="host:2-bb") is not None


def test_chunk_is_closed_only_when_empty(outbox: Outbox) -> None:
    """A chunk given back with deliveries left is offered again; one without is done."""
    outbox.add_release(A, B)
    lease = outbox.lease()
    outbox.commit(outbox.intent(lease, A))
    outbox.commit(outbox.outcome(lease, A, DeliveryState.ACCEPTED))
    outbox.give_back(lease)
    left = _chunks(outbox)
    again = outbox.attempt(B, DeliveryState.FAILED)

    assert [(1, True, 2)] == left
    assert (1, 2) == (again.chunk_id, again.token)
    assert [(1, False, 2)] == _chunks(outbox)
    assert outbox.take() is None


def test_deferred_delivery_moves_to_a_chunk_of_its_time(outbox: Outbox) -> None:
    """What is deferred leaves its chunk and stands in a new one when it falls due."""
    outbox.add_release(A)
    lease = outbox.attempt(A, None)
    outbox.commit(outbox.outcome(lease, A, DeliveryState.DEFERRED, next_at=NOW + 330))
    outbox.give_back(lease)

    assert 0 == outbox.plan(now=NOW + 329)
    assert 1 == outbox.plan(now=NOW + 330)
    assert [(1, False, 0), (1, True, 1)] == _chunks(outbox)


_DIE = """
import sys
from pathlib import Path
from dispatcher.outbox.database import open_database
from dispatcher.outbox.owners import Owner
from tests.outboxes import NOW, Outbox
store = open_database("sqlite:///outbox.db", root=Path(sys.argv[1]))
owner = Owner(store.folder)
outbox = Outbox(store)
lease = outbox.take(owner=owner.id)
outbox.commit(outbox.intent(lease, "a@customs.example"))
print(owner.id, flush=True)
sys.stdin.read()
"""


@pytest.fixture
def at_work(tmp_path: Path, outbox: Outbox) -> Iterator[subprocess.Popen[bytes]]:
    """Run a process that holds the lease of A and B and is handing A over."""
    outbox.add_release(A, B)
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", _DIE, str(tmp_path)]
    with subprocess.Popen(
        command, cwd=ROOT, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline().strip()
        yield process
        process.kill()


def _free_dead(database: Database) -> int:
    with database.writing() as connection:
        dead = partial(is_dead, database.folder)
        return leases.free_dead(connection, is_dead=dead, by="recovery", now=NOW + 1)


def test_leases_of_a_killed_process_end_at_once(outbox: Outbox, at_work: subprocess.Popen[bytes]) -> None:
    """After kill -9 nobody waits for the lease to run out; at most what was under way is in doubt."""
    while_alive = _free_dead(outbox.database), outbox.states()
    at_work.send_signal(signal.SIGKILL)
    at_work.wait()
    freed = _free_dead(outbox.database)
    lease = outbox.take(owner="host:2-bb", now=NOW + 1)
    with outbox.database.reading() as connection:
        waiting = [one.address for one in reading.waiting(connection, 1)]

    assert (0, {A: "attempting", B: "queued"}) == while_alive
    assert 1 == freed
    assert {A: "in_doubt", B: "queued"} == outbox.states()
    assert Lease(chunk_id=1, token=2, release_id=1) == lease
    assert [B] == waiting
    assert 0 == _free_dead(outbox.database)


def test_leases_of_the_living_stay(outbox: Outbox) -> None:
    """An owner that lives keeps its lease whoever looks, also where another one died."""
    outbox.add_release(A)
    outbox.add_release(B)
    living, dead = Owner(outbox.database.folder), Owner(outbox.database.folder)
    outbox.take(owner=living.id)
    outbox.take(owner=dead.id, releases=[2])
    dead.close()
    _free_dead(outbox.database)
    owners = [row.lease_owner for row in outbox.rows(chunk)]
    living.close()

    assert [living.id, None] == owners


def test_abandoned_are_chunks_of_the_dead_and_intents_given_back(outbox: Outbox) -> None:
    """What the living hold, what waits for anybody and what is done is in order as it is."""
    for n in range(5):
        outbox.add_release(f"office{n}@customs.example", number=f"{n}/SYS/WZU/2025")
    taken = [outbox.take(owner=owner, releases=range(1, 6)) for owner in ("living", "dead", "given", "done")]
    _, _, given, done = (lease for lease in taken if lease is not None)
    outbox.commit(outbox.intent(given, "office2@customs.example"))
    outbox.commit(outbox.intent(done, "office3@customs.example"))
    outbox.commit(outbox.outcome(done, "office3@customs.example", DeliveryState.ACCEPTED))
    outbox.give_back(given)
    outbox.give_back(done)
    with outbox.database.reading() as connection:
        found = leases.abandoned(connection, is_dead="dead".__eq__)

    assert [2, 3] == found


def test_hold_of_one_address_takes_it_out_of_its_chunk(outbox: Outbox) -> None:
    """A held delivery is not handed out any more; resumed, it is planned anew."""
    outbox.add_release(A, B)
    lease = outbox.lease()
    outbox.hold(A)
    refused = outbox.commit(outbox.intent(lease, A), outbox.intent(lease, B))
    outbox.resume(A)

    assert [False, True] == refused
    assert 1 == outbox.plan()


def test_what_a_lease_was_given_back_with_is_settled_by_the_next_command(outbox: Outbox) -> None:
    """An intent whose outcome could not be recorded does not stay `attempting` when its run has ended."""
    outbox.add_release("a@customs.example")
    lease = outbox.attempt("a@customs.example", None)
    outbox.give_back(lease)
    with outbox.database.writing() as connection:
        doubtful = leases.free_dead(connection, is_dead=lambda _: False, by="recovery", now=NOW)

    assert 1 == doubtful
    assert {"a@customs.example": "in_doubt"} == outbox.states()
