"""What an item is made from, and when it appears and goes."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from dispatcher.advisories.document import record_of
from dispatcher.errors import Refused
from dispatcher.model import OfficialDocument
from dispatcher.plans import WebsitePlan
from dispatcher.publishing.news_item import news_item
from tests.drafts import draft
from tests.items import KOLKATA, SIGNATURE, item

if TYPE_CHECKING:
    from dispatcher.publishing.news_item import NewsItem

DOCUMENT = OfficialDocument(file_name="a.pdf", content=b"x" * 1025)


def made(document: OfficialDocument = DOCUMENT, /, **changes: object) -> NewsItem:
    """Return the item of the sample's record with changes, before it is released."""
    return news_item(
        {**record_of(draft().advisory), **changes},
        document=document,
        languages=("hi", "en"),
        plan=WebsitePlan(expire_days=3, archive_days=10),
        zone=KOLKATA,
        domain="customs.example",
    )


def test_an_item_is_published_when_it_was_released() -> None:
    """A release sets the moment of publication, in the office's zone."""
    assert "2025-08-12T21:10:00+05:30" == item().publish_at.isoformat()


def test_before_a_release_the_signature_sets_the_moment() -> None:
    """A signed document is published when it was signed; one that nobody signed at the beginning of its date."""
    signed = made(OfficialDocument(file_name="a.pdf", content=b"", signature=SIGNATURE))
    unsigned = made()

    assert "2025-08-12T21:09:09+05:30" == signed.publish_at.isoformat()
    assert "2025-08-12T00:00:00+05:30" == unsigned.publish_at.isoformat()


def test_a_corrigendum_is_published_on_its_own_day() -> None:
    """Its date is not that of the advisory, by which its id stays what it was."""
    relation = {"type": "corrigendum", "target": "10/SYS/WZU/2025", "dated": "2026-01-02"}
    corrected = made(revision=1, relation=relation)

    assert "2026-01-02T00:00:00+05:30" == corrected.publish_at.isoformat()
    assert (made().issued, made().id_of()) == (corrected.issued, corrected.id_of())


def test_an_item_leaves_the_ticker_when_it_is_of_no_use() -> None:
    """useful_until ends the ticker; without it, so many days after the hour; the archive comes days after that."""
    ended, open_ended = made(), made(useful_until=None)

    assert "2025-08-20T18:00:00+05:30" == ended.expire_at.isoformat()
    assert "2025-08-16T12:00:00+05:30" == open_ended.expire_at.isoformat()
    assert "2025-08-26T12:00:00+05:30" == open_ended.archive_at.isoformat()


def test_ids_are_tags_of_the_office() -> None:
    """An id names domain, year and number, and a language of it (RFC 4151); a revision does not change it."""
    assert "tag:customs.example,2025:advisory/10-SYS-WZU-2025" == item().id_of()
    assert "tag:customs.example,2025:advisory/10-SYS-WZU-2025/hi" == item(revision=1).id_of("hi")


def test_a_size_is_rounded_up() -> None:
    """1025 octets are 2 KB, so that nobody is told of less than comes."""
    assert 2 == made().kilobytes


@pytest.mark.parametrize("lacking", ["news", "date", "effective_at", "subject"])
def test_a_record_must_hold_what_is_shown(lacking: str) -> None:
    """A record of an older version is refused, and its document named."""
    with pytest.raises(Refused, match=r"a\.pdf: its record does not hold what a website shows"):
        made(**{lacking: None})


def test_an_item_is_in_the_languages_of_its_record() -> None:
    """A language that the office took up later is not asked of an earlier record."""
    later = news_item(
        record_of(draft().advisory),
        document=DOCUMENT,
        languages=("hi", "mr", "en"),
        plan=WebsitePlan(),
        zone=KOLKATA,
        domain="customs.example",
        released_at=datetime(2025, 8, 12, tzinfo=UTC),
    )

    assert ("hi", "en") == later.languages
