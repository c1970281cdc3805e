"""The append-only tables written: attempts, outcomes and events, bound into the hash chain of their release."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass, field
from operator import itemgetter
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from dispatcher.outbox import schema
from dispatcher.outbox.chain import START, link_hash

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_HASHED = {
    "attempt": ("seq", "n", "started_at", "relay", "owner", "token", "wording"),
    "outcome": ("seq", "n", "at", "state", "stage", "code", "enhanced", "reply", "detail", "by"),
    "event": ("seq", "at", "actor", "kind", "data"),
}
"""The columns of each table that a link's hash covers, in order."""


@dataclass(slots=True)
class Entries:
    """Rows of one release that one commit appends."""

    attempts: list[dict[str, Any]] = field(default_factory=list)
    outcomes: list[dict[str, Any]] = field(default_factory=list)
    events: list[dict[str, Any]] = field(default_factory=list)


class Ledger:
    """Collects what one transaction appends, and appends it, one link a release."""

    def __init__(self) -> None:
        self._releases: defaultdict[int, Entries] = defaultdict(Entries)

    def attempt(self, release_id: int, **row: Any) -> None:
        """Note an attempt (columns of schema.attempt)."""
        self._releases[release_id].attempts.append({"release_id": release_id, **row})

    def outcome(self, release_id: int, **row: Any) -> None:
        """Note what became of an attempt (columns of schema.outcome)."""
        self._releases[release_id].outcomes.append({"release_id": release_id, **row})

    def event(
        self, release_id: int, kind: str, *, at: float, actor: str, data: Mapping[str, Any], seq: int | None = None
    ) -> None:
        """Note what somebody did to the release, or to its delivery `seq`."""
        text = json.dumps(data, ensure_ascii=False, sort_keys=True)
        row = {"release_id": release_id, "seq": seq, "at": at, "actor": actor, "kind": kind, "data": text}
        self._releases[release_id].events.append(row)

    def append(self, connection: sa.Connection, *, at: float) -> None:
        """Write all that was noted, with the next link of each release's chain."""
        for release_id in sorted(self._releases):
            entries = self._releases[release_id]
            n, previous = last_link(connection, release_id)
            entries.attempts.sort(key=itemgetter("seq", "n"))
            tables = (
                (schema.attempt, entries.attempts),
                (schema.outcome, entries.outcomes),
                (schema.event, entries.events),
            )
            hashed = [hashed_row(table.name, row) for table, rows in tables for row in rows]
            for table, rows in tables:
                if rows:
                    connection.execute(sa.insert(table), [{**row, "link": n + 1} for row in rows])
            values = {"release_id": release_id, "n": n + 1, "at": at, "hash": link_hash(previous, hashed)}
            connection.execute(sa.insert(schema.link), values)
        self._releases.clear()


def hashed_row(table: str, row: Mapping[str, Any]) -> Sequence[Any]:
    """Return what a link's hash covers of a row: the table's name, then its columns."""
    return [table, *(row.get(column) for column in _HASHED[table])]


def last_link(connection: sa.Connection, release_id: int) -> tuple[int, bytes]:
    """Return number and hash of the newest link of a release; (0, START) before the first."""
    newest = (
        sa.select(schema.link.c.n, schema.link.c.hash)
        .where(schema.link.c.release_id == release_id)
        .order_by(schema.link.c.n.desc())
        .limit(1)
    )
    row = connection.execute(newest).first()
    return (row.n, row.hash) if row else (0, START)
