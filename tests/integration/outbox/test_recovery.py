"""What a dead dispatcher left is put in order by the next command, and nobody waits where there is nothing."""

from __future__ import annotations

from datetime import UTC, timedelta
from typing import TYPE_CHECKING

from dispatcher.outbox.owners import Owner
from dispatcher.outbox.recovery import free_dead
from dispatcher.outbox.schema import chunk, outcome
from dispatcher.outbox.states import DeliveryState
from dispatcher.outbox.verifying import standing, verify
from tests.outboxes import MOMENT, NOW

if TYPE_CHECKING:
    from tests.outboxes import Outbox

A, B, C = "a@customs.example", "b@customs.example", "c@customs.example"
LATER = MOMENT + timedelta(seconds=5)


def test_what_the_dead_left_is_in_doubt_at_once(outbox: Outbox) -> None:
    """What was under way is in doubt, the rest waits for anybody; a second look finds nothing; the chain holds."""
    owner = Owner(outbox.database.folder)
    outbox.add_release(A, B, C)
    lease = outbox.take(owner=owner.id)
    assert lease is not None
    outbox.commit(outbox.intent(lease, A), outbox.intent(lease, B))
    outbox.commit(outbox.outcome(lease, B, DeliveryState.ACCEPTED))
    while_alive = free_dead(outbox.database, now=LATER), outbox.states()[A]
    owner.close()
    found = [free_dead(outbox.database, now=LATER) for _ in range(2)]
    (doubt,) = [row for row in outbox.rows(outcome) if row.state == "in_doubt"]
    with outbox.database.reading() as connection:
        (said,) = verify(connection, standing(connection, None), heads=(), zone=UTC, progress=lambda: None)

    assert (0, "attempting") == while_alive
    assert [1, 0] == found
    assert {A: "in_doubt", B: "accepted", C: "queued"} == outbox.states()
    assert (1, LATER.timestamp(), "recovery") == (doubt.n, doubt.at, doubt.by)
    assert [] == [one.said for one in said.findings if not one.said.startswith("there is no frame")]
    assert outbox.take(owner="host:2-bb", now=NOW + 5) is not None


def test_an_intent_that_was_given_back_is_in_doubt(outbox: Outbox) -> None:
    """Its run lives, but has given the chunk back: nobody brings the outcome any more."""
    outbox.add_release(A)
    outbox.give_back(outbox.attempt(A, None))

    assert 1 == free_dead(outbox.database, now=LATER)
    assert {A: "in_doubt"} == outbox.states()


def test_where_nothing_is_left_nobody_is_waited_for(outbox: Outbox) -> None:
    """A look takes no lock: a status must not wait for a sender that is writing, nor write itself."""
    outbox.add_release(A)
    owner = Owner(outbox.database.folder)
    outbox.take(owner=owner.id)
    links = outbox.links()
    with outbox.database.writing():
        freed = free_dead(outbox.database, now=LATER)
    held = [row.lease_owner for row in outbox.rows(chunk)]
    owner.close()

    assert (0, links, [owner.id]) == (freed, outbox.links(), held)
