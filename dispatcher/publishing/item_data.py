"""Website items for machines: item.json (docs/website.md) and JSON-LD (schema.org). Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dispatcher.publishing.contents import json_file

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dispatcher.model import Localized, Office
    from dispatcher.publishing.news_item import NewsItem

VERSION = 1
"""Of the shape of item.json; a reader of one version understands every item of it."""
PDF = "application/pdf"


def item_json(item: NewsItem, *, links: Localized, picture: Localized, release: str) -> bytes:
    """Return an item as templates/website/item.schema.json describes it.

    `links` and `picture` are the texts of the link to the document and in place of a picture of it; `release` is
    the hash of what was released.
    """
    return json_file(
        {
            "version": VERSION,
            "id": item.id_of(),
            "number": item.number,
            "revision": item.revision,
            "kind": item.kind,
            "languages": list(item.languages),
            "subject": dict(item.subject),
            **{name: dict(text) for name, text in item.news.items()},
            "issued": item.issued.isoformat(),
            "effective_at": item.effective_at.isoformat(timespec="seconds"),
            "publish_at": item.publish_at.isoformat(timespec="seconds"),
            "expire_at": item.expire_at.isoformat(timespec="seconds"),
            "archive_at": item.archive_at.isoformat(timespec="seconds"),
            "document": {**_document(item), "link_text": dict(links), "alt": dict(picture)},
            "relation": dict(item.relation) if item.relation else None,
            "corrections": [{key: dict(text) for key, text in one.items()} for one in item.corrections],
            "additions": [dict(text) for text in item.additions],
            "release": release,
        }
    )


def _document(item: NewsItem) -> dict[str, Any]:
    document = item.document
    signature = document.signature if document.signed else None
    signed_at = signature.signed_at.astimezone(item.publish_at.tzinfo) if signature else None
    return {
        "file": document.file_name,
        "media_type": PDF,
        "size": len(document.content),
        "sha256": document.sha256,
        "languages": list(item.languages),
        "signed": document.signed,
        "signer": signature.signer if signature else None,
        "signed_at": signed_at.isoformat(timespec="seconds") if signed_at else None,
    }


def item_jsonld(item: NewsItem, *, office: Office) -> bytes:
    """Return an item as a NewsArticle of schema.org for each language, each the translation of the others."""
    articles = [_article(item, office, language) for language in item.languages]
    return json_file({"@context": "https://schema.org", "@graph": articles})


def _article(item: NewsItem, office: Office, language: str) -> Mapping[str, Any]:
    others = [{"@id": item.id_of(other)} for other in item.languages if other != language]
    publisher = {
        "@type": "GovernmentOrganization",
        "name": office.name[language],
        "address": office.address[language],
        "telephone": office.phone,
        "email": office.email,
    }
    document = {
        "@type": "MediaObject",
        "name": item.document.file_name,
        "contentUrl": item.document.file_name,
        "encodingFormat": PDF,
        "contentSize": f"{len(item.document.content)} B",
        "sha256": item.document.sha256,
        "inLanguage": list(item.languages),
    }
    return {
        "@type": "NewsArticle",
        "@id": item.id_of(language),
        "identifier": item.number,
        "version": item.revision,
        "inLanguage": language,
        "headline": item.news["title"][language],
        "abstract": item.news["summary"][language],
        "articleBody": item.news["body"][language],
        "dateCreated": item.issued.isoformat(),
        **({"dateModified": item.relation["dated"]} if item.relation and "dated" in item.relation else {}),
        "datePublished": item.publish_at.isoformat(timespec="seconds"),
        "expires": item.archive_at.isoformat(timespec="seconds"),
        "contentReferenceTime": item.effective_at.isoformat(timespec="seconds"),
        "publisher": publisher,
        "workTranslation": others,
        "associatedMedia": document,
    }
