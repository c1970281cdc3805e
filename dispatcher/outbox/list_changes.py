"""Lists of recipients compared in the store, however long they are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from dispatcher.outbox.changes import NAMED, ListChanges, Named
from dispatcher.outbox.schema import delivery
from dispatcher.outbox.states import CLAIMS_ADDRESS, DeliveryState

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

_STREAM: Mapping[str, Any] = {"yield_per": 2000}
_ADDRESS = sa.func.lower(delivery.c.address)
_ENTRY = _ADDRESS + "\n" + delivery.c.recipient


def between(connection: sa.Connection, before: int, after: int) -> ListChanges:
    """Return what differs between the recipients of two releases."""
    gone = sa.and_(delivery.c.release_id == before, _ADDRESS.not_in(_all_of(after, _ADDRESS)))
    new = sa.and_(delivery.c.release_id == after, _ADDRESS.not_in(_all_of(before, _ADDRESS)))
    other = sa.and_(
        delivery.c.release_id == after,
        _ADDRESS.in_(_all_of(before, _ADDRESS)),
        _ENTRY.not_in(_all_of(before, _ENTRY)),
    )
    return ListChanges(
        added=_named(connection, new), removed=_named(connection, gone), changed=_named(connection, other)
    )


def from_sheets(
    connection: sa.Connection, releases: Collection[int], waiting: Collection[int], now: Mapping[str, str]
) -> ListChanges:
    """Return how the lists of today differ from what was frozen.

    `releases` are those of the act: whoever is in none of them is added. `waiting` are those of them that did not
    begin: removed or changed is who stands in them, not cancelled, and not or otherwise on the lists. `now`: the
    address, casefolded -> the recipient as it would be frozen (freezing.frozen_recipient).
    """
    columns = (delivery.c.release_id, delivery.c.address, delivery.c.recipient, delivery.c.state)
    rows = connection.execute(
        sa.select(*columns).where(delivery.c.release_id.in_(releases)).order_by(delivery.c.seq),
        execution_options=_STREAM,
    )
    left, removed, changed = dict.fromkeys(now), [], []
    for release_id, address, recipient, state in rows:
        key = address.casefold()
        left.pop(key, None)
        if release_id not in waiting or DeliveryState(state) not in CLAIMS_ADDRESS:
            continue
        if key not in now:
            removed.append(address)
        elif now[key] != recipient:
            changed.append(address)
    return ListChanges(added=_first(left), removed=_first(removed), changed=_first(changed))


def _all_of(release_id: int, column: sa.ColumnElement[str]) -> sa.Select[str]:
    return sa.select(column).where(delivery.c.release_id == release_id)


def _named(connection: sa.Connection, which: sa.ColumnElement[bool]) -> Named:
    count = connection.execute(sa.select(sa.func.count()).select_from(delivery).where(which)).scalar_one()
    if not count:
        return Named()
    first = sa.select(delivery.c.address).where(which).order_by(delivery.c.seq).limit(NAMED)
    return Named(count, tuple(connection.execute(first).scalars()))


def _first(addresses: Iterable[str]) -> Named:
    listed = list(addresses)
    return Named(len(listed), tuple(listed[:NAMED]))
