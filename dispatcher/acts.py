"""What a message does (its act), what follows an advisory once it is out, and when. Names and shapes only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import time
from enum import StrEnum
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date, datetime

ORIGINAL = "original"
"""The act of a first issue."""
IN_EFFECT = "in_effect"
CORRIGENDUM = "corrigendum"
ADDENDUM = "addendum"
SUPERSESSION = "supersession"
WITHDRAWAL = "withdrawal"

REVISIONS = frozenset({CORRIGENDUM, ADDENDUM})
"""They keep the number and raise the revision."""
SUCCESSIONS = frozenset({SUPERSESSION, WITHDRAWAL})
"""A number of its own puts an earlier one out of force."""
STOPPING = frozenset({CORRIGENDUM, SUPERSESSION, WITHDRAWAL})
"""What has not gone of the earlier advisory must not go any more."""

_REMINDER = "reminder-"


def reminder(count: int) -> str:
    """Return the act of the `count`th reminder, from 1."""
    return f"{_REMINDER}{count}"


def is_reminder(act: str) -> bool:
    """Tell whether an act is a reminder."""
    return act.startswith(_REMINDER)


class Remind(StrEnum):
    """Who is reminded."""

    UNACKNOWLEDGED = "unacknowledged"
    ALL = "all"


OPENING = "opening"
"""The first opening of the office after the issue."""
OPENING_AFTER = "opening_after"
"""The first opening of the office after the hour."""
SLOTS = (OPENING, IN_EFFECT, OPENING_AFTER)
LONGEST = 60 * 24 * 60
"""Minutes before the hour that a slot may lie at most: sixty days."""


CLOSES: Final = time(18)
"""When a working day ends, in the office's zone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RemindersPlan:
    """What follows an advisory: at which slots, to whom, and what becomes of a slot that was missed."""

    to: Remind = Remind.UNACKNOWLEDGED
    at: tuple[str | float, ...] = SLOTS
    """Named slots, or minutes before the hour."""
    opens: time = time(9, 30)
    """When a working day begins, in the office's zone."""
    catch_up_within: float = 120
    """Minutes: a reminder that is missed by more (nothing ran) is skipped."""
    holidays: frozenset[date] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowUp:
    """A message that follows a release by itself: frozen and approved with it."""

    act: str
    """in_effect, or reminder-n."""
    at: datetime
    until: datetime
    """After this its text is not true, or of no use, any more."""
    to: Remind
    after: bool
    """Whether the hour has come by then: its text says so."""
    left: float = 0
    """Minutes from `at` to the hour, which its text tells; 0 after the hour."""
    for_return: bool = False
    """Whether it reminds only who passes the advisory on, of the return that is due."""


class Passed(NamedTuple):
    """A slot that is not used: its name, when it would have been, and why not."""

    slot: str
    at: datetime
    why: str


@dataclass(frozen=True, slots=True)
class Life:
    """What follows a release by itself, in order of time, and which slots are not used."""

    follow_ups: tuple[FollowUp, ...] = ()
    passed: tuple[Passed, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """A slip and how it is to be read: where it stands, the wrong words, the right ones, in every language."""

    where: Mapping[str, str]
    wrong: Mapping[str, str]
    right: Mapping[str, str]
    what: Mapping[str, str] | None = None
    """What the words are, such as the fax number; None where they need no name."""
