"""HTML of others taken apart, however broken it is."""

from __future__ import annotations

import html5lib
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatcher.publishing.markup import Tag, pieces
from tests.items import item, pages


def text_of(html: str) -> str:
    """Return the texts of a page, joined."""
    return "".join(piece for piece in pieces(html) if isinstance(piece, str))


def test_tags_and_texts_follow_each_other() -> None:
    """Names in lower case, values with and without quotes, references resolved."""
    found = [piece for piece in pieces("<P Class=x title='a &gt; b' HIDDEN>1 &lt; 2</p>end") if piece]

    assert [
        Tag("p", is_end=False, attributes={"class": "x", "title": "a > b", "hidden": ""}),
        "1 < 2",
        Tag("p", is_end=True, attributes={}),
        "end",
    ] == found


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("a<!-- <b>c -->d", "ad"),
        ("a<!-->d", "ad"),
        ("a<!doctype html>d<?php x ?>e", "ade"),
        ("1 < 2 <3", "1 < 2 <3"),
        ("<a title='>'>x", "x"),
        ('<a href="b">x</a >y', "xy"),
        ("a</>b", "ab"),
        (f"a&#{'9' * 5000};b", "a\ufffdb"),
        ("<script>if (a<b) '</p>'</script>x", "if (a<b) '</p>'x"),
        ("<title>a <b> c</title>x", "a <b> cx"),
        ("<script>never ended", "never ended"),
        ("a<b", "a"),
        ("a<!-- never ended", "a"),
        ("<p =x>y", "y"),
    ],
)
def test_what_is_no_text_is_left_out(html: str, text: str) -> None:
    """Comments, declarations and quoted signs are no tags and no text; an element of raw text is taken whole."""
    assert text == text_of(html)


@pytest.mark.parametrize("language", ["hi", "en"])
def test_a_page_reads_as_a_standard_parser_reads_it(language: str) -> None:
    """The text of one of our own pages is what html5lib finds in it."""
    page = pages().page(item(), language)
    standard = "".join(html5lib.parse(page).itertext())

    assert "".join(standard.split()) == "".join(text_of(page).split())


@given(st.text(alphabet=st.sampled_from("<>/!-[]&;#=\"'ab \n?"), max_size=80))
def test_no_markup_is_too_broken(html: str) -> None:
    """Whatever comes, it is taken apart to its end, and no text is made up."""
    assert set(text_of(html)) <= set(html) | {"\ufffd"}


@pytest.mark.parametrize(
    "unit",
    [
        "<",
        "<!",
        "<!--",
        "<?",
        "</",
        "<a ",
        "<a x='",
        '<a x="',
        "<a x=' y=\"",
        "<title>",
        "<a b c = ",
        "&#",
        " <a  ",
    ],
)
def test_hostile_markup_takes_no_longer_than_any_other(unit: str) -> None:
    """A megabyte of beginnings without an end is read in one pass; searching again for each would take hours."""
    assert len(text_of(unit * (1_000_000 // len(unit)))) <= 1_000_000
