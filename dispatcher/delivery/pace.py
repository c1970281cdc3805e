"""The pace of hand-overs: how many a minute the relay's administrator allows, over all connections together."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

BURST_SECONDS = 0.2
"""How far ahead of the even spacing a hand-over may go: makes up for timers that wake late."""


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
        self._interval = 60 / rate_per_minute if rate_per_minute else 0.0
        self._clock = clock
        self._sleep = sleep
        self._arrival = clock()

    async def wait(self) -> None:
        """Return when the next hand-over may begin. Callers are let through in the order in which they asked."""
        now = self._clock()
        arrival = max(now, self._arrival)
        self._arrival = arrival + self._interval  # taken before any await, so no two callers share a slot
        ahead = arrival - BURST_SECONDS - now
        if ahead > 0:
            await self._sleep(ahead)
