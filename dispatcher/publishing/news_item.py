"""The website item of an advisory: what the record in its PDF says, and when it appears and goes. Pure.

The record was frozen with the document, so an item is what was released, whatever advisory.yaml says by now.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from dispatcher.errors import Refused
from dispatcher.model import slug_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import tzinfo

    from dispatcher.model import Localized, OfficialDocument
    from dispatcher.plans import WebsitePlan

NEWS = ("flash", "title", "summary", "body")
"""The texts of an item: the line of the ticker, the title, the summary, the body."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewsItem:
    """An advisory as a website shows it; moments in the office's zone."""

    number: str
    revision: int
    kind: str
    languages: tuple[str, ...]
    issued: date
    effective_at: datetime
    subject: Localized
    news: Mapping[str, Localized]
    """Each of NEWS in every language."""
    relation: Mapping[str, str] | None
    corrections: tuple[Mapping[str, Localized], ...]
    """What a corrigendum corrects: `where`, `for` and `read`, and `what` where the slip has a name."""
    additions: tuple[Localized, ...]
    """What an addendum adds."""
    document: OfficialDocument
    office: Localized
    """The name of the office that issued it, as it was then."""
    authority: str
    """Who assigns the ids, with the year (RFC 4151): `customs.example,2025`."""
    publish_at: datetime
    published: datetime
    """When it was signed, or its date began: the same before its release and after it."""
    expire_at: datetime
    """When it leaves the ticker."""
    archive_at: datetime

    @property
    def slug(self) -> str:
        """The number as a file name."""
        return slug_of(self.number)

    @property
    def kilobytes(self) -> int:
        """The size of the document as people are told it, in units of 1024 octets, rounded up."""
        return -(-len(self.document.content) // 1024)

    def id_of(self, language: str | None = None) -> str:
        """Return the tag URI (RFC 4151) of the item, or of one language of it: the same for every revision."""
        of_language = f"/{language}" if language else ""
        return f"tag:{self.authority}:advisory/{self.slug}{of_language}"


def news_item(
    record: Mapping[str, Any],
    *,
    document: OfficialDocument,
    languages: Sequence[str],
    plan: WebsitePlan,
    zone: tzinfo,
    domain: str,
    office: Localized,
    released_at: datetime | None = None,
) -> NewsItem:
    """Return the item of a document from its record (advisories/document.py, record_of).

    `domain` is the mail domain of the office, `office` its name, for a record of an earlier program without it.
    The item appears when it was released or, where that is not known yet, when it was signed or its date begins.
    It is in those of `languages` that the record has. Raises Refused where the record lacks what a website shows.
    """
    with _what_a_website_shows(document):
        dated = _dated(document, record, zone)
        spoken = tuple(language for language in languages if language in record["news"]["title"])
        expire_at = _end(record, plan).astimezone(zone)
        return NewsItem(
            number=record["number"],
            revision=record["revision"],
            kind=record["kind"],
            languages=spoken,
            issued=date.fromisoformat(record["date"]),
            effective_at=datetime.fromisoformat(record["effective_at"]).astimezone(zone),
            subject=_localized(record["subject"], spoken),
            news={name: _localized(record["news"][name], spoken) for name in NEWS},
            relation=record["relation"],
            corrections=tuple(_correction(one, spoken) for one in record.get("corrections", ())),
            additions=tuple(_localized(text, spoken) for text in record.get("additions", ())),
            document=document,
            office=_localized(record.get("office", {}).get("name", office), spoken),
            authority=f"{domain},{record['date'][:4]}",
            publish_at=(released_at or dated).astimezone(zone),
            published=dated.astimezone(zone),
            expire_at=expire_at,
            archive_at=expire_at + timedelta(days=plan.archive_days),
        )


@contextmanager
def _what_a_website_shows(document: OfficialDocument) -> Iterator[None]:
    """Say that a record lacks something, or has it in another form, where reading it fails."""
    try:
        yield
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise Refused(
            f"{document.file_name}: its record does not hold what a website shows ({error}); "
            "it was made by another version of this program"
        ) from None


def _end(record: Mapping[str, Any], plan: WebsitePlan) -> datetime:
    """Return when an item leaves the ticker."""
    until = record.get("useful_until")
    if until:
        return datetime.fromisoformat(until)
    return datetime.fromisoformat(record["effective_at"]) + timedelta(days=plan.expire_days)


def _correction(one: Mapping[str, Any], languages: Sequence[str]) -> Mapping[str, Localized]:
    return {key: _localized(one[key], languages) for key in ("where", "what", "for", "read") if key in one}


def _localized(texts: Mapping[str, str], languages: Sequence[str]) -> Localized:
    return {language: texts[language] for language in languages}


def _dated(document: OfficialDocument, record: Mapping[str, Any], zone: tzinfo) -> datetime:
    """Return when a document was signed, else when the day that is printed on it begins."""
    if document.signature:
        return document.signature.signed_at
    printed = (record["relation"] or {}).get("dated") or record["date"]
    return datetime.combine(date.fromisoformat(printed), time(0), zone)
