"""The catalogs: sentences in both languages, sheet headings and their synonyms, places. Data stands in YAML."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

    from dispatcher.errors import Problem


@cache
def catalog(name: str) -> dict[str, Any]:
    """Return the catalog `words/<name>.yaml` as read."""
    return _read(files("dispatcher.words").joinpath(f"{name}.yaml"))


@cache
def sentences() -> dict[str, dict[str, str]]:
    """Return every problem's sentences: code -> {"hi": ..., "en": ...}, gathered from words/problems/."""
    folder = files("dispatcher.words").joinpath("problems")
    found: dict[str, dict[str, str]] = {}
    for file in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if file.name.endswith(".yaml"):
            found |= _read(file)
    return found


def message(problem: Problem) -> dict[str, str]:
    """Return what to tell people of a problem: {"hi": ..., "en": ...}."""
    values = {"value": problem.value, **problem.facts}
    return {language: text.format_map(values) for language, text in sentences()[problem.code].items()}


def _read(file: Traversable) -> dict[str, Any]:
    # the loader in C, which PyYAML may be built without, takes a tenth of the time
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    data = yaml.load(file.read_text(encoding="utf-8"), Loader=loader)  # noqa: S506 - a safe loader
    assert isinstance(data, dict)
    return data
