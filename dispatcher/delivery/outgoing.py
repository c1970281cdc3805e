"""The messages of a release made again from what `prepare` froze, checked, and ready for the wire."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from hashlib import sha256
from typing import TYPE_CHECKING

from dispatcher.delivery.transaction import Content
from dispatcher.delivery.wire import FINAL_DOT, stuffed
from dispatcher.errors import StoreError
from dispatcher.messages.composing import LARGE, Frame, Plain, gathered, octets_of, own_header
from dispatcher.messages.drafting import own_values
from dispatcher.messages.headers import date_field
from dispatcher.model import Wording

if TYPE_CHECKING:
    from collections.abc import Sequence
    from zoneinfo import ZoneInfo

    from dispatcher.outbox.reading import Dispatch, Waiting

_SLICE = 2047
"""Octets that are hashed without the interpreter's lock being given up, which would cost more than the hash."""


@dataclass(frozen=True, slots=True)
class _Ready:
    """A frame, and the same frame as it goes on the wire: base64 has no leading dots, other pieces may."""

    frame: Frame
    wire: Frame
    ascii_only: bool

    @classmethod
    def of(cls, frame: Frame) -> _Ready:
        pieces = tuple(Plain(stuffed(one.octets)) if isinstance(one, Plain) else one for one in frame.pieces)
        same = all(one == other for one, other in zip(pieces, frame.pieces, strict=True))
        plain = all(one.octets.isascii() for one in frame.pieces if isinstance(one, Plain))
        return cls(frame, frame if same else Frame(frame.subject, pieces, frame.version), plain)


class Outgoing:
    """The messages of one release. Raises StoreError where their frames are certainly not what was prepared."""

    def __init__(self, dispatch: Dispatch) -> None:
        self.dispatch = dispatch
        try:
            self._frames = {key: _Ready.of(frame) for key, frame in dispatch.frames.items()}
        except ValueError as error:
            raise StoreError(
                f"a frame of {dispatch.number} is not the one that was prepared, {error}: the store was changed "
                "or damaged. Nothing was handed over; restore the store or prepare anew"
            ) from error

    def wording(self, delivery: Waiting, wanted: Wording) -> Wording:
        """Return the wording that a delivery goes in: the one wanted, where the release has it."""
        return wanted if (delivery.variant, wanted) in self._frames else Wording.ORIGINAL

    def content(self, delivery: Waiting, wording: Wording, *, at: datetime) -> Content:
        """Return a message, dated `at` unless this wording was dated before.

        Raises StoreError where it is not, octet for octet, the one that was checked and approved.
        """
        ready, dispatch = self._frames[delivery.variant, wording], self.dispatch
        own = own_values(
            address=delivery.address, delivery_id=delivery.id, domain=dispatch.domain, wording=wording,
            lines=delivery.lines, references=delivery.references,
        )  # fmt: skip
        header = own_header(ready.frame, own)
        shared = gathered(octets_of(ready.frame, own.lines))
        _check(delivery, wording, header, shared)
        dated = delivery.dated_at if delivery.wording is wording else None
        date = _date_field(int((dated or at).timestamp()), dispatch.zone)
        size = len(date) + len(header) + sum(map(len, shared))
        wire = shared if ready.wire is ready.frame else gathered(octets_of(ready.wire, own.lines))
        pieces = (
            (date + header + wire[0], *wire[1:-1], wire[-1] + FINAL_DOT)
            if len(wire) > 1
            else (b"".join((date, header, wire[0], FINAL_DOT)),)
        )
        return Content(pieces, size, ready.ascii_only and header.isascii())


def _check(delivery: Waiting, wording: Wording, header: bytes, shared: Sequence[bytes]) -> None:
    digest = sha256(header)
    for octets in shared:
        if len(octets) > LARGE:
            digest.update(octets)
        else:
            view = memoryview(octets)
            for start in range(0, len(octets), _SLICE):
                digest.update(view[start : start + _SLICE])
    if not hmac.compare_digest(digest.digest(), delivery.hashes[wording]):
        raise StoreError(
            f"the message of delivery {delivery.id} is not the one that was prepared: the store was changed "
            "or damaged. Nothing was handed over; restore the store or prepare anew"
        )


@lru_cache(maxsize=64)
def _date_field(second: int, zone: ZoneInfo) -> bytes:
    return date_field(datetime.fromtimestamp(second, zone))
