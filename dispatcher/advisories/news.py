"""What a website asks of the texts of its item. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dispatcher.advisories.schema import problem_at

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dispatcher.errors import Problem
    from dispatcher.model import Advisory

FLASH = 200
"""Characters that a line of the ticker has at most."""


def news_problems(advisory: Advisory, languages: Sequence[str], *, file: str) -> list[Problem]:
    """Return what is wrong with the website item of an advisory: a flash or a title that is no single line."""
    return [problem for language in languages for problem in _of_language(advisory, language, file)]


def _of_language(advisory: Advisory, language: str, file: str) -> Iterator[Problem]:
    for name in ("flash", "title"):
        text = advisory.news[name][language]
        if "\n" in text:
            yield problem_at("news_lines", file, f"news.{name}.{language}", text.partition("\n")[0])
    flash = advisory.news["flash"][language]
    if len(flash) > FLASH:
        size = {"size": str(len(flash)), "limit": str(FLASH)}
        yield problem_at("news_flash_long", file, f"news.flash.{language}", flash, **size)
