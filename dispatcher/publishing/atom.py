"""Items as Atom (RFC 4287): an entry alone, and a feed. Ids are tag URIs (RFC 4151). Pure: the same each time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from dispatcher.model import Office
    from dispatcher.publishing.news_item import NewsItem

_ATOM = "http://www.w3.org/2005/Atom"
MEDIA_TYPE = "application/atom+xml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """An entry of one language: the item, when it last changed, its page and document, what it says."""

    item: NewsItem
    language: str
    updated: datetime
    page: str
    document: str
    content: str
    """HTML."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """A feed of one language; `address` is its own, where it is known."""

    id: str
    language: str
    title: str
    page: str
    address: str | None
    entries: Sequence[Entry]


def entry_xml(entry: Entry) -> bytes:
    """Return an entry as a document of its own (RFC 4287, section 2)."""
    return _document(_entry(entry))


def feed_xml(feed: Feed, *, office: Office) -> bytes:
    """Return a feed: it was updated when the newest of its entries was (RFC 4287, section 4.2.15)."""
    root = ET.Element("feed", {"xml:lang": feed.language})
    _text(root, "id", feed.id)
    _text(root, "title", feed.title)
    _text(root, "updated", _moment(max(entry.updated for entry in feed.entries)))
    _author(root, office.name[feed.language])
    _link(root, rel="alternate", type="text/html", hreflang=feed.language, href=feed.page)
    if feed.address:
        _link(root, rel="self", type=MEDIA_TYPE, href=feed.address)
    root.extend(_entry(entry) for entry in feed.entries)
    return _document(root)


def _entry(entry: Entry) -> ET.Element:
    item, language = entry.item, entry.language
    root = ET.Element("entry", {"xml:lang": language})
    _text(root, "id", item.id_of(language))
    _text(root, "title", item.news["title"][language])
    _text(root, "published", _moment(item.published))
    _text(root, "updated", _moment(entry.updated))
    _author(root, item.office[language])
    ET.SubElement(root, "category", {"term": item.kind})
    _link(root, rel="alternate", type="text/html", hreflang=language, href=entry.page)
    size = str(len(item.document.content))
    title = item.document.file_name
    _link(root, rel="enclosure", type="application/pdf", length=size, title=title, href=entry.document)
    _text(root, "summary", item.news["summary"][language])
    content = _text(root, "content", entry.content)
    content.attrib.update({"type": "html", "xml:base": entry.page})  # what links in it are relative to
    return root


def _author(parent: ET.Element, name: str) -> None:
    _text(ET.SubElement(parent, "author"), "name", name)


def _link(parent: ET.Element, **attributes: str) -> None:
    ET.SubElement(parent, "link", attributes)


def _text(parent: ET.Element, name: str, text: str) -> ET.Element:
    element = ET.SubElement(parent, name)
    element.text = text
    return element


def _moment(at: datetime) -> str:
    return at.isoformat(timespec="seconds")


def _document(root: ET.Element) -> bytes:
    root.set("xmlns", _ATOM)
    ET.indent(root, " ")
    text: str = ET.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="utf-8"?>\n{text}\n'.encode()
