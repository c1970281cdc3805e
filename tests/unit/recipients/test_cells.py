from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatcher.recipients.cells import (
    clean,
    clean_addresses,
    is_blank,
    is_ditto,
    is_footer,
    is_legacy_font,
    is_vacant_remark,
    says_vacant,
)

AWKWARD = st.text(
    st.one_of(
        st.characters(), st.sampled_from("\u00a0\u200b\u200c\u200d\ufeff\u00ad\r\n\t\u3000\uff20\u201c\u0958क़@ab")
    ),
    max_size=30,
)


@given(AWKWARD)
def test_cleaning_twice_changes_nothing(text: str) -> None:
    """Cleaning is idempotent, for names and for addresses."""
    assert clean(text) == clean(clean(text))
    assert clean_addresses(text) == clean_addresses(clean_addresses(text))


@given(AWKWARD)
def test_a_cleaned_name_fits_on_a_header_line(text: str) -> None:
    """No control character, line break, odd blank or invisible sign but a joiner is left, and the text is NFC."""
    cleaned = clean(text)

    categories = {unicodedata.category(character) for character in cleaned if character not in " \u200c\u200d"}
    assert set() == categories & {"Cc", "Cf", "Cs", "Zs", "Zl", "Zp"}
    assert unicodedata.is_normalized("NFC", cleaned)
    assert "  " not in cleaned


@given(AWKWARD)
def test_a_cleaned_address_cell_holds_no_joiner(text: str) -> None:
    """Of all invisible signs only the line break stays in a cell of addresses."""
    categories = {unicodedata.category(character) for character in clean_addresses(text) if character not in " \n"}

    assert set() == categories & {"Cc", "Cf", "Cs", "Zs", "Zl", "Zp"}


def test_joiners_shape_hindi_names() -> None:
    """ZERO WIDTH JOINER and NON-JOINER stay in names and go from addresses."""
    assert "शक्\u200dति क्\u200cष" == clean(" शक्\u200dति\u00a0 क्\u200cष\u200b ")
    assert "ab@office.example" == clean_addresses("a\u200db@office.example\ufeff")


def test_header_injection_is_flattened() -> None:
    """A line break in a cell becomes a blank."""
    assert "Commissioner Bcc: x@office.example" == clean("Commissioner\r\nBcc: x@office.example")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("-do-", True),
        ("--Do--", True),
        ("ditto", True),
        ("Same as above", True),
        ('"', True),
        ("〃", True),
        ("वही", True),
        ("यथोपरि", True),
        ("-", False),
        ("", False),
        ("Commissioner", False),
        ("dodo", False),
    ],
)
def test_ditto_marks(text: str, *, expected: bool) -> None:
    """What says "as above", in either language; a dash does not."""
    assert expected == is_ditto(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [("", True), ("–", True), ("-", True), ("\u200d", True), ("NA", False), ("0", False), ("do", False)],
)
def test_blank_cells(text: str, *, expected: bool) -> None:
    """A dash is blank; NA is a text."""
    assert expected == is_blank(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Commissioner (post vacant)", True),
        ("Vacant", True),
        ("पद रिक्त है", True),
        ("Vacantia", False),
        ("आयुक्त", False),
    ],
)
def test_vacant_posts(text: str, *, expected: bool) -> None:
    """The word itself, not a part of another."""
    assert expected == says_vacant(text)


def test_vacant_remarks() -> None:
    """A remark makes a row vacant only if it says nothing else."""
    assert is_vacant_remark("Post lies vacant.")
    assert not is_vacant_remark("Post of the assistant is vacant since May")


@pytest.mark.parametrize(
    ("text", "expected"),
    [("Total", True), ("Note: send by noon", True), ("कुल", True), ("Sd/-", True), ("Total Logistics Ltd", False)],
)
def test_footers(text: str, *, expected: bool) -> None:
    """Totals, notes and signatures; not an office whose name begins like one."""
    assert expected == is_footer(text)


@pytest.mark.parametrize("text", ["vk;qDr", "dk;kZy; izeq[k vk;qDr", "lhek 'kqYd eq[;ky;", "fnYyh"])
def test_legacy_hindi_in_a_hindi_column(text: str) -> None:
    """Latin letters with signs or capitals inside words are Hindi of an old font."""
    assert is_legacy_font(text, hindi=True)


@pytest.mark.parametrize(
    "text",
    [
        "Pr. Commissioner of Customs",
        "Commissioner; Customs (ICT)",
        "McDonald Couriers",
        "R&D",
        "आयुक्त",
        "",
        "A/C [North]",
    ],
)
def test_english_is_no_legacy_hindi(text: str) -> None:
    """Ordinary English in a column that is not Hindi is left alone."""
    assert not is_legacy_font(text, hindi=False)


def test_legacy_hindi_elsewhere() -> None:
    """Outside a Hindi column two signs are asked for."""
    assert is_legacy_font("izeq[k vk;qDr", hindi=False)
