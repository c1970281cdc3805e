"""Days, months and weekdays are read in every spelling that offices use, and in either way of Unicode."""

from __future__ import annotations

import unicodedata
from datetime import date

import pytest
from babel.dates import get_month_names

from dispatcher.advisories.facts import Facts, facts_of, wrong_weekdays
from dispatcher.advisories.parity import differences, text_problems
from dispatcher.advisories.wording import weekday_text
from dispatcher.errors import Source
from dispatcher.words import catalog

LANGUAGES = ("hi", "en")
MONTHS = [
    (number, name)
    for number, names in (
        *catalog("facts")["hi"]["months"].items(),
        *((number, [name]) for number, name in get_month_names("wide", locale="hi").items()),
    )
    for name in names
]
WEEKDAYS = [(number, name) for number, names in catalog("facts")["hi"]["weekdays"].items() for name in names]
WEEKDAYS += [(number, weekday_text(date(2025, 9, 1 + number), "hi")) for number in range(7)]
NUKTA = {"फ़रवरी": "\u095eरवरी", "साढ़े": "सा\u095dे"}
"""As typed with a letter that has its dot in it, which NFC takes apart."""


def _months_in_english(number: int) -> str:
    return str(get_month_names("wide", locale="en")[number])


@pytest.mark.parametrize(("number", "name"), MONTHS)
def test_a_month_is_known_in_each_spelling(number: int, name: str) -> None:
    """The same date in English agrees; another month's, with a year or without one, does not."""
    month, other = _months_in_english(number), _months_in_english(number % 12 + 1)
    for typed in (name, unicodedata.normalize("NFD", name), NUKTA.get(name, name)):
        dated, undated = f"दिनांक 13 {typed}, 2025 को", f"13 {typed} को"

        assert [] == list(differences(dated, f"on 13th {month}, 2025", LANGUAGES))
        assert [] == list(differences(undated, f"on 13 {month}", LANGUAGES))
        assert ["dates"] == [kind for kind, *_ in differences(dated, f"on 13 {other} 2025", LANGUAGES)]
        assert ["days"] == [kind for kind, *_ in differences(undated, f"on 13 {other}", LANGUAGES)]


@pytest.mark.parametrize(("number", "name"), WEEKDAYS)
def test_a_weekday_is_known_in_each_spelling(number: int, name: str) -> None:
    """Beside its own date it is right, beside the next it is not; without a date the languages must agree."""
    right, wrong = date(2025, 9, 1 + number), date(2025, 9, 2 + number)
    english = [weekday_text(day, "en") for day in (right, wrong)]

    assert [] == list(wrong_weekdays(f"{name}, दिनांक {right:%d.%m.%Y}", "hi"))
    assert [(name, wrong)] == list(wrong_weekdays(f"{wrong:%d.%m.%Y} ({name})", "hi"))
    assert [] == list(differences(f"प्रत्येक {name} को", f"every {english[0]}", LANGUAGES))
    assert ["weekdays"] == [kind for kind, *_ in differences(f"प्रत्येक {name}", f"{english[1]}s", LANGUAGES)]


def test_weekdays_that_differ_are_named() -> None:
    """Each in its own language."""
    assert [("weekdays", "मंगलवार", "Wednesday")] == list(differences("प्रत्येक मंगलवार", "every Wednesday", LANGUAGES))


@pytest.mark.parametrize(
    ("language", "text", "wrong"),
    [
        ("hi", "13.08.2025 (बुध)", []),
        ("hi", "13.08.2025 (मंगल)", ["मंगल"]),
        ("hi", "शनि, 13.08.2025", ["शनि"]),
        ("en", "Thu, 13 Aug 2025 or 13.08.2025 (Wed.)", ["Thu"]),
        ("hi", "13.08.2025 (रवि कुमार) तथा मंगल भवन, 13.08.2025", []),
        ("en", "On 13.08.2025 the sun sat", []),
        ("en", "From Monday to Wednesday, 13 August 2025", []),
    ],
)
def test_a_short_weekday_counts_only_where_it_can_be_nothing_else(
    language: str, text: str, wrong: list[str]
) -> None:
    """In brackets or right before a number: they are names and words, too."""
    assert wrong == [name for name, _ in wrong_weekdays(text, language)]


@pytest.mark.parametrize(
    ("language", "text", "days"),
    [
        ("en", "10 to 12 August 2025", [10, 12]),
        ("hi", "10 से 12 अगस्त, 2025 तक", [10, 12]),
        ("hi", "10, 11 एवं 12 अगस्त, 2025", [10, 11, 12]),
        ("en", "10th, 11th and 12th of August, 2025", [10, 11, 12]),
        ("en", "August 10-12, 2025", [10, 12]),
        ("en", "10/12 August 2025", [10, 12]),
        ("hi", "10 अगस्त से 12 अगस्त, 2025", [10, 12]),
        ("en", "10 August - 12 August 2025", [10, 12]),
        ("hi", "अक्‍टूबर 10, 2025 नहीं, अगस्त 10, 2025", None),
        ("hi", "13.08.25", [13]),
        ("en", "13/08/25; 13-Aug-2025; 13.8.2025", [13]),
        ("hi", "दिनांक13.08.2025को", [13]),
        ("hi", "१३.०८.२०२५", [13]),
    ],
)
def test_several_days_of_a_month(language: str, text: str, days: list[int] | None) -> None:
    """All of them are dates, and nothing of them is another fact."""
    wanted = [date(2025, 8, day) for day in days] if days else [date(2025, 8, 10), date(2025, 10, 10)]

    assert Facts(dates=frozenset(wanted)) == facts_of(text, language)


def test_a_range_over_the_end_of_a_year() -> None:
    """The year stands behind its end only."""
    wanted = frozenset({date(2025, 12, 30), date(2026, 1, 2)})

    assert wanted == facts_of("30 December to 2 January, 2026", "en").dates
    assert wanted == facts_of("30 दिसम्बर से 2 जनवरी, 2026 तक", "hi").dates


@pytest.mark.parametrize(
    ("language", "text", "days"),
    [
        ("en", "Form 13 may be used; 5 march on; FORM 13 MAY BE USED", []),
        ("en", "13 May; March 5", ["05.03.", "13.05."]),
        ("hi", "5 मई; अगस्त, 2025 माह", ["05.05.", "08.2025"]),
        ("en", "in August, 3 officers; AUG 2025", ["08.2025"]),
        ("hi", "32 अगस्त", []),
    ],
)
def test_days_without_a_year(language: str, text: str, days: list[str]) -> None:
    """A name of a month that is also a word counts only as a name is written."""
    assert days == sorted(facts_of(text, language).days)


def test_digits_of_ones_own_are_one_error() -> None:
    """They are refused as such; what they say agrees all the same."""
    hindi, english = "दिनांक १३ अगस्त, २०२५ को १,००,००० रुपये", "Rs. 1,00,000 on 13 August, 2025"

    assert [] == list(differences(hindi, english, LANGUAGES))
    assert ["parity_digits"] == [one.code for one in text_problems(hindi, "hi", at=Source("a"))]
