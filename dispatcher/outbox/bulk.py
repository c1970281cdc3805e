"""Statements over many rows at once, compiled once for a dialect and drawn out to any number of rows.

A statement for each row would give the interpreter's lock back and wait for it again with every one of them, while
the event loop wants it too; one statement over all rows does so once. To have SQLAlchemy compile it anew for each
number of rows would take longer than the statement itself, for hundreds of numbers.
"""

from __future__ import annotations

import re
from itertools import chain
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sqlalchemy.sql.compiler import SQLCompiler

LARGEST = 64
"""Rows of one statement at most: SQLite counts parameters, and each number of rows is a statement of its own."""

_ROW = re.compile(r"(?<=VALUES )\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\)")
"""The row of the common table expression, the first of the statement; in it a cast of a name in parentheses."""


class Bulk:
    """A statement over rows of `columns`, which `build` makes of them as a common table expression."""

    def __init__(self, columns: Sequence[sa.Column[Any]], build: Callable[[sa.CTE], sa.Executable]) -> None:
        self._columns = columns
        self._build = build
        self._compiled: dict[str, _Compiled] = {}

    def execute(self, connection: sa.Connection, rows: Sequence[Sequence[Any]]) -> list[Any]:
        """Execute it over `rows`, whose values stand in the order of the columns; return its first column."""
        return [row[0] for row in self.returned(connection, rows)]

    def returned(self, connection: sa.Connection, rows: Sequence[Sequence[Any]]) -> list[tuple[Any, ...]]:
        """Execute it over `rows`; return the rows that it returns."""
        compiled = self.compiled(connection.dialect)
        returned: list[tuple[Any, ...]] = []
        for start in range(0, len(rows), LARGEST):
            returned += compiled.execute(connection, rows[start : start + LARGEST])
        return returned

    def compiled(self, dialect: sa.Dialect) -> _Compiled:
        """Return it in the words of a dialect."""
        if dialect.name not in self._compiled:
            columns = [sa.column(column.name, column.type) for column in self._columns]
            row = tuple(
                sa.bindparam(f"given_{column.name}", type_=column.type, required=False) for column in columns
            )
            # PostgreSQL takes a column of nothing but NULL for text
            typed = row if dialect.name == "sqlite" else tuple(sa.cast(one, one.type) for one in row)
            entry = sa.values(*columns, name="given").data([typed]).cte("entry")
            names = [str(one.key) for one in row]
            self._compiled[dialect.name] = _Compiled(self._build(entry), dialect, names)
        return self._compiled[dialect.name]


class _Compiled:
    """A statement over one row as text of one dialect, from which those over more rows are made."""

    def __init__(self, statement: sa.Executable, dialect: sa.Dialect, names: Sequence[str]) -> None:
        compiled: SQLCompiler = statement.compile(dialect=dialect, compile_kwargs={"render_postcompile": True})  # type: ignore[attr-defined]
        text = str(compiled)
        row = _ROW.search(text)
        assert row is not None, text
        self._before, self._row, self._after = text[: row.start()], row[0], text[row.end() :]
        self._names = names
        self._constants = {name: value for name, value in compiled.params.items() if name not in names}
        self._by_place = compiled.positiontup is not None
        order = compiled.positiontup or list(names)
        at = order.index(names[0])
        self._head = tuple(self._constants[name] for name in order[:at])
        self._tail = tuple(self._constants[name] for name in order[at + len(names) :])
        self._named = re.compile("|".join(rf"(?<=\(){name}(?=\))" for name in names))
        self._texts: dict[int, str] = {}
        self._dialect = dialect

    def text(self, count: int) -> str:
        """Return the statement over so many rows."""
        if count not in self._texts:
            rows = [self._row] * count if self._by_place else map(self._numbered, range(count))
            self._texts[count] = self._before + ", ".join(rows) + self._after
        return self._texts[count]

    def parameters(self, rows: Sequence[Sequence[Any]]) -> Any:
        """Return the values as the driver wants them: in order, or each by its name."""
        if self._by_place:
            return (*self._head, *chain.from_iterable(rows), *self._tail)
        names = self._names
        given = (zip((f"{name}_{n}" for name in names), row, strict=True) for n, row in enumerate(rows))
        return dict(chain.from_iterable(given)) | self._constants

    def execute(self, connection: sa.Connection, rows: Sequence[Sequence[Any]]) -> list[tuple[Any, ...]]:
        """Execute it on the driver's own cursor: the layers above would take longer than so small a statement."""
        cursor, error_class = connection.connection.cursor(), self._dialect.loaded_dbapi.Error
        text = self.text(len(rows))
        try:
            cursor.execute(text, self.parameters(rows))
            return list(cursor.fetchall()) if cursor.description else []
        except error_class as error:
            raise DBAPIError.instance(text, None, error, error_class, dialect=self._dialect) from error
        finally:
            cursor.close()

    def _numbered(self, n: int) -> str:
        return self._named.sub(lambda name: f"{name[0]}_{n}", self._row)
