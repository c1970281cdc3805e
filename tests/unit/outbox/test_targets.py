"""Whether what is superseded or withdrawn was ever issued."""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import date
from string import Formatter
from typing import Any

import pytest

from dispatcher.outbox.numbers import Entry
from dispatcher.outbox.records import Successor
from dispatcher.outbox.states import ReleaseState
from dispatcher.outbox.targets import Known, Said, target_problems, unnamed
from dispatcher.words import message, sentences
from tests.drafts import draft
from tests.lives import corrigendum, successor
from tests.outboxes import MOMENT
from tests.records import release_record

ADVISORY = draft().advisory
R = ReleaseState
REGISTERED = Entry(
    number=ADVISORY.number, kind="x", issued=ADVISORY.issued, subject={}, reason=None, at=MOMENT, by="asha"
)
PRINTED: dict[str, Any] = asdict(ADVISORY)
OTHERS = {"addressees": [{"audience": "couriers"}], "copies": [{"audience": "eici"}]}
"""What an earlier revision had: an audience that the later one leaves out, and one that is asked to act now."""


def _known(*states: ReleaseState, **changes: Any) -> Known:
    """Return what is known of an advisory whose releases stand in these states."""
    paused_from = changes.pop("paused_from", None)
    releases = [release_record(state=state, paused_from=paused_from) for state in states]
    usual: dict[str, Any] = {"entry": REGISTERED, "dates": frozenset({ADVISORY.issued}), "drafted": True}
    return Known(releases=releases, **{**usual, **changes})


@pytest.mark.parametrize("act", ["withdrawal", "supersession"])
@pytest.mark.parametrize(
    ("states", "changes", "said"),
    [
        ((R.DONE,), {}, []),
        ((R.CANCELLED, R.SENDING), {}, []),
        ((R.PAUSED,), {"paused_from": R.SENDING}, []),
        ((R.PAUSED,), {"paused_from": R.APPROVED}, [("error", "target_never_issued")]),
        ((R.CANCELLED, R.APPROVED, R.PREPARED), {}, [("error", "target_never_issued")]),
        ((), {}, [("error", "target_never_issued")]),
        ((), {"entry": None}, [("error", "target_draft")]),
        ((), {"entry": None, "drafted": False}, [("warning", "target_unknown")]),
        ((), {"entry": replace(REGISTERED, reason="misprint")}, [("error", "target_unused")]),
        ((R.DONE,), {"dates": frozenset({date(2025, 8, 1)})}, [("error", "target_other_date")]),
        ((R.DONE,), {"dates": frozenset({date(2025, 8, 1), ADVISORY.issued})}, []),
        ((R.DONE,), {"dates": frozenset()}, []),
        ((R.DONE,), {"successor": Successor("supersession", "12/X", "12-X")}, [("error", "target_superseded")]),
        ((R.DONE,), {"successor": Successor("withdrawal", "12/X", "12-X")}, [("error", "target_withdrawn")]),
        ((R.DONE,), {"successor": Successor("withdrawal", "11/SYS/WZU/2025", "11-SYS-WZU-2025")}, []),
        ((), {"entry": None, "successor": Successor("withdrawal", "12/X", "x")}, [("error", "target_withdrawn")]),
        ((R.DONE,), {"printed": [PRINTED]}, []),
        ((R.DONE,), {"printed": [OTHERS, PRINTED]}, [("error", "target_audience")]),
    ],
)
def test_what_the_record_says_of_what_is_withdrawn(
    act: str,
    states: tuple[ReleaseState, ...],
    changes: dict[str, Any],
    said: list[tuple[str, str]],
) -> None:
    """What never went out is an error, as is another date; what the record does not know is a question."""
    found = target_problems(successor(ADVISORY, act), _known(*states, **changes))

    assert said == [(str(one.severity), str(one.code)) for one in found]


def test_an_audience_that_was_asked_is_not_only_told() -> None:
    """Who was asked to act is asked again; who was told for information may be asked."""
    known = _known(R.DONE, printed=[{"addressees": [{"audience": "eici"}], "copies": [{"audience": "copy"}]}])

    assert [] == unnamed(known, asked=["eici", "copy"], named=["eici", "copy"])
    assert ["eici"] == unnamed(known, asked=[], named=["eici", "copy"])
    assert ["copy", "eici"] == unnamed(known, asked=[], named=[])


def test_only_what_puts_another_out_of_force_is_asked() -> None:
    """A first issue is about nothing, a corrigendum about its own number."""
    assert [] == target_problems(ADVISORY, _known(entry=None))
    assert [] == target_problems(corrigendum(ADVISORY), _known(entry=None))


def test_a_corrigendum_names_every_audience_that_has_the_advisory() -> None:
    """Who has the original gets the corrigendum, with a note of the audience: it must have its line."""
    assert [] == target_problems(corrigendum(ADVISORY), _known(R.DONE, printed=[PRINTED]))
    assert [("error", "target_audience")] == [
        (str(one.severity), str(one.code))
        for one in target_problems(corrigendum(ADVISORY), _known(R.DONE, printed=[OTHERS, PRINTED]))
    ]


def test_each_is_told_with_what_it_needs() -> None:
    """Every code has its sentence in both languages, and what stands in it is given."""
    withdrawal = successor(ADVISORY, "withdrawal")
    cases = [
        _known(),
        _known(entry=None),
        _known(entry=None, drafted=False),
        _known(entry=replace(REGISTERED, reason="misprint")),
        _known(R.DONE, dates=frozenset({date(2025, 8, 1)})),
        _known(R.DONE, successor=Successor("supersession", "12/X", "12-X")),
        _known(R.DONE, successor=Successor("withdrawal", "12/X", "12-X")),
        _known(R.DONE, printed=[OTHERS]),
    ]
    found = [problem for case in cases for problem in target_problems(withdrawal, case)]
    texts = [sentences()[one.code] for one in found]
    named = [[{name for _, name, _, _ in Formatter().parse(text[tag])} for tag in ("hi", "en")] for text in texts]

    assert set(Said) == {one.code for one in found}
    assert all("{" not in text for one in found for text in message(one).values())
    assert all(hindi == english for hindi, english in named)
