"""Lists of recipients compared: two releases, or a release and the sheets of today."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from dispatcher.outbox.changes import NAMED, Named
from dispatcher.outbox.list_changes import between, from_sheets
from dispatcher.outbox.schema import delivery
from dispatcher.outbox.states import DeliveryState, ReleaseState
from tests.outboxes import frozen

if TYPE_CHECKING:
    from tests.outboxes import Outbox

A, B, C, E = (f"{name}@customs.example" for name in "abce")
D = DeliveryState


def test_two_releases(outbox: Outbox) -> None:
    """Who was added, who is gone, whose post is another; case of an address is none."""
    outbox.add_release(A, B, C)
    outbox.cancel()
    outbox.add_release(A.upper(), C, E)
    other = sa.update(delivery).where(delivery.c.release_id == 2, delivery.c.address == C)
    with outbox.database.writing() as connection:
        connection.execute(
            sa.update(delivery).where(delivery.c.release_id == 2).values(recipient=frozen(A).recipient)
        )
        connection.execute(
            sa.update(delivery).where(delivery.c.release_id == 1).values(recipient=frozen(A).recipient)
        )
        connection.execute(other.values(recipient="{}"))
    with outbox.database.reading() as connection:
        found = between(connection, 1, 2)

    assert (Named(1, (E,)), Named(1, (B,)), Named(1, (C,))) == (found.added, found.removed, found.changed)


def test_many_are_counted_and_some_named(outbox: Outbox) -> None:
    """However many were added, the first ones are named."""
    many = [f"post-{n:02}@customs.example" for n in range(NAMED + 5)]
    outbox.add_release(A)
    outbox.cancel()
    outbox.add_release(A, *many)
    with outbox.database.reading() as connection:
        found = between(connection, 1, 2)

    assert Named(NAMED + 5, tuple(many[:NAMED])) == found.added


def test_the_sheets_of_today(outbox: Outbox) -> None:
    """New is who is in no release of the act; gone or changed, who waits in one that never began."""
    outbox.add_release(A)
    outbox.add_release(B, C, state=ReleaseState.APPROVED)
    same, other = frozen(B).recipient, frozen(C).recipient + " "
    with outbox.database.reading() as connection:
        found = from_sheets(connection, [1, 2], [2], {C: other, E: "{}"})
        unchanged = from_sheets(connection, [1, 2], [2], {B: same, C: frozen(C).recipient})

    assert (Named(1, (E,)), Named(1, (B,)), Named(1, (C,))) == (found.added, found.removed, found.changed)
    assert not unchanged


@pytest.mark.parametrize("state", [D.CANCELLED, D.FAILED, D.EXPIRED])
def test_who_was_taken_out_is_no_longer_compared(outbox: Outbox, state: DeliveryState) -> None:
    """An address cancelled by an officer may be gone from the sheets: that is what it was cancelled for."""
    outbox.add_release(A, B, state=ReleaseState.APPROVED)
    outbox.put(A, state=state)
    with outbox.database.reading() as connection:
        found = from_sheets(connection, [1], [1], {B: frozen(B).recipient})

    assert not found
