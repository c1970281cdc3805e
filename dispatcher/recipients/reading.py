"""The door of the room: the sheet of an audience in, its recipients and problems out."""

from __future__ import annotations

import contextlib
import gc
from typing import TYPE_CHECKING

from dispatcher.errors import InputProblems, Source
from dispatcher.recipients.context import SheetContext
from dispatcher.recipients.sheets import load
from dispatcher.recipients.tabs import BY_ITSELF, SheetReading, read_tab

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from dispatcher.model import Audience

__all__ = ["SheetContext", "SheetReading", "read_audience", "read_audiences"]


def read_audience(audience: Audience, *, root: Path, context: SheetContext = BY_ITSELF) -> SheetReading:
    """Return what the sheet of an audience holds, judged with `context`; its path resolves against `root`.

    Bad input never raises: a file or tab that cannot be read is one error among the problems.
    """
    with _collector_at_rest():
        return _read(root / audience.sheet, audience, root=root, context=context)


def _read(path: Path, audience: Audience, *, root: Path, context: SheetContext) -> SheetReading:
    name = path.relative_to(root).as_posix() if path.is_relative_to(root) else path.as_posix()
    try:
        grid, problems = load(path, name=name, tab=audience.tab)
    except InputProblems as error:
        return SheetReading(audience=audience.name, entries=(), problems=error.problems, source=Source(name))
    return read_tab(grid, audience, before=problems, context=context)


def read_audiences(
    audiences: Sequence[Audience], *, root: Path, context: SheetContext = BY_ITSELF
) -> tuple[SheetReading, ...]:
    """Return a reading for each audience, in their order."""
    return tuple(read_audience(audience, root=root, context=context) for audience in audiences)


@contextlib.contextmanager
def _collector_at_rest() -> Iterator[None]:
    """Keep the cyclic garbage collector off: reading makes a million objects, none of them in a cycle.

    For 100,000 rows it would look through all of them again and again, for a third of the time.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
