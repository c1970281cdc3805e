"""The use case `rehearse`: the full run, from frozen release to register, into the built-in sink."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from dispatcher.delivery.sending import Order, send
from dispatcher.outbox import interventions, reading
from dispatcher.outbox.preparing import prepare

if TYPE_CHECKING:
    from dispatcher.delivery.clock import Clock
    from dispatcher.delivery.sink import Sink
    from dispatcher.delivery.vigil import Alarm
    from dispatcher.delivery.watching import Watcher
    from dispatcher.messages.drafting import Draft
    from dispatcher.outbox.database import Database
    from dispatcher.plans import RetryPlan

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
    made = prepare(database, draft, made_by=officers.maker, now=clock.now(), plan=plan)
    with database.reading() as connection:
        (record,) = [one for one in reading.releases(connection) if one.id == made.release_id]
    interventions.approve(database, record, by=officers.approver, self_approval=False, now=clock.now())
    zone = ZoneInfo(draft.time_zone)
    order = Order(
        by=officers.approver,
        approval_required=True,
        signature_required=False,
        zone=zone,
        late_reason="rehearsal",
    )
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
