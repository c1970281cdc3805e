"""The register of numbers in the store: each reserved when its advisory is prepared, or recorded as not used."""

from __future__ import annotations

import json
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from dispatcher.errors import Refused
from dispatcher.outbox.ledger import Ledger
from dispatcher.outbox.numbers import Entry, described, is_others
from dispatcher.outbox.record_rows import moment
from dispatcher.outbox.schema import event, issue, registered_number, release
from dispatcher.outbox.states import ReleaseState

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dispatcher.model import Advisory
    from dispatcher.outbox.database import Database


_PASSED_ON = sa.select(event.c.release_id).where(event.c.kind == "prepared", event.c.data.contains('"origin": {'))
"""Releases of advisories that came in a kit."""
UNUSED, TAKEN_BACK = "number_unused", "number_taken_back"
"""Events of the register of numbers. They stand in the chain of the release that was the newest then."""


def reserve(connection: sa.Connection, advisory: Advisory, *, by: str, now: float) -> None:
    """Reserve the number of an advisory; one that is its own already keeps who reserved it, and when.

    Raises Refused where the number is another advisory's, or recorded as not used.
    """
    same = registered_number.c.number == advisory.number
    found = connection.execute(sa.select(registered_number).where(same)).mappings().first()
    values = {
        "kind": advisory.kind,
        "issued": advisory.issued.isoformat(),
        "subject": json.dumps(dict(advisory.subject), ensure_ascii=False),
    }
    if found is None:
        reserved = {"number": advisory.number, "at": now, "by": by, **values}
        connection.execute(sa.insert(registered_number).values(reserved))
        return
    entry = _entry(found)
    if entry.reason is not None:
        raise Refused(f"{_not_used(entry)}; take the next number. `dispatcher register` lists them")
    if is_others(entry, advisory):
        raise Refused(
            f"number {entry.number} is another advisory's ({described(entry)}); take the next number. "
            "`dispatcher register` lists them"
        )
    connection.execute(sa.update(registered_number).where(same).values(values))


def record_unused(database: Database, number: str, *, reason: str, by: str, now: datetime) -> None:
    """Record why a number was not used; it cannot be used any more then. Raises Refused where it is used."""
    with database.writing() as connection:
        for entry in entries(connection):
            if entry.number == number and entry.reason is not None:
                raise Refused(f"{_not_used(entry)}; that stands")
            if entry.number == number:
                raise Refused(f"number {number} is used; `dispatcher register` shows by which advisory")
        values: Mapping[str, Any] = {"number": number, "reason": reason, "at": now.timestamp(), "by": by}
        connection.execute(sa.insert(registered_number).values(values))
        _note(connection, UNUSED, {"number": number, "reason": reason}, by=by, at=now.timestamp())


def take_back_unused(database: Database, number: str, *, reason: str, by: str, now: datetime) -> str:
    """Take back that a number was not used: it is free again. Return why it had not been used.

    What was recorded, by whom and when, stays in the event. Raises Refused where nothing of it is recorded, or no
    release is there whose chain could keep it.
    """
    same = registered_number.c.number == number
    with database.writing() as connection:
        found = connection.execute(sa.select(registered_number).where(same)).mappings().first()
        entry = _entry(found) if found else None
        if entry is None or entry.reason is None:
            raise Refused(
                f"number {number} is not recorded as not used; `dispatcher register` lists those that are"
            )
        was = {"reason": entry.reason, "by": entry.by, "at": entry.at.isoformat()}
        data = {"number": number, "reason": reason, "was": was}
        if not _note(connection, TAKEN_BACK, data, by=by, at=now.timestamp()):
            raise Refused(
                f"number {number}: nothing was prepared here yet, so there is no record that could keep why it is "
                "taken back; please prepare the first advisory before"
            )
        connection.execute(sa.delete(registered_number).where(same))
    return entry.reason


def _note(connection: sa.Connection, kind: str, data: Mapping[str, Any], *, by: str, at: float) -> bool:
    """Append an event of the register to the chain of the newest release; tell whether there is one."""
    newest = sa.select(sa.func.max(release.c.id)).where(release.c.state != ReleaseState.PREPARING)
    release_id = connection.execute(newest).scalar()
    if release_id is None:
        return False
    ledger = Ledger()
    ledger.event(release_id, kind, at=at, actor=by, data=data)
    ledger.append(connection, at=at)
    return True


def entries(connection: sa.Connection) -> list[Entry]:
    """Return every number of the register; those of releases from before there was one, too.

    Not those of advisories that another office issued and this one passed on.
    """
    found = [_entry(row) for row in connection.execute(sa.select(registered_number)).mappings()]
    known = sa.select(registered_number.c.number)
    earlier = (
        sa.select(issue.c.number, sa.func.min(release.c.prepared_at), sa.func.min(release.c.made_by))
        .join(release, release.c.issue_id == issue.c.id)
        .where(issue.c.number.not_in(known), release.c.id.not_in(_PASSED_ON))
        .group_by(issue.c.number)
    )
    for number, at, by in connection.execute(earlier):
        found.append(Entry(number=number, kind=None, issued=None, subject={}, reason=None, at=moment(at), by=by))
    return found


def passed_on(connection: sa.Connection) -> frozenset[int]:
    """Return the releases of advisories that another office issued and this one passed on."""
    return frozenset(connection.execute(_PASSED_ON).scalars())


def _entry(row: sa.RowMapping) -> Entry:
    return Entry(
        number=row["number"],
        kind=row["kind"],
        issued=date.fromisoformat(row["issued"]) if row["issued"] else None,
        subject=json.loads(row["subject"]) if row["subject"] else {},
        reason=row["reason"],
        at=moment(row["at"]),
        by=row["by"],
    )


def _not_used(entry: Entry) -> str:
    return f"number {entry.number} is recorded as not used ({entry.reason}; {entry.by}, {entry.at:%d.%m.%Y})"
