"""The words of headings.yaml and places.yaml, made ready for comparing."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any

from dispatcher.words import catalog

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

REMEMBERED = 16_384
"""Texts: the cells of a column repeat themselves, and most of the work on a large sheet is comparing them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Vocabulary:
    """Sets and maps of keys (see `key`), where not said otherwise."""

    fields: Mapping[str, str]
    """Heading -> field; `unread` for columns that no message needs."""
    headings: Mapping[str, str]
    """Heading -> how people write it."""
    bare_names: frozenset[str]
    """Headings that may stand over offices or over their officers."""
    honorifics: frozenset[str]
    """Words before a person's name, case-folded, without dots."""
    heading_languages: Mapping[str, str]
    """Word in a heading, case-folded -> language."""
    beside_language: frozenset[str]
    dash: frozenset[str]
    """Cells that hold nothing, as written."""
    no_address: frozenset[str]
    ditto: frozenset[str]
    """Ditto marks, case-folded as written."""
    ditto_keys: frozenset[str]
    ditto_starts: frozenset[str]
    """First letters of both."""
    vacant: frozenset[str]
    """Words, case-folded."""
    vacant_remarks: frozenset[str]
    footers: frozenset[str]
    footer_labels: frozenset[str]
    """Words that open a line below the table only where a colon follows."""
    languages: Mapping[str, str]
    statuses: Mapping[str, str]
    """Beginning of a status, case-folded -> active, alternate or inactive; longest first."""
    places: Mapping[str, str]
    """Any name or code -> the name in English."""
    everywhere: frozenset[str]
    beside_place: tuple[str, ...]
    """Words beside a place, case-folded, longest first."""


_ORDINARY = re.compile(r"[ -~\u0900-\u097f]*")
_NO_LETTERS = re.compile(r"[^a-z0-9\u0900-\u0963\u0966-\u096f\u0971-\u097f]+")
"""What is neither letter, mark nor digit in printable ASCII, lower-cased, and in Devanagari."""


@lru_cache(maxsize=REMEMBERED)
def key(text: str) -> str:
    """Return what two ways of writing the same word share: letters, marks and digits, without case."""
    folded = unicodedata.normalize("NFC", text.casefold())
    if _ORDINARY.fullmatch(folded):
        return _NO_LETTERS.sub("", folded)
    return "".join(character for character in folded if unicodedata.category(character)[0] in "LMN")


@cache
def vocabulary() -> Vocabulary:
    """Return the words of the catalogs."""
    words, places = catalog("headings"), catalog("places")
    dittos = _folded_all(words["ditto"]) | _keys(words["ditto"])
    return Vocabulary(
        fields=_inverted(words["fields"] | {"unread": words["unread"]}),
        headings={key(word): str(word) for group in words["fields"].values() for word in group},
        bare_names=_keys(words["bare_names"]),
        honorifics=_folded_all(words["honorifics"]),
        heading_languages={
            _folded(w): language for language, ws in words["heading_languages"].items() for w in ws
        },
        beside_language=_folded_all(words["beside_language"]),
        dash=frozenset(words["dash"]),
        no_address=_keys(words["no_address"]),
        ditto=_folded_all(words["ditto"]),
        ditto_keys=_keys(words["ditto"]),
        ditto_starts=frozenset(word[0] for word in dittos),
        vacant=_folded_all(words["vacant"]),
        vacant_remarks=_keys(words["vacant_remarks"]),
        footers=_keys(words["footers"]),
        footer_labels=_keys(words["footer_labels"]),
        languages=_inverted(words["languages"]),
        statuses=_longest_first(words["statuses"]),
        places={key(word): place["name"]["en"] for place in places["places"] for word in _words_of(place)},
        everywhere=_keys(places["all"]),
        beside_place=tuple(sorted(_folded_all(places["beside"]), key=len, reverse=True)),
    )


def _words_of(place: Mapping[str, Any]) -> list[str]:
    return [*place["name"].values(), place["code"], *place["synonyms"]]


def _inverted(words: Mapping[str, Iterable[str]]) -> dict[str, str]:
    return {key(word): meaning for meaning, group in words.items() for word in group}


def _longest_first(words: Mapping[str, Iterable[str]]) -> dict[str, str]:
    pairs = [(_folded(word), meaning) for meaning, group in words.items() for word in group]
    return dict(sorted(pairs, key=lambda pair: len(pair[0]), reverse=True))


def _keys(words: Iterable[str]) -> frozenset[str]:
    return frozenset(key(word) for word in words) - {""}


def _folded(word: str) -> str:
    return unicodedata.normalize("NFC", word.casefold())


def _folded_all(words: Iterable[str]) -> frozenset[str]:
    return frozenset(_folded(word) for word in words)
