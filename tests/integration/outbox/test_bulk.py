"""Statements over many rows at once: whatever their number, each row comes to its own, on both databases."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.exc import IntegrityError

from dispatcher.errors import StoreError
from dispatcher.outbox import ledger, statements
from dispatcher.outbox.bulk import LARGEST, Bulk
from dispatcher.outbox.schema import delivery, issue
from dispatcher.outbox.statements import appending

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dispatcher.outbox.database import Database
    from tests.outboxes import Outbox

COUNTS = [0, 1, 2, LARGEST - 1, LARGEST, LARGEST + 1, 3 * LARGEST + 1]
ALL = {
    "GRANT": statements.GRANT,
    "COUNT_ATTEMPT": statements.COUNT_ATTEMPT,
    **{f"END_ATTEMPT {state}": bulk for state, bulk in statements.END_ATTEMPT.items()},
    **{f"RULE {state}": bulk for state, bulk in statements.RULE.items()},
    **{f"append {name}": bulk for name, bulk in ledger._APPENDING.items()},
}


def _echo(given: sa.CTE) -> sa.Executable:
    return sa.select(given.c.address + "!" + sa.cast(given.c.seq, sa.Text))


def _behind_a_constant(given: sa.CTE) -> sa.Executable:
    """Build a statement in which a value of its own comes before those of the rows."""
    before = sa.select(sa.literal("the ").label("said")).cte("before")
    return sa.select(before.c.said + given.c.address).select_from(before.join(given, sa.true()))


def _put(given: sa.CTE) -> sa.Executable:
    mine = sa.and_(delivery.c.seq == given.c.seq, delivery.c.state == "queued")
    return sa.update(delivery).where(mine).values(detail=given.c.detail).returning(delivery.c.seq)


def _executed(database: Database, bulk: Bulk, rows: Sequence[Sequence[Any]]) -> list[Any]:
    with database.writing() as connection:
        return bulk.execute(connection, rows)


@pytest.mark.parametrize("count", COUNTS)
@pytest.mark.parametrize("build", [_echo, _behind_a_constant])
def test_any_number_of_rows(database: Database, build: Any, count: int) -> None:
    """None, one, or more than a statement holds: each row is answered once."""
    bulk = Bulk([delivery.c.seq, delivery.c.address], build)
    found = _executed(database, bulk, [(n, f"office{n}") for n in range(count)])
    expected = {_echo: "office{0}!{0}", _behind_a_constant: "the office{0}"}[build]

    assert sorted(expected.format(n) for n in range(count)) == sorted(found)


def test_a_statement_is_made_once_for_each_number_of_rows(database: Database) -> None:
    """Whole statements share one text, the rest has one of its own; it is compiled once for all of them."""
    built: list[sa.CTE] = []

    def build(given: sa.CTE) -> sa.Executable:
        built.append(given)
        return _echo(given)

    bulk = Bulk([delivery.c.seq, delivery.c.address], build)
    for _ in range(2):
        _executed(database, bulk, [(n, "") for n in range(3 * LARGEST + 5)])

    assert 1 == len(built)
    assert {LARGEST, 5} == set(bulk.compiled(database.engine.dialect)._texts)


def test_each_row_changes_its_own(outbox: Outbox) -> None:
    """Whatever their order, values go where their row says; what no row fits is neither changed nor returned."""
    count = LARGEST + 6
    outbox.add_release(*(f"office{n}@customs.example" for n in range(count)))
    outbox.put("office3@customs.example", state="held")
    rows = [(seq, f"detail of {seq}") for seq in range(count + 9, 0, -2)]
    found = _executed(outbox.database, Bulk([delivery.c.seq, delivery.c.detail], _put), rows)
    fitting = {seq for seq, _ in rows if seq <= count} - {outbox.row("office3@customs.example").seq}

    assert sorted(fitting) == sorted(found)
    assert {row.seq: f"detail of {row.seq}" if row.seq in fitting else None for row in outbox.rows(delivery)} == {
        row.seq: row.detail for row in outbox.rows(delivery)
    }


@pytest.mark.parametrize(
    "value", [None, 0.1 + 0.2, 1_755_000_000.25, "", "ग्रे ' \" %s :x ? \\", b"\x00\xff", 2**53]
)
def test_values_arrive_as_they_were(database: Database, value: Any) -> None:
    """Nothing, fractions, octets and any text come through as they are."""
    kinds: dict[type, sa.types.TypeEngine[Any]] = {float: sa.Float(53), bytes: sa.LargeBinary(), int: sa.Integer()}
    column: sa.Column[Any] = sa.Column("given", kinds.get(type(value), sa.Text()))
    bulk = Bulk([column], lambda given: sa.select(given.c.given))

    assert [value, value] == _executed(database, bulk, [(value,), (value,)])


def test_contradiction_is_told_as_one(database: Database) -> None:
    """The driver's error comes out as the layers above know it, and takes the transaction back."""
    adding = appending(issue, ("number", "revision", "act"))
    with pytest.raises(StoreError, match="contradicts its records") as caught:
        _executed(database, adding, [("1/SYS", 0, "original")] * 2)
    with database.reading() as connection:
        count = connection.execute(sa.select(sa.func.count()).select_from(issue)).scalar()

    assert isinstance(caught.value.__cause__, IntegrityError)
    assert 0 == count


@pytest.mark.parametrize("name", ALL)
def test_statements_are_made_for_postgresql_too(name: str) -> None:
    """Each has a text for PostgreSQL that says of what kind each value is: an empty column would be text there."""
    bulk, dialect = ALL[name], postgresql.dialect()  # type: ignore[no-untyped-call]
    text = re.sub("::[A-Z]+", "", bulk.compiled(dialect).text(2))
    kinds = {column.name: column.type.compile(dialect) for column in bulk._columns}
    first, second = (
        ", ".join(f"CAST(%(given_{column}_{n})s AS {kind})" for column, kind in kinds.items()) for n in range(2)
    )

    assert text.startswith(f"WITH entry({', '.join(kinds)}) AS \n(VALUES ({first}), ({second}))")
