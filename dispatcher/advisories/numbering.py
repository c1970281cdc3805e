"""Which number an advisory gets next: one more than the highest of its year. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dispatcher.model import slug_of

if TYPE_CHECKING:
    from collections.abc import Iterable


def next_number(pattern: str, taken: Iterable[str], year: int) -> str | None:
    """Return the number after the highest one of `year` among folder names; None where `pattern` does not count.

    A gap is left open: its number may stand on paper.
    """
    if "{n}" not in pattern:
        return None
    of_year = pattern.replace("{yyyy}", f"{year:04}")
    before, _, after = slug_of(of_year).partition("{n}")
    shape = re.compile(rf"{re.escape(before)}([1-9][0-9]*){re.escape(after)}")
    used = [int(found[1]) for name in taken if (found := shape.fullmatch(name))]
    return of_year.replace("{n}", str(max(used, default=0) + 1))
