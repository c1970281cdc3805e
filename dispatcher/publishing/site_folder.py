"""Output: the site in its folder, exchanged as a whole. What is not ours is left alone."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from dispatcher.errors import Refused
from dispatcher.files import write_tree

if TYPE_CHECKING:
    from collections.abc import Mapping

MARKER = ".dispatcher-website"
"""In a folder with this file stands a site of ours: its lines are the files of it."""
_SAID = "# Written by `dispatcher website build`, which takes away or replaces the files below."
_NAMED = 3
"""So many foreign files are named."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What a build changed."""

    added: int
    changed: int
    removed: int


def write_site(folder: Path, files: Mapping[str, bytes]) -> Written:
    """Make `folder` hold `files` (relative path -> content) and nothing else; return what that changed.

    They are written into a folder beside it, which then takes its place; one that holds them already is left as it
    is. Raises Refused where something else stands in the folder, OSError where it cannot be written.
    """
    folder = folder.resolve()
    if not folder.name:
        raise Refused(f"{folder} is the root of all folders; name an empty or a new folder")
    aside = folder.with_name(f".{folder.name}.before")
    if aside.exists() and not (aside / MARKER).is_file():
        raise Refused(f"{aside} is in the way, and is not of this program; nothing was changed. Move it elsewhere")
    if aside.exists() and not folder.exists():  # an earlier build died between its two renames
        aside.rename(folder)
    before = _ours(folder)
    written = _difference(before, files)
    if before is None or written != Written(added=0, changed=0, removed=0):
        _exchange(folder, aside, {**files, MARKER: _marker(files)})
    return written


def _ours(folder: Path) -> dict[str, bytes] | None:
    """Return the files of the site that stands in `folder`; None where nothing does. Raises Refused."""
    if not folder.exists() or (folder.is_dir() and not any(folder.iterdir())):
        return None
    marker = folder / MARKER
    if not folder.is_dir() or not marker.is_file():
        raise Refused(
            f"{folder} is not empty and holds no site of this program (no {MARKER} in it); nothing was changed. "
            "Name an empty or a new folder"
        )
    listed = set(marker.read_text(encoding="utf-8", errors="replace").splitlines()[1:])
    standing = {
        path.relative_to(folder).as_posix(): path
        for path in sorted(folder.rglob("*"))
        if path != marker and (path.is_symlink() or not path.is_dir())
    }
    if foreign := [name for name in standing if name not in listed or not _is_plain(standing[name])]:
        named = ", ".join(foreign[:_NAMED]) + (" and more" if len(foreign) > _NAMED else "")
        raise Refused(
            f"{folder} holds what is not of the site: {named}; nothing was changed. Move it elsewhere first"
        )
    return {name: path.read_bytes() for name, path in standing.items()}


def _is_plain(path: Path) -> bool:
    return path.is_file() and not path.is_symlink()


def _difference(before: Mapping[str, bytes] | None, files: Mapping[str, bytes]) -> Written:
    old = before or {}
    return Written(
        added=len(files.keys() - old.keys()),
        changed=sum(1 for name in files.keys() & old.keys() if files[name] != old[name]),
        removed=len(old.keys() - files.keys()),
    )


def _marker(files: Mapping[str, bytes]) -> bytes:
    return "".join(f"{line}\n" for line in (_SAID, *sorted(files))).encode()


def _exchange(folder: Path, aside: Path, files: Mapping[str, bytes]) -> None:
    folder.parent.mkdir(parents=True, exist_ok=True)
    made = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f".{folder.name}."))
    try:
        new = made / "site"  # its permissions are the usual ones: those of `made` let nobody else in
        new.mkdir()
        write_tree(new, files)
        if not folder.exists():
            new.rename(folder)
            return
        shutil.copymode(folder, new)
        shutil.rmtree(aside, ignore_errors=True)
        folder.rename(aside)
        try:
            new.rename(folder)
        except BaseException:
            aside.rename(folder)
            raise
        shutil.rmtree(aside, ignore_errors=True)
    finally:
        with contextlib.suppress(OSError):
            shutil.rmtree(made)
