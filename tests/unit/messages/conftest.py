"""The sample workspace: its office, advisory, templates, audiences."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from dispatcher.advisories.reading import read_advisory
from dispatcher.messages.rendering import Renderer
from dispatcher.messages.templates import read_templates
from dispatcher.model import Office
from tests import drafts

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from dispatcher.model import Advisory, Audience

ROOT = Path(__file__).parents[3]
LANGUAGES = ("hi", "en")


@pytest.fixture(scope="session")
def office() -> Office:
    """Give the office of the sample workspace."""
    return Office(**drafts.settings()["office"])


@pytest.fixture(scope="session")
def audiences() -> tuple[Audience, ...]:
    """Give all six audiences, none with a kit."""
    return tuple(replace(one, kit=None) for one in drafts.audiences())


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
    return Renderer(
        templates, office=office, languages=LANGUAGES, audiences=audiences, reply_to="returns@customs.example"
    )
