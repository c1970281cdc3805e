"""The facts of a text are found in both languages, however it writes them."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatcher.advisories.facts import Facts, facts_of, wrong_weekdays
from dispatcher.advisories.wording import time_text

SEED = Path(__file__).parents[2] / "data" / "seed_advisory.txt"
AUGUST = date(2025, 8, 13)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "from 13th August, 2025, onwards"),
        ("en", "on Wednesday, the 13th August, 2025"),
        ("en", "August 13, 2025"),
        ("en", "13 Aug 2025"),
        ("en", "13.08.2025"),
        ("en", "13-08-2025"),
        ("en", "2025-08-13"),
        ("hi", "दिनांक 13 अगस्त, 2025 को"),
        ("hi", "13.08.2025 (बुधवार)"),
        ("hi", "बुधवार, दिनांक 13 अगस्त 2025"),
    ],
)
def test_a_date_is_found(language: str, text: str) -> None:
    """However it is written, it is the day, and its numbers are no other facts."""
    assert Facts(dates=frozenset({AUGUST})) == facts_of(text, language)


@pytest.mark.parametrize(
    ("language", "text", "minutes"),
    [
        ("en", "from 12:00 noon", 720),
        ("en", "12:00 pm onwards", 720),
        ("en", "12:00 a.m.", 0),
        ("en", "12:00 midnight", 0),
        ("en", "at 9:30 am", 570),
        ("en", "by 6 pm", 1080),
        ("en", "1730 hrs IST", 1050),
        ("en", "17:30", 1050),
        ("hi", "दोपहर 12:00 बजे से", 720),
        ("hi", "मध्यरात्रि 12:00 बजे", 0),
        ("hi", "पूर्वाह्न 9:30 बजे", 570),
        ("hi", "अपराह्न 5:30 बजे", 1050),
        ("hi", "शाम 6:00 बजे", 1080),
        ("hi", "रात 11:15 बजे", 1395),
        ("hi", "रात 2:00 बजे", 120),
        ("hi", "17:30 बजे", 1050),
    ],
)
def test_an_hour_is_found(language: str, text: str, minutes: int) -> None:
    """Each half of the day by its own words; an hour is no number."""
    assert Facts(hours=frozenset({minutes})) == facts_of(text, language)


@given(st.integers(0, 23), st.integers(0, 59))
def test_what_templates_write_is_read_again(hour: int, minute: int) -> None:
    """The hours that the filters write in both languages are the same facts."""
    zone = ZoneInfo("Asia/Kolkata")
    moment = datetime(2025, 8, 13, hour, minute, tzinfo=zone)
    said = [
        facts_of(time_text(moment, language, style, zone=zone), language)
        for language in ("hi", "en") for style in ("noon", "pm", "clock")
    ]  # fmt: skip

    assert [Facts(hours=frozenset({hour * 60 + minute}))] * 6 == said


@pytest.mark.parametrize(
    ("text", "facts"),
    [
        ("Advisory No. 10/SYS/WZU/2025", Facts(references=frozenset({"10/SYS/WZU/2025"}))),
        ("see https://www.cbic.gov.in/a?b=1.", Facts(links=frozenset({"https://www.cbic.gov.in/a?b=1"}))),
        (
            "[Email-id: ECCS.Help@icegate.gov.in; x]",
            Facts(addresses=frozenset({"eccs.help@icegate.gov.in"})),
        ),
        (
            "return-form.txt (or onward-10-SYS-WZU-2025-R1.zip)",
            Facts(references=frozenset({"return-form.txt", "onward-10-SYS-WZU-2025-R1.zip"})),
        ),
        ("Contact No.: 1800-2666-882", Facts(phones=frozenset({"18002666882"}))),
        ("+91 22 2082 5140", Facts(phones=frozenset({"912220825140"}))),
        ("12,34,567 consignments, 2.5 %", Facts(numbers=frozenset({"1234567", "2.5"}))),
        ("Commissioner/ Commissioner and/or", Facts()),
        ("1. Log in.\n2. Reset.", Facts(numbers=frozenset({"1", "2"}), steps=2)),
        ("13.13.2025 is no day", Facts(numbers=frozenset({"13.13", "2025"}))),
    ],
)
def test_other_facts_are_found(text: str, facts: Facts) -> None:
    """References, files, links, addresses, telephones and numbers, each once and nothing else."""
    assert facts == facts_of(text, "en")


@given(st.text(max_size=80), st.sampled_from(["hi", "en", "mr"]))
def test_any_text_has_facts(text: str, language: str) -> None:
    """No text is too odd, and what is found in it does not depend on blanks around it."""
    assert facts_of(text, language) == facts_of(f"  {text}  ", language)


def test_a_weekday_must_be_that_of_its_date() -> None:
    """The seed's own weekday is right; another one beside the same date is not."""
    seed = SEED.read_text("utf-8")

    assert [] == list(wrong_weekdays(seed, "en"))
    assert [("Thursday", AUGUST)] == list(wrong_weekdays(seed.replace("Wednesday", "Thursday"), "en"))
    assert [("गुरुवार", AUGUST)] == list(wrong_weekdays("गुरुवार, दिनांक 13 अगस्त, 2025 को", "hi"))


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("The helpdesk is open Monday to Friday from 13.08.2025.", "en"),
        ("From 13.08.2025, Mondays to Fridays.", "en"),
        ("From 13.08.2025 (Monday - Friday).", "en"),
        ("सहायता केंद्र 13.08.2025 से सोमवार से शुक्रवार तक खुला रहेगा।", "hi"),
    ],
)
def test_a_span_of_the_week_says_nothing_of_a_date(text: str, language: str) -> None:
    """From Monday to Friday, every week: no date beside it is wrong for that; of several days the last may be."""
    assert [] == list(wrong_weekdays(text, language))
    assert ["Friday"] == [name for name, _ in wrong_weekdays("Monday and Friday, 13.08.2025", "en")]


def test_a_weekday_far_from_a_date_is_its_own() -> None:
    """Open on Mondays: nobody says that the date is one."""
    assert [] == list(wrong_weekdays("From 13.08.2025. The office of the custodian opens on Monday.", "en"))
