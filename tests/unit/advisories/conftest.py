"""The sample advisory, whole or with something changed in it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from dispatcher.advisories.reading import read_advisory
from dispatcher.errors import InputProblems
from dispatcher.model import Office
from dispatcher.words import message

if TYPE_CHECKING:
    from collections.abc import Callable

    from dispatcher.errors import Problem
    from dispatcher.model import Advisory

ROOT = Path(__file__).parents[3]
SAMPLE = ROOT / "outbox" / "10-SYS-WZU-2025" / "advisory.yaml"


@pytest.fixture(scope="session")
def office() -> Office:
    """Give the office of the sample workspace."""
    settings: dict[str, Any] = yaml.safe_load((ROOT / "config.yaml").read_text(encoding="utf-8"))
    return Office(**settings["office"])


@pytest.fixture(scope="session")
def advisory(office: Office) -> Advisory:
    """Give the sample advisory."""
    return read_advisory(SAMPLE.parent, office=office, languages=("hi", "en"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Give an advisory's folder that holds the sample."""
    folder = tmp_path / SAMPLE.parent.name
    folder.mkdir()
    (folder / "advisory.yaml").write_bytes(SAMPLE.read_bytes())
    return folder


@pytest.fixture
def changed(folder: Path, office: Office) -> Callable[..., Advisory]:
    """Read the sample after every (old, new) pair was replaced in it; each old text must be there."""

    def read(*pairs: tuple[str, str]) -> Advisory:
        text = SAMPLE.read_text(encoding="utf-8")
        for old, new in pairs:
            assert old in text
            text = text.replace(old, new)
        (folder / "advisory.yaml").write_text(text, encoding="utf-8")
        return read_advisory(folder, office=office, languages=("hi", "en"))

    return read


@pytest.fixture
def problems_of(changed: Callable[..., Advisory]) -> Callable[..., tuple[Problem, ...]]:
    """Return the problems of the sample after the replacements; each has its sentences in both languages."""

    def read(*pairs: tuple[str, str]) -> tuple[Problem, ...]:
        with pytest.raises(InputProblems) as caught:
            changed(*pairs)
        for problem in caught.value.problems:
            assert {"hi", "en"} == message(problem).keys()
        return caught.value.problems

    return read
