"""Statements over many rows at once, compiled once for each number of rows.

A statement for each row would give the interpreter's lock back and wait for it again with every one of them, while
the event loop wants it too; one statement over all rows does so once.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sqlalchemy.sql.compiler import SQLCompiler

LARGEST = 64
"""Rows of one statement at most: SQLite counts parameters, and each number of rows is a statement of its own."""


class Bulk:
    """A statement over rows of `columns`, which `build` makes of them as a common table expression."""

    def __init__(self, columns: Sequence[sa.Column[Any]], build: Callable[[sa.CTE], sa.Executable]) -> None:
        self._columns = columns
        self._build = build
        self._compiled: dict[tuple[str, int], _Compiled] = {}

    def execute(self, connection: sa.Connection, rows: Sequence[Sequence[Any]]) -> list[Any]:
        """Execute it over `rows`, whose values stand in the order of the columns; return what it returns."""
        returned: list[Any] = []
        for start in range(0, len(rows), LARGEST):
            part = rows[start : start + LARGEST]
            returned += self._for(connection.dialect, len(part)).execute(connection, part)
        return returned

    def _for(self, dialect: sa.Dialect, count: int) -> _Compiled:
        key = (dialect.name, count)
        if key not in self._compiled:
            names = [column.name for column in self._columns]
            self._compiled[key] = _Compiled(self._statement(count, dialect), dialect, names, count)
        return self._compiled[key]

    def _statement(self, count: int, dialect: sa.Dialect) -> sa.Executable:
        columns = [sa.column(column.name, column.type) for column in self._columns]
        rows = [tuple(_given(column, n, dialect) for column in columns) for n in range(count)]
        return self._build(sa.values(*columns, name="given").data(rows).cte("entry"))


def _given(column: sa.ColumnClause[Any], n: int, dialect: sa.Dialect) -> sa.ColumnElement[Any]:
    """Return the place of a value; PostgreSQL takes a column that is empty in every row for text unless told."""
    place = sa.bindparam(f"given_{column.name}_{n}", type_=column.type, required=False)
    return place if dialect.name == "sqlite" else sa.cast(place, column.type)


class _Compiled:
    """A statement as text for one dialect, and where each of its parameters comes from."""

    def __init__(self, statement: sa.Executable, dialect: sa.Dialect, names: Sequence[str], count: int) -> None:
        compiled: SQLCompiler = statement.compile(dialect=dialect, compile_kwargs={"render_postcompile": True})  # type: ignore[attr-defined]
        places = {f"given_{name}_{n}": n * len(names) + at for n in range(count) for at, name in enumerate(names)}
        self._text = str(compiled)
        self._places = places
        self._constants = {name: value for name, value in compiled.params.items() if name not in places}
        self._order = compiled.positiontup
        self._error: type[Exception] = dialect.loaded_dbapi.Error

    def execute(self, connection: sa.Connection, rows: Sequence[Sequence[Any]]) -> list[Any]:
        """Execute it on the driver's own cursor: the layers above would take longer than so small a statement."""
        cursor = connection.connection.cursor()
        try:
            cursor.execute(self._text, self._parameters(rows))
            return [row[0] for row in cursor.fetchall()] if cursor.description else []
        except self._error as error:
            raise DBAPIError.instance(self._text, None, error, self._error, dialect=connection.dialect) from error
        finally:
            cursor.close()

    def _parameters(self, rows: Sequence[Sequence[Any]]) -> Any:
        values = [value for row in rows for value in row]
        if self._order is None:
            return {name: values[at] for name, at in self._places.items()} | self._constants
        return self._ordered(values)

    @cached_property
    def _tail(self) -> tuple[Any, ...] | None:
        """The parameters after the rows, where the rows come first and in order; else None."""
        order, count = list(self._order or ()), len(self._places)
        if order[:count] != list(self._places):
            return None
        return tuple(self._constants[name] for name in order[count:])

    def _ordered(self, values: Sequence[Any]) -> tuple[Any, ...]:
        if self._tail is not None:
            return (*values, *self._tail)
        return tuple(
            values[self._places[name]] if name in self._places else self._constants[name]
            for name in self._order or ()
        )
