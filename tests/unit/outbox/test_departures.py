"""What is said where the workspace is no longer what was approved: what differs, and what can be done about it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from string import Formatter
from typing import Any

import pytest

from dispatcher.errors import Problem, Severity, Source
from dispatcher.outbox.changes import Change, ListChanges, Named
from dispatcher.outbox.departures import (
    NAMED_FAULTS,
    Departure,
    Said,
    departure_of,
    departure_problem,
    refusal,
    release_before,
)
from dispatcher.outbox.states import ReleaseState
from dispatcher.words import message, sentences
from tests.records import release_record

AT = datetime(2025, 8, 12, tzinfo=UTC)
ONE = Named(1, ("a@customs.example",))
FAULT = Problem(
    Severity.ERROR,
    Said.UNREADABLE,
    Source("10-SYS-WZU-2025/advisory.yaml", column="subject"),
    "x",
    {"release": "3"},
)
TEXT = Change("subject", "changed", {"en": "a"}, {"en": "b"})
LAYOUT, SIGNED, SHEET = (
    Change(name, "changed")
    for name in ("templates/pdf/advisory.typ", "outbox/a/signed/a.pdf", "recipients/a.xlsx")
)
RECORD = release_record(id=3)


def _departure(**changes: Any) -> Departure:
    return Departure(record=RECORD, **{"changes": [], "lists": ListChanges(), **changes})


@pytest.mark.parametrize(
    ("changes", "told", "advice"),
    [
        ({"changes": [Change("subject", "changed", {"en": "a"}, {"en": "b"})]}, "  en  - a", "as they were"),
        ({"lists": ListChanges(added=ONE)}, "1 added: a@customs.example", "dispatcher prepare 10-SYS-WZU-2025"),
        ({"lists": ListChanges(removed=ONE)}, "1 removed: a@", "cancel 10-SYS-WZU-2025 --to ADDRESS"),
        ({"lists": ListChanges(changed=ONE)}, "1 post changed: a@", "--to ADDRESS --reason ...`, then prepare"),
        ({"faults": [FAULT]}, "10-SYS-WZU-2025/advisory.yaml, subject", "dispatcher check 10-SYS-WZU-2025"),
    ],
)
def test_each_kind_has_its_advice(changes: dict[str, Any], told: str, advice: str) -> None:
    """What differs and what to do about it, and nothing about kinds that do not occur."""
    said = refusal(_departure(**changes))

    assert "release 3 of 10/SYS/WZU/2025" in said
    assert told in said
    assert advice in said
    assert ("--to" in said) == ("--to" in advice)


def test_the_first_errors_are_told_in_both_languages() -> None:
    """Those that are left are counted."""
    lines = list(_departure(faults=[FAULT] * (NAMED_FAULTS + 2)).lines())

    assert NAMED_FAULTS == lines.count("10-SYS-WZU-2025/advisory.yaml, subject")
    assert NAMED_FAULTS == sum(line.startswith("  hi    ") for line in lines)
    assert "and 2 more" in lines


@pytest.mark.parametrize(
    ("changes", "lists", "faults", "files", "expected"),
    [
        ([], ListChanges(), [], [SHEET], None),
        ([TEXT], ListChanges(), [], [SHEET], [TEXT]),
        ([], ListChanges(added=ONE), [], [SHEET], []),
        ([], ListChanges(), [FAULT], [SHEET], [SHEET]),
        ([], ListChanges(added=ONE), [FAULT], [SHEET], []),
        ([TEXT], ListChanges(), [FAULT], [SHEET, LAYOUT, SIGNED], [TEXT, LAYOUT, SIGNED]),
        ([TEXT, LAYOUT], ListChanges(), [FAULT], [LAYOUT], [TEXT, LAYOUT]),
    ],
)
def test_what_has_errors_always_differs(
    changes: list[Change],
    lists: ListChanges,
    faults: list[Problem],
    files: list[Change],
    expected: list[Change] | None,
) -> None:
    """Nothing differs only where all could be read; else what no text tells of is named by its file."""
    found = departure_of(RECORD, changes, lists, faults=faults, files=files)

    assert expected == (found.changes if found else None)
    assert faults == (found.faults if found and faults else [])


def test_a_release_is_compared_with_the_one_before() -> None:
    """The last one, cancelled, of any revision; a corrigendum with its original, a reminder with a reminder."""
    cancelled = replace(RECORD, id=1, state=ReleaseState.CANCELLED)
    original = replace(RECORD, id=2)
    reminder = replace(RECORD, id=4, act="reminder-1", derived_from=2)
    corrigendum = replace(RECORD, id=5, act="corrigendum", revision=1)
    again = replace(reminder, id=6)
    records = [cancelled, original, reminder, corrigendum, again]

    assert [None, cancelled, None, original, reminder] == [release_before(one, records) for one in records]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"lists": ListChanges(added=ONE)}, Said.DEPARTED),
        ({"lists": ListChanges(added=ONE), "faults": [FAULT]}, Said.UNREADABLE),
    ],
)
def test_check_warns_beforehand(changes: dict[str, Any], code: Said) -> None:
    """In one line, in both languages; it stops nothing."""
    problem = departure_problem(_departure(**changes))

    assert (Severity.WARNING, code) == (problem.severity, problem.code)
    assert "3" in message(problem)["hi"]
    assert all("1 recipient added" in text for text in message(problem).values())
    assert ("errors" in message(problem)["en"]) == (code is Said.UNREADABLE)


def test_every_code_has_its_sentences() -> None:
    """The catalog holds exactly the codes, in both languages with the same values."""
    told = {code: texts for code, texts in sentences().items() if code.startswith("release_")}

    assert set(Said) == told.keys()
    for texts in told.values():
        names = [{name for _, name, _, _ in Formatter().parse(texts[tag]) if name} for tag in ("hi", "en")]
        assert names[0] == names[1]
