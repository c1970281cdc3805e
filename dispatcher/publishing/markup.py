"""HTML of others taken apart in one pass, however broken or hostile it is. Pure.

The parser of the standard library takes a minute for two megabytes of "<!", and far longer for as much of "<!--":
it searches again from each. Here a search that fails ends the page, so that the time grows with its length only.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import unescape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_NAME = re.compile(r"</?([A-Za-z][^\s/>]*+)")
_ATTRIBUTE = re.compile(
    r"""[\s/]*+ (?: ([^\s/>=]++) (?: \s*+ = \s*+ (?: "([^"]*)" | '([^']*)' | ([^\s>]*+) ) )? | = )?""", re.VERBOSE
)
_ENDLESS = re.compile(r"&#\d{100,};?")
_RAW = frozenset({"script", "style", "textarea", "title", "xmp", "iframe", "noembed", "noframes"})
"""Elements whose content is text up to their own end tag, whatever stands in it."""


@dataclass(frozen=True, slots=True)
class Tag:
    """A start tag or an end tag, its name and the names of its attributes in lower case."""

    name: str
    is_end: bool
    attributes: Mapping[str, str]


def pieces(html: str) -> Iterator[str | Tag]:
    """Yield texts, their references resolved, and tags as they follow each other; comments are left out."""
    at = 0
    while (start := html.find("<", at)) >= 0:
        if start > at:
            yield _resolved(html[at:start])
        named = _NAME.match(html, start)
        if named is None:
            yield from _text_of_no_tag(html, start)
            at = _after_no_tag(html, start)
            continue
        tag, at = _tag(html, start, named)
        yield tag
        if tag.name in _RAW and not tag.is_end:
            end = _end_of_raw(html, at, tag.name)
            yield _resolved(html[at:end])
            at = end
    yield _resolved(html[at:])


def _resolved(text: str) -> str:
    """Return a text with its references resolved; a number of very many digits is no character, and no number."""
    return unescape(_ENDLESS.sub("\ufffd", text))


def _text_of_no_tag(html: str, start: int) -> Iterator[str]:
    """Yield the sign itself where no comment, declaration or end tag begins."""
    if not html.startswith(("<!", "<?", "</"), start):
        yield "<"


def _after_no_tag(html: str, start: int) -> int:
    if html.startswith("<!--", start):
        end = html.find("-->", start + 2)
        return len(html) if end < 0 else end + 3
    if html.startswith(("<!", "<?", "</"), start):
        end = html.find(">", start)
        return len(html) if end < 0 else end + 1
    return start + 1


def _tag(html: str, start: int, named: re.Match[str]) -> tuple[Tag, int]:
    """Return the tag that begins at `start`, and where it ends."""
    attributes: dict[str, str] = {}
    at = named.end()
    while at < len(html) and html[at] != ">":
        found = _ATTRIBUTE.match(html, at)
        assert found is not None  # it can be empty
        if found.end() == at:
            break
        if found[1]:
            value = found[2] or found[3] or found[4] or ""
            attributes.setdefault(found[1].lower(), _resolved(value))
        at = found.end()
    tag = Tag(named[1].lower(), html.startswith("</", start), attributes)
    return tag, min(at + 1, len(html))


def _end_of_raw(html: str, at: int, name: str) -> int:
    """Return where the end tag of an element stands whose content is text."""
    end = re.compile(rf"</{name}(?=[\s/>])", re.IGNORECASE).search(html, at)
    return end.start() if end else len(html)
