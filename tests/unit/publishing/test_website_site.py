"""The site: complete, valid, its links leading somewhere, its colours readable."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING
from urllib.parse import urljoin

import feedparser
import html5lib
import pytest

from dispatcher.publishing.website_listing import listed
from dispatcher.publishing.website_pages import WebsitePages
from dispatcher.publishing.website_site import site_files
from tests.drafts import LANGUAGES, draft, office
from tests.items import item, pages

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

LATER = {"type": "supersession", "target": "10/SYS/WZU/2025"}
BASE = "https://eccs.example/advisories"


@cache
def site(*, base_url: str | None = None, days: int = 3) -> Mapping[str, bytes]:
    """Return a site of two advisories: one in two revisions, superseded `days` later by the other."""
    released = [item(), item(revision=1, days=1), item("11/SYS/WZU/2025", days=days, signed=False, relation=LATER)]
    return site_files(listed(released), pages(), office=office(), base_url=base_url)


def _pages() -> Iterator[str]:
    return (name for name in site() if name.endswith(".html"))


def test_every_document_ever_released_is_there() -> None:
    """Also the PDF of an earlier revision can be fetched and compared."""
    assert {"Advisory-10-SYS-WZU-2025.pdf", "Advisory-10-SYS-WZU-2025-R1.pdf", "Advisory-11-SYS-WZU-2025.pdf"} == {
        name.rpartition("/")[2] for name in site() if name.endswith(".pdf")
    }


@pytest.mark.parametrize("name", sorted(_pages()))
def test_pages_are_valid_html_without_scripts(name: str) -> None:
    """Each page parses without an error, and holds neither script nor inline style."""
    page = site()[name].decode()
    html5lib.HTMLParser(strict=True).parse(page)

    assert not re.search(r"<(script|style)|style=|\bon[a-z]+=|https?://", page)


@pytest.mark.parametrize("name", sorted(_pages()))
def test_links_lead_to_a_file_of_the_site(name: str) -> None:
    """Each relative link leads to a file that is there."""
    links = re.findall(r'href="([^"#]+)"', site()[name].decode())

    assert links
    assert set() == {urljoin(f"/{name}", link)[1:] for link in links} - site().keys()


@pytest.mark.parametrize(("language", "word"), [("hi", "इसका अधिक्रमण"), ("en", "in supersession of it")])
def test_a_superseded_item_says_so(language: str, word: str) -> None:
    """On the list and on its page, with a link to what took its place."""
    page, overview = (site()[f"{language}/{name}.html"].decode() for name in ("10-SYS-WZU-2025", "index"))

    assert 1 == page.count(word) == overview.count(word)
    assert '<a href="11-SYS-WZU-2025.html">' in page
    assert word not in site()[f"{language}/11-SYS-WZU-2025.html"].decode()


@pytest.mark.parametrize(
    ("language", "corrected", "added", "superseding"),
    [
        (
            "hi",
            'के फैक्स "1" के स्थान पर "2" पढ़ा जाए।',
            "में निम्नलिखित जोड़ा जाता है:",
            "दिनांक 12.08.2025 का अधिक्रमण",
        ),
        (
            "en",
            "In the fax of this",
            "The following is added to",
            "in supersession of Advisory No. 9/SYS dated 12.08.2025.",
        ),
    ],
)
def test_an_item_says_what_it_does_to_an_earlier_one(
    language: str, corrected: str, added: str, superseding: str
) -> None:
    """A corrigendum says for X read Y, an addendum what is added, a supersession of what: each in its own page."""
    where = {"hi": "फैक्स", "en": "the fax"}
    correction = {"where": where, "for": {"hi": "1", "en": "1"}, "read": {"hi": "2", "en": "2"}}
    relation = {"type": "supersession", "target": "9/SYS", "target_date": "2025-08-12"}
    made = item(corrections=[correction, correction], additions=[{"hi": "क", "en": "A line"}], relation=relation)
    page = site_files(listed([made]), pages(), office=office())[f"{language}/10-SYS-WZU-2025.html"].decode()
    plain = site()[f"{language}/11-SYS-WZU-2025.html"].decode()

    assert [1, 1, 1] == [page.count(each) for each in (corrected, added, superseding)]
    assert 5 == page.count('<p class="change">')
    assert not any(each in plain for each in (corrected, added))


@pytest.mark.parametrize(
    ("language", "withdrawn", "named"),
    [
        (
            "hi",
            "परामर्शी सं. 9/SYS दिनांक 12.08.2025 तत्काल प्रभाव से वापस ली जाती है",
            'के पत्रशीर्ष में फैक्स संख्या "1" के स्थान पर "2" पढ़ा जाए।',
        ),
        (
            "en",
            "Advisory No. 9/SYS dated 12.08.2025 is withdrawn with immediate effect",
            'for the fax number "1", read "2".',
        ),
    ],
)
def test_an_item_says_what_it_withdraws_and_what_a_slip_is(language: str, withdrawn: str, named: str) -> None:
    """An item of another kind says that it withdraws; the kind withdrawal has it in its text."""
    relation = {"type": "withdrawal", "target": "9/SYS", "target_date": "2025-08-12"}
    slip = {
        "where": {"hi": "पत्रशीर्ष में", "en": "the letterhead"},
        "what": {"hi": "फैक्स संख्या", "en": "the fax number"},
        "for": {"hi": "1", "en": "1"},
        "read": {"hi": "2", "en": "2"},
    }
    shown, of_its_kind = (
        site_files(listed([one]), pages(), office=office())[f"{language}/10-SYS-WZU-2025.html"].decode()
        for one in (
            item(corrections=[slip], relation=relation, kind="restored"),
            item(relation=relation, kind="withdrawal"),
        )
    )

    assert (1, 1) == (shown.count(withdrawn), shown.count(named))
    assert withdrawn not in of_its_kind


@pytest.mark.parametrize(("language", "revision"), [("hi", "संशोधन 1"), ("en", "Revision 1")])
def test_a_revision_shows_its_own_date(language: str, revision: str) -> None:
    """Beside the date of the advisory; one without a date of its own has no such line."""
    relation = {"type": "addendum", "target": "10/SYS/WZU/2025"}
    made = [item(revision=1, relation={**relation, **own}) for own in ({"dated": "2025-08-14"}, {})]
    dated, plain = (
        site_files(listed([one]), pages(), office=office())[f"{language}/10-SYS-WZU-2025.html"].decode()
        for one in made
    )

    shown = f'<dt>{revision}</dt>\n<dd><time datetime="2025-08-14">14.08.2025</time></dd>'
    assert (True, False) == (shown in dated, f"<dt>{revision}</dt>" in plain)
    assert '<time datetime="2025-08-12">12.08.2025</time>' in dated


def test_the_page_on_checking_lists_the_sum_of_each_document() -> None:
    """Every released PDF is there with its SHA-256, in both languages and as a file of sums."""
    sums = re.findall(r"^([0-9a-f]{64})", site()["documents/SHA256SUMS"].decode(), re.MULTILINE)

    assert 3 == len(sums)
    for language in ("hi", "en"):
        page = site()[f"{language}/check.html"].decode().replace("<wbr>", "")
        assert all(each in page for each in sums)


@pytest.mark.parametrize("language", ["hi", "en"])
def test_the_feed_is_atom(language: str) -> None:
    """A feed reader finds every entry, newest first, ids and links whole, its own address in it."""
    read = feedparser.parse(site(base_url=BASE)[f"{language}/feed.atom"])

    assert not read.bozo
    assert f"tag:customs.example,2025:advisories/{language}" == read.feed.id
    assert [f"{BASE}/{language}/{number}-SYS-WZU-2025.html" for number in (11, 10)] == [
        one.link for one in read.entries
    ]
    assert 2 == len({one.id for one in read.entries})
    assert {"rel": "self", "href": f"{BASE}/{language}/feed.atom"}.items() <= read.feed.links[1].items()
    assert "2025-08-15T21:10:00+05:30" == read.feed.updated == read.entries[0].updated


def test_a_feed_is_as_old_as_its_first_entry_and_as_new_as_its_newest() -> None:
    """Its id has the year of the oldest item, whatever comes later; it was updated when its newest entry was."""
    later = item("1/SYS/WZU/2026", date="2026-01-02", days=143)
    files = site_files(listed([item(), later]), pages(), office=office(), base_url=BASE)
    read = feedparser.parse(files["en/feed.atom"])

    assert "tag:customs.example,2025:advisories/en" == read.feed.id
    assert ["2026-01-02T21:10:00+05:30", "2025-08-12T21:10:00+05:30"] == [one.updated for one in read.entries]
    assert "2026-01-02T21:10:00+05:30" == read.feed.updated


def test_links_in_an_entry_can_be_followed_from_anywhere() -> None:
    """What a notice in an entry links to is whole for a reader of the feed."""
    superseded = feedparser.parse(site(base_url=BASE)["en/feed.atom"]).entries[1]

    assert f'href="{BASE}/en/11-SYS-WZU-2025.html"' in superseded.content[0].value


def test_an_item_stands_in_the_languages_that_it_has() -> None:
    """What has no English is not on the English list, and its page links to no English one."""
    texts = {name: {"hi": "एक"} for name in ("flash", "title", "summary", "body")}
    hindi = item("11/SYS/WZU/2025", news=texts, subject={"hi": "एक"})
    files = site_files(listed([item(), hindi]), pages(), office=office())
    of_both = listed([item(news=texts, subject={"hi": "एक"}), item(revision=1)])

    assert "en/11-SYS-WZU-2025.html" not in files
    assert "11/SYS" not in files["en/index.html"].decode() + files["en/check.html"].decode()
    assert "../en/" not in files["hi/11-SYS-WZU-2025.html"].decode()
    assert "../en/10-SYS-WZU-2025.html" in files["hi/10-SYS-WZU-2025.html"].decode()
    assert 1 == site_files(of_both, pages(), office=office())["en/check.html"].decode().count("<h3>")


def test_an_entry_is_updated_only_when_it_changes() -> None:
    """What superseded an item updates it when that came; its moment of publication and its id stay."""
    early, late = (feedparser.parse(site(base_url=BASE, days=days)["en/feed.atom"]).entries[1] for days in (3, 4))

    assert (early.id, early.published) == (late.id, late.published)
    assert ("2025-08-15T21:10:00+05:30", "2025-08-16T21:10:00+05:30") == (early.updated, late.updated)


def test_the_name_of_the_office_is_that_of_the_release() -> None:
    """An office that is named anew changes its pages, and no item nor entry of what it issued before."""
    renamed = replace(office(), name={"hi": "नया कार्यालय", "en": "New office"})
    new = WebsitePages(draft().templates, office=renamed, languages=LANGUAGES, time_zone="Asia/Kolkata")
    before, after = (
        site_files(listed([item()]), made, office=each, base_url=BASE)
        for made, each in ((pages(), office()), (new, renamed))
    )

    def entry(files: Mapping[str, bytes]) -> str:
        return files["en/feed.atom"].decode().partition("<entry")[2]

    def article(files: Mapping[str, bytes]) -> str:
        return re.sub(r"(?s).*<article|</article>.*", "", files["en/10-SYS-WZU-2025.html"].decode())

    assert "New office" in after["en/10-SYS-WZU-2025.html"].decode()
    assert (entry(before), article(before)) == (entry(after), article(after))


def test_the_same_items_make_the_same_octets() -> None:
    """Whatever the order of the releases, and whenever it is made."""
    released = [item(), item("11/SYS/WZU/2025", days=2)]
    forth, back = (site_files(listed(each), pages(), office=office()) for each in (released, released[::-1]))

    assert forth == back


def _luminance(colour: str) -> float:
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4 for each in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_text_can_be_read_on_every_ground() -> None:
    """Each colour of text has a contrast of 4.5 with each background (WCAG 2.1, 1.4.3)."""
    style = site()["style.css"].decode()
    texts = set(re.findall(r"(?<![a-z-])color: (#[0-9a-f]{6})", style))
    grounds = set(re.findall(r"background-color: (#[0-9a-f]{6})", style))

    assert len(texts) >= 4
    for text in texts:
        for ground in grounds:
            light, dark = sorted((_luminance(text), _luminance(ground)), reverse=True)
            assert (light + 0.05) / (dark + 0.05) >= 4.5, (text, ground)
