"""The rules of the register of numbers: none twice, none left out without a reason."""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import UTC, date, datetime, timedelta
from string import Formatter
from typing import TYPE_CHECKING, Any

import pytest

from dispatcher.errors import Severity
from dispatcher.outbox.inputs import Inputs, packed, unpacked
from dispatcher.outbox.numbers import Entry, Said, beyond, gaps, number_problems
from dispatcher.words import message, sentences
from tests.drafts import draft

if TYPE_CHECKING:
    from dispatcher.model import Advisory

PATTERN = "{n}/SYS/WZU/{yyyy}"
ADVISORY = draft().advisory


def _entry(number: str, **changes: Any) -> Entry:
    usual: dict[str, Any] = {
        "kind": ADVISORY.kind,
        "issued": date(2025, 8, 1),
        "subject": {"hi": "विषय", "en": "Subject"},
        "reason": None,
        "at": datetime(2025, 8, 1, tzinfo=UTC),
        "by": "asha",
    }
    return Entry(number=number, **{**usual, **changes})


def _numbers(*counts: int, year: int = 2025) -> list[str]:
    return [f"{n}/SYS/WZU/{year}" for n in counts]


@pytest.mark.parametrize(
    ("used", "unused", "expected"),
    [
        ([], [], []),
        (_numbers(10, 11, 12), [], []),
        (_numbers(10, 13), [], _numbers(11, 12)),
        (_numbers(10, 13), _numbers(12), _numbers(11)),
        (_numbers(10), _numbers(12), _numbers(11)),
        ([], _numbers(5, 7), []),
        (_numbers(3, 5) + _numbers(1, 3, year=2026), [], _numbers(4) + _numbers(2, year=2026)),
        (["4/SYS/EZU/2025", "9/SYS/EZU/2025"], [], []),
    ],
)
def test_a_gap_is_what_nobody_used_or_explained(used: list[str], unused: list[str], expected: list[str]) -> None:
    """Each year by itself, from the first number used to the last one known; other series do not count."""
    assert expected == gaps(used, unused, PATTERN)


@pytest.mark.parametrize(
    ("number", "used", "unused", "expected"),
    [
        pytest.param(12, [10, 13], [], None, id="below the highest"),
        pytest.param(9, [10, 13], [], None, id="below the first"),
        pytest.param(13, [10, 13], [], None, id="used itself"),
        pytest.param(14, [10, 13], [], ("13/SYS/WZU/2025", 0, "14/SYS/WZU/2025"), id="the next"),
        pytest.param(99, [9], [], ("9/SYS/WZU/2025", 89, "10/SYS/WZU/2025"), id="far above"),
        pytest.param(99, [9], [97], ("9/SYS/WZU/2025", 1, "98/SYS/WZU/2025"), id="behind one not used"),
        pytest.param(96, [9], [97], ("9/SYS/WZU/2025", 0, "98/SYS/WZU/2025"), id="before one not used"),
        pytest.param(3, [], [], (None, 2, "1/SYS/WZU/2025"), id="nothing used"),
    ],
)
def test_what_a_number_beyond_all_leaves_out(
    number: int, used: list[int], unused: list[int], expected: tuple[str | None, int, str] | None
) -> None:
    """Counted from the highest number known of its year; one not above the highest used leaves out none."""
    (asked,) = _numbers(number)
    other_year = _numbers(500, year=2024)

    assert expected == beyond(asked, _numbers(*used) + other_year, _numbers(*unused), PATTERN)


def test_a_series_that_does_not_count_has_no_highest() -> None:
    """Nor has a number of another series one in this."""
    assert beyond("SYS/2025", ["SYS/2024"], [], "SYS/{yyyy}") is None
    assert beyond("4/SYS/EZU/2025", _numbers(3), [], PATTERN) is None


def _printed(advisory: Advisory) -> dict[str, Any]:
    return dict(unpacked(packed(Inputs(advisory=asdict(advisory), office={}, sums={}))).advisory)


@pytest.mark.parametrize(
    ("changes", "keys"),
    [
        ({"issued": date(2025, 8, 14)}, "date"),
        ({"subject": {"hi": "और", "en": "Other"}, "kind": "incident"}, "kind, subject"),
        ({"effective_at": ADVISORY.effective_at + timedelta(days=7)}, "effective_at"),
        ({"effective_at": ADVISORY.effective_at.astimezone(UTC), "answers": ()}, None),
        ({"revision": 1, "subject": {"hi": "और", "en": "Other"}}, None),
    ],
)
def test_another_advisory_of_an_issued_number_is_told(changes: dict[str, Any], keys: str | None) -> None:
    """Of the same kind too: kind, date, subject or hour differ from what was let go. A revision may."""
    made = replace(ADVISORY, **changes)
    own = _entry(ADVISORY.number, kind=made.kind)
    problems = number_problems(made, [own], [ADVISORY.number], PATTERN, printed=[_printed(ADVISORY)])

    assert ([("number_issued", keys)] if keys else []) == [(one.code, one.facts["keys"]) for one in problems]
    assert all("11/SYS/WZU/2025" in message(one)["en"] for one in problems)


def test_a_series_without_a_year_counts_on() -> None:
    """Where the pattern has no year, the numbers of all years are one series."""
    assert ["ICES 2"] == gaps(["ICES 1", "ICES 3"], [], "ICES {n}")


def test_nothing_is_said_of_a_number_in_its_place() -> None:
    """A number of its own, prepared before, or free, with no gap before it, is no problem."""
    earlier, own = _entry("9/SYS/WZU/2025"), _entry(ADVISORY.number)

    assert [] == number_problems(ADVISORY, [earlier], [ADVISORY.number], PATTERN)
    assert [] == number_problems(ADVISORY, [earlier, own], [ADVISORY.number], PATTERN)


@pytest.mark.parametrize(
    ("changes", "code"), [({"kind": "incident"}, Said.TAKEN), ({"kind": None, "reason": "spoilt"}, Said.UNUSED)]
)
def test_a_number_that_is_not_free_is_an_error(changes: dict[str, Any], code: Said) -> None:
    """Another advisory's number, or one recorded as not used; the next free one is named, drafts counted too."""
    entries = [_entry(ADVISORY.number, **changes), _entry("11/SYS/WZU/2025")]
    (found,) = number_problems(ADVISORY, entries, ["12/SYS/WZU/2025"], PATTERN)

    assert (Severity.ERROR, code) == (found.severity, found.code)
    assert "13/SYS/WZU/2025" in message(found)["en"]
    assert "13/SYS/WZU/2025" in message(found)["hi"]


def test_a_series_that_does_not_count_has_no_next_number_to_name() -> None:
    """A number taken by another advisory is told as such; the pattern stands in place of the next number."""
    advisory = replace(ADVISORY, number="SYS/2025")
    (found,) = number_problems(advisory, [_entry("SYS/2025", kind="incident")], [], "SYS/{yyyy}")

    assert (Said.TAKEN, "SYS/{yyyy}") == (found.code, found.facts["next"])


def test_a_later_revision_may_be_of_another_kind() -> None:
    """A corrected advisory keeps its number, whatever it has become."""
    assert [] == number_problems(
        replace(ADVISORY, revision=1), [_entry(ADVISORY.number, kind="incident")], [ADVISORY.number], PATTERN
    )


def test_gaps_before_a_number_are_warned_of() -> None:
    """Those before it in its year; those after it are another advisory's concern."""
    entries = [
        _entry("8/SYS/WZU/2025"),
        _entry("1/SYS/WZU/2024"),
        _entry("3/SYS/WZU/2024"),
        _entry("12/SYS/WZU/2025"),
    ]
    found = number_problems(ADVISORY, entries, [ADVISORY.number], PATTERN)

    assert [(Severity.WARNING, Said.GAP, "9/SYS/WZU/2025")] == [
        (one.severity, one.code, one.value) for one in found
    ]


def test_every_code_has_its_sentences() -> None:
    """The catalog holds exactly the codes of the register, in both languages with the same values."""
    told = {code: texts for code, texts in sentences().items() if code.startswith("number_")}

    assert set(Said) == told.keys()
    for texts in told.values():
        names = [{name for _, name, _, _ in Formatter().parse(texts[tag]) if name} for tag in ("hi", "en")]
        assert names[0] == names[1]
