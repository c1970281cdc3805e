"""Texts of cells: cleaning, comparing, and the words that stand for something else. Pure."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Final

from dispatcher.recipients.vocabulary import REMEMBERED, key, vocabulary

JOINERS: Final = "\u200c\u200d"
"""ZERO WIDTH NON-JOINER and JOINER shape Hindi words and belong to names, never to addresses."""

_QUOTES = str.maketrans(
    dict.fromkeys("\u2018\u2019\u201a\u201b\u2032", "'") | dict.fromkeys("\u201c\u201d\u201e\u201f\u2033", '"')
)
_FULL_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0xFE6B: ord("@")}

_LATIN = re.compile(r"[A-Za-z]")
_DEVANAGARI = re.compile(r"[\u0900-\u097f]")
_LEGACY_SIGN = re.compile(r"(?<=[A-Za-z])[;\[\]{}|~^+=_\\<>](?=[A-Za-z\s]|$)")
_LEGACY_CAPITAL = re.compile(r"(?<=[a-z])[A-Z]")


@lru_cache(maxsize=REMEMBERED)
def clean(text: str) -> str:
    """Return a name as it may be printed: NFC, single blanks, nothing invisible but joiners.

    Control characters and line breaks become blanks, so that no cell can reach into a header (RFC 5322,
    section 2.2). Cleaning twice changes nothing.
    """
    if not (text.isascii() and text.isprintable()):
        text = unicodedata.normalize("NFC", "".join(_visible(character, JOINERS) for character in text))
    return " ".join(text.split())


def clean_addresses(text: str) -> str:
    """Return a cell of addresses: as `clean`, without joiners, full-width signs and curled quotes made plain.

    Line breaks stay, because they stand between addresses.
    """
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return "\n".join(_clean_line(line) for line in lines).strip()


def _clean_line(line: str) -> str:
    if not (line.isascii() and line.isprintable()):
        visible = "".join(_visible(character, "") for character in line)
        line = unicodedata.normalize("NFC", visible).translate(_FULL_WIDTH).translate(_QUOTES)
    return " ".join(line.split())


def _visible(character: str, kept: str) -> str:
    category = unicodedata.category(character)
    if character in kept:
        return character
    if category[0] == "Z" or category == "Cc":
        return " "
    return "" if category in {"Cf", "Cs"} else character


def is_blank(text: str) -> bool:
    """Return whether a cleaned cell holds nothing, or just a dash."""
    return text.strip(JOINERS) in vocabulary().dash


@lru_cache(maxsize=REMEMBERED)
def is_ditto(text: str) -> bool:
    """Return whether a cleaned cell says "as above"."""
    bare = text.strip("-–—. ").casefold()
    return bare in vocabulary().ditto or (bool(key(bare)) and key(bare) in vocabulary().ditto_keys)


def says_vacant(text: str) -> bool:
    """Return whether a cleaned text says that nobody holds the post."""
    words = re.split(r"[\s()\[\],;:/.–—-]+", text.casefold())
    return any(word in vocabulary().vacant for word in words)


def is_vacant_remark(text: str) -> bool:
    """Return whether a remark says nothing but that the post is vacant."""
    return key(text) in vocabulary().vacant_remarks


def is_footer(text: str) -> bool:
    """Return whether a cleaned text opens a line below the table: total, note, signature."""
    head, colon, _rest = text.partition(":")
    return key(text) in vocabulary().footers or (bool(colon) and key(head) in vocabulary().footers)


def has_devanagari(text: str) -> bool:
    """Return whether a text holds a letter of the script of Hindi."""
    return _DEVANAGARI.search(text) is not None


def has_latin(text: str) -> bool:
    """Return whether a text holds a letter a to z."""
    return _LATIN.search(text) is not None


def is_legacy_font(text: str, *, hindi: bool) -> bool:
    """Return whether a text is Hindi typed for a font such as Kruti Dev: Latin letters with signs inside words.

    In a column of Hindi one sign is enough; elsewhere two are asked for, one of them punctuation.
    """
    if has_devanagari(text):
        return False
    signs = len(_LEGACY_SIGN.findall(text))
    capitals = len(_LEGACY_CAPITAL.findall(text))
    return signs + capitals >= 1 if hindi else bool(signs) and signs + capitals >= 2
