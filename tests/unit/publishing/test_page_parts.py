"""Where on a page an item stands, and what its labelled lines say."""

from __future__ import annotations

import pytest

from dispatcher.publishing.page_parts import around, labelled_in, part_of
from dispatcher.publishing.page_text import PageText, page_text

LABELS = {"issued": "Issued", "effective": "Effective"}


def read(html: str) -> PageText:
    """Return the text of a page."""
    return page_text(html.encode(), content_type="", place="page")


def test_the_smallest_part_with_all_texts_is_found() -> None:
    """Title and text may stand in the page's other parts too; the part that holds both counts."""
    page = read(
        "<nav><p>Expiry</nav><main><div><h1>Expiry</h1><p>Log in</div><p>else</main><aside><p>Log in</aside>"
    )

    assert (1, 2) == part_of(page, ["Expiry", "Log in"])
    assert (0, 0) == part_of(page, ["Expiry"])
    assert (1, 3) == part_of(page, ["Expiry", "else"])
    assert part_of(page, ["nowhere"]) is None


def test_a_text_may_go_over_several_lines() -> None:
    """What a page breaks into lines is found as one; so is what differs in spacing and case only."""
    assert (0, 1) == part_of(read("<div>Expiry<br>of all</div><p>x"), ["EXPIRY of  all"])


def test_of_two_parts_alike_the_one_with_the_mark_counts() -> None:
    """Within a part that holds a text more, the smallest one is found."""
    page = read("<article><p>Expiry<p>9/SYS</article><article><p>Expiry<p>10/SYS</article>")

    assert (2, 2) == part_of(page, ["Expiry"], within=part_of(page, ["Expiry", "10/SYS"]))


def test_labelled_lines_about_an_item_belong_to_it_until_one_comes_twice() -> None:
    """A list below the text is the item's; one more of the same label is another item's."""
    item = "<section><div><h2>{}</h2></div><dl><dt>Issued<dd>{}</dl></section>"
    alone, both = read(f"<main>{item.format('A', 1)}</main>"), read(item.format("A", 1) + item.format("B", 2))

    assert (0, 2) == around(alone, (0, 0), LABELS)
    assert [(0, 2), (3, 5)] == [around(both, part, LABELS) for part in ((0, 0), (3, 3))]


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        (
            "<dl><dt>Issued<dd>12.08.2025<dt>Effective:<dd>13.08.2025</dl>",
            ["issued 12.08.2025", "effective 13.08.2025"],
        ),
        ("<p>ISSUED : 12.08.2025; effective: noon", ["issued 12.08.2025", "effective noon"]),
        ("<p>Issued 12.08.2025", ["issued 12.08.2025"]),
        ("<dl><dt>Issued<dt>Effective<dd>x</dl>", ["issued ", "effective x"]),
        ("<p>Issued", ["issued "]),
        ("<p>Issued by the office: now<p>Effectively: x<p>Effective immediately", []),
    ],
    ids=["list", "one line", "no colon", "no value", "at the end", "other words"],
)
def test_a_labelled_line_says_what_stands_behind_its_label(html: str, expected: list[str]) -> None:
    """On the same line or the next; a word that only begins like a label is none."""
    page = read(html)
    found = labelled_in(page, (0, len(page.lines) - 1), LABELS)

    assert expected == [f"{key} {value}" for key, value in found]
