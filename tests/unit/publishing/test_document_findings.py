"""The PDF that pages link to, and its hash on them; how it is judged with the rest: test_confirming.py."""

from __future__ import annotations

from dataclasses import replace

from dispatcher.publishing.document_findings import documents_among, of_document
from dispatcher.publishing.page_findings import Seen
from dispatcher.publishing.page_text import page_text
from tests.items import item

ITEM, OLD = item(revision=1), item()


def found(html: str, **seen: object) -> list[tuple[str, str]]:
    """Return part and verdict of what is found on a page of revision 1."""
    page = page_text(html.encode(), content_type="", place="page")
    parts = of_document(replace(Seen(pages=[page]), **seen), ITEM, [OLD])  # type: ignore[arg-type]
    return [(one.part, str(one.verdict)) for one in parts]


def test_the_own_document_is_looked_for_among_links() -> None:
    """The link of the document's name is followed; only where there is none, any PDF."""
    own = f"docs/{ITEM.document.file_name}?v=2"

    assert [own] == documents_among(["other.pdf", own, "news.html"], ITEM)
    assert ["other.PDF", "x.pdf#page=2"] == documents_among(["other.PDF", "news.html", "x.pdf#page=2"], ITEM)


def test_a_link_to_the_pdf_of_an_earlier_revision_is_stale() -> None:
    """Whether it is followed or not, and whatever else is right; the own name is no part of a longer one."""
    right = f"<p>{ITEM.document.sha256}<p><a href=/docs/{ITEM.document.file_name}>PDF</a>"
    old = f"{right}<a href='/docs/{OLD.document.file_name}?v=1'>PDF</a>"

    assert [("hash", "right")] == found(right)
    assert [("document", "stale"), ("hash", "right")] == found(old)
    assert [("document", "stale"), ("hash", "right")] == found(old, linked={"a": ITEM.document.sha256})


def test_the_hash_of_an_earlier_revision_beside_the_right_one_is_stale() -> None:
    """Two hashes on a page leave open which item holds."""
    assert [("hash", "stale")] == found(f"<p>{ITEM.document.sha256}<p>{OLD.document.sha256}")


def test_a_document_that_cannot_be_read_is_wrong() -> None:
    """Though the hash is right: the link leads nowhere."""
    assert [("document", "wrong"), ("hash", "right")] == found(f"<p>{ITEM.document.sha256}", unread=("404",))
