"""Settings are read without what the environment of the tests may hold."""

from __future__ import annotations

import os

import pytest


@pytest.fixture(autouse=True)
def _bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.upper().startswith("DISPATCHER_")]:
        monkeypatch.delenv(name)
