"""Files are written whole or not at all."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

import pytest

from dispatcher.files import write_atomically, write_tree, writing_atomically

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def _usual_umask() -> Iterator[None]:
    before = os.umask(0o022)
    yield
    os.umask(before)


def _fail(*_: object) -> None:
    raise OSError("the disk is full")


def test_a_file_is_written_with_its_folders(tmp_path: Path) -> None:
    """The content arrives as it is, missing folders are made, and nothing else is left in them."""
    path = tmp_path / "a" / "b" / "register.csv"
    write_atomically(path, b"one\r\n")

    assert b"one\r\n" == path.read_bytes()
    assert [path] == list(path.parent.iterdir())


def test_a_file_is_replaced(tmp_path: Path) -> None:
    """A second writing replaces the first as a new file: an open reader keeps the old one whole."""
    path = tmp_path / "register.csv"
    write_atomically(path, b"a long first content")
    with path.open("rb") as reader:
        write_atomically(path, b"second")
        old = reader.read()

    assert b"a long first content" == old
    assert b"second" == path.read_bytes()


@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_a_failure_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    """When writing fails before the rename the old content stands and no temporary file is left."""
    path = tmp_path / "register.csv"
    path.write_bytes(b"old")
    monkeypatch.setattr(os, step, _fail)
    with pytest.raises(OSError, match="the disk is full"):
        write_atomically(path, b"new")

    assert b"old" == path.read_bytes()
    assert [path] == list(tmp_path.iterdir())


def test_what_breaks_off_leaves_the_old_file(tmp_path: Path) -> None:
    """While a file is being written, and after its writing failed, a reader finds the old one whole."""
    path = tmp_path / "register.csv"
    path.write_bytes(b"old")
    broken = writing_atomically(path)
    file = broken.__enter__()
    file.write(b"half of the new")
    file.flush()
    meanwhile = path.read_bytes()
    assert not broken.__exit__(OSError, OSError("the disk is full"), None)

    assert b"old" == meanwhile == path.read_bytes()
    assert [path] == list(tmp_path.iterdir())


def test_content_is_on_disk_before_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The order is: content synced, renamed, folder synced; else a power cut could leave an empty file."""
    steps: list[str] = []
    fsync, replace = os.fsync, os.replace

    def watched_fsync(descriptor: int) -> None:
        steps.append("sync folder" if stat.S_ISDIR(os.fstat(descriptor).st_mode) else "sync file")
        fsync(descriptor)

    def watched_replace(source: str, target: Path) -> None:
        steps.append("rename")
        replace(source, target)

    monkeypatch.setattr(os, "fsync", watched_fsync)
    monkeypatch.setattr(os, "replace", watched_replace)
    write_atomically(tmp_path / "register.csv", b"x")

    assert ["sync file", "rename", "sync folder"] == steps


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such modes")
@pytest.mark.usefixtures("_usual_umask")
@pytest.mark.parametrize(("private", "mode"), [(False, 0o644), (True, 0o600)])
def test_modes(tmp_path: Path, private: bool, mode: int) -> None:  # noqa: FBT001 - a case of the table
    """A file may be read as the umask says; a private one by its owner only."""
    path = tmp_path / "register.csv"
    write_atomically(path, b"x", private=private)

    assert mode == stat.S_IMODE(path.stat().st_mode)


def test_a_tree_is_written(tmp_path: Path) -> None:
    """Each relative name becomes a file below the folder."""
    write_tree(tmp_path / "website", {"news.hi.html": b"hi", "files/a.pdf": b"pdf"})

    assert b"hi" == (tmp_path / "website" / "news.hi.html").read_bytes()
    assert b"pdf" == (tmp_path / "website" / "files" / "a.pdf").read_bytes()
