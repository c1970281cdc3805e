"""What befell the releases that officers prepared, read from the outbox: for the register of numbers."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import sqlalchemy as sa

from dispatcher.outbox import reading
from dispatcher.outbox.record_rows import moment
from dispatcher.outbox.records import History, Printed
from dispatcher.outbox.releases import frozen_inputs
from dispatcher.outbox.schema import event
from dispatcher.outbox.states import ReleaseState

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

_TURNS = (ReleaseState.SENDING, ReleaseState.DONE, ReleaseState.CANCELLED)
"""Kinds of the events by which a release begins and ends."""


def histories(connection: sa.Connection) -> list[History]:
    """Return every release that officers prepared, oldest first; reminders and notices are of these."""
    turns, accepted = _turns(connection), reading.acceptance_times(connection)
    found = []
    for record in reading.releases(connection):
        if record.derived_from is not None:
            continue
        turned = turns.get(record.id, {})
        first, last = accepted.get(record.id, (None, None))
        began, _ = turned.get(ReleaseState.SENDING, (None, None))
        # a release that is opened again has an earlier end in its chain
        _, ended = turned.get(record.state, (None, None))
        found.append(
            History(
                record=record,
                printed=_printed(connection, record.id),
                began_at=began,
                done_at=ended if record.state is ReleaseState.DONE else None,
                cancelled_at=ended if record.state is ReleaseState.CANCELLED else None,
                first_accepted_at=first,
                last_accepted_at=last,
            )
        )
    return found


def _turns(connection: sa.Connection) -> Mapping[int, Mapping[str, tuple[datetime, datetime]]]:
    """Return, by release and kind of event, when such an event of the release was first, and when it was last."""
    times = (sa.func.min(event.c.at), sa.func.max(event.c.at))
    wanted = sa.select(event.c.release_id, event.c.kind, *times).where(
        event.c.kind.in_(_TURNS),
        event.c.seq.is_(None),  # the others are of single deliveries
    )
    found: dict[int, dict[str, tuple[datetime, datetime]]] = {}
    for release_id, kind, first, last in connection.execute(wanted.group_by(event.c.release_id, event.c.kind)):
        found.setdefault(release_id, {})[kind] = (moment(first), moment(last))
    return found


def _printed(connection: sa.Connection, release_id: int) -> Printed | None:
    inputs = frozen_inputs(connection, release_id)
    if inputs is None:
        return None
    told = inputs.advisory
    dated = (told["relation"] or {}).get("dated") or told["issued"]
    return Printed(told["kind"], date.fromisoformat(dated), told["subject"])
