"""A fresh outbox for each test."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.outboxes import Outbox, fresh_store

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from dispatcher.outbox.database import Database


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    """Open a store in a folder of its own."""
    database = fresh_store(tmp_path)
    yield database
    database.close()


@pytest.fixture
def outbox(database: Database) -> Outbox:
    """Give the store with short ways to work on it."""
    return Outbox(database)
