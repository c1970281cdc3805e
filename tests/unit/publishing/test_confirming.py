"""A page compared part by part with what was released."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from dispatcher.publishing.confirming import compared, is_confirmed, lost_languages
from dispatcher.publishing.news_item import NEWS
from dispatcher.publishing.page_findings import LostPage, Seen
from dispatcher.publishing.page_text import page_text
from dispatcher.publishing.released_words import released
from dispatcher.publishing.website_pages import Listed, Notice
from tests.items import NUMBER, item, pages

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dispatcher.publishing.news_item import NewsItem
    from dispatcher.publishing.page_findings import Part
    from dispatcher.publishing.page_text import PageText
    from dispatcher.publishing.released_words import Released

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
LATER = Notice(kind="withdrawal", number="14/SYS/WZU/2025", issued=ITEM.issued)
CORRECTING = replace(LATER, kind="corrigendum")
CORRECTION = {
    "where": {"hi": "पत्रशीर्ष", "en": "the letterhead"},
    "for": {"hi": "1", "en": "1"},
    "read": {"hi": "2", "en": "2"},
}


def page(language: str, of: NewsItem = ITEM, /, **changes: str) -> PageText:
    """Return the bundle's page of an item, parts of its text replaced."""
    html = pages().page(of, language)
    for old, new in changes.items():
        old_text = {"number": NUMBER, "hash": of.document.sha256[:32], "hour": "12:00"}.get(old, old)
        assert old_text in html
        html = html.replace(old_text, new)
    return page_text(html.encode(), content_type="", place="page")


def without_lines(language: str, /, **changes: str) -> PageText:
    """Return the bundle's page without what stands below the link to the document."""
    html = pages().page(ITEM, language)
    for old, new in changes.items():
        html = html.replace({"hour": "12:00"}[old], new)
    html = re.sub(r"<p class=.document.>.*</dl>|<footer>.*</footer>", "", html, flags=re.DOTALL)
    return page_text(html.encode(), content_type="", place="page")


def about(said: Sequence[Part], part: str, language: str | None = "en") -> list[tuple[str, str]]:
    """Return what was found of a part in a language, verdict and words."""
    return [(str(one.verdict), one.said) for one in said if (one.part, one.language) == (part, language)]


def html_of(language: str, of: NewsItem = ITEM, *, notices: Sequence[Notice] = ()) -> str:
    """Return the item as an article."""
    shown = Listed(item=of, updated=of.publish_at, notices=tuple(notices))
    return pages().fragment(shown, language, href=of.document.file_name)


def read(*pieces: str) -> PageText:
    """Return a page of others that holds these pieces in its main part."""
    html = f"<!DOCTYPE html><title>ECCS</title><body><main>{''.join(pieces)}</main></body>"
    return page_text(html.encode(), content_type="", place="page")


def looked(
    seen: Sequence[PageText],
    of: NewsItem = ITEM,
    *,
    notices: Sequence[Notice] = (),
    earlier: Sequence[NewsItem] = (),
    linked: Mapping[str, str] | None = None,
    lost: Sequence[LostPage] = (),
    ended: Sequence[NewsItem] = (),
    languages: Sequence[str] = ("hi", "en"),
) -> tuple[Part, ...]:
    """Return what is found of an item to which later advisories did what `notices` say."""

    def shown(one: NewsItem, *, marked: Sequence[Notice] = ()) -> Released:
        return released(Listed(item=one, updated=one.publish_at, notices=tuple(marked)), pages())

    return compared(
        Seen(pages=seen, linked=linked or {}, lost=lost),
        shown(of, marked=notices),
        earlier=[shown(one) for one in earlier],
        languages=languages,
        ended=[shown(one, marked=[LATER]) for one in ended],
    )


def verdicts(
    seen: Sequence[PageText],
    of: NewsItem = ITEM,
    *,
    earlier: Sequence[NewsItem] = (),
    linked: Mapping[str, str] | None = None,
    languages: Sequence[str] = ("hi", "en"),
) -> dict[tuple[str, str | None], str]:
    """Return part and language -> what was found."""
    found = looked(seen, of, earlier=earlier, languages=languages, linked=linked or {})
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


def test_hashes_names_and_addresses_are_no_english() -> None:
    """What a page in Hindi has in Latin letters, such as hashes, file names and addresses, is no English."""
    code = "<code>0123abcdef0123abcdef</code><p>Advisory-10-SYS-WZU-2025.pdf<p>helpdesk-of-customs@icegate.gov.in"
    found = looked([read(html_of("hi"), code * 5)])

    assert {"no page holds a text in Latin letters"} == {one.said for one in found if one.language == "en"}


def test_only_the_languages_asked_for_are_looked_for() -> None:
    """Of a page in one language that alone can be asked."""
    assert {} == wrong(verdicts([page("hi")], languages=["hi"]))


def test_a_changed_text_is_told() -> None:
    """A line that is not as released is named; the rest of the text is not."""
    seen = [page("hi"), page("en", **{"Follow the prompts": "Follow the link"})]
    (part,) = [one for one in looked(seen, languages=["en"], linked={}) if one.part == "text"]

    assert ("wrong", "not there, or not as released: line 2 of the body") == (part.verdict, part.said)


def test_a_wrong_number_and_a_wrong_hour_are_told() -> None:
    """Each is told for its language, with what the page says instead."""
    seen = [page("hi", hour="14:00"), page("en", number="11/SYS/WZU/2025")]
    found = looked(seen, languages=["hi", "en"], linked={})
    hour = next(part for part in found if (part.part, part.language) == ("hour", "hi"))

    number = next(part for part in found if (part.part, part.language) == ("number", "en"))

    assert ("wrong", "wrong") == (number.verdict, hour.verdict)
    assert '"Advisory number" says 11/SYS/WZU/2025; as released it is 10/SYS/WZU/2025' == number.said
    assert "says 13.08.2025, 14:00 " in hour.said
    assert "as released it is 13.08.2025, 12:00 " in hour.said


def test_a_wrong_number_and_a_wrong_hour_without_labels_are_told() -> None:
    """A page that has no labelled lines is asked for number and hour all the same."""
    seen = [without_lines("hi", hour="14:00"), without_lines("en")]
    found = {(part.part, part.language): part for part in looked(seen)}

    assert "missing" == found["number", "hi"].verdict
    assert "right" == found["hour", "en"].verdict
    assert found["hour", "hi"].said.endswith("is not there; the page says 13.08.2025")


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

    parts = ("text", "number", "hour", "document", "hash")
    assert dict.fromkeys(parts, "stale") == {
        part: verdict for (part, language), verdict in found.items() if language != "hi"
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


@pytest.mark.parametrize(
    ("released_line", "changed", "part", "sentence"),
    [
        (
            "12:00 IST</time>",
            "14:00 IST</time>",
            "hour",
            '"Effective" says 13.08.2025, 14:00 IST; as released it is 13.08.2025, 12:00 IST',
        ),
        (
            "<dd>10/SYS",
            "<dd>13/SYS",
            "number",
            '"Advisory number" says 13/SYS/WZU/2025; as released it is 10/SYS/WZU/2025',
        ),
        (
            "12.08.2025</time></dd>",
            "11.08.2025</time></dd>",
            "issued",
            '"Issued" says 11.08.2025; as released it is 12.08.2025',
        ),
        ("Specimen Officer", "Another Officer", "signature", '"Digitally signed" says Another Officer, '),
        ("System", "Syste", "issuer", '"Office of issue" says '),
    ],
    ids=["hour", "number", "issued", "signature", "issuer"],
)
def test_a_labelled_line_that_says_something_else_is_told(
    released_line: str, changed: str, part: str, sentence: str
) -> None:
    """The right value in the text does not make up for another beside its label; both are told."""
    html = html_of("en")
    head, _, below = html.partition("<dl>")
    assert released_line in below
    ((verdict, said),) = about(looked([read(head, "<dl>", below.replace(released_line, changed))]), part)

    assert ("wrong", True) == (verdict, said.startswith(sentence)), said


def test_a_labelled_line_in_hindi_is_compared_too() -> None:
    """The labels are those of the language's own templates."""
    html = html_of("hi")
    head, _, below = html.partition("<dl>")
    found = looked([read(head, "<dl>", below.replace("12:00", "18:00"))], languages=["hi"])
    ((verdict, said),) = about(found, "hour", "hi")

    assert ("wrong", True) == (verdict, "18:00" in said and "12:00" in said)


@pytest.mark.parametrize(
    "line",
    [
        "Effective: 13 August 2025, 12:00 noon",
        "Issued: 12.08.2025; Effective: 13.08.2025, 12:00 IST; SHA-256: " + ITEM.document.sha256,
        "<b>Effective</b> 13.08.2025, 12.00 hrs",
        "<table><tr><th>Effective<td>13/08/2025 12:00 IST<tr><th>Issued<td>12 August 2025</table>",
        "Effective immediately for all users",
    ],
    ids=["other form", "one line", "no colon", "table", "no labelled line"],
)
def test_a_labelled_line_may_have_a_form_of_its_own(line: str) -> None:
    """The same moment in another form, several labels in one line, a table: all say what was released."""
    seen = re.sub(
        r"<dl>.*</dl>",
        f"<p>{line}</p><p>{NUMBER}</p><p>{ITEM.document.sha256}</p>",
        html_of("en"),
        flags=re.DOTALL,
    )

    assert {} == wrong(verdicts([read(seen)], languages=["en"]))


def test_another_hour_within_the_item_is_told() -> None:
    """A date or an hour that the advisory does not say is named, though the right one is there too."""
    line = "<p>Note: passwords expire on 28.11.2026 at 09:00 hours</p><p class="
    ((verdict, said),) = about(looked([read(html_of("en").replace("<p class=", line, 1))]), "hour")

    assert ("wrong", True) == (verdict, said.endswith("is there, but the item also says 28.11.2026, 09:00"))


def test_what_else_a_page_shows_does_not_disturb() -> None:
    """Other advisories, a ticker, the day of a page's change are none of the item's, wherever they stand."""
    other = item("9/SYS/WZU/2025", date="2025-08-01", effective_at="2025-08-05T16:00:00+05:30")
    list_of_others = "<ul><li>From 09:00 on 28.11.2026: maintenance<li>Expiry of passwords: 2 May 2024, 17:00</ul>"
    stamped = html_of("en").replace("<dl>", "<p>Published on 14.08.2025 09:31</p><dl>")
    seen = read(list_of_others, html_of("en", other), stamped, "<footer>Last updated: 15.08.2025 10:00</footer>")
    bare = read(f"{list_of_others}<p>Last updated 15.08.2025</p>", html_of("en"))

    assert {} == wrong(verdicts([bare], languages=["en"]))
    assert {} == wrong(verdicts([seen], languages=["en"]))


def test_an_advisory_out_of_force_must_be_marked() -> None:
    """Of what was withdrawn an item as it was released is not enough; the words that are lacking are told."""
    bare, marked = ([page("hi"), page("en")], [read(html_of(one, notices=[LATER])) for one in ("hi", "en")])
    ((verdict, said),) = about(looked(bare, notices=[LATER]), "marking")

    assert ("missing", True) == (
        verdict,
        said.startswith("withdrawal by 14/SYS/WZU/2025; the item does not say so"),
    )
    assert "This advisory is withdrawn (Advisory No. 14/SYS/WZU/2025" in said
    assert dict.fromkeys((("marking", "hi"), ("marking", "en")), "right") == {
        (one.part, one.language): one.verdict for one in looked(marked, notices=[LATER])
    }


def test_an_advisory_out_of_force_may_have_left_the_page() -> None:
    """Where neither its text nor its PDF is there any more, nothing need be marked."""
    gone = read("<p>", "This page shows the news of the office in English. " * 3)

    assert [("right", "the item is not there any more")] == about(
        looked([gone], notices=[LATER], languages=["en"]), "marking"
    )


GONE, DOWN = (
    LostPage(url="https://eccs.example/", said=why, gone=gone) for why, gone in (("404", True), ("late", False))
)


def test_a_page_that_cannot_be_read_is_told_of_its_language() -> None:
    """The language that stands on none of the other pages is lost; the others are as they are."""
    half, none = looked([page("en")], lost=[DOWN]), looked([], lost=[DOWN])

    assert {("page", "hi"): "missing"} == {
        (one.part, one.language): one.verdict for one in half if one.verdict != "right"
    }
    assert (("hi",), ("hi", "en")) == (lost_languages(half, ("hi", "en")), lost_languages(none, ("hi", "en")))
    assert [("page", "hi", "late"), ("page", "en", "late")] == [(one.part, one.language, one.said) for one in none]
    assert is_confirmed(half, "en")


def test_a_page_too_many_that_cannot_be_read_is_told() -> None:
    """Where both languages stand on other pages, the page that is lost leaves neither confirmed."""
    found = looked([page("hi"), page("en")], lost=[GONE])

    assert [("page", None)] == [(one.part, one.language) for one in found if one.verdict != "right"]
    assert ("hi", "en") == lost_languages(found, ("hi", "en"))


def test_the_page_of_an_advisory_out_of_force_may_be_gone() -> None:
    """404 is as good as a mark there; a server that does not answer proves nothing."""
    gone, down = (looked([], notices=[LATER], lost=[one], languages=["en"]) for one in (GONE, DOWN))

    assert [("right", "the page is not there any more")] == about(gone, "marking")
    assert [("missing", "late")] == about(down, "page")


def test_no_earlier_revision_may_stand_unmarked_either() -> None:
    """Of what is out of force an old item, or one whose title and summary were changed, is still there."""
    changed = re.sub(r"<h2>.*?</h2>|<p>.*?</p>", "<p>Changed</p>", html_of("en"))
    changed = changed.replace(ITEM.document.sha256[:32], "")
    verdicts_of = [
        about(looked([read(html)], NEW, earlier=[OLD], notices=[LATER], languages=["en"]), "marking")[0][0]
        for html in (html_of("en", OLD), changed, "<p>This is the page of the news of the office, in English.</p>")
    ]

    assert ["missing", "missing", "right"] == verdicts_of


def test_what_an_advisory_ended_may_not_stand_beside_it_unmarked() -> None:
    """The item of the later advisory is right; on the same page the one that it withdrew must say so."""
    own = item("14/SYS/WZU/2025", news={name: {"hi": f"वापस {name}", "en": f"Withdrawn {name}"} for name in NEWS})
    beside, marked = (
        looked([read(html_of("en", own), html_of("en", notices=notices))], own, ended=[ITEM], languages=["en"])
        for notices in ([], [LATER])
    )
    ((verdict, said),) = about(beside, "marking")

    assert ("missing", True) == (
        verdict,
        said.startswith("the item of 10/SYS/WZU/2025 is there too: withdrawal by"),
    )
    assert [] == about(marked, "marking")


def test_a_correction_by_another_number_must_be_named() -> None:
    """An item that a later advisory corrects must name that, beside all that it said."""
    lacking = verdicts([page("en")], languages=["en"]) | {("marking", "en"): "missing"}
    found = {
        (one.part, one.language): one.verdict
        for one in looked([page("en")], notices=[CORRECTING], languages=["en"])
    }

    assert lacking == found
    assert [("right", "says so: corrigendum by 14/SYS/WZU/2025")] == about(
        looked([read(html_of("en", notices=[CORRECTING]))], notices=[CORRECTING]), "marking"
    )


def test_an_old_item_beside_its_corrigendum_is_told() -> None:
    """The new item alone is right; with the old one on the same page its hash, link and title are stale."""
    corrected = replace(NEW, corrections=(CORRECTION,))
    alone = looked([read(html_of("en", corrected))], corrected, earlier=[OLD], languages=["en"])
    beside = looked(
        [read(html_of("en", corrected), html_of("en", OLD))], corrected, earlier=[OLD], languages=["en"]
    )
    same = replace(ITEM, document=OLD.document)
    without_title = looked(
        [read(html_of("en", corrected), html_of("en", same))], corrected, earlier=[same], languages=["en"]
    )

    assert {"right"} == {str(one.verdict) for one in alone}
    assert [("stale", "as released, but the item of revision 0 stands beside it")] == about(beside, "text")
    assert ["stale"] == [verdict for verdict, _ in about(beside, "hash", None)]
    assert ["stale"] == [verdict for verdict, _ in about(beside, "document", None)]
    assert ["stale"] == [verdict for verdict, _ in about(without_title, "hash", None)]


def test_what_a_corrigendum_corrects_must_be_there() -> None:
    """A corrigendum's "for X, read Y" is a text like the others."""
    corrected = replace(NEW, corrections=(CORRECTION,))
    ((verdict, said),) = about(looked([page("en", NEW)], corrected), "text")

    assert ("wrong", "not there, or not as released: line 1 of its changes") == (verdict, said)


def test_a_language_is_confirmed_with_the_document() -> None:
    """What is wrong in one language leaves the other confirmed; a wrong document leaves none."""

    def parts(seen: Sequence[PageText], linked: Mapping[str, str]) -> tuple[Part, ...]:
        return looked(seen, languages=["hi", "en"], linked=linked)

    half = parts([page("hi"), page("en", hour="14:00")], {})
    none = parts([page("hi"), page("en")], {"a.pdf": "1" * 64})

    assert (False, True, False) == (is_confirmed(half), is_confirmed(half, "hi"), is_confirmed(half, "en"))
    assert (False, False) == (is_confirmed(none, "hi"), is_confirmed(none, "en"))
