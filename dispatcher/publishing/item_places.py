"""An item on the pages that show it: its lines, the facts in them, whether one says what was released. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dispatcher.advisories.facts import facts_of
from dispatcher.publishing.page_parts import around, part_of
from dispatcher.publishing.page_text import folded, script_of, scripts_in

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dispatcher.advisories.facts import Facts
    from dispatcher.publishing.page_parts import Span
    from dispatcher.publishing.page_text import PageText
    from dispatcher.publishing.released_words import ReleasedWords

_LONGEST_WORD = 100
_WORD = re.compile(r"[^\W\d_]{4,}")
"""Shorter ones are such as IST, hrs and noon in Hindi, in which a moment may be written otherwise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """An item on a page: the smallest part that holds its texts, and that with the labelled lines about it.

    Of a page that holds none of its texts the first has no lines, and the other is the whole page.
    """

    page: PageText
    own: Span | None
    around: Span

    @property
    def lines(self) -> tuple[str, ...]:
        """The lines of the item."""
        return self.page.lines[self.own[0] : self.own[1] + 1] if self.own else ()

    @property
    def lines_around(self) -> tuple[str, ...]:
        """The lines of the item with those about it that are none of another."""
        return self.page.lines[self.around[0] : self.around[1] + 1]


def places_of(pages: Sequence[PageText], words: ReleasedWords, *, marks: Sequence[str]) -> list[Place]:
    """Return where an item stands on each of the pages that hold title or summary of it, or else on each page.

    `marks`, such as its hash, tell it from another of the same texts.
    """
    found = [_place(page, words, marks) for page in pages]
    return [place for place in found if place.own is not None] or found


def facts_in(lines: Sequence[str], words: ReleasedWords) -> Facts:
    """Return the facts of the lines in a language but those about the page itself.

    Very long words, which hold none, would only take time.
    """
    own = [line for line in lines if _is_in(line, words.script) and not folded(line).startswith(words.stamps)]
    short = (" ".join(word for word in line.split() if len(word) <= _LONGEST_WORD) for line in own)
    return facts_of("\n".join(short), words.language)


def says_the_same(found: str, value: str, *, key: str, language: str) -> bool:
    """Return whether a labelled line says a value: by the letter, or a moment in another form."""
    if _tight(found) == _tight(value):
        return True
    if key == "number":  # more may follow it, but not that it is another revision
        return re.match(rf"{re.escape(_tight(value))}(?![\w/(-])", _tight(found)) is not None
    said, told = facts_of(found, language), facts_of(folded(value), language)
    same = (said.dates, said.hours) == (told.dates, told.hours)
    return bool(told.dates) and same and set(_WORD.findall(folded(value))) <= set(_WORD.findall(folded(found)))


def _place(page: PageText, words: ReleasedWords, marks: Sequence[str]) -> Place:
    whole = (0, max(len(page.lines) - 1, 0))
    if not any(folded(words.texts[name]) in page.folded for name in ("title", "summary")):
        return Place(page=page, own=None, around=whole)
    texts = list(words.texts.values())
    mark = next((one for one in marks if folded(one) in page.folded), None)
    own = part_of(page, texts, within=part_of(page, [*texts, mark]) if mark else None)
    return Place(page=page, own=own, around=around(page, own, words.labels) if own else whole)


def _is_in(line: str, script: str) -> bool:
    """Return whether a line counts for the language of a script: one without letters counts for each."""
    return script_of(line) in {script, ""} or script in scripts_in(line)


def _tight(text: str) -> str:
    return "".join(folded(text).split())
