"""The append-only tables written: attempts, outcomes and events, bound into the hash chain of their release."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

from dispatcher.outbox import schema
from dispatcher.outbox.chain import START, link_hash
from dispatcher.outbox.statements import NEWEST_LINK, appending

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import sqlalchemy as sa

ATTEMPT = ("seq", "n", "started_at", "relay", "owner", "token", "wording")
OUTCOME = ("seq", "n", "at", "state", "stage", "code", "enhanced", "reply", "detail", "by")
EVENT = ("seq", "at", "actor", "kind", "data")
HASHED = {"attempt": ATTEMPT, "outcome": OUTCOME, "event": EVENT}
"""The columns of each table that a link's hash covers, in order."""

_BOUND = ("release_id", "link")
_APPENDING = {name: appending(schema.metadata.tables[name], (*HASHED[name], *_BOUND)) for name in HASHED}
_APPENDING["link"] = appending(schema.link, ("release_id", "n", "at", "hash"))

Row: TypeAlias = "tuple[Any, ...]"


@dataclass(slots=True)
class Entries:
    """Rows of one release that one commit appends."""

    attempts: list[Row] = field(default_factory=list)
    outcomes: list[Row] = field(default_factory=list)
    events: list[Row] = field(default_factory=list)


class Ledger:
    """Collects what one transaction appends, and appends it, one link a release."""

    def __init__(self) -> None:
        self._releases: defaultdict[int, Entries] = defaultdict(Entries)

    def attempt(self, release_id: int, row: Row) -> None:
        """Note an attempt: the columns ATTEMPT."""
        self._releases[release_id].attempts.append(row)

    def outcome(self, release_id: int, row: Row) -> None:
        """Note what became of an attempt: the columns OUTCOME."""
        self._releases[release_id].outcomes.append(row)

    def event(
        self, release_id: int, kind: str, *, at: float, actor: str, data: Mapping[str, Any], seq: int | None = None
    ) -> None:
        """Note what somebody did to the release, or to its delivery `seq`."""
        text = json.dumps(data, ensure_ascii=False, sort_keys=True)
        self._releases[release_id].events.append((seq, at, actor, kind, text))

    def append(self, connection: sa.Connection, *, at: float) -> None:
        """Write all that was noted, with the next link of each release's chain."""
        for release_id in sorted(self._releases):
            entries = self._releases[release_id]
            n, previous = last_link(connection, release_id)
            entries.attempts.sort()
            tables = {"attempt": entries.attempts, "outcome": entries.outcomes, "event": entries.events}
            for name, rows in tables.items():
                if rows:
                    _APPENDING[name].execute(connection, [(*row, release_id, n + 1) for row in rows])
            hashed = ((name, *row) for name, rows in tables.items() for row in rows)
            _APPENDING["link"].execute(connection, [(release_id, n + 1, at, link_hash(previous, hashed))])
        self._releases.clear()


def hashed_row(table: str, row: Mapping[str, Any]) -> Sequence[Any]:
    """Return what a link's hash covers of a row: the table's name, then its columns."""
    return [table, *(row.get(column) for column in HASHED[table])]


def last_link(connection: sa.Connection, release_id: int) -> tuple[int, bytes]:
    """Return number and hash of the newest link of a release; (0, START) before the first."""
    for n, link in NEWEST_LINK.returned(connection, [(release_id,)]):
        return n, link
    return 0, START
