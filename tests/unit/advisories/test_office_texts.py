"""The gate lets sentences pass as offices write them, and stops every slip in one of the languages."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import yaml

from dispatcher.advisories.parity import differences, text_problems
from dispatcher.errors import Source

if TYPE_CHECKING:
    from collections.abc import Iterator

LANGUAGES = ("hi", "en")
TEXTS = yaml.safe_load((Path(__file__).parents[2] / "data" / "office_texts.yaml").read_text("utf-8"))
WORDS = (
    ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November"),
    ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
    ("AM", "PM"), ("am", "pm"), ("a.m.", "p.m."), ("noon", "midnight"), ("lakh", "crore"),
)  # fmt: skip


def _faults(hindi: str, english: str) -> list[str]:
    texts = {"hi": hindi, "en": english}
    single = [one.code for tag, text in texts.items() for one in text_problems(text, tag, at=Source("a"))]
    return [*single, *(kind for kind, *_ in differences(hindi, english, LANGUAGES))]


def _with_another_digit(text: str) -> Iterator[str]:
    for found in re.finditer("[0-9]", text):
        yield f"{text[: found.start()]}{(int(found[0]) + 1) % 10}{text[found.end() :]}"


def _with_another_word(text: str) -> Iterator[str]:
    for words in WORDS:
        for word, other in zip(words, (*words[1:], words[0]), strict=True):
            for found in re.finditer(rf"(?<![A-Za-z]){re.escape(word)}(?![A-Za-z])", text):
                yield f"{text[: found.start()]}{other}{text[found.end() :]}"


@pytest.mark.parametrize("text", TEXTS, ids=lambda text: text["en"][:40])
def test_what_says_the_same_may_go(text: dict[str, str]) -> None:
    """Grouped numbers, hours, ranges, telephone numbers, links and references, each as its language writes it."""
    assert [] == _faults(text["hi"], text["en"])


@pytest.mark.parametrize("text", TEXTS, ids=lambda text: text["en"][:40])
def test_a_slip_is_stopped(text: dict[str, str]) -> None:
    """Another digit in either language, another month, weekday, half of the day or scale in English."""
    hindi, english = text["hi"], text["en"]
    slips = [(each, english) for each in _with_another_digit(hindi)]
    slips += [(hindi, each) for each in (*_with_another_digit(english), *_with_another_word(english))]

    assert [] == [slip for slip in slips if not _faults(*slip)]


@pytest.mark.parametrize(
    ("hindi", "english", "kinds"),
    [
        ("शाम 6 बजे", "at 6 am", ["hours"]),
        ("रात 12 बजे", "12 noon", ["hours"]),
        ("अपराह्न 3 से 5 बजे", "3 to 5 am", ["hours"]),
        ("10 से 12 अगस्त, 2025", "12 August, 2025", ["dates"]),
        ("5 लाख रुपये", "Rs. 5 crore", ["numbers"]),
        ("चरण 1,2", "step 12", ["numbers"]),
        ("courier.cbic.gov.in", "courier.cbic.nic.in", ["links"]),
        ("https://a.example/x।फिर देखें", "https://a.example/y", ["links"]),
        ("सं.10/SYS/WZU/2025", "No.11/SYS/WZU/2025", ["references"]),
        ("सितंबर, 2025 माह", "month of August, 2025", ["days"]),
        ("13 अगस्त, 2025", "13 August", ["dates", "days"]),
    ],
)
def test_what_differs_is_told_by_its_kind(hindi: str, english: str, kinds: list[str]) -> None:
    """Nothing of it is told twice."""
    assert kinds == [kind for kind, *_ in differences(hindi, english, LANGUAGES)]
