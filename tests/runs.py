"""Releases of the sample advisory on a real store, and runs of the sender over them against a real SMTP server."""

from __future__ import annotations

import asyncio
import threading
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email import policy
from email.parser import BytesHeaderParser
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from dispatcher.delivery.clock import HandedClock
from dispatcher.delivery.sender import Sender
from dispatcher.delivery.sending import Order
from dispatcher.outbox import interventions, reading
from dispatcher.outbox.owners import Owner
from dispatcher.outbox.preparing import prepare
from dispatcher.outbox.states import ReleaseState
from dispatcher.plans import RetryPlan
from tests.drafts import draft
from tests.patience import PATIENCE
from tests.smtp_server import SmtpServer, until

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Sequence
    from pathlib import Path

    from dispatcher.delivery.clock import Clock
    from dispatcher.messages.drafting import Draft
    from dispatcher.model import Recipient
    from dispatcher.outbox.database import Database
    from dispatcher.outbox.forecasting import Forecast
    from dispatcher.outbox.preparing import Prepared
    from dispatcher.outbox.records import AttemptRecord, DeliveryRecord, ReleaseRecord
    from dispatcher.outbox.states import DeliveryState
    from dispatcher.smtp import Relay, Reply
    from tests.smtp_server import Answer

EVENING = datetime(2025, 8, 12, 15, 40, tzinfo=UTC)
"""21:10 IST on the day the sample advisory was signed."""

HOUR = datetime(2025, 8, 13, 6, 30, tzinfo=UTC)
"""Noon IST: effective_at and notify_before of the sample advisory."""

END = datetime(2025, 8, 20, 12, 30, tzinfo=UTC)
"""useful_until of the sample advisory."""

PLAN = RetryPlan()
KOLKATA = ZoneInfo("Asia/Kolkata")
SLUG = "10-SYS-WZU-2025"


def addresses(count: int) -> list[str]:
    """Return `count` addresses."""
    return [f"post-{n:03}@customs.example" for n in range(count)]


def prepared(database: Database, made_from: Draft, *, by: str = "asha") -> Prepared:
    """Prepare a draft on the evening of the sample advisory."""
    return prepare(database, made_from, made_by=by, now=EVENING)


def order(**changes: object) -> Order:
    """Return the order of an officer who asks for what is usual."""
    gates = {"approval_required": True, "signature_required": False}
    usual: dict[str, object] = {"by": "vivek", "zone": KOLKATA, **gates}
    return Order(**{**usual, **changes})  # type: ignore[arg-type]


def field_of(message: bytes, name: str) -> str:
    """Return a header field of a message, unfolded and decoded."""
    return str(BytesHeaderParser(policy=policy.default).parsebytes(message)[name])


def subjects(messages: Sequence[bytes]) -> list[str]:
    """Return what stands before the first colon of each subject: its act."""
    return [field_of(message, "Subject").partition(":")[0] for message in messages]


@dataclass
class Told:
    """A watcher that keeps what it is told."""

    settled_as: list[tuple[str, DeliveryState]] = field(default_factory=list)
    troubles: list[tuple[str, datetime]] = field(default_factory=list)
    waits: list[datetime] = field(default_factory=list)
    forecasts: list[Forecast] = field(default_factory=list)
    escalations: list[tuple[int, Path]] = field(default_factory=list)

    def settled(self, address: str, audiences: Sequence[str], state: DeliveryState, reply: Reply | None) -> None:
        """Keep a delivery's new state."""
        del audiences, reply
        self.settled_as.append((address, state))

    def trouble(self, what: str, until: datetime) -> None:
        """Keep trouble with the relay."""
        self.troubles.append((what, until))

    def waiting(self, until: datetime) -> None:
        """Keep a wait."""
        self.waits.append(until)

    def foreseen(self, forecast: Forecast) -> None:
        """Keep a forecast."""
        self.forecasts.append(forecast)

    def escalated(self, untold: int, file: Path) -> None:
        """Keep how many are not told, and where they stand."""
        self.escalations.append((untold, file))


@dataclass
class Dispatching:
    """A store with one approved release that is being sent, and senders for it."""

    database: Database
    clock: Clock = field(default_factory=lambda: HandedClock(EVENING))
    told: Told = field(default_factory=Told)

    def prepare(
        self,
        *recipients: Recipient | str,
        until: ReleaseState = ReleaseState.SENDING,
        now: datetime = EVENING,
    ) -> ReleaseRecord:
        """Prepare a release for the recipients and bring it into a state: prepared, approved or sending."""
        made = prepare(self.database, draft(*recipients), made_by="asha", now=now)
        record = self.record(made.release_id)
        if until is not ReleaseState.PREPARED:
            interventions.approve(self.database, record, by="vivek", self_approval=False, now=now)
        if until is ReleaseState.SENDING:
            approved = self.record(record.id)
            interventions.let_go(
                self.database, approved, by="vivek", late_reason=None, cutoff=record.cutoff, now=now
            )
        return self.record(record.id)

    def sender(self, relay: Relay, *, patient: bool = True, owner: str = "elsewhere:1-aa") -> Sender:
        """Return a sender that hands over to `relay`."""
        return Sender(
            self.database, relay, owner=owner, plan=PLAN, clock=self.clock, watcher=self.told, patient=patient
        )

    def run(self, relay: Relay, *, patient: bool = True) -> None:
        """Hand release 1 over."""

        async def bounded() -> None:
            async with asyncio.timeout(PATIENCE):
                await self.sender(relay, patient=patient, owner=owner.id).run([1])

        owner = Owner(self.database.folder)
        try:
            asyncio.run(bounded())
        finally:
            owner.close()

    def record(self, release_id: int = 1) -> ReleaseRecord:
        """Return a release as it stands."""
        with self.database.reading() as connection:
            (found,) = [one for one in reading.releases(connection) if one.id == release_id]
        return found

    def deliveries(self) -> list[DeliveryRecord]:
        """Return every delivery of release 1 as it stands."""
        with self.database.reading() as connection:
            return list(reading.deliveries(connection, [1]))

    def states(self) -> list[str]:
        """Return the state of every delivery, in the order in which they go out."""
        return [str(one.state) for one in self.deliveries()]

    def attempts(self) -> list[AttemptRecord]:
        """Return the delivery log."""
        with self.database.reading() as connection:
            return list(reading.attempts(connection, [1]))


class PausingServer(SmtpServer):
    """A server that waits before the `nth` answer (from 1) of a step until it is told to go on."""

    def pause_at(self, step: str, nth: int = 1) -> None:
        """Say where to wait. To be called before the server starts."""
        self._where = (step, nth)
        self._came: Counter[str] = Counter()
        self.reached, self.go = threading.Event(), threading.Event()

    def _chosen(self, step: str) -> Answer:
        self._came[step] += 1
        if (step, self._came[step]) == self._where:
            self.reached.set()
            assert self.go.wait(PATIENCE)  # its thread serves nobody else meanwhile
        return super()._chosen(step)


async def meanwhile(
    run: Coroutine[Any, Any, None],
    server: PausingServer,
    act: Callable[[], object],
    *,
    once: Callable[[], bool] = lambda: True,
) -> None:
    """Do `act`, when `once` is true, while the server has `run` wait; then let both go on to the end of `run`."""
    async with asyncio.timeout(PATIENCE):
        running = asyncio.create_task(run)
        assert await asyncio.to_thread(server.reached.wait, PATIENCE)
        try:
            await until(once)
            act()
        finally:
            server.go.set()
        await running
