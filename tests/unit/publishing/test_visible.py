"""What of a page shows, and which lines stand in one element."""

from __future__ import annotations

import pytest

from dispatcher.publishing.markup import pieces
from dispatcher.publishing.visible import Seen, seen_in


def seen(html: str) -> Seen:
    """Return what shows of a page."""
    return seen_in(pieces(html))


@pytest.mark.parametrize(
    "attribute",
    [
        "hidden",
        'hidden="until-found"',
        'style="display:none"',
        'style="color: red; DISPLAY : none !important; top:0"',
        'style="visibility: hidden"',
    ],
)
def test_what_its_element_hides_is_not_read(attribute: str) -> None:
    """Neither the text of a hidden element nor that of those within it shows, nor its links; what follows does."""
    found = seen(
        f"<p>a</p><div {attribute}>b<div>c</div><a href=x.pdf>d</a><br>e</div><p>f</p><a href=y.pdf>g</a>"
    )

    assert (("a", "f", "g"), ("y.pdf",)) == (found.lines, found.links)


@pytest.mark.parametrize(
    "attribute", ['aria-hidden="true"', 'style="display:block"', 'style="max-display:none"', 'class="hidden"']
)
def test_what_only_seems_hidden_is_read(attribute: str) -> None:
    """`aria-hidden` hides nothing from the eye; a class means what a style sheet says, which is not known."""
    assert ("b",) == seen(f"<div {attribute}>b</div>").lines


def test_the_title_of_the_window_is_no_text_of_the_page() -> None:
    """<title> does not stand on the page, nor does a dialog that is not open."""
    assert ("b", "d") == seen("<title>a</title><p>b<dialog>c</dialog><dialog open>d</dialog>").lines


def test_a_hidden_element_without_its_end_tag_ends_where_the_next_begins() -> None:
    """List items, cells and paragraphs need no end tag; other elements hide all that follows."""
    assert ("b",) == seen("<ul><li hidden>a<li>b</ul>").lines
    assert ("b",) == seen("<p hidden>a<p>b").lines
    assert ("b", "c") == seen("<table><tr><td hidden>a<td>b<tr><td>c</table>").lines
    assert () == seen("<div hidden>a<div>b</div>").lines


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("<div><p>a</p><p>b</p></div><p>c</p>", {(0, 0), (1, 1), (0, 1), (2, 2), (0, 2)}),
        ("<ul><li><h2>a</h2>b<li>c</ul>", {(0, 0), (0, 1), (2, 2), (0, 2)}),
        ("<section><p>a</div></section><p>b", {(0, 0), (1, 1), (0, 1)}),
        ("<ul><li>a<ul><li>b</ul>c<li>d</ul>", {(1, 1), (0, 2), (3, 3), (0, 3)}),
        ("a<b>b</b>", {(0, 0)}),
    ],
    ids=["nested", "no end tags", "stray end tag", "list in a list", "phrase"],
)
def test_the_lines_of_each_element_are_known(html: str, expected: set[tuple[int, int]]) -> None:
    """Each element that holds lines is told by the first and the last of them; a phrase is no part."""
    assert expected == set(seen(html).parts)


def test_deep_pages_end() -> None:
    """Elements nested without end, and list items in them, are read in one pass."""
    found = seen("<div>" * 200_000 + "<li>a" * 100_000)

    assert (100_000, True) == (len(found.lines), (0, 99_999) in found.parts)
