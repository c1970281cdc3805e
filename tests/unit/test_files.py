"""Files are written whole or not at all."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from dispatcher.files import (
    file_hash,
    open_to_everybody,
    private_mode,
    write_atomically,
    write_tree,
    writing_atomically,
)

if os.name != "nt":
    import fcntl

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
@pytest.mark.skipif(os.name != "posix", reason="groups are a matter of POSIX")
@pytest.mark.parametrize(("folder", "mode"), [(0o700, 0o600), (0o755, 0o600), (0o770, 0o660), (0o2775, 0o660)])
def test_what_is_private_is_so_to_those_who_may_write_its_folder(tmp_path: Path, folder: int, mode: int) -> None:
    """Officers of a group that shares the workspace share what holds addresses too; others never see it."""
    tmp_path.chmod(folder)
    write_atomically(tmp_path / "register.csv", b"x", private=True)

    assert mode == private_mode(tmp_path)
    assert mode == (tmp_path / "register.csv").stat().st_mode & 0o777


@pytest.mark.parametrize(("private", "mode"), [(False, 0o644), (True, 0o600)])
def test_modes(tmp_path: Path, private: bool, mode: int) -> None:  # noqa: FBT001 - a case of the table
    """A file may be read as the umask says; a private one by its owner only."""
    path = tmp_path / "register.csv"
    write_atomically(path, b"x", private=private)

    assert mode == stat.S_IMODE(path.stat().st_mode)


def _killed_while_writing(path: Path) -> None:
    program = (
        "import os, signal, sys; from pathlib import Path; from dispatcher.files import writing_atomically\n"
        "with writing_atomically(Path(sys.argv[1])) as file:\n"
        "    file.write(b'half'); file.flush(); os.kill(os.getpid(), signal.SIGKILL)"
    )
    ended = subprocess.run([sys.executable, "-c", program, str(path)], check=False)
    assert -signal.SIGKILL == ended.returncode


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGKILL")
def test_what_a_killed_process_left_is_removed(tmp_path: Path) -> None:
    """The next writing of the same file takes the half away; files of other names stay."""
    path, other = tmp_path / "register[1].csv", tmp_path / "attempts.csv"
    kept = [tmp_path / ".register[1].csv.original", tmp_path / ".register1.csv.abcdefgh.part"]
    for file in kept:
        file.touch()
    _killed_while_writing(path)
    _killed_while_writing(other)
    left = set(tmp_path.iterdir()) - set(kept)
    write_atomically(path, b"whole")

    assert 2 == len(left)
    assert {path, *kept, *(file for file in left if file.name.startswith(".attempts.csv."))} == set(
        tmp_path.iterdir()
    )
    assert b"whole" == path.read_bytes()


def test_what_another_is_writing_is_not_removed(tmp_path: Path) -> None:
    """Two writings of one file at a time both succeed; the one that ends last is the one that counts."""
    path = tmp_path / "register.csv"
    with writing_atomically(path) as file:
        file.write(b"one")
        write_atomically(path, b"other")
        meanwhile = path.read_bytes()

    assert b"other" == meanwhile
    assert b"one" == path.read_bytes()
    assert [path] == list(tmp_path.iterdir())


@pytest.mark.skipif(os.name == "nt", reason="Windows keeps open files from being removed")
def test_a_file_that_was_removed_before_it_was_locked_is_begun_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the making and the locking of the unfinished file another may take it for abandoned."""
    path, flock = tmp_path / "register.csv", fcntl.flock
    taken: list[Path] = []

    def removed_first(descriptor: int, operation: int) -> None:
        if not taken:
            taken.extend(tmp_path.iterdir())
            taken[0].unlink()
        flock(descriptor, operation)

    monkeypatch.setattr(fcntl, "flock", removed_first)
    write_atomically(path, b"whole")

    assert 1 == len(taken)
    assert [path] == list(tmp_path.iterdir())
    assert b"whole" == path.read_bytes()


def test_a_file_has_a_sum_and_what_is_none_has_an_empty_one(tmp_path: Path) -> None:
    """SHA-256, hexadecimal; of a folder, or of what is not there, nothing, and no error."""
    (tmp_path / "list.csv").write_bytes(b"abc")
    names = ("list.csv", "", "absent.csv")

    assert ["ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", "", ""] == [
        file_hash(tmp_path / name) for name in names
    ]


@pytest.mark.parametrize(("mode", "is_open"), [(0o600, False), (0o640, False), (0o604, True), (0o601, True)])
def test_what_others_may_do_with_a_file_is_seen(tmp_path: Path, mode: int, *, is_open: bool) -> None:
    """Owner and group may have it; everybody else may not do anything with it."""
    (tmp_path / "key").touch()
    (tmp_path / "key").chmod(mode)

    assert is_open is open_to_everybody(tmp_path / "key")


def test_a_tree_is_written(tmp_path: Path) -> None:
    """Each relative name becomes a file below the folder."""
    write_tree(tmp_path / "website", {"news.hi.html": b"hi", "files/a.pdf": b"pdf"})

    assert b"hi" == (tmp_path / "website" / "news.hi.html").read_bytes()
    assert b"pdf" == (tmp_path / "website" / "files" / "a.pdf").read_bytes()
