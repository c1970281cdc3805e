"""A fresh store for each test that hands a release over."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import pytest
from tenacity import wait_none

from dispatcher.delivery import circuit
from dispatcher.delivery.connecting import connect
from dispatcher.outbox.database import open_database
from tests.lives import Lives
from tests.outboxes import fresh_store
from tests.runs import Dispatching

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def dispatching(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Dispatching]:
    """Open a store in a folder of its own; between tries to connect no time passes."""
    monkeypatch.setattr(circuit, "connect", partial(connect, wait=wait_none()))
    database = open_database("sqlite:///outbox.db", root=tmp_path)
    yield Dispatching(database)
    database.close()


@pytest.fixture
def lives(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Lives]:
    """Open a fresh store; between tries to connect no time passes."""
    monkeypatch.setattr(circuit, "connect", partial(connect, wait=wait_none()))
    database = fresh_store(tmp_path)
    yield Lives(database)
    database.close()
