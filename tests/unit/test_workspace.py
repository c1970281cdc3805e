"""The workspace: found from where one stands, begun without overwriting, its advisories named in any way."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from dispatcher.config import load_settings
from dispatcher.errors import UsageError
from dispatcher.intake import read_draft
from dispatcher.workspace import CONFIG, SAMPLE, advisory_folder, advisory_folders, begin, clear, find_config

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Give a workspace with two advisories."""
    (tmp_path / CONFIG).touch()
    for name in ("11-SYS-WZU-2025", SAMPLE):
        (tmp_path / "outbox" / name).mkdir(parents=True)
        (tmp_path / "outbox" / name / "advisory.yaml").touch()
    (tmp_path / "outbox" / "demo").mkdir()
    return tmp_path


def test_config_is_found_from_below(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Standing anywhere in a workspace is enough; the nearest one counts."""
    below = root / "outbox" / SAMPLE
    monkeypatch.chdir(below)
    far = find_config(None)
    (below / CONFIG).touch()

    assert root / CONFIG == far
    assert below / CONFIG == find_config(None)


def test_config_can_be_named(root: Path) -> None:
    """A file or the folder that holds it names the workspace, also where it is not there: who reads it says so."""
    assert root / CONFIG == find_config(root) == find_config(root / CONFIG)
    assert root / "other.yaml" == find_config(root / "other.yaml")


def test_no_workspace_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Outside of any workspace the sentence says where was looked and how one is begun."""
    monkeypatch.chdir(tmp_path)

    with pytest.raises(UsageError, match=re.escape(f"no config.yaml in {tmp_path} or above it; `dispatcher init")):
        find_config(None)


def test_advisories_are_the_folders_that_hold_one(root: Path) -> None:
    """Other folders of the outbox, such as the demo's, are none."""
    assert [SAMPLE, "11-SYS-WZU-2025"] == [folder.name for folder in advisory_folders(root)]
    assert [] == advisory_folders(root / "outbox")


def test_advisory_is_named_in_any_way(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Number, slug, folder and file lead to the same place, however they are written."""
    monkeypatch.chdir(root / "outbox")
    folder = root / "outbox" / SAMPLE
    relative = ["10/SYS/WZU/2025", SAMPLE, f"./{SAMPLE}", f"{SAMPLE}/advisory.yaml"]
    absolute = [str(folder), str(folder / "advisory.yaml")]

    assert {folder.resolve()} == {advisory_folder(root, reference) for reference in relative + absolute}


def test_a_slug_means_the_workspaces_own(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An advisory of the same name that lies where one stands does not count."""
    elsewhere = root / "elsewhere"
    (elsewhere / SAMPLE).mkdir(parents=True)
    (elsewhere / SAMPLE / "advisory.yaml").touch()
    monkeypatch.chdir(elsewhere)

    assert (root / "outbox" / SAMPLE).resolve() == advisory_folder(root, SAMPLE)


@pytest.mark.parametrize("reference", ["12/SYS/WZU/2025", "demo", "", "no such thing", "../.."])
def test_unknown_advisory_is_told_with_those_there_are(root: Path, reference: str) -> None:
    """Who misses an advisory is told which there are."""
    known = rf"\(advisories: {SAMPLE}, 11-SYS-WZU-2025\)"

    with pytest.raises(UsageError, match=rf"no advisory {re.escape(reference)}: .*{known}"):
        advisory_folder(root, reference)


def test_empty_workspace_has_none_yet(tmp_path: Path) -> None:
    """Before the first advisory the sentence says so."""
    with pytest.raises(UsageError, match="none yet"):
        advisory_folder(tmp_path, SAMPLE)


def test_new_workspace_works(tmp_path: Path) -> None:
    """What `begin` writes is a workspace: its settings, sheets, templates and advisory read without an error."""
    written = begin(tmp_path / "office")
    settings = load_settings(tmp_path / "office" / CONFIG)
    made, _ = read_draft(settings, advisory_folder(settings.root, SAMPLE), accepted={})

    assert {"config.yaml", "outbox", "recipients", "templates"} == {path.parts[0] for path in written}
    assert all((tmp_path / "office" / path).is_file() for path in written)
    assert made.recipients


def test_new_workspace_takes_nothing_of_ours_along(tmp_path: Path) -> None:
    """No store, no register and no code of the program goes into a workspace."""
    written = [str(path) for path in begin(tmp_path / "office")]

    assert [f"outbox/{SAMPLE}/advisory.yaml"] == [name for name in written if name.startswith("outbox")]
    assert not [name for name in written if name.endswith((".py", ".pyc", ".db", ".lock"))]


def test_empty_folder_may_become_a_workspace(tmp_path: Path) -> None:
    """A folder that is there but empty is as good as a new one."""
    begin(tmp_path)

    assert (tmp_path / CONFIG).is_file()


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    """A folder with anything in it, or a file, is left alone."""
    kept = tmp_path / "kept.txt"
    kept.write_text("mine")

    for target in (tmp_path, kept):
        with pytest.raises(UsageError, match=re.escape(f"{target} is not an empty folder")):
            begin(target)
    assert [kept] == list(tmp_path.iterdir())


def test_clear_leaves_an_empty_folder(tmp_path: Path) -> None:
    """What an earlier rehearsal left is gone, also in folders; a folder that was not there is made."""
    folder = tmp_path / "rehearsal" / "deep"
    cleared = clear(folder)
    (folder / "received").mkdir()
    (folder / "received" / "1.eml").touch()

    assert folder == cleared == clear(folder)
    assert [] == list(folder.iterdir())
