"""Whether what an advisory supersedes or withdraws was ever issued, as far as the office's record tells. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from dispatcher.acts import SUCCESSIONS, WITHDRAWAL
from dispatcher.errors import Problem, Severity, Source
from dispatcher.outbox.gates import NEVER_BEGAN
from dispatcher.outbox.states import ReleaseState

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from dispatcher.model import Advisory
    from dispatcher.outbox.numbers import Entry
    from dispatcher.outbox.records import ReleaseRecord, Successor


class Said(StrEnum):
    """Codes of words/problems/targets.yaml."""

    UNKNOWN = "target_unknown"
    UNUSED = "target_unused"
    DRAFT = "target_draft"
    NEVER_ISSUED = "target_never_issued"
    OTHER_DATE = "target_other_date"
    SUPERSEDED = "target_superseded"
    WITHDRAWN = "target_withdrawn"
    AUDIENCE = "target_audience"


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
    successor: Successor | None = None
    """What put it out of force."""
    printed: Sequence[Mapping[str, Any]] = ()
    """What was let go of it, as it was frozen (inputs.Inputs), oldest first."""

    @property
    def began(self) -> bool:
        """Whether anything of it was ever let go; of a release that was cancelled whole nothing went."""
        return any(has_begun(one) for one in self.releases)

    @property
    def standing(self) -> str:
        """The state of the newest release that was not cancelled; empty where there is none."""
        live = [one.state for one in self.releases if one.state is not ReleaseState.CANCELLED]
        return str(live[-1]) if live else ""

    @property
    def lines(self) -> dict[str, tuple[str, Mapping[str, Any]]]:
        """Audience -> the list in which it was named (addressees or copies), and the newest line of it there."""
        return {
            line["audience"]: (name, line)
            for one in self.printed
            for name in ("copies", "addressees")
            for line in one[name]
        }


_NOT_BEGUN = NEVER_BEGAN | {ReleaseState.CANCELLED}


def has_begun(record: ReleaseRecord) -> bool:
    """Tell whether a release was let go, and not cancelled as a whole."""
    return (record.paused_from if record.state is ReleaseState.PAUSED else record.state) not in _NOT_BEGUN


def contradiction(known: Known, *, own: str = "") -> tuple[Said, dict[str, str]] | None:
    """Return why an advisory cannot be superseded or withdrawn, with what its sentence tells; None where it can.

    `own` is the number of the one that is to do it, which may have done so already.
    """
    if known.entry is not None and known.entry.reason is not None:
        return Said.UNUSED, {"reason": known.entry.reason}
    if known.successor is not None and known.successor.number != own:
        withdrawn = known.successor.relation == WITHDRAWAL
        return Said.WITHDRAWN if withdrawn else Said.SUPERSEDED, {"successor": known.successor.number}
    if known.began:
        return None
    if known.releases or known.entry:
        return Said.NEVER_ISSUED, {}
    return (Said.DRAFT if known.drafted else Said.UNKNOWN), {}


def other_date(known: Known, dated: date) -> tuple[Said, dict[str, str]] | None:
    """Return what is to be said where a date is not one that was printed on an advisory; None where it may be."""
    if not known.dates or dated in known.dates:
        return None
    dates = ", ".join(f"{one:%d.%m.%Y}" for one in sorted(known.dates))
    return Said.OTHER_DATE, {"dated": f"{dated:%d.%m.%Y}", "dates": dates}


def target_problems(advisory: Advisory, known: Known) -> list[Problem]:
    """Return what the record says against the advisory that another one corrects, supersedes or withdraws.

    An error where it contradicts, and for each audience that has that one and is not named by this one; a question
    where it knows nothing of what is superseded or withdrawn: that one may be from before this program.
    """
    if advisory.relation is None:
        return []
    found = _against(advisory, known) if advisory.act in SUCCESSIONS else None
    if found is not None:
        code, facts = found
        return [_problem(advisory, code, **facts)]
    return [
        _problem(advisory, Said.AUDIENCE, target=advisory.relation["target"], value=audience)
        for audience in unnamed(known, [one.audience for one in advisory.addressees], advisory.audiences)
    ]


def _against(advisory: Advisory, known: Known) -> tuple[Said, dict[str, str]] | None:
    found = contradiction(known, own=advisory.number)
    dated = (advisory.relation or {}).get("target_date")
    if found is None and dated is not None:
        return other_date(known, date.fromisoformat(dated))
    return found


def unnamed(known: Known, asked: Collection[str], named: Collection[str]) -> list[str]:
    """Return the audiences that have an advisory and are left out by another: that asks `asked`, names `named`."""
    return [
        audience
        for audience, (name, _) in known.lines.items()
        if audience not in (asked if name == "addressees" else named)
    ]


_COLUMNS = {Said.OTHER_DATE: "relation.target_date", Said.AUDIENCE: "addressees"}


def _problem(advisory: Advisory, code: Said, *, value: str | None = None, **facts: str) -> Problem:
    assert advisory.relation is not None
    severity = Severity.WARNING if code is Said.UNKNOWN else Severity.ERROR
    source = Source(f"{advisory.slug}/advisory.yaml", column=_COLUMNS.get(code, "relation.target"))
    return Problem(severity, code, source, value or advisory.relation["target"], facts)
