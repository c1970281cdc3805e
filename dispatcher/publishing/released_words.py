"""What the website says of an advisory as released, by language: what a published page is compared with. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dispatcher.acts import SUCCESSIONS
from dispatcher.advisories.facts import facts_of
from dispatcher.publishing.page_parts import labelled_in
from dispatcher.publishing.page_text import folded, page_text, script_of
from dispatcher.publishing.website_pages import blocks_of
from dispatcher.words import catalog

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import date

    from dispatcher.publishing.news_item import NewsItem
    from dispatcher.publishing.page_text import PageText
    from dispatcher.publishing.website_pages import Listed, Notice, WebsitePages


@dataclass(frozen=True, slots=True, kw_only=True)
class Marking:
    """What an item must say of a later advisory that did something to it."""

    notice: Notice
    said: str

    @property
    def ends_it(self) -> bool:
        """Whether the advisory is out of force by it."""
        return self.notice.kind in SUCCESSIONS


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleasedWords:
    """An item in one language. Texts have a name each, labelled lines a key (LABELLED of website_pages.py)."""

    language: str
    script: str
    texts: Mapping[str, str]
    labels: Mapping[str, str]
    values: Mapping[str, str]
    markings: tuple[Marking, ...]
    dates: frozenset[date]
    """All that the item says, and the day on which it was published."""
    hours: frozenset[int]
    """Minutes of the day."""
    stamps: tuple[str, ...]
    """Words, folded, that begin a line about the page itself: when it was published or changed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Released:
    """An item of the website with its words in each language."""

    item: NewsItem
    words: Mapping[str, ReleasedWords]

    @property
    def is_in_force(self) -> bool:
        """Whether no later advisory superseded or withdrew it."""
        return not any(one.ends_it for words in self.words.values() for one in words.markings)


def released(listed: Listed, pages: WebsitePages) -> Released:
    """Return what the website says of an item, by its templates. Raises TemplateError."""
    return Released(
        item=listed.item,
        words={language: _words(listed, pages, language) for language in listed.item.languages},
    )


def _words(listed: Listed, pages: WebsitePages, language: str) -> ReleasedWords:
    item, labels = listed.item, pages.labelled(language)
    shown = _text(pages.fragment(listed, language, href=item.document.file_name))
    changes = _text(pages.changes(item, language)).lines
    facts = facts_of("\n".join((*shown.lines, item.news["flash"][language], item.subject[language])), language)
    return ReleasedWords(
        language=language,
        script=script_of(item.news["title"][language]),
        texts=dict(_texts(item, language))
        | {f"line {at} of its changes": said for at, said in enumerate(changes, 1)},
        labels=labels,
        values=dict(labelled_in(shown, (0, len(shown.lines) - 1), labels)),
        markings=tuple(Marking(notice=one, said=pages.notice_text(one, language)) for one in listed.notices),
        dates=facts.dates | {item.issued, item.publish_at.date()},
        hours=facts.hours,
        stamps=tuple(map(folded, (pages.updated(language), *catalog("website")["stamps"].get(language, ())))),
    )


def _texts(item: NewsItem, language: str) -> Iterator[tuple[str, str]]:
    """Yield each text that must be there, with its name; the numbers of a body's steps may be the page's own."""
    yield "title", item.news["title"][language]
    yield "summary", item.news["summary"][language]
    lines = [line for block in blocks_of(item.news["body"][language]) for line in block.lines]
    for place, line in enumerate(lines, start=1):
        yield f"line {place} of the body", line


def _text(html: str) -> PageText:
    return page_text(html.encode(), content_type="", place="the released item")
