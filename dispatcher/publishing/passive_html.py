"""Whether a page of somebody else only shows text: nothing runs, nothing is loaded, nothing is asked for. Pure."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Final

_SHOWN: Final = frozenset({
    "a", "b", "blockquote", "body", "br", "caption", "code", "div", "em", "h1", "h2", "h3", "h4", "h5", "h6",
    "head", "hr", "html", "i", "li", "meta", "ol", "p", "pre", "s", "small", "span", "strong", "style", "sub",
    "sup", "table", "tbody", "td", "tfoot", "th", "thead", "title", "tr", "u", "ul",
})  # fmt: skip
_PLAIN: Final = frozenset({
    "align", "bgcolor", "border", "cellpadding", "cellspacing", "charset", "class", "colspan", "content", "dir",
    "height", "id", "lang", "name", "role", "rowspan", "scope", "start", "style", "title", "valign", "width",
})  # fmt: skip
_LOADING: Final = ("url(", "@import", "expression(", "\\")
"""What a style loads by, or hides that it does."""


def active_part(html: str) -> str | None:
    """Return what of a page does more than show text; None where nothing does.

    A link may lead to a mail address or a telephone, nowhere else.
    """
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return reader.found


class _Reader(HTMLParser):
    """Finds the first tag, attribute or style that is not known to be harmless."""

    def __init__(self) -> None:
        super().__init__()
        self.found: str | None = None
        self._in_style = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._in_style = tag == "style"
        if tag not in _SHOWN:
            self._note(f"<{tag}>")
        for name, value in attrs:
            if name == "href" and tag == "a":
                if not (value or "").startswith(("mailto:", "tel:", "#")):
                    self._note(f"a link to {(value or '')[:40]}")
            elif name not in _PLAIN or (name == "style" and _loads(value or "")):
                self._note(f"<{tag} {name}>")
        if tag == "meta" and any(name == "http-equiv" for name, _ in attrs):
            self._note("<meta http-equiv>")

    def handle_endtag(self, tag: str) -> None:
        self._in_style = self._in_style and tag != "style"

    def handle_data(self, data: str) -> None:
        if self._in_style and _loads(data):
            self._note("a style that loads something")

    def handle_decl(self, decl: str) -> None:
        if decl.lower() != "doctype html":
            self._note("a declaration")

    def handle_pi(self, data: str) -> None:
        del data
        self._note("an instruction")

    def unknown_decl(self, data: str) -> None:
        del data
        self._note("a declaration")

    def handle_comment(self, data: str) -> None:
        del data
        self._note("a comment")  # programs differ in where one ends

    def _note(self, what: str) -> None:
        self.found = self.found or what


def _loads(style: str) -> bool:
    return any(mark in style.lower() for mark in _LOADING)
