"""Each question of the lint is asked of the seed's own text where it should be, and settled by an answer."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from dispatcher.advisories.answering import with_answers
from dispatcher.advisories.lint import (
    ambiguous_noons,
    lint_problems,
    odd_phones,
    other_helpdesks,
)
from dispatcher.advisories.midnights import ambiguous_midnights
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


@pytest.mark.parametrize(
    ("language", "text", "found"),
    [
        ("en", "before 12:00 midnight on 01.09.2025, by 12 midnight", ["12:00 midnight", "12 midnight"]),
        ("hi", "01.09.2025 को मध्यरात्रि 12:00 बजे से", ["मध्यरात्रि 12:00"]),
        ("hi", "रात 12 बजे, रात्रि 12:00 बजे, मध्यरात्रि 12 से", ["रात 12", "रात्रि 12:00", "मध्यरात्रि 12"]),
        ("hi", "12:00 बजे मध्यरात्रि, 12 बजे रात्रि", ["12:00 बजे मध्यरात्रि", "12 बजे रात्रि"]),
        ("en", "by 12:00 hours midnight or 12:00 hrs midnight", ["12:00 hours midnight", "12:00 hrs midnight"]),
        (
            "en",
            "from midnight 12:00 on, midnight 12, 12 hrs. midnight",
            ["midnight 12:00", "midnight 12", "12 hrs. midnight"],
        ),
        ("hi", "मध्यरात्रि 12 दिसंबर, रात 12 दिसंबर, मध्यरात्रि 12/08/2025", ["मध्यरात्रि"] * 2),
        ("en", "midnight, 12 December; midnight 12 December, midnight 12/08/2025", ["midnight"] * 3),
        (
            "en",
            "till midnight of 12th August 2025; at Midnight; the mid-night of the 12th",
            ["midnight", "Midnight", "mid-night"],
        ),
        ("hi", "12 अगस्त, 2025 की मध्य रात्रि से; आधी रात तक; रात के 12 बजे", ["मध्य रात्रि", "आधी रात", "रात के 12"]),
        ("en", "from midnight of 12th August to 14th August, 2025", ["midnight"]),
        ("en", "the midnight of 12th/13th August; midnight between 12.08.2025 and 13.08.2025", []),
        ("en", "the intervening midnight; 00:00 hours (midnight); midnight (24:00 hours), 0000 hrs midnight", []),
        ("hi", "12/13 अगस्त, 2025 की मध्यरात्रि; 12 तथा 13 अगस्त की मध्यरात्रि; 00:00 बजे (मध्यरात्रि)", []),
        ("hi", "12 रात तक, रात 12 लोग, दोपहर 12 बजे रात्रि, रात 11:12 बजे, रात 10 बजे", []),
        ("hi", "दोपहर 12:00 बजे से रात 10:00 बजे तक, रात 12:30 बजे, रात 120 बजे", []),
        ("en", "00:00 hours (the start of the day), 24:00 hours, 12:00 noon, 12:30 am", []),
        ("hi", "00:00 बजे (दिन का आरंभ), दोपहर 12:00 बजे, मध्यरात्रि 12:30 बजे", []),
    ],
)
def test_midnight_that_is_called_twelve_is_asked_about(language: str, text: str, found: list[str]) -> None:
    """It can be the beginning of the day beside it or its end; what the 24-hour clock says is clear."""
    assert found == ambiguous_midnights(text, language)


@pytest.mark.parametrize(("language", "word"), [("en", "midnight"), ("hi", "रात")])
def test_a_long_text_is_searched_in_passing(language: str, word: str) -> None:
    """Wide gaps between twelves and words are gone through once: a text of two megabytes ends."""
    gaps = (" " * 200_000).join(["12", word, "12 hours", word, "12:00 बजे"])

    assert 4 >= len(ambiguous_midnights(gaps + " 12" * 400_000, language))


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


@pytest.mark.parametrize(("short_by", "asked"), [(1, 1), (0, 0)])
def test_a_lead_below_a_day_is_short(advisory: Advisory, office: Office, short_by: int, asked: int) -> None:
    """Counted from the end of the day of issue: a minute less than 24 hours is asked about, 24 hours are not."""
    end = datetime(2025, 8, 13, tzinfo=ZoneInfo("Asia/Kolkata"))
    made = replace(advisory, notify_before=end + timedelta(hours=24) - timedelta(minutes=short_by))
    lint = lint_problems(made, LANGUAGES, office=office, file="a")

    assert asked == len([one for one in lint if one.code == "lint_lead_time"])


@pytest.mark.parametrize("kind", ["incident", "restored", "withdrawal", "phishing_warning"])
def test_what_nobody_can_know_before_has_no_short_lead(advisory: Advisory, office: Office, kind: str) -> None:
    """Of what holds at once, everybody is told some hours after it."""
    lint = lint_problems(replace(advisory, kind=kind), LANGUAGES, office=office, file="a")

    assert "lint_lead_time" not in {one.code for one in lint}


@pytest.mark.parametrize(
    ("kind", "hours", "asked"),
    [
        ("incident", 1, [("effective_at", "12.08.2025 23:00")]),
        ("restored", 1, [("effective_at", "12.08.2025 23:00")]),
        ("incident", 0, []),
        ("incident", -3, []),
        ("go_live", 1, []),
    ],
)
def test_what_has_happened_does_not_lie_ahead(
    advisory: Advisory, office: Office, kind: str, hours: int, asked: list[tuple[str, str]]
) -> None:
    """A disruption that begins after everybody is to know of it is a slip, or another kind."""
    told = datetime(2025, 8, 12, 22, tzinfo=ZoneInfo("Asia/Kolkata"))
    made = replace(advisory, kind=kind, notify_before=told, effective_at=told + timedelta(hours=hours))
    lint = lint_problems(made, LANGUAGES, office=office, file="a")

    assert asked == [(one.source.column, one.value) for one in lint if one.code == "lint_still_to_come"]


def test_a_disruption_of_a_later_day_lies_ahead(advisory: Advisory, office: Office) -> None:
    """Later than the day on which it is issued, whenever everybody is to know."""
    ahead = advisory.effective_at + timedelta(hours=2)
    lint = lint_problems(
        replace(advisory, kind="incident", notify_before=ahead), LANGUAGES, office=office, file="a"
    )

    assert ["13.08.2025 12:00"] == [one.value for one in lint if one.code == "lint_still_to_come"]


@pytest.mark.parametrize(
    ("text", "code", "value"),
    [
        ("12:00 am", "lint_noon", "12:00 am"),
        ("12:00 midnight", "lint_midnight", "12:00 midnight"),
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
