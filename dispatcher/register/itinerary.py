"""What will go when: orders to begin, retries, what follows a release by itself; and what does not go, and why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dispatcher.model import Part
from dispatcher.moments import iso
from dispatcher.outbox import reading
from dispatcher.outbox.derived import count_of
from dispatcher.outbox.deriving import slots
from dispatcher.outbox.onward_returns import onward_standings
from dispatcher.outbox.relations import revised_to, superseded_by
from dispatcher.outbox.states import DeliveryState, ReleaseState
from dispatcher.register.onward_sentences import onward_told

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime, tzinfo

    import sqlalchemy as sa

    from dispatcher.acts import Life
    from dispatcher.messages.drafting import Draft
    from dispatcher.outbox.deriving import Slot
    from dispatcher.outbox.onward_rules import OnwardStanding
    from dispatcher.outbox.records import ReleaseRecord

RETURN = "return"
"""How the line of what a mediator owes is called."""
_AHEAD, _DUE, _OVERDUE = "ahead", "due", "overdue"
_OVER = (ReleaseState.CANCELLED,)
_UNDER_WAY = "their message was under way at the hour"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line of the schedule."""

    advisory: str
    release: int | None
    """None: nothing is prepared yet."""
    act: str
    """original, reminder-1, ...; `retry`: what was refused for now; `return`: what a mediator owes; of a slot that
    is not used its name.
    """
    at: datetime | None
    """None: when an officer lets it go."""
    recipients: int
    to: str
    """Whom of them: all, or unacknowledged."""
    standing: str
    """ahead, waits for approval, skipped, derived as release n, ...; of a return ahead, partial, came, overdue."""
    why: str = ""

    @property
    def is_overdue(self) -> bool:
        """Whether it is a return that was due and did not come, or not whole."""
        return self.standing == _OVERDUE

    def as_json(self, zone: tzinfo) -> dict[str, Any]:
        """Return the entry for programs, its time in `zone`."""
        at = iso(self.at, zone)
        names = ("advisory", "release", "act", "recipients", "to", "standing", "why")
        return {name: getattr(self, name) for name in names} | {"at": at}


def itinerary(connection: sa.Connection, slug: str | None, *, now: datetime, zone: tzinfo) -> list[Entry]:
    """Return the schedule of the prepared releases (of one advisory), in order of time within each.

    `zone` is the one in which what came back from a mediator is told.
    """
    records = [one for one in reading.releases(connection, slug=slug) if one.state not in _OVER]
    by_release = {
        record.id: [slot for slot in slots(connection, records) if slot.record.id == record.id]
        for record in records
    }
    return [
        entry
        for record in records
        if record.derived_from is None
        for entry in (
            *_own(connection, record, now),
            *(one for slot in by_release[record.id] for one in _of_slot(connection, slot, now)),
            *(_of_return(record, one, now, zone) for one in _awaited(connection, records, record)),
            *_passed(record.number, record.id, record.life),
        )
    ]


def planned(draft: Draft, life: Life) -> list[Entry]:
    """Return what would follow a draft if it were prepared now."""
    number = draft.advisory.number
    asked = sum(1 for one in draft.recipients if one.part is Part.TO)
    first = Entry(
        advisory=number,
        release=None,
        act=draft.advisory.act,
        at=None,
        recipients=len(draft.recipients),
        to="all",
        standing="not prepared",
    )
    ahead = [
        Entry(
            advisory=number,
            release=None,
            act=each.act,
            at=each.at,
            recipients=asked,
            to=each.to,
            standing="would follow",
        )
        for each in life.follow_ups
    ]
    return [first, *ahead, *_passed(number, None, life)]


def _own(connection: sa.Connection, record: ReleaseRecord, now: datetime) -> Iterator[Entry]:
    """Yield when the release itself goes, and its retries."""
    count = reading.delivery_count(connection, [record.id])
    if record.state in {ReleaseState.PREPARED, ReleaseState.APPROVED}:
        waits = "waits for approval" if record.state is ReleaseState.PREPARED else "waits for `dispatcher send`"
        standing = "ordered" if record.send_at else waits
        yield _entry(record, act=record.act, at=record.send_at, recipients=count, standing=standing)
    else:
        yield _entry(record, act=record.act, at=None, recipients=count, standing=str(record.state))
    if record.state is ReleaseState.SENDING:
        deferred = reading.state_counts(connection, [record.id]).get(DeliveryState.DEFERRED, 0)
        if deferred:
            at = reading.next_due(connection, [record.id])
            standing, why = (_DUE, "`dispatcher run` or `send` tries it") if at and at <= now else (_AHEAD, "")
            yield _entry(record, act="retry", at=at, recipients=deferred, standing=standing, why=why)


def _of_slot(connection: sa.Connection, slot: Slot, now: datetime) -> Iterator[Entry]:
    """Yield what became of a slot, or will; a line for each release that was derived of it."""
    record, each = slot.record, slot.follow_up
    if slot.derived is None:
        standing, why = _ahead(connection, slot, now)
        count = count_of(connection, record, each) if standing in {_AHEAD, _DUE} else 0
        yield _entry(record, act=each.act, at=each.at, recipients=count, standing=standing, why=why, to=each.to)
        return
    for one in (slot.derived, *slot.supplements):
        count = reading.delivery_count(connection, [one.id])
        at = each.at if one is slot.derived else one.prepared_at
        why = "" if one is slot.derived else _UNDER_WAY
        standing = f"release {one.id}, {one.state}"
        yield _entry(record, act=each.act, at=at, recipients=count, standing=standing, why=why, to=each.to)


def _ahead(connection: sa.Connection, slot: Slot, now: datetime) -> tuple[str, str]:
    record = slot.record
    successor, revision = superseded_by(connection, record.number), revised_to(connection, record)
    if slot.skipped is not None:
        return "skipped", slot.skipped
    if successor is not None:
        return "will be skipped", f"the advisory is out of force, by {successor.number}"
    if revision is not None:
        return "will be skipped", f"revision {revision} took its place"
    if slot.follow_up.at <= now:
        return _DUE, "`dispatcher run` decides on it"
    return _AHEAD, ""


def _awaited(
    connection: sa.Connection, records: Sequence[ReleaseRecord], record: ReleaseRecord
) -> list[OnwardStanding]:
    """Return where the passing on of a release's kit stands, if it is at this release that it is told."""
    same = [one.id for one in records if one.number == record.number]
    replaced = superseded_by(connection, record.number) is not None
    found = onward_standings(connection, same, replaced=replaced)
    return [one for one in found if one.kit.release_id == record.id]


def _of_return(record: ReleaseRecord, standing: OnwardStanding, now: datetime, zone: tzinfo) -> Entry:
    """Return when the return of a mediator is due, and what came of it."""
    came = standing.returned
    told = _AHEAD if came is None else "came" if came.whole else "partial"
    return _entry(
        record,
        act=RETURN,
        at=standing.kit.return_by,
        recipients=0,
        standing=_OVERDUE if standing.overdue(now) else told,
        why=onward_told(standing, now=now, zone=zone)["en"],
        to="",
    )


def _passed(number: str, release: int | None, life: Life) -> Iterator[Entry]:
    for one in life.passed:
        yield Entry(
            advisory=number,
            release=release,
            act=one.slot,
            at=one.at,
            recipients=0,
            to="",
            standing="not used",
            why=one.why,
        )


def _entry(
    record: ReleaseRecord,
    *,
    act: str,
    at: datetime | None,
    recipients: int,
    standing: str,
    why: str = "",
    to: str = "all",
) -> Entry:
    return Entry(
        advisory=record.number,
        release=record.id,
        act=act,
        at=at,
        recipients=recipients,
        to=to,
        standing=standing,
        why=why,
    )
