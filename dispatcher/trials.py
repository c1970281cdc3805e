"""What shows an advisory before it goes: preview, specimens, rehearsal, demo. Part of the composition root.

It loads its edges when it runs, as in app.py.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING

from dispatcher import workspace
from dispatcher.deadlines import Deadlines
from dispatcher.issuing import Issuing
from dispatcher.use_cases import UseCases, now, run

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from dispatcher.config import Settings
    from dispatcher.delivery.clock import Clock
    from dispatcher.delivery.rehearsing import Officers
    from dispatcher.delivery.sink import Fault
    from dispatcher.delivery.watching import Watcher
    from dispatcher.errors import Problem
    from dispatcher.issuing import Issued
    from dispatcher.messages.drafting import Draft
    from dispatcher.outbox.database import Database
    from dispatcher.outbox.records import DeliveryRecord
    from dispatcher.register.itinerary import Entry
    from dispatcher.register.status import Summary

STORE = "outbox.db"
FOLLOWED = "following"
"""In a rehearsal's folder: the messages of what follows the advisory by itself."""
MOST_FOLLOWED = 500
"""Recipients up to which a rehearsal goes on by itself: each reminder takes as long, and as much room, as it."""
REHEARSAL = "REHEARSAL"
"""Stands before the title of what a rehearsal or the demo writes."""
EVENING = time(21, 10)
"""At this hour of its date a rehearsal of a past advisory begins."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Previewed:
    """The page to open, and what `prepare` would still ask for."""

    page: Path
    unaccepted: tuple[Problem, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehearsed:
    """What a rehearsal or the demo left, and where."""

    store: Path
    received: Path
    register: Path
    preview: Path
    began: datetime
    summary: Summary
    deliveries: tuple[DeliveryRecord, ...] = ()
    """Every one of the demo, which has few; none of a rehearsal."""
    unaccepted: tuple[Problem, ...] = ()
    """What `prepare` would still ask for."""
    following: tuple[Entry, ...] = ()
    """What followed by itself, and what would not and why; of a rehearsal only."""
    followed: Path | None = None
    """Where its messages are."""


class Trials(UseCases):
    """An advisory as it would go out, to look at and to try."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self.deadlines = Deadlines(settings)
        self.issuing = Issuing(settings)

    def preview(self, reference: str) -> Previewed:
        """Write the pages that show every distinct message, and the PDF. Raises InputProblems, TemplateError."""
        issued = self.issuing.to_look_at(reference)
        page = self._write_preview(issued, self.folder(reference) / "preview", began=now())
        return Previewed(page=page, unaccepted=issued.unaccepted)

    def preview_by_mail(self, reference: str, *, to: str) -> int:
        """Mail one message per audience, marked as a specimen, to an own officer; return how many."""
        from dispatcher.delivery.specimens import mail_specimens
        from dispatcher.messages.preview import specimens

        draft = self.issuing.to_look_at(reference).draft
        messages = specimens(draft, to=to, now=datetime.now(self.zone))
        run(mail_specimens(self.settings.relay(), messages, mail_from=draft.sender.envelope_from, to=to))
        return len(messages)

    def rehearse(
        self, reference: str, *, as_of: datetime | None, by: str, watcher: Watcher, follow: bool | None = None
    ) -> Rehearsed:
        """Run the advisory into the built-in sink, on a clock of its own, in a store of its own.

        `follow`: also what follows it by itself, as if nobody acknowledged; None: where they are not very many.
        """
        from dispatcher.delivery.clock import HandedClock
        from dispatcher.delivery.rehearsing import Officers

        issued = self.issuing.to_look_at(reference)
        place = workspace.clear(self.folder(reference) / "rehearsal")
        clock = HandedClock(as_of or self._evening(issued.draft))
        acting = Officers(maker=by, approver=f"{by} (rehearsal)")
        done = self._run_into_sink(issued, place, place, clock=clock, acting=acting, faults={}, watcher=watcher)
        if len(issued.draft.recipients) <= MOST_FOLLOWED if follow is None else follow:
            following = self._follow(issued.draft, place, acting, clock=clock, watcher=watcher)
            done = replace(done, following=following, followed=place / FOLLOWED)
        return replace(done, unaccepted=issued.unaccepted)

    def demo(self, *, faults: Mapping[str, Fault], began: datetime, watcher: Watcher) -> Rehearsed:
        """Run the sample advisory into a sink that misbehaves as arranged, with two specimen officers.

        The maker accepts every list first, in the demo's own store; a key made on the spot signs the document.
        """
        from dispatcher.advisories.document import Mark
        from dispatcher.delivery.clock import HandedClock
        from dispatcher.delivery.rehearsing import Officers
        from dispatcher.register.standing import deliveries_of

        draft, _mailed = self.issuing.draft(workspace.SAMPLE, {})
        place = workspace.clear(self.root / "outbox" / "demo")
        acting = Officers(maker="specimen-maker", approver="specimen-approver")
        self._accept_all(place, by=acting.maker, now=began)
        beside = place / workspace.SAMPLE
        document = self.issuing.official.specimen(draft, at=began)
        done = self._run_into_sink(
            self.issuing.issued(draft, Mark.SPECIMEN, document=document),
            place,
            beside,
            clock=HandedClock(began),
            acting=acting,
            faults=faults,
            watcher=watcher,
        )
        with self.store(_store_in(place)) as database:
            return replace(done, deliveries=tuple(deliveries_of(database, draft.advisory.slug)))

    def _accept_all(self, place: Path, *, by: str, now: datetime) -> None:
        from dispatcher.intake import read_sheets
        from dispatcher.outbox.accepting import accept

        with self.store(_store_in(place)) as database:
            for one in read_sheets(self.settings, self.settings.audiences, accepted={}).imports:
                accept(database, one, by=by, now=now)

    def _write_preview(self, issued: Issued, folder: Path, *, began: datetime) -> Path:
        from dispatcher.files import write_tree
        from dispatcher.messages.preview import pages
        from dispatcher.outbox.preparing import life_of_draft

        kit_files = {path: content for path, content in issued.files.items() if "/" in path}
        life = life_of_draft(issued.draft, now=began, plan=self.settings.retry_plan)
        made = pages(issued.draft, now=datetime.now(self.zone), kit_files=kit_files, follow_ups=life.follow_ups)
        write_tree(workspace.clear(folder), made)
        return folder / "index.html"

    def _run_into_sink(
        self,
        issued: Issued,
        place: Path,
        beside: Path,
        *,
        clock: Clock,
        acting: Officers,
        faults: Mapping[str, Fault],
        watcher: Watcher,
    ) -> Rehearsed:
        """Rehearse with store and received messages in `place`, register and preview in `beside`."""
        from dispatcher.delivery.rehearsing import rehearse
        from dispatcher.delivery.sink import Sink
        from dispatcher.register.standing import summary_of

        began, received, slug = clock.now(), place / "received", issued.draft.advisory.slug
        preview = self._write_preview(issued, beside / "preview", began=began)
        with self.store(_store_in(place)) as database:
            run(
                rehearse(
                    database,
                    issued.draft,
                    officers=acting,
                    sink=Sink(received, faults=faults),
                    plan=self.settings.retry_plan,
                    clock=clock,
                    watcher=watcher,
                    alarm=self.deadlines.alarm(beside, marked=REHEARSAL),
                )
            )
            register = self.write_register(database, slug, beside, marked=REHEARSAL)
            summary = summary_of(database, slug)
        store = place / STORE
        return Rehearsed(
            store=store, received=received, register=register, preview=preview, began=began, summary=summary
        )

    def _follow(
        self, draft: Draft, place: Path, acting: Officers, *, clock: Clock, watcher: Watcher
    ) -> tuple[Entry, ...]:
        """Live on until nothing follows any more; return what followed, and what did not and why."""
        from dispatcher.delivery.rehearsing import CONNECTIONS, Unwatched, follow, order_of
        from dispatcher.delivery.running import Means
        from dispatcher.delivery.sink import Sink
        from dispatcher.register.itinerary import RETURN, itinerary

        sink = Sink(place / FOLLOWED)
        unwatched = Unwatched(watcher)
        means = Means(
            relay=lambda: replace(sink.relay, max_connections=CONNECTIONS),
            plan=self.settings.retry_plan,
            clock=clock,
            watcher=unwatched,
            progress=unwatched,
            pace=None,
            alarm=lambda _slug: self.deadlines.alarm(place, marked=REHEARSAL),
            must_stand=lambda _database, _slug: None,
            catch_up_within=timedelta(minutes=self.settings.reminders_plan.catch_up_within),
        )

        async def followed(database: Database) -> None:
            async with sink:
                await follow(database, order_of(draft, acting), means)

        with self.store(_store_in(place)) as database:
            run(followed(database))
            with database.reading() as connection:
                entries = itinerary(connection, draft.advisory.slug, now=clock.now(), zone=self.zone)
        return tuple(one for one in entries if one.act not in {draft.advisory.act, RETURN})

    def _evening(self, draft: Draft) -> datetime:
        """Return now, or the evening of the advisory's date where its hour is past."""
        if now() < draft.advisory.notify_before:
            return now()
        return datetime.combine(draft.advisory.dated, EVENING, self.zone)


def _store_in(place: Path) -> str:
    return f"sqlite:///{(place / STORE).as_posix()}"
