from __future__ import annotations

import pytest

from dispatcher.advisories.answering import unknown_answers, with_answers
from dispatcher.errors import Problem, Severity, Source
from dispatcher.model import Answer
from dispatcher.words import message

QUESTION = Problem(
    Severity.WARNING,
    "place_missing",
    Source("advisory.yaml", column="addressees[2].places"),
    "Jaipur",
    {"audience": "custodians", "others": "commissioners", "hindi": "जयपुर"},
)


def _answer(code: str) -> Answer:
    return Answer(code=code, reason="No custodian at Jaipur", by="jd")


@pytest.mark.parametrize("code", ["place_missing", "place_missing:Jaipur"])
def test_an_answered_question_is_a_note(code: str) -> None:
    """An answer to a code, or to one value of it, leaves a note that shows question, reason and officer."""
    (note,) = with_answers([QUESTION], [_answer(code)])

    told = message(note)
    assert (Severity.NOTE, "answered", "place_missing") == (note.severity, note.code, note.facts["code"])
    assert all("No custodian at Jaipur" in text and "jd" in text for text in told.values())
    assert message(QUESTION)["en"] in told["en"]


@pytest.mark.parametrize("code", ["place_missing:Delhi", "place", "place_uncovered"])
def test_other_questions_stay(code: str) -> None:
    """An answer to another code or value settles nothing."""
    assert (QUESTION,) == with_answers([QUESTION], [_answer(code)])


def test_an_error_cannot_be_answered() -> None:
    """Errors are corrected, whatever an answer says."""
    error = Problem(Severity.ERROR, "place_missing", QUESTION.source, "Jaipur", QUESTION.facts)

    assert (error,) == with_answers([error], [_answer("place_missing")])


def test_an_answer_to_no_question_is_told() -> None:
    """A code with a slip in it, with a value or without, is named by its place; one that may be asked is not."""
    answers = [_answer("place_missing:Jaipur"), _answer("lint_nonsense"), _answer("place_mising:Jaipur")]
    found = unknown_answers(answers, file="advisory.yaml")

    assert [
        (Severity.WARNING, "answers[1].code", "lint_nonsense"),
        (Severity.WARNING, "answers[2].code", "place_mising:Jaipur"),
    ] == [(one.severity, one.source.column, one.value) for one in found]
    assert all("lint_nonsense" in text for text in message(found[0]).values())
