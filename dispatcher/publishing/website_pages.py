"""Website items as HTML and plain text, by templates/website/. Pure: values in, text out."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from dispatcher.acts import SUCCESSIONS
from dispatcher.advisories.wording import date_text, environment
from dispatcher.messages.rendering import naming, require

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from dispatcher.model import Office
    from dispatcher.publishing.news_item import NewsItem

STYLE = "website/style.css"
_PAGES = ("article.html", "page.html", "item.html", "list.html", "check.html", "start.html", "README.txt")
_PER_LANGUAGE = ("labels", "check.html", "relation.html", "readme")
LABELLED = ("number", "issued", "effective", "hash", "signed_by", "issuer")
"""The labels of an item's lines: names in templates/website/<language>/labels.j2."""
_NUMBERED = re.compile(r"([0-9]{1,3})[.)]\s+(.*)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """What a later advisory did to an item: `kind` is the type of its relation."""

    kind: str
    number: str
    issued: date
    href: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """Lines of a body that belong together: steps of a numbered list, or paragraphs."""

    numbered: bool
    lines: tuple[str, ...]
    start: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """The same page in another language."""

    language: str
    href: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """An item of the site: its newest revision, what became of it, and when it last changed."""

    item: NewsItem
    updated: datetime
    notices: tuple[Notice, ...] = ()
    earlier: tuple[NewsItem, ...] = ()
    """Its revisions before that, newest first."""


class WebsitePages:
    """The templates of the website, compiled once. Raises TemplateError for each missing one, or a wrong one."""

    def __init__(
        self, templates: Mapping[str, str], *, office: Office, languages: Sequence[str], time_zone: str
    ) -> None:
        self._office, self.languages = office, tuple(languages)
        needed = needed_templates(languages)
        require(needed, templates)
        self.style = templates[STYLE]
        self._environment, self._zone = environment(time_zone, templates), ZoneInfo(time_zone)
        for name in needed:
            with naming(name):
                self._environment.get_template(name)

    def fragment(self, listed: Listed, language: str, *, href: str) -> str:
        """Return the item in one language as an article to be put into a page; `href` leads to its document."""
        values = self._item_values(listed, language, href=href, level=2)
        return self._render("website/article.html.j2", values)

    def page(self, item: NewsItem, language: str) -> str:
        """Return the item in one language as a whole page, which stands beside its document."""
        alone = Listed(item=item, updated=item.publish_at)
        values = self._item_values(alone, language, href=item.document.file_name, level=1)
        others = [Link(language=other, href=f"page.{other}.html") for other in _others(item.languages, language)]
        return self._whole("item", language, values | {"others": others, "updated": item.publish_at})

    def readme(self, item: NewsItem) -> str:
        """Return what to do with the bundle, in every language."""
        offices = {language: self._office_in(language) for language in self.languages}
        document = self._document(item, self.languages[0], item.document.file_name)
        about = {"number": item.number, "expire_at": item.expire_at, "archive_at": item.archive_at}
        return self._render(
            "website/README.txt.j2",
            about | self._replaced(item) | {"languages": self.languages, "offices": offices, "document": document},
        )

    def _replaced(self, item: NewsItem) -> dict[str, Any]:
        """Return what of an earlier item is to be taken down or marked, and with which words.

        `replaces` is empty, a number that is out of force, or "item": the one of an earlier revision.
        """
        kind, target = ((item.relation or {}).get(name, "") for name in ("type", "target"))
        if kind not in SUCCESSIONS:
            return {"replaces": "item" if item.revision else "", "notices": {}}
        notice = Notice(kind=kind, number=item.number, issued=item.issued)
        return {
            "replaces": target,
            "notices": {language: self.notice_text(notice, language) for language in self.languages},
        }

    def link_text(self, item: NewsItem, language: str) -> str:
        """Return what the link to the document says: type, size and languages with it (WCAG 2.1, 2.4.4)."""
        labels = self._labels(language)
        names = [labels.language_names[each] for each in item.languages]
        text: str = labels.document(item.number, item.document.signed, item.kilobytes, names)
        return " ".join(unicodedata.normalize("NFC", text).split())

    def picture_text(self, item: NewsItem, language: str) -> str:
        """Return the text in place of a picture that stands for the document: its kind, and what its link says."""
        return f"{self._labels(language).picture}: {self.link_text(item, language)}"

    def labelled(self, language: str) -> dict[str, str]:
        """Return the label of each of LABELLED."""
        labels = self._labels(language)
        with naming(f"website/{language}/labels.j2"):
            return {name: str(getattr(labels, name)) for name in LABELLED}

    def updated(self, language: str) -> str:
        """Return the words before the moment at which a page was changed."""
        text: str = self._labels(language).updated
        return text

    def notice_text(self, notice: Notice, language: str) -> str:
        """Return what an item says of a later advisory that did something to it."""
        day = date_text(notice.issued, language, "numeric", zone=self._zone)
        text: str = self._labels(language).notice(notice.kind, notice.number, day)
        return unicodedata.normalize("NFC", text).strip()

    def changes(self, item: NewsItem, language: str) -> str:
        """Return, as HTML, what the item says that it does to an earlier issue."""
        about = {"language": language, "number": item.number, "issued": item.issued}
        return self._render(f"website/{language}/relation.html.j2", about | _changes(item, language))

    def office(self, language: str) -> str:
        """Return the office's short name."""
        return self._office.short_name[language]

    def title(self, language: str) -> str:
        """Return what the whole of the site is called."""
        text: str = self._labels(language).advisories
        return text

    def site_item(self, listed: Listed, language: str) -> str:
        """Return the site's page of an item."""
        item = listed.item
        href = f"../documents/{item.document.file_name}"
        values = self._item_values(listed, language, href=href, level=1)
        about = {"updated": listed.updated, "languages": item.languages}
        return self._site_page("item", f"{item.slug}.html", language, values | about)

    def site_list(self, listed: Sequence[Listed], language: str, *, languages: Sequence[str]) -> str:
        """Return the site's list of items, in the order given; `languages` are those of the site."""
        entries = [
            self._entry(one.item, language) | {"href": f"{one.item.slug}.html", "notices": one.notices}
            for one in listed
        ]
        values = {"title": self.title(language), "entries": entries}
        about = {"updated": newest(listed), "languages": languages}
        return self._site_page("list", "index.html", language, values | about)

    def site_check(self, listed: Sequence[Listed], language: str, *, languages: Sequence[str]) -> str:
        """Return the site's page on how to check a document, with the hash of each, also of earlier revisions."""
        entries = [
            self._entry(item, language) | {"earlier": item is not one.item}
            for one in listed
            for item in (one.item, *one.earlier)
            if language in item.languages
        ]
        signed = any(entry["document"]["signed"] for entry in entries)
        values = {"title": self._labels(language).how_to_check, "entries": entries, "any_signed": signed}
        about = {"updated": newest(listed), "languages": languages}
        return self._site_page("check", "check.html", language, values | about)

    def site_start(self, languages: Sequence[str]) -> str:
        """Return the page on which the site begins: the choice of one of `languages`."""
        starts = [
            {
                "language": language,
                "title": self.title(language),
                "own_name": self._labels(language).own_name,
                "office": self.office(language),
            }
            for language in languages
        ]
        return self._render("website/start.html.j2", {"starts": starts}) + "\n"

    def _entry(self, item: NewsItem, language: str) -> dict[str, Any]:
        return {
            "title": item.news["title"][language],
            "number": item.number,
            "revision": item.revision,
            "issued": item.issued,
            "effective_at": item.effective_at,
            "summary": item.news["summary"][language],
            "document": self._document(item, language, f"../documents/{item.document.file_name}"),
        }

    def _item_values(self, listed: Listed, language: str, *, href: str, level: int) -> dict[str, Any]:
        item = listed.item
        news = {name: text[language] for name, text in item.news.items()}
        return {
            "language": language,
            "title": f"{news['title']} ({item.number})",
            "description": news["summary"],
            "level": level,
            "news": news,
            "body": blocks_of(news["body"]),
            "notices": listed.notices,
            **_changes(item, language),
            "number": item.number,
            "revision": item.revision,
            "issued": item.issued,
            "effective_at": item.effective_at,
            "document": self._document(item, language, href),
            "issuer": item.office[language],
            "office": self._office_in(language),
        }

    def _document(self, item: NewsItem, language: str, href: str) -> dict[str, Any]:
        document, signature = item.document, item.document.signature
        return {
            "file_name": document.file_name,
            "href": href,
            "sha256": document.sha256,
            "link_text": self.link_text(item, language),
            "signed": document.signed,
            "signer": signature.signer if signature else "",
            "signed_at": signature.signed_at.astimezone(item.effective_at.tzinfo) if signature else None,
        }

    def _site_page(self, name: str, here: str, language: str, values: Mapping[str, Any]) -> str:
        others = [
            Link(language=other, href=f"../{other}/{here}") for other in _others(values["languages"], language)
        ]
        return self._whole(name, language, {**values, "others": others, "site": {"here": here}})

    def _whole(self, name: str, language: str, values: Mapping[str, Any]) -> str:
        about = {"language": language, "description": "", "office": self._office_in(language), "site": None}
        return self._render(f"website/{name}.html.j2", {**about, **values}) + "\n"

    def _office_in(self, language: str) -> dict[str, str]:
        office = self._office
        return {
            "name": office.name[language],
            "short_name": office.short_name[language],
            "address": office.address[language],
            "phone": office.phone,
            "email": office.email,
        }

    def _labels(self, language: str) -> Any:
        name = f"website/{language}/labels.j2"
        with naming(name):
            return self._environment.get_template(name).module

    def _render(self, name: str, values: Mapping[str, Any]) -> str:
        with naming(name):
            text = self._environment.get_template(name).render(values)
        return unicodedata.normalize("NFC", text).strip()


def needed_templates(languages: Sequence[str]) -> list[str]:
    """Return the names of all templates that the website is made from."""
    return [
        *(f"website/{name}.j2" for name in _PAGES),
        *(f"website/{language}/{name}.j2" for language in languages for name in _PER_LANGUAGE),
        STYLE,
    ]


def languages_of(listed: Sequence[Listed], languages: Sequence[str]) -> tuple[str, ...]:
    """Return those of `languages` in which there is an item."""
    spoken = {language for one in listed for language in one.item.languages}
    return tuple(language for language in languages if language in spoken)


def newest(listed: Sequence[Listed]) -> datetime:
    """Return when the item that changed last did so."""
    return max(one.updated for one in listed)


def _changes(item: NewsItem, language: str) -> dict[str, Any]:
    """Return what an item does to an earlier one, as relation.html.j2 names it."""
    names = ("target_date", "dated")
    relation = dict[str, Any](dict.fromkeys(("type", "target", *names)), **(item.relation or {}))
    for name in names:
        if relation[name]:
            relation[name] = date.fromisoformat(relation[name])
    names_of = {"where": "where", "what": "what", "wrong": "for", "right": "read"}
    corrections = [
        {name: one[key][language] if key in one else "" for name, key in names_of.items()}
        for one in item.corrections
    ]
    return {
        "kind": item.kind,
        "relation": relation,
        "corrections": corrections,
        "additions": [text[language] for text in item.additions],
    }


def _others(languages: Sequence[str], language: str) -> list[str]:
    return [other for other in languages if other != language]


def blocks_of(body: str) -> tuple[Block, ...]:
    """Return the lines of a body: those numbered one after the other become a list, all others paragraphs."""
    found: list[Block] = []
    lines = [line.strip() for line in body.splitlines() if line.strip()]
    for run, group in groupby(enumerate(lines), key=lambda one: _run(one[0], one[1])):
        texts = [line for _, line in group]
        if run is None:
            found.append(Block(numbered=False, lines=tuple(texts)))
            continue
        steps = [match for line in texts if (match := _NUMBERED.fullmatch(line))]
        found.append(Block(numbered=True, lines=tuple(step[2] for step in steps), start=int(steps[0][1])))
    return tuple(found)


def _run(place: int, line: str) -> int | None:
    """Return what the numbers of one list have in common: place less number; None for a line without a number."""
    match = _NUMBERED.fullmatch(line)
    return place - int(match[1]) if match else None
