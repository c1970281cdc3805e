"""Advisories whose original went out already, and what follows them, on a real store."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from dispatcher.acts import Correction, RemindersPlan
from dispatcher.delivery.clock import HandedClock
from dispatcher.delivery.running import Means, Runner
from dispatcher.delivery.vigil import Alarm
from dispatcher.errors import Refused
from dispatcher.outbox import interventions, reading
from dispatcher.outbox.deriving import slots
from dispatcher.outbox.ledger import Ledger
from dispatcher.outbox.owners import Owner
from dispatcher.outbox.preparing import prepare
from dispatcher.outbox.schema import delivery
from dispatcher.outbox.states import ReleaseState
from dispatcher.outbox.verifying import verify
from dispatcher.plans import EscalationPlan
from tests.drafts import draft
from tests.outboxes import Outbox
from tests.patience import PATIENCE
from tests.runs import EVENING, HOUR, KOLKATA, PLAN, Told, order

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from dispatcher.delivery.clock import Clock
    from dispatcher.messages.drafting import Draft
    from dispatcher.model import Advisory, Recipient, Relay
    from dispatcher.outbox.database import Database
    from dispatcher.outbox.deriving import Slot
    from dispatcher.outbox.records import ReleaseRecord
    from dispatcher.outbox.states import DeliveryState
    from tests.smtp_server import SmtpServer

OPENING = datetime(2025, 8, 13, 4, 0, tzinfo=UTC)
"""09:30 IST on the day of the hour: the first opening after the evening of the sample advisory."""
DAY_AFTER = datetime(2025, 8, 14, 4, 0, tzinfo=UTC)
CATCH_UP = timedelta(minutes=120)

SLIP = Correction(
    where={"hi": "पत्रशीर्ष (हिंदी) में", "en": "the letterhead (Hindi)"},
    what={"hi": "फैक्स संख्या", "en": "the fax number"},
    wrong={"hi": "022-220825148", "en": "022-220825148"},
    right={"hi": "022-20825148", "en": "022-20825148"},
)


def corrigendum(advisory: Advisory, *, revision: int = 1, dated: str | None = None) -> Advisory:
    """Return the advisory as its corrigendum, with a date of its own where one is given."""
    relation = {"type": "corrigendum", "target": advisory.number, **({"dated": dated} if dated else {})}
    return replace(advisory, revision=revision, relation=relation, corrections=(SLIP,))


def successor(advisory: Advisory, act: str, *, number: str = "11/SYS/WZU/2025", **changes: Any) -> Advisory:
    """Return an advisory of its own number that supersedes or withdraws the one given."""
    relation = {"type": act, "target": advisory.number, "target_date": advisory.issued.isoformat()}
    return replace(advisory, number=number, relation=relation, **changes)


class EndingClock(HandedClock):
    """A handed-in clock on which a run ends: when it would wait beyond `end`, the run is stopped."""

    def __init__(self, start: datetime, end: datetime) -> None:
        super().__init__(start)
        self.end = end
        self.runner: Runner | None = None

    async def wait(self, until: datetime, *, unless: asyncio.Event) -> None:
        """Put the clock forward, or stop the run."""
        if until >= self.end and self.runner is not None:
            self.runner.stop()
        await super().wait(min(until, self.end), unless=unless)


@dataclass
class Followed:
    """What a run tells beside single deliveries."""

    decisions: list[Slot] = field(default_factory=list)
    begun_releases: list[ReleaseRecord] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    fails: list[OSError] = field(default_factory=list)
    """What the next writings of registers end with."""

    def decided(self, slot: Slot) -> None:
        """Keep a decision."""
        self.decisions.append(slot)

    def begun(self, record: ReleaseRecord) -> None:
        """Keep what began."""
        self.begun_releases.append(record)

    def handed_over(self, slugs: Sequence[str]) -> None:
        """Keep whose register is written, or fail as arranged."""
        if self.fails:
            raise self.fails.pop()
        self.kept += slugs


@dataclass
class Lives:
    """A store with advisories on their way."""

    database: Database
    told: Told = field(default_factory=Told)
    followed: Followed = field(default_factory=Followed)
    look: timedelta = timedelta(hours=6)
    """Between two looks of a run at most."""
    refusal: str = ""
    """Why the workspace is said to be no longer what was approved; empty: it is."""

    def issue(
        self,
        *recipients: Recipient | str,
        at: datetime = EVENING,
        advisory: Advisory | None = None,
        until: ReleaseState = ReleaseState.SENDING,
        reminders: RemindersPlan | None = None,
    ) -> ReleaseRecord:
        """Prepare, approve and let go a release of the sample advisory, or of another."""
        whole = self.draft(*recipients, advisory=advisory, reminders=reminders)
        made = prepare(self.database, whole, made_by="asha", now=at)
        if until is not ReleaseState.PREPARED:
            self.approve(made.release_id, at=at)
        if until is ReleaseState.SENDING:
            self.let_go(made.release_id, at=at)
        return self.record(made.release_id)

    def draft(
        self,
        *recipients: Recipient | str,
        advisory: Advisory | None = None,
        reminders: RemindersPlan | None = None,
    ) -> Draft:
        """Return a draft with what follows it."""
        whole = draft(*recipients, reminders=reminders or RemindersPlan())
        return replace(whole, advisory=advisory) if advisory else whole

    def approve(self, release_id: int, *, at: datetime) -> None:
        """Approve a release."""
        interventions.approve(self.database, self.record(release_id), by="vivek", self_approval=False, now=at)

    def let_go(self, release_id: int, *, at: datetime) -> None:
        """Begin a release."""
        record = self.record(release_id)
        interventions.let_go(self.database, record, by="vivek", late_reason=None, cutoff=record.cutoff, now=at)

    def runner(self, relay: Relay, clock: Clock) -> Runner:
        """Return a run on the store."""
        means = Means(
            relay=lambda: relay,
            plan=PLAN,
            clock=clock,
            watcher=self.told,
            progress=self.followed,
            pace=None,
            alarm=lambda _: Alarm(plan=EscalationPlan(before=()), keep=_keep_nothing),
            must_stand=self._must_stand,
            catch_up_within=CATCH_UP,
            look=self.look,
        )
        return Runner(self.database, order(), means)

    def _must_stand(self, database: Database, slug: str) -> None:
        del database, slug
        if self.refusal:
            raise Refused(self.refusal)

    def run(self, relay: Relay, *, since: datetime, until: datetime) -> None:
        """Let a run live from one moment to another."""
        clock = EndingClock(since, until)
        clock.runner = self.runner(relay, clock)

        async def bounded() -> None:
            async with asyncio.timeout(PATIENCE):
                assert clock.runner is not None
                await clock.runner.run()

        asyncio.run(bounded())

    def once(self, relay: Relay, *, at: datetime) -> None:
        """Let a run do what is due at a moment."""

        async def bounded() -> None:
            async with asyncio.timeout(PATIENCE):
                await self.runner(relay, HandedClock(at)).run(once=True)

        asyncio.run(bounded())

    def records(self) -> list[ReleaseRecord]:
        """Return every release as it stands."""
        with self.database.reading() as connection:
            return reading.releases(connection)

    def record(self, release_id: int) -> ReleaseRecord:
        """Return a release as it stands."""
        (found,) = [one for one in self.records() if one.id == release_id]
        return found

    def states(self, release_id: int) -> dict[str, DeliveryState]:
        """Return address -> state of the deliveries of a release."""
        with self.database.reading() as connection:
            return {one.address: one.state for one in reading.deliveries(connection, [release_id])}

    def slots(self) -> list[Slot]:
        """Return what follows the releases, and what became of it."""
        with self.database.reading() as connection:
            return slots(connection, reading.releases(connection))

    def findings(self) -> list[str]:
        """Return what `verify` finds in the whole store."""
        with self.database.reading() as connection:
            found = verify(connection, self.records(), heads=[], zone=KOLKATA, progress=lambda: None)
            return [finding.said for one in found for finding in one.findings]

    def acknowledge(self, address: str, *, at: datetime) -> None:
        """Record that an office acknowledged its original, by an event as `acknowledge` writes it."""
        with self.database.writing() as connection:
            row = connection.execute(
                delivery.select().where(delivery.c.address == address).order_by(delivery.c.seq)
            ).first()
            assert row is not None
            ledger = Ledger()
            data = {"how": "phone", "received_at": at.timestamp(), "note": ""}
            ledger.event(row.release_id, "acknowledged", at=at.timestamp(), actor="asha", data=data, seq=row.seq)
            ledger.append(connection, at=at.timestamp())


class UnderWay:
    """A message that another process, alive, began in its first wording before the hour; Kolkata has its own.

    The relay defers the second recipient that it is told, once: this one is tried 20 seconds before the hour.
    """

    address = "delhi@customs.example"

    def __init__(self, lives: Lives, server: SmtpServer) -> None:
        lives.issue("kolkata@customs.example", self.address)
        lives.once(server.relay(max_connections=1), at=EVENING)
        self.outbox, self.owner = Outbox(lives.database), Owner(lives.database.folder)
        self.at = (HOUR - timedelta(seconds=20)).timestamp()
        self.lease = self.outbox.lease(owner=self.owner.id, now=self.at)
        self.outbox.commit(self.outbox.intent(self.lease, self.address, n=2, at=self.at))

    def end(self, state: DeliveryState, *, heard: timedelta = timedelta(seconds=30)) -> None:
        """Let it lead to a state, which was heard half a minute after the hour."""
        at = (HOUR + heard).timestamp()
        self.outbox.commit(self.outbox.outcome(self.lease, self.address, state, n=2, at=at))
        self.outbox.give_back(self.lease)
        self.owner.close()


def _keep_nothing(record: ReleaseRecord, left: object, *, as_of: datetime) -> Path:
    raise AssertionError((record, left, as_of))
