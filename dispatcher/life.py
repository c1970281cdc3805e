"""An advisory's life once it is out: what will go when, and what makes it go. Part of the composition root.

Each use case loads its edges when it runs, as in app.py.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from dispatcher.deadlines import Deadlines
from dispatcher.errors import Refused, UsageError
from dispatcher.moments import moment
from dispatcher.use_cases import UseCases, now, run

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from dispatcher.config import Settings
    from dispatcher.delivery.vigil import Alarm
    from dispatcher.delivery.watching import Watcher
    from dispatcher.messages.drafting import Draft
    from dispatcher.outbox.database import Database
    from dispatcher.outbox.deriving import Slot
    from dispatcher.outbox.records import ReleaseRecord
    from dispatcher.register.itinerary import Entry


class Lives(UseCases):
    """The lives of the advisories of one workspace."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self.deadlines = Deadlines(settings)

    def schedule(self, reference: str | None) -> list[Entry]:
        """Return what will go when, of one advisory or of all; of one that is not prepared, what would.

        Raises InputProblems for one that is not prepared and has errors.
        """
        from dispatcher.outbox.database import is_begun
        from dispatcher.register.itinerary import itinerary, planned

        slug = self.folder(reference).name if reference else None
        found: list[Entry] = []
        if is_begun(self.settings.store_url, root=self.root):
            with self.store() as database, database.reading() as connection:
                found = itinerary(connection, slug, now=now(), zone=self.zone)
        if reference and not found:
            from dispatcher.outbox.preparing import life_of_draft

            draft, moment = self._draft(reference), now()
            return planned(draft, life_of_draft(draft, now=moment, plan=self.settings.retry_plan))
        return found

    def order(self, reference: str, *, at: datetime | None, by: str) -> list[ReleaseRecord]:
        """Have `run` begin the approved releases of an advisory at a time; None takes an order back.

        Raises Refused where a gate of `send` says no, or the hour comes first.
        """
        from dispatcher.delivery.sending import through_gates
        from dispatcher.outbox import interventions
        from dispatcher.outbox.states import ReleaseState

        self.must_be_officer(by)
        with self.store() as database:
            records = through_gates(self.prepared(database, reference), self.order_by(by), now=now())
            waiting = [
                one for one in records if one.state is not ReleaseState.SENDING and one.derived_from is None
            ]
            if not waiting:
                raise Refused(f"{reference}: nothing waits to be begun; `dispatcher status {reference}` shows it")
            for record in waiting:
                self._must_be_in_time(record, at)
                interventions.order_for(database, record, at=at, by=by, now=now())
        return waiting

    def stop(self, reference: str, *, by: str, reason: str) -> int:
        """Have nothing follow an advisory any more by itself; return how many messages' slots that were.

        Raises Refused where nothing would.
        """
        from dispatcher.outbox.deriving import stop

        self.must_be_officer(by)
        with self.store() as database:
            count = stop(database, self.prepared(database, reference), by=by, reason=reason, now=now())
        if not count:
            raise Refused(
                f"{reference}: nothing is to follow it by itself; `dispatcher schedule {reference}` shows it"
            )
        return count

    def run(self, *, by: str, once: bool, watcher: Watcher, told: Callable[[str], None]) -> None:
        """Hand over whatever falls due, of every advisory, until a signal ends it; `once`: what is due now.

        `told` is given a sentence for what begins by itself. Raises StoreError; with `once` ChannelError too.
        """
        from dispatcher.approving import Approving
        from dispatcher.delivery.clock import RealClock
        from dispatcher.delivery.running import Means, Runner
        from dispatcher.delivery.sending import signals

        with self.store() as database:
            means = Means(
                relay=self.settings.relay,
                plan=self.settings.retry_plan,
                clock=RealClock(),
                watcher=watcher,
                pace=self.settings.rate_per_minute,
                progress=_Progress(self, database, told),
                alarm=self._alarm,
                must_stand=Approving(self.settings).must_stand,
                catch_up_within=timedelta(minutes=self.settings.reminders_plan.catch_up_within),
            )

            async def guarded() -> None:
                runner = Runner(database, self.order_by(by), means)
                with signals(runner.stop):
                    await runner.run(once=once)

            run(guarded())

    def keep_register(self, database: Database, slug: str) -> None:
        """Write the register of an advisory and its telephone list, where its folder is still there."""
        folder = self.folder_of(slug)
        if folder.is_dir():
            self.write_register(database, slug, folder)
            self.deadlines.refresh_untold(database, slug)

    def _alarm(self, slug: str) -> Alarm:
        return self.deadlines.alarm(self.folder_of(slug))

    def _must_be_in_time(self, record: ReleaseRecord, at: datetime | None) -> None:
        if at is None:
            return
        hour = moment(record.notify_before, self.zone)
        if at >= record.notify_before:
            raise UsageError(f"release {record.id} of {record.number} must be out before its hour, {hour}")
        if at <= now():
            raise UsageError(f"that time has passed; `dispatcher send {record.slug}` lets it go now")

    def _draft(self, reference: str) -> Draft:
        from dispatcher.issuing import Issuing

        issuing = Issuing(self.settings)
        accepted, _told = issuing.lists.accepted_or_told()
        return issuing.draft(reference, accepted)[0]


@dataclass(frozen=True, slots=True)
class _Progress:
    """Keeps the registers of a run and puts into words what it begins by itself."""

    lives: Lives
    database: Database
    told: Callable[[str], None]

    def decided(self, slot: Slot) -> None:
        if slot.skipped is not None:
            self.told(f"{slot.record.number}: no {slot.follow_up.act}: {slot.skipped}")

    def begun(self, record: ReleaseRecord) -> None:
        self.told(f"{record.number}: {record.act}, release {record.id}, goes now")

    def handed_over(self, slugs: Sequence[str]) -> None:
        for slug in slugs:
            self.lives.keep_register(self.database, slug)
            self.told(f"{slug}: the register is written")
