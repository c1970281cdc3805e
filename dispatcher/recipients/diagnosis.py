"""What is wrong with an address that cannot be mailed: the first rule that it breaks. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from email_validator import SPECIAL_USE_DOMAIN_NAMES

from dispatcher.recipients.problems import Code

if TYPE_CHECKING:
    from collections.abc import Callable

LONGEST_LOCAL_PART, LONGEST_LABEL, LONGEST_DOMAIN, LONGEST_ADDRESS = 64, 63, 253, 254
"""Octets (RFC 5321, section 4.5.3.1; RFC 1035, section 2.3.4)."""

_NOT_IN_LOCAL_PART = re.compile(r"[^A-Za-z0-9!#$%&'*+/=?^_`{|}~.\-\u0080-\U0010ffff]")
_NOT_IN_DOMAIN = re.compile(r"[^A-Za-z0-9.\-\u0080-\U0010ffff]")
_STRAY_HYPHEN = re.compile(r"(?:^|\.)-|-(?:\.|$)|(?:^|\.)(?!xn)..--", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Faulty:
    """Why an address cannot be mailed; `character` where it is one that may not stand there."""

    code: Code
    character: str = ""


def diagnose(typed: str) -> Faulty:
    """Return what is wrong with an address that is known to be faulty; the bare fact where no rule says it."""
    if "@" not in typed:
        return Faulty(Code.ADDRESS_WITHOUT_AT)
    if typed.count("@") > 1:
        return Faulty(Code.ADDRESS_TWO_ATS)
    local, _at, domain = typed.partition("@")
    for code, rule in _RULES:
        if rule(local, domain):
            return Faulty(code)
    found = _NOT_IN_LOCAL_PART.search(local) or _NOT_IN_DOMAIN.search(domain)
    return Faulty(Code.ADDRESS_CHARACTER, found[0]) if found else Faulty(Code.ADDRESS_INVALID)


def _is_long(local: str, domain: str) -> bool:
    octets = [len(label.encode()) for label in domain.split(".")]
    return (
        len(local.encode()) > LONGEST_LOCAL_PART
        or max(octets) > LONGEST_LABEL
        or len(domain.encode()) > LONGEST_DOMAIN
        or len(f"{local}@{domain}".encode()) > LONGEST_ADDRESS
    )


def _is_reserved(_local: str, domain: str) -> bool:
    lowered = domain.lower()
    return any(lowered == name or lowered.endswith(f".{name}") for name in SPECIAL_USE_DOMAIN_NAMES)


_RULES: tuple[tuple[Code, Callable[[str, str], bool]], ...] = (
    (Code.ADDRESS_BLANK_INSIDE, lambda local, domain: any(sign.isspace() for sign in local + domain)),
    (Code.ADDRESS_LOCAL_PART_MISSING, lambda local, _domain: not local),
    (Code.ADDRESS_DOMAIN_INCOMPLETE, lambda _local, domain: "." not in domain.strip(".")),
    (Code.ADDRESS_DOTS, lambda local, domain: any(f".{part}.".find("..") >= 0 for part in (local, domain))),
    (Code.ADDRESS_HYPHEN, lambda _local, domain: _STRAY_HYPHEN.search(domain) is not None),
    (Code.ADDRESS_LONG, _is_long),
    (Code.ADDRESS_DOMAIN_ENDING, lambda _local, domain: domain[-1:].isdecimal() and domain[-1:].isascii()),
    (Code.ADDRESS_DOMAIN_RESERVED, _is_reserved),
)
"""In the order in which a person would look."""
