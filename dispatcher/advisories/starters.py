"""Input and output: the starter texts of the workspace, and the folder of a new advisory."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from dispatcher.advisories.kinds import Kind
from dispatcher.advisories.reading import FILE_NAME, MAX_YAML_BYTES
from dispatcher.errors import TemplateError, UsageError
from dispatcher.files import write_atomically

if TYPE_CHECKING:
    from pathlib import Path

FOLDER = "advisories"
"""Where the starter texts lie below templates/."""
REVISIONS = "revisions"
"""Where lies what a corrigendum or an addendum begins with."""


def kind_names(templates: Path) -> list[str]:
    """Return the names of all kinds that have a starter text."""
    return sorted(path.stem for path in (templates / FOLDER).glob("*.yaml") if path.is_file())


def read_kind(templates: Path, name: str) -> Kind:
    """Return a kind with its starter text. Raises TemplateError where the file cannot be read."""
    return Kind(name, _read(templates, FOLDER, name))


def read_skeleton(templates: Path, act: str) -> str:
    """Return what a revision adds to an advisory, its places left open. Raises TemplateError."""
    return _read(templates, REVISIONS, act)


def _read(templates: Path, folder: str, name: str) -> str:
    path = templates / folder / f"{name}.yaml"
    shown = f"{templates.name}/{folder}/{path.name}"
    try:
        if path.stat().st_size > MAX_YAML_BYTES:
            raise TemplateError(f"{shown} is larger than {MAX_YAML_BYTES // 1000} kB: this is not a starter text.")
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise TemplateError(f"{shown} cannot be read ({error.strerror}). Check its permissions.") from None
    except UnicodeDecodeError:
        raise TemplateError(f"{shown} is not UTF-8. Save it again with the encoding UTF-8.") from None


def write_new(folder: Path, text: str) -> Path:
    """Write the text of a new advisory into a new `folder`; return its file.

    Raises UsageError where anything of that name is there already: nothing is ever overwritten.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    try:
        folder.mkdir()  # of two at once, one is refused
    except FileExistsError:
        raise UsageError(f"{folder} is there already, and nothing is overwritten; give another --number") from None
    try:
        write_atomically(folder / FILE_NAME, text.encode())
    except BaseException:
        with contextlib.suppress(OSError):
            folder.rmdir()
        raise
    return folder / FILE_NAME
