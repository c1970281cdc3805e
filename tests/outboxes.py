"""An outbox on a real SQLite file, with releases written straight into it, for the tests of room 4 and after."""

from __future__ import annotations

import hashlib
import json
import secrets
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from dispatcher.model import LatePolicy, Wording
from dispatcher.outbox import interventions, leases, reading
from dispatcher.outbox.database import open_database
from dispatcher.outbox.recording import Intent, Outcome, Ruling, commit
from dispatcher.outbox.records import FrozenDelivery, Rank
from dispatcher.outbox.releases import issue_id, standing_releases, write_release
from dispatcher.outbox.schema import attempt as attempt_table
from dispatcher.outbox.schema import delivery, event, link, outcome, release
from dispatcher.outbox.states import DeliveryState, ReleaseState, standing
from dispatcher.smtp import Reply, Stage

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from dispatcher.outbox.database import Database
    from dispatcher.outbox.leases import Lease
    from dispatcher.outbox.recording import Entry
    from dispatcher.outbox.records import ReleaseRecord

NOW = 1_755_000_000.25
"""12.08.2025, 12:00:00.25 UTC; a fraction, so that what is stored is not a whole number by luck."""
MOMENT = datetime.fromtimestamp(NOW, UTC)

ACCEPTED = Reply(250, "2.0.0", "OK queued as 4711")
GREYLISTED = Reply(451, "4.7.1", "Greylisted")
DEAD = Reply(550, "5.1.1", "no such mailbox")


@dataclass(frozen=True)
class Outbox:
    """A store and short ways to fill it, to work on it and to look into it. Deliveries are named by address."""

    database: Database

    def add_release(
        self,
        *addresses: str,
        state: ReleaseState = ReleaseState.SENDING,
        ranks: Sequence[int] | None = None,
        number: str = "10/SYS/WZU/2025",
        revision: int = 0,
    ) -> int:
        """Write a release for the addresses, all of them due at NOW, and bring it into `state`."""
        with self.database.writing() as connection:
            of_issue = issue_id(connection, number=number, revision=revision, act="original")
            beside = [row.id for row in standing_releases(connection, of_issue)]
        release_id, _ = write_release(
            self.database,
            header(of_issue) | {"asked": len(addresses)},
            beside=beside,
            frames=[],
            deliveries=(
                frozen(address, rank)
                for address, rank in zip(addresses, ranks or [1] * len(addresses), strict=True)
            ),
            now=NOW,
        )
        with self.database.writing() as connection:
            connection.execute(sa.update(release).where(release.c.id == release_id).values(state=state))
        return release_id

    def record(self, release_id: int = 1) -> ReleaseRecord:
        """Return a release as it stands."""
        with self.database.reading() as connection:
            (found,) = [one for one in reading.releases(connection) if one.id == release_id]
        return found

    def row(self, address: str) -> sa.Row[Any]:
        """Return the newest delivery to an address, every column."""
        newest = sa.select(delivery).where(delivery.c.address == address).order_by(delivery.c.seq.desc())
        with self.database.reading() as connection:
            found = connection.execute(newest).first()
        assert found is not None
        return found

    def states(self) -> dict[str, str]:
        """Return address -> state of every delivery."""
        return {row.address: row.state for row in self.rows(delivery)}

    def rows(self, table: sa.Table) -> list[sa.Row[Any]]:
        """Return every row of a table in the order of its key."""
        with self.database.reading() as connection:
            return list(connection.execute(sa.select(table).order_by(*table.primary_key.columns)))

    def events(self) -> list[tuple[str, str, str | None]]:
        """Return kind, actor and reason of every event, oldest first."""
        return [(row.kind, row.actor, json.loads(row.data).get("reason")) for row in self.rows(event)]

    def log(self) -> list[tuple[int, int, str | None]]:
        """Return delivery, attempt and what it led to, for every attempt and each of its outcomes."""
        joined = sa.select(attempt_table.c.seq, attempt_table.c.n, outcome.c.state).outerjoin(
            outcome, sa.and_(outcome.c.seq == attempt_table.c.seq, outcome.c.n == attempt_table.c.n)
        )
        with self.database.reading() as connection:
            rows = connection.execute(joined.order_by(attempt_table.c.seq, attempt_table.c.n, outcome.c.id))
            return [(row.seq, row.n, row.state) for row in rows]

    def links(self, release_id: int = 1) -> int:
        """Return how many links the chain of a release has."""
        return len([row for row in self.rows(link) if row.release_id == release_id])

    def put(self, address: str, **values: Any) -> None:
        """Change columns of a delivery past all rules; with its state goes what claims its address."""
        if "state" in values:
            values = {**standing(DeliveryState(values["state"])), **values}
        with self.database.writing() as connection:
            connection.execute(sa.update(delivery).where(delivery.c.address == address).values(values))

    def plan(self, release_id: int = 1, *, now: float = NOW) -> int:
        """Gather what is due into chunks."""
        with self.database.writing() as connection:
            return leases.plan(connection, release_id, now=now)

    def take(self, *, owner: str = "host:1-aa", now: float = NOW, releases: Iterable[int] = (1,)) -> Lease | None:
        """Lease a chunk, or get None."""
        with self.database.writing() as connection:
            return leases.take(connection, list(releases), owner=owner, now=now)

    def lease(self, *, owner: str = "host:1-aa", now: float = NOW) -> Lease:
        """Plan what is due, then lease a chunk of release 1, which there must be."""
        self.plan(now=now)
        taken = self.take(owner=owner, now=now)
        assert taken is not None
        return taken

    def give_back(self, lease: Lease) -> None:
        """End a lease."""
        with self.database.writing() as connection:
            leases.give_back(connection, lease)

    def commit(self, *entries: Entry) -> list[bool]:
        """Commit entries of the journal together."""
        with self.database.writing() as connection:
            return commit(connection, entries)

    def intent(
        self, lease: Lease, address: str, *, n: int = 1, at: float = NOW, wording: Wording = Wording.ORIGINAL
    ) -> Intent:
        """Return the intent of attempt `n` to an address."""
        seq = self.row(address).seq
        return Intent(lease=lease, seq=seq, n=n, at=at, wording=wording, relay="127.0.0.1:25", owner="host:1-aa")

    def outcome(
        self,
        lease: Lease,
        address: str,
        state: DeliveryState,
        *,
        n: int = 1,
        at: float = NOW + 1,
        reply: Reply | None = None,
        next_at: float | None = None,
        intended: bool = True,
    ) -> Outcome:
        """Return what attempt `n` to an address led to."""
        return Outcome(
            lease=lease,
            seq=self.row(address).seq,
            n=n,
            at=at,
            state=state,
            stage=Stage.CONTENT if intended else Stage.RCPT,
            reply=reply,
            detail="",
            next_at=next_at,
            intended=intended,
            wording=Wording.ORIGINAL,
            relay="127.0.0.1:25",
            owner="host:1-aa",
        )

    def ruling(self, lease: Lease, address: str, state: DeliveryState) -> Ruling:
        """Return what the clocks decide about an address."""
        return Ruling(
            lease=lease, seq=self.row(address).seq, at=NOW, state=state, detail="too late", owner="host:1-aa"
        )

    def approve(self, *, by: str = "vivek", self_approval: bool = False) -> None:
        """Approve release 1."""
        interventions.approve(self.database, self.record(), by=by, self_approval=self_approval, now=MOMENT)

    def hold(self, to: str | None = None) -> int:
        """Hold an address or all of release 1."""
        return interventions.hold(self.database, self.record(), to=to, by="vivek", reason="wait", now=MOMENT)

    def resume(self, to: str | None = None) -> int:
        """Let an address or all of release 1 go on."""
        return interventions.resume(self.database, self.record(), to=to, by="vivek", reason="go on", now=MOMENT)

    def cancel(self, to: str | None = None) -> int:
        """Cancel an address or all of release 1."""
        return interventions.cancel(self.database, self.record(), to=to, by="vivek", reason="no", now=MOMENT)

    def settle(self) -> bool:
        """Mark release 1 `done` if it is."""
        return interventions.settle(self.database, self.record(), by="vivek", now=MOMENT)

    def attempt(self, address: str, state: DeliveryState | None, *, n: int = 1, now: float = NOW) -> Lease:
        """Lease the chunk of an address, make attempt `n` to it and, unless None, let it lead to `state`."""
        lease = self.lease(now=now)
        assert self.commit(self.intent(lease, address, n=n, at=now)) == [True]
        if state is not None:
            due = now if state is DeliveryState.DEFERRED else None
            self.commit(self.outcome(lease, address, state, n=n, at=now, next_at=due))
            self.give_back(lease)
        return lease


def fresh_store(root: Path) -> Database:
    """Open a new store in `root`: a copy, because migrating each one would take longer than most tests."""
    place = root / "outbox.db"
    place.write_bytes(_migrated())
    place.chmod(0o600)
    return open_database("sqlite:///outbox.db", root=root)


@cache
def _migrated() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        open_database("sqlite:///outbox.db", root=Path(folder)).close()
        return (Path(folder) / "outbox.db").read_bytes()


def header(of_issue: int) -> dict[str, Any]:
    """Return what a release's row holds besides its state: the clocks of the sample advisory."""
    return {
        "issue_id": of_issue,
        "slug": "10-SYS-WZU-2025",
        "text_hash": "ab" * 32,
        "envelope_from": "bounces@customs.example",
        "message_domain": "customs.example",
        "time_zone": "Asia/Kolkata",
        "effective_at": NOW + 86400,
        "notify_before": NOW + 86400,
        "useful_until": NOW + 7 * 86400,
        "window_end": None,
        "late_policy": LatePolicy.SEND_IN_EFFECT,
        "cutoff": NOW + 7 * 86400,
        "owner": "host:1-aa",
        "made_by": "asha",
        "prepared_at": NOW,
    }


def frozen(address: str, rank: int = 1) -> FrozenDelivery:
    """Return a delivery whose message is of no interest."""
    told = {
        "audiences": ["commissioners"],
        "places": ["Mumbai"],
        "part": "to",
        "designation": {"en": "Commissioner"},
        "organisation": {},
        "phone": "",
        "language": "both",
        "lines": {"hi": [], "en": [address]},
    }
    return FrozenDelivery(
        id=secrets.token_bytes(16),
        variant=0,
        address=address,
        smtputf8=False,
        recipient=json.dumps(told),
        original_hash=hashlib.sha256(address.encode()).digest(),
        in_effect_hash=hashlib.sha256(b"late " + address.encode()).digest(),
        rank=Rank(rank),
    )
