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

    from dispatcher.outbox.database import Database
    from dispatcher.outbox.records import Begun, Look, ReleaseRecord, WebsiteStanding
    from dispatcher.publishing.confirming import Part
    from dispatcher.publishing.news_item import NewsItem
    from dispatcher.publishing.page_text import PageText
    from dispatcher.publishing.site_folder import Written

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
        from dispatcher.messages.templates import read_templates
        from dispatcher.publishing.site_folder import write_site
        from dispatcher.publishing.website_listing import listed
        from dispatcher.publishing.website_pages import WebsitePages
        from dispatcher.publishing.website_site import site_files

        office = self.settings.office
        templates = read_templates(self.root / "templates")
        pages = WebsitePages(
            templates, office=office, languages=self.settings.languages, time_zone=office.time_zone
        )
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
            record, item, earlier = self._released(database, reference)
            pages, linked, unread = self._read(urls, files, item, allow_private=allow_private)
            parts = compared(pages, item, earlier=earlier, languages=wanted, linked=linked, unread=unread)
            places = (*urls, *(file.name for file in files))
            at = now()
            _record(database, record, _look(parts, item, pages=places, languages=wanted), by=by, at=at)
            standing = _standing(database, record)
        return Confirmed(number=item.number, at=at, pages=places, languages=wanted, parts=parts, standing=standing)

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
        from dispatcher.publishing.attached_record import attached_record
        from dispatcher.publishing.news_item import news_item

        if release.document is None:
            raise Refused("it was released without a PDF, by an earlier version of this program")
        record = attached_record(release.document.content, file_name=release.document.file_name)
        return news_item(
            record,
            document=release.document,
            languages=self.settings.languages,
            plan=self.settings.website_plan,
            zone=self.zone,
            domain=release.domain,
            released_at=release.at,
        )

    def _released(
        self, database: Database, reference: str
    ) -> tuple[ReleaseRecord, NewsItem, tuple[NewsItem, ...]]:
        """Return the release by which the newest revision began, its item, and the items of earlier revisions."""
        from dispatcher.publishing.website_listing import listed

        self.prepared(database, reference)
        releases = firsts(_begun(database, slug=self.folder(reference).name))
        if not releases:
            raise Refused(f"{reference} has not been released yet, so there is nothing to compare a page with")
        *before, newest = sorted(releases, key=lambda one: one.record.revision)
        current = self._item(newest)
        earlier, _left_out = self._items(before)
        (shown,) = listed([current, *earlier])
        return newest.record, shown.item, shown.earlier

    def _read(
        self, urls: Sequence[str], files: Sequence[Path], item: NewsItem, *, allow_private: bool
    ) -> tuple[list[PageText], dict[str, str], list[str]]:
        """Return the pages, the SHA-256 of each document that they link to, and why others cannot be read.

        Saved pages are not followed.
        """
        from dispatcher.publishing.confirming import documents_among
        from dispatcher.publishing.fetching import Fetcher
        from dispatcher.publishing.page_text import page_text
        from dispatcher.publishing.saved_pages import read_saved

        website = self.settings.website
        fetcher = Fetcher(
            allow_private=allow_private or website.allow_private,
            ca_file=self.root / website.ca_file if website.ca_file else None,
        )
        pages = [page_text(read_saved(file), content_type="", place=file.name) for file in files]
        linked: dict[str, str] = {}
        unread: list[str] = []
        for url in urls:
            came = fetcher.page(url)
            page = page_text(came.content, content_type=came.content_type, place=came.url)
            pages.append(page)
            for link in documents_among(page.links, item)[:_LINKED]:
                try:
                    document = fetcher.document(link, base=came.url)
                    linked[document.url] = hashlib.sha256(document.content).hexdigest()
                except Refused as refused:
                    unread.append(str(refused))
        return pages, linked, unread


def firsts(releases: Iterable[Begun]) -> list[Begun]:
    """Return the release by which each revision of each number began.

    Later ones of a revision hold further recipients, or what follows it: they carry the same document, or none.
    """
    found: dict[tuple[str, int], Begun] = {}
    for one in sorted(releases, key=lambda release: (release.document is None, release.at, release.record.id)):
        found.setdefault((one.record.number, one.record.revision), one)
    return sorted(found.values(), key=lambda release: release.record.id)


def _begun(database: Database, *, slug: str | None = None) -> list[Begun]:
    from dispatcher.outbox.publication import begun

    with database.reading() as connection:
        return begun(connection, slug=slug)


def _look(parts: Sequence[Part], item: NewsItem, *, pages: tuple[str, ...], languages: Sequence[str]) -> Look:
    from dispatcher.outbox.records import Look
    from dispatcher.publishing.confirming import Verdict, is_confirmed

    faults = [
        f"{part.part}{f' ({part.language})' if part.language else ''}: {part.verdict}: {part.said}"
        for part in parts
        if part.verdict is not Verdict.RIGHT
    ]
    return Look(
        pages=pages,
        languages={
            language: is_confirmed(parts, language) if language in languages else None
            for language in item.languages
        },
        faults=tuple(faults),
        document=item.document.sha256,
    )


def _record(database: Database, record: ReleaseRecord, look: Look, *, by: str, at: datetime) -> None:
    from dispatcher.outbox.publication import record_look

    record_look(database, record, look, by=by, now=at)


def _standing(database: Database, record: ReleaseRecord) -> WebsiteStanding:
    """Return what is known of the pages of the revision that `record` belongs to; somebody looked."""
    from dispatcher.outbox import reading
    from dispatcher.outbox.publication import website_standing

    with database.reading() as connection:
        records = reading.releases(connection, slug=record.slug)
        same = [one.id for one in records if one.revision == record.revision]
        standing = website_standing(connection, same)
    assert standing is not None
    return standing
