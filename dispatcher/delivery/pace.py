"""The pace of hand-overs: how many a minute the relay's administrator allows, over all connections together.

Where the relay asks for less it is halved, and grows back bit by bit.
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

BURST_SECONDS = 0.2
"""How far ahead of the even spacing a hand-over may go: makes up for timers that wake late."""

EASING_SECONDS = 5.0
"""So long one easing lasts: what several connections are told at one moment halves the pace once."""

RECOVERY_SECONDS = 600.0
"""In so long a halved pace is back where it was, if the relay does not ask again."""

SLOWEST = 1.0
"""Hand-overs a minute below which the pace is not halved further."""


class Pace:
    """Spaces hand-overs evenly by their theoretical arrival time; None means no limit.

    `clock` (monotonic) and `sleep` count in seconds.
    """

    def __init__(
        self,
        rate_per_minute: int | None,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        self._clock = clock
        self._sleep = sleep
        self._limit = float(rate_per_minute) if rate_per_minute else None
        self._began = self._arrival = clock()
        self._count = 0
        self._full = 0.0
        """What an eased pace grows back to, a minute; 0 while it is not eased."""
        self._eased_to = 0.0
        self._eased_at = float("-inf")

    @property
    def rate_per_minute(self) -> float | None:
        """How many may go a minute now; None where there is no limit."""
        if not self._full:
            return self._limit
        grown = self._full * (self._clock() - self._eased_at) / RECOVERY_SECONDS
        return min(self._full, self._eased_to + grown)

    def ready(self) -> bool:
        """Take the next place if its moment has come."""
        if self._limit is None and not self._full:
            self._count += 1
            return True
        if self._arrival - BURST_SECONDS > self._clock():
            return False
        self._take()
        return True

    async def wait(self) -> None:
        """Return when the next hand-over may begin. Callers are let through in the order in which they asked."""
        if self.ready():
            return
        ahead = self._take() - BURST_SECONDS - self._clock()
        if ahead > 0:
            await self._sleep(ahead)

    def ease(self) -> bool:
        """Halve the pace; tell whether that was done now. Without a limit it becomes half of what went so far."""
        now = self._clock()
        if now - self._eased_at < EASING_SECONDS:
            return False
        rate = self.rate_per_minute
        if rate is None:
            rate = max(60 * self._count / max(now - self._began, 1.0), 2 * SLOWEST)
        self._full = max(self._full, rate)
        self._eased_to, self._eased_at = max(rate / 2, SLOWEST), now
        return True

    def _take(self) -> float:
        """Return the moment of the next place, taken before any await, so that no two callers share one."""
        rate = self.rate_per_minute
        if rate is not None and self._full and rate >= self._full:  # grown back
            self._full = 0.0
            rate = self._limit
        arrival = max(self._clock(), self._arrival)
        self._arrival = arrival + (60 / rate if rate else 0.0)
        self._count += 1
        return arrival
