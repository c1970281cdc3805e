"""The register of numbers as an office reads it: each once, with its advisory and what became of it. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from dispatcher.acts import SUCCESSIONS
from dispatcher.advisories.numbering import Place, place_of
from dispatcher.moments import iso
from dispatcher.outbox.numbers import gaps
from dispatcher.outbox.officers import remarks
from dispatcher.outbox.states import ReleaseState
from dispatcher.register.rows import JOINT, bilingual, remark_line
from dispatcher.words import catalog

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date, datetime, tzinfo

    from dispatcher.model import Advisory, Localized
    from dispatcher.outbox.numbers import Entry
    from dispatcher.outbox.records import ReleaseRecord


class Unissued(StrEnum):
    """Where a number stands that has no release: words beside those of the states of a release."""

    DRAFT = "draft"
    RESERVED = "reserved"
    UNUSED = "unused"
    GAP = "gap"


class NumberRow(NamedTuple):
    """One number; the fields are the columns of the register of numbers, in order. None is an empty cell."""

    number: str
    issued: str | None
    """The date printed on the advisory, ISO 8601."""
    kind: str | None
    subject_hi: str | None
    subject_en: str | None
    number_state: str
    """A state of its newest release, or one of Unissued."""
    remark: str | None
    """Why it was not used, by whom and when that was recorded; or that its approver was its maker."""
    made_by: str | None
    prepared_at: str | None
    approved_by: str | None
    approved_at: str | None
    first_accepted_at: str | None
    last_accepted_at: str | None
    document_sha256: str | None


NUMBER_COLUMNS = NumberRow._fields


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """The folder of an advisory: its number, and the advisory itself where it can be read."""

    number: str
    advisory: Advisory | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """A release, and when its first and its last message were accepted."""

    record: ReleaseRecord
    first_accepted_at: datetime | None = None
    last_accepted_at: datetime | None = None


def number_rows(
    entries: Sequence[Entry],
    drafts: Sequence[Draft],
    outcomes: Sequence[Outcome],
    *,
    pattern: str,
    year: int | None,
    zone: tzinfo,
    names: Mapping[str, Localized],
) -> list[NumberRow]:
    """Return a line for each number (of a year) that is reserved, begun, recorded as not used, or left out.

    They stand in the order of their series, those of another series after them. Times are ISO 8601 in `zone`.
    `names`: user name of an officer -> name in each language.
    """
    known = {one.number: one for one in entries}
    begun = {one.number: one for one in drafts}
    released: dict[str, list[Outcome]] = {}
    for one in outcomes:
        if one.record.derived_from is None:
            released.setdefault(one.record.number, []).append(one)
    unused = [number for number, entry in known.items() if entry.reason is not None]
    used = [number for number in known if number not in unused]
    left_out = gaps([*used, *begun], unused, pattern)
    rows = [
        _row(number, known.get(number), begun.get(number), released.get(number, ()), zone=zone, names=names)
        for number in dict.fromkeys([*known, *begun])
    ]
    rows = [_marked(row, outcomes) for row in rows]
    rows += [_blank(number, Unissued.GAP) for number in left_out]
    ordered = sorted(rows, key=lambda row: _order(row.number, pattern))
    return [row for row in ordered if year is None or year == _year(row, pattern)]


def _marked(row: NumberRow, outcomes: Sequence[Outcome]) -> NumberRow:
    """Return the line with what superseded or withdrew its advisory, if anything did."""
    words: Mapping[str, Localized] = catalog("register")["replaced"]
    said = [row.remark] if row.remark else []
    for one in outcomes:
        record = one.record
        if record.target == row.number and record.relation in SUCCESSIONS and record.in_force:
            told = words[str(record.relation)]
            said.append(bilingual({tag: text.format(number=record.number) for tag, text in told.items()}))
    return row._replace(remark=JOINT.join(dict.fromkeys(said)) or None)


def in_words(row: NumberRow) -> NumberRow:
    """Return a line with its state in both languages, for people."""
    words: Mapping[str, Localized] = catalog("register")["number_states"]
    return row._replace(number_state=bilingual(words[row.number_state]))


def _row(
    number: str,
    entry: Entry | None,
    draft: Draft | None,
    releases: Sequence[Outcome],
    *,
    zone: tzinfo,
    names: Mapping[str, Localized],
) -> NumberRow:
    row = _described(_blank(number, Unissued.RESERVED if entry else Unissued.DRAFT), entry, draft)
    if entry and entry.reason is not None:
        recorded = f"{entry.reason} ({entry.by}, {entry.at.astimezone(zone):%d.%m.%Y})"
        return row._replace(number_state=str(Unissued.UNUSED), remark=recorded)
    if not releases:
        return row
    record = _speaking(releases).record
    first = min((one.first_accepted_at for one in releases if one.first_accepted_at), default=None)
    last = max((one.last_accepted_at for one in releases if one.last_accepted_at), default=None)
    return row._replace(
        number_state=str(record.state),
        remark=remark_line(remarks(record, names)) or None,
        made_by=record.made_by,
        prepared_at=iso(record.prepared_at, zone),
        approved_by=record.approved_by,
        approved_at=iso(record.approved_at, zone),
        first_accepted_at=iso(first, zone),
        last_accepted_at=iso(last, zone),
        document_sha256=record.document.sha256 if record.document else None,
    )


def _described(row: NumberRow, entry: Entry | None, draft: Draft | None) -> NumberRow:
    """Return the line with date, kind and subject: as they were prepared, else as they stand in the folder."""
    advisory = draft.advisory if draft else None
    if entry and entry.kind is not None:
        kind, issued, subject = entry.kind, entry.issued, entry.subject
    elif advisory is not None:
        kind, issued, subject = advisory.kind, advisory.issued, advisory.subject
    else:
        return row
    day: date | None = issued
    return row._replace(
        issued=day.isoformat() if day else None,
        kind=kind,
        subject_hi=subject.get("hi"),
        subject_en=subject.get("en"),
    )


def _speaking(releases: Sequence[Outcome]) -> Outcome:
    """Return the release that tells where a number stands: the newest that was not cancelled, else the newest."""
    standing = [one for one in releases if one.record.state is not ReleaseState.CANCELLED]
    return max(standing or releases, key=lambda one: one.record.id)


def _blank(number: str, state: str) -> NumberRow:
    return NumberRow(number, None, None, None, None, str(state), *(None,) * (len(NUMBER_COLUMNS) - 6))


def _order(number: str, pattern: str) -> tuple[int, Place, str]:
    place = place_of(number, pattern)
    return (0, Place(place.year or 0, place.n), "") if place else (1, Place(0, 0), number)


def _year(row: NumberRow, pattern: str) -> int | None:
    """Return the year whose register a number belongs to."""
    place = place_of(row.number, pattern)
    if place and place.year is not None:
        return place.year
    return int(row.issued[:4]) if row.issued else None


def left_out(rows: Iterable[NumberRow]) -> list[str]:
    """Return the numbers for which a reason is still to be recorded."""
    return [row.number for row in rows if row.number_state == Unissued.GAP]
