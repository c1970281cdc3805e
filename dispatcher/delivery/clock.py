"""The clock that a run goes by: the real one, or one that is handed in (rehearsal and demo only)."""

from __future__ import annotations

import asyncio
import contextlib
import time
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Tells the time and lets it pass."""

    def now(self) -> datetime:
        """Return the moment, aware."""
        ...

    async def wait(self, until: datetime, *, unless: asyncio.Event) -> None:
        """Return at `until`, or as soon as `unless` is set."""
        ...


class RealClock:
    """The machine's clock, in UTC."""

    def now(self) -> datetime:
        """Return the moment, aware."""
        return datetime.now(UTC)

    async def wait(self, until: datetime, *, unless: asyncio.Event) -> None:
        """Return at `until`, or as soon as `unless` is set."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(unless.wait(), max(0.0, (until - self.now()).total_seconds()))


class HandedClock:
    """A clock that starts at a handed-in moment; waiting puts it forward instead of taking time."""

    def __init__(self, start: datetime) -> None:
        self._start = start
        self._began = time.monotonic()

    def now(self) -> datetime:
        """Return the handed-in moment plus the time that has really passed and that was waited for."""
        return self._start + timedelta(seconds=time.monotonic() - self._began)

    async def wait(self, until: datetime, *, unless: asyncio.Event) -> None:
        """Put the clock forward to `until`."""
        await asyncio.sleep(0)
        if not unless.is_set():
            self._start += max(timedelta(0), until - self.now())
