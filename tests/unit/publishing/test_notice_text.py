"""The draft of a public notice says what the advisory says, in the form in which a Commissioner issues it."""

from __future__ import annotations

import unicodedata
from dataclasses import replace
from typing import Any

import pytest

from dispatcher.advisories.parity import differences
from dispatcher.errors import TemplateError
from dispatcher.messages.wrapping import columns
from dispatcher.model import Para
from dispatcher.publishing.notice_text import Paragraph, notice_paragraphs, notice_text
from tests.notices import issue

LANGUAGES = ("hi", "en")
BODY = {"hi": "एक।", "en": "One."}


def _of(kind: str, language: str = "en", **changes: Any) -> list[Paragraph]:
    return [one for one in notice_paragraphs(issue(**changes), language) if one.kind == kind]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_advisory_stands_in_it_word_for_word(language: str) -> None:
    """Every paragraph and step of the advisory, in its order, with the advisory's own numbers."""
    paras = issue().advisory.paras
    wanted = [text[language] for para in paras for text in (para.text, *para.steps)]
    quoted = [one for one in notice_paragraphs(issue(), language) if one.kind in {"clause", "step", "note"}]

    assert wanted == [one.text for one in quoted]
    assert ["", "2.", "(i).", "(ii).", "(iii).", "", "3.", ""] == [one.mark for one in quoted]


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_names_the_advisory_its_day_and_its_hour(language: str) -> None:
    """Whoever reads it knows which advisory of which day is meant, and from when it holds."""
    said = " ".join(one.text for one in _of("para", language))

    assert "10/SYS/WZU/2025" in said
    assert "12.08.2025" in said
    assert "13.08.2025" in said
    assert {"en": "12:00 noon", "hi": "दोपहर 12:00 बजे"}[language] in said


def test_both_languages_hold_the_same_paragraphs_and_facts() -> None:
    """Paragraph by paragraph: kind, number, dates, hours, telephone numbers."""
    hindi, english = (notice_paragraphs(issue(signed=True), language) for language in LANGUAGES)

    assert [(one.kind, one.number) for one in hindi] == [(one.kind, one.number) for one in english]
    for one, other in zip(hindi, english, strict=True):
        assert [] == list(differences(one.text, other.text, ("hi", "en")))
        assert unicodedata.is_normalized("NFC", one.text)


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_the_commissionerate_fills_in_is_marked(language: str) -> None:
    """Letterhead, file, number, date, name and post are left to those who issue it."""
    open_kinds = {one.kind for one in notice_paragraphs(issue(), language) if any(left for _, left in one.pieces)}

    assert {"letterhead", "reference", "number", "date", "signature", "entry"} == open_kinds


@pytest.mark.parametrize(("signed", "named"), [(True, 1), (False, 0)])
def test_the_signed_advisory_is_an_enclosure_only_if_it_is_signed(*, signed: bool, named: int) -> None:
    """A document that bears no genuine signature is not called a signed one."""
    lines = [one for one in notice_paragraphs(issue(signed=signed), "en") if one.kind == "line"]

    assert named == len(lines)


def test_the_helpdesk_is_named_once() -> None:
    """Where no paragraph of the advisory names its address, the notice does."""
    without = _of("para", paras=(Para(kind="text", text=BODY),))

    assert "eccs.helpdesk@icegate.gov.in" not in " ".join(one.text for one in _of("para"))
    assert "eccs.helpdesk@icegate.gov.in; Phone: 1800-2666-882" in " ".join(one.text for one in without)


def test_a_text_cannot_become_a_paragraph_of_another_kind() -> None:
    """Lines and bars within a text of the advisory stay what they are."""
    found = _of("subject", subject={"hi": "क", "en": "One\nsignature | Two"})

    assert ["Subject: One signature | Two"] == [one.text for one in found]
    assert 2 == len(_of("signature", subject={"hi": "क", "en": "One\nsignature | Two"}))


@pytest.mark.parametrize(
    ("source", "words"),
    [
        (None, "templates/notice/en.j2 is missing"),
        ("heading | Notice", "a line is one of letterhead, reference"),
        ("advisory | One.", "(or advisory and a bar), not: advisory | One."),
        ("para | One.", "the line “advisory |” must stand in it exactly once"),
        ("advisory |\nadvisory |", "the line “advisory |” must stand in it exactly once"),
        ("advisory |\npara | One\x01.", "U+0001 cannot be printed"),
        ("advisory |\npara | One\ufffe.", "U+FFFE cannot be printed"),
        ("Attention of all is invited", "not: Attention of all is invited"),
        ("para |", "a bar and its text"),
        ("para | {{ comissioner }}", "templates/notice/en.j2, line 1: comissioner is not a known value."),
        ("para | {{ number", "templates/notice/en.j2, line 1"),
    ],
)
def test_a_faulty_template_is_named(source: str | None, words: str) -> None:
    """The file, the line and what is wrong with it."""
    kept = {name: text for name, text in issue().templates.items() if name != "notice/en.j2"}
    changed = replace(issue(), templates=kept | ({} if source is None else {"notice/en.j2": source}))
    with pytest.raises(TemplateError) as caught:
        notice_paragraphs(changed, "en")

    assert words in str(caught.value)


def test_each_list_below_a_label_begins_at_one() -> None:
    """The paragraphs of the notice count on, however many lists stand between them."""
    source = "para | A\nlabel | B\nentry | C\nentry | D\nlabel | E\nentry | F\npara | G\nadvisory |"
    made = notice_paragraphs(replace(issue(), templates={"notice/en.j2": source}), "en")

    assert [1, None, 1, 2, None, 1, 2] == [one.number for one in made][:7]


def test_as_text_each_list_is_numbered_and_no_line_is_long() -> None:
    """Hindi, a rule, English; the advisory's own paragraphs stand farther in."""
    text = notice_text([notice_paragraphs(issue(), language) for language in LANGUAGES])
    hindi, english = text.split("=" * 76)

    assert "सार्वजनिक सूचना सं. [____/____]" in hindi
    assert "\n1. Attention of all" in english
    assert "\n    2. Hence, in order" in english
    assert "\n    (iii). It is advised" in english
    assert "\n2. EICI – for information" in english
    assert 76 >= max(columns(line) for line in text.splitlines())
