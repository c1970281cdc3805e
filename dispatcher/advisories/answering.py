"""Questions of the lint that an officer has answered in advisory.yaml (answers:). Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dispatcher.errors import Problem, Severity, Source
from dispatcher.words import message, sentences

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from dispatcher.model import Answer


def with_answers(problems: Iterable[Problem], answers: Sequence[Answer]) -> tuple[Problem, ...]:
    """Return the problems with each warning that was answered made a note that holds the answer.

    An answer is to a code, such as place_missing, or to one of its values, as in place_missing:Jaipur. Errors are
    corrected, never answered.
    """
    by_code = {answer.code: answer for answer in answers}
    return tuple(
        _answered(one, by_code.get(f"{one.code}:{one.value}") or by_code.get(one.code)) for one in problems
    )


def unknown_answers(answers: Sequence[Answer], *, file: str) -> list[Problem]:
    """Return a warning for each answer to what this program never asks, such as a code with a slip in it."""
    known = sentences()
    return [
        Problem(Severity.WARNING, "answer_unknown", Source(file, column=f"answers[{n}].code"), answer.code)
        for n, answer in enumerate(answers)
        if answer.code.partition(":")[0] not in known
    ]


def _answered(problem: Problem, answer: Answer | None) -> Problem:
    if answer is None or problem.severity is not Severity.WARNING:
        return problem
    question = message(problem)
    facts = {
        "question_hi": question["hi"],
        "question_en": question["en"],
        "reason": answer.reason,
        "by": answer.by,
    }
    return Problem(Severity.NOTE, "answered", problem.source, problem.value, {"code": problem.code, **facts})
