"""A page as people read it."""

from __future__ import annotations

import pytest

from dispatcher.errors import Refused
from dispatcher.publishing.page_text import PageText, folded, page_text, script_of


def read(html: str | bytes, content_type: str = "text/html; charset=utf-8") -> PageText:
    """Return the text of a page."""
    content = html if isinstance(html, bytes) else html.encode()
    return page_text(content, content_type=content_type, place="news.html")


def test_blocks_are_lines_and_phrases_are_not() -> None:
    """A paragraph, a cell or a break ends a line; bold text, a link or a place to break does not."""
    found = read("<h1>Expiry</h1><p>from <b>12:00</b> <a href=x>noon</a><br>IST<p>ab<wbr>cd<td>x</td><td>y")

    assert ("Expiry", "from 12:00 noon", "IST", "abcd", "x", "y") == found.lines


def test_what_does_not_show_is_not_read() -> None:
    """Scripts, styles, templates and comments hold no text; entities are the signs that they stand for."""
    found = read(
        "<style>p{}</style><script>let n='10/SYS'</script><template>t</template><!-- c -->CBIC&#39;s&nbsp;x"
    )

    assert ("CBIC's x",) == found.lines


def test_links_are_kept_once() -> None:
    """Where the page leads, in its order."""
    assert ("a.pdf", "b.html") == read(
        '<a href="a.pdf"></a><a href=b.html>b</a><a href="a.pdf">a</a><a>n</a>'
    ).links


def test_texts_are_compared_without_regard_to_form() -> None:
    """Spacing, case, joiners and the form of a letter make no difference; another letter does."""
    assert folded("क\u093c्\u200dष  A\n\u00a0B") == folded("\u0958्ष a b")
    assert folded("कि") != folded("की")


@pytest.mark.parametrize(
    ("text", "script"),
    [("ईसीसीएस 12:00 ECCS पासवर्ड", "DEVANAGARI"), ("Expiry ईसी", "LATIN"), ("12:00", "")],
)
def test_a_script_is_that_of_most_letters(text: str, script: str) -> None:
    """Digits and signs have no script."""
    assert script == script_of(text)


def test_a_page_in_utf_8_is_read_with_or_without_a_word_of_it() -> None:
    """With a byte order mark, by its header, by its meta element, or because nothing is said."""
    for content_type in ("text/html; charset=UTF-8", 'text/html; charset="utf-8"', "text/html", ""):
        assert ("हिंदी",) == read("\ufeffहिंदी", content_type).lines
    assert ("हिंदी",) == read('<meta charset="utf-8">हिंदी', "text/html").lines


@pytest.mark.parametrize(
    ("content", "content_type", "sentence"),
    [
        (b"<p>x", "text/html; charset=iso-8859-1", "says that it is written in iso-8859-1"),
        (b"<meta charset=windows-1252><p>x", "text/html", "says that it is written in windows-1252"),
        (b"<p>x", "text/html; charset=klingon", "says that it is written in klingon"),
        (b"<p>\xe0\xff", "text/html; charset=utf-8", r"is not in UTF-8 as it should be \(octet 3\)"),
        ("हिंदी".encode("utf-16"), "text/html", "is not in UTF-8 as it should be"),
    ],
)
def test_any_other_encoding_is_refused(content: bytes, content_type: str, sentence: str) -> None:
    """A page that is not in UTF-8, or says so, is refused in a sentence that names it."""
    with pytest.raises(Refused, match=rf"^news\.html {sentence}"):
        read(content, content_type)


def test_far_too_much_text_is_refused() -> None:
    """300,000 characters of text are read, one more is not; what does not show is not counted."""
    assert 300_000 == len(read("x" * 300_000 + "<script>" + "y" * 300_000).lines[0])
    with pytest.raises(Refused, match="holds more than 300,000 characters"):
        read("x" * 300_001)
