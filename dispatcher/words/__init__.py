"""The catalogs: sentences in both languages, sheet headings and their synonyms, places. Data stands in YAML."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from dispatcher.errors import Problem


@cache
def catalog(name: str) -> dict[str, Any]:
    """Return the catalog `words/<name>.yaml` as read."""
    text = files("dispatcher.words").joinpath(f"{name}.yaml").read_text(encoding="utf-8")
    data = yaml.safe_load(text)
    assert isinstance(data, dict)
    return data


@cache
def sentences() -> dict[str, dict[str, str]]:
    """Return every problem's sentences: code -> {"hi": ..., "en": ...}, gathered from words/problems/."""
    folder = files("dispatcher.words").joinpath("problems")
    found: dict[str, dict[str, str]] = {}
    for file in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if file.name.endswith(".yaml"):
            found |= yaml.safe_load(file.read_text(encoding="utf-8"))
    return found


def message(problem: Problem) -> dict[str, str]:
    """Return what to tell people of a problem: {"hi": ..., "en": ...}."""
    values = {"value": problem.value, **problem.facts}
    return {language: text.format_map(values) for language, text in sentences()[problem.code].items()}
