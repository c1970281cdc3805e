"""The structured log: one JSON object a line, appended, for the operator's eyes only."""

from __future__ import annotations

import json
import stat
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
import structlog

from dispatcher.errors import StoreError
from dispatcher.logs import log_to
from dispatcher.outbox.states import DeliveryState

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def path(tmp_path: Path) -> Iterator[Path]:
    """Give a place for a log; afterwards structlog is as it was."""
    yield tmp_path / "outbox" / "dispatcher.log"
    structlog.reset_defaults()


def _lines(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_log_is_json_lines(path: Path) -> None:
    """Each event is a line with its level and the time in UTC; Hindi stays readable; odd values become text."""
    log_to(path)
    before = datetime.now(UTC)
    structlog.get_logger().info("settled", state=DeliveryState.ACCEPTED, place="मुंबई", at=path)
    structlog.get_logger().warning("trouble", what="two\nlines")
    first, second = _lines(path)

    assert ("settled", "info", "accepted", "मुंबई", str(path)) == tuple(
        first[key] for key in ("event", "level", "state", "place", "at")
    )
    assert ("trouble", "warning", "two\nlines") == (second["event"], second["level"], second["what"])
    assert before <= datetime.fromisoformat(str(first["timestamp"])) <= datetime.now(UTC)
    assert "मुंबई" in path.read_text(encoding="utf-8")


def test_log_is_appended(path: Path) -> None:
    """A later run goes on where the earlier one ended."""
    for event in ("one", "two"):
        log_to(path)
        structlog.get_logger().info(event)

    assert ["one", "two"] == [line["event"] for line in _lines(path)]


def test_log_that_cannot_be_written_is_told(path: Path) -> None:
    """A folder that cannot be made, or a folder in the log's place, is told in a sentence."""
    path.parent.write_text("in the way")

    with pytest.raises(StoreError, match=r"dispatcher\.log cannot be written: .*; check the folder"):
        log_to(path)
    with pytest.raises(StoreError, match="cannot be written: Is a directory"):
        log_to(path.parent.parent)


def test_log_is_private(path: Path) -> None:
    """The log is about people: only its owner reads it."""
    log_to(path)

    assert 0o600 == stat.S_IMODE(path.stat().st_mode)
