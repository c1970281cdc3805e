"""The register of numbers as an office reads it: every issue of each, and what became of it. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from dispatcher.acts import SUCCESSIONS
from dispatcher.advisories.numbering import Place, place_of
from dispatcher.moments import iso
from dispatcher.outbox.numbers import gaps
from dispatcher.outbox.officers import remarks
from dispatcher.register.issues import standings
from dispatcher.register.rows import JOINT, bilingual, remark_line
from dispatcher.words import catalog

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import date, datetime, tzinfo

    from dispatcher.model import Advisory, Localized
    from dispatcher.outbox.numbers import Entry
    from dispatcher.outbox.records import History
    from dispatcher.register.issues import Issue, Standing


class Unissued(StrEnum):
    """Where a number stands that has no release: words beside those of the states of a release."""

    DRAFT = "draft"
    RESERVED = "reserved"
    UNUSED = "unused"
    GAP = "gap"


class NumberRow(NamedTuple):
    """One issue of a number; the fields are the columns of the register of numbers. None is an empty cell.

    A number that has no release has one row all the same, and so has a revision that is only begun.
    """

    number: str
    revision: int | None
    act: str | None
    """original, corrigendum, addendum, supersession or withdrawal."""
    issued: str | None
    """The date printed on it, ISO 8601."""
    kind: str | None
    subject_hi: str | None
    subject_en: str | None
    number_state: str
    """A state of its newest release, or one of Unissued."""
    remark: str | None
    """Why it was not used, by whom and when that was recorded; what superseded it; or of officers that are one."""
    concerns: str | None
    """What it corrects, adds to, supersedes or withdraws: a number, with -R1 its first revision."""
    in_force_from: str | None
    in_force_until: str | None
    replaced_by: str | None
    """What took its place, named as in `concerns`."""
    made_by: str | None
    """Of several releases, as of a late addressee, all officers and documents stand here, each once."""
    prepared_at: str | None
    approved_by: str | None
    approved_at: str | None
    signed_by: str | None
    """The name in the certificate; None where the document is unsigned."""
    signed_at: str | None
    began_at: str | None
    """When it was let go."""
    done_at: str | None
    first_accepted_at: str | None
    last_accepted_at: str | None
    document_sha256: str | None


NUMBER_COLUMNS = NumberRow._fields


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """The folder of an advisory: its number, and the advisory itself where it can be read."""

    number: str
    advisory: Advisory | None


def number_rows(
    entries: Sequence[Entry],
    drafts: Sequence[Draft],
    histories: Sequence[History],
    *,
    pattern: str,
    year: int | None,
    zone: tzinfo,
    names: Mapping[str, Localized],
) -> list[NumberRow]:
    """Return a row for each issue of a number (of a year) that is reserved, begun, not used, or left out.

    They stand in the order of their series, those of another series after them; of one number in the order of its
    revisions. Times are ISO 8601 in `zone`. `names`: user name of an officer -> name in each language.
    """
    known = {one.number: one for one in entries}
    begun = {one.number: one for one in drafts}
    issued = standings(histories)
    unused = [number for number, entry in known.items() if entry.reason is not None]
    used = [number for number in known if number not in unused]
    rows = [
        row
        for number in dict.fromkeys([*known, *begun])
        for row in _of_number(
            number, known.get(number), begun.get(number), issued.get(number, []), zone=zone, names=names
        )
    ]
    rows += [_blank(number, Unissued.GAP) for number in gaps([*used, *begun], unused, pattern)]
    ordered = sorted(rows, key=lambda row: _order(row.number, pattern))  # stable: revisions stay in their order
    years = _years(ordered, pattern)
    return [row for row in ordered if year is None or year == years[row.number]]


def in_words(row: NumberRow) -> NumberRow:
    """Return a row with its state in both languages, for people."""
    words: Mapping[str, Localized] = catalog("register")["number_states"]
    return row._replace(number_state=bilingual(words[row.number_state]))


def _of_number(
    number: str,
    entry: Entry | None,
    draft: Draft | None,
    issued: Sequence[Standing],
    *,
    zone: tzinfo,
    names: Mapping[str, Localized],
) -> Iterator[NumberRow]:
    """Yield the rows of a number, at least one."""
    if entry and entry.reason is not None:
        recorded = f"{entry.reason} ({entry.by}, {entry.at.astimezone(zone):%d.%m.%Y})"
        yield _blank(number, Unissued.UNUSED)._replace(remark=recorded)
        return
    for one in issued:
        yield _issued(_described(_blank(number, ""), one.issue, entry), one, zone=zone, names=names)
    advisory = draft.advisory if draft else None
    newest = max((one.issue.record.revision for one in issued), default=-1)
    if advisory is not None and advisory.revision > newest:
        yield _begun(number, advisory, Unissued.RESERVED if entry and not issued else Unissued.DRAFT)
    elif not issued:
        blank = _blank(number, Unissued.RESERVED if entry else Unissued.DRAFT)
        yield blank if entry is None else _printed(blank, entry.kind, entry.issued, entry.subject)


def _issued(row: NumberRow, standing: Standing, *, zone: tzinfo, names: Mapping[str, Localized]) -> NumberRow:
    """Return the row with what befell an issue, and its officers."""
    issue, by = standing.issue, standing.by
    releases = issue.releases
    records = [one.record for one in releases]
    documents = [one.document for one in records if one.document]
    signatures = [one.signature for one in documents if one.signed and one.signature]
    return row._replace(
        number_state=str(issue.record.state),
        remark=_joined(_remarks(standing, names)),
        concerns=standing.concerns,
        in_force_from=iso(issue.since, zone),
        in_force_until=iso(standing.until, zone),
        replaced_by=by.name if by else None,
        made_by=_joined(one.made_by for one in records),
        prepared_at=_first((one.prepared_at for one in records), zone),
        approved_by=_joined(one.approved_by for one in records),
        approved_at=_first((one.approved_at for one in records), zone),
        signed_by=_joined(one.signer for one in signatures),
        signed_at=_first((one.signed_at for one in signatures), zone),
        began_at=_first((one.began_at for one in releases), zone),
        done_at=iso(releases[-1].done_at, zone),
        first_accepted_at=_first((one.first_accepted_at for one in releases), zone),
        last_accepted_at=_last((one.last_accepted_at for one in releases), zone),
        document_sha256=_joined(one.sha256 for one in documents),
    )


def _remarks(standing: Standing, names: Mapping[str, Localized]) -> Iterator[str]:
    """Yield what is to be remarked of officers, and what put the issue out of force, if another number did."""
    for one in standing.issue.releases:
        yield remark_line(remarks(one.record, names))
    by = standing.by.record if standing.by else None
    if by is not None and by.relation in SUCCESSIONS:
        told: Localized = catalog("register")["replaced"][by.relation]
        yield bilingual({tag: text.format(number=by.number) for tag, text in told.items()})


def _described(row: NumberRow, issue: Issue, entry: Entry | None) -> NumberRow:
    """Return the row with what an issue had printed, as far as the store still has it."""
    record, printed = issue.record, issue.releases[-1].printed
    row = row._replace(revision=record.revision, act=record.act)
    if printed is not None:
        return _printed(row, printed.kind, printed.dated, printed.subject)
    return row if entry is None else _printed(row, entry.kind, entry.issued, entry.subject)


def _begun(number: str, advisory: Advisory, state: Unissued) -> NumberRow:
    """Return the row of what stands in a folder only."""
    row = _blank(number, state)._replace(revision=advisory.revision, act=advisory.act)
    return _printed(row, advisory.kind, advisory.issued, advisory.subject)


def _printed(row: NumberRow, kind: str | None, issued: date | None, subject: Localized) -> NumberRow:
    day = issued.isoformat() if issued else None
    return row._replace(kind=kind, issued=day, subject_hi=subject.get("hi"), subject_en=subject.get("en"))


def _joined(told: Iterable[str | None]) -> str | None:
    """Return several texts as one, each once; None for nothing."""
    return JOINT.join(dict.fromkeys(one for one in told if one)) or None


def _first(moments: Iterable[datetime | None], zone: tzinfo) -> str | None:
    return iso(min((at for at in moments if at), default=None), zone)


def _last(moments: Iterable[datetime | None], zone: tzinfo) -> str | None:
    return iso(max((at for at in moments if at), default=None), zone)


def _blank(number: str, state: str) -> NumberRow:
    told = {"number": number, "number_state": str(state)}
    return NumberRow._make(told.get(column) for column in NUMBER_COLUMNS)


def _order(number: str, pattern: str) -> tuple[int, Place, str]:
    place = place_of(number, pattern)
    return (0, Place(place.year or 0, place.n), "") if place else (1, Place(0, 0), number)


def _years(rows: Sequence[NumberRow], pattern: str) -> dict[str, int | None]:
    """Return the year to whose register each number belongs: its own, else that of its first date."""
    found: dict[str, int | None] = {}
    for row in rows:
        place = place_of(row.number, pattern)
        dated = int(row.issued[:4]) if row.issued else None
        found.setdefault(row.number, place.year if place and place.year is not None else dated)
    return found


def left_out(rows: Iterable[NumberRow]) -> list[str]:
    """Return the numbers for which a reason is still to be recorded."""
    return [row.number for row in rows if row.number_state == Unissued.GAP]
