"""The use case `send`: the gates, then the sender, which two signals can end."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from dispatcher.delivery.sender import Sender
from dispatcher.delivery.vigil import Vigil
from dispatcher.errors import PastHour, Refused, StoreError
from dispatcher.moments import moment
from dispatcher.outbox import interventions, reading
from dispatcher.outbox.owners import Owner
from dispatcher.outbox.recovery import free_dead
from dispatcher.outbox.replacing import sweep
from dispatcher.outbox.states import DeliveryState, ReleaseState

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator, Sequence
    from datetime import datetime, tzinfo

    from dispatcher.delivery.clock import Clock
    from dispatcher.delivery.vigil import Alarm
    from dispatcher.delivery.watching import Watcher
    from dispatcher.outbox.database import Database
    from dispatcher.outbox.records import ReleaseRecord
    from dispatcher.plans import RetryPlan
    from dispatcher.smtp import Relay

GOES = (ReleaseState.PREPARED, ReleaseState.APPROVED, ReleaseState.SENDING, ReleaseState.PAUSED)
"""States in which a release still has something to send."""


SWEEP = 30.0
"""Seconds of real time between two looks for what came back although something took its place."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What an officer orders with `send`. Refusals show times in `zone`."""

    by: str
    approval_required: bool
    signature_required: bool
    zone: tzinfo
    late_reason: str | None = None
    patient: bool = True
    """False: leave what is deferred for later."""


async def send(
    database: Database,
    slug: str,
    order: Order,
    *,
    relay: Relay,
    plan: RetryPlan,
    clock: Clock,
    watcher: Watcher,
    alarm: Alarm | None = None,
) -> None:
    """Hand over the releases of an advisory; safe to kill and to run again. `alarm` calls for telephone lists.

    Raises Refused where a gate says no, ChannelError when the relay cannot be used. SIGINT or SIGTERM ends it
    between transactions; a second one at once, which leaves what was under way `in_doubt`.
    """
    free_dead(database, now=clock.now())
    records = through_gates(_standing(database, slug), order, now=clock.now())
    if not records:
        return
    for record in records:
        let_go(database, record, order, plan=plan, now=clock.now())
    sweep(database, records, by=order.by, now=clock.now())
    vigil = _vigil(database, records, relay=relay, clock=clock, watcher=watcher, alarm=alarm)
    try:
        with contextlib.closing(Owner(database.folder)) as owner:
            sender = Sender(
                database, relay, owner=owner.id, plan=plan, clock=clock, watcher=watcher, patient=order.patient
            )
            with signals(sender.stop):
                async with vigil.kept(), kept_swept(database, records, order, clock=clock):
                    await sender.run([record.id for record in records])
    finally:
        for record in records:
            wind_up(database, record, order, watcher=watcher, now=clock.now())


def _vigil(
    database: Database,
    records: Sequence[ReleaseRecord],
    *,
    relay: Relay,
    clock: Clock,
    watcher: Watcher,
    alarm: Alarm | None,
) -> Vigil:
    """Return the watch over the officers' own releases, or, without alarm, over what follows them by itself."""
    own = [record for record in records if record.derived_from is None]
    pace, called = relay.rate_per_minute, alarm if own else None
    return Vigil(database, own or records, clock=clock, watcher=watcher, pace=pace, alarm=called)


@contextlib.asynccontextmanager
async def kept_swept(
    database: Database, records: Sequence[ReleaseRecord], order: Order, *, clock: Clock
) -> AsyncIterator[None]:
    """While the block runs, stop what comes back of releases that others replace; long before it goes again."""

    async def sweeping() -> None:
        while True:
            await asyncio.sleep(SWEEP)
            with contextlib.suppress(StoreError):  # the sender tells of it, and the next look comes
                await asyncio.to_thread(sweep, database, records, by=order.by, now=clock.now())

    task = asyncio.create_task(sweeping())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def through_gates(records: Sequence[ReleaseRecord], order: Order, *, now: datetime) -> list[ReleaseRecord]:
    """Return the releases that may go at `now`; none where all is done already.

    Raises Refused where none is there, one is held, not approved or not signed; PastHour where an hour has passed
    before the release ever began and nobody said why it goes all the same.
    """
    going = [record for record in records if record.state in GOES]
    if not going and not any(record.state is ReleaseState.DONE for record in records):
        raise Refused(
            "nothing is prepared; `dispatcher prepare` freezes a release, `dispatcher status` shows them"
        )
    for record in going:
        name = f"release {record.id} of {record.number}"
        if record.state is ReleaseState.PAUSED:
            raise Refused(f"{name} is held; `dispatcher resume {record.slug} --reason ...` lets it go on")
        if record.derived_from is not None:  # it has the gates of the other behind it, and an end of its own
            continue
        if order.approval_required and record.approved_by is None:
            raise Refused(
                f"{name} is not approved; another officer than {record.made_by} must run "
                f"`dispatcher approve {record.slug}`"
            )
        if order.signature_required and not record.signed:
            raise Refused(
                f"{name}: its document is not signed, and signature: required: of config.yaml asks for it; "
                f"`dispatcher cancel {record.slug} --reason ...`, `dispatcher sign {record.slug}`, prepare anew"
            )
        if order.late_reason is None and _is_past(record, now):
            raise PastHour(_past(record, name, order.zone, now))
    return going


def let_go(database: Database, record: ReleaseRecord, order: Order, *, plan: RetryPlan, now: datetime) -> None:
    """Bring a release that passed the gates into `sending`; a late one gets time to be tried."""
    officers_own = record.derived_from is None  # what follows by itself says what is not true any more when late
    late = order.late_reason if officers_own and now >= record.notify_before else None
    end = record.cutoff if record.cutoff > now else now + timedelta(minutes=plan.give_up_after)
    try:
        interventions.let_go(database, record, by=order.by, late_reason=late, cutoff=end, now=now)
    except Refused:
        with database.reading() as connection:
            standing = {one.id: one.state for one in reading.releases(connection, slug=record.slug)}
        if standing[record.id] is not ReleaseState.SENDING:  # else another dispatcher was quicker
            raise


def wind_up(database: Database, record: ReleaseRecord, order: Order, *, watcher: Watcher, now: datetime) -> None:
    """Mark a release `done` if it is; what is still held in it past its end expires, and is told by name."""
    (record,) = [one for one in _standing(database, record.slug) if one.id == record.id]
    if now >= record.cutoff and record.state is ReleaseState.SENDING:
        end = f"its end, {moment(record.cutoff, order.zone)}, came first"
        with database.reading() as connection:
            held = reading.begun(reading.deliveries(connection, [record.id], states={DeliveryState.HELD}))
            interventions.expire_held(database, record, by=order.by, why=end, now=now)
            for one in held or ():
                watcher.settled(one.address, one.audiences, DeliveryState.EXPIRED, None)
    interventions.settle(database, record, by=order.by, now=now)


def _standing(database: Database, slug: str) -> list[ReleaseRecord]:
    with database.reading() as connection:
        return reading.releases(connection, slug=slug)


def _past(record: ReleaseRecord, name: str, zone: tzinfo, now: datetime) -> str:
    """Return that the hour of a release has passed before it began, and what an officer can do about it."""
    hour, end = (moment(at, zone) for at in (record.notify_before, record.cutoff))
    said = f"{name}: its hour, {hour}, has passed; `--late REASON` lets it go all the same"
    if now < record.cutoff:
        return said
    also = "its end is the same" if record.cutoff == record.notify_before else f"its end, {end}, has passed too"
    return (
        f"{said}. Nobody of it was told and {also}: `dispatcher escalate {record.slug}` lists whom to telephone, "
        f"`dispatcher cancel {record.slug} --reason ...` closes it"
    )


def _is_past(record: ReleaseRecord, now: datetime) -> bool:
    """Tell whether an officer must say why it goes: what began in time goes on, or expires, by its late policy."""
    return record.state is not ReleaseState.SENDING and now >= record.notify_before


@contextlib.contextmanager
def signals(stop: Callable[[], None]) -> Iterator[None]:
    """Let a first SIGINT or SIGTERM stop a run between transactions, and a second one at once."""
    loop, run = asyncio.get_running_loop(), asyncio.current_task()
    assert run is not None
    told = False

    def on_signal() -> None:
        nonlocal told
        if told:
            run.cancel()
        told = True
        stop()

    caught = []
    for number in (signal.SIGINT, signal.SIGTERM):
        with contextlib.suppress(NotImplementedError, ValueError, RuntimeError):  # Windows; a thread of a console
            loop.add_signal_handler(number, on_signal)
            caught.append(number)
    try:
        yield
    finally:
        for number in caught:
            loop.remove_signal_handler(number)
