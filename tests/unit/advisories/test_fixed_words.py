"""The fixed words of the official document: whole in every language, no name in braces but those known."""

from __future__ import annotations

from pathlib import Path
from unicodedata import is_normalized

import pytest
import yaml

from dispatcher.advisories.fixed_words import WORDS, fixed_words
from dispatcher.advisories.wording import environment
from dispatcher.errors import TemplateError
from tests.drafts import LANGUAGES, ROOT

FILE = "templates/pdf/words.yaml"
SHIPPED = (ROOT / FILE).read_text(encoding="utf-8")


def _fault(text: str) -> str:
    with pytest.raises(TemplateError) as raised:
        fixed_words(text, languages=LANGUAGES, file=FILE)
    return str(raised.value)


def test_the_shipped_words_are_whole() -> None:
    """Both languages have every word, in NFC, in the order asked for."""
    words = fixed_words(SHIPPED, languages=LANGUAGES, file=FILE)

    assert list(LANGUAGES) == list(words)
    assert all(list(WORDS) == list(of_language) for of_language in words.values())
    assert is_normalized("NFC", SHIPPED)
    assert ["en", "hi"] == list(fixed_words(SHIPPED, languages=("en", "hi"), file=FILE))


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_words_are_those_of_the_mail(language: str) -> None:
    """As shipped, mail and document call the same thing by the same word."""
    name = f"templates/mail/{language}/labels.j2"
    source = Path(ROOT / name).read_text(encoding="utf-8")
    labels = environment("Asia/Kolkata", {name: source}).get_template(name).make_module()
    words = fixed_words(SHIPPED, languages=LANGUAGES, file=FILE)[language]

    for word in ("to", "copy", "specimen"):
        assert getattr(labels, word) == words[word]
    assert f"{labels.subject}:" == words["subject"]  # type: ignore[attr-defined]
    assert f"{labels.date}: {{date}}" == words["date"]  # type: ignore[attr-defined]
    assert f"{labels.advisory_number} {{number}}" == words["number"]  # type: ignore[attr-defined]


def test_a_missing_language_is_told() -> None:
    """A document never comes out in one language for want of words."""
    given = yaml.safe_dump({"hi": yaml.safe_load(SHIPPED)["hi"]}, allow_unicode=True)

    assert f"{FILE}: en is missing. Every language needs a block of its own." == _fault(given)


def test_every_fault_is_told_at_once() -> None:
    """Missing, empty, unknown and wrong words are a line each, with language and word."""
    words = yaml.safe_load(SHIPPED)
    del words["hi"]["to"]
    words["hi"]["copy"] = "  "
    words["en"] |= {"too": "To", "date": "Date: {day}", "page": "Page {page", "number": "{number:>9000000}"}
    lines = _fault(yaml.safe_dump(words, allow_unicode=True)).splitlines()

    assert [
        f"{FILE}: hi: to is missing.",
        f"{FILE}: hi: copy is missing.",
        f"{FILE}: en: too is not a known word. Known are: {', '.join(WORDS)}.",
        f"{FILE}: en: date: {{day}} cannot stand here; date may.",
        f"{FILE}: en: number: {{number}} cannot stand here; number may.",
        f"{FILE}: en: page: a brace is not closed, or stands alone.",
    ] == lines


def test_yaml_that_cannot_be_read_is_told_with_its_line() -> None:
    """A slip in the file is a sentence with the line."""
    assert _fault("hi:\n  to: a\n  to: b\n").startswith(f"{FILE}, row 3: ")
