"""The hash chain: every appended row is bound to all before it, and no change goes unseen."""

from __future__ import annotations

import contextlib
import sqlite3
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from dispatcher.outbox.chain import START, link_hash
from dispatcher.outbox.ledger import HASHED, Ledger, hashed_row, last_link
from dispatcher.outbox.schema import attempt, event, link, metadata, outcome
from dispatcher.outbox.states import DeliveryState
from dispatcher.smtp import Reply
from tests.outboxes import ACCEPTED, GREYLISTED, NOW, Outbox

if TYPE_CHECKING:
    from typing import Any

A, B, C = "a@customs.example", "b@customs.example", "c@customs.example"
TABLES = {"attempt": attempt, "outcome": outcome, "event": event}


@pytest.fixture
def history(outbox: Outbox) -> Outbox:
    """Give a release with a life of attempts, outcomes and events, beside another release."""
    outbox.add_release(A, B, C)
    outbox.add_release("else@customs.example")
    lease = outbox.lease()
    outbox.hold(C)
    outbox.commit(outbox.intent(lease, B), outbox.intent(lease, A))
    greylisted = Reply(451, "4.7.1", "ग्रे सूची")
    outbox.commit(
        outbox.outcome(lease, A, DeliveryState.DEFERRED, reply=greylisted, next_at=NOW),
        outbox.outcome(lease, B, DeliveryState.ACCEPTED, reply=ACCEPTED),
    )
    outbox.give_back(lease)
    lease = outbox.lease()
    outbox.commit(outbox.outcome(lease, A, DeliveryState.FAILED, n=2, intended=False, reply=GREYLISTED))
    outbox.cancel(C)
    outbox.settle()
    return outbox


def _breaks(outbox: Outbox, release_id: int = 1) -> list[int]:
    """Return the links of a release that do not follow from the rows, read as an auditor would."""
    rows: dict[int, list[Any]] = {}
    for name, order in (("attempt", ("seq", "n")), ("outcome", ("id",)), ("event", ("id",))):
        table = TABLES[name]
        wanted = (
            sa.select(table).where(table.c.release_id == release_id).order_by(*(table.c[key] for key in order))
        )
        with outbox.database.reading() as connection:
            for row in connection.execute(wanted).mappings():
                rows.setdefault(row["link"], []).append(hashed_row(name, dict(row)))
    previous, broken = START, []
    for one in (one for one in outbox.rows(link) if one.release_id == release_id):
        if link_hash(previous, rows.pop(one.n, [])) != one.hash:
            broken.append(one.n)
        previous = one.hash
    return broken + sorted(rows)


def test_every_link_follows_from_the_rows(history: Outbox) -> None:
    """Made again from what is stored, each link of each release comes out the same."""
    assert [] == _breaks(history, 1)
    assert [] == _breaks(history, 2)


def test_one_link_for_each_commit(history: Outbox) -> None:
    """prepare, hold, intents, outcomes, the refusal, cancel, done: seven commits, seven links, numbered from 1."""
    numbers = [(one.release_id, one.n) for one in history.rows(link)]

    assert [*((1, n) for n in range(1, 8)), (2, 1)] == numbers
    assert {2} == {row.n for row in history.rows(attempt) if row.link == 5}


ROWS = [(name, column, key) for name, columns in HASHED.items() for column in columns for key in ("first", "last")]


@pytest.mark.parametrize(("name", "column", "key"), ROWS)
def test_changed_column_breaks_the_chain(history: Outbox, name: str, column: str, key: str) -> None:
    """Whatever is changed in an appended row afterwards, the chain shows it."""
    rows = [row for row in history.rows(TABLES[name]) if row.release_id == 1]
    row = rows[0] if key == "first" else rows[-1]
    value = row._mapping[column]
    changed = value + 7 if isinstance(value, (int, float)) else f"{value or ''}!"
    same = " AND ".join(f'"{part.name}" = {row._mapping[part.name]}' for part in TABLES[name].primary_key)
    folder = history.database.folder
    assert folder is not None
    with contextlib.closing(sqlite3.connect(folder / "outbox.db")) as tool:  # past every constraint of ours
        tool.execute(f'UPDATE "{name}" SET "{column}" = ? WHERE {same}', (changed,))
        tool.commit()

    assert [row.link] == _breaks(history)


@pytest.mark.parametrize("name", TABLES)
def test_row_taken_away_or_added_breaks_the_chain(history: Outbox, name: str) -> None:
    """A row that vanishes is missed; one that is slipped in is seen."""
    table = TABLES[name]
    row = next(row for row in history.rows(table) if row.release_id == 1)
    same = [table.c[part.name] == row._mapping[part.name] for part in table.primary_key.columns]
    with history.database.writing() as connection:
        connection.execute(sa.delete(table).where(*same))
    missed = _breaks(history)
    with history.database.writing() as connection:
        connection.execute(sa.insert(table).values({**row._mapping}))
    whole = _breaks(history)
    added = {**row._mapping, "id": 999} if name != "attempt" else {**row._mapping, "n": 9}
    with history.database.writing() as connection:
        connection.execute(sa.insert(table).values(added))

    assert [row.link] == missed
    assert [] == whole
    assert [row.link] == _breaks(history)


def test_what_is_hashed_is_all_that_is_said() -> None:
    """Each appended table's hash covers every column but its own number and its place in the chain."""
    own = {"id", "release_id", "link"}

    assert {name: set(columns) for name, columns in HASHED.items()} == {
        name: {column.name for column in metadata.tables[name].columns} - own for name in HASHED
    }


def test_releases_have_chains_of_their_own(outbox: Outbox) -> None:
    """What one commit appends to two releases gives each one a link."""
    outbox.add_release(A)
    outbox.add_release(B)
    ledger = Ledger()
    for release_id in (2, 1):
        ledger.event(release_id, "note", at=NOW, actor="asha", data={"reason": "both"})
    with outbox.database.writing() as connection:
        before = last_link(connection, 1)
        ledger.append(connection, at=NOW)
        ledger.append(connection, at=NOW)
        after = last_link(connection, 1), last_link(connection, 2)
        none = last_link(connection, 3)

    assert (2, 2) == (after[0][0], after[1][0]), "what was appended is not appended again"
    assert 1 == before[0]
    assert (0, START) == none
    assert [] == _breaks(outbox, 1) + _breaks(outbox, 2)
