"""Hours are read as offices write them; a half of the day that is said once counts for both ends of a range."""

from __future__ import annotations

import pytest

from dispatcher.advisories.facts import Facts, facts_of


def _clock(text: str, language: str) -> list[str]:
    facts = facts_of(text, language)
    assert Facts(hours=facts.hours) == facts
    return [f"{minutes // 60:02}:{minutes % 60:02}" for minutes in sorted(facts.hours)]


@pytest.mark.parametrize(
    ("language", "text", "hours"),
    [
        ("hi", "शाम 6 बजे", ["18:00"]),
        ("hi", "6 बजे शाम", ["18:00"]),
        ("hi", "सायं 6.00 बजे", ["18:00"]),
        ("hi", "शाम के 6 बजे, रात को 11 बजे", ["18:00", "23:00"]),
        ("hi", "शाम साढ़े 6 बजे, सवा 7 बजे शाम, पौने 8 बजे शाम", ["18:30", "19:15", "19:45"]),
        ("hi", "रात पौने 12 बजे, दोपहर पौने 1 बजे", ["12:45", "23:45"]),
        ("en", "10:00,11:00 or 12 : 30 hrs; 21:09:09", ["10:00", "11:00", "12:30", "21:09"]),
        ("hi", "प्रात: 10:00 बजे", ["10:00"]),
        ("hi", "अपरान्ह 03:00 बजे", ["15:00"]),
        ("hi", "17 बजे, 1730 बजे", ["17:00", "17:30"]),
        ("hi", "मध्यरात्रि से, रात 12 बजे", ["00:00"]),
        ("hi", "24:00 बजे", ["24:00"]),
        ("hi", "गुजरात 10:00 बजे", ["10:00"]),
        ("hi", "समय:10:00 बजे", ["10:00"]),
        ("hi", "6:00 PM", ["18:00"]),
        ("en", "6 PM, 6:30 P.M., 9.30 a.m", ["09:30", "18:00", "18:30"]),
        ("en", "15.00 hrs, 1530 hours, 1600 Hrs., 1630 IST", ["15:00", "15:30", "16:00", "16:30"]),
        ("en", "6 o'clock, 6:00 in the evening, 9:00 at night", ["06:00", "18:00", "21:00"]),
        ("en", "from noon to midnight", ["00:00", "12:00"]),
        ("en", "this afternoon", []),
    ],
)
def test_an_hour_of_each_form(language: str, text: str, hours: list[str]) -> None:
    """With minutes or without, the half of the day before it or behind it, in either script."""
    assert hours == _clock(text, language)


@pytest.mark.parametrize(
    ("language", "text", "hours"),
    [
        ("en", "3 to 5 pm", ["15:00", "17:00"]),
        ("en", "11 to 1 pm", ["11:00", "13:00"]),
        ("en", "10 to 12 noon", ["10:00", "12:00"]),
        ("en", "9:30 am to 6", ["09:30"]),
        ("en", "9:30 am to 6:00", ["09:30", "18:00"]),
        ("en", "10:00-17:30 hrs", ["10:00", "17:30"]),
        ("en", "3:00 pm to 18:00", ["15:00", "18:00"]),
        ("en", "9:00 pm to 01:00 hrs", ["01:00", "21:00"]),
        ("hi", "अपराह्न 3 से 5 बजे", ["15:00", "17:00"]),
        ("hi", "पूर्वाह्न 11 से 1 बजे", ["11:00", "13:00"]),
        ("hi", "रात 10 बजे से 2 बजे", ["02:00", "22:00"]),
        ("hi", "सुबह 10 से शाम 5 बजे", ["10:00", "17:00"]),
        ("hi", "10 से 18 बजे", ["10:00", "18:00"]),
    ],
)
def test_a_range_of_hours(language: str, text: str, hours: list[str]) -> None:
    """It does not run backwards where the other half of the day is as good; what is exact stays as it is."""
    facts = facts_of(text, language)

    assert hours == [f"{minutes // 60:02}:{minutes % 60:02}" for minutes in sorted(facts.hours)]


@pytest.mark.parametrize(
    ("language", "text", "numbers"),
    [
        ("en", "steps 3 and 17:00 hours", ["3"]),
        ("en", "see para 5. 30 copies are needed", ["5", "30"]),
        ("en", "within 24 hours; 26:00; 13 pm", ["13", "24", "26", "0"]),
        ("hi", "24 घंटे, 12 रात", ["12", "24"]),
        ("en", "2.50 lakh, 10.50 %, 1.25 crore", ["10.5", "12500000", "250000"]),
    ],
)
def test_what_is_no_hour_is_a_number(language: str, text: str, numbers: list[str]) -> None:
    """A length of time, an hour that no clock shows, a share, a sum."""
    assert sorted(numbers) == sorted(facts_of(text, language).numbers)


def test_letters_that_look_alike_where_case_is_ignored() -> None:
    """A long s and a dotless i are read as the letters that they are taken for."""
    assert Facts(hours=frozenset({0, 15 * 60})) == facts_of("m\u0131dnight, 1500 hr\u017f", "en")
