from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from dispatcher.messages.wrapping import WIDTH, columns, wrap

WORDS = st.lists(st.text("aक्ष्िंZ9", min_size=1, max_size=30), min_size=1, max_size=40)


@given(WORDS)
def test_prose_fits_and_keeps_its_words(words: list[str]) -> None:
    """Wrapped lines hold the same words in order, none wider than a terminal's 76 columns."""
    wrapped = wrap(" ".join(words))

    assert words == wrapped.split()
    assert all(columns(line) <= WIDTH for line in wrapped.split("\n"))


def test_nonspacing_signs_take_no_column() -> None:
    """Signs that stand above or below a letter are counted with it."""
    assert columns("कु") == 1
    assert columns("क्ष") == 2


def test_further_lines_stand_under_the_first() -> None:
    """A numbered paragraph and a step are indented by their number."""
    assert wrap("2. one two three", 8) == "2. one\n   two\n   three"
    assert wrap("(ii). one two", 10) == "(ii). one\n      two"


def test_a_time_is_not_parted_from_its_word() -> None:
    """12:00 stays on one line with the word that tells which of the two it is."""
    assert wrap("until 12:00 noon", 12) == "until\n12:00 noon"


def test_a_word_too_long_stays_whole() -> None:
    """An address is never broken, and short lines and blank ones stay as they are."""
    text = "a\n\neccs.helpdesk@icegate.gov.in b"

    assert wrap(text, 10) == "a\n\neccs.helpdesk@icegate.gov.in\nb"
