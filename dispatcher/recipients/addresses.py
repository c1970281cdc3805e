"""E-mail addresses: several in a cell, written out or dressed up; and whether each can be mailed. Pure."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from email_validator import SPECIAL_USE_DOMAIN_NAMES, EmailNotValidError, validate_email
from email_validator.rfc_constants import CASE_INSENSITIVE_MAILBOX_NAMES

from dispatcher.recipients.cells import PLAIN_DIGITS, clean, clean_addresses, is_blank
from dispatcher.recipients.diagnosis import (
    LONGEST_ADDRESS,
    LONGEST_DOMAIN,
    LONGEST_LOCAL_PART,
    Faulty,
    diagnose,
)
from dispatcher.recipients.vocabulary import REMEMBERED, key, vocabulary

_AT = re.compile(r"[ \t]*[\[({]\s*at\s*[\])}][ \t]*", re.IGNORECASE)
_DOT = re.compile(r"[ \t]*[\[({]\s*dot\s*[\])}][ \t]*", re.IGNORECASE)
_AT_SIGNS = re.compile(r"[@\uff20\ufe6b]|[\[({]\s*at\s*[\])}]", re.IGNORECASE)
_AROUND_AT = re.compile(r"[ \t]*@[ \t]*")
_MAILTO = re.compile(r"\bmailto:[ \t]*", re.IGNORECASE)
_ALTERNATE = re.compile(r"\(\s*ascii\s*[:=]?\s*([^\s()]+)\s*\)", re.IGNORECASE)
_ASIDE = re.compile(r"\([^()@]*\)")
_SEGMENT = re.compile(r'(?:"[^"\n]*"|<[^<>\n]*>|[^;,/|\n])+')
_IN_ANGLES = re.compile(r"<([^<>@]*@[^<>]*)>")
_EDGES = "'\"<>()[]{}.:"

_DOT_ATOM = re.compile(r"([A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*)@([A-Za-z0-9.-]+)")
_HOST_NAME = re.compile(
    r"(?:(?!..--)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+(?!..--)(?:[a-z0-9][a-z0-9-]{0,61})?[a-z]"
)
_NOTHING_TO_SPLIT = re.compile(r"([A-Za-z0-9_+-]+(?:\.[A-Za-z0-9_+-]+)*)@([A-Za-z0-9.-]+)")
_SPECIAL_USE = tuple(f".{name}" for name in SPECIAL_USE_DOMAIN_NAMES)
_CASE_INSENSITIVE = frozenset(CASE_INSENSITIVE_MAILBOX_NAMES)
_LOOK_ALIKE = {"CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE", "COPTIC"}


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
    found, leftover, stray = _pieces(_ASIDE.sub(" ", tidy))
    typed = [_with_plain_digits(one) for one in found]
    return AddressCell(
        addresses=tuple(typed),
        leftover=tuple(leftover),
        written_out=signed != plain,
        cleaned=stray or typed != found or joined != signed or _with_plain_breaks(text) != plain,
        trimmed=text != text.strip(),
    )


def _with_plain_digits(one: Typed) -> Typed:
    """Return an address with 0-9 for the digits of Hindi, where nothing else in it is Hindi."""
    plain = one.address.translate(PLAIN_DIGITS)
    return Typed(plain, one.alternate) if plain.isascii() else one


def may_hold_address(text: str) -> bool:
    """Return whether a cell holds a sign for at, in any of the ways in which it is written."""
    return _AT_SIGNS.search(text) is not None


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
    plain = _plain(typed, _DOT_ATOM)
    if plain is not None:
        return Usable(plain, needs_smtputf8=False)
    if typed.count("@") != 1:
        return diagnose(typed)
    try:
        valid = validate_email(typed, check_deliverability=False, strict=True)
    except EmailNotValidError:
        return diagnose(typed)
    return Usable(valid.ascii_email or valid.normalized, valid.ascii_email is None)


def plain_address(text: str) -> str | None:
    """Return a cell that is one ordinary ASCII address as it goes on the wire; None for any other cell.

    What it returns is what splitting and checking would; they are ten times slower.
    """
    return _plain(text, _NOTHING_TO_SPLIT)


def _plain(typed: str, form: re.Pattern[str]) -> str | None:
    """Return an address in ASCII that has a form and is valid; None where only the library can tell."""
    found = form.fullmatch(typed)
    if found is None:
        return None
    local, domain = found.groups()
    domain = domain.lower()
    if not _is_plain_domain(domain) or len(local) > LONGEST_LOCAL_PART or len(typed) > LONGEST_ADDRESS:
        return None
    if local.lower() in _CASE_INSENSITIVE:  # the names of RFC 2142
        local = local.lower()
    return f"{local}@{domain}"


@lru_cache(maxsize=REMEMBERED)
def _is_plain_domain(domain: str) -> bool:
    """Return whether a lower-cased domain is made of letters, digits and inner hyphens, and no special-use one."""
    if len(domain) > LONGEST_DOMAIN or _HOST_NAME.fullmatch(domain) is None:
        return False
    return not f".{domain}".endswith(_SPECIAL_USE)


def identity(address: str) -> str:
    """Return what two spellings of one mailbox share: no office keeps two that differ in case only."""
    return address.lower() if address.isascii() else clean(address).casefold()


def domain_of(address: str) -> str:
    """Return the domain of an address, lower-cased."""
    return address.rpartition("@")[2].lower()


def mixes_scripts(address: str) -> bool:
    """Return whether a label of an address holds look-alike letters: Cyrillic or Greek ones, or two scripts."""
    for label in () if address.isascii() else re.split(r"[.@]", address):
        scripts = {unicodedata.name(letter, "?").split()[0] for letter in label if letter.isalpha()}
        if scripts & _LOOK_ALIKE or len(scripts) > 1:
            return True
    return False
