"""A release in which the languages differ in a fact is refused, text by text, side by side."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from dispatcher.advisories.parity import differences, parity_problems
from dispatcher.errors import Severity
from dispatcher.words import message

if TYPE_CHECKING:
    from dispatcher.model import Advisory

LANGUAGES = ("hi", "en")
HINDI = "परामर्शी सं. 10/SYS/WZU/2025 दिनांक 13.08.2025 (बुधवार) को दोपहर 12:00 बजे से; सहायता: 1800-2666-882।"
ENGLISH = "Advisory No. 10/SYS/WZU/2025: from 12:00 noon on Wednesday, 13.08.2025. Help: 1800-2666-882."


def test_the_sample_agrees(advisory: Advisory) -> None:
    """The sample, whose Hindi was made from its English, holds the same facts throughout."""
    assert [] == parity_problems(advisory, LANGUAGES, file="advisory.yaml")


def test_same_facts_in_other_words() -> None:
    """Dates and hours are compared by what they mean."""
    assert [] == list(differences(HINDI, ENGLISH, LANGUAGES))


@pytest.mark.parametrize(
    ("changed", "found"),
    [
        (HINDI.replace("13.08.2025 (बुधवार)", "14.08.2025"), ("dates", "14.08.2025", "13.08.2025")),
        (HINDI.replace("दोपहर 12:00", "अपराह्न 2:00"), ("hours", "14:00", "12:00")),
        (HINDI.replace("मध्य", "").replace("दोपहर", "मध्यरात्रि"), ("hours", "00:00", "12:00")),
        (HINDI.replace("10/SYS", "11/SYS"), ("references", "11/SYS/WZU/2025", "10/SYS/WZU/2025")),
        (HINDI.replace("-882", "-822"), ("phones", "18002666822", "18002666882")),
        (HINDI + " 3 चरण", ("numbers", "3", "")),
        (HINDI + " a@b.example", ("addresses", "a@b.example", "")),
        (HINDI + " https://a.example/x", ("links", "https://a.example/x", "")),
        ("1. " + HINDI, ("steps", "1", "0")),
    ],
)
def test_a_difference_is_shown_side_by_side(changed: str, found: tuple[str, str, str]) -> None:
    """What one language has alone, beside what the other has."""
    assert found in list(differences(changed, ENGLISH, LANGUAGES))


def _with(advisory: Advisory, hindi: str, english: str) -> list[tuple[str, str | None, str]]:
    changed = replace(advisory, what={"hi": hindi, "en": english})
    problems = parity_problems(changed, LANGUAGES, file="advisory.yaml")
    assert {Severity.ERROR} >= {one.severity for one in problems}
    assert all(message(one)["hi"] and message(one)["en"] for one in problems)
    return [(one.code, one.source.column, one.value) for one in problems]


@pytest.mark.parametrize(
    ("hindi", "english", "problem"),
    [
        ("दिनांक १३ से पासवर्ड समाप्त", "Passwords expire", ("parity_digits", "what.hi", "१३")),
        ("Reset करें पासवर्ड आज ही", "Reset it", ("parity_latin", "what.hi", "Reset")),
        ("egkfuns'kky; ls lwpuk", "A notice", ("parity_legacy_font", "what.hi", "egkfuns'kky ls lwpuk")),
        ("नया dk;kZy; vij भवन", "The new office building", ("parity_legacy_words", "what.hi", "dk;kZy; vij")),
        ("Passwords expire", "Passwords expire", ("parity_legacy_font", "what.hi", "Passwords expire")),
        ("पासवर्ड बदलें", "Change पासवर्ड now", ("parity_script", "what.en", "पासवर्ड")),
        (
            "गुरुवार, दिनांक 13 अगस्त, 2025", "Thursday, 13 August 2025",
            ("parity_weekday", "what.en", "Thursday"),
        ),
        ("दिनांक 14.08.2025", "On 13.08.2025", ("parity_differs", "what", "14.08.2025 | 13.08.2025")),
    ],
)  # fmt: skip
def test_what_does_not_belong_is_named(
    advisory: Advisory, hindi: str, english: str, problem: tuple[str, str, str]
) -> None:
    """Digits, script, font, weekday and facts, each with its key."""
    assert problem in _with(advisory, hindi, english)


@pytest.mark.parametrize(
    "hindi",
    [
        "हस्ताक्षरित PDF का SHA-256 मान",
        "परामर्शी 10/SYS/WZU/2025",
        "श्रेणी III का टोकन, चरण (ii)",
        "ICEGATE पर, a.b@c.example, https://d.example",
        "प्रपत्र (return-form.txt)",
    ],
)
def test_what_is_always_in_latin_script_may_stay(advisory: Advisory, hindi: str) -> None:
    """Codes, addresses and the words of the allow-list are no slip."""
    assert not [
        code for code, *_ in _with(advisory, hindi, hindi) if code in {"parity_latin", "parity_legacy_font"}
    ]


def test_an_office_may_allow_words_of_its_own(advisory: Advisory) -> None:
    """What latin_words of config.yaml names may stay, in any case; the rest is still a slip."""
    changed = replace(advisory, what={"hi": "Edpms तथा IDPMS में आँकड़े", "en": "Data in EDPMS and IDPMS"})
    found = parity_problems(changed, LANGUAGES, file="advisory.yaml", latin=["EDPMS"])

    assert [("parity_latin", "IDPMS")] == [(one.code, one.value) for one in found]
