"""Values with a fixed meaning: the language wished for, the status of a row, places, phone numbers. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dispatcher.recipients.cells import clean, is_blank
from dispatcher.recipients.vocabulary import key, vocabulary

if TYPE_CHECKING:
    from collections.abc import Iterable

_BETWEEN_PLACES = re.compile(r"[,;/\n|&+]|\s(?:and|एवं|और|व|तथा)\s", re.IGNORECASE)
_IN_BRACKETS = re.compile(r"\(([^()]*)\)")
_AREA_CODE = re.compile(r"[1-9]\d{1,2}[\s\-/]")
_EXPONENT = re.compile(r"\d[Ee]\+?\d")


def language_of(text: str) -> str | None:
    """Return both, hi, en, hi_first or en_first; both for a blank cell; None where the word is unknown."""
    if is_blank(text):
        return "both"
    return vocabulary().languages.get(key(text))


def status_of(text: str) -> str | None:
    """Return active, alternate or inactive by how the cell begins; active for a blank one; None if unknown."""
    if is_blank(text) or key(text) in vocabulary().no_address:
        return "active"
    folded = text.casefold()
    for beginning, status in vocabulary().statuses.items():
        rest = folded.removeprefix(beginning)
        if len(rest) < len(folded) and not rest[:1].isalpha():
            return status
    return None


def places_of(text: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the places that a cell names, in English, and those of them that places.yaml does not know.

    Unknown ones stay as typed. "All" names no particular place. The text may hold line breaks.
    """
    if is_blank(clean(text)):
        return (), ()
    whole = _known(clean(text))
    if whole is not None:
        return whole, ()
    pieces = [piece for piece in (clean(part) for part in _BETWEEN_PLACES.split(text)) if not is_blank(piece)]
    found = [(piece, _known(piece)) for piece in pieces]
    names = [name for piece, known in found for name in ((piece,) if known is None else known)]
    return _once(names), _once(piece for piece, known in found if known is None)


def _known(text: str) -> tuple[str, ...] | None:
    """Return the one place behind a text; nothing for "all"; None where it is no known place."""
    for candidate in (text, _IN_BRACKETS.sub(" ", text), *_IN_BRACKETS.findall(text), _without_besides(text)):
        if key(candidate) in vocabulary().everywhere:
            return ()
        name = vocabulary().places.get(key(candidate))
        if name is not None:
            return (name,)
    return None


def _without_besides(text: str) -> str:
    words = f" {re.sub(r'[,()–-]', ' ', text.casefold())} "
    for beside in vocabulary().beside_place:
        words = words.replace(f" {beside} ", " ")
    return words


def _once(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))


def is_phone_incomplete(text: str) -> bool:
    """Return whether a phone number has lost its leading zero, or was stored as a rounded number.

    In India a subscriber's number with its area code has ten digits and is dialled with a 0 before; mobile numbers
    have ten digits too and begin with 6 to 9.
    """
    if _EXPONENT.search(text):
        return True
    digits = "".join(re.findall(r"\d", text))
    if len(digits) != 10 or digits.startswith(("0", "1800", "1860")):
        return False
    return digits[0] < "6" or _AREA_CODE.match(text) is not None
