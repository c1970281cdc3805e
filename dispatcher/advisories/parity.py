"""Do the languages say the same? Facts compared text by text, and each text in its own script. Pure.

Every difference is an error: what is released must hold the same facts in both languages.
"""

from __future__ import annotations

import re
from datetime import date, timedelta
from itertools import groupby
from typing import TYPE_CHECKING, Any

from dispatcher.advisories.facts import KINDS, facts_of, without_facts, wrong_weekdays
from dispatcher.advisories.schema import problem_at
from dispatcher.advisories.texts import texts_of
from dispatcher.advisories.wording import weekday_text
from dispatcher.errors import Problem, Severity, Source
from dispatcher.words import catalog

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from dispatcher.model import Advisory, Localized

_DEVANAGARI = re.compile(r"[\u0900-\u0963\u0970-\u097f]")
_OWN_DIGITS = re.compile(r"[\u0966-\u096f]+")
_ROMAN = re.compile(r"[ivxlc]+", re.IGNORECASE)
_LATIN = re.compile(r"[A-Za-z][A-Za-z0-9&'’-]*")
_LEGACY_SIGN = re.compile(r"(?<=[A-Za-z])[;\[\]{}|~^+=\\<>](?=[A-Za-z])")
"""Inside a word: a letter of Hindi where it was typed for a font such as Kruti Dev."""
_IN_DEVANAGARI = frozenset({"hi", "mr", "sa", "ne", "kok", "doi", "mai", "brx"})
_MONDAY = date(2024, 1, 1)
_LEGACY = 0.8
"""Of the words of a text in Devanagari, so many in Latin script: typed in a font that only looks like it."""


def parity_problems(
    advisory: Advisory, languages: Sequence[str], *, file: str, latin: Iterable[str] = ()
) -> list[Problem]:
    """Return every fact that one language has and another has not, and every text in a script not its own.

    `latin` are words that may stand in Latin script beside those of words/facts.yaml.
    """
    latin = tuple(latin)
    problems: list[Problem] = []
    for key, text in texts_of(advisory):
        for language in languages:
            place = Source(file, column=f"{key}.{language}")
            problems += text_problems(text[language], language, at=place, latin=latin)
        problems += _differences(text, languages, file=file, key=key)
    return problems


def text_problems(text: str, language: str, *, at: Source, latin: Iterable[str] = ()) -> Iterator[Problem]:
    """Yield what is wrong with a text by itself: digits and words in a script not its own, a wrong weekday.

    `latin` are words that may stand in Latin script beside those of words/facts.yaml.
    """
    allowed = frozenset(word.upper() for word in (*catalog("facts")["latin"], *latin))
    yield from _script_problems(text, language, allowed=allowed, at=at)
    yield from _weekday_problems(text, language, at=at)


def differences(one: str, other: str, languages: tuple[str, str]) -> Iterator[tuple[str, str, str]]:
    """Yield what two versions of a text do not have in common: the kind of fact, and what each has alone."""
    first, second = (facts_of(text, language) for text, language in zip((one, other), languages, strict=True))
    for kind in KINDS:
        here, there = getattr(first, kind), getattr(second, kind)
        if here == there:
            continue
        if isinstance(here, int):
            yield kind, str(here), str(there)
        else:
            yield kind, _listed(kind, here - there, languages[0]), _listed(kind, there - here, languages[1])


def _differences(text: Localized, languages: Sequence[str], *, file: str, key: str) -> Iterator[Problem]:
    first, *others = languages
    for other in others:
        for kind, here, there in differences(text[first], text[other], (first, other)):
            facts = side_by_side(kind, (first, here), (other, there))
            yield problem_at("parity_differs", file, key, f"{here or '–'} | {there or '–'}", **facts)


def side_by_side(kind: str, one: tuple[str, str], other: tuple[str, str]) -> dict[str, str]:
    """Return what the sentences of a difference tell: the kind of fact, and what each language has alone."""
    names = {f"kind_{language}": name for language, name in catalog("parity")["kinds"][kind].items()}
    shown = {"one": one[0], "here": one[1] or "–", "other": other[0], "there": other[1] or "–"}
    return {**shown, **names}


def _script_problems(text: str, language: str, *, allowed: frozenset[str], at: Source) -> Iterator[Problem]:
    digits = _OWN_DIGITS.search(text)
    if digits:
        yield _error("parity_digits", at, digits[0])
    words = without_facts(text)
    if language not in _IN_DEVANAGARI:
        found = _DEVANAGARI.search(words)
        if found:
            yield _error("parity_script", at, _word_at(words, found.start()))
        return
    latin = _foreign(words, allowed)
    if latin and len(latin) >= _LEGACY * len(words.split()):
        yield _error("parity_legacy_font", at, " ".join(latin[:5]))
        return
    typed = [" ".join(run) for run in _latin_runs(words, allowed) if any(map(_LEGACY_SIGN.search, run))]
    if typed:
        yield _error("parity_legacy_words", at, ", ".join(dict.fromkeys(typed)))
    left = [word for word in latin if not any(word in run for run in typed)]
    if left:
        yield _error("parity_latin", at, ", ".join(dict.fromkeys(left)))


def _foreign(words: str, allowed: frozenset[str]) -> list[str]:
    return [word for word in _LATIN.findall(words) if not _may_stay(word, allowed)]


def _latin_runs(words: str, allowed: frozenset[str]) -> Iterator[list[str]]:
    """Yield what stands in Latin script and should not, word behind word, with the signs in it."""
    for foreign, run in groupby(words.split(), key=lambda word: bool(_foreign(word, allowed))):
        if foreign:
            yield list(run)


def _weekday_problems(text: str, language: str, *, at: Source) -> Iterator[Problem]:
    for named, day in wrong_weekdays(text, language):
        right = {f"right_{tag}": weekday_text(day, tag) for tag in ("hi", "en")}
        yield _error("parity_weekday", at, named, date=f"{day:%d.%m.%Y}", **right)


def _error(code: str, at: Source, value: str, **facts: str) -> Problem:
    return Problem(Severity.ERROR, code, at, value, facts)


def _may_stay(word: str, allowed: frozenset[str]) -> bool:
    """Tell whether a word is no slip in another script: a letter, a roman numeral, one that is allowed."""
    return len(word) == 1 or bool(_ROMAN.fullmatch(word)) or word.upper() in allowed


def _word_at(text: str, position: int) -> str:
    return next(found[0] for found in re.finditer(r"\S+", text) if found.end() > position)


def _listed(kind: str, values: frozenset[Any], language: str) -> str:
    return ", ".join(_shown(kind, value, language) for value in sorted(values))


def _shown(kind: str, value: Any, language: str) -> str:
    match kind:
        case "dates":
            return f"{value:%d.%m.%Y}"
        case "weekdays":
            return weekday_text(_MONDAY + timedelta(days=value), language)
        case "hours":
            return f"{value // 60:02}:{value % 60:02}"
        case _:
            return str(value)
