"""What later advisories do to an earlier one: which is superseded, withdrawn or corrected, and by which."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from dispatcher.acts import REVISIONS, SUCCESSIONS
from dispatcher.outbox.records import Successor
from dispatcher.outbox.schema import issue, release
from dispatcher.outbox.states import IN_FORCE, ReleaseState

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dispatcher.model import Advisory
    from dispatcher.outbox.records import ReleaseRecord


def current(records: Sequence[ReleaseRecord]) -> list[ReleaseRecord]:
    """Return the releases of an advisory by which an office is told: what officers prepared of the revision.

    Reminders and notices come on top of these; a corrigendum or an addendum in force takes the place of what was
    before it.
    """
    own = [one for one in records if one.derived_from is None]
    revisions = [one.revision for one in own if one.relation in REVISIONS and one.in_force]
    newest = max(revisions, default=None)
    return own if newest is None else [one for one in own if one.revision >= newest]


def revision_in_force(records: Sequence[ReleaseRecord]) -> int:
    """Return the newest revision of an advisory that is in force; the first one before any is."""
    return max((one.revision for one in records if one.in_force), default=0)


def superseded_by(connection: sa.Connection, number: str) -> Successor | None:
    """Return what superseded or withdrew an advisory, the newest where there are several; None while it holds."""
    wanted = (
        sa.select(release.c.relation, issue.c.number, release.c.slug)
        .join(issue, issue.c.id == release.c.issue_id)
        .where(release.c.target == number, release.c.relation.in_(SUCCESSIONS), _in_force())
        .order_by(release.c.id.desc())
    )
    row = connection.execute(wanted.limit(1)).first()
    return Successor(row.relation, row.number, row.slug) if row else None


def revised_to(connection: sa.Connection, record: ReleaseRecord | Advisory) -> int | None:
    """Return the revision in force that replaces that of a release or draft; None where its own is the newest."""
    newest = (
        sa.select(sa.func.max(issue.c.revision))
        .join(release, release.c.issue_id == issue.c.id)
        .where(
            issue.c.number == record.number,
            issue.c.revision > record.revision,
            release.c.relation.in_(REVISIONS),
            _in_force(),
        )
    )
    return connection.execute(newest).scalar()


def revision_before(connection: sa.Connection, advisory: Advisory) -> int | None:
    """Return the newest earlier revision in force of an advisory; None where it has none."""
    newest = (
        sa.select(sa.func.max(issue.c.revision))
        .join(release, release.c.issue_id == issue.c.id)
        .where(issue.c.number == advisory.number, issue.c.revision < advisory.revision, _in_force())
    )
    return connection.execute(newest).scalar()


def _in_force() -> sa.ColumnElement[bool]:
    """Return the condition that a release is in force, as its record says it."""
    held = sa.and_(release.c.state == ReleaseState.PAUSED, release.c.paused_from.in_(IN_FORCE))
    return sa.or_(release.c.state.in_(IN_FORCE), held)
