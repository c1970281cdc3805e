"""A text that is read fact by fact: what was recognised is blanked out, so that nothing is read twice. Pure."""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

LETTER = r"[\w\u0900-\u0963\u0966-\u097f]"
"""A letter, digit or vowel sign; the vowel signs of Devanagari are none to `\\w`."""
_INVISIBLE = dict.fromkeys((0xAD, 0x200B, 0x200C, 0x200D, 0x2060, 0xFEFF))
"""Soft hyphens, joiners and the like, which stand inside words as they are typed."""
_OWN_DIGITS = {0x0966 + digit: str(digit) for digit in range(10)}
_SAME = {0x130: "I", 0x131: "i", 0x17F: "s", 0x212A: "K"}
"""Letters that are taken for others where case is ignored."""
_TYPED = str.maketrans({**_INVISIBLE, **_OWN_DIGITS, **_SAME})


class Found(NamedTuple):
    """Something recognised in a text: where it begins and ends, and what it means."""

    start: int
    end: int
    value: Any


class Unread:
    """What is left of a text, as it is compared: NFC, digits 0-9, without what does not show."""

    def __init__(self, text: str) -> None:
        self.text = unicodedata.normalize("NFC", text).translate(_TYPED)

    def take(self, pattern: str, of: Callable[[re.Match[str]], Any]) -> list[Found]:
        """Return what `of` makes of each match, and blank it out; None is not a match."""
        found = []
        for match in _compiled(pattern).finditer(self.text):
            value = of(match)
            if value is not None:
                found.append(Found(*match.span(), value))
        if found:
            self._blank(found)
        return found

    def _blank(self, found: Iterable[Found]) -> None:
        pieces, end = [], 0
        for one in found:
            pieces += [self.text[end : one.start], " " * (one.end - one.start)]
            end = one.end
        self.text = "".join([*pieces, self.text[end:]])


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


def any_of(words: Iterable[str]) -> str:
    """Return what matches any of the words, the longest first; nothing where there are none."""
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True)) or r"(?!)"


def folded(word: str) -> str:
    """Return a word as it is looked up."""
    return " ".join(unicodedata.normalize("NFC", word).lower().split())
