"""The register of numbers compared with what the chains of the releases keep: what `verify` says of it.

A register from before its events were kept, or of a store in which nothing was prepared, has less to compare.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NamedTuple

import sqlalchemy as sa

from dispatcher.errors import StoreError
from dispatcher.model import slug_of
from dispatcher.outbox.releases import frozen_inputs
from dispatcher.outbox.replay import shown
from dispatcher.outbox.reserving import TAKEN_BACK, UNUSED, passed_on
from dispatcher.outbox.schema import event, issue, registered_number, release
from dispatcher.outbox.states import ReleaseState
from dispatcher.outbox.verifying import UNREADABLE, Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

_CHANGED = "the register of numbers was changed past the program; compare with a backup"
_OR_BROKEN_OFF = "compare with a backup; where a `prepare` of it was broken off since, run `prepare` again"


class _Own(NamedTuple):
    """The newest release that bears a number."""

    id: int
    prepared_at: float


def number_findings(connection: sa.Connection, *, slug: str | None) -> Iterator[Finding]:
    """Yield what the register says of a number and the releases do not; `slug`: of that advisory only."""
    try:
        found = list(_findings(connection))
    except UNREADABLE as error:
        said = f"the register of numbers holds what no program wrote there ({error}); it was not verified"
        found = [Finding(release=None, number="", said=said, advice=_CHANGED)]
    for one in found:
        if slug is None or slug_of(one.number) in {"", slug}:
            yield one


def _findings(connection: sa.Connection) -> Iterator[Finding]:
    rows = {row["number"]: row for row in connection.execute(sa.select(registered_number)).mappings()}
    used, last = _used(connection), _last_said(connection)
    began = min((row["at"] for row in rows.values()), default=None)
    for number in sorted({*rows, *used, *last}):
        row, own = rows.get(number), used.get(number)
        if own is not None:
            yield from _of_used(connection, number, own, row, began=began)
        elif number in last:
            yield from _of_unused(number, row, last[number])


def _of_used(
    connection: sa.Connection, number: str, own: _Own, row: sa.RowMapping | None, *, began: float | None
) -> Iterator[Finding]:
    """Yield what is wrong with a number that an advisory bears."""
    if row is None:
        if began is not None and own.prepared_at > began:
            said = f"release {own.id} bears the number {number}, which is not in the register of numbers"
            yield Finding(release=own.id, number=number, said=said, advice=_CHANGED)
        return
    if row["reason"] is not None:
        said = f"the register of numbers has {number} as not used ({row['reason']}), but release {own.id} bears it"
        yield Finding(release=own.id, number=number, said=said, advice=_CHANGED)
        return
    for column, now, then in _differing(connection, own, row):
        compared = f"is {shown(now)}, in release {own.id} {shown(then)}"
        said = f"the {column} of {number} in the register of numbers {compared}"
        yield Finding(release=own.id, number=number, said=said, advice=_OR_BROKEN_OFF)


def _differing(connection: sa.Connection, own: _Own, row: sa.RowMapping) -> Iterator[tuple[str, object, object]]:
    """Yield each column of a number that is not what its newest release was made from."""
    try:
        inputs = frozen_inputs(connection, own.id)
    except StoreError:  # told of the release itself
        return
    if inputs is None:
        return
    subject = json.loads(row["subject"]) if row["subject"] else {}
    for column, now in (("kind", row["kind"]), ("issued", row["issued"]), ("subject", subject)):
        if now != inputs.advisory[column]:
            yield column, now, inputs.advisory[column]


def _of_unused(number: str, row: sa.RowMapping | None, recorded: str | None) -> Iterator[Finding]:
    """Yield what is wrong with a number that no advisory bears; `recorded` is why; None: that was taken back."""
    reason = row["reason"] if row is not None else None
    if reason == recorded:
        return
    now = f"does not have {number} as not used" if reason is None else f"has {number} as not used ({reason})"
    then = "that was taken back" if recorded is None else f"recorded was: {recorded}"
    said = f"the register of numbers {now}, but {then}"
    yield Finding(release=None, number=number, said=said, advice=_CHANGED)


def _used(connection: sa.Connection) -> dict[str, _Own]:
    """Return the newest release that officers prepared of each number of this office."""
    wanted = (
        sa.select(issue.c.number, release.c.id, release.c.prepared_at)
        .join(release, release.c.issue_id == issue.c.id)
        .where(release.c.state != ReleaseState.PREPARING, release.c.derived_from.is_(None))
        .order_by(release.c.id)
    )
    others = passed_on(connection)
    return {
        row.number: _Own(row.id, row.prepared_at) for row in connection.execute(wanted) if row.id not in others
    }


def _last_said(connection: sa.Connection) -> dict[str, str | None]:
    """Return what was last recorded of each number: why it is not used, or None where that was taken back."""
    wanted = sa.select(event.c.kind, event.c.data).where(event.c.kind.in_([UNUSED, TAKEN_BACK]))
    last: dict[str, str | None] = {}
    for row in connection.execute(wanted.order_by(event.c.id)):
        data = json.loads(row.data)
        last[data["number"]] = data["reason"] if row.kind == UNUSED else None
    return last
