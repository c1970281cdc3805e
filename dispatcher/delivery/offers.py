"""What a relay's EHLO offers, judged: what is lost with each extension that is not there. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from dispatcher.delivery.findings import ADMINISTRATOR
from dispatcher.delivery.replies import one_line
from dispatcher.findings import Finding, Grade
from dispatcher.outbox.findings import octets

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

TYPICAL = 300_000
"""Octets of a message with its texts in both languages and one attachment of 150 kB, encoded."""
ROOM = 10_000_000
"""Below this there is a warning: enclosures grow by a third when they are encoded."""


class Extension(NamedTuple):
    """An SMTP extension: what is lost where a relay does not offer it, and how much that weighs."""

    keyword: str
    lost: str
    grade: Grade


EXTENSIONS = (
    Extension(
        "pipelining", "each message waits for more replies, which is slower over a long line", Grade.WARNING
    ),
    Extension(
        "enhancedstatuscodes",
        "its refusals are told apart by their words only, a dead address from a policy less surely",
        Grade.WARNING,
    ),
    Extension("smtputf8", "an address with Hindi before its @ is held until it has an ASCII one", Grade.WARNING),
    Extension("8bitmime", "nothing is lost: all texts go as 7 bit", Grade.OK),
    Extension("dsn", "nothing is lost yet: reports of delivery are not asked for by this version", Grade.OK),
    Extension("deliverby", "nothing is lost: the hour is kept by the program's own schedule", Grade.OK),
)


def judge_offers(extensions: Mapping[str, str]) -> Iterator[Finding]:
    """Judge the extensions of an EHLO reply: lower-case keyword -> parameters."""
    names = [one_line(f"{keyword.upper()} {parameters}") for keyword, parameters in extensions.items()]
    yield Finding("ehlo", Grade.OK, f"{', '.join(names) or 'no extension at all'}")
    yield judge_size(extensions.get("size"))
    for one in EXTENSIONS:
        if one.keyword in extensions:
            yield Finding(one.keyword, Grade.OK, "offered")
        else:
            wish = "" if one.grade is Grade.OK else f"Ask {ADMINISTRATOR} whether it can be switched on"
            yield Finding(one.keyword, one.grade, f"not offered: {one.lost}", wish)


def judge_size(limit: str | None) -> Finding:
    """Judge the parameter of SIZE (RFC 1870), None where it is not offered."""
    if limit is None:
        advice = f"Ask {ADMINISTRATOR} how large a message may be, and whether SIZE can be switched on"
        lost = "not offered: a message that is too large is refused only when all of it has gone over"
        return Finding("size", Grade.WARNING, lost, advice)
    if not re.fullmatch(r"[0-9]{1,20}", limit) or int(limit) == 0:
        return Finding("size", Grade.OK, "offered, without a fixed limit")
    found = f"{octets(int(limit))} at most"
    advice = f"Ask {ADMINISTRATOR} for at least {octets(ROOM)}, or keep enclosures small"
    if int(limit) < TYPICAL:
        told = f"{found}: too little for a usual message with an attachment ({octets(TYPICAL)})"
        return Finding("size", Grade.FAULT, told, advice)
    if int(limit) < ROOM:
        return Finding("size", Grade.WARNING, f"{found}: little for a message with enclosures", advice)
    return Finding("size", Grade.OK, found)
