"""The register of numbers: a row for each issue, its state, its dates, and what is left out."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest

from dispatcher.model import Signature
from dispatcher.outbox.numbers import Entry
from dispatcher.outbox.records import DocumentRecord, History, Printed
from dispatcher.outbox.states import ReleaseState
from dispatcher.register.numbers import Draft, NumberRow, Unissued, in_words, left_out, number_rows
from dispatcher.words import catalog
from tests.drafts import draft

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from dispatcher.outbox.records import ReleaseRecord

PATTERN = "{n}/SYS/WZU/{yyyy}"
IST = ZoneInfo("Asia/Kolkata")
ADVISORY = draft().advisory
NUMBER = ADVISORY.number
AT = datetime(2025, 8, 12, 15, 41, tzinfo=UTC)


def _entry(number: str = NUMBER, **changes: Any) -> Entry:
    usual: dict[str, Any] = {
        "kind": "incident",
        "issued": date(2025, 8, 12),
        "subject": {"hi": "व्यवधान", "en": "Outage"},
        "reason": None,
        "at": AT,
        "by": "asha",
    }
    return Entry(number=number, **{**usual, **changes})


def _rows(
    entries: Sequence[Entry] = (),
    drafts: Sequence[Draft] = (),
    histories: Sequence[History] = (),
    year: int | None = None,
) -> list[NumberRow]:
    return number_rows(entries, drafts, histories, pattern=PATTERN, year=year, zone=IST, names={})


def test_an_issued_number_tells_its_whole_life(release: Callable[..., ReleaseRecord]) -> None:
    """Date, kind and subject as prepared; officers and moments of its release, in the office's zone."""
    outcome = History(record=release(state=ReleaseState.DONE), first_accepted_at=AT, last_accepted_at=AT)
    (row,) = _rows([_entry()], histories=[outcome])
    at = "2025-08-12T21:11:00+05:30"

    assert (NUMBER, 0, "original", "2025-08-12", "incident", "व्यवधान", "Outage", "done", None) == row[:9]
    assert ("asha", "vivek") == (row.made_by, row.approved_by)
    assert (at, at) == (row.first_accepted_at, row.last_accepted_at)


def test_self_approval_is_remarked(release: Callable[..., ReleaseRecord]) -> None:
    """Where the maker approved, the register says so in both languages."""
    (row,) = _rows([_entry()], histories=[History(record=release(approved_by="asha"))])
    words = catalog("register")["remarks"]["self_approved"]

    assert f"{words['hi']} / {words['en']}" == row.remark


def test_a_cancelled_release_speaks_only_where_no_other_does(release: Callable[..., ReleaseRecord]) -> None:
    """The state is of the newest release that stands; of several, acceptance is from the first to the last."""
    earlier = History(record=release(id=1), first_accepted_at=AT, last_accepted_at=AT)
    cancelled = History(record=release(id=2, state=ReleaseState.CANCELLED))

    assert ["sending"] == [row.number_state for row in _rows([_entry()], histories=[earlier, cancelled])]
    assert ["cancelled"] == [row.number_state for row in _rows([_entry()], histories=[cancelled])]


def test_a_late_addressee_makes_no_second_row(release: Callable[..., ReleaseRecord]) -> None:
    """All releases of an issue are one row: officers and documents each once, first moment to last."""
    later = AT + timedelta(hours=3)
    first = History(record=_signed(release, id=1), began_at=AT, first_accepted_at=AT, last_accepted_at=AT)
    second = History(
        record=_signed(release, id=2, made_by="meera", approved_at=later),
        began_at=later,
        done_at=later,
        first_accepted_at=later,
        last_accepted_at=later,
    )
    (row,) = _rows([_entry()], histories=[first, second])

    assert ("asha; meera", "vivek", "N. Rao", "ab" * 32) == (
        row.made_by,
        row.approved_by,
        row.signed_by,
        row.document_sha256,
    )
    assert ["21", "21", "21", "00", "21", "00"] == [
        (at or "")[11:13]
        for at in (
            row.approved_at,
            row.signed_at,
            row.began_at,
            row.done_at,
            row.first_accepted_at,
            row.last_accepted_at,
        )
    ]


def test_a_specimen_is_signed_by_nobody(release: Callable[..., ReleaseRecord]) -> None:
    """A signature of the demo's certificate is none."""
    (row,) = _rows([_entry()], histories=[History(record=_signed(release, genuine=False))])

    assert (None, None, "ab" * 32) == (row.signed_by, row.signed_at, row.document_sha256)


def _signed(release: Callable[..., ReleaseRecord], *, genuine: bool = True, **changes: Any) -> ReleaseRecord:
    signature = Signature(signer="N. Rao", signed_at=AT, level="B-B", genuine=genuine)
    document = DocumentRecord(file_name="a.pdf", sha256="ab" * 32, signature=signature)
    return release(document=document, **changes)


def test_every_issue_has_a_row(release: Callable[..., ReleaseRecord]) -> None:
    """The original and its corrigendum stand one below the other, each with what it had printed."""
    later = AT + timedelta(hours=3)
    original = History(record=release(id=1), printed=Printed("incident", date(2025, 8, 12), {"en": "Outage"}))
    revised = release(
        id=2, revision=1, act="corrigendum", relation="corrigendum", target=NUMBER, approved_at=later
    )
    corrected = History(record=revised, printed=Printed("incident", date(2025, 8, 13), {"en": "An outage"}))
    rows = _rows([_entry()], histories=[corrected, original])

    assert [
        (0, "original", "2025-08-12", "Outage", None, f"{NUMBER}-R1"),
        (1, "corrigendum", "2025-08-13", "An outage", NUMBER, None),
    ] == [(row.revision, row.act, row.issued, row.subject_en, row.concerns, row.replaced_by) for row in rows]
    assert rows[0].in_force_until == rows[1].in_force_from == "2025-08-13T00:11:00+05:30"
    assert [None, None] == [row.remark for row in rows]


def test_a_revision_that_is_only_begun_has_a_row(release: Callable[..., ReleaseRecord]) -> None:
    """The folder of an issued number may hold its next revision; the present one makes no second row."""
    issued = [History(record=release())]
    revised = replace(ADVISORY, revision=1, relation={"type": "addendum", "target": NUMBER})
    same, next_one = (
        _rows([_entry()], [Draft(number=NUMBER, advisory=one)], issued) for one in (ADVISORY, revised)
    )

    assert [(0, "sending")] == [(row.revision, row.number_state) for row in same]
    assert [(0, "original", "sending"), (1, "addendum", "draft")] == [
        (row.revision, row.act, row.number_state) for row in next_one
    ]


@pytest.mark.parametrize(
    ("relation", "state", "remark"),
    [
        ("withdrawal", ReleaseState.APPROVED, "withdrawn by 11/SYS/WZU/2025"),
        ("supersession", ReleaseState.DONE, "superseded by 11/SYS/WZU/2025"),
        ("withdrawal", ReleaseState.PREPARED, None),
        ("corrigendum", ReleaseState.DONE, None),
    ],
)
def test_what_is_out_of_force_says_by_what(
    release: Callable[..., ReleaseRecord], relation: str, state: ReleaseState, remark: str | None
) -> None:
    """A number names what superseded or withdrew it, from the approval of that one on."""
    approved_at = None if state is ReleaseState.PREPARED else AT
    changes = {"relation": relation, "target": NUMBER, "state": state, "approved_at": approved_at}
    later = release(id=9, number="11/SYS/WZU/2025", **changes)
    (row,) = _rows([_entry()], histories=[History(record=release(id=1)), History(record=later)])

    assert (row.remark is None) if remark is None else (row.remark is not None and row.remark.endswith(remark))


def test_drafts_unused_numbers_and_gaps_stand_in_order() -> None:
    """Counted, not sorted as text: reserved, not used with its reason, left out, and the draft from its folder."""
    rows = _rows(
        [_entry("8/SYS/WZU/2025"), _entry("9/SYS/WZU/2025", kind=None, reason="spoilt")],
        [Draft(number="11/SYS/WZU/2025", advisory=ADVISORY), Draft(number="12/SYS/WZU/2025", advisory=None)],
    )

    assert [
        ("8/SYS/WZU/2025", Unissued.RESERVED, None, "incident"),
        ("9/SYS/WZU/2025", Unissued.UNUSED, "spoilt (asha, 12.08.2025)", None),
        ("10/SYS/WZU/2025", Unissued.GAP, None, None),
        ("11/SYS/WZU/2025", Unissued.DRAFT, None, ADVISORY.kind),
        ("12/SYS/WZU/2025", Unissued.DRAFT, None, None),
    ] == [(row.number, row.number_state, row.remark, row.kind) for row in rows]
    assert ["10/SYS/WZU/2025"] == left_out(rows)


def test_only_the_year_that_is_asked_for() -> None:
    """The year is that of the number; one of another series goes by its date, and stands after the others."""
    entries = [_entry("ICES 7"), _entry("1/SYS/WZU/2026"), _entry("2/SYS/WZU/2025")]

    assert ["2/SYS/WZU/2025", "ICES 7"] == [row.number for row in _rows(entries, year=2025)]


def test_every_state_has_words() -> None:
    """People read each state of a number in both languages."""
    states = {*Unissued, *ReleaseState} - {ReleaseState.PREPARING}
    (row,) = _rows([_entry()])

    assert {str(one) for one in states} == set(catalog("register")["number_states"])
    assert "आरक्षित / reserved" == in_words(row).number_state
