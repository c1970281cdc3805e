"""Replies of a relay as values, and their class by the reply table. Pure."""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from typing import TYPE_CHECKING

from dispatcher.delivery.reply_table import PARAMETER, RULES, Rule
from dispatcher.delivery.verdicts import Scope, Verdict
from dispatcher.smtp import Reply

if TYPE_CHECKING:
    from dispatcher.delivery.wire import WireReply
    from dispatcher.smtp import Stage

__all__ = ["Scope", "Verdict", "classify", "one_line", "parse_reply"]

TEXT_LIMIT = 500
_ENHANCED = re.compile(r"([245]\.\d{1,3}\.\d{1,3})(?:\s+|$)", re.ASCII)
_JOINERS = "\u200c\u200d"  # Hindi needs them
_REPLACEMENT = "\ufffd"


def parse_reply(code: int, message: str) -> Reply:
    """Split the enhanced code off (RFC 2034, section 4: every line bears it) and flatten the text to one line.

    `message` holds the reply's lines without their basic code, joined by line feeds. The text is NFC, without
    control and invisible characters, at most 500 characters long.
    """
    enhanced, texts = "", []
    for line in message.split("\n"):
        found = _ENHANCED.match(line)
        enhanced = enhanced or (found[1] if found else "")
        texts.append(line[found.end() :] if found and found[1] == enhanced else line)
    return Reply(code, enhanced, one_line("\n".join(texts)))


def as_reply(reply: WireReply) -> Reply:
    """Return a reply of the wire as a value."""
    return parse_reply(reply.code, reply.text.decode(errors="replace"))


def one_line(text: str) -> str:
    """Make a stranger's text safe for a log, a sheet and a terminal: one line, visible characters, 500 at most."""
    if text.isascii() and text.isprintable():
        return " ".join(text.split())[:TEXT_LIMIT].rstrip()
    visible = "".join(_safe(character) for character in unicodedata.normalize("NFC", text))
    return " ".join(visible.split())[:TEXT_LIMIT].rstrip()


def _safe(character: str) -> str:
    category = unicodedata.category(character)
    if category in {"Cc", "Zs", "Zl", "Zp"}:
        return " "
    if category == "Cf":
        return character if character in _JOINERS else ""
    return _REPLACEMENT if category in {"Cs", "Cn", "Co"} else character


def classify(stage: Stage, reply: Reply) -> Verdict:
    """Return what `reply` means at `stage`: the verdict of the first rule that fits.

    At CONTENT any 2yz is acceptance; a positive reply at another stage is for the caller to know and is nonsense
    here. An enhanced code of another class than the basic code is not believed (RFC 2034, section 4).
    """
    return next(rule.verdict for rule in RULES if _fits(rule, stage, reply))


def names_a_parameter(reply: Reply) -> bool:
    """Tell whether 501 is about a parameter, which 555 or 504 ought to say (RFC 5321, section 4.1.1.11).

    It may be about the address all the same: once there is no parameter the table has the word.
    """
    said = reply.enhanced == "5.5.4" or re.search(PARAMETER, reply.text, re.IGNORECASE) is not None
    return reply.code == 501 and said


def _fits(rule: Rule, stage: Stage, reply: Reply) -> bool:
    believed = reply.enhanced if reply.enhanced[:1] == str(reply.code)[:1] else ""
    return (
        stage in rule.stages
        and _matches(rule.codes, str(reply.code))
        and _matches(rule.enhanced, believed)
        and (not rule.wording or re.search(rule.wording, reply.text, re.IGNORECASE) is not None)
    )


def _matches(cell: str, code: str) -> bool:
    return not cell or _code_pattern(cell).fullmatch(code) is not None


@cache
def _code_pattern(cell: str) -> re.Pattern[str]:
    """Return the pattern of a cell of codes: `5.7.x 5.6.1`, where x stands for digits (one in a basic code)."""
    digits = r"[0-9]{1,3}" if "." in cell else "[0-9]"
    return re.compile("|".join(re.escape(code).replace("x", digits) for code in cell.split()))
