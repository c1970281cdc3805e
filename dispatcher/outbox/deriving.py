"""What follows a release by itself becomes a release of its own when its time has come: derived, not prepared.

Its messages are composed from the frames that were frozen and approved with the release (derived.py); only whom
they go to is decided now. The derived release itself says that it was derived: no crash leaves it half done.
"""

from __future__ import annotations

import contextlib
import json
from collections import defaultdict
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import sqlalchemy as sa

from dispatcher.acts import IN_EFFECT
from dispatcher.errors import Refused
from dispatcher.outbox import reading
from dispatcher.outbox.derived import derive, lacks_notice
from dispatcher.outbox.ledger import Ledger
from dispatcher.outbox.life import standing
from dispatcher.outbox.owners import has_ended
from dispatcher.outbox.relations import revised_to, superseded_by
from dispatcher.outbox.releases import sweep_unfinished
from dispatcher.outbox.schema import event, issue, release
from dispatcher.outbox.states import ReleaseState

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime, timedelta

    from dispatcher.acts import FollowUp
    from dispatcher.outbox.database import Database
    from dispatcher.outbox.records import ReleaseRecord

SKIPPED = "follow_up_skipped"
"""Kind of the event that a slot was passed over."""
_BEGUN = (ReleaseState.SENDING, ReleaseState.DONE)
_ENDED = (ReleaseState.PAUSED, ReleaseState.CANCELLED)


class Slot(NamedTuple):
    """What follows a release by itself, and what became of it."""

    record: ReleaseRecord
    """The release that it follows."""
    follow_up: FollowUp
    derived: ReleaseRecord | None
    skipped: str | None
    supplements: tuple[ReleaseRecord, ...] = ()
    """What was derived of it later, for who was not told yet when the first was."""

    @property
    def is_open(self) -> bool:
        """Whether it is still to be decided on."""
        return self.derived is None and self.skipped is None


def slots(connection: sa.Connection, records: Sequence[ReleaseRecord]) -> list[Slot]:
    """Return every slot of the releases that have any, in order of time; `records` hold what is derived too."""
    derived: defaultdict[tuple[int | None, str], list[ReleaseRecord]] = defaultdict(list)
    for one in records:
        derived[one.derived_from, one.act].append(one)
    parents = [one for one in records if one.life.follow_ups]
    skipped = _skips(connection, [one.id for one in parents])
    found = []
    for record in parents:
        for each in record.life.follow_ups:
            made = derived[record.id, each.act]
            why = skipped.get((record.id, each.act))
            found.append(Slot(record, each, made[0] if made else None, why, tuple(made[1:])))
    return sorted(found, key=lambda slot: (slot.follow_up.at, slot.record.id))


def open_slots(connection: sa.Connection) -> list[Slot]:
    """Return the slots of all advisories that are still to be decided on, of releases that have begun."""
    records = reading.releases(connection)
    return [one for one in slots(connection, records) if one.is_open and one.record.state in _BEGUN]


def derive_due(database: Database, *, by: str, now: datetime, catch_up_within: timedelta) -> list[Slot]:
    """Derive a release for each slot whose time has come, or pass it over; return what became of them."""
    sweep_unfinished(database, is_dead=partial(has_ended, database))
    with database.reading() as connection:
        due = [one for one in open_slots(connection) if one.follow_up.at <= now]
    decided = [_decided(database, slot, by=by, now=now, catch_up_within=catch_up_within) for slot in due]
    _supplement(database, by=by, now=now, catch_up_within=catch_up_within)
    return decided


def stop(database: Database, records: Sequence[ReleaseRecord], *, by: str, reason: str, now: datetime) -> int:
    """Pass over, by an officer's decision, all that would still follow the releases; return how many slots."""
    with database.reading() as connection:
        ahead = [one for one in slots(connection, records) if one.is_open]
    return sum(_skip(database, slot, f"stopped by {by}: {reason}", by=by, now=now) for slot in ahead)


def _decided(database: Database, slot: Slot, *, by: str, now: datetime, catch_up_within: timedelta) -> Slot:
    record = slot.record
    with database.reading() as connection:
        why = _replaced(connection, record)
    why = why or standing(
        slot.follow_up,
        approved_at=record.approved_at or record.prepared_at,
        now=now,
        catch_up_within=catch_up_within,
    )
    try:
        if why is None and not derive(
            database, record, slot.follow_up, by=by, now=now, proviso=partial(_must_be_open, slot)
        ):
            why = "nobody is left whom it would go to"
    except Refused:  # another dispatcher derives it at this moment, or an officer ended it; the next look tells
        return slot
    if why is not None and _skip(database, slot, why, by=by, now=now):
        return slot._replace(skipped=why)
    return slot


def _supplement(database: Database, *, by: str, now: datetime, catch_up_within: timedelta) -> None:
    """Derive the notice at the hour once more for whose original was under way when it was derived.

    Another process had begun it before the hour, in its first wording, and recorded what became of it after. While
    officers hold the notice, or where they cancelled it, nothing is added to it.
    """
    with database.reading() as connection:
        late = [
            slot
            for slot in slots(connection, reading.releases(connection))
            if _can_be_supplemented(slot, now=now, catch_up_within=catch_up_within)
            and slot.derived is not None
            and _replaced(connection, slot.record) is None
            and lacks_notice(connection, slot.record, slot.follow_up, newest=(slot.derived, *slot.supplements)[-1])
        ]
    for slot in late:
        with contextlib.suppress(Refused):  # another dispatcher does so at this moment, or an officer ended it
            derive(
                database,
                slot.record,
                slot.follow_up,
                by=by,
                now=now,
                proviso=partial(_must_be_open, slot),
                supplement=True,
            )


def _can_be_supplemented(slot: Slot, *, now: datetime, catch_up_within: timedelta) -> bool:
    record, each = slot.record, slot.follow_up
    if each.act != IN_EFFECT or slot.derived is None or slot.skipped is not None or record.state not in _BEGUN:
        return False
    going = all(one.state not in _ENDED for one in (slot.derived, *slot.supplements))
    approved_at = record.approved_at or record.prepared_at
    return going and standing(each, approved_at=approved_at, now=now, catch_up_within=catch_up_within) is None


def _must_be_open(slot: Slot, connection: sa.Connection) -> None:
    """Raise Refused where a slot was passed over, or its advisory replaced, since it was looked at."""
    key = slot.record.id, slot.follow_up.act
    if key in _skips(connection, [slot.record.id]) or _replaced(connection, slot.record):
        raise Refused(f"{slot.follow_up.act} of {slot.record.number} is no longer to follow")


def _replaced(connection: sa.Connection, record: ReleaseRecord) -> str | None:
    """Return why an advisory is followed by nothing any more."""
    successor = superseded_by(connection, record.number)
    if successor is not None:
        return f"the advisory is out of force, by {successor.number}"
    revision = revised_to(connection, record)
    return f"revision {revision} took its place" if revision is not None else None


def _skip(database: Database, slot: Slot, why: str, *, by: str, now: datetime) -> bool:
    """Record that a slot was passed over; False where somebody else did, or derived it, meanwhile."""
    release_id, act = slot.record.id, slot.follow_up.act
    with database.writing() as connection:
        if (release_id, act) in _skips(connection, [release_id]) or _is_derived(connection, release_id, act):
            return False
        ledger = Ledger()
        ledger.event(release_id, SKIPPED, at=now.timestamp(), actor=by, data={"act": act, "why": why})
        ledger.append(connection, at=now.timestamp())
    return True


def _is_derived(connection: sa.Connection, release_id: int, act: str) -> bool:
    made = sa.select(release.c.id).join(issue, issue.c.id == release.c.issue_id)
    of_slot = (release.c.derived_from == release_id, issue.c.act == act)
    return connection.execute(made.where(*of_slot, release.c.state != ReleaseState.PREPARING)).first() is not None


def _skips(connection: sa.Connection, release_ids: Sequence[int]) -> dict[tuple[int, str], str]:
    """Return (release, act) -> why it was passed over."""
    wanted = sa.select(event.c.release_id, event.c.data).where(
        event.c.release_id.in_(release_ids), event.c.kind == SKIPPED
    )
    rows = ((row.release_id, json.loads(row.data)) for row in connection.execute(wanted))
    return {(release_id, told["act"]): told["why"] for release_id, told in rows}
