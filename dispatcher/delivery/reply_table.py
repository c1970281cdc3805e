"""The reply table: which reply means what. A new rule is a row here and nothing else.

The first row that fits wins, so the order is part of the table: what the stage or 421 settles, then enhanced
codes (RFC 3463, RFC 5248), then basic codes (RFC 5321, section 4.2), then the relay's wording, which changes from
relay to relay, then what is left. In codes `x` stands for any digits; an empty cell fits everything.
"""

from __future__ import annotations

from typing import NamedTuple

from dispatcher.delivery.verdicts import (
    ACCEPTED,
    ANEW,
    BAD_CONTENT,
    BLOCKED,
    CREDENTIALS,
    DEAD,
    DOWN,
    FULL,
    GREYLISTED,
    LATER,
    MOVED,
    NEEDS_SMTPUTF8,
    NONSENSE,
    OPTION,
    POLICY,
    PROTOCOL,
    REFUSED,
    SENDER,
    THROTTLED,
    TOO_BIG,
    TOO_BIG_FOR_MAILBOX,
    Verdict,
)
from dispatcher.smtp import Stage


class Rule(NamedTuple):
    """One row: basic codes, enhanced codes, wording (a regular expression, case ignored), stages -> verdict."""

    codes: str
    enhanced: str
    wording: str
    stages: frozenset[Stage]
    verdict: Verdict


ANY = frozenset(Stage)
CONNECT = frozenset({Stage.CONNECT})
MAIL = frozenset({Stage.MAIL})
RCPT = frozenset({Stage.RCPT})
CONTENT = frozenset({Stage.CONTENT})
SIZED = frozenset({Stage.MAIL, Stage.DATA, Stage.CONTENT})
ADDRESSED = frozenset({Stage.RCPT, Stage.DATA, Stage.CONTENT})
"""Stages at which the recipient is known; a refusal at MAIL is about the sender."""

TOO_FAST = r"too (fast|many|quick)|\brate\b|rate.?limit|throttl|slow(ing)? down|limit exceeded"
PER_CONNECTION = r"(per|(in|on) this) (connection|session)"
TRY_LATER = r"(try|come) (again|back)? ?later"
GREYLISTING = r"gr[ae]y.?list"
QUOTA = r"quota|mailbox (is )?full|storage"
UNKNOWN = (
    r"user unknown|unknown (user|recipient|mailbox|address)|no such (user|recipient|mailbox|address|person)"
    r"|does(n't| not) exist|(user|recipient|mailbox) (was )?not found|no mailbox here"
)
DISTRUST = r"polic|spam|block|black.?list|reputation|relay|denied|not (permitted|allowed)|\b(spf|dkim|dmarc)\b"
PARAMETER = r"parameter|option|argument"
OVERSIZE = r"too (big|large)|(message|maximum|fixed).{0,20} size|size.{0,20} exceed"

RULES: tuple[Rule, ...] = (
    # settled by the stage or by the connection's end, whatever else the reply says
    Rule("2xx", "", "", CONTENT, ACCEPTED),
    Rule("530 534 535 538", "", "", CONNECT, CREDENTIALS),
    Rule("5xx", "", "authenticat", CONNECT, CREDENTIALS),
    Rule("4xx", "", "", CONNECT, DOWN),
    Rule("", "", "", CONNECT, PROTOCOL),
    Rule("421", "", PER_CONNECTION, ANY, DOWN),  # enough over this one; another connection takes the next
    Rule("421", "", TOO_FAST, ANY, THROTTLED),
    Rule("421", "", "", ANY, DOWN),
    # enhanced codes, 4.y.z
    Rule("454", "4.7.0", "", ANY, DOWN),
    Rule("4xx", "4.7.x", GREYLISTING, ANY, GREYLISTED),
    Rule("4xx", "4.7.x", TOO_FAST, ANY, THROTTLED),
    Rule("450 451", "4.7.1", "", ANY, GREYLISTED),  # also where it only says "try again later"
    Rule("4xx", "4.7.x", TRY_LATER, ANY, THROTTLED),
    Rule("450", "4.2.0", "", ANY, GREYLISTED),
    Rule("4xx", "4.2.1", "", ANY, LATER),  # this one mailbox gets too much, not the relay
    Rule("4xx", "4.2.2", "", ANY, FULL),
    Rule("450", "4.1.x", "", ANY, LATER),
    Rule("451", "4.3.0", "", ANY, LATER),
    Rule("452", "4.3.1", "", ANY, LATER),
    Rule("452", "4.5.3", "", ANY, ANEW),
    # enhanced codes, 5.y.z
    Rule("530 534 535 538", "5.7.x", "", ANY, CREDENTIALS),
    Rule("5xx", "5.7.8", "", ANY, CREDENTIALS),
    Rule("5xx", "5.1.1 5.1.2 5.1.3 5.1.10 5.4.4", "", ADDRESSED, DEAD),
    Rule("5xx", "5.1.6", "", ADDRESSED, MOVED),
    Rule("5xx", "5.2.1", "", ADDRESSED, DEAD),
    Rule("5xx", "5.2.2", "", ANY, FULL),
    Rule("5xx", "5.2.3", "", ANY, TOO_BIG_FOR_MAILBOX),
    Rule("5xx", "5.3.4", "", ANY, TOO_BIG),
    Rule("5xx", "5.3.2", "", ANY, PROTOCOL),  # the host takes no mail at all (RFC 7504)
    Rule("5xx", "5.6.7 5.6.9", "", ANY, NEEDS_SMTPUTF8),  # RFC 6531, section 3.5
    Rule("5xx", "5.6.x", "", ANY, BAD_CONTENT),
    Rule("5xx", "5.1.7", "", ANY, SENDER),
    Rule("5xx", "5.1.8 5.4.6", "", ANY, BLOCKED),
    Rule("5xx", "5.7.x", "", ANY, POLICY),
    # basic codes
    Rule("530 534 535 538", "", "", ANY, CREDENTIALS),
    Rule("551", "", "", ADDRESSED, MOVED),
    Rule("504 555", "", "", ANY, OPTION),
    Rule("501 553 556", "", "", RCPT, DEAD),  # one malformed address or mail-less domain stops nobody else
    Rule("500 501 502 503 521 556", "", "", ANY, PROTOCOL),
    Rule("552", "", QUOTA, ADDRESSED, FULL),
    Rule("552", "", "", RCPT, FULL),
    Rule("552", "", "", SIZED, TOO_BIG),
    # wording
    Rule("4xx", "", GREYLISTING, ANY, GREYLISTED),
    Rule("4xx", "", QUOTA, RCPT, FULL),
    Rule("4xx", "", TOO_FAST, ANY, THROTTLED),
    Rule("5xx", "", UNKNOWN, ADDRESSED, DEAD),
    Rule("5xx", "", OVERSIZE, SIZED, TOO_BIG),
    Rule("5xx", "", QUOTA, ADDRESSED, FULL),
    Rule("5xx", "", DISTRUST, ANY, POLICY),
    # what is left
    Rule("4xx", "", "", ANY, LATER),
    Rule("5xx", "", "", MAIL, SENDER),
    Rule("5xx", "", "", ANY, REFUSED),
    Rule("", "", "", ANY, NONSENSE),
)
