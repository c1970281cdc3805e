"""What an examination of relay, store, clock and certificates finds: the vocabulary of `doctor`."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Grade(StrEnum):
    """What an examination says of one thing. Only a fault means that something does not work."""

    OK = "ok"
    WARNING = "warning"
    FAULT = "fault"
    UNEXAMINED = "not examined"


@dataclass(frozen=True, slots=True)
class Finding:
    """What `doctor` found at one step, in plain words, and what to do and whom to ask; empty: nothing to do.

    `step` has its title in words/doctor.yaml.
    """

    step: str
    grade: Grade
    found: str
    advice: str = ""
