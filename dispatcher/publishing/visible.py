"""What of a page shows, as far as its markup alone tells: lines, links, and which lines each element holds. Pure.

Elements nest as a browser nests them, near enough: an end tag closes the newest element of its name and all
within it, one without a beginning closes nothing, and those whose end tag may be left out end where the next of
their kind begins (HTML Standard, 13.1.2.4). What style sheets and scripts hide or show is not known here.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dispatcher.publishing.markup import Tag

_UNSEEN = frozenset({"script", "style", "template", "noscript", "svg", "iframe", "object", "title"})
_VOID = frozenset(
    {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
)
_WITHIN_A_LINE = frozenset(
    {"a", "abbr", "b", "bdi", "bdo", "cite", "code", "data", "dfn", "em", "i", "kbd", "mark", "q", "s"}
    | {"samp", "small", "span", "strong", "sub", "sup", "time", "u", "var", "wbr"}
)
_ENDED_BY = {
    "li": ("li", frozenset({"ul", "ol", "menu"})),
    "dt": ("dt dd", frozenset({"dl"})),
    "dd": ("dt dd", frozenset({"dl"})),
    "tr": ("td th tr", frozenset({"table"})),
    "td": ("td th", frozenset({"table", "tr"})),
    "th": ("td th", frozenset({"table", "tr"})),
}
"""Element -> those that its start tag ends, and those beyond which it ends nothing."""
_ENDS_A_PARAGRAPH = frozenset(
    {"address", "article", "aside", "blockquote", "details", "div", "dl", "fieldset", "figure", "footer", "form"}
    | {
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "header",
        "hr",
        "main",
        "nav",
        "ol",
        "p",
        "pre",
        "section",
        "table",
        "ul",
    }
)
_NEAR = 64
"""So many elements, the newest ones, are searched for one that ends: a page of others may nest them for ever."""
_HIDING = re.compile(
    r"(?:^|;)\s*(?:display\s*:\s*none|visibility\s*:\s*(?:hidden|collapse))\s*(?:!|;|$)", re.IGNORECASE
)


@dataclass(slots=True)
class _Open:
    """An element that has begun: the line on which it did, and whether it hides what it holds."""

    name: str
    first: int
    hides: bool


@dataclass(slots=True)
class Seen:
    """What shows of a page: see PageText (page_text.py)."""

    lines: tuple[str, ...]
    links: tuple[str, ...]
    parts: tuple[tuple[int, int], ...]


@dataclass(slots=True)
class _Page:
    lines: list[str] = field(default_factory=list)
    links: dict[str, None] = field(default_factory=dict)
    parts: dict[tuple[int, int], None] = field(default_factory=dict)
    line: list[str] = field(default_factory=list)
    stack: list[_Open] = field(default_factory=list)
    names: Counter[str] = field(default_factory=Counter)
    hidden: int = 0

    def text(self, said: str) -> None:
        if not self.hidden:
            self.line.append(said)

    def tag(self, tag: Tag) -> None:
        if tag.name not in _WITHIN_A_LINE:
            self.end_line()
        if tag.is_end:
            self.close(tag.name)
            return
        self.end_before(tag.name)
        if tag.name == "a" and tag.attributes.get("href") and not self.hidden:
            self.links[tag.attributes["href"]] = None
        if tag.name not in _VOID:
            self.open(tag)

    def open(self, tag: Tag) -> None:
        hides = tag.name in _UNSEEN or is_hidden(tag)
        self.stack.append(_Open(tag.name, len(self.lines), hides))
        self.names[tag.name] += 1
        self.hidden += hides

    def end_before(self, name: str) -> None:
        """Close what a start tag ends without an end tag of it."""
        if name in _ENDS_A_PARAGRAPH and self.stack and self.stack[-1].name == "p":
            self.close("p")
        ended, within = _ENDED_BY.get(name, ("", frozenset[str]()))
        wanted = ended.split()
        while any(self.names[each] for each in wanted) and (found := self.innermost({*wanted, *within})) in wanted:
            self.close(found)

    def innermost(self, names: set[str]) -> str:
        """Return which of `names` the newest open element of them has; "" where none of them is near."""
        near = islice(reversed(self.stack), _NEAR)
        return next((one.name for one in near if one.name in names), "")

    def close(self, name: str) -> None:
        while self.names[name]:
            ended = self.stack.pop()
            self.names[ended.name] -= 1
            self.hidden -= ended.hides
            if ended.name not in _WITHIN_A_LINE and len(self.lines) > ended.first:
                self.parts[ended.first, len(self.lines) - 1] = None
            if ended.name == name:
                return

    def end_line(self) -> None:
        if said := " ".join("".join(self.line).split()):
            self.lines.append(said)
        self.line.clear()


def seen_in(pieces: Iterable[str | Tag]) -> Seen:
    """Return what shows of a page that was taken apart (markup.py)."""
    page = _Page()
    for piece in pieces:
        if isinstance(piece, str):
            page.text(piece)
        else:
            page.tag(piece)
    page.end_line()
    for one in page.stack:
        if len(page.lines) > one.first:
            page.parts[one.first, len(page.lines) - 1] = None
    if page.lines:
        page.parts[0, len(page.lines) - 1] = None
    return Seen(tuple(page.lines), tuple(page.links), tuple(page.parts))


def is_hidden(tag: Tag) -> bool:
    """Return whether an element says of itself that it does not show; `aria-hidden` hides nothing from the eye."""
    closed = tag.name == "dialog" and "open" not in tag.attributes
    return closed or "hidden" in tag.attributes or bool(_HIDING.search(tag.attributes.get("style", "")))
