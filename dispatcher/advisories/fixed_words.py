"""The fixed words of the official document, from templates/pdf/words.yaml, checked. Pure."""

from __future__ import annotations

from string import Formatter
from typing import TYPE_CHECKING, Any
from unicodedata import normalize

from dispatcher.advisories import strict_yaml
from dispatcher.errors import InputProblems, TemplateError
from dispatcher.words import message

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

WORDS = {
    "phones": {"phone", "fax", "email"},
    "date": {"date"},
    "number": {"number"},
    "subject": set(),
    "helpdesk": {"name", "email", "phone"},
    "to": set(),
    "copy": set(),
    "page": {"page", "pages"},
    "specimen": set(),
    "unsigned": set(),
    "signed": {"signer"},
    "signed_at": {"time"},
    "corrigendum": set(),
    "correction": {"number", "date", "where", "wrong", "right"},
    "correction_of": {"number", "date", "where", "what", "wrong", "right"},
    "addendum": set(),
    "addition": {"number", "date"},
    "unchanged": set(),
    "supersession": {"target", "date"},
    "withdrawal": {"target", "date"},
    "emblem": set(),
    "record": set(),
}
"""The words that each language must have, each with the names that may stand in it between braces."""


def fixed_words(text: str, *, languages: Sequence[str], file: str) -> dict[str, dict[str, str]]:
    """Return the words of each of `languages`, in their order. Raises TemplateError with a line for each fault."""
    try:
        given = strict_yaml.parse(text, file=file)
    except InputProblems as error:
        raise TemplateError(
            "\n".join(f"{problem.source}: {message(problem)['en']}" for problem in error.problems)
        ) from None
    faults = [f"{file}: {fault}" for language in languages for fault in _faults(given.get(language), language)]
    if faults:
        raise TemplateError("\n".join(faults))
    return {language: {name: normalize("NFC", given[language][name]) for name in WORDS} for language in languages}


def _faults(words: Any, language: str) -> Iterator[str]:
    if not isinstance(words, dict):
        yield f"{language} is missing. Every language needs a block of its own."
        return
    for name in words.keys() - WORDS.keys():
        yield f"{language}: {name} is not a known word. Known are: {', '.join(WORDS)}."
    for name, known in WORDS.items():
        word = words.get(name)
        if not isinstance(word, str) or not word.strip():
            yield f"{language}: {name} is missing."
        elif (fault := _brace_fault(word, known)) is not None:
            yield f"{language}: {name}: {fault}"


def _brace_fault(word: str, known: set[str]) -> str | None:
    try:
        pieces = list(Formatter().parse(word))
    except ValueError:
        return "a brace is not closed, or stands alone."
    for _, field, form, conversion in pieces:
        if field is not None and (field not in known or form or conversion):
            return f"{{{field}}} cannot stand here; {', '.join(sorted(known)) or 'no name'} may."
    return None
