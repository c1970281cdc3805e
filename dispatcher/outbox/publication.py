"""What is known of the publication of releases: when they began, and what confirmations found on the website."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

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
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from dispatcher.outbox.database import Database
    from dispatcher.outbox.records import Look, ReleaseRecord

PUBLISHED = "published"
"""The kind of event that a look at the website leaves, whatever it found."""


def begun(connection: sa.Connection, *, slug: str | None = None) -> list[Begun]:
    """Return the releases that were let go, oldest first, each with its frozen document.

    With `slug`, those of one advisory and of the later ones that did something to it. Raises StoreError where a
    document is not the one that was frozen.
    """
    since = _let_go(connection)
    records = [one for one in _about(reading.releases(connection), slug) if one.id in since]
    of_records = release.c.id.in_([one.id for one in records])
    domains = {
        row.id: row.message_domain
        for row in connection.execute(sa.select(release.c.id, release.c.message_domain).where(of_records))
    }
    return [
        Begun(record=one, at=since[one.id], domain=domains[one.id], document=frozen_document(connection, one))
        for one in records
    ]


def _about(records: Sequence[ReleaseRecord], slug: str | None) -> list[ReleaseRecord]:
    numbers = {one.number for one in records if one.slug == slug}
    return [one for one in records if slug in {None, one.slug} or one.target in numbers]


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
        **({"lost": dict(look.lost)} if look.lost else {}),
        **({"ended": True} if look.ended else {}),
    }
    ledger = Ledger()
    ledger.event(record.id, PUBLISHED, at=now.timestamp(), actor=by, data=data)
    with database.writing() as connection:
        ledger.append(connection, at=now.timestamp())


def confirmed_pages(connection: sa.Connection, release_ids: Sequence[int]) -> set[str]:
    """Return the addresses of pages on which a language of a revision was once found as released."""
    looks = [look for _, look in _looks(connection, release_ids)]
    return {page for look in looks if any(look["languages"].values()) for page in look["pages"]}


def website_standing(connection: sa.Connection, release_ids: Sequence[int]) -> WebsiteStanding | None:
    """Return what is known of the pages of a revision from the looks at any of its releases; None before any."""
    standing: WebsiteStanding | None = None
    for at, look in _looks(connection, release_ids):
        standing = _after(standing, look, at)
    return standing


def _looks(connection: sa.Connection, release_ids: Sequence[int]) -> Iterator[tuple[datetime, dict[str, Any]]]:
    """Yield moment and data of each look, oldest first."""
    wanted = (
        sa.select(event.c.at, event.c.data)
        .where(event.c.kind == PUBLISHED, event.c.release_id.in_(release_ids))
        .order_by(event.c.at, event.c.id)
    )
    for at, data in connection.execute(wanted):
        yield moment(at), json.loads(data)


def _after(before: WebsiteStanding | None, look: Mapping[str, Any], at: datetime) -> WebsiteStanding:
    """Return what is known after a look: what it did not look for is as it was."""
    before = before or WebsiteStanding(confirmed=(), differing=(), unseen=(), at=at)
    found: dict[str, bool | None] = {}
    found |= dict.fromkeys(before.confirmed, True) | dict.fromkeys(before.differing, False)
    since, lost, right_at = dict(before.since), dict(before.lost), dict(before.right_at)
    for language, right in look["languages"].items():
        why = look.get("lost", {}).get(language)
        if right is None:
            found.setdefault(language, None)
            continue
        if found.get(language) is not right or lost.get(language) != why:
            since[language] = at
        found[language] = right
        lost.pop(language, None)
        lost |= {language: why} if why else {}
        right_at |= {language: at} if right else {}

    def those(wanted: bool | None) -> tuple[str, ...]:  # noqa: FBT001 - what was found of a language
        return tuple(language for language, right in found.items() if right is wanted)

    return WebsiteStanding(
        confirmed=those(True),  # noqa: FBT003
        differing=those(False),  # noqa: FBT003
        unseen=those(None),
        at=at,
        since=since,
        lost=lost,
        right_at=right_at,
        ended=look.get("ended", False),
    )
