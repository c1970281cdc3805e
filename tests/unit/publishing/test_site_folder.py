"""The site in its folder: exchanged as a whole, and nothing of others touched."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from dispatcher.errors import Refused
from dispatcher.publishing.site_folder import MARKER, Written, write_site

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


@pytest.mark.parametrize("standing", [True, False])
def test_a_folder_of_others_beside_it_is_left_alone(tmp_path: Path, *, standing: bool) -> None:
    """What has the name under which the old site is put aside, and is none, is neither removed nor taken over."""
    if standing:
        write_site(tmp_path / "public", FILES)
    (tmp_path / ".public.before").mkdir()
    (tmp_path / ".public.before" / "thesis.txt").write_bytes(b"theirs")

    with pytest.raises(Refused, match=r"\.public\.before is in the way"):
        write_site(tmp_path / "public", {})
    assert b"theirs" == (tmp_path / ".public.before" / "thesis.txt").read_bytes()
    assert standing == (tmp_path / "public").exists()


def test_a_marker_that_is_no_text_lists_nothing(tmp_path: Path) -> None:
    """A damaged marker makes every file a foreign one."""
    write_site(tmp_path / "public", FILES)
    (tmp_path / "public" / MARKER).write_bytes(b"\xff\xfe\n\xff")

    with pytest.raises(Refused, match="holds what is not of the site"):
        write_site(tmp_path / "public", FILES)


def test_the_root_is_no_folder_for_a_site(tmp_path: Path) -> None:
    """It has no place beside it."""
    with pytest.raises(Refused, match="name an empty or a new folder"):
        write_site(Path(tmp_path.anchor), FILES)
