"""Lines of the text part: prose is wrapped at 76 columns as a terminal counts them."""

from __future__ import annotations

import re
import unicodedata

WIDTH = 76
_NO_COLUMN = frozenset({"Mn", "Me", "Cf"})
"""Unicode categories that a terminal draws into the column before: signs above and below, joiners."""
_MARKER = re.compile(r"\s*(?:(?:[0-9]+|\([ivx]+\))\. )?")
"""The number of a paragraph or a step: its further lines are indented as far."""
_BREAK = re.compile(r"(?<!\d:\d\d)\s+")
"""Where a line may be broken: not between 12:00 and the word that tells which."""


def columns(text: str) -> int:
    """Return how many columns a terminal needs for `text` (at most: some draw spacing signs into one)."""
    if text.isascii():
        return len(text)
    return sum(unicodedata.category(char) not in _NO_COLUMN for char in text)


def wrap(text: str, width: int = WIDTH) -> str:
    """Return `text` with its long lines broken between words; what fits and what has no space stays as it is."""
    return "\n".join(piece for line in text.split("\n") for piece in _pieces(line.rstrip(), width))


def _pieces(line: str, width: int) -> list[str]:
    if columns(line) <= width:
        return [line]
    marker = _MARKER.match(line)
    start = marker.group() if marker else ""
    indent = " " * columns(start)
    first, *words = _BREAK.split(line[len(start) :])
    pieces, used = [start + first], len(indent) + columns(first)
    for word in words:
        needed = columns(word)
        if used + 1 + needed <= width:
            pieces[-1] += f" {word}"
            used += 1 + needed
        else:
            pieces.append(indent + word)
            used = len(indent) + needed
    return pieces
