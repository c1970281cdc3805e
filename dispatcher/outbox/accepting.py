"""The use case `recipients accept`: a reviewed import recorded; and the gate of `prepare` that asks for it."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from dispatcher.errors import InputProblems, Refused
from dispatcher.outbox.acceptance import AcceptedList, refusals
from dispatcher.outbox.schema import accepted_entry, accepted_list, accepted_repair
from dispatcher.recipients.lists import Listed, RecipientList, Repair

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import tzinfo

    from dispatcher.outbox.acceptance import Imported
    from dispatcher.outbox.database import Database


def accept(database: Database, one: Imported, *, by: str, now: datetime) -> AcceptedList:
    """Record that `by` accepts the list as it was shown, its repairs with it.

    Raises InputProblems where its sheet has errors, Refused where somebody accepted another since it was shown.
    """
    if one.errors:
        raise InputProblems(one.errors)
    listed = one.listed
    with database.writing() as connection:
        if _newest_id(connection, listed.audience) != (one.accepted.id if one.accepted else None):
            raise Refused(f"{listed.audience}: somebody else accepted a list meanwhile; please look again")
        values = {
            **{name: getattr(listed, name) for name in ("audience", "file", "tab", "file_hash")},
            "accepted_at": now.timestamp(),
            "accepted_by": by,
        }
        new: int = connection.execute(
            sa.insert(accepted_list).values(values).returning(accepted_list.c.id)
        ).scalar_one()
        _append(connection, accepted_entry, new, [_entry_row(entry) for entry in listed.entries])
        _append(connection, accepted_repair, new, [_repair_row(repair) for repair in listed.repairs])
    return AcceptedList(id=new, listed=listed, accepted_at=now, accepted_by=by)


def refuse_unaccepted(imports: Sequence[Imported], *, zone: tzinfo) -> None:
    """Raise InputProblems, both languages, where a list is not as it was accepted or has repairs to confirm."""
    found = refusals(imports, zone=zone)
    if found:
        raise InputProblems(found)


def newest_lists(connection: sa.Connection) -> dict[str, AcceptedList]:
    """Return the list of each audience that counts: the one accepted last."""
    newest = sa.select(sa.func.max(accepted_list.c.id)).group_by(accepted_list.c.audience)
    return {one.listed.audience: one for one in _lists(connection, accepted_list.c.id.in_(newest))}


def history(connection: sa.Connection, audience: str) -> list[AcceptedList]:
    """Return every list that was ever accepted for an audience, oldest first."""
    return _lists(connection, accepted_list.c.audience == audience)


def _lists(connection: sa.Connection, which: sa.ColumnElement[bool]) -> list[AcceptedList]:
    heads = connection.execute(sa.select(accepted_list).where(which).order_by(accepted_list.c.id)).all()
    return [
        AcceptedList(
            id=head.id,
            listed=RecipientList(
                audience=head.audience,
                file=head.file,
                tab=head.tab,
                file_hash=head.file_hash,
                entries=tuple(_entry(row) for row in _rows(connection, accepted_entry, head.id)),
                repairs=tuple(_repair(row) for row in _rows(connection, accepted_repair, head.id)),
            ),
            accepted_at=datetime.fromtimestamp(head.accepted_at, UTC),
            accepted_by=head.accepted_by,
        )
        for head in heads
    ]


def _newest_id(connection: sa.Connection, audience: str) -> int | None:
    newest = sa.select(sa.func.max(accepted_list.c.id)).where(accepted_list.c.audience == audience)
    found: int | None = connection.execute(newest).scalar()
    return found


def _append(connection: sa.Connection, table: sa.Table, list_id: int, rows: Sequence[dict[str, Any]]) -> None:
    if rows:
        numbered = [{"list_id": list_id, "n": n, **row} for n, row in enumerate(rows, start=1)]
        connection.execute(sa.insert(table), numbered)


def _rows(connection: sa.Connection, table: sa.Table, list_id: int) -> Sequence[sa.Row[Any]]:
    return connection.execute(sa.select(table).where(table.c.list_id == list_id).order_by(table.c.n)).all()


def _entry_row(entry: Listed) -> dict[str, Any]:
    return {
        "identity": entry.identity,
        "address": entry.address,
        "places": _json(list(entry.places)),
        "designation": _json(dict(entry.designation)),
        "organisation": _json(dict(entry.organisation)),
        "main": entry.primary,
        "cell": entry.cell,
    }


def _entry(row: sa.Row[Any]) -> Listed:
    return Listed(
        address=row.address,
        places=tuple(json.loads(row.places)),
        designation=json.loads(row.designation),
        organisation=json.loads(row.organisation),
        primary=row.main,
        cell=row.cell,
    )


def _repair_row(repair: Repair) -> dict[str, Any]:
    return asdict(repair)


def _repair(row: sa.Row[Any]) -> Repair:
    return Repair(row.code, row.tab, row.cell, row.value, row.read)


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
