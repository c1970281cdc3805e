"""The whole site as files: list, items, the page on how to check a PDF, a feed for each language. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dispatcher.publishing.atom import Entry, Feed, feed_xml
from dispatcher.publishing.contents import SUMS, sums
from dispatcher.publishing.website_pages import languages_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dispatcher.model import Office
    from dispatcher.publishing.website_pages import Listed, WebsitePages

DOCUMENTS = "documents"


def site_files(
    listed: Sequence[Listed], pages: WebsitePages, *, office: Office, base_url: str | None = None
) -> dict[str, bytes]:
    """Return the site (path -> content) of at least one item: the same octets for the same items.

    Links within it are relative, so that it can lie anywhere; with `base_url` those of the feeds are absolute.
    Raises TemplateError.
    """
    documents = {
        item.document.file_name: item.document.content for one in listed for item in (*one.earlier, one.item)
    }
    languages = languages_of(listed, pages.languages)
    files = {"index.html": pages.site_start(languages).encode(), "style.css": pages.style.encode()}
    files |= {f"{DOCUMENTS}/{name}": content for name, content in documents.items()}
    files[f"{DOCUMENTS}/{SUMS}"] = sums(documents)
    for language in languages:
        own = [one for one in listed if language in one.item.languages]
        made = {
            "index.html": pages.site_list(own, language, languages=languages).encode(),
            "check.html": pages.site_check(own, language, languages=languages).encode(),
            "feed.atom": feed_xml(_feed(own, pages, language, base_url), office=office),
        }
        made |= {f"{one.item.slug}.html": pages.site_item(one, language).encode() for one in own}
        files |= {f"{language}/{name}": content for name, content in made.items()}
    return files


def _feed(listed: Sequence[Listed], pages: WebsitePages, language: str, base_url: str | None) -> Feed:
    base = f"{base_url.rstrip('/')}/" if base_url else ""
    here, documents = (f"{base}{language}/", f"{base}{DOCUMENTS}/") if base else ("", f"../{DOCUMENTS}/")
    entries = [
        Entry(
            item=one.item,
            language=language,
            updated=one.updated,
            page=f"{here}{one.item.slug}.html",
            document=f"{documents}{one.item.document.file_name}",
            content=pages.fragment(one, language, href=f"{documents}{one.item.document.file_name}"),
        )
        for one in listed
    ]
    oldest = min(listed, key=lambda one: (one.item.publish_at, one.item.slug)).item
    return Feed(
        id=f"tag:{oldest.authority}:advisories/{language}",
        language=language,
        title=f"{pages.title(language)}: {pages.office(language)}",
        page=f"{here}index.html",
        address=f"{here}feed.atom" if base else None,
        entries=entries,
    )
