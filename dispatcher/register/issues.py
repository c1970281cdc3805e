"""Every issue of a number: what it does to which earlier one, and from when until when it was in force. Pure.

An act does what it does from its approval on; without approval, from the moment at which it was let go.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dispatcher.acts import REVISIONS, SUCCESSIONS
from dispatcher.outbox.states import ReleaseState

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from dispatcher.outbox.records import History, ReleaseRecord


@dataclass(frozen=True, slots=True)
class Issue:
    """An act of a revision of a number, with its releases, oldest first: those that stand, else all."""

    releases: tuple[History, ...]

    @property
    def record(self) -> ReleaseRecord:
        """Its newest release, which tells where it stands."""
        return self.releases[-1].record

    @property
    def name(self) -> str:
        """How it is cited: 10/SYS/WZU/2025, or 10/SYS/WZU/2025-R1 of its first revision."""
        return name_of(self.record.number, self.record.revision)

    @property
    def stands(self) -> bool:
        """Whether it was not cancelled as a whole."""
        return self.record.state is not ReleaseState.CANCELLED

    @property
    def since(self) -> datetime | None:
        """From when on it was in force; None of what never was."""
        return min((at for one in self.releases if (at := _since(one))), default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """An issue among all others."""

    issue: Issue
    concerns: str | None
    """What it corrects, adds to, supersedes or withdraws."""
    until: datetime | None
    """Until when it was in force; None while it is, and of what never was."""
    by: Issue | None
    """What took its place."""


def name_of(number: str, revision: int) -> str:
    """Return how a revision of an advisory is cited; the first one by the number alone."""
    return f"{number}-R{revision}" if revision else number


def standings(histories: Iterable[History]) -> dict[str, list[Standing]]:
    """Return the issues of each number in the order of their revisions."""
    grouped: dict[tuple[str, int, str], list[History]] = {}
    for one in histories:
        grouped.setdefault((one.record.number, one.record.revision, one.record.act), []).append(one)
    issues = [Issue(tuple(_standing(group))) for group in grouped.values()]
    found: dict[str, list[Standing]] = {}
    for issue in sorted(issues, key=lambda one: (one.record.revision, one.record.id)):
        found.setdefault(issue.record.number, []).append(_among(issue, issues))
    return found


def _standing(releases: Sequence[History]) -> list[History]:
    ordered = sorted(releases, key=lambda one: one.record.id)
    return [one for one in ordered if one.record.state is not ReleaseState.CANCELLED] or ordered


def _since(one: History) -> datetime | None:
    return one.record.approved_at or one.began_at


def _among(issue: Issue, issues: Sequence[Issue]) -> Standing:
    concerns = _concerns(issue, issues)
    if issue.since is None:
        return Standing(issue=issue, concerns=concerns, until=None, by=None)
    if not issue.stands:
        ended = max((one.cancelled_at for one in issue.releases if one.cancelled_at), default=None)
        return Standing(issue=issue, concerns=concerns, until=ended, by=None)
    # what was cancelled before anything of it went took nobody's place
    later = [(one.since, one) for one in issues if one.stands and one.since and _replaces(one, issue)]
    until, by = min(later, key=lambda one: one[0], default=(None, None))
    return Standing(issue=issue, concerns=concerns, until=until, by=by)


def _replaces(later: Issue, issue: Issue) -> bool:
    own, other = issue.record, later.record
    if other.number == own.number:
        return other.relation in REVISIONS and other.revision > own.revision
    return other.relation in SUCCESSIONS and other.target == own.number


def _concerns(issue: Issue, issues: Sequence[Issue]) -> str | None:
    """Return the name of what an issue is about: of a revision the newest one before it."""
    own = issue.record
    if own.relation not in REVISIONS:
        return own.target
    before = [
        one.record.revision
        for one in issues
        if one.record.number == own.number and one.record.revision < own.revision and one.stands and one.since
    ]
    return name_of(own.number, max(before, default=0))
