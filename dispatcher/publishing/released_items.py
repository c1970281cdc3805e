"""The website items of releases that were let go, each made of the record in its frozen document."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dispatcher.errors import Refused
from dispatcher.publishing.attached_record import attached_record
from dispatcher.publishing.news_item import news_item

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import tzinfo

    from dispatcher.model import Localized
    from dispatcher.outbox.records import Begun
    from dispatcher.plans import WebsitePlan
    from dispatcher.publishing.news_item import NewsItem


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemMaker:
    """Makes items for a website in `languages`; `office` is named where a record does not name it."""

    languages: tuple[str, ...]
    plan: WebsitePlan
    zone: tzinfo
    office: Localized

    def item(self, release: Begun) -> NewsItem:
        """Return the item of a release. Raises Refused where its document holds none."""
        if release.document is None:
            raise Refused("it was released without a PDF, by an earlier version of this program")
        record = attached_record(release.document.content, file_name=release.document.file_name)
        return news_item(
            record,
            document=release.document,
            languages=self.languages,
            plan=self.plan,
            zone=self.zone,
            domain=release.domain,
            office=self.office,
            released_at=release.at,
        )


def firsts(releases: Iterable[Begun]) -> list[Begun]:
    """Return the release by which each revision of each number began.

    Later ones of a revision hold further recipients, or what follows it: they carry the same document, or none.
    """
    found: dict[tuple[str, int], Begun] = {}
    for one in sorted(releases, key=lambda release: (release.document is None, release.at, release.record.id)):
        found.setdefault((one.record.number, one.record.revision), one)
    return sorted(found.values(), key=lambda release: release.record.id)
