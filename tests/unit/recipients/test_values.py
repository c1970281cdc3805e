from __future__ import annotations

import pytest

from dispatcher.recipients.values import is_phone_incomplete, language_of, places_of, status_of
from dispatcher.words import catalog


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "both"),
        ("–", "both"),
        ("Both", "both"),
        ("द्विभाषी", "both"),
        ("Hindi/English", "both"),
        ("H", "hi"),
        ("Hi", "hi"),
        ("हिंदी", "hi"),
        ("हिन्दी", "hi"),
        ("EN", "en"),
        ("अंग्रेज़ी", "en"),
        ("अंग्रेजी", "en"),
        ("hi_first", "hi_first"),
        ("English first", "en_first"),
        ("Tamil", None),
    ],
)
def test_languages(text: str, expected: str | None) -> None:
    """Any usual spelling in either language; blank means both; others are unknown."""
    assert expected == language_of(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "active"),
        ("relay", "active"),
        ("Active; needs SMTPUTF8", "active"),
        ("N/A", "active"),
        ("Y", "active"),
        ("alt", "alternate"),
        ("Alternate", "alternate"),
        ("वैकल्पिक", "alternate"),
        ("inactive > 1 year", "inactive"),
        ("Not active", "inactive"),
        ("No", "inactive"),
        ("निष्क्रिय", "inactive"),
        ("perhaps", None),
        ("altogether", None),
    ],
)
def test_statuses(text: str, expected: str | None) -> None:
    """A status is known by its beginning, as a whole word."""
    assert expected == status_of(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Mumbai", ("Mumbai",)),
        ("MUM,DEL,BLR", ("Mumbai", "Delhi", "Bengaluru")),
        ("MAA/COK", ("Chennai", "Cochin")),
        ("Ahmedabad, Kolkata", ("Ahmedabad", "Kolkata")),
        ("मुंबई एवं दिल्ली", ("Mumbai", "Delhi")),
        ("Bombay\nNew Delhi", ("Mumbai", "Delhi")),
        ("ICT, Mumbai", ("Mumbai",)),
        ("Cochin (Kochi)", ("Cochin",)),
        ("Delhi; IGI", ("Delhi",)),
        ("दिल्ली\u200d", ("Delhi",)),
        ("all", ()),
        ("सभी", ()),
        ("–", ()),
        ("", ()),
    ],
)
def test_places(text: str, expected: tuple[str, ...]) -> None:
    """Places by name, code or synonym in either language, each once; all and a dash are none in particular."""
    assert (expected, ()) == places_of(text)


def test_unknown_places_are_kept() -> None:
    """An unknown place stays as typed beside the known ones."""
    assert (("Mumbai", "Atlantis"), ("Atlantis",)) == places_of("BOM, Atlantis")


@pytest.mark.parametrize("text", ["11-0000-0103", "22 2082 5140", "1100000103", "9.19E+11", "79-0000-0102"])
def test_phones_without_their_zero(text: str) -> None:
    """Ten digits that begin like an area code, and numbers rounded by a spreadsheet, are incomplete."""
    assert is_phone_incomplete(text)


@pytest.mark.parametrize(
    "text",
    [
        "022-0000-0101",
        "9820012345",
        "+91 22 2082 5140",
        "1800-2666-882",
        "1800-266-688",
        "98200 12345",
        "extn 12",
        "NA",
        "022-20825140 / 022-20825148",
    ],
)
def test_phones_as_they_should_be(text: str) -> None:
    """Landlines with their 0, mobile and toll-free numbers, several at once, and words raise no question."""
    assert not is_phone_incomplete(text)


def test_every_place_has_both_names_and_its_own_words() -> None:
    """Each place stands in both languages, and no word means two places."""
    places = catalog("places")["places"]
    words = [
        word.casefold()
        for place in places
        for word in {*place["name"].values(), place["code"], *place["synonyms"]}
    ]

    assert all(set(place["name"]) == {"en", "hi"} for place in places)
    assert len(set(words)) == len(words)
