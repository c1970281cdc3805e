"""The kits beside an advisory: those of an earlier revision go, what people put there stays."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dispatcher.publishing.kit_folders import LISTING, write_kits

if TYPE_CHECKING:
    from pathlib import Path

FIRST = {"onward/Advisory-10.pdf": b"1", "onward/onward-10.zip": b"1", "onward/return-form.txt": b"sent_at:"}
SECOND = {"onward/Advisory-10-R1.pdf": b"2", "onward/onward-10-R1.zip": b"2", "onward/return-form.txt": b"at:"}


def _held(folder: Path) -> dict[str, bytes]:
    """Return every file below a folder but the listing."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path.name != LISTING
    }


def test_the_files_of_an_earlier_revision_are_removed(tmp_path: Path) -> None:
    """Beside the new PDF and zip file there is no old one."""
    write_kits(tmp_path, FIRST)
    kept = write_kits(tmp_path, SECOND)

    assert {} == kept
    assert SECOND == _held(tmp_path)


def test_what_a_person_put_there_stays(tmp_path: Path) -> None:
    """A file that this program did not write is neither removed nor changed, nor is one of the advisory itself."""
    write_kits(tmp_path, FIRST)
    (tmp_path / "onward" / "couriers of mine.xlsx").write_bytes(b"mine")
    (tmp_path / "advisory.yaml").write_bytes(b"number")
    write_kits(tmp_path, SECOND)

    assert {**SECOND, "onward/couriers of mine.xlsx": b"mine", "advisory.yaml": b"number"} == _held(tmp_path)


def test_a_form_that_was_filled_in_is_kept(tmp_path: Path) -> None:
    """Where a new form takes its place the filled-in one gets another name, each time."""
    write_kits(tmp_path, FIRST)
    form = tmp_path / "onward" / "return-form.txt"
    form.write_bytes(b"sent_at: 10:30")
    kept = write_kits(tmp_path, SECOND)
    form.write_bytes(b"sent_at: 10:31")
    again = write_kits(tmp_path, SECOND)

    assert {"onward/return-form.txt": "return-form.kept-1.txt"} == kept
    assert {"onward/return-form.txt": "return-form.kept-2.txt"} == again
    assert b"sent_at: 10:30" == _held(tmp_path)["onward/return-form.kept-1.txt"]
    assert b"sent_at: 10:31" == _held(tmp_path)["onward/return-form.kept-2.txt"]
    assert b"at:" == form.read_bytes()


def test_a_changed_file_that_no_kit_has_any_more_stays(tmp_path: Path) -> None:
    """A PDF of the earlier revision that somebody marked up is left where it is."""
    write_kits(tmp_path, FIRST)
    (tmp_path / "onward" / "Advisory-10.pdf").write_bytes(b"1, marked up")
    write_kits(tmp_path, SECOND)

    assert b"1, marked up" == _held(tmp_path)["onward/Advisory-10.pdf"]


def test_the_folder_of_a_kit_that_is_no_longer_made_goes(tmp_path: Path) -> None:
    """Folders that are empty by then are removed, others stay."""
    write_kits(tmp_path, {"onward/enclosures/a.pdf": b"1", "website/page.html": b"1"})
    (tmp_path / "website" / "note.txt").write_bytes(b"mine")
    write_kits(tmp_path, {})

    assert {"website/note.txt": b"mine"} == _held(tmp_path)
    assert not (tmp_path / "onward").exists()


@pytest.mark.parametrize("path", ["../outside.txt", "advisory.yaml", "linked/outside.txt"])
def test_a_listing_that_somebody_changed_reaches_nothing_else(tmp_path: Path, path: str) -> None:
    """Whatever it names: only files below the folder of a kit are removed."""
    folder = tmp_path / "10"
    write_kits(folder, FIRST)
    (tmp_path / "outside.txt").write_bytes(b"1")
    (folder / "advisory.yaml").write_bytes(b"1")
    (folder / "linked").symlink_to(tmp_path)
    listing = (folder / LISTING).read_text(encoding="utf-8")
    sum_of_1 = next(line.split()[0] for line in listing.splitlines() if line.endswith("Advisory-10.pdf"))
    (folder / LISTING).write_text(f"{listing}{sum_of_1}  {path}\nnonsense\n", encoding="utf-8")
    write_kits(folder, SECOND)

    assert b"1" == (tmp_path / "outside.txt").read_bytes()
    assert b"1" == (folder / "advisory.yaml").read_bytes()


def test_who_was_killed_meanwhile_leaves_nothing_behind(tmp_path: Path) -> None:
    """A call that failed half way is made good by the next one: both kits are known as ours."""
    write_kits(tmp_path, FIRST)
    with pytest.raises(OSError, match="return-form"):
        write_kits(tmp_path, {**SECOND, "onward/return-form.txt/folder.txt": b"a file stands in its way"})
    kept = write_kits(tmp_path, FIRST)

    assert {} == kept
    assert FIRST == _held(tmp_path)
