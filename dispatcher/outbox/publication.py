"""What is known of the publication of releases: when they began, and what confirmations found on the website."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import sqlalchemy as sa

from dispatcher.errors import StoreError
from dispatcher.model import OfficialDocument
from dispatcher.outbox import reading
from dispatcher.outbox.ledger import Ledger
from dispatcher.outbox.record_rows import moment
from dispatcher.outbox.records import Begun, WebsiteStanding
from dispatcher.outbox.schema import event, octets, release
from dispatcher.outbox.states import ReleaseState

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from dispatcher.outbox.database import Database
    from dispatcher.outbox.records import Look, ReleaseRecord

PUBLISHED = "published"
"""The kind of event that a look at the website leaves, whatever it found."""


def begun(connection: sa.Connection, *, slug: str | None = None) -> list[Begun]:
    """Return the releases (of one advisory) that were let go, oldest first, each with its frozen document.

    Raises StoreError where a document is not the one that was frozen.
    """
    since = _let_go(connection)
    records = [one for one in reading.releases(connection, slug=slug) if one.id in since]
    of_records = release.c.id.in_([one.id for one in records])
    domains = {
        row.id: row.message_domain
        for row in connection.execute(sa.select(release.c.id, release.c.message_domain).where(of_records))
    }
    return [
        Begun(record=one, at=since[one.id], domain=domains[one.id], document=frozen_document(connection, one))
        for one in records
    ]


def frozen_document(connection: sa.Connection, record: ReleaseRecord) -> OfficialDocument | None:
    """Return the document as it was frozen with a release; None where it had none. Raises StoreError."""
    told = record.document
    if told is None:
        return None
    content = connection.execute(sa.select(octets.c.content).where(octets.c.hash == told.sha256)).scalar()
    document = OfficialDocument(file_name=told.file_name, content=content or b"", signature=told.signature)
    if document.sha256 != told.sha256:
        raise StoreError(
            f"the PDF of release {record.id} of {record.number} is not in the store as it was frozen; "
            f"`dispatcher verify {record.slug}` tells more"
        )
    return document


def _let_go(connection: sa.Connection) -> dict[int, datetime]:
    first = (
        sa.select(event.c.release_id, sa.func.min(event.c.at))
        .join(release, release.c.id == event.c.release_id)
        .where(event.c.kind == "sending", release.c.state != ReleaseState.CANCELLED)
        .group_by(event.c.release_id)
    )
    return {number: moment(at) for number, at in connection.execute(first)}


def record_look(database: Database, record: ReleaseRecord, look: Look, *, by: str, now: datetime) -> None:
    """Record a look at the website in the chain of a release."""
    data = {
        "pages": list(look.pages),
        "languages": dict(look.languages),
        "faults": list(look.faults),
        "document": look.document,
    }
    ledger = Ledger()
    ledger.event(record.id, PUBLISHED, at=now.timestamp(), actor=by, data=data)
    with database.writing() as connection:
        ledger.append(connection, at=now.timestamp())


def website_standing(connection: sa.Connection, release_ids: Sequence[int]) -> WebsiteStanding | None:
    """Return what is known of the pages of a revision from the looks at any of its releases; None before any."""
    looks = (
        sa.select(event.c.at, event.c.data)
        .where(event.c.kind == PUBLISHED, event.c.release_id.in_(release_ids))
        .order_by(event.c.at, event.c.id)
    )
    found: dict[str, bool | None] = {}
    since: dict[str, datetime] = {}
    newest: float | None = None
    for at, data in connection.execute(looks):
        for language, right in json.loads(data)["languages"].items():
            if right is not None and found.get(language) is not right:
                since[language] = moment(at)
            found[language] = found.get(language) if right is None else right
        newest = at
    if newest is None:
        return None

    def those(wanted: bool | None) -> tuple[str, ...]:  # noqa: FBT001 - what was found of a language
        return tuple(language for language, right in found.items() if right is wanted)

    return WebsiteStanding(
        confirmed=those(True),  # noqa: FBT003
        differing=those(False),  # noqa: FBT003
        unseen=those(None),
        at=moment(newest),
        since=since,
    )
