"""Whatever happens in whatever order: states keep to the table, and nobody is mailed who may have the message."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, multiple, rule

from dispatcher.errors import Refused, StoreError, UsageError
from dispatcher.outbox import leases
from dispatcher.outbox.doubt import doubts, settle
from dispatcher.outbox.leases import LEASE_SECONDS
from dispatcher.outbox.releases import claimed_addresses, sweep_unfinished
from dispatcher.outbox.resolving import Decision, by_decision
from dispatcher.outbox.schema import attempt, delivery, event, outcome
from dispatcher.outbox.states import RELEASE_TRANSITIONS, TRANSITIONS, DeliveryState, ReleaseState
from dispatcher.outbox.verifying import standing, verify
from tests.outboxes import NOW, Outbox, fresh_store

if TYPE_CHECKING:
    import sqlalchemy as sa

    from dispatcher.outbox.leases import Lease
    from dispatcher.outbox.recording import Intent

ADDRESSES = tuple(f"{name}@customs.example" for name in "abc")
OWNERS = ("host:1-aa", "host:2-bb")
OUTCOMES = (DeliveryState.ACCEPTED, DeliveryState.DEFERRED, DeliveryState.FAILED, DeliveryState.IN_DOUBT)
MAY_HAVE_IT = {DeliveryState.ATTEMPTING, DeliveryState.ACCEPTED, DeliveryState.IN_DOUBT}
LIVE = {*MAY_HAVE_IT, DeliveryState.QUEUED, DeliveryState.DEFERRED, DeliveryState.HELD, DeliveryState.DELIVERED}
"""As the house plan has it, section 6: who stands so gets no other delivery of the same act."""


def _pairs(table: Any) -> str:
    return ", ".join(f"('{before}', '{after}')" for before, targets in table.items() for after in targets)


def _guards() -> list[str]:
    """Return triggers that fail any transaction with a way that the tables do not have, or a changed record."""
    ways = [
        f"CREATE TRIGGER way_{name} BEFORE UPDATE OF state ON {name} WHEN new.state <> old.state AND "
        f"(old.state, new.state) NOT IN (VALUES {_pairs(table)}) "
        f"BEGIN SELECT RAISE(ABORT, 'no such way'); END"
        for name, table in (("delivery", TRANSITIONS), ("release", RELEASE_TRANSITIONS))
    ]
    kept = [
        f"CREATE TRIGGER {act}_{table} BEFORE {act} ON \"{table}\" BEGIN SELECT RAISE(ABORT, 'append-only'); END"
        for table in (attempt.name, outcome.name, event.name, "link")
        for act in ("UPDATE", "DELETE")
    ]
    return ways + kept


class Walk(RuleBasedStateMachine):
    """Two dispatchers and officers act on releases, each whenever it likes, with stale knowledge at times."""

    held_leases = Bundle("held_leases")
    begun = Bundle("begun")

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.outbox = Outbox(fresh_store(self.folder))
        self.outbox.add_release(*ADDRESSES)
        with self.outbox.database.writing() as connection:
            for trigger in _guards():
                connection.exec_driver_sql(trigger)
        self.now = NOW
        self.granted: list[tuple[int, int]] = []
        self.releases = [1]

    def teardown(self) -> None:
        """Take the store away."""
        self.outbox.database.close()
        shutil.rmtree(self.folder)

    def _of(self, lease: Lease, address: str) -> sa.Row[Any] | None:
        """Return the delivery to an address in the release that is leased, if it has one."""
        rows = self.outbox.rows(delivery)
        return next((row for row in rows if (row.release_id, row.address) == (lease.release_id, address)), None)

    @rule(target=held_leases, owner=st.sampled_from(OWNERS))
    def lease(self, owner: str) -> Any:
        """Plan what is due and take a chunk if one is free."""
        for release_id in self.releases:
            self.outbox.plan(release_id, now=self.now)
        taken = self.outbox.take(owner=owner, now=self.now, releases=self.releases)
        return multiple() if taken is None else taken

    @rule(
        target=begun, lease=held_leases, address=st.sampled_from(ADDRESSES), ahead=st.sampled_from([1, 1, 1, 0, 2])
    )
    def intend(self, lease: Lease, address: str, ahead: int) -> Any:
        """Ask for leave to send the content, perhaps as a dispatcher that was taken over."""
        before = self._of(lease, address)
        if before is None:
            return multiple()
        intent = self.outbox.intent(lease, address, n=before.attempts + ahead, at=self.now)
        intent = intent._replace(seq=before.seq)
        (granted,) = self.outbox.commit(intent)
        if not granted:
            return multiple()
        assert before.state not in MAY_HAVE_IT
        assert (intent.seq, intent.n) not in self.granted
        self.granted.append((intent.seq, intent.n))
        return (intent, address)

    @rule(one=st.one_of(begun, consumes(begun)), state=st.sampled_from(OUTCOMES), wait=st.integers(0, 90))
    def reply(self, one: tuple[Intent, str], state: DeliveryState, wait: int) -> None:
        """Record the relay's word of an attempt, however late, perhaps twice."""
        intent, address = one
        due = self.now + wait if state is DeliveryState.DEFERRED else None
        said = self.outbox.outcome(intent.lease, address, state, n=intent.n, at=self.now, next_at=due)
        self.outbox.commit(said._replace(seq=intent.seq))

    @rule(
        lease=held_leases,
        address=st.sampled_from(ADDRESSES),
        state=st.sampled_from([DeliveryState.DEFERRED, DeliveryState.FAILED]),
        behind=st.sampled_from([0, 0, 1]),
    )
    def refuse(self, lease: Lease, address: str, state: DeliveryState, behind: int) -> None:
        """Record a refusal at RCPT, before any intent, perhaps as a dispatcher that was taken over."""
        before = self._of(lease, address)
        if before is None:
            return
        n = max(1, before.attempts + 1 - behind)
        due = self.now if state is DeliveryState.DEFERRED else None
        said = self.outbox.outcome(lease, address, state, n=n, at=self.now, next_at=due, intended=False)
        self.outbox.commit(said._replace(seq=before.seq))

    @rule(
        lease=held_leases,
        address=st.sampled_from(ADDRESSES),
        state=st.sampled_from([DeliveryState.EXPIRED, DeliveryState.HELD]),
    )
    def decide(self, lease: Lease, address: str, state: DeliveryState) -> None:
        """Stop a delivery by the clocks."""
        before = self._of(lease, address)
        if before is not None:
            self.outbox.commit(self.outbox.ruling(lease, address, state)._replace(seq=before.seq))

    @rule(act=st.sampled_from(["hold", "resume", "cancel"]), address=st.sampled_from([None, *ADDRESSES]))
    def intervene(self, act: str, address: str | None) -> None:
        """Hold, resume or cancel an address or everything, as an officer would."""
        with contextlib.suppress(Refused, UsageError):
            getattr(self.outbox, act)(address)

    @rule(decision=st.sampled_from(list(Decision)), hours=st.sampled_from([0, 1]))
    def resolve(self, decision: Decision, hours: int) -> None:
        """Settle what is in doubt, as an officer decides it."""
        now = datetime.fromtimestamp(self.now, UTC) + timedelta(hours=hours)
        records = [self.outbox.record(release_id) for release_id in self.releases]
        found = doubts(self.outbox.database, records, content_timeout=600)
        ruling = by_decision(found, decision, by="vivek", reason="so", now=now, zone=UTC)
        assert [] == settle(self.outbox.database, ruling.settled, by="vivek", now=now)

    @rule(address=st.sampled_from(ADDRESSES))
    def prepare_again(self, address: str) -> None:
        """Make a further release for an address: it gets a delivery where none claims it, never else."""
        live = [row for row in self.outbox.rows(delivery) if row.address == address and row.state in LIVE]
        with self.outbox.database.reading() as connection:
            assert (address in claimed_addresses(connection, 1)) == bool(live)
        if not live:
            self.releases.append(self.outbox.add_release(address))
        else:
            with pytest.raises(StoreError, match="uq_delivery_live_address"):
                self.outbox.add_release(address)
            sweep_unfinished(self.outbox.database, is_dead=lambda _: True)

    @rule()
    def settle(self) -> None:
        """Look whether all is done."""
        self.outbox.settle()

    @rule(lease=consumes(held_leases))
    def give_back(self, lease: Lease) -> None:
        """End a dispatcher's work on a chunk."""
        self.outbox.give_back(lease)

    @rule(seconds=st.sampled_from([1.0, 30.0, LEASE_SECONDS + 1]))
    def let_time_pass(self, seconds: float) -> None:
        """Let leases run out and retries fall due."""
        self.now += seconds

    @rule(lease=held_leases)
    def renew(self, lease: Lease) -> None:
        """Renew a lease that a dispatcher believes to hold."""
        with self.outbox.database.writing() as connection:
            leases.renew(connection, [lease], now=self.now)

    @rule(dead=st.sampled_from(OWNERS))
    def bury(self, dead: str) -> None:
        """Find a dispatcher dead."""
        with self.outbox.database.writing() as connection:
            leases.free_dead(connection, is_dead=dead.__eq__, by="recovery", now=self.now)

    @invariant()
    def log_is_whole(self) -> None:
        """See that every attempt that a delivery counts stands in the log, numbered without a gap."""
        log = self.outbox.rows(attempt)
        for row in self.outbox.rows(delivery):
            assert list(range(1, row.attempts + 1)) == [one.n for one in log if one.seq == row.seq]

    @invariant()
    def addresses_are_claimed(self) -> None:
        """See that exactly what is live claims its address, and that no address has two live deliveries."""
        rows = self.outbox.rows(delivery)
        assert {row.seq for row in rows if row.state in LIVE} == {row.seq for row in rows if row.claims_address}
        live = [row.address for row in rows if row.state in LIVE]
        assert len(set(live)) == len(live)

    @invariant()
    def record_holds(self) -> None:
        """See that `verify` finds nothing: rows, chain and deliveries agree after every step."""
        with self.outbox.database.reading() as connection:
            found = verify(connection, standing(connection, None), heads=(), zone=UTC, progress=lambda: None)
            said = [one.said for each in found for one in each.findings]
        expected = (
            "there is no frame",
            "the relay accepted it in the tries",
        )  # no messages here; any reply may come
        assert [] == [one for one in said if not one.startswith(expected)]

    @invariant()
    def done_is_done(self) -> None:
        """See that what is done has nothing open, and what is cancelled nothing else."""
        for release_id in self.releases:
            states = {row.state for row in self.outbox.rows(delivery) if row.release_id == release_id}
            state = self.outbox.record(release_id).state
            if state is ReleaseState.CANCELLED:
                assert {DeliveryState.CANCELLED} == states
            if state is ReleaseState.DONE:
                assert not states & {"queued", "deferred", "attempting", "held", "in_doubt"}


TestWalk = Walk.TestCase
TestWalk.settings = settings(max_examples=25, stateful_step_count=25, suppress_health_check=[HealthCheck.too_slow])
