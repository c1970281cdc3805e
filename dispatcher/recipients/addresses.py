"""E-mail addresses: several in a cell, written out or dressed up; and whether each can be mailed. Pure."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING

from email_validator import EmailNotValidError, validate_email

from dispatcher.recipients.cells import clean, clean_addresses, is_blank
from dispatcher.recipients.problems import Code
from dispatcher.recipients.vocabulary import key, vocabulary

if TYPE_CHECKING:
    from collections import Counter

_AT = re.compile(r"[ \t]*[\[({]\s*at\s*[\])}][ \t]*", re.IGNORECASE)
_DOT = re.compile(r"[ \t]*[\[({]\s*dot\s*[\])}][ \t]*", re.IGNORECASE)
_AROUND_AT = re.compile(r"[ \t]*@[ \t]*")
_MAILTO = re.compile(r"\bmailto:[ \t]*", re.IGNORECASE)
_ALTERNATE = re.compile(r"\(\s*ascii\s*[:=]?\s*([^\s()]+)\s*\)", re.IGNORECASE)
_ASIDE = re.compile(r"\([^()@]*\)")
_SEGMENT = re.compile(r'(?:"[^"\n]*"|<[^<>\n]*>|[^;,/|\n])+')
_IN_ANGLES = re.compile(r"<([^<>]*@[^<>]*)>")
_EDGES = "'\"<>()[]{}.:"

_USUAL = 3
"""So many addresses make a domain usual in a sheet, and a slip of it is so many times rarer."""
_USUAL_DOMAINS = 10


@dataclass(frozen=True, slots=True)
class Typed:
    """One address of a cell as typed, with the ASCII address given for it."""

    address: str
    alternate: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressCell:
    """What a cell of addresses holds, and what had to be done to read it."""

    addresses: tuple[Typed, ...] = ()
    leftover: tuple[str, ...] = ()
    """Words that are neither an address nor the name of one."""
    written_out: bool = False
    """[at] and [dot] were read as signs."""
    cleaned: bool = False
    """Invisible, full-width or stray signs were taken away."""
    trimmed: bool = False
    """Only blanks at the ends were."""


@dataclass(frozen=True, slots=True)
class Usable:
    """An address as it goes on the wire."""

    address: str
    needs_smtputf8: bool


@dataclass(frozen=True, slots=True)
class Faulty:
    """Why an address cannot be mailed; `reason` in English where the code alone does not tell."""

    code: Code
    reason: str = ""


def split_addresses(text: str) -> AddressCell:
    """Return the addresses of a cell: divided by ; , / | line breaks or blanks.

    `Name <a@b>`, mailto:, [at] and [dot] are understood. `(ASCII: x@y)` behind an address is its alternate.
    A dash or "nil" holds none.
    """
    plain = clean_addresses(text)
    if says_no_address(plain):
        return AddressCell()
    signed = _DOT.sub(".", _AT.sub("@", plain))
    joined = _AROUND_AT.sub("@", signed)
    tidy = _ALTERNATE.sub(r"<ascii:\1>", _MAILTO.sub("", joined))
    typed, leftover, stray = _pieces(_ASIDE.sub(" ", tidy))
    return AddressCell(
        addresses=tuple(typed),
        leftover=tuple(leftover),
        written_out=signed != plain,
        cleaned=stray or joined != signed or _with_plain_breaks(text) != plain,
        trimmed=text != text.strip(),
    )


def says_no_address(text: str) -> bool:
    """Return whether a cleaned cell holds nothing, a dash, or a word such as nil."""
    return is_blank(text) or ("@" not in text and key(text) in vocabulary().no_address)


def _with_plain_breaks(text: str) -> str:
    """Return a cell with ordinary blanks evened out, so that whatever else differs was a stray sign."""
    lines = text.replace("\r\n", "\n").split("\n")
    return "\n".join(re.sub(r"[ \t]+", " ", line).strip(" \t") for line in lines).strip("\n")


def _pieces(text: str) -> tuple[list[Typed], list[str], bool]:
    typed: list[Typed] = []
    leftover: list[str] = []
    name: list[str] = []
    stray = False
    for segment in (found.strip() for found in _SEGMENT.findall(text)):
        inside = [address.strip() for address in _IN_ANGLES.findall(segment)]
        outside = _IN_ANGLES.sub(" ", segment)
        if any(not address.casefold().startswith("ascii:") for address in inside):
            leftover += [word for word in outside.split() if "@" in word and word.strip(_EDGES) not in inside]
            name, outside = [], ""  # RFC 5322 display names may hold commas in spite of the rule to quote them
        bare, words, edged = _words(outside)
        typed += [Typed(address) for address in bare]
        _take(inside, typed)
        name += words
        if bare:
            leftover, name = leftover + name, []
        stray = stray or edged
    return typed, leftover + name, stray


def _take(inside: list[str], typed: list[Typed]) -> None:
    for address in inside:
        head, _colon, alternate = address.partition(":")
        if head.casefold() == "ascii" and typed and typed[-1].alternate is None:
            typed[-1] = Typed(typed[-1].address, alternate)
        else:
            typed.append(Typed(address.removeprefix("ascii:")))


def _words(text: str) -> tuple[list[str], list[str], bool]:
    """Return the addresses among the words of a text, the other words, and whether signs clung to an address."""
    addresses: list[str] = []
    others: list[str] = []
    edged = False
    for word in text.split():
        bare = word.strip(_EDGES)
        if "@" in bare:
            addresses.append(bare)
            edged = edged or bare != word
        elif bare:
            others.append(word)
    return addresses, others, edged


def check_address(typed: str) -> Usable | Faulty:
    """Return an address as it goes on the wire, or why it cannot (RFC 5321, RFC 6531, RFC 5890; no look-up)."""
    if "@" not in typed:
        return Faulty(Code.ADDRESS_WITHOUT_AT)
    if typed.count("@") > 1:
        return Faulty(Code.ADDRESS_TWO_ATS)
    if "." not in typed.rpartition("@")[2].strip("."):
        return Faulty(Code.ADDRESS_DOMAIN_INCOMPLETE)
    try:
        valid = validate_email(typed, check_deliverability=False, strict=True)
    except EmailNotValidError as error:
        return Faulty(Code.ADDRESS_INVALID, str(error).rstrip("."))
    return Usable(valid.ascii_email or valid.normalized, valid.ascii_email is None)


def identity(address: str) -> str:
    """Return what two spellings of one mailbox share: no office keeps two that differ in case only."""
    return clean(address).casefold()


def mixes_scripts(address: str) -> bool:
    """Return whether a label of an address mixes Latin letters with look-alike Cyrillic or Greek ones."""
    for label in () if address.isascii() else re.split(r"[.@]", address):
        scripts = {unicodedata.name(letter, "?").split()[0] for letter in label if letter.isalpha()}
        if "LATIN" in scripts and scripts & {"CYRILLIC", "GREEK"}:
            return True
    return False


def slips(counts: Counter[str]) -> dict[str, str]:
    """Return the rare domains of a sheet that are likely slips of a usual one: custms for customs."""
    usual = [domain for domain, count in counts.most_common(_USUAL_DOMAINS) if count >= _USUAL]
    found: dict[str, str] = {}
    for domain, count in counts.items():
        near = get_close_matches(
            domain, [name for name in usual if counts[name] >= _USUAL * count], n=1, cutoff=0.9
        )
        found |= dict.fromkeys([domain] if near else [], "".join(near))
    return found
