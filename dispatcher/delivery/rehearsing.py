"""The use case `rehearse`: the run into the built-in sink, from frozen release to register; what follows too."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from dispatcher.delivery.running import Runner
from dispatcher.delivery.sending import Order, send
from dispatcher.outbox import agenda, interventions, reading
from dispatcher.outbox.preparing import prepare

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from pathlib import Path

    from dispatcher.delivery.clock import Clock
    from dispatcher.delivery.running import Means
    from dispatcher.delivery.sink import Sink
    from dispatcher.delivery.vigil import Alarm
    from dispatcher.delivery.watching import Watcher
    from dispatcher.messages.drafting import Draft
    from dispatcher.outbox.database import Database
    from dispatcher.outbox.deriving import Slot
    from dispatcher.outbox.forecasting import Forecast
    from dispatcher.outbox.records import ReleaseRecord
    from dispatcher.outbox.states import DeliveryState
    from dispatcher.plans import RetryPlan
    from dispatcher.smtp import Reply

CONNECTIONS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Officers:
    """Who acts in a rehearsal: one makes, another approves and sends."""

    maker: str
    approver: str


async def rehearse(
    database: Database,
    draft: Draft,
    *,
    officers: Officers,
    sink: Sink,
    plan: RetryPlan,
    clock: Clock,
    watcher: Watcher,
    alarm: Alarm,
) -> None:
    """Prepare, approve and send the draft for real, into `sink`. `database` is the rehearsal's own."""
    made = prepare(database, draft, made_by=officers.maker, now=clock.now(), plan=plan, rehearsed=True)
    with database.reading() as connection:
        (record,) = [one for one in reading.releases(connection) if one.id == made.release_id]
    interventions.approve(database, record, by=officers.approver, self_approval=False, now=clock.now())
    order = replace(order_of(draft, officers), late_reason="rehearsal")
    async with sink:
        relay = replace(sink.relay, max_connections=CONNECTIONS)
        await send(
            database,
            draft.advisory.slug,
            order,
            relay=relay,
            plan=plan,
            clock=clock,
            watcher=watcher,
            alarm=alarm,
        )


async def follow(database: Database, order: Order, means: Means) -> None:
    """Do what `run` does of what follows a rehearsed advisory by itself, to the last slot; nobody acknowledges.

    `means.clock` is put forward from slot to slot; `means.relay` is that of a sink which is open.
    """
    never = asyncio.Event()
    while True:
        await Runner(database, order, means).run(once=True)
        with database.reading() as connection:
            at = agenda.next_slot(connection, after=means.clock.now())
        if at is None:
            return
        await means.clock.wait(at, unless=never)


def order_of(draft: Draft, officers: Officers) -> Order:
    """Return by whose order a rehearsal hands over, and what it asks for: approval, no signature."""
    zone = ZoneInfo(draft.time_zone)
    return Order(by=officers.approver, approval_required=True, signature_required=False, zone=zone)


@dataclass(frozen=True, slots=True)
class Unwatched:
    """Passes on trouble only: what becomes of what follows is read from the store afterwards."""

    to: Watcher

    def settled(self, address: str, audiences: Sequence[str], state: DeliveryState, reply: Reply | None) -> None:
        """Take no note."""

    def trouble(self, what: str, until: datetime) -> None:
        """Pass it on."""
        self.to.trouble(what, until)

    def waiting(self, until: datetime) -> None:
        """Take no note."""

    def foreseen(self, forecast: Forecast) -> None:
        """Take no note."""

    def escalated(self, untold: int, file: Path) -> None:
        """Take no note."""

    def decided(self, slot: Slot) -> None:
        """Take no note."""

    def begun(self, record: ReleaseRecord) -> None:
        """Take no note."""

    def handed_over(self, slugs: Sequence[str]) -> None:
        """Write no register: a rehearsal's is of the original."""
