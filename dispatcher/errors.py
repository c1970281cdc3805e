"""One error tree, and the problem as a value: what is wrong, where, and what it says about retrying.

DispatcherError                  the base, never raised itself
├── ConfigError                  config.yaml is wrong: nothing can start (exit code 2)
├── UsageError                   the command named a thing that is not there (exit code 2)
├── InputProblems                sheets or advisory have errors, all of them collected (exit code 1)
├── Refused                      a gate says no: not approved, signed after prepare (exit code 1)
│   ├── PastHour                 the hour of the release has passed: an officer must say why it goes all the same
│   └── NothingPrepared          an advisory is there, but no release of it yet
├── TemplateError                a template is missing or names an unknown value (exit code 1)
├── StoreError                   the outbox cannot be read or written: nothing is handed over (exit code 1)
└── ChannelError                 the relay as a whole, not one delivery
    ├── ChannelDown              unreachable for now: a retry makes sense
    └── ChannelRefused           TLS, login or protocol refused: stop, a person must act
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence


class Severity(StrEnum):
    """How much a problem weighs. Only an error stops `prepare`."""

    ERROR = "error"
    WARNING = "warning"
    REPAIR = "repair"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Source:
    """Where a value was read: a file and, in a sheet, the tab, the row (from 1) and the column as letters."""

    file: str
    sheet: str | None = None
    row: int | None = None
    column: str | None = None

    def __str__(self) -> str:
        """Return the place as an office names it: `commissioners.xlsx, tab ICT, cell E5`."""
        words = [self.file]
        if self.sheet:
            words.append(f"tab {self.sheet}")
        if self.row and self.column:
            words.append(f"cell {self.column}{self.row}")
        elif self.row:
            words.append(f"row {self.row}")
        elif self.column:
            words.append(f"key {self.column}" if not self.sheet else f"column {self.column}")
        return ", ".join(words)


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong or worth knowing. Its sentences stand in words/problems/ under `code`."""

    severity: Severity
    code: str
    source: Source
    value: str = ""
    facts: Mapping[str, str] = field(default_factory=dict)


class DispatcherError(Exception):
    """The base of every error that a person is told about in a sentence; never raised itself."""

    exit_code = 1


class ConfigError(DispatcherError, ValueError):
    """config.yaml (or what it points to) is wrong; `lines` hold one problem each."""

    exit_code = 2

    def __init__(self, lines: Iterable[str], /) -> None:
        self.lines = tuple(lines)
        super().__init__("\n".join(self.lines))


class UsageError(DispatcherError, LookupError):
    """A command names an advisory, an address or a file that is not there."""

    exit_code = 2


class InputProblems(DispatcherError, ValueError):
    """Sheets or advisory have errors; `problems` holds all of them."""

    def __init__(self, problems: Sequence[Problem], /) -> None:
        self.problems = tuple(problems)
        super().__init__(f"{len(self.problems)} problems in the input")


class Refused(DispatcherError):
    """A gate of the office says no; the message tells what to do."""


class PastHour(Refused):
    """The hour of a release has passed; only an officer's reason lets it go."""


class NothingPrepared(Refused):
    """An advisory is there, but no release of it: nothing to show, nothing to act upon.

    Never an empty answer: who reads only the exit code would take it for "everybody is told" or "all holds".
    """

    def __init__(self, reference: str, /) -> None:
        super().__init__(
            f"{reference}: nothing has been prepared yet; `dispatcher prepare {reference}` freezes a release"
        )


class TemplateError(DispatcherError):
    """A template is missing, does not parse or names a value that does not exist."""


class StoreError(DispatcherError, OSError):
    """The outbox cannot be read or written. Fail closed: nothing is handed over."""


class ChannelError(DispatcherError, ConnectionError):
    """The relay as a whole is in trouble, not one delivery."""


class ChannelDown(ChannelError):
    """The relay is not reachable or says 421: a later try makes sense."""


class ChannelRefused(ChannelError):
    """TLS, login or the protocol itself was refused: trying again would not help or would lock the account."""
