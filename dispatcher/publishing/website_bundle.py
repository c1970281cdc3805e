"""The bundle for the website: all that CMS needs to publish an advisory in every language. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dispatcher.advisories.document import record_of
from dispatcher.model import Enclosure
from dispatcher.plans import WebsitePlan
from dispatcher.publishing.archives import zip_of
from dispatcher.publishing.atom import Entry, entry_xml
from dispatcher.publishing.contents import SUMS, sums, text_file
from dispatcher.publishing.issue import Kit
from dispatcher.publishing.item_data import item_json, item_jsonld
from dispatcher.publishing.news_item import news_item
from dispatcher.publishing.website_pages import Listed, WebsitePages

if TYPE_CHECKING:
    from dispatcher.publishing.issue import Issue
    from dispatcher.publishing.news_item import NewsItem

_USUAL = WebsitePlan()


def website_bundle(issue: Issue, *, plan: WebsitePlan = _USUAL) -> Kit:
    """Return the bundle: one zip file to attach, the same octets for the same issue. Raises TemplateError."""
    files = bundle_files(issue, plan=plan)
    name = issue.advisory.kit_file("website")
    packed = Enclosure(file_name=name, media_type="application/zip", content=zip_of(files))
    return Kit(attached=(packed,), files={**files, name: packed.content})


def bundle_files(issue: Issue, *, plan: WebsitePlan = _USUAL) -> dict[str, bytes]:
    """Return what is in the bundle: file name -> content, SHA256SUMS over all others with it."""
    item = news_item(
        record_of(issue.advisory),
        document=issue.document,
        languages=issue.languages,
        plan=plan,
        zone=issue.zone,
        domain=issue.sender.domain,
    )
    pages = WebsitePages(
        issue.templates, office=issue.office, languages=issue.languages, time_zone=issue.office.time_zone
    )
    files = _of_all_languages(item, issue, pages)
    for language in issue.languages:
        files |= _of_language(item, issue, pages, language)
    return files | {SUMS: sums(files)}


def _of_all_languages(item: NewsItem, issue: Issue, pages: WebsitePages) -> dict[str, bytes]:
    links = {language: pages.link_text(item, language) for language in item.languages}
    picture = {language: pages.picture_text(language) for language in item.languages}
    return {
        item.document.file_name: item.document.content,
        "item.json": item_json(item, links=links, picture=picture, release=issue.release_hash),
        "item.jsonld": item_jsonld(item, office=issue.office),
        "README.txt": text_file(f"{pages.readme(item)}\n"),
    }


def _of_language(item: NewsItem, issue: Issue, pages: WebsitePages, language: str) -> dict[str, bytes]:
    alone = Listed(item=item, updated=item.publish_at)
    fragment = pages.fragment(alone, language, href=item.document.file_name)
    entry = Entry(
        item=item,
        language=language,
        updated=item.publish_at,
        page=f"page.{language}.html",
        document=item.document.file_name,
        content=fragment,
    )
    return {
        f"news.{language}.html": f"{fragment}\n".encode(),
        f"page.{language}.html": pages.page(item, language).encode(),
        f"flash.{language}.txt": f"{item.news['flash'][language]}\n".encode(),
        f"entry.{language}.atom": entry_xml(entry, office=issue.office),
    }
