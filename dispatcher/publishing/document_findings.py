"""Is the PDF that pages link to the one that was released, and its hash on them? Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dispatcher.publishing.page_findings import Part, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from dispatcher.publishing.news_item import NewsItem
    from dispatcher.publishing.page_findings import Seen

_HASH = re.compile(r"(?<![0-9a-z])[0-9a-f]{64}(?![0-9a-z])")


def documents_among(links: Sequence[str], item: NewsItem) -> list[str]:
    """Return the links to the item's document: those of its name or, where there is none, of any PDF."""
    return _named_so(links, item) or [link for link in links if _path(link).endswith(".pdf")]


def of_document(seen: Seen, item: NewsItem, earlier: Sequence[NewsItem]) -> Iterator[Part]:
    """Yield what was found of the hash and of the linked documents: one of them is enough, none may be wrong."""
    printed = {found for page in seen.pages for found in _HASH.findall(page.folded)}
    hash_found, document = _hash(printed, item, earlier), _linked(seen.linked, item, earlier)
    links = [link for page in seen.pages for link in page.links]
    if seen.unread:
        document = Part(part="document", language=None, verdict=Verdict.WRONG, said=seen.unread[0])
    elif old := next((one for one in earlier if _named_so(links, one)), None):
        said = f"the page links to {old.document.file_name}, the PDF of revision {old.revision}"
        document = Part(part="document", language=None, verdict=Verdict.STALE, said=said)
    if document is not None:
        yield document
    if document is None or document.verdict is not Verdict.RIGHT or hash_found.verdict is not Verdict.MISSING:
        yield hash_found


def _hash(printed: set[str], item: NewsItem, earlier: Sequence[NewsItem]) -> Part:
    for other in earlier:
        if other.document.sha256 in printed:
            beside = " stands beside the right one: it" if item.document.sha256 in printed else ""
            said = f"the SHA-256 {other.document.sha256}{beside} is that of the PDF of revision {other.revision}"
            return Part(part="hash", language=None, verdict=Verdict.STALE, said=said)
    if item.document.sha256 in printed:
        return Part(part="hash", language=None, verdict=Verdict.RIGHT, said=item.document.sha256)
    if printed:
        said = f"the page says SHA-256 {min(printed)}; that of the PDF is {item.document.sha256}"
        return Part(part="hash", language=None, verdict=Verdict.WRONG, said=said)
    said = f"the SHA-256 of the PDF is not there: {item.document.sha256}"
    return Part(part="hash", language=None, verdict=Verdict.MISSING, said=said)


def _linked(linked: Mapping[str, str], item: NewsItem, earlier: Sequence[NewsItem]) -> Part | None:
    if not linked:
        return None
    revisions = {other.document.sha256: other.revision for other in earlier}
    verdicts = [_of_one(place, found, item, revisions) for place, found in linked.items()]
    return next((part for part in verdicts if part.verdict is not Verdict.RIGHT), verdicts[0])


def _of_one(place: str, found: str, item: NewsItem, revisions: Mapping[str, int]) -> Part:
    if found == item.document.sha256:
        return Part(part="document", language=None, verdict=Verdict.RIGHT, said=f"{place} is the PDF as released")
    if found in revisions:
        said = f"{place} is the PDF of revision {revisions[found]}; revision {item.revision} is in force"
        return Part(part="document", language=None, verdict=Verdict.STALE, said=said)
    said = f"{place} is another PDF than the one released, or was saved anew (SHA-256 {found})"
    return Part(part="document", language=None, verdict=Verdict.WRONG, said=said)


def _named_so(links: Sequence[str], item: NewsItem) -> list[str]:
    """Return those of the links that lead to a file of the name of an item's document."""
    name = item.document.file_name.casefold()
    return [link for link in links if _path(link).rpartition("/")[2] == name]


def _path(link: str) -> str:
    return link.partition("#")[0].partition("?")[0].casefold()
