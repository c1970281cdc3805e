"""Output: the kits of an advisory in their folders beside it. What people put there or filled in stays."""

from __future__ import annotations

import contextlib
import hashlib
import re
from typing import TYPE_CHECKING, Final

from dispatcher.files import write_atomically

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

LISTING: Final = ".kits"
"""Beside advisory.yaml: the sums of the files that this program wrote into the folders of the kits."""
_LINE: Final = re.compile(r"([0-9a-f]{64})  (.+)")


def write_kits(folder: Path, files: Mapping[str, bytes]) -> dict[str, str]:
    """Write the files of the kits (path below `folder` -> content) and remove those of an earlier revision.

    Removed or replaced is only what an earlier call wrote and nobody changed since. A file that somebody changed
    is kept under another name where a new one takes its place: return path -> that name. Raises OSError.
    """
    own, new = _listed(folder), {(path, _sum(content)) for path, content in files.items()}
    _list(folder, own | new)  # before anything is written: whoever is killed meanwhile knows later what is whose
    for path, told in own:
        if path not in files and _found(folder, path) == told:
            (folder / path).unlink()
    kept = {}
    for path, content in files.items():
        found = _found(folder, path)
        if own and found and (path, found) not in own | new:
            kept[path] = _keep(folder / path).name
        if found != _sum(content) or path in kept:
            write_atomically(folder / path, content)
    _remove_empty(folder, {path for path, _told in own})
    _list(folder, new)
    return kept


def _listed(folder: Path) -> set[tuple[str, str]]:
    """Return path and sum of what earlier calls wrote: more than one for a path where one of them was killed."""
    try:
        lines = (folder / LISTING).read_text(encoding="utf-8", errors="replace").splitlines()
    except FileNotFoundError:
        return set()
    matches = (match for line in lines if (match := _LINE.fullmatch(line)))
    return {(match[2], match[1]) for match in matches if _is_below(folder, match[2])}


def _is_below(folder: Path, path: str) -> bool:
    """Return whether a path stays in a folder of a kit, also where somebody put a link."""
    where = folder / path
    return where.parent != folder and where.resolve().is_relative_to(folder.resolve())


def _list(folder: Path, listed: Iterable[tuple[str, str]]) -> None:
    text = "".join(f"{told}  {path}\n" for path, told in sorted(listed))
    write_atomically(folder / LISTING, text.encode())


def _sum(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _found(folder: Path, path: str) -> str:
    """Return the sum of the file that stands there; empty where none does."""
    where = folder / path
    return _sum(where.read_bytes()) if where.is_file() else ""


def _keep(path: Path) -> Path:
    """Rename a file that somebody changed; return what it is called now."""
    number = 1
    while (kept := path.with_name(f"{path.stem}.kept-{number}{path.suffix}")).exists():
        number += 1
    return path.rename(kept)


def _remove_empty(folder: Path, paths: Iterable[str]) -> None:
    """Remove folders below `folder` that held these and are empty by now."""
    parents = {parent for path in paths for parent in (folder / path).parents if parent.is_relative_to(folder)}
    for parent in sorted(parents - {folder}, key=lambda one: len(one.parts), reverse=True):
        with contextlib.suppress(OSError):
            parent.rmdir()
