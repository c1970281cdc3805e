"""By when and how often: what an office sets for the hours of its advisories, with the defaults. Shapes only."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryPlan:
    """The durable retry schedule; minutes throughout."""

    backoff: tuple[float, ...] = (1, 2, 4, 8, 15, 30)
    """Wait after the first, second, ... attempt; the last one repeats."""
    reserved: tuple[float, ...] = (60, 30, 15, 5)
    """Tries kept in reserve at so many minutes before `notify_before`."""
    jitter: float = 0.2
    greylist: float = 5.5
    mailbox_full_tries: int = 3
    give_up_after: float = 4 * 24 * 60  # only where no clock of the advisory sets an end


@dataclass(frozen=True, slots=True, kw_only=True)
class EscalationPlan:
    """When the list of those who are not told yet is made: minutes before `notify_before`."""

    before: tuple[float, ...] = (120, 30)


@dataclass(frozen=True, slots=True, kw_only=True)
class WebsitePlan:
    """How long an advisory stands on the website; days."""

    expire_days: int = 7
    """In the news flash after its hour, where the advisory names no end of its use."""
    archive_days: int = 365
    """On the list of current items after that."""
