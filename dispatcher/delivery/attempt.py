"""One attempt: the message composed and checked, the intent recorded before its content, the outcome's shape."""

from __future__ import annotations

import asyncio
import hmac
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

from dispatcher.delivery.transaction import hand_over
from dispatcher.errors import StoreError
from dispatcher.messages.composing import undated
from dispatcher.messages.drafting import own_values
from dispatcher.messages.headers import date_field
from dispatcher.model import Envelope, Stage, Wording
from dispatcher.outbox.journal import Intent, Outcome
from dispatcher.outbox.states import DeliveryState

if TYPE_CHECKING:
    from datetime import datetime

    from dispatcher.delivery.conclusion import Conclusion
    from dispatcher.delivery.connection import Connection
    from dispatcher.delivery.transaction import Result
    from dispatcher.model import Reply
    from dispatcher.outbox.journal import Journal
    from dispatcher.outbox.leases import Lease
    from dispatcher.outbox.reading import Dispatch, Waiting


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """A delivery of a leased chunk on its way to a worker."""

    lease: Lease
    dispatch: Dispatch
    delivery: Waiting


class Attempt:
    """Attempt `n` of a delivery in one wording. `intended` tells whether its intent was granted."""

    def __init__(self, task: Task, wording: Wording, *, at: datetime, relay: str, owner: str) -> None:
        self.task = task
        self.n = task.delivery.attempts + 1
        self.intended = False
        self._wording = wording if (task.delivery.variant, wording) in task.dispatch.frames else Wording.ORIGINAL
        self._at = at
        self._relay = relay
        self._owner = owner

    async def make(self, connection: Connection, journal: Journal) -> Result:
        """Hand the message over.

        When cancelled after the intent, the attempt is recorded first: as `in_doubt`, or as `deferred` where its
        content certainly did not begin.
        """
        delivery = self.task.delivery
        envelope = Envelope(self.task.dispatch.envelope_from, delivery.address, smtputf8=delivery.smtputf8)

        begun = False

        async def intend() -> bool:
            nonlocal begun
            writing = asyncio.ensure_future(journal.write(self._intent()))
            try:
                self.intended = await asyncio.shield(writing)
            except asyncio.CancelledError:  # what is in the journal's hands is committed all the same
                self.intended = await writing
                raise
            begun = self.intended
            return self.intended

        try:
            return await hand_over(connection, envelope, self._message(), intend=intend)
        except asyncio.CancelledError:
            if self.intended:
                await asyncio.shield(journal.write(self._interrupted(begun=begun)))
            raise

    def outcome(self, result: Result, conclusion: Conclusion, *, at: datetime) -> Outcome:
        """Return what is recorded of this attempt."""
        return self._concluded(
            at, conclusion.state, result.stage, result.reply, detail=conclusion.detail, next_at=conclusion.next_at
        )

    def _message(self) -> bytes:
        """Compose the message from what `prepare` froze; refuse it if it is not what was checked and approved."""
        dispatch, delivery = self.task.dispatch, self.task.delivery
        own = own_values(
            address=delivery.address,
            delivery_id=delivery.id,
            domain=dispatch.domain,
            wording=self._wording,
            lines=delivery.lines,
        )
        rest = undated(dispatch.frames[delivery.variant, self._wording], own)
        if not hmac.compare_digest(sha256(rest).digest(), delivery.hashes[self._wording]):
            raise StoreError(
                f"the message of delivery {delivery.id} is not the one that was prepared: the store was changed "
                "or damaged. Nothing was handed over; restore the store or prepare anew"
            )
        dated = delivery.dated_at if delivery.wording is self._wording else None
        return date_field((dated or self._at).astimezone(dispatch.zone)) + rest

    def _intent(self) -> Intent:
        return Intent(
            lease=self.task.lease,
            seq=self.task.delivery.seq,
            n=self.n,
            at=self._at.timestamp(),
            wording=self._wording,
            relay=self._relay,
            owner=self._owner,
        )

    def _interrupted(self, *, begun: bool) -> Outcome:
        if begun:
            doubt, detail = DeliveryState.IN_DOUBT, "interrupted by hand before the relay's reply"
            return self._concluded(self._at, doubt, Stage.CONTENT, None, detail=detail, next_at=None)
        again, detail = DeliveryState.DEFERRED, "interrupted by hand before the content"
        return self._concluded(self._at, again, Stage.RCPT, None, detail=detail, next_at=self._at)

    def _concluded(
        self,
        at: datetime,
        state: DeliveryState,
        stage: Stage,
        reply: Reply | None,
        *,
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
            intended=self.intended,
            wording=self._wording,
            relay=self._relay,
            owner=self._owner,
        )
