"""Each question of the lint is asked of the seed's own text where it should be, and settled by an answer."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from dispatcher.advisories.answering import with_answers
from dispatcher.advisories.lint import ambiguous_noons, lint_problems, odd_phones, other_helpdesks
from dispatcher.errors import Severity
from dispatcher.model import Advisory, Answer, Office
from dispatcher.words import message

SEED = (Path(__file__).parents[2] / "data" / "seed_advisory.txt").read_text("utf-8")
HINDI_LETTERHEAD = "दूरभाष: 022-20825140, फैक्स: 022-220825148"
LANGUAGES = ("hi", "en")


def test_noon_of_the_seed_is_asked_about() -> None:
    """Both of its hours are "12:00 pm"; what says noon or midnight is clear."""
    assert ["12:00 pm", "12:00 pm"] == ambiguous_noons(SEED)
    assert [] == ambiguous_noons("12:00 noon, 12 midnight, 1:12 pm, 12:30 pm")


def test_fax_of_the_seed_has_a_digit_too_many() -> None:
    """Nine digits behind 022 in the Hindi letterhead, eight in the English one and in all other numbers."""
    assert [("022220825148", 12)] == odd_phones(HINDI_LETTERHEAD, "hi")
    assert [] == odd_phones(SEED, "en")


def test_another_helpdesk_is_asked_about() -> None:
    """The website's helpdesk is not the one of the seed; the seed's own is."""
    mine = "eccs.helpdesk@icegate.gov.in"

    assert [] == other_helpdesks(SEED, "en", mine)
    assert ["eccs.tradehelpdesk@icegate.gov.in"] == other_helpdesks(
        "or eccs.tradehelpdesk@icegate.gov.in", "en", mine
    )


def test_lead_time_of_the_seed_is_short(advisory: Advisory, office: Office) -> None:
    """From the end of 12.08.2025 to noon of the next day there are 12 hours; a day more is enough."""
    early = replace(advisory, issued=advisory.issued - timedelta(days=1))
    asked, not_asked = (
        [one for one in lint_problems(each, LANGUAGES, office=office, file="a") if one.code == "lint_lead_time"]
        for each in (advisory, early)
    )

    assert date(2025, 8, 12) == advisory.issued
    assert ["13.08.2025 12:00"] == [one.value for one in asked]
    assert "(12)" in message(asked[0])["en"]
    assert [] == not_asked


@pytest.mark.parametrize(
    ("text", "code", "value"),
    [
        ("12:00 am", "lint_noon", "12:00 am"),
        ("022-2082514", "lint_phone", "0222082514"),
        ("helpdesk@other.example", "lint_helpdesk", "helpdesk@other.example"),
    ],
)
def test_a_question_names_its_key(advisory: Advisory, office: Office, text: str, code: str, value: str) -> None:
    """A warning in both languages, at the text that it is about; an answer makes a note of it."""
    changed = replace(advisory, do={"hi": "पासवर्ड बदलें", "en": text})
    (problem,) = [
        one for one in lint_problems(changed, LANGUAGES, office=office, file="a") if one.source.column == "do.en"
    ]
    (answered,) = with_answers([problem], [Answer(code=code, reason="as issued", by="jd")])

    assert (Severity.WARNING, code, value) == (problem.severity, problem.code, problem.value)
    assert all(message(problem).values())
    assert Severity.NOTE is answered.severity


def test_numbers_of_the_letterhead(advisory: Advisory, office: Office) -> None:
    """A slip in config.yaml is named there."""
    wrong = replace(office, fax="022-220825148")
    found = [one for one in lint_problems(advisory, LANGUAGES, office=wrong, file="a") if one.code == "lint_phone"]

    assert ["config.yaml, key office.fax"] == [str(one.source) for one in found]
