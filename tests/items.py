"""Issues and website items of the sample advisory, with changes of a test's choice."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from dispatcher.advisories.document import document_record
from dispatcher.model import OfficialDocument, Signature, slug_of
from dispatcher.plans import WebsitePlan
from dispatcher.publishing.issue import Issue
from dispatcher.publishing.news_item import news_item
from dispatcher.publishing.website_pages import WebsitePages
from tests.drafts import LANGUAGES, SENDER, draft, office

if TYPE_CHECKING:
    from dispatcher.publishing.news_item import NewsItem

NUMBER = "10/SYS/WZU/2025"
KOLKATA = ZoneInfo("Asia/Kolkata")
SIGNATURE = Signature(
    signer="Specimen Officer", signed_at=datetime(2025, 8, 12, 15, 39, 9, tzinfo=UTC), level="B-B"
)
RELEASED = datetime(2025, 8, 12, 15, 40, tzinfo=UTC)
"""21:10 IST on the evening of the sample advisory."""


def issue(**changes: Any) -> Issue:
    """Return the sample advisory as it is released, its document signed."""
    sample = draft("x@customs.example")
    document = OfficialDocument(
        file_name=f"Advisory-{slug_of(NUMBER)}.pdf", content=b"%PDF " + bytes(66_000), signature=SIGNATURE
    )
    whole = Issue(
        advisory=sample.advisory,
        office=office(),
        sender=SENDER,
        languages=LANGUAGES,
        document=document,
        release_hash="ab" * 32,
        zone=KOLKATA,
        templates=sample.templates,
    )
    return replace(whole, **changes)


def item(
    number: str = NUMBER, *, revision: int = 0, days: int = 0, signed: bool = True, **changes: Any
) -> NewsItem:
    """Return the item of a release so many days after the sample's; `changes` are those of its record."""
    document = OfficialDocument(
        file_name=f"Advisory-{slug_of(number)}{f'-R{revision}' if revision else ''}.pdf",
        content=f"%PDF {number} {revision}".encode(),
        signature=SIGNATURE if signed else None,
    )
    return news_item(
        {**document_record(draft().advisory, office()), "number": number, "revision": revision, **changes},
        document=document,
        languages=LANGUAGES,
        plan=WebsitePlan(),
        zone=KOLKATA,
        domain="customs.example",
        office=office().name,
        released_at=RELEASED + timedelta(days=days),
    )


def pages() -> WebsitePages:
    """Return the pages by the sample's templates."""
    return WebsitePages(draft().templates, office=office(), languages=LANGUAGES, time_zone="Asia/Kolkata")
