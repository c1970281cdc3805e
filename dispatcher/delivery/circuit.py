"""Connections to one relay, and the circuit that opens when it is in trouble: one caller probes, others wait."""

from __future__ import annotations

import asyncio
import contextlib
from datetime import timedelta
from typing import TYPE_CHECKING

from dispatcher.delivery.capabilities import DROPPABLE
from dispatcher.delivery.connecting import connect
from dispatcher.errors import ChannelDown, ChannelRefused

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from datetime import datetime

    from dispatcher.delivery.clock import Clock
    from dispatcher.delivery.connection import Connection
    from dispatcher.smtp import Relay

STRIKES = 2
FIRST_PAUSE = timedelta(seconds=15)
LONGEST_PAUSE = timedelta(minutes=5)


class Circuit:
    """Closed while the relay is well, open after trouble.

    Then one caller at a time probes the relay, after 15 s, 30 s, ... 5 min, until a transaction shows it well.
    With `patient` False trouble is raised instead. `on_trouble` is told why and until when all wait.
    """

    def __init__(
        self,
        relay: Relay,
        *,
        clock: Clock,
        stopping: asyncio.Event,
        patient: bool,
        on_trouble: Callable[[str, datetime], None],
    ) -> None:
        self._relay = relay
        self._clock = clock
        self._stopping = stopping
        self._patient = patient
        self._on_trouble = on_trouble
        self._failures = 0
        self._open_until = clock.now()
        self._probing = asyncio.Lock()
        self._first = asyncio.Lock()
        """Held until a connection has shown that the relay lets us in."""
        self._welcome = False
        self._avoided: frozenset[str] = frozenset()
        """Extensions that the relay offers and then refuses or breaks; remembered for the run."""
        self._strikes = 0
        """Groups that got no answer since one that rode behind a content was accepted."""
        self._refusal: ChannelRefused | None = None

    @contextlib.asynccontextmanager
    async def passage(self, *, until: datetime) -> AsyncIterator[None]:
        """Let everybody through while the relay is well, else one at a time after the pause, or at `until`."""
        if not self._failures:
            yield
            return
        async with self._probing:
            if self._failures:
                await self._clock.wait(min(self._open_until, until), unless=self._stopping)
            yield

    async def connect(self) -> Connection | None:
        """Open a connection; None where the relay is in trouble.

        Raises ChannelRefused when a person must act, and ChannelDown when not patient.
        """
        if self._welcome:
            return await self._connect()
        others_try = self._first.locked()
        async with self._first:  # a login that is refused is tried once, not once for each connection
            if self._refusal is not None:
                raise self._refusal
            if others_try and self._failures:
                return None
            return await self._connect()

    async def _connect(self) -> Connection | None:
        try:
            connection = await connect(self._relay)
        except ChannelDown as trouble:
            self.trip(trouble)
            return None
        except ChannelRefused as refusal:
            self._refusal = refusal
            raise
        self._welcome = True
        self.adapt(connection)
        return connection

    @property
    def closed(self) -> bool:
        """Whether the relay is well, as far as is known."""
        return not self._failures

    def adapt(self, connection: Connection) -> None:
        """Keep a connection from using what the relay was seen to refuse or to break."""
        if self._avoided:
            connection.capabilities = connection.capabilities.without(self._avoided)

    def drop_an_option(self, borne: frozenset[str]) -> bool:
        """Do without one of the extensions whose parameters a refused command bore; False when it bore none."""
        for name in DROPPABLE:
            if name in borne:
                self._avoided |= {name}
                return True
        return False

    def avoid_pipelining(self) -> None:
        """Send one command at a time from now on: the relay offers PIPELINING and breaks it."""
        self._avoided |= {"pipelining"}

    def suspect_pipelining(self) -> None:
        """Take note that a group got no answer; the second time is taken for the relay's way."""
        self._strikes += 1
        if self._strikes >= STRIKES:
            self.avoid_pipelining()

    def well(self, *, rode: bool) -> None:
        """Take note that a message was accepted; only one that rode behind another shows PIPELINING whole."""
        self._failures = 0
        if rode:
            self._strikes = 0

    def trip(self, trouble: ChannelDown) -> None:
        """Open the circuit for a while. Raises `trouble` when not patient."""
        if not self._patient:
            raise trouble
        if self._failures and self._clock.now() < self._open_until:  # another connection met the same trouble
            return
        pause = min(FIRST_PAUSE * 2 ** min(self._failures, 10), LONGEST_PAUSE)  # a long outage overflows nothing
        self._failures += 1
        self._open_until = self._clock.now() + pause
        self._on_trouble(str(trouble), self._open_until)

    def close(self) -> None:
        """Take note that the relay is well."""
        self._failures = 0
