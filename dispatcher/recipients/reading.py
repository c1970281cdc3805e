"""The door of the room: the sheet of an audience in, its recipients and problems out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dispatcher.errors import InputProblems
from dispatcher.recipients.sheets import load
from dispatcher.recipients.tabs import SheetReading, read_tab

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from dispatcher.model import Audience

__all__ = ["SheetReading", "read_audience", "read_audiences"]


def read_audience(audience: Audience, *, root: Path) -> SheetReading:
    """Return what the sheet of an audience holds; its path resolves against `root`.

    Bad input never raises: a file or tab that cannot be read is one error among the problems.
    """
    path = root / audience.sheet
    name = path.relative_to(root).as_posix() if path.is_relative_to(root) else path.as_posix()
    try:
        grid, problems = load(path, name=name, tab=audience.tab)
    except InputProblems as error:
        return SheetReading(audience=audience.name, entries=(), problems=error.problems)
    return read_tab(grid, audience, before=problems)


def read_audiences(audiences: Sequence[Audience], *, root: Path) -> tuple[SheetReading, ...]:
    """Return a reading for each audience, in their order."""
    return tuple(read_audience(audience, root=root) for audience in audiences)
