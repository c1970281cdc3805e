"""The register of numbers: a line for each number, its state, its dates, and what is left out."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest

from dispatcher.outbox.numbers import Entry
from dispatcher.outbox.states import ReleaseState
from dispatcher.register.numbers import Draft, NumberRow, Outcome, Unissued, in_words, left_out, number_rows
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
    outcomes: Sequence[Outcome] = (),
    year: int | None = None,
) -> list[NumberRow]:
    return number_rows(entries, drafts, outcomes, pattern=PATTERN, year=year, zone=IST, names={})


def test_an_issued_number_tells_its_whole_life(release: Callable[..., ReleaseRecord]) -> None:
    """Date, kind and subject as prepared; officers and moments of its release, in the office's zone."""
    outcome = Outcome(record=release(state=ReleaseState.DONE), first_accepted_at=AT, last_accepted_at=AT)
    (row,) = _rows([_entry()], outcomes=[outcome])
    at = "2025-08-12T21:11:00+05:30"

    assert (NUMBER, "2025-08-12", "incident", "व्यवधान", "Outage", "done", None) == row[:7]
    assert ("asha", "vivek") == (row.made_by, row.approved_by)
    assert (at, at) == (row.first_accepted_at, row.last_accepted_at)


def test_self_approval_is_remarked(release: Callable[..., ReleaseRecord]) -> None:
    """Where the maker approved, the register says so in both languages."""
    (row,) = _rows([_entry()], outcomes=[Outcome(record=release(approved_by="asha"))])
    words = catalog("register")["remarks"]["self_approved"]

    assert f"{words['hi']} / {words['en']}" == row.remark


def test_a_cancelled_release_speaks_only_where_no_other_does(release: Callable[..., ReleaseRecord]) -> None:
    """The state is of the newest release that stands; of several, acceptance is from the first to the last."""
    earlier = Outcome(record=release(id=1), first_accepted_at=AT, last_accepted_at=AT)
    cancelled = Outcome(record=release(id=2, state=ReleaseState.CANCELLED))
    reminder = Outcome(record=release(id=3, act="reminder-1", derived_from=1, state=ReleaseState.DONE))

    assert ["sending"] == [row.number_state for row in _rows([_entry()], outcomes=[earlier, cancelled, reminder])]
    assert ["cancelled"] == [row.number_state for row in _rows([_entry()], outcomes=[cancelled])]


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
    later = release(id=9, number="11/SYS/WZU/2025", relation=relation, target="10/SYS/WZU/2025", state=state)
    (row,) = _rows([_entry()], outcomes=[Outcome(record=release(id=1)), Outcome(record=later)])

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
