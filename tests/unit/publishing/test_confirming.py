"""A page compared part by part with what was released."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from dispatcher.publishing.confirming import compared, documents_among, is_confirmed
from dispatcher.publishing.page_text import page_text
from tests.items import NUMBER, item, pages

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dispatcher.publishing.confirming import Part
    from dispatcher.publishing.news_item import NewsItem
    from dispatcher.publishing.page_text import PageText

ITEM = item()
OLD = replace(
    ITEM,
    effective_at=ITEM.effective_at.replace(hour=10),
    news={
        name: {language: said.replace("12:00", "10:00") for language, said in text.items()}
        for name, text in ITEM.news.items()
    },
    document=item("9/SYS/WZU/2025").document,
)
"""What revision 0 said, where NEW is in force."""
NEW = item(revision=1)


def page(language: str, of: NewsItem = ITEM, /, **changes: str) -> PageText:
    """Return the bundle's page of an item, parts of its text replaced."""
    html = pages().page(of, language)
    for old, new in changes.items():
        old_text = {"number": NUMBER, "hash": of.document.sha256[:32], "hour": "12:00"}.get(old, old)
        assert old_text in html
        html = html.replace(old_text, new)
    return page_text(html.encode(), content_type="", place="page")


def verdicts(
    seen: Sequence[PageText],
    of: NewsItem = ITEM,
    *,
    earlier: Sequence[NewsItem] = (),
    linked: Mapping[str, str] | None = None,
    languages: Sequence[str] = ("hi", "en"),
) -> dict[tuple[str, str | None], str]:
    """Return part and language -> what was found."""
    found = compared(seen, of, earlier=earlier, languages=languages, linked=linked or {})
    return {(part.part, part.language): str(part.verdict) for part in found}


def wrong(found: Mapping[tuple[str, str | None], str]) -> dict[tuple[str, str | None], str]:
    """Return what is not right."""
    return {part: verdict for part, verdict in found.items() if verdict != "right"}


def test_the_pages_of_the_bundle_are_as_released() -> None:
    """What the bundle holds is found whole: text, number, hour in each language, and the hash."""
    found = verdicts([page("hi"), page("en")])

    parts = {(part, language) for part in ("text", "number", "hour") for language in ("hi", "en")}
    assert dict.fromkeys(parts | {("hash", None)}, "right") == found


def test_one_page_may_hold_both_languages() -> None:
    """Both languages on one page are as good as a page of each."""
    both = page_text((pages().page(ITEM, "hi") + pages().page(ITEM, "en")).encode(), content_type="", place="page")

    assert {} == wrong(verdicts([both]))


def test_a_language_that_is_not_there_is_missing() -> None:
    """A page in English alone lacks all of Hindi; the link to it in Hindi letters is no Hindi."""
    found = verdicts([page("en")])

    assert {("text", "hi"): "missing", ("number", "hi"): "missing", ("hour", "hi"): "missing"} == wrong(found)


def test_only_the_languages_asked_for_are_looked_for() -> None:
    """Of a page in one language that alone can be asked."""
    assert {} == wrong(verdicts([page("hi")], languages=["hi"]))


def test_a_changed_text_is_told() -> None:
    """A line that is not as released is named; the rest of the text is not."""
    seen = [page("hi"), page("en", **{"Follow the prompts": "Follow the link"})]
    (part,) = [one for one in compared(seen, ITEM, earlier=(), languages=["en"], linked={}) if one.part == "text"]

    assert ("wrong", "not there, or not as released: line 2 of the body") == (part.verdict, part.said)


def test_a_wrong_number_and_a_wrong_hour_are_told() -> None:
    """Each is told for its language, with what the page says instead."""
    seen = [page("hi", hour="14:00"), page("en", number="11/SYS/WZU/2025")]
    found = compared(seen, ITEM, earlier=(), languages=["hi", "en"], linked={})
    hour = next(part for part in found if (part.part, part.language) == ("hour", "hi"))

    assert "missing" == verdicts(seen)["number", "en"]
    assert "wrong" == hour.verdict
    assert hour.said.endswith("is not there; the page says 12.08.2025, 13.08.2025, 14:00, 21:09")


def test_an_hour_that_is_nowhere_is_missing() -> None:
    """A page without any date or hour lacks it."""
    text = "ईसीसीएस प्रयोक्ताओं के पासवर्ड की समाप्ति होगी, कृपया लॉगिन करें और पासवर्ड रीसेट करें"
    seen = page_text(text.encode(), content_type="", place="page")

    assert "missing" == verdicts([seen], languages=["hi"])["hour", "hi"]


def test_a_number_may_have_spaces_about_its_strokes() -> None:
    """10 / SYS / WZU / 2025 is the same number."""
    assert "right" == verdicts([page("en", number="10 / SYS / WZU / 2025")], languages=["en"])["number", "en"]


def test_the_page_of_an_earlier_revision_is_stale() -> None:
    """Title, hour and hash of a revision before this one are told as such."""
    found = verdicts([page("hi", OLD), page("en", OLD)], NEW, earlier=[OLD])

    assert {"text": "stale", "hour": "stale", "hash": "stale"} == {
        part: verdict
        for (part, language), verdict in found.items()
        if language in {"en", None} and part != "number"
    }


@pytest.mark.parametrize(
    ("printed", "linked", "expected"),
    [
        (None, {}, {"hash": "right"}),
        ("0" * 32, {}, {"hash": "wrong"}),
        ("", {}, {"hash": "missing"}),
        ("", {"a.pdf": ITEM.document.sha256}, {"document": "right"}),
        ("0" * 32, {"a.pdf": ITEM.document.sha256}, {"document": "right", "hash": "wrong"}),
        (None, {"a.pdf": "1" * 64}, {"document": "wrong", "hash": "right"}),
        ("", {"a.pdf": "1" * 64}, {"document": "wrong", "hash": "missing"}),
        ("", {"a.pdf": OLD.document.sha256}, {"document": "stale", "hash": "missing"}),
        ("", {"a.pdf": ITEM.document.sha256, "b.pdf": "1" * 64}, {"document": "wrong", "hash": "missing"}),
    ],
)
def test_the_hash_or_the_document_must_be_there_and_none_be_wrong(
    printed: str | None, linked: dict[str, str], expected: dict[str, str]
) -> None:
    """A printed hash or a linked PDF is enough; one that is wrong is told whatever the other says."""
    seen = [page("en") if printed is None else page("en", hash=printed)]
    found = verdicts(seen, languages=["en"], earlier=[OLD], linked=linked)

    assert expected == {part: verdict for (part, language), verdict in found.items() if language is None}


def test_the_own_document_is_looked_for_among_links() -> None:
    """The link of the document's name is followed; only where there is none, any PDF."""
    own = f"docs/{ITEM.document.file_name}?v=2"

    assert [own] == documents_among(["other.pdf", own, "news.html"], ITEM)
    assert ["other.PDF", "x.pdf#page=2"] == documents_among(["other.PDF", "news.html", "x.pdf#page=2"], ITEM)


def test_a_language_is_confirmed_with_the_document() -> None:
    """What is wrong in one language leaves the other confirmed; a wrong document leaves none."""

    def parts(seen: Sequence[PageText], linked: Mapping[str, str]) -> tuple[Part, ...]:
        return compared(seen, ITEM, earlier=(), languages=["hi", "en"], linked=linked)

    half = parts([page("hi"), page("en", hour="14:00")], {})
    none = parts([page("hi"), page("en")], {"a.pdf": "1" * 64})

    assert (False, True, False) == (is_confirmed(half), is_confirmed(half, "hi"), is_confirmed(half, "en"))
    assert (False, False) == (is_confirmed(none, "hi"), is_confirmed(none, "en"))
