"""What a corrigendum says is compared with the text that it corrects: questions where they do not fit."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest

from dispatcher.acts import Correction
from dispatcher.advisories.answering import with_answers
from dispatcher.advisories.corrections import correction_problems
from dispatcher.advisories.lint import lint_problems
from dispatcher.errors import Severity
from dispatcher.model import Answer
from dispatcher.words import message
from tests.lives import SLIP, corrigendum

if TYPE_CHECKING:
    from dispatcher.errors import Problem
    from dispatcher.model import Advisory, Localized, Office

LANGUAGES = ("hi", "en")
ZONE = ZoneInfo("Asia/Kolkata")
MISSING, REMAINS = "lint_correction_missing", "lint_correction_remains"


def _alike(text: str) -> Localized:
    return dict.fromkeys(LANGUAGES, text)


def _problems(
    advisory: Advisory, office: Office, wrong: Localized, right: Localized, **changes: Any
) -> list[Problem]:
    slip = Correction(where=_alike("paragraph 3"), wrong=wrong, right=right)
    made = replace(corrigendum(advisory), corrections=(slip,), **changes)
    return correction_problems(made, LANGUAGES, office=office, zone=ZONE, file="a")


def _told(problems: list[Problem]) -> list[tuple[str, str | None]]:
    return [(one.code, one.source.column) for one in problems]


def test_what_is_to_be_read_and_is_not_there_is_asked_about(advisory: Advisory, office: Office) -> None:
    """A number is filled in, and that of the text was left as it is: both are told, in each language."""
    problems = _problems(advisory, office, _alike("1800-2666-882"), _alike("1800-2666-889"))

    assert [
        (MISSING, "corrections[0].read.hi"), (REMAINS, "corrections[0].for.hi"),
        (MISSING, "corrections[0].read.en"), (REMAINS, "corrections[0].for.en"),
    ] == _told(problems)  # fmt: skip
    assert {Severity.WARNING} == {one.severity for one in problems}
    assert 'says to read "1800-2666-889", but that is not in the text' in message(problems[0])["en"]
    assert "it still stands in news.body.en, " in message(problems[3])["en"]
    assert all(text for one in problems for text in message(one).values())


def test_a_part_of_another_number_does_not_count(advisory: Advisory, office: Office) -> None:
    """The 882 of 1800-2666-882 is a number of its own, the 82 in it is none."""
    assert [MISSING, REMAINS] * 2 == [
        code for code, _ in _told(_problems(advisory, office, _alike("882"), _alike("889")))
    ]
    assert [] == _told(_problems(advisory, office, _alike("82"), _alike("882")))


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("022-220825148", "022-20825148"),
        ("13.08.2025", "12.08.2025"),
        ("new.desk@icegate.gov.in", "eccs.helpdesk@icegate.gov.in"),
        ("2666-882", "1800-2666-882"),
    ],
)
def test_what_was_carried_out_is_not_asked_about(
    advisory: Advisory, office: Office, wrong: str, right: str
) -> None:
    """In the letterhead, the date, the helpdesk's line; what is right may hold what was wrong."""
    told = _told(_problems(advisory, office, _alike(wrong), _alike(right)))

    assert [] == [one for one in told if one[0] == MISSING]
    assert ([] if wrong != "13.08.2025" else [REMAINS] * 2) == [code for code, _ in told]


def test_a_language_in_which_it_was_forgotten_is_named(advisory: Advisory, office: Office) -> None:
    """Each is compared with its own text."""
    wrong = {"hi": "संयुक्त निदेशक", "en": "Joint Director"}
    right = {"hi": "उप निदेशक", "en": "Deputy Director"}
    signatory = replace(advisory.signatory, designation={"hi": "संयुक्त निदेशक", "en": "Deputy Director"})
    problems = _problems(advisory, office, wrong, right, signatory=signatory)

    assert [(MISSING, "corrections[0].read.hi"), (REMAINS, "corrections[0].for.hi")] == _told(problems)
    assert "signatory.designation.hi" in message(problems[1])["hi"]


def test_what_was_printed_in_one_language_is_quoted_alike(advisory: Advisory, office: Office) -> None:
    """A slip of the Hindi text alone is looked for there, though both languages quote it."""
    assert [] == _told(_problems(advisory, office, _alike("अपर निदेशक"), _alike("संयुक्त निदेशक")))


def test_a_question_is_settled_by_an_answer(advisory: Advisory, office: Office) -> None:
    """What was wrong in one place may be right in another."""
    problems = _problems(advisory, office, _alike("13.08.2025"), _alike("12.08.2025"))
    answer = Answer(code=f"{REMAINS}:13.08.2025", reason="the hour stands", by="jd")

    assert {Severity.WARNING} == {one.severity for one in problems}
    assert {Severity.NOTE} == {one.severity for one in with_answers(problems, [answer])}


def test_the_lint_asks_them(advisory: Advisory, office: Office) -> None:
    """They come with the other questions; an advisory without corrections has none."""
    slip = replace(SLIP, right=_alike("022-11111111"))
    asked, none = (
        [one.code for one in lint_problems(each, LANGUAGES, office=office, file="a") if "correction" in one.code]
        for each in (replace(corrigendum(advisory), corrections=(slip,)), advisory)
    )

    assert [MISSING, MISSING] == asked
    assert [] == none
