"""Texts of cells: cleaning, comparing, and the words that stand for something else. Pure."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Final

from dispatcher.recipients.vocabulary import REMEMBERED, key, vocabulary

JOINERS: Final = "\u200c\u200d"
"""ZERO WIDTH NON-JOINER and JOINER shape Hindi words and belong to names, never to addresses."""

PLAIN_DIGITS: Final = {0x0966 + digit: str(digit) for digit in range(10)}
"""The digits of Hindi are written 0-9 in phone numbers and addresses."""

_QUOTES = str.maketrans(
    dict.fromkeys("\u2018\u2019\u201a\u201b\u2032", "'") | dict.fromkeys("\u201c\u201d\u201e\u201f\u2033", '"')
)
_FULL_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0xFE6B: ord("@")}

_ORDINARY = re.compile(r"[ -~\u0900-\u097f]*")
"""Printable ASCII and Devanagari: nothing here is invisible, so that only blanks and NFC are left to see to."""
_LONGEST_DITTO = 24

_LOST = re.compile(r"\?{3,}|\ufffd|\u00e0[\u00a4\u00a5]|\u00e2\u20ac")
"""Question marks for lost letters; the replacement character; UTF-8 read as Windows-1252."""
_BREAKS = re.compile(r"[\s()\[\],;:/.\u2013\u2014-]+")
_LATIN = re.compile(r"[A-Za-z]")
_DEVANAGARI = re.compile(r"[\u0900-\u097f]")
_LEGACY_SIGN = re.compile(r"(?<=[A-Za-z])[;\[\]{}|~^+=_\\<>](?=[A-Za-z\s]|$)")
_LEGACY_CAPITAL = re.compile(r"(?<=[a-z])[A-Z]")


class _Visible(dict[int, str]):
    """What is left of each character, by its code point: itself, a blank, or nothing; filled as they are met."""

    def __init__(self, kept: str) -> None:
        super().__init__({ord(character): character for character in kept})

    def __missing__(self, code: int) -> str:
        category = unicodedata.category(chr(code))
        if category[0] == "Z" or category == "Cc":
            self[code] = " "
        else:
            self[code] = "" if category in {"Cf", "Cs"} else chr(code)
        return self[code]


_IN_NAMES, _IN_ADDRESSES = _Visible(JOINERS), _Visible("")


@lru_cache(maxsize=REMEMBERED)
def clean(text: str) -> str:
    """Return a name as it may be printed: NFC, single blanks, nothing invisible but joiners.

    Control characters and line breaks become blanks, so that no cell can reach into a header (RFC 5322,
    section 2.2). Cleaning twice changes nothing.
    """
    if _ORDINARY.fullmatch(text) is None:
        text = text.translate(_IN_NAMES)
    return " ".join(unicodedata.normalize("NFC", text).split())


def clean_addresses(text: str) -> str:
    """Return a cell of addresses: as `clean`, without joiners, full-width signs and curled quotes made plain.

    Line breaks stay, because they stand between addresses.
    """
    if text.isascii() and text.isprintable():
        return " ".join(text.split())
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return "\n".join(_clean_line(line) for line in lines).strip()


def _clean_line(line: str) -> str:
    if not (line.isascii() and line.isprintable()):
        visible = unicodedata.normalize("NFC", line.translate(_IN_ADDRESSES))
        line = visible.translate(_FULL_WIDTH).translate(_QUOTES)
    return " ".join(line.split())


def is_blank(text: str) -> bool:
    """Return whether a cleaned cell holds nothing, or just a dash."""
    return text.strip(JOINERS) in vocabulary().dash


def is_ditto(text: str) -> bool:
    """Return whether a cleaned cell says "as above"."""
    bare = text.strip("-–—. ").casefold()
    words = vocabulary()
    if len(bare) > _LONGEST_DITTO or (bare[:1].isalnum() and bare[0] not in words.ditto_starts):
        return False
    return bare in words.ditto or (bool(key(bare)) and key(bare) in words.ditto_keys)


def says_vacant(text: str) -> bool:
    """Return whether a cleaned text says that nobody holds the post."""
    folded, vacant = text.casefold(), vocabulary().vacant
    for word in vacant:
        if word in folded:
            return not vacant.isdisjoint(_BREAKS.split(folded))
    return False


def is_vacant_remark(text: str) -> bool:
    """Return whether a remark says nothing but that the post is vacant."""
    return key(text) in vocabulary().vacant_remarks


def is_footer(text: str) -> bool:
    """Return whether a cleaned text opens a line below the table: total, note, signature, date."""
    head, colon, _rest = text.partition(":")
    words = vocabulary()
    labelled = bool(colon) and key(head) in words.footers | words.footer_labels
    return labelled or key(text) in words.footers


def has_devanagari(text: str) -> bool:
    """Return whether a text holds a letter of the script of Hindi."""
    return _DEVANAGARI.search(text) is not None


def has_latin(text: str) -> bool:
    """Return whether a text holds a letter a to z."""
    return _LATIN.search(text) is not None


def is_garbled(text: str) -> bool:
    """Return whether letters of a text were lost, or turned into others, when the file was saved."""
    return not (text.isascii() and "???" not in text) and _LOST.search(text) is not None


def is_legacy_font(text: str, *, hindi: bool) -> bool:
    """Return whether a text is Hindi typed for a font such as Kruti Dev: Latin letters with signs inside words.

    In a column of Hindi one sign is enough; elsewhere two are asked for, one of them punctuation.
    """
    if has_devanagari(text):
        return False
    signs = len(_LEGACY_SIGN.findall(text))
    capitals = len(_LEGACY_CAPITAL.findall(text))
    return signs + capitals >= 1 if hindi else bool(signs) and signs + capitals >= 2
