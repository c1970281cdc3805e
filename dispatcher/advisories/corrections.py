"""Was a corrigendum carried out? What is to be read stands in the text, and what was wrong does not. Pure."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from dispatcher.advisories.texts import texts_of
from dispatcher.advisories.wording import date_text
from dispatcher.errors import Problem, Severity, Source

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from zoneinfo import ZoneInfo

    from dispatcher.acts import Correction
    from dispatcher.model import Advisory, Localized, Office

_LETTER = r"[\w\u0900-\u0963\u0966-\u097f]"
"""A letter, digit or vowel sign: beside one of these a quote is only a part of another word or number."""
_SHOWN = 3
"""Keys that a question names at most."""


def correction_problems(
    advisory: Advisory, languages: Sequence[str], *, office: Office, zone: ZoneInfo, file: str
) -> list[Problem]:
    """Return the questions about what a corrigendum says and the text does not, each a warning, by language.

    They are questions: what was wrong in one place may be right in another.
    """
    texts = {
        language: {key: _flat(text) for key, text in _printed(advisory, language, office, zone)}
        for language in languages
    }
    return [
        Problem(Severity.WARNING, code, Source(file, column=key), value, facts)
        for row, one in enumerate(advisory.corrections)
        for language in languages
        for code, key, value, facts in _of_correction(one, f"corrections[{row}]", language, texts)
    ]


def _of_correction(
    one: Correction, key: str, language: str, texts: Mapping[str, Mapping[str, str]]
) -> Iterator[tuple[str, str, str, dict[str, str]]]:
    """Yield each question: its code, its key, the words that it is about, what else its sentence tells."""
    wrong, right = _flat(one.wrong[language]), _flat(one.right[language])
    # what was printed in one language alone is quoted alike in all: it is to be found in any of them
    alike = [tag for tag in texts if _flat(one.right[tag]) == right]
    if not any(_holds(text, right) for tag in alike for text in texts[tag].values()):
        yield "lint_correction_missing", f"{key}.read.{language}", right, {}
    left = [place for place, text in texts[language].items() if _holds(_without(text, right), wrong)]
    if left and wrong != right:
        more = ["..."] if len(left) > _SHOWN else []
        told = {"right": right, "places": ", ".join([*left[:_SHOWN], *more])}
        yield "lint_correction_remains", f"{key}.for.{language}", wrong, told


def _printed(advisory: Advisory, language: str, office: Office, zone: ZoneInfo) -> Iterator[tuple[str, str]]:
    """Yield each text that goes out in a language, by its key: all that a corrigendum can be about."""
    for key, text in texts_of(advisory):
        if not key.startswith("corrections["):
            yield f"{key}.{language}", text[language]
    named: dict[str, Localized] = {
        "signatory.name": advisory.signatory.name,
        "helpdesk.name": advisory.helpdesk.name,
        "office.name": office.name,
        "office.address": office.address,
    }
    for key, text in named.items():
        yield f"{key}.{language}", text[language]
    yield "date", date_text(advisory.issued, language, "numeric", zone=zone)
    yield "number", advisory.number
    own = {"helpdesk": ("email", "phone"), "office": ("phone", "fax", "email")}
    for place, holder in (("helpdesk", advisory.helpdesk), ("office", office)):
        for name in own[place]:
            yield f"{place}.{name}", getattr(holder, name) or ""


def _holds(text: str, quote: str) -> bool:
    return re.search(rf"(?<!{_LETTER}){re.escape(quote)}(?!{_LETTER})", text) is not None


def _without(text: str, quote: str) -> str:
    """Return a text without what is to be read: it may hold what was wrong, as 1882 holds 882."""
    return text.replace(quote, " ")


def _flat(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).split())
