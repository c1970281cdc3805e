"""What a run tells while it goes: to a terminal, to the log; addresses shortened unless asked for."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING, Protocol, Self

import structlog

from dispatcher.outbox.states import DeliveryState

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from pathlib import Path

    from dispatcher.outbox.forecasting import Forecast
    from dispatcher.smtp import Reply

COUNT_SECONDS = 10.0
"""So often the log tells how many were accepted."""

_ADDRESS = re.compile(r"[^\s<>()\",;:]+@[^\s<>()\",;:]+")


class Watcher(Protocol):
    """Is told what happens. Its calls come from the event loop and must not block."""

    def settled(self, address: str, audiences: Sequence[str], state: DeliveryState, reply: Reply | None) -> None:
        """Take note that an attempt or a ruling brought a delivery into `state`."""

    def trouble(self, what: str, until: datetime) -> None:
        """Take note that the relay is in trouble and is tried again at `until`."""

    def waiting(self, until: datetime) -> None:
        """Take note that nothing is due before `until`."""

    def foreseen(self, forecast: Forecast) -> None:
        """Take note that some will be late, that more will be, or that nobody will be late any more."""

    def escalated(self, untold: int, file: Path) -> None:
        """Take note that a set moment before the hour has come and so many are not told: they stand in `file`."""


class Log:
    """Writes what happens to the structured log, and passes it on. When its block ends nothing is untold."""

    def __init__(self, to: Watcher | None, *, addresses: bool) -> None:
        self._to = to
        self._addresses = addresses
        self._log = structlog.get_logger()
        self._waiting: datetime | None = None
        self._accepted = 0
        self._told_at = time.monotonic()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.count()

    def settled(self, address: str, audiences: Sequence[str], state: DeliveryState, reply: Reply | None) -> None:
        """Log a delivery's new state; those that are accepted as a number: the register names them."""
        if state is DeliveryState.ACCEPTED:
            self._accepted += 1
            if time.monotonic() - self._told_at >= COUNT_SECONDS:
                self.count()
        else:
            self._one(address, audiences, state, reply)
        if self._to:
            self._to.settled(address, audiences, state, reply)

    def count(self) -> None:
        """Log how many were accepted since this was told last."""
        if self._accepted:
            self._log.info("accepted", deliveries=self._accepted)
        self._accepted, self._told_at = 0, time.monotonic()

    def _one(self, address: str, audiences: Sequence[str], state: DeliveryState, reply: Reply | None) -> None:
        shown = address if self._addresses else shortened(address)
        said = self._shown(str(reply)) if reply else None
        self._log.info("settled", address=shown, audiences=list(audiences), state=state, reply=said)

    def trouble(self, what: str, until: datetime) -> None:
        """Log trouble with the relay."""
        self._log.warning("trouble", what=self._shown(what), until=until.isoformat())
        if self._to:
            self._to.trouble(what, until)

    def waiting(self, until: datetime) -> None:
        """Log, once for each moment, that nothing is due before it."""
        if until != self._waiting:
            self._waiting = until
            self._log.info("waiting", until=until.isoformat())
        if self._to:
            self._to.waiting(until)

    def foreseen(self, forecast: Forecast) -> None:
        """Log how many will be late, and at which rate."""
        self._log.warning(
            "foreseen",
            late=forecast.late,
            waiting=forecast.waiting,
            finishes_at=forecast.finishes_at.isoformat() if forecast.finishes_at else None,
            rate_per_minute=forecast.rate.per_minute,
            measured=forecast.rate.measured,
        )
        if self._to:
            self._to.foreseen(forecast)

    def escalated(self, untold: int, file: Path) -> None:
        """Log how many are not told at a set moment."""
        self._log.warning("escalated", untold=untold, file=str(file))
        if self._to:
            self._to.escalated(untold, file)

    def _shown(self, text: str) -> str:
        """Return a text, such as the relay's words, with every address in it as the log may show it."""
        return text if self._addresses else _ADDRESS.sub(lambda found: shortened(found[0]), text)


def shortened(address: str) -> str:
    """Return an address as logs show it: first letter and domain. Addresses are personal data (DPDP Act)."""
    local, _, domain = address.rpartition("@")
    return f"{local[:1]}***@{domain}"
