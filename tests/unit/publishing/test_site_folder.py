"""The site in its folder: exchanged as a whole, and nothing of others touched."""

from __future__ import annotations

import stat
from typing import TYPE_CHECKING

import pytest

from dispatcher.errors import Refused
from dispatcher.publishing.site_folder import MARKER, Written, write_site

if TYPE_CHECKING:
    from pathlib import Path

FILES = {"index.html": b"1", "hi/a.html": b"2"}


def held(folder: Path) -> dict[str, bytes]:
    """Return the files of a folder, without the marker."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path.name != MARKER
    }


def test_a_site_is_written_and_written_anew(tmp_path: Path) -> None:
    """A second build changes what changed, and takes away what is no longer wanted; nothing is left beside it."""
    folder = tmp_path / "deep" / "public"
    first = write_site(folder, FILES)
    second = write_site(folder, {"index.html": b"1", "en/b.html": b"3"})

    assert Written(added=2, changed=0, removed=0) == first
    assert Written(added=1, changed=0, removed=1) == second
    assert {"index.html": b"1", "en/b.html": b"3"} == held(folder)
    assert ["public"] == [path.name for path in folder.parent.iterdir()]


def test_the_same_site_is_left_as_it_is(tmp_path: Path) -> None:
    """Files that are right already are not touched."""
    write_site(tmp_path / "public", FILES)
    before = (tmp_path / "public" / "index.html").stat()
    identity = (before.st_ino, before.st_mtime_ns)  # a look at it may change when it was read last

    assert Written(added=0, changed=0, removed=0) == write_site(tmp_path / "public", FILES)
    after = (tmp_path / "public" / "index.html").stat()
    assert identity == (after.st_ino, after.st_mtime_ns)


def test_an_empty_folder_is_taken(tmp_path: Path) -> None:
    """A folder that somebody made for it is used, with the permissions that it has."""
    (tmp_path / "public").mkdir(mode=0o750)
    write_site(tmp_path / "public", FILES)

    assert FILES == held(tmp_path / "public")
    assert 0o750 == stat.S_IMODE((tmp_path / "public").stat().st_mode)


def test_a_folder_of_others_is_refused(tmp_path: Path) -> None:
    """What holds something else is left as it was; a file in the place of the folder too."""
    (tmp_path / "public").mkdir()
    (tmp_path / "public" / "index.html").write_bytes(b"theirs")
    (tmp_path / "file").write_bytes(b"theirs")

    for name in ("public", "file"):
        with pytest.raises(Refused, match="is not empty and holds no site of this program"):
            write_site(tmp_path / name, FILES)
    assert {"public/index.html": b"theirs", "file": b"theirs"} == held(tmp_path)


@pytest.mark.parametrize("foreign", ["robots.txt", "hi/notes.txt", "link"])
def test_a_foreign_file_in_the_site_is_named(foreign: str, tmp_path: Path) -> None:
    """A file or link that somebody put beside ours stops the build, which changes nothing."""
    folder = tmp_path / "public"
    write_site(folder, FILES)
    if foreign == "link":
        (folder / foreign).symlink_to(tmp_path)
    else:
        (folder / foreign).write_bytes(b"theirs")

    with pytest.raises(Refused, match=f"holds what is not of the site: {foreign};"):
        write_site(folder, {})
    assert FILES.items() <= held(folder).items()


def test_a_listed_file_that_became_a_link_is_foreign(tmp_path: Path) -> None:
    """A link in the place of one of our files is not followed."""
    folder = tmp_path / "public"
    write_site(folder, FILES)
    (folder / "index.html").unlink()
    (folder / "index.html").symlink_to(tmp_path / "elsewhere")

    with pytest.raises(Refused, match=r"holds what is not of the site: index\.html;"):
        write_site(folder, FILES)


def test_a_build_that_died_between_is_mended(tmp_path: Path) -> None:
    """Where the old site was moved aside and no new one came, the old one is taken back first."""
    folder = tmp_path / "public"
    write_site(folder, FILES)
    folder.rename(tmp_path / ".public.before")

    assert Written(added=0, changed=1, removed=0) == write_site(folder, {**FILES, "index.html": b"new"})
    assert {**FILES, "index.html": b"new"} == held(folder)
    assert ["public"] == [path.name for path in tmp_path.iterdir()]


def test_a_build_that_fails_leaves_the_old_site(tmp_path: Path) -> None:
    """What cannot be written takes nothing away."""
    folder = tmp_path / "public"
    write_site(folder, FILES)

    with pytest.raises(OSError, match="too long"):
        write_site(folder, {"x" * 300: b""})
    assert FILES == held(folder)
    assert ["public"] == [path.name for path in tmp_path.iterdir()]
