"""The workspace on disk: where config.yaml is, where advisories lie, and how a new one is begun."""

from __future__ import annotations

import shutil
from pathlib import Path

from dispatcher.errors import UsageError
from dispatcher.model import slug_of

CONFIG = "config.yaml"
SAMPLE = "10-SYS-WZU-2025"
_STARTER = (CONFIG, "templates", "recipients", f"outbox/{SAMPLE}/advisory.yaml")


def find_config(given: Path | None) -> Path:
    """Return config.yaml: the one given, or the nearest one in this folder or above it. Raises UsageError."""
    if given is not None:
        return given / CONFIG if given.is_dir() else given
    here = Path.cwd()
    for folder in (here, *here.parents):
        if (folder / CONFIG).is_file():
            return folder / CONFIG
    raise UsageError(
        f"no {CONFIG} in {here} or above it; `dispatcher init DIR` begins a workspace, --config names one"
    )


def advisory_folders(root: Path) -> list[Path]:
    """Return the folders of all advisories at work."""
    return sorted(path.parent for path in (root / "outbox").glob("*/advisory.yaml"))


def folder_of(root: Path, number: str) -> Path:
    """Return where the folder of an advisory lies, by its number or slug, whether it is there or not."""
    return root / "outbox" / slug_of(number)


def advisory_folder(root: Path, reference: str) -> Path:
    """Return the folder of the advisory that a number, a slug or a path names. Raises UsageError."""
    by_name = folder_of(root, reference)
    by_path = Path(reference).parent if Path(reference).name == "advisory.yaml" else Path(reference)
    for folder in (by_name, by_path):
        if (folder / "advisory.yaml").is_file():
            return folder.resolve()
    names = ", ".join(folder.name for folder in advisory_folders(root)) or "none yet"
    raise UsageError(f"no advisory {reference}: {by_name / 'advisory.yaml'} is not there (advisories: {names})")


def begin(target: Path) -> list[Path]:
    """Write a new workspace into `target`, which must be new or empty; return what was written.

    Raises UsageError where something is there already: nothing is ever overwritten.
    """
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise UsageError(f"{target} is not an empty folder; a workspace is begun in a new one")
    for name in _STARTER:
        origin, goal = shipped(name), target / name
        goal.parent.mkdir(parents=True, exist_ok=True)
        if origin.is_dir():
            shutil.copytree(origin, goal)
        else:
            shutil.copyfile(origin, goal)
    return sorted(path.relative_to(target) for path in target.rglob("*") if path.is_file())


def clear(folder: Path) -> Path:
    """Return `folder`, empty; what an earlier rehearsal left there is gone."""
    if folder.exists():
        shutil.rmtree(folder)
    folder.mkdir(parents=True)
    return folder


def shipped(name: str) -> Path:
    """Return where a file or folder of a new workspace comes from: the installed package, or the repository."""
    package = Path(__file__).parent
    starter = package / "starter"
    return (starter if starter.is_dir() else package.parent) / name
