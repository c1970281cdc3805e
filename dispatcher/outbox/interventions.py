"""What officers do to a release: approve, let go, hold, resume, cancel. Each is an event in its chain.

All of them take effect in a running `send` before its next intent, which asks the store for leave.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from dispatcher.errors import Refused, UsageError
from dispatcher.outbox.ledger import Ledger
from dispatcher.outbox.replacing import must_hold, stop_replaced
from dispatcher.outbox.schema import delivery, release, stands_in
from dispatcher.outbox.states import (
    OPEN,
    RELEASE_TRANSITIONS,
    WAITING,
    DeliveryState,
    ReleaseState,
    sources_of,
    standing,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence
    from datetime import datetime

    from dispatcher.outbox.database import Database
    from dispatcher.outbox.records import ReleaseRecord


def approve(database: Database, record: ReleaseRecord, *, by: str, self_approval: bool, now: datetime) -> None:
    """Record that `by` approves the release's content hash.

    Raises Refused when it is not waiting for approval, when its maker may not approve it, or when what it is about
    holds no more.
    """
    if record.state is not ReleaseState.PREPARED:
        raise Refused(f"release {record.id} of {record.number} is {record.state}, not waiting for approval")
    if record.made_by == by and not self_approval:
        raise Refused(
            f"release {record.id} of {record.number} was prepared by {by}; another officer must approve it "
            "(or set approval.self_approval: true in config.yaml for an office of one)"
        )
    data = {"content": record.content_hash, "self_approved": record.made_by == by}
    values = {"state": ReleaseState.APPROVED, "approved_by": by, "approved_at": now.timestamp()}
    with _acting(database, record, by=by, now=now) as act:
        must_hold(act.connection, record)
        act.change(values, kind="approved", data=data)
        stop_replaced(act.connection, act.ledger, record, by=by, at=act.at)


def order_for(database: Database, record: ReleaseRecord, *, at: datetime | None, by: str, now: datetime) -> None:
    """Record that `run` is to begin the release at a time; None: no more."""
    told = {"send_at": at.isoformat() if at else None, "content": record.content_hash}
    with _acting(database, record, by=by, now=now) as act:
        act.change({"state": record.state, "send_at": at.timestamp() if at else None}, kind="ordered", data=told)


def let_go(
    database: Database, record: ReleaseRecord, *, by: str, late_reason: str | None, cutoff: datetime, now: datetime
) -> None:
    """Begin sending the release, or go on with it; `late_reason` says why although its hour has passed.

    Raises Refused when it begins and what it is about holds no more.
    """
    if record.state is ReleaseState.SENDING and late_reason is None:
        return
    values: dict[str, Any] = {"state": ReleaseState.SENDING}
    data: dict[str, Any] = {"content": record.content_hash}
    if late_reason is not None:
        values |= {"late_reason": late_reason, "cutoff": cutoff.timestamp()}
        data |= {"late_reason": late_reason, "cutoff": cutoff.isoformat()}
    with _acting(database, record, by=by, now=now) as act:
        must_hold(act.connection, record)
        act.change(values, kind="sending", data=data)
        stop_replaced(act.connection, act.ledger, record, by=by, at=act.at)


def settle(database: Database, record: ReleaseRecord, *, by: str, now: datetime) -> bool:
    """Mark a release `done` when the end of every delivery is known; tell whether it is.

    So ends a held release too: nothing is left in it that could be held.
    """
    with _acting(database, record, by=by, now=now) as act:
        if act.count(OPEN):
            return False
        running = release.c.state.in_([ReleaseState.SENDING, ReleaseState.PAUSED])
        done = sa.update(release).where(release.c.id == record.id, running)
        if act.connection.execute(done.values(state=ReleaseState.DONE, paused_from=None)).rowcount:
            act.note("done", {})
        return True


def hold(database: Database, record: ReleaseRecord, *, to: str | None, by: str, reason: str, now: datetime) -> int:
    """Hold one address, or pause the whole release; return how many deliveries wait for it."""
    with _acting(database, record, by=by, now=now) as act:
        if to is not None:
            return act.move(DeliveryState.HELD, to=to, reason=reason)
        if record.state is ReleaseState.PAUSED:
            raise Refused(f"release {record.id} of {record.number} is already held")
        values = {"state": ReleaseState.PAUSED, "paused_from": record.state}
        act.change(values, kind="paused", data={"reason": reason})
        return act.count(WAITING)


def stop_release(connection: sa.Connection, release_id: int, *, by: str, reason: str, now: datetime) -> None:
    """Pause a release that is being sent because every one of its messages would be refused."""
    running = sa.update(release).where(release.c.id == release_id, release.c.state == ReleaseState.SENDING)
    values = {"state": ReleaseState.PAUSED, "paused_from": ReleaseState.SENDING}
    if connection.execute(running.values(values)).rowcount:
        ledger = Ledger()
        ledger.event(release_id, "paused", at=now.timestamp(), actor=by, data={"reason": reason})
        ledger.append(connection, at=now.timestamp())


def resume(
    database: Database, record: ReleaseRecord, *, to: str | None, by: str, reason: str, now: datetime
) -> int:
    """Let a held address, or the whole release with all that is held in it, go on; return how many deliveries."""
    with _acting(database, record, by=by, now=now) as act:
        if to is not None or record.state is not ReleaseState.PAUSED:
            return act.move(DeliveryState.QUEUED, to=to, reason=reason)
        back = {"state": release.c.paused_from, "paused_from": None}
        act.change(back, kind="resumed", data={"reason": reason})
        if act.count({DeliveryState.HELD}):
            act.move(DeliveryState.QUEUED, to=None, reason=reason)
        return act.count(WAITING)


def reopen(connection: sa.Connection, release_id: int) -> None:
    """Bring a release that was done back to `sending`: one of its deliveries was let go once more."""
    ended = sa.update(release).where(release.c.id == release_id, release.c.state == ReleaseState.DONE)
    connection.execute(ended.values(state=ReleaseState.SENDING))


def cancel(
    database: Database, record: ReleaseRecord, *, to: str | None, by: str, reason: str, now: datetime
) -> int:
    """Cancel one address, or all of the release that is not yet on its way; return how many deliveries.

    What is accepted stays so; what is being handed over or in doubt is not touched. A release of which nothing
    else is left is cancelled itself.
    """
    with _acting(database, record, by=by, now=now) as act:
        changed = act.move(DeliveryState.CANCELLED, to=to, reason=reason)
        if not act.count(frozenset(DeliveryState) - {DeliveryState.CANCELLED}):
            act.change({"state": ReleaseState.CANCELLED}, kind="cancelled", data={"reason": reason})
        return changed


def expire_held(database: Database, record: ReleaseRecord, *, by: str, why: str, now: datetime) -> int:
    """Record that what is held in the release expired: its end came before anybody decided; return how many."""
    with _acting(database, record, by=by, now=now) as act:
        if not act.count({DeliveryState.HELD}):
            return 0
        return act.move(DeliveryState.EXPIRED, to=None, reason=why, before=(DeliveryState.HELD,))


@dataclass(frozen=True, slots=True)
class _Act:
    """One intervention by one officer: one transaction, and one link of the release's chain."""

    connection: sa.Connection
    record: ReleaseRecord
    by: str
    at: float
    ledger: Ledger = field(default_factory=Ledger)

    @property
    def name(self) -> str:
        return f"release {self.record.id} of {self.record.number}"

    def note(self, kind: str, data: Mapping[str, Any], *, seq: int | None = None) -> None:
        self.ledger.event(self.record.id, kind, at=self.at, actor=self.by, data=data, seq=seq)

    def count(self, states: Collection[DeliveryState]) -> int:
        """Return how many deliveries of the release stand in `states`."""
        of_release = delivery.c.release_id == self.record.id
        counted = sa.select(sa.func.count()).where(of_release, stands_in(states))
        return self.connection.execute(counted).scalar_one()

    def change(self, values: Mapping[str, Any], *, kind: str, data: Mapping[str, Any]) -> None:
        """Change the release if the table allows it and nobody did since its record was read."""
        before, after = self.record.state, values["state"]
        if isinstance(after, ReleaseState) and after not in {before, *RELEASE_TRANSITIONS[before]}:
            raise Refused(f"{self.name} is {before} and cannot become {after}")
        same = sa.update(release).where(release.c.id == self.record.id, release.c.state == before)
        if not self.connection.execute(same.values(dict(values))).rowcount:
            raise Refused(f"{self.name} was changed by somebody else; please look again")
        self.note(kind, data)

    def move(
        self, state: DeliveryState, *, to: str | None, reason: str, before: Collection[DeliveryState] = ()
    ) -> int:
        """Bring the release's deliveries (or the one to `to`) into `state` where the table allows it.

        `before` narrows down in which states they may stand.
        """
        movable = [one for one in _movable(state) if not before or one in before]
        chosen = [delivery.c.release_id == self.record.id, stands_in(movable)]
        if to is not None:
            chosen.append(_is_to(to))
        found = list(self.connection.execute(sa.select(delivery.c.seq).where(*chosen)).scalars())
        if not found:
            raise UsageError(self._nothing(state, to))
        values: dict[str, Any] = {**standing(state), "detail": f"{state} by {self.by}: {reason}", "chunk_id": None}
        values["next_at"] = self.at if state is DeliveryState.QUEUED else None
        self.connection.execute(sa.update(delivery).where(*chosen).values(values))
        if state is DeliveryState.QUEUED:
            reopen(self.connection, self.record.id)
        for seq in found:
            self.note(state, {"reason": reason}, seq=seq)
        return len(found)

    def _nothing(self, state: DeliveryState, to: str | None) -> str:
        if to is None:
            return f"{self.name}: no delivery can become {state}"
        same = sa.select(delivery.c.state).where(delivery.c.release_id == self.record.id, _is_to(to))
        standing = self.connection.execute(same).scalar()
        if standing is None:
            return f"{self.name}: no delivery to {to}; `dispatcher report` lists the addresses"
        return f"{self.name}: the delivery to {to} is {standing} and cannot become {state}"


@contextlib.contextmanager
def _acting(database: Database, record: ReleaseRecord, *, by: str, now: datetime) -> Iterator[_Act]:
    with database.writing() as connection:
        act = _Act(connection, record, by, now.timestamp())
        yield act
        act.ledger.append(connection, at=act.at)


def _movable(state: DeliveryState) -> Sequence[DeliveryState]:
    """Doubt is settled with evidence by `resolve`, never by a hold or its end."""
    return [before for before in sources_of(state) if before is not DeliveryState.IN_DOUBT]


def _is_to(address: str) -> sa.ColumnElement[bool]:
    return sa.func.lower(delivery.c.address) == sa.func.lower(address)
