"""One attempt: its intent recorded before its content, its way over a connection, the shape of its outcome."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from dispatcher.delivery.transaction import Result, Transaction, hindrance
from dispatcher.outbox.journal import settle
from dispatcher.outbox.recording import Intent, Outcome
from dispatcher.outbox.states import DeliveryState
from dispatcher.smtp import Envelope, Stage

if TYPE_CHECKING:
    from datetime import datetime

    from dispatcher.delivery.conclusion import Conclusion
    from dispatcher.delivery.connection import Connection
    from dispatcher.delivery.outgoing import Outgoing
    from dispatcher.model import Wording
    from dispatcher.outbox.journal import Journal
    from dispatcher.outbox.leases import Lease
    from dispatcher.outbox.reading import Dispatch, Waiting
    from dispatcher.smtp import Reply


class Task(NamedTuple):
    """A delivery of a leased chunk on its way to a line."""

    lease: Lease
    messages: Outgoing
    delivery: Waiting

    @property
    def dispatch(self) -> Dispatch:
        """What must be known of its release."""
        return self.messages.dispatch

    @property
    def precedence(self) -> tuple[datetime, int, float, int]:
        """What goes first: the earliest hour, then mediators, then what is due longest."""
        return (
            self.dispatch.clocks.notify_before, self.delivery.rank, self.delivery.next_at, self.delivery.seq
        )  # fmt: skip


class Attempt:
    """Attempt `n` of a delivery in one wording. Until its content begins it may go over another connection."""

    def __init__(
        self, task: Task, wording: Wording, *, at: datetime, relay: str, owner: str, journal: Journal
    ) -> None:
        self.task = task
        self.n = task.delivery.attempts + 1
        self.reopened = 0
        """How often it was begun again because a transaction had said nothing about it."""
        self.rode = False
        """Whether its group went behind the content of another."""
        self.wording = task.messages.wording(task.delivery, wording)
        self._at = at
        self._relay = relay
        self._owner = owner
        self._journal = journal
        self._content = task.messages.content(task.delivery, self.wording, at=at)
        dispatch = task.dispatch
        self._envelope = Envelope(
            dispatch.envelope_from,
            task.delivery.address,
            task.delivery.smtputf8,
            task.delivery.id,
            dispatch.clocks.notify_before,
        )
        self._granted: asyncio.Future[bool] | None = None
        self._transaction: Transaction | None = None
        self._hindered: Result | None = None

    @property
    def grouped(self) -> bool:
        """Whether it went, or goes, as a group of commands."""
        return self._transaction is not None and self._transaction.grouped

    @property
    def begun(self) -> bool:
        """Whether its content began: from then on only a reply settles it."""
        return self._transaction is not None and self._transaction.begun

    def bore(self, stage: Stage) -> frozenset[str]:
        """Return the extensions of which its command of a stage had a parameter."""
        return self._transaction.bore(stage) if self._transaction is not None else frozenset()

    def prepare(self, connection: Connection) -> Transaction | None:
        """Return its transaction on a connection, ready to be opened; None where the relay need not be asked.

        For a group the intent goes to the journal now, so that it is committed while the relay thinks.
        """
        self.rode = False
        self._hindered = hindrance(connection.capabilities, self._envelope, self._content.size)
        if self._hindered is not None:
            return None
        self._transaction = Transaction(
            connection, self._envelope, self._content, intend=self._intend, now=self._at
        )
        if self._transaction.grouped:
            self._post_intent()
        return self._transaction

    def open(self, connection: Connection) -> None:
        """Begin it on a connection."""
        transaction = self.prepare(connection)
        if transaction is not None:
            transaction.open()

    async def admitted(self) -> Result | None:
        """Wait until its content may go (None), or return why it may not."""
        if self._hindered is not None:
            return self._hindered
        assert self._transaction is not None
        return await self._transaction.admitted()

    def send(self, behind: Attempt | None) -> None:
        """Write its content, and the opening of the attempt that rides behind it."""
        assert self._transaction is not None
        if behind is not None:
            behind.rode = True
        self._transaction.send(behind._transaction if behind else None)  # noqa: SLF001 - of its own class

    async def end(self) -> Result:
        """Return what the relay says of its content."""
        assert self._transaction is not None
        return await self._transaction.end()

    async def intended(self) -> bool:
        """Tell whether its intent is in the store; waits for the journal. Raises StoreError."""
        if self._granted is None:
            return False
        return self._granted.result() if self._granted.done() else await asyncio.shield(self._granted)

    def outcome(self, result: Result, conclusion: Conclusion, *, at: datetime, intended: bool) -> Outcome:
        """Return what is recorded of this attempt."""
        return self._concluded(
            at, conclusion.state, result.stage, result.reply, intended=intended, detail=conclusion.detail,
            next_at=conclusion.next_at,
        )  # fmt: skip

    def broken_off(self, why: str, *, at: datetime) -> Outcome:
        """Return what is recorded when the run ends in the middle of it."""
        if self.begun:
            doubt = DeliveryState.IN_DOUBT
            return self._concluded(
                at,
                doubt,
                Stage.CONTENT,
                None,
                intended=True,
                detail=f"{why} before the relay's reply",
                next_at=None,
            )
        again, stage = DeliveryState.DEFERRED, Stage.RCPT
        return self._concluded(
            at, again, stage, None, intended=True, detail=f"{why} before the content", next_at=at
        )

    async def _intend(self) -> bool:
        self._post_intent()
        return await self.intended()

    def _post_intent(self) -> None:
        if self._granted is None:
            self._granted = asyncio.get_running_loop().create_future()
            self._journal.post(self._intent(), partial(settle, self._granted))

    def _intent(self) -> Intent:
        return Intent(
            lease=self.task.lease,
            seq=self.task.delivery.seq,
            n=self.n,
            at=self._at.timestamp(),
            wording=self.wording,
            relay=self._relay,
            owner=self._owner,
        )

    def _concluded(
        self,
        at: datetime,
        state: DeliveryState,
        stage: Stage,
        reply: Reply | None,
        *,
        intended: bool,
        detail: str,
        next_at: datetime | None,
    ) -> Outcome:
        return Outcome(
            lease=self.task.lease,
            seq=self.task.delivery.seq,
            n=self.n,
            at=at.timestamp(),
            state=state,
            stage=stage,
            reply=reply,
            detail=detail,
            next_at=next_at.timestamp() if next_at else None,
            intended=intended,
            wording=self.wording,
            relay=self._relay,
            owner=self._owner,
        )
