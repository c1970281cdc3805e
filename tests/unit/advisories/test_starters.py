"""A new advisory is written whole into a folder of its own, or not at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dispatcher.advisories import starters
from dispatcher.advisories.starters import kind_names, write_new
from dispatcher.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path


def _fail(*_: object) -> None:
    raise OSError("the disk is full")


def test_it_is_written_with_its_folder(tmp_path: Path) -> None:
    """The folder of advisories may be new too; nothing else is left beside the file."""
    file = write_new(tmp_path / "outbox" / "1-A", "number: १")

    assert "number: १" == file.read_text("utf-8")
    assert [file] == list((tmp_path / "outbox" / "1-A").iterdir())


def test_a_folder_is_taken_once(tmp_path: Path) -> None:
    """Of two who begin the same number, the second is told and the first one's text stays."""
    file = write_new(tmp_path / "1-A", "first")

    with pytest.raises(UsageError, match="nothing is overwritten"):
        write_new(tmp_path / "1-A", "second")
    assert "first" == file.read_text()


def test_a_failure_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the disk is full, not even the folder stays, so that the number is free for the next try."""
    monkeypatch.setattr(starters, "write_atomically", _fail)

    with pytest.raises(OSError, match="the disk is full"):
        write_new(tmp_path / "1-A", "text")
    assert [] == list(tmp_path.iterdir())


def test_kinds_are_the_files_of_their_folder(tmp_path: Path) -> None:
    """Other files are none, and a workspace without the folder has none."""
    assert [] == kind_names(tmp_path)
    (tmp_path / "advisories" / "odd.yaml").mkdir(parents=True)
    for name in ("b.yaml", "a.yaml", "notes.txt"):
        (tmp_path / "advisories" / name).touch()

    assert ["a", "b"] == kind_names(tmp_path)
