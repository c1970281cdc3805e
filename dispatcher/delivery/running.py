"""The use case `run`: for as long as it lives, whatever falls due is handed over, of every advisory.

look: what follows a release by itself is derived, what officers ordered for now is let go   (outbox/deriving.py)
hand over: all that is due, by a sender that leaves what is not                             (sender.py)
wait: until the store's next moment; a while at most, for others change the store too

All state is in the store. Killed at any moment, it goes on where it was; two at once share the work by leases.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Protocol

from dispatcher.delivery.sender import Sender
from dispatcher.delivery.sending import let_go, through_gates, wind_up
from dispatcher.delivery.vigil import Vigil
from dispatcher.errors import ChannelRefused, DispatcherError, Refused
from dispatcher.outbox import agenda
from dispatcher.outbox.deriving import derive_due
from dispatcher.outbox.owners import Owner
from dispatcher.outbox.recovery import free_dead
from dispatcher.outbox.replacing import sweep

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from dispatcher.delivery.clock import Clock
    from dispatcher.delivery.sending import Order
    from dispatcher.delivery.vigil import Alarm
    from dispatcher.delivery.watching import Watcher
    from dispatcher.model import Relay
    from dispatcher.outbox.database import Database
    from dispatcher.outbox.deriving import Slot
    from dispatcher.outbox.records import ReleaseRecord
    from dispatcher.plans import RetryPlan

LOOK = timedelta(seconds=30)
"""Between two looks into the store at most."""
TOLD_AGAIN = timedelta(hours=1)
"""After this it is said again that a release does not begin, though the reason is the same."""
BREATH = 1.0
"""Seconds of real time between two looks at the clock while something is handed over."""
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=15), timedelta(minutes=5)
REFUSED_PAUSE = timedelta(minutes=30)
"""After a refused login or certificate: a person must act, and a try too many may lock the account."""


class Progress(Protocol):
    """Is told what a run does beside single deliveries, and keeps the registers."""

    def decided(self, slot: Slot) -> None:
        """Take note that a slot's time came: it was derived, or passed over."""

    def begun(self, record: ReleaseRecord) -> None:
        """Take note that a release was let go."""

    def handed_over(self, slugs: Sequence[str]) -> None:
        """Write the registers of advisories of which something was handed over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Means:
    """What a run works with. Watcher and progress are told from other threads than the loop's too."""

    relay: Callable[[], Relay]
    """Asked anew for each round: a password may be put right while it runs."""
    plan: RetryPlan
    clock: Clock
    watcher: Watcher
    progress: Progress
    pace: float | None
    """Messages a minute that the relay is given at most."""
    alarm: Callable[[str], Alarm]
    """Of the advisory in a folder: when its telephone list is made, and what writes it."""
    must_stand: Callable[[Database, str], None]
    """Raises Refused where an advisory is no longer what was approved; asked before it begins."""
    catch_up_within: timedelta
    look: timedelta = LOOK


class Runner:
    """Looks, hands over and waits, until it is told to stop. `order.by` is who started it."""

    def __init__(self, database: Database, order: Order, means: Means) -> None:
        self._database = database
        self._order = replace(order, patient=False)
        self._means = means
        self._clock = means.clock
        self._stopping = asyncio.Event()
        self._sender: Sender | None = None
        self._failures = 0
        self._refused: dict[int, str] = {}
        """Of the last look: which releases did not begin although their time has come, and why not."""
        self._told: dict[int, tuple[str, datetime]] = {}
        """What was told of those, and when."""
        self._vigils: dict[str, Vigil] = {}

    def stop(self) -> None:
        """End the run between transactions."""
        self._stopping.set()
        if self._sender is not None:
            self._sender.stop()

    async def run(self, *, once: bool = False) -> None:
        """Work until told to stop; `once`: do what is due and end, with an error where that failed.

        Otherwise trouble with relay, store or disk ends nothing: it is told, and tried again after a pause.
        """
        while not self._stopping.is_set():
            until = self._clock.now() + self._means.look
            try:
                until = await self._round()
                self._failures = 0
            except (DispatcherError, OSError) as error:  # the latter: a register that cannot be written
                if once:
                    raise
                until = self._after(error)
            if once:
                self._must_have_begun()
                return
            self._tell_refused(until)
            await self._clock.wait(until, unless=self._stopping)

    def _after(self, error: DispatcherError | OSError) -> datetime:
        """Tell of trouble and return when it is tried again."""
        pause = min(FIRST_PAUSE * 2 ** min(self._failures, 10), LONGEST_PAUSE)
        self._failures += 1
        until = self._clock.now() + (REFUSED_PAUSE if isinstance(error, ChannelRefused) else pause)
        self._means.watcher.trouble(str(error), until)
        return until

    def _must_have_begun(self) -> None:
        """Raise Refused, with why, where a release did not begin although its time has come."""
        if self._refused:
            raise Refused("\n".join(self._refused.values()))

    def _tell_refused(self, until: datetime) -> None:
        """Tell which releases do not begin: once an hour and for each reason; `until`: tried again."""
        now, told = self._clock.now(), {}
        for release_id, reason in self._refused.items():
            said, at = self._told.get(release_id, ("", now))
            if said != reason or now - at >= TOLD_AGAIN:
                self._means.watcher.trouble(reason, until)
                at = now
            told[release_id] = (reason, at)
        self._told = told

    async def _round(self) -> datetime:
        """Do what is due; return when something falls due next."""
        records = await asyncio.to_thread(self._look)
        if records and not self._stopping.is_set():
            try:
                await self._hand_over(records)
            finally:
                await asyncio.to_thread(self._wind_up, records)
        await self._watch()
        return await asyncio.to_thread(self._next_moment)

    def _look(self) -> list[ReleaseRecord]:
        """Derive and let go what is due; return the releases of which something is to be handed over now."""
        database, now, by = self._database, self._clock.now(), self._order.by
        free_dead(database, now=now)
        for slot in derive_due(database, by=by, now=now, catch_up_within=self._means.catch_up_within):
            self._means.progress.decided(slot)
        with database.reading() as connection:
            waiting = agenda.to_begin(connection, now=now)
        self._refused = {}
        for record in waiting:
            self._begin(record)
        with database.reading() as connection:
            sending = agenda.being_sent(connection)
        sweep(database, sending, by=by, now=now)
        with database.reading() as connection:
            return agenda.due(connection, agenda.being_sent(connection), now=self._clock.now())

    def _begin(self, record: ReleaseRecord) -> None:
        """Let a release go whose time has come; keep why not, where a gate says no."""
        now = self._clock.now()
        try:
            through_gates([record], self._order, now=now)
            if record.derived_from is None:
                self._means.must_stand(self._database, record.slug)
        except Refused as no:
            self._refused[record.id] = str(no)
            return
        let_go(self._database, record, self._order, plan=self._means.plan, now=now)
        self._means.progress.begun(record)

    async def _hand_over(self, records: Sequence[ReleaseRecord]) -> None:
        """Hand over what is due of the releases; what else falls due meanwhile stops it for a look."""
        means, owner = self._means, Owner(self._database.folder)
        try:
            self._sender = Sender(
                self._database,
                means.relay(),
                owner=owner.id,
                plan=means.plan,
                clock=self._clock,
                watcher=means.watcher,
                patient=False,
            )
            handing = asyncio.create_task(self._sender.run([record.id for record in records]))
            try:
                await self._while_it_runs(handing, self._sender)
            except asyncio.CancelledError:
                handing.cancel()
                await asyncio.gather(handing, return_exceptions=True)
                raise
        finally:
            self._sender = None
            owner.close()

    async def _while_it_runs(self, handing: asyncio.Task[Any], sender: Sender) -> None:
        next_slot = await asyncio.to_thread(self._next_slot)
        while not (await asyncio.wait({handing}, timeout=BREATH))[0]:
            await self._watch()
            if self._stopping.is_set() or (next_slot is not None and self._clock.now() >= next_slot):
                sender.stop()
        await handing

    def _wind_up(self, records: Sequence[ReleaseRecord]) -> None:
        """Mark what is done, and have the registers written."""
        now = self._clock.now()
        for record in records:
            wind_up(self._database, record, self._order, watcher=self._means.watcher, now=now)
        self._means.progress.handed_over(list(dict.fromkeys(record.slug for record in records)))

    async def _watch(self) -> None:
        """Look after the hours of what is being sent: who will be late, and the telephone list at set moments."""
        for slug, records in (await asyncio.to_thread(self._watched)).items():
            if slug not in self._vigils:
                self._vigils[slug] = Vigil(
                    self._database,
                    records,
                    clock=self._clock,
                    watcher=self._means.watcher,
                    pace=self._means.pace,
                    alarm=self._means.alarm(slug),
                )
            if self._clock.now() >= self._vigils[slug].next_look:
                await self._vigils[slug].look()

    def _watched(self) -> dict[str, list[ReleaseRecord]]:
        """Return the releases of officers that are being sent, by advisory; the others are watched no more."""
        with self._database.reading() as connection:
            records = [one for one in agenda.being_sent(connection) if one.derived_from is None]
        by_slug: dict[str, list[ReleaseRecord]] = {}
        for record in records:
            by_slug.setdefault(record.slug, []).append(record)
        for slug in set(self._vigils) - set(by_slug):
            del self._vigils[slug]
        return by_slug

    def _next_slot(self) -> datetime | None:
        with self._database.reading() as connection:
            return agenda.next_slot(connection, after=self._clock.now())

    def _next_moment(self) -> datetime:
        """Return when to look again: at the store's next moment, in a while at most, never before now."""
        now = self._clock.now()
        with self._database.reading() as connection:
            moments = [agenda.next_slot(connection, after=now), agenda.next_due(connection)]
        looks = [vigil.next_look for vigil in self._vigils.values()]
        ahead = [at for at in (*moments, *looks) if at is not None and at > now]
        return min([now + self._means.look, *ahead])
