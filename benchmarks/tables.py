"""Figures and tables, as plain text and as Markdown."""

from __future__ import annotations

import statistics
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True)
class Spread:
    """What several rounds measured."""

    least: float
    median: float
    most: float

    def cells(self, form: str = ",.0f") -> tuple[str, str, str]:
        """Return the three as cells of a table."""
        return format(self.least, form), format(self.median, form), format(self.most, form)


def spread(values: Sequence[float]) -> Spread:
    """Return least, median and most of some values."""
    return Spread(min(values), statistics.median(values), max(values))


@dataclass(frozen=True, slots=True)
class Table:
    """A table with a title above it and notes below it. The first column is text, the others are figures."""

    title: str
    heading: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    notes: tuple[str, ...] = ()

    def plain(self) -> str:
        """Return it for a terminal."""
        lines = [self.heading, *self.rows]
        widths = [max(len(line[column]) for line in lines) for column in range(len(self.heading))]
        body = "\n".join(_aligned(line, widths, "  ") for line in lines)
        return "\n\n".join([self.title, body, *self.notes])

    def markdown(self) -> str:
        """Return it for a document."""
        rule = "|---|" + "--:|" * (len(self.heading) - 1)
        body = "\n".join(f"| {' | '.join(line)} |" for line in self.rows)
        table = f"**{self.title}**\n\n| {' | '.join(self.heading)} |\n{rule}\n{body}"
        return "\n\n".join([table, *self.notes])


def met(found: float, demanded: float | None, *, at_most: bool = False) -> str:
    """Return whether a demand is met, as a cell."""
    if demanded is None:
        return "–"
    return "yes" if (found <= demanded if at_most else found >= demanded) else "no"


def _aligned(line: Sequence[str], widths: Sequence[int], gap: str) -> str:
    first, *others = zip(line, widths, strict=True)
    return gap.join([first[0].ljust(first[1]), *(cell.rjust(width) for cell, width in others)]).rstrip()
