"""The hash chain of a release made again from the append-only tables, link by link, streamed."""

from __future__ import annotations

import heapq
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from dispatcher.outbox.chain import START, link_hash
from dispatcher.outbox.ledger import hashed_row
from dispatcher.outbox.record_rows import moment
from dispatcher.outbox.schema import attempt, event, link, outcome

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

_STREAM = 2000
_NAMED = 3
"""How many of a link's rows are named where it is broken."""
_TABLES = {"attempt": (attempt, ("seq", "n")), "outcome": (outcome, ("id",)), "event": (event, ("id",))}
"""In the order in which a link's hash covers them, and the order of their rows."""


@dataclass(frozen=True, slots=True)
class Covered:
    """A row that a link covers: its table, the delivery it is about (None: the release), what it says."""

    table: str
    seq: int | None
    said: str


@dataclass(frozen=True, slots=True)
class Fault:
    """A place where the chain does not hold, and the first rows that are bound there."""

    said: str
    at: datetime | None
    covered: tuple[Covered, ...] = ()


@dataclass(slots=True)
class Chain:
    """What the chain of a release was found to be."""

    links: int = 0
    head: bytes = START
    """The hash of the newest link: noted elsewhere, it proves later that nothing was cut off."""
    met: frozenset[str] = frozenset()
    """Those of the hashes asked for that are in the chain."""


def faults(connection: sa.Connection, release_id: int, chain: Chain, *, asked: frozenset[str]) -> Iterator[Fault]:
    """Yield every place where the chain of a release is broken; fill `chain` on the way.

    A link is made again from its rows and the hash that is stored before it, so each wrong one is named itself.
    """
    bound = _Bound(connection, release_id)
    expected = 1
    for n, at, stored in _links(connection, release_id):
        yield from bound.without_link(before=n)
        if n > expected:
            yield Fault(f"{_numbers(expected, n - 1)} missing in the chain", None)
        matches, covered = bound.follows(n, chain.head, stored)
        if not matches:
            yield Fault(f"link {n} does not follow from its rows and the link before it", moment(at), covered)
        chain.links, chain.head, expected = chain.links + 1, stored, n + 1
        chain.met |= {stored.hex()} & asked
    yield from bound.without_link(before=None)
    if not chain.links:
        yield Fault("there is no link at all: the chain was taken away", None)


class _Bound:
    """The rows of a release, link by link, taken in step with the links."""

    def __init__(self, connection: sa.Connection, release_id: int) -> None:
        streams = [_rows(connection, name, release_id) for name in _TABLES]
        merged = heapq.merge(*streams, key=lambda one: (one[1]["link"], list(_TABLES).index(one[0])))
        self._groups = groupby(merged, key=lambda one: one[1]["link"])
        self._next = next(self._groups, None)

    def without_link(self, *, before: int | None) -> Iterator[Fault]:
        """Yield the rows whose link is not there: those that come before the link `before`, or all the rest."""
        while self._next is not None and (before is None or self._next[0] < before):
            n, rows = self._next
            kept = _Kept(rows)
            for _ in kept:
                pass
            yield Fault(f"{kept.count} rows belong to link {n}, which is not there", None, kept.first)
            self._next = next(self._groups, None)

    def follows(self, n: int, previous: bytes, stored: bytes) -> tuple[bool, tuple[Covered, ...]]:
        """Tell whether link `n` follows from its rows; return the first of them too."""
        rows = self._next[1] if self._next is not None and self._next[0] == n else iter(())
        kept = _Kept(rows)
        try:
            matches = link_hash(previous, kept) == stored
        except TypeError:  # octets where there should be text
            matches = False
        for _ in kept:
            pass
        if self._next is not None and self._next[0] == n:
            self._next = next(self._groups, None)
        return matches, kept.first


class _Kept:
    """Rows on their way into a hash, of which the first few are kept."""

    def __init__(self, rows: Iterator[tuple[str, Mapping[str, Any]]]) -> None:
        self._rows = rows
        self.first: tuple[Covered, ...] = ()
        self.count = 0

    def __iter__(self) -> Iterator[Any]:
        for table, row in self._rows:
            if self.count < _NAMED:
                told = row["kind"] if table == "event" else row.get("state") or f"attempt {row['n']}"
                self.first += (Covered(table, row["seq"], str(told)),)
            self.count += 1
            yield hashed_row(table, row)


def _links(connection: sa.Connection, release_id: int) -> Iterator[tuple[int, float, bytes]]:
    wanted = sa.select(link.c.n, link.c.at, link.c.hash).where(link.c.release_id == release_id).order_by(link.c.n)
    for row in connection.execution_options(yield_per=_STREAM).execute(wanted):
        yield row.n, row.at, bytes(row.hash)


def _rows(connection: sa.Connection, name: str, release_id: int) -> Iterator[tuple[str, Mapping[str, Any]]]:
    table, keys = _TABLES[name]
    wanted = sa.select(table).where(table.c.release_id == release_id)
    ordered = wanted.order_by(table.c.link, *(table.c[key] for key in keys))
    columns = table.c.keys()
    for row in connection.execution_options(yield_per=_STREAM).execute(ordered):
        yield name, dict(zip(columns, row, strict=True))


def _numbers(first: int, last: int) -> str:
    return f"link {first} is" if first == last else f"links {first} to {last} are"
