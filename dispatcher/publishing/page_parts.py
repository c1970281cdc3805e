"""Where on a page an item stands, and what its labelled lines say. Pure.

A page of others shows much beside the item: other advisories, a ticker, when it was changed. What those say is
none of the item's.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from itertools import accumulate
from typing import TYPE_CHECKING

from dispatcher.publishing.page_text import folded, plain

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from dispatcher.publishing.page_text import PageText

Span = tuple[int, int]
"""Lines of a page, the first and the last of them."""
_ENDS_OF_A_LABEL = " :\uff1a-\u2013"
_AFTER_A_LABEL = re.compile(r"\s*[:\uff1a]\s*(\S.*)|\s+(\d.*)")
"""A value behind a colon; without one it begins with a digit, so that no sentence is taken for a labelled line."""


def part_of(page: PageText, texts: Sequence[str], *, within: Span | None = None) -> Span | None:
    """Return the smallest part of a page (or of a part of it) with as many of `texts` as the page has."""
    first, last = within or (0, len(page.lines))
    lines = [folded(line) for line in page.lines]
    begins = list(accumulate((len(line) + 1 for line in lines), initial=0))
    whole = " ".join(lines)
    found = [spans for text in texts if (spans := list(_spans(whole, begins, folded(text))))]
    if not found:
        return None
    parts = (part for part in page.parts if first <= part[0] and part[1] <= last)
    holding = (part for part in parts if all(_holds_one(part, spans) for spans in found))
    return min(holding, key=_length, default=None)


def around(page: PageText, part: Span, labels: Mapping[str, str]) -> Span:
    """Return the largest part about `part` that holds no label twice: lines of another item are none of it."""
    standing = _places(page, labels)
    for one in sorted((one for one in page.parts if one[0] <= part[0] and one[1] >= part[1]), key=_length):
        if any(_count(places, one) > 1 for places in standing):
            break
        part = one
    return part


def labelled_in(page: PageText, part: Span, labels: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield key and value of each labelled line of a part: the value behind its label, or on the next line.

    `labels` are the labels by key; a value that is not there is empty.
    """
    known = _known(labels)
    lines = [plain(line) for line in page.lines[part[0] : part[1] + 1]]
    for line, following in zip(lines, (*lines[1:], ""), strict=True):
        for key, value in _labelled(line, known):
            bare = any(said is None for _, said in _labelled(following, known))
            yield key, ("" if bare else following) if value is None else value


def _labelled(line: str, known: Mapping[str, str]) -> Iterator[tuple[str, str | None]]:
    """Yield what a line says by its labels; None where the line is the label alone."""
    if (alone := known.get(line.rstrip(_ENDS_OF_A_LABEL).casefold())) is not None:
        yield alone, None
        return
    for piece in line.split(";"):
        said = piece.strip()
        for label, key in known.items():
            after = _AFTER_A_LABEL.fullmatch(said[len(label) :]) if said.casefold().startswith(label) else None
            if after is not None:
                yield key, after[1] or after[2]


def _known(labels: Mapping[str, str]) -> dict[str, str]:
    return {folded(label): key for key, label in labels.items()}


def _places(page: PageText, labels: Mapping[str, str]) -> list[list[int]]:
    """Return the lines that each label stands on."""
    known = _known(labels)
    places = dict[str, list[int]]((key, []) for key in labels)
    for place, line in enumerate(page.lines):
        for key, _ in _labelled(plain(line), known):
            places[key].append(place)
    return list(places.values())


def _spans(whole: str, begins: Sequence[int], text: str) -> Iterator[Span]:
    """Yield the lines over which a text stands, each time that it does."""
    at = -1
    while text and (at := whole.find(text, at + 1)) >= 0:
        yield bisect_right(begins, at) - 1, bisect_right(begins, at + len(text) - 1) - 1


def _holds_one(part: Span, spans: Sequence[Span]) -> bool:
    """Return whether a part holds one of the spans, which stand in the order of the page."""
    place = bisect_right(spans, (part[0], -1))
    return place < len(spans) and spans[place][1] <= part[1]


def _count(places: Sequence[int], part: Span) -> int:
    return bisect_right(places, part[1]) - bisect_right(places, part[0] - 1)


def _length(part: Span) -> int:
    return part[1] - part[0]
