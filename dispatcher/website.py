"""The website: the site of all released advisories, and whether a page shows one as released. Composition root.

It loads its edges when it runs, as in app.py.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dispatcher.errors import Refused, UsageError
from dispatcher.use_cases import UseCases, now

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime
    from pathlib import Path

    from sqlalchemy import Connection

    from dispatcher.outbox.database import Database
    from dispatcher.outbox.records import Begun, Look, ReleaseRecord, WebsiteStanding
    from dispatcher.publishing.fetching import Fetcher
    from dispatcher.publishing.news_item import NewsItem
    from dispatcher.publishing.page_findings import LostPage, Part, Seen
    from dispatcher.publishing.page_text import PageText
    from dispatcher.publishing.released_words import Released
    from dispatcher.publishing.site_folder import Written
    from dispatcher.publishing.website_pages import WebsitePages

_LINKED = 5
"""So many linked documents of a page are read at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Built:
    """What a build of the site did: how many advisories it shows, what changed, what was left out and why."""

    advisories: int
    written: Written
    left_out: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirmed:
    """What a look at the published pages found."""

    number: str
    at: datetime
    pages: tuple[str, ...]
    languages: tuple[str, ...]
    parts: tuple[Part, ...]
    standing: WebsiteStanding
    """What is known of all languages with this look."""

    @property
    def ok(self) -> bool:
        """Whether all that was looked at is as released."""
        from dispatcher.publishing.confirming import is_confirmed

        return is_confirmed(self.parts)


class Website(UseCases):
    """What is published of the advisories of one workspace."""

    def build(self, folder: Path, *, base_url: str | None) -> Built:
        """Write the site of all released advisories into `folder`.

        Each is made from what was frozen with its release. Raises Refused, TemplateError, StoreError.
        """
        from dispatcher.publishing.released_items import firsts
        from dispatcher.publishing.site_folder import write_site
        from dispatcher.publishing.website_listing import listed
        from dispatcher.publishing.website_site import site_files

        office, pages = self.settings.office, self._pages()
        with self.store() as database:
            items, left_out = self._items(firsts(_begun(database)))
        if not items:
            why = "; ".join(left_out) or "none has been released yet"
            raise Refused(f"there is no advisory to show: {why}")
        shown = listed(items)
        files = site_files(shown, pages, office=office, base_url=base_url or self.settings.website.url)
        return Built(advisories=len(shown), written=write_site(folder, files), left_out=left_out)

    def confirm(
        self,
        reference: str,
        *,
        urls: Sequence[str],
        files: Sequence[Path],
        languages: Sequence[str],
        by: str,
        allow_private: bool = False,
    ) -> Confirmed:
        """Compare pages at `urls`, or saved ones, with what was released, and record what was found.

        Of no `languages` all are looked for. Raises UsageError, Refused, StoreError.
        """
        from dispatcher.publishing.confirming import compared

        self.must_be_officer(by)
        wanted = self._wanted(languages)
        with self.store() as database:
            record, shown, earlier = self._released(database, reference)
            ended = self._ended_by(database, record)
            seen = self._read(urls, files, shown.item, allow_private=allow_private)
            _refuse_lost(seen.lost, known=_confirmed_pages(database, record), in_force=shown.is_in_force)
            parts = compared(seen, shown, earlier=earlier, languages=wanted, ended=ended)
            places = (*urls, *(file.name for file in files))
            at = now()
            _record(database, record, _look(parts, shown, seen, pages=places, languages=wanted), by=by, at=at)
            standing = _standing(database, record)
        return Confirmed(
            number=shown.item.number, at=at, pages=places, languages=wanted, parts=parts, standing=standing
        )

    def _pages(self) -> WebsitePages:
        from dispatcher.messages.templates import read_templates
        from dispatcher.publishing.website_pages import WebsitePages

        office, templates = self.settings.office, read_templates(self.root / "templates")
        return WebsitePages(
            templates, office=office, languages=self.settings.languages, time_zone=office.time_zone
        )

    def _wanted(self, languages: Sequence[str]) -> tuple[str, ...]:
        known = self.settings.languages
        if unknown := [language for language in languages if language not in known]:
            raise UsageError(f"no language {unknown[0]} in config.yaml; there are: {', '.join(known)}")
        return tuple(language for language in known if language in languages) or known

    def _items(self, releases: Iterable[Begun]) -> tuple[list[NewsItem], tuple[str, ...]]:
        """Return the items of releases, and why there is none of some of them."""
        items, left_out = [], []
        for one in releases:
            try:
                items.append(self._item(one))
            except Refused as refused:
                left_out.append(f"{one.record.number}, revision {one.record.revision}: {refused}")
        return items, tuple(dict.fromkeys(left_out))

    def _item(self, release: Begun) -> NewsItem:
        from dispatcher.publishing.released_items import ItemMaker

        settings = self.settings
        maker = ItemMaker(
            languages=settings.languages, plan=settings.website_plan, zone=self.zone, office=settings.office.name
        )
        return maker.item(release)

    def _ended_by(self, database: Database, record: ReleaseRecord) -> list[Released]:
        """Return the item that a release superseded or withdrew; none where it is not on the site."""
        from dispatcher.acts import SUCCESSIONS
        from dispatcher.model import slug_of
        from dispatcher.publishing.released_items import firsts
        from dispatcher.publishing.released_words import released
        from dispatcher.publishing.website_listing import listed

        if record.target is None or record.relation not in SUCCESSIONS:
            return []
        items, _left_out = self._items(firsts(_begun(database, slug=slug_of(record.target))))
        pages = self._pages()
        return [released(one, pages) for one in listed(items) if one.item.number == record.target]

    def _released(self, database: Database, reference: str) -> tuple[ReleaseRecord, Released, list[Released]]:
        """Return the release by which the newest revision began, its item, and the items of earlier revisions.

        The item says what later advisories did to it.
        """
        from dispatcher.publishing.released_items import firsts
        from dispatcher.publishing.released_words import released
        from dispatcher.publishing.website_listing import listed
        from dispatcher.publishing.website_pages import Listed

        self.prepared(database, reference)
        slug = self.folder(reference).name
        releases = firsts(_begun(database, slug=slug))
        own = sorted((one for one in releases if one.record.slug == slug), key=lambda one: one.record.revision)
        if not own:
            raise Refused(f"{reference} has not been released yet, so there is nothing to compare a page with")
        newest, pages = own[-1], self._pages()
        current = self._item(newest)
        others, _left_out = self._items(one for one in releases if one is not newest)
        shown = next(one for one in listed([current, *others]) if one.item.number == current.number)
        before = [released(Listed(item=one, updated=one.publish_at), pages) for one in shown.earlier]
        return newest.record, released(shown, pages), before

    def _read(self, urls: Sequence[str], files: Sequence[Path], item: NewsItem, *, allow_private: bool) -> Seen:
        """Return the pages, the SHA-256 of each document that they link to, and why others cannot be read.

        Saved pages are not followed.
        """
        from dispatcher.publishing.fetching import Fetcher, Unread
        from dispatcher.publishing.page_findings import LostPage, Seen
        from dispatcher.publishing.page_text import page_text
        from dispatcher.publishing.saved_pages import read_saved

        website = self.settings.website
        fetcher = Fetcher(
            allow_private=allow_private or website.allow_private,
            ca_file=self.root / website.ca_file if website.ca_file else None,
        )
        pages = [page_text(read_saved(file), content_type="", place=file.name) for file in files]
        linked: dict[str, str] = {}
        unread, lost = list[str](), list[LostPage]()
        for url in urls:
            try:
                came = fetcher.page(url)
            except Unread as why:
                lost.append(LostPage(url=url, said=str(why), gone=why.gone))
                continue
            page = page_text(came.content, content_type=came.content_type, place=came.url)
            pages.append(page)
            found, failed = _documents(fetcher, page, item, base=came.url)
            linked |= found
            unread += failed
        return Seen(pages=pages, linked=linked, unread=unread, lost=lost)


def _documents(fetcher: Fetcher, page: PageText, item: NewsItem, *, base: str) -> tuple[dict[str, str], list[str]]:
    """Return the SHA-256 of each document that a page links to, by its address, and why others cannot be read."""
    from dispatcher.publishing.document_findings import documents_among

    linked: dict[str, str] = {}
    unread: list[str] = []
    for link in documents_among(page.links, item)[:_LINKED]:
        try:
            document = fetcher.document(link, base=base)
            linked[document.url] = hashlib.sha256(document.content).hexdigest()
        except Refused as refused:
            unread.append(str(refused))
    return linked, unread


def _refuse_lost(lost: Sequence[LostPage], *, known: set[str], in_force: bool) -> None:
    """Raise Refused for a page that cannot be read and proves nothing: it may be a slip in its address.

    One that was once found as released is another matter, and so is that an item which should go is gone.
    """
    for one in lost:
        if one.url not in known and (in_force or not one.gone):
            raise Refused(one.said)


def _begun(database: Database, *, slug: str | None = None) -> list[Begun]:
    from dispatcher.outbox.publication import begun

    with database.reading() as connection:
        return begun(connection, slug=slug)


def _look(
    parts: Sequence[Part], shown: Released, seen: Seen, *, pages: tuple[str, ...], languages: Sequence[str]
) -> Look:
    from dispatcher.outbox.records import Look
    from dispatcher.publishing.confirming import is_confirmed, lost_languages
    from dispatcher.publishing.page_findings import Verdict

    faults = [
        f"{part.part}{f' ({part.language})' if part.language else ''}: {part.verdict}: {part.said}"
        for part in parts
        if part.verdict is not Verdict.RIGHT
    ]
    why = "gone" if all(one.gone for one in seen.lost) else "unread"
    return Look(
        pages=pages,
        languages={
            language: is_confirmed(parts, language) if language in languages else None
            for language in shown.item.languages
        },
        faults=tuple(faults),
        document=shown.item.document.sha256,
        lost=dict.fromkeys(lost_languages(parts, languages), why),
        ended=not shown.is_in_force,
    )


def _confirmed_pages(database: Database, record: ReleaseRecord) -> set[str]:
    from dispatcher.outbox.publication import confirmed_pages

    with database.reading() as connection:
        return confirmed_pages(connection, _of_revision(connection, record))


def _of_revision(connection: Connection, record: ReleaseRecord) -> list[int]:
    """Return the releases of the revision that `record` belongs to."""
    from dispatcher.outbox import reading

    records = reading.releases(connection, slug=record.slug)
    return [one.id for one in records if one.revision == record.revision]


def _record(database: Database, record: ReleaseRecord, look: Look, *, by: str, at: datetime) -> None:
    from dispatcher.outbox.publication import record_look

    record_look(database, record, look, by=by, now=at)


def _standing(database: Database, record: ReleaseRecord) -> WebsiteStanding:
    """Return what is known of the pages of the revision that `record` belongs to; somebody looked."""
    from dispatcher.outbox.publication import website_standing

    with database.reading() as connection:
        standing = website_standing(connection, _of_revision(connection, record))
    assert standing is not None
    return standing
