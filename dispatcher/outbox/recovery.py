"""What a dispatcher that died left in the store, put in order."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from dispatcher.outbox import leases
from dispatcher.outbox.owners import is_dead

if TYPE_CHECKING:
    from datetime import datetime

    from dispatcher.outbox.database import Database


def free_dead(database: Database, *, now: datetime) -> int:
    """End the leases of dispatchers that died; return how many deliveries are in doubt because of it."""
    dead = partial(is_dead, database.folder)
    with database.reading() as connection:
        if not leases.abandoned(connection, is_dead=dead):
            return 0
    with database.writing() as connection:
        return leases.free_dead(connection, is_dead=dead, by="recovery", now=now.timestamp())
