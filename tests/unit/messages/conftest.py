"""The sample workspace: its office, advisory, templates, audiences."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from dispatcher.advisories.reading import read_advisory
from dispatcher.messages.rendering import Renderer
from dispatcher.messages.templates import read_templates
from dispatcher.model import Audience, Office, Part

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from dispatcher.model import Advisory

ROOT = Path(__file__).parents[3]
LANGUAGES = ("hi", "en")


def _settings() -> dict[str, Any]:
    settings: dict[str, Any] = yaml.safe_load((ROOT / "config.yaml").read_text(encoding="utf-8"))
    return settings


@pytest.fixture(scope="session")
def office() -> Office:
    """Give the office of the sample workspace."""
    return Office(**_settings()["office"])


@pytest.fixture(scope="session")
def audiences() -> tuple[Audience, ...]:
    """Give all six audiences."""
    return tuple(
        Audience(
            name=name,
            sheet=Path(keys["sheet"]),
            tab=None,
            part=Part(keys["part"]),
            note=keys["note"],
            by=keys.get("by"),
        )
        for name, keys in _settings()["audiences"].items()
    )


@pytest.fixture(scope="session")
def advisory(office: Office) -> Advisory:
    """Give the sample advisory."""
    return read_advisory(ROOT / "outbox" / "10-SYS-WZU-2025", office=office, languages=LANGUAGES)


@pytest.fixture(scope="session")
def templates() -> Mapping[str, str]:
    """Give the templates of the sample workspace."""
    return read_templates(ROOT / "templates")


@pytest.fixture
def renderer_of(office: Office, audiences: tuple[Audience, ...]) -> Callable[[Mapping[str, str]], Renderer]:
    """Make a renderer of templates."""
    return lambda templates: Renderer(templates, office=office, languages=LANGUAGES, audiences=audiences)


@pytest.fixture(scope="session")
def renderer(templates: Mapping[str, str], office: Office, audiences: tuple[Audience, ...]) -> Renderer:
    """Give the renderer of the sample workspace."""
    return Renderer(templates, office=office, languages=LANGUAGES, audiences=audiences)
