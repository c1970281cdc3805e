"""The deliveries of a release compared with what froze them and with what befell them, streamed."""

from __future__ import annotations

import hashlib
import heapq
import json
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from dispatcher.messages.composing import message_hash
from dispatcher.messages.drafting import own_values
from dispatcher.model import Wording
from dispatcher.outbox.replay import departures, live
from dispatcher.outbox.schema import attempt, delivery, event, outcome
from dispatcher.outbox.states import CLAIMS_ADDRESS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from dispatcher.messages.composing import Frame

_STREAM = 2000


@dataclass(frozen=True, slots=True)
class Departure:
    """A delivery that is not what it should be."""

    delivery_id: str
    address: str
    said: str
    of_message: bool
    """Whether it is about the message, not about what befell it."""


@dataclass(slots=True)
class Totals:
    """What a release's deliveries come to: what its `prepared` event says of them."""

    content: str = ""
    messages: str = ""
    deliveries: int = 0


class Frozen:
    """Makes the messages of a release again from its frames."""

    def __init__(self, frames: Mapping[tuple[int, Wording], Frame], *, domain: str) -> None:
        self._frames = frames
        self._domain = domain

    def wrong(self, row: sa.Row[Any]) -> Iterator[str]:
        """Yield each wording of a delivery whose message is not the one that was prepared."""
        hashes = {Wording.ORIGINAL: row.original_hash, Wording.IN_EFFECT: row.in_effect_hash}
        for wording, stored in hashes.items():
            frame = self._frames.get((row.variant, wording))
            if stored is None or frame is None:
                if stored is not None:
                    yield f"there is no frame for its message ({wording})"
                continue
            try:
                told = json.loads(row.recipient)
                own = own_values(
                    address=row.address,
                    delivery_id=row.id.hex(),
                    domain=self._domain,
                    wording=wording,
                    lines=told["lines"],
                    references=told.get("references", ()),
                )
                made = message_hash(frame, own)
            except (ValueError, LookupError, TypeError, AttributeError):
                yield f"its message ({wording}) cannot be made again: what was frozen of the recipient is damaged"
                continue
            if made != stored:
                yield f"its message ({wording}) is not the one that was prepared: its SHA-256 differs"


def audit(
    connection: sa.Connection, release_id: int, *, approved_text: str, frozen: Frozen | None, totals: Totals
) -> Iterator[Departure | None]:
    """Yield, for each delivery, what departs; then None. Fill `totals` on the way.

    `approved_text` stands for all that the content hash covers beside the recipients. `frozen` is None where the
    frames themselves are damaged: then no message is made.
    """
    content, messages = hashlib.sha256(approved_text.encode()), hashlib.sha256()
    for row, befell in _lives(connection, release_id):
        if row is None:
            said = f"the log has rows of delivery number {befell[0][1]['seq']}, which is not there"
            yield Departure("", "", said, of_message=False)
            continue
        # as releases.write_release makes them
        content.update(f"{row.address}\n{row.recipient}\n".encode())
        messages.update(row.id + row.original_hash + (row.in_effect_hash or b""))
        totals.deliveries += 1
        name = (row.id.hex(), row.address)
        for said in frozen.wrong(row) if frozen else ():
            yield Departure(*name, said, of_message=True)
        for said in departures(live(befell), row._asdict()):
            yield Departure(*name, said, of_message=False)
        if row.claims_address is not (row.state in CLAIMS_ADDRESS):
            said = f"what guards its address against a second message does not agree with its state, {row.state}"
            yield Departure(*name, said, of_message=False)
        yield None
    totals.content, totals.messages = content.hexdigest(), messages.hexdigest()


_Row = tuple[str, "Mapping[str, Any]"]


def _lives(connection: sa.Connection, release_id: int) -> Iterator[tuple[sa.Row[Any] | None, list[_Row]]]:
    """Yield each delivery with its rows; rows without a delivery with None."""
    merged = heapq.merge(*(_rows(connection, one, release_id) for one in _LOG), key=lambda one: one[1]["seq"])
    groups = groupby(merged, key=lambda one: one[1]["seq"])
    group = next(groups, None)
    wanted = sa.select(delivery).where(delivery.c.release_id == release_id).order_by(delivery.c.seq)
    for row in connection.execution_options(yield_per=_STREAM).execute(wanted):
        while group is not None and group[0] < row.seq:
            yield None, list(group[1])
            group = next(groups, None)
        if group is not None and group[0] == row.seq:
            yield row, list(group[1])
            group = next(groups, None)
        else:
            yield row, []
    while group is not None:
        yield None, list(group[1])
        group = next(groups, None)


_LOG = (attempt, outcome, event)


def _rows(connection: sa.Connection, table: sa.Table, release_id: int) -> Iterator[_Row]:
    wanted = sa.select(table).where(table.c.release_id == release_id, table.c.seq.is_not(None))
    columns = table.c.keys()
    for row in connection.execution_options(yield_per=_STREAM).execute(wanted.order_by(table.c.seq)):
        yield table.name, dict(zip(columns, row, strict=True))
