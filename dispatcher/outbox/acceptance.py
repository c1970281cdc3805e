"""What is to be said of lists that nobody accepted as they are now: the rules of the gate. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from dispatcher.advisories.wording import place_text
from dispatcher.errors import Problem, Severity, Source
from dispatcher.moments import moment
from dispatcher.recipients.difference import difference
from dispatcher.recipients.lists import list_of, with_confirmed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime, tzinfo

    from dispatcher.recipients.difference import Difference
    from dispatcher.recipients.lists import Listed, RecipientList
    from dispatcher.recipients.tabs import SheetReading


class Said(StrEnum):
    """Codes of words/problems/accepting.yaml."""

    LIST_UNACCEPTED = "list_unaccepted"
    LIST_REPAIRED = "list_repaired"
    LISTS_NEVER_ACCEPTED = "lists_never_accepted"
    LIST_COUNT = "list_count"
    ENTRY_NEW = "entry_new"
    ENTRY_GONE = "entry_gone"
    ADDRESS_CHANGED = "entry_address_changed"
    POST_CHANGED = "entry_post_changed"
    PRIMARY_CHANGED = "entry_primary_changed"
    LISTS_UNREADABLE = "lists_unreadable"


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptedList:
    """A list as an officer accepted it; the history of an audience is made of these, and the newest counts."""

    id: int
    listed: RecipientList
    accepted_at: datetime
    accepted_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """A list as it is read now, what is said of it, and the list that was accepted last."""

    listed: RecipientList
    problems: tuple[Problem, ...]
    """Of the sheet; repairs that were confirmed are notes."""
    accepted: AcceptedList | None

    @property
    def errors(self) -> tuple[Problem, ...]:
        """What must be corrected before anybody can accept the list."""
        return tuple(one for one in self.problems if one.severity is Severity.ERROR)

    @property
    def repairs(self) -> tuple[Problem, ...]:
        """Repairs that nobody confirmed yet."""
        return tuple(one for one in self.problems if one.severity is Severity.REPAIR)

    @property
    def difference(self) -> Difference | None:
        """What changed since the list was accepted; None where it never was."""
        return difference(self.accepted.listed.entries, self.listed.entries) if self.accepted else None

    @property
    def is_settled(self) -> bool:
        """Whether there is nothing to accept: the list was, and nothing changed since, nor waits for a yes."""
        return self.accepted is not None and not self.difference and not self.repairs


def imported(reading: SheetReading, *, file_hash: str, accepted: AcceptedList | None) -> Imported:
    """Return a reading as an import, the repairs confirmed with `accepted` made notes."""
    confirmed = accepted.listed.repairs if accepted else ()
    return Imported(
        listed=list_of(reading, file_hash=file_hash),
        problems=with_confirmed(reading.problems, confirmed),
        accepted=accepted,
    )


def accepted_domains(accepted: Iterable[AcceptedList]) -> frozenset[str]:
    """Return the mail domains of lists, lower-cased: what a slip of the pen is compared with."""
    return frozenset(entry.identity.rpartition("@")[2] for one in accepted for entry in one.listed.entries)


def unaccepted(imports: Sequence[Imported], *, zone: tzinfo) -> tuple[Problem, ...]:
    """Return what `check`, `preview` and `rehearse` report, as warnings: they never stop for it.

    A list with errors is not compared: what its faulty rows lack would show twice.
    """
    found = [problem for one in imports if not one.errors for problem in _since_accepted(one, zone)]
    return (*found, *never_accepted(imports))


def never_accepted(imports: Sequence[Imported]) -> tuple[Problem, ...]:
    """Return one warning that names the lists that nobody ever accepted; none where there are none."""
    names = ", ".join(one.listed.audience for one in imports if one.accepted is None)
    key = Source("config.yaml", column="audiences")
    return (Problem(Severity.WARNING, Said.LISTS_NEVER_ACCEPTED, key, names),) if names else ()


def refusals(imports: Sequence[Imported], *, zone: tzinfo) -> tuple[Problem, ...]:
    """Return why `prepare` refuses: an error for each list to be accepted, with what changed or was repaired.

    A list that was never accepted is refused for its repairs only (docs/adr/0008-accepted-lists.md).
    """
    found: list[Problem] = []
    for one in imports:
        for problem in _since_accepted(one, zone):
            weight = Severity.ERROR if problem.code == Said.LIST_UNACCEPTED else problem.severity
            found.append(replace(problem, severity=weight))
        if one.repairs:
            facts = {"count": str(len(one.repairs))}
            whole = Source(one.listed.file, one.listed.tab or None)
            found.append(Problem(Severity.ERROR, Said.LIST_REPAIRED, whole, one.listed.audience, facts))
            found += one.repairs
    return tuple(found) if any(one.severity is Severity.ERROR for one in found) else ()


def change_problems(one: Imported) -> Iterator[Problem]:
    """Yield a warning for each entry that is new, gone or changed, at its cell, and for an unusual count."""
    found = one.difference
    if found is None:
        return
    whole = Source(one.listed.file, one.listed.tab or None)
    for entry in found.new:
        yield _about(one, entry, Said.ENTRY_NEW, **_post(entry))
    for entry in found.gone:
        facts = {"cell": entry.cell, **_post(entry)}
        yield Problem(Severity.WARNING, Said.ENTRY_GONE, whole, entry.address, facts)
    for change in found.changed_address:
        yield _about(one, change.after, Said.ADDRESS_CHANGED, before=change.before.address, **_post(change.after))
    for change in found.changed_post:
        before = {f"before_{name}": text for name, text in _post(change.before).items()}
        yield _about(one, change.after, _post_code(change.before, change.after), **before, **_post(change.after))
    if found.is_unusual:
        facts = {"before": str(found.before), "after": str(found.after)}
        yield Problem(Severity.WARNING, Said.LIST_COUNT, whole, one.listed.audience, facts)


def post_of(entry: Listed) -> dict[str, str]:
    """Return the post of an entry in words, by language: designation, organisation, places; a dash for none."""
    posts = {}
    for language in ("hi", "en"):
        names = [entry.designation.get(language, ""), entry.organisation.get(language, "")]
        names += [place_text(place, language) for place in entry.places]
        posts[language] = ", ".join(dict.fromkeys(filter(None, names))) or "–"
    return posts


def _since_accepted(one: Imported, zone: tzinfo) -> Iterator[Problem]:
    accepted, found = one.accepted, one.difference
    if accepted is None or not found:
        return
    yield from change_problems(one)
    whole = Source(one.listed.file, one.listed.tab or None)
    facts = {
        "at": moment(accepted.accepted_at, zone),
        "by": accepted.accepted_by,
        "new": str(len(found.new)),
        "gone": str(len(found.gone)),
        "changed": str(len(found.changed_address) + len(found.changed_post)),
    }
    yield Problem(Severity.WARNING, Said.LIST_UNACCEPTED, whole, one.listed.audience, facts)


def _about(one: Imported, entry: Listed, code: Said, **facts: str) -> Problem:
    column = entry.cell.rstrip("0123456789")
    row = entry.cell.removeprefix(column)
    source = Source(one.listed.file, one.listed.tab or None, int(row) if row else None, column or None)
    return Problem(Severity.WARNING, code, source, entry.address, facts)


def _post_code(before: Listed, after: Listed) -> Said:
    return Said.POST_CHANGED if before.post != after.post else Said.PRIMARY_CHANGED


def _post(entry: Listed) -> dict[str, str]:
    return {f"post_{language}": text for language, text in post_of(entry).items()}
