"""Mail domains that give pause: given up, open to everybody, or likely a slip of the pen. Pure."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, TypeAlias

from dispatcher.recipients.addresses import domain_of, identity
from dispatcher.recipients.problems import Code, problem
from dispatcher.words import catalog

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from dispatcher.errors import Problem
    from dispatcher.model import Recipient
    from dispatcher.recipients.context import SheetContext

USUAL = 3
"""So many addresses make a domain usual in a sheet, and a slip of it is so many times rarer."""
LONGEST_SLIP = 80
"""Longer domains than any office has are not compared."""
SHORTEST_MEANT = 5
"""Letters of a label from which on another one that is nearly the same is no chance."""

_DIGITS = re.compile(r"\d+")

_Doubt: TypeAlias = tuple[Code, str]
"""What gives pause, and the domain that is meant instead, if one is."""


@dataclass(frozen=True, slots=True)
class KnownDomains:
    """The domains of words/domains.yaml, lower-cased."""

    consumer: frozenset[str]
    endings: Mapping[str, str]
    """Wrong ending, with its dot -> the right one, with its dot; longest first."""


@cache
def known_domains() -> KnownDomains:
    """Return the domains of the catalog."""
    words = catalog("domains")
    wrong = sorted(words["endings"].items(), key=lambda pair: len(pair[0]), reverse=True)
    return KnownDomains(frozenset(words["consumer"]), {f".{ending}": f".{right}" for ending, right in wrong})


def domain_problems(entries: Iterable[Recipient], context: SheetContext) -> list[Problem]:
    """Return a warning for each address whose domain gives pause; an address that stands twice is told once."""
    found = {identity(entry.address): entry for entry in entries}
    counts = Counter(domain_of(address) for address in found)
    doubts = _doubts(counts, context)
    if not doubts:
        return []
    doubted = [(entry, doubt) for entry in found.values() if (doubt := doubts.get(domain_of(entry.address)))]
    return [
        problem(code, entry.roles[0].source, entry.address, domain=domain_of(entry.address), meant=meant)
        for entry, (code, meant) in doubted
    ]


def _doubts(counts: Counter[str], context: SheetContext) -> dict[str, _Doubt]:
    """Return for each domain that gives pause what to say of it."""
    known = known_domains()
    meant = slips(counts, context)
    doubts: dict[str, _Doubt] = {}
    for domain in counts:
        if domain in context.replaced_by:
            doubts[domain] = Code.DOMAIN_REPLACED, context.replaced_by[domain]
        elif domain in known.consumer:
            doubts[domain] = Code.DOMAIN_CONSUMER, ""
        elif domain in meant:
            doubts[domain] = Code.DOMAIN_SLIP, meant[domain]
    return doubts


def slips(counts: Counter[str], context: SheetContext) -> dict[str, str]:
    """Return the domains of a sheet that are likely slips, each with the one that was meant.

    A slip is one letter more, less, other or elsewhere (custms for customs), or an ending that does not exist.
    What is meant is usual in the sheet itself, was accepted before, or is known to everybody.
    """
    known = known_domains()
    sure = context.accepted_domains | known.consumer | frozenset(context.replaced_by.values())
    usual = [domain for domain, count in counts.items() if count >= USUAL and domain not in sure]
    index: dict[str, list[str]] = {}
    for domain in (*sorted(sure), *usual):
        for key in _keys(domain):
            index.setdefault(key, []).append(domain)
    found = {}
    for domain, count in counts.items():
        near = [] if domain in sure else [other for key in _keys(domain) for other in index.get(key, ())]
        fit = [
            other
            for other in near
            if _is_slip(domain, other) and (other in sure or counts[other] >= USUAL * count)
        ]
        meant = max(fit, key=lambda other: counts[other], default=_with_right_ending(domain, known.endings))
        if meant is not None and domain not in sure:
            found[domain] = meant
    return found


def _with_right_ending(domain: str, endings: Mapping[str, str]) -> str | None:
    wrong = next((ending for ending in endings if domain.endswith(ending)), None)
    return None if wrong is None else domain.removesuffix(wrong) + endings[wrong]


def _keys(domain: str) -> Iterator[str]:
    """Yield what two domains share that differ by one letter in one label, or by a dot."""
    if len(domain) > LONGEST_SLIP:
        return
    yield domain.replace(".", "")
    labels = domain.split(".")
    for number, label in enumerate(labels):
        around = f"{number} {'.'.join(labels[:number])} {'.'.join(labels[number + 1 :])} "
        yield around + label
        for position in range(len(label)):
            yield around + label[:position] + label[position + 1 :]


def _is_slip(domain: str, meant: str) -> bool:
    """Return whether a domain that shares a key with `meant` is a slip of it, and no sister of it."""
    if domain == meant or _DIGITS.sub("", domain) == _DIGITS.sub("", meant):
        return False
    labels, others = domain.split("."), meant.split(".")
    if len(labels) != len(others) or labels[:-1] == others[:-1]:
        return True
    return all(len(right) >= SHORTEST_MEANT for left, right in zip(labels, others, strict=True) if left != right)
