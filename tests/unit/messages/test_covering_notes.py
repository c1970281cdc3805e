"""A covering note asks its audience for its own, and speaks only of what is there."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from dispatcher.messages.rendering import Attached, paragraphs
from dispatcher.model import Part
from tests.rendered import AUDIENCES, EVERYTHING, NOTHING, flat, halves_of, rendered

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dispatcher.messages.rendering import Renderer
    from dispatcher.model import Advisory


@pytest.mark.parametrize("audience", AUDIENCES)
@pytest.mark.parametrize("attached", [NOTHING, EVERYTHING])
def test_hindi_notes_are_in_devanagari(
    renderer: Renderer, advisory: Advisory, audience: str, attached: Attached
) -> None:
    """Hindi has Latin letters only in numbers, the (i) of steps, mail addresses, file names and SHA-256."""
    half = halves_of(rendered(renderer, advisory, [audience], attached=attached))["hi"]
    allowed = r"10/SYS/WZU/2025|SHA-256|\S+@\S+|\S+\.pdf|English below|\([ivx]+\)\."

    assert re.findall("[A-Za-z]+", re.sub(allowed, "", half)) == []


@pytest.mark.parametrize("audience", AUDIENCES)
def test_what_is_not_attached_is_not_named(renderer: Renderer, advisory: Advisory, audience: str) -> None:
    """Without PDF, signature and kit no sentence speaks of them; the note says that the text stands below."""
    halves = halves_of(rendered(renderer, advisory, [audience]))

    assert re.findall(r"PDF|enclose|signed|signature|package|attached", halves["en"]) == []
    assert re.findall("पीडीएफ|संलग्न|हस्ताक्षरित|हस्ताक्षर |पैकेज", halves["hi"]) == []


def test_an_unsigned_pdf_is_not_called_signed(renderer: Renderer, advisory: Advisory) -> None:
    """With a PDF that nobody signed, the notes enclose a copy and no one is told to check a signature."""
    for audience in AUDIENCES:
        halves = halves_of(rendered(renderer, advisory, [audience], attached=Attached(pdf="a.pdf")))

        assert re.findall("signed|signature", halves["en"]) == []
        assert re.findall("हस्ताक्षरित|हस्ताक्षर ", halves["hi"]) == []
        assert "Enclosures: a.pdf" in halves["en"]


@pytest.mark.parametrize(
    ("audience", "english", "hindi"),
    [
        ("commissioners", "A digitally signed copy of this office's Advisory", "डिजिटल रूप से हस्ताक्षरित प्रति"),
        ("eici", "keep the signed PDF attached as it is", "हस्ताक्षरित पीडीएफ को यथावत"),
        ("custodians", "a signed copy of Advisory", "हस्ताक्षरित प्रति"),
        ("cms", "The enclosed package holds the news flash", "संलग्न पैकेज में"),
    ],
)
def test_what_is_attached_is_named(
    renderer: Renderer, advisory: Advisory, audience: str, english: str, hindi: str
) -> None:
    """With everything attached each note speaks of what its audience gets, and the block says how to verify."""
    halves = halves_of(rendered(renderer, advisory, [audience], attached=EVERYTHING))

    assert english.casefold() in flat(halves["en"]).casefold()
    assert hindi in flat(halves["hi"])
    assert "Check the digital signature of the attached PDF" in flat(halves["en"])
    assert "Enclosures: Advisory-10-SYS-WZU-2025.pdf, manual.pdf" in halves["en"]


def test_each_audience_is_asked_its_own(renderer: Renderer, advisory: Advisory) -> None:
    """The covering note carries the request to its audience and to no other."""
    asks = {line.audience: line.ask for line in advisory.addressees}

    for audience in asks:
        halves = halves_of(rendered(renderer, advisory, [audience]))
        asked = {name for name, ask in asks.items() if all(ask[tag] in flat(halves[tag]) for tag in halves)}
        assert {audience} == asked


def test_notes_of_several_audiences_are_one_letter(renderer: Renderer, advisory: Advisory) -> None:
    """Two audiences give both notes under one salutation, numbered through, and the advisory once."""
    half = halves_of(rendered(renderer, advisory, ["eici", "cms"]))["en"]
    asks = [advisory.addressees[row].ask["en"] for row in (1, 3)]

    assert half.count("Sir/Madam,") == 1
    assert asks == sorted(asks, key=flat(half).index)
    assert ["1", "2", "3", "4", "5", "6"] == re.findall(r"^(\d)\. ", half.split("Addressed to:")[0], re.MULTILINE)
    assert half.count("Subject: ") == 1


def test_only_those_asked_to_act_acknowledge(renderer: Renderer, advisory: Advisory) -> None:
    """A copy for information asks nobody to acknowledge."""
    asked = halves_of(rendered(renderer, advisory, ["copy"]))
    told = halves_of(rendered(renderer, advisory, ["copy"], part=Part.COPY))

    for tag, words in (("en", 'Please reply "Received"'), ("hi", '"प्राप्त" लिखकर')):
        assert words in asked[tag]
        assert words not in told[tag]


def test_paragraphs_are_joined_numbered_and_told_once() -> None:
    """Lines of a paragraph are one, `#. ` is a running number, a repeated paragraph is dropped."""
    text = "Sir,\n\n#. One\n  more.\n\n\n#. Two.\n\nSir,\n\n#. Three."

    assert paragraphs(text) == ("Sir,", "1. One more.", "2. Two.", "3. Three.")


def test_notes_hold_nothing_of_one_kind(templates: Mapping[str, str]) -> None:
    """The frames serve every kind of advisory: no note and no mail frame speaks of the expiry of passwords."""
    of_mail = {name: source for name, source in templates.items() if name.startswith(("mail/", "notes/"))}
    frames = {name: source for name, source in of_mail.items() if "authenticity" not in name}

    assert [name for name, source in frames.items() if re.search("assword|पासवर्ड|expir|समाप्ति", source)] == []
