"""What the outbox of a finished run says: the only place of the benchmarks that knows the schema."""

from __future__ import annotations

import itertools
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Sending:
    """The deliveries of a run."""

    accepted: int
    began: float
    """When the first attempt began, seconds since 1970."""
    ended: float
    """When the last outcome came."""

    @property
    def seconds(self) -> float:
        """What sending itself took."""
        return self.ended - self.began


def sending(store: Path) -> Sending:
    """Return what was accepted, and from when to when."""
    with closing(_opened(store)) as connection:
        accepted = connection.execute("SELECT count(*) FROM delivery WHERE state = 'accepted'").fetchone()[0]
        began = connection.execute("SELECT min(started_at) FROM attempt").fetchone()[0]
        ended = connection.execute("SELECT max(at) FROM outcome").fetchone()[0]
    return Sending(accepted, began or 0.0, ended or 0.0)


def tenths(store: Path, began: float) -> list[float]:
    """Return the messages a second in each tenth of a run's outcomes, in the order of their coming."""
    with closing(_opened(store)) as connection:
        moments = [row[0] for row in connection.execute("SELECT at FROM outcome ORDER BY at")]
    ends = [began] + [moments[len(moments) * tenth // 10 - 1] for tenth in range(1, 11)]
    share = len(moments) / 10
    return [share / max(end - start, 1e-9) for start, end in itertools.pairwise(ends)]


def recipient_octets(store: Path) -> int:
    """Return the octets of all frozen recipient rows: `delivery.recipient`, the JSON that `prepare` wrote."""
    with closing(_opened(store)) as connection:
        total: int = connection.execute("SELECT sum(length(CAST(recipient AS BLOB))) FROM delivery").fetchone()[0]
    return total


def store_octets(store: Path) -> int:
    """Return the size of the store's files: the database and what its write-ahead log still holds."""
    files = (store, store.with_name(f"{store.name}-wal"))
    return sum(file.stat().st_size for file in files if file.exists())


def _opened(store: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"file:{store}?mode=ro", uri=True)
