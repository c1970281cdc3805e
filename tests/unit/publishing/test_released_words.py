"""What the website says of an advisory as it was released, by language."""

from __future__ import annotations

from dataclasses import replace

from dispatcher.publishing.released_words import released
from dispatcher.publishing.website_pages import LABELLED, Listed, Notice
from tests.items import item, pages

ITEM = item()
LATER = Notice(kind="withdrawal", number="14/SYS/WZU/2025", issued=ITEM.issued)


def test_the_labelled_lines_are_those_of_the_templates() -> None:
    """Each has label and value as the item shows them, in each language."""
    words = released(Listed(item=ITEM, updated=ITEM.publish_at), pages()).words

    assert [set(LABELLED)] * 2 == [set(words[language].values) for language in ("hi", "en")]
    assert ("Effective", "13.08.2025, 12:00 IST") == (
        words["en"].labels["effective"],
        words["en"].values["effective"],
    )
    assert "10/SYS/WZU/2025" == words["hi"].values["number"] == words["en"].values["number"]
    assert ITEM.document.sha256 == words["hi"].values["hash"]
    assert ("DEVANAGARI", "LATIN") == (words["hi"].script, words["en"].script)


def test_it_may_say_its_own_dates_and_hours() -> None:
    """Those of its text, its labelled lines, and the day of its publication."""
    words = released(Listed(item=ITEM, updated=ITEM.publish_at), pages()).words["en"]

    assert {"2025-08-12", "2025-08-13"} == {str(day) for day in words.dates}
    assert {12 * 60, 21 * 60 + 9} == words.hours


def test_out_of_force_is_what_was_superseded_or_withdrawn() -> None:
    """A correction leaves it in force; either must be named by the item."""
    for kind, in_force in (
        ("withdrawal", False),
        ("supersession", False),
        ("corrigendum", True),
        ("addendum", True),
    ):
        notice = replace(LATER, kind=kind)
        found = released(Listed(item=ITEM, updated=ITEM.publish_at, notices=(notice,)), pages())

        assert in_force is found.is_in_force
        assert [pages().notice_text(notice, "en")] == [one.said for one in found.words["en"].markings]
