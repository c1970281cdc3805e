"""Messages of the sample advisory, rendered for audiences of a test's choice."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import TYPE_CHECKING

from dispatcher.messages.rendering import Attached, fill
from dispatcher.messages.wrapping import WIDTH
from dispatcher.model import Part, Wording

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dispatcher.messages.rendering import Renderer, SharedText
    from dispatcher.model import Advisory


AUDIENCES = ("commissioners", "eici", "couriers", "custodians", "cms", "copy")
NOTHING = Attached()
EVERYTHING = Attached(
    pdf="Advisory-10-SYS-WZU-2025.pdf", signed=True, kits=("onward", "website"), enclosures=("manual.pdf",)
)
RULE = "\n" + "=" * WIDTH + "\n"
LINES = {"hi": ("नमूना पद",), "en": ("A post",)}


def rendered(
    renderer: Renderer,
    advisory: Advisory,
    audiences: Sequence[str] = ("commissioners",),
    *,
    attached: Attached = NOTHING,
    **choices: object,
) -> SharedText:
    """Return what those of the audiences share; `choices` are those of Renderer.shared."""
    chosen = {"part": Part.TO, "wording": Wording.ORIGINAL, **choices}
    return renderer.shared(advisory, audiences=audiences, attached=attached, **chosen)  # type: ignore[arg-type]


def halves_of(shared: SharedText) -> dict[str, str]:
    """Return the text part in two, by language."""
    hindi, english = fill(shared.text, LINES, html=False).split(RULE)
    return {"hi": hindi, "en": english}


def flat(text: str) -> str:
    """Return a text on one line."""
    return " ".join(text.split())


class Parts(HTMLParser):
    """Collects the text of an HTML document by language, and what a mail must not hold."""

    def __init__(self, document: str) -> None:
        super().__init__()
        self.by_language: dict[str, str] = {}
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self._open: list[tuple[str, str]] = []
        self.feed(document)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note the tag, and the language that holds inside it."""
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        outer = self._open[-1][1] if self._open else ""
        if tag not in {"br", "hr", "meta"}:
            self._open.append((tag, dict(attrs).get("lang") or outer))

    def handle_endtag(self, tag: str) -> None:
        """Check that tags are closed in order."""
        assert tag == self._open.pop()[0]

    def handle_data(self, data: str) -> None:
        """Add the text to its language."""
        if self._open and self._open[-1][0] not in {"style", "title"}:
            language = self._open[-1][1]
            self.by_language[language] = self.by_language.get(language, "") + data
