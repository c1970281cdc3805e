"""Whether what an advisory supersedes or withdraws was ever issued, as far as the office's record tells. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING

from dispatcher.acts import SUCCESSIONS
from dispatcher.errors import Problem, Severity, Source
from dispatcher.outbox.gates import NEVER_BEGAN
from dispatcher.outbox.states import ReleaseState

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dispatcher.model import Advisory
    from dispatcher.outbox.numbers import Entry
    from dispatcher.outbox.records import ReleaseRecord


class Said(StrEnum):
    """Codes of words/problems/targets.yaml."""

    UNKNOWN = "target_unknown"
    UNUSED = "target_unused"
    DRAFT = "target_draft"
    NEVER_ISSUED = "target_never_issued"
    OTHER_DATE = "target_other_date"


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What the office has of an advisory that another one is about."""

    entry: Entry | None
    """In the register of numbers."""
    releases: Sequence[ReleaseRecord]
    dates: frozenset[date]
    """The dates printed on it, of every revision."""
    drafted: bool
    """Whether its folder is there."""

    @property
    def began(self) -> bool:
        """Whether anything of it was ever let go; of a release that was cancelled whole nothing went."""
        return any(
            (one.paused_from if one.state is ReleaseState.PAUSED else one.state) not in _NOT_BEGUN
            for one in self.releases
        )


_NOT_BEGUN = NEVER_BEGAN | {ReleaseState.CANCELLED}


def target_problems(advisory: Advisory, known: Known) -> list[Problem]:
    """Return what the record says against the advisory that another one supersedes or withdraws.

    An error where it contradicts; a question where it knows nothing: that one may be from before this program.
    """
    relation = advisory.relation
    if relation is None or advisory.act not in SUCCESSIONS:
        return []
    if known.entry is not None and known.entry.reason is not None:
        return [_problem(advisory, Said.UNUSED, reason=known.entry.reason)]
    if not known.began:
        if known.releases or known.entry:
            return [_problem(advisory, Said.NEVER_ISSUED)]
        return [_problem(advisory, Said.DRAFT if known.drafted else Said.UNKNOWN)]
    dated = relation.get("target_date")
    if dated is None or not known.dates or date.fromisoformat(dated) in known.dates:
        return []
    dates = ", ".join(f"{one:%d.%m.%Y}" for one in sorted(known.dates))
    return [_problem(advisory, Said.OTHER_DATE, dated=f"{date.fromisoformat(dated):%d.%m.%Y}", dates=dates)]


def _problem(advisory: Advisory, code: Said, **facts: str) -> Problem:
    assert advisory.relation is not None
    severity = Severity.WARNING if code is Said.UNKNOWN else Severity.ERROR
    column = f"relation.{'target_date' if code is Said.OTHER_DATE else 'target'}"
    source = Source(f"{advisory.slug}/advisory.yaml", column=column)
    return Problem(severity, code, source, advisory.relation["target"], facts)
