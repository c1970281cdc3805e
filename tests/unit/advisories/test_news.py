"""What a website asks of the texts of its item."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from dispatcher.advisories.news import FLASH, news_problems

if TYPE_CHECKING:
    from dispatcher.model import Advisory

LANGUAGES = ("hi", "en")


def _with(advisory: Advisory, name: str, language: str, text: str) -> Advisory:
    changed = {**advisory.news[name], language: text}
    return replace(advisory, news={**advisory.news, name: changed})


def test_the_sample_has_none(advisory: Advisory) -> None:
    """The flash of the sample is short enough in both languages."""
    assert [] == news_problems(advisory, LANGUAGES, file="x/advisory.yaml")


def test_a_flash_has_at_most_two_hundred_characters(advisory: Advisory) -> None:
    """200 characters of any script are taken; one more is an error that tells how many there are."""
    full, over = (_with(advisory, "flash", "hi", "क" * count) for count in (FLASH, FLASH + 1))
    (problem,) = news_problems(over, LANGUAGES, file="x/advisory.yaml")

    assert [] == news_problems(full, LANGUAGES, file="x/advisory.yaml")
    assert ("news_flash_long", "news.flash.hi", {"size": "201", "limit": "200"}) == (
        problem.code,
        problem.source.column,
        problem.facts,
    )


@pytest.mark.parametrize("name", ["flash", "title"])
def test_a_flash_and_a_title_are_one_line(advisory: Advisory, name: str) -> None:
    """A line break in them is an error; a summary and a body may have some."""
    (problem,) = news_problems(_with(advisory, name, "en", "one\ntwo"), LANGUAGES, file="x/advisory.yaml")

    assert ("news_lines", f"news.{name}.en", "one") == (problem.code, problem.source.column, problem.value)
    assert [] == news_problems(_with(advisory, "summary", "en", "one\ntwo"), LANGUAGES, file="x/advisory.yaml")
