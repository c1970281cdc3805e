"""Input: the templates of the workspace."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dispatcher.errors import TemplateError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_SUFFIXES = frozenset({".j2", ".css"})
_MAX_BYTES = 256_000


def read_templates(folder: Path) -> Mapping[str, str]:
    """Return every template below `folder`: its relative path with slashes -> its source, by name.

    Raises TemplateError naming the folder that is missing or each file that cannot be read.
    """
    found = sorted(path for path in folder.rglob("*") if path.suffix in _SUFFIXES and path.is_file())
    if not found:
        raise TemplateError(
            f"{folder.name}/ holds no templates. `dispatcher init` writes a workspace that has them."
        )
    faults: list[str] = []
    sources = {path.relative_to(folder).as_posix(): _read(path, folder, faults) for path in found}
    if faults:
        raise TemplateError("\n".join(faults))
    return sources


def _read(path: Path, folder: Path, faults: list[str]) -> str:
    name = f"{folder.name}/{path.relative_to(folder).as_posix()}"
    try:
        if path.stat().st_size > _MAX_BYTES:
            faults.append(f"{name} is larger than {_MAX_BYTES // 1000} kB: this is not a template.")
            return ""
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        faults.append(f"{name} cannot be read ({error.strerror}). Check its permissions.")
    except UnicodeDecodeError:
        faults.append(f"{name} is not UTF-8. Save it again with the encoding UTF-8.")
    return ""
