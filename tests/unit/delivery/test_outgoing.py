"""Messages made again from what was frozen: the octets that were checked, shared where they are large, or none."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatcher.delivery.outgoing import Outgoing
from dispatcher.delivery.wire import stuffed, wire_form
from dispatcher.errors import StoreError
from dispatcher.messages.composing import EncodedText, Frame, Piece, Plain, SlotPlace, compose, message_hash
from dispatcher.messages.drafting import own_values
from dispatcher.model import LatePolicy, Wording
from dispatcher.outbox.reading import Dispatch, Waiting
from dispatcher.outbox.schedule import Clocks

NOW = datetime(2025, 8, 12, 15, 40, tzinfo=UTC)
HOUR = NOW + timedelta(hours=15)
KOLKATA = ZoneInfo("Asia/Kolkata")
DOMAIN = "customs.example"
LINES = {"hi": ("आयुक्त",), "en": ("The Commissioner",)}

HEADER = Plain(b"Subject: Advisory\r\nMIME-Version: 1.0\r\n\r\n")
TEXT = EncodedText((b"To ", SlotPlace("hi", html=False), b", ", SlotPlace("en", html=False), b": " + b"x" * 90))
LARGE = Plain((b"y" * 76 + b"\r\n") * 1000)
DOTTED = Plain(b".begins with a dot\r\n..with two\r\nnone\r\n.\r\n")


def _dispatch(*pieces: Piece, in_effect: tuple[Piece, ...] = ()) -> Dispatch:
    frames = {(0, Wording.ORIGINAL): Frame("Advisory", pieces)}
    if in_effect:
        frames[0, Wording.IN_EFFECT] = Frame("Now in effect", in_effect)
    return Dispatch(
        release_id=1,
        number="10/SYS/WZU/2025",
        clocks=Clocks(
            effective_at=HOUR,
            notify_before=HOUR,
            useful_until=None,
            window_end=None,
            late_policy=LatePolicy.SEND_IN_EFFECT,
        ),
        cutoff=HOUR,
        envelope_from="bounces@customs.example",
        domain=DOMAIN,
        zone=KOLKATA,
        frames=frames,
    )


def _waiting(dispatch: Dispatch, address: str = "delhi@customs.example", **changes: Any) -> Waiting:
    """Return a delivery as `prepare` freezes it: with the hash of its message in each wording."""
    made = Waiting(
        seq=1, id="4f" * 16, rank=1, variant=0, address=address, smtputf8=False, audiences=("commissioners",),
        lines=LINES, hashes={}, attempts=0, wording=None, keeps_wording=False, dated_at=None, next_at=0.0,
    )  # fmt: skip
    hashes = {
        wording: message_hash(frame, own_values(
            address=address, delivery_id=made.id, domain=DOMAIN, wording=wording, lines=LINES
        ))
        for (_, wording), frame in dispatch.frames.items()
    }  # fmt: skip
    return made._replace(hashes=hashes)._replace(**changes)


def _whole(dispatch: Dispatch, delivery: Waiting, wording: Wording, at: datetime) -> bytes:
    """Return the message as `check` and `preview` know it."""
    own = own_values(
        address=delivery.address, delivery_id=delivery.id, domain=DOMAIN, wording=wording, lines=delivery.lines
    )
    return compose(dispatch.frames[0, wording], own, date=at.astimezone(KOLKATA))


@pytest.mark.parametrize(
    "pieces",
    [
        (HEADER,), (HEADER, TEXT), (HEADER, TEXT, LARGE), (HEADER, LARGE, TEXT), (HEADER, LARGE, LARGE),
        (HEADER, DOTTED), (HEADER, DOTTED, DOTTED), (HEADER, LARGE, DOTTED, LARGE, DOTTED), (HEADER, DOTTED, TEXT),
        (HEADER, Plain(b".\r\n" * 12000), DOTTED),
    ],
)  # fmt: skip
def test_the_wire_carries_the_message_that_was_checked(pieces: tuple[Piece, ...]) -> None:
    """The pieces together are the composed message, its dots doubled, closed by the final dot; SIZE is its own."""
    dispatch = _dispatch(*pieces)
    delivery = _waiting(dispatch)
    content = Outgoing(dispatch).content(delivery, Wording.ORIGINAL, at=NOW)
    message = _whole(dispatch, delivery, Wording.ORIGINAL, NOW)

    assert wire_form(message) == b"".join(content.pieces)
    assert len(message) == content.size
    assert content.ascii_only


@given(lines=st.lists(st.lists(st.sampled_from([b".", b"..", b".a", b"a.", b""]), max_size=5), max_size=5))
def test_dots_at_the_borders_of_pieces_are_doubled_once(lines: list[list[bytes]]) -> None:
    """Wherever a frame is cut, a dot is doubled at the beginning of a line and nowhere else."""
    pieces = [Plain(b"".join(line + b"\r\n" for line in part)) for part in lines]
    dispatch = _dispatch(HEADER, *pieces)
    delivery = _waiting(dispatch)
    content = Outgoing(dispatch).content(delivery, Wording.ORIGINAL, at=NOW)

    assert wire_form(_whole(dispatch, delivery, Wording.ORIGINAL, NOW)) == b"".join(content.pieces)


@pytest.mark.parametrize("large", [LARGE, Plain(b".\r\n" * 12000)], ids=["as it is", "with dots"])
def test_what_is_large_is_shared(large: Plain) -> None:
    """The same attachment of two messages is one object: neither encoded nor stuffed nor copied again."""
    dispatch = _dispatch(HEADER, TEXT, large, TEXT)
    messages = Outgoing(dispatch)
    first, second = (
        messages.content(_waiting(dispatch, address), Wording.ORIGINAL, at=NOW)
        for address in ("delhi@customs.example", "mumbai@customs.example")
    )

    shared = [one for one in first.pieces if any(one is other for other in second.pieces)]
    assert [1, 3, 3] == [len(shared), len(first.pieces), len(second.pieces)]
    assert len(shared[0]) > 32768
    assert shared[0] == stuffed(large.octets)


def test_a_message_beyond_ascii_says_so() -> None:
    """One 8-bit octet in the header, of the frame or of the recipient, asks for 8BITMIME."""
    hindi = _dispatch(Plain("Subject: परामर्श\r\n\r\n".encode()))
    ascii_frame = _dispatch(HEADER)
    own = _waiting(ascii_frame, "नोडल@beta.example")

    assert not Outgoing(hindi).content(_waiting(hindi), Wording.ORIGINAL, at=NOW).ascii_only
    assert not Outgoing(ascii_frame).content(own, Wording.ORIGINAL, at=NOW).ascii_only


@pytest.mark.parametrize(
    "change",
    [
        {"hashes": {Wording.ORIGINAL: bytes(32)}},
        {"address": "mumbai@customs.example"},
        {"id": "50" * 16},
        {"lines": {"hi": ("आयुक्त",), "en": ("The Commissioner.",)}},
    ],
)
@pytest.mark.parametrize("pieces", [(HEADER, TEXT), (HEADER, TEXT, LARGE, TEXT)], ids=["small", "large"])
def test_a_message_that_was_not_prepared_is_not_made(pieces: tuple[Piece, ...], change: dict[str, Any]) -> None:
    """A hash, an address, an id or a line that is another: the message is refused before the relay hears of it."""
    dispatch = _dispatch(*pieces)
    delivery = _waiting(dispatch)._replace(**change)

    with pytest.raises(StoreError, match=r"not the one that was prepared.*Nothing was handed over"):
        Outgoing(dispatch).content(delivery, Wording.ORIGINAL, at=NOW)


@pytest.mark.parametrize("octet", [0, 40_000, 77_999])
def test_an_attachment_that_was_changed_is_not_made(octet: int) -> None:
    """One octet of a large piece is enough, also one that makes its lines no lines."""
    changed = bytearray(LARGE.octets)
    changed[octet] ^= 1
    delivery = _waiting(_dispatch(HEADER, TEXT, LARGE))

    with pytest.raises(StoreError, match="not the one that was prepared"):
        Outgoing(_dispatch(HEADER, TEXT, Plain(bytes(changed)))).content(delivery, Wording.ORIGINAL, at=NOW)


def test_the_date_is_outside_the_hash_and_stays() -> None:
    """A wording that was dated keeps its date at every further try; one that was not has that of the try."""
    dispatch = _dispatch(HEADER, TEXT, in_effect=(HEADER, TEXT, DOTTED))
    messages = Outgoing(dispatch)
    tried = _waiting(dispatch, dated_at=NOW, wording=Wording.ORIGINAL)
    later = NOW + timedelta(hours=16)
    again = messages.content(tried, Wording.ORIGINAL, at=later)
    late = messages.content(tried, Wording.IN_EFFECT, at=later)

    assert again.pieces[0].startswith(b"Date: Tue, 12 Aug 2025 21:10:00 +0530\r\n")
    assert late.pieces[0].startswith(b"Date: Wed, 13 Aug 2025 13:10:00 +0530\r\n")
    assert wire_form(_whole(dispatch, tried, Wording.IN_EFFECT, later)) == b"".join(late.pieces)


@pytest.mark.parametrize(
    ("in_effect", "expected"), [((), Wording.ORIGINAL), ((HEADER, TEXT), Wording.IN_EFFECT)], ids=["one", "two"]
)
def test_a_wording_that_the_release_lacks_is_the_original(in_effect: tuple[Piece, ...], expected: Wording) -> None:
    """Where no in-effect wording was approved, the original goes."""
    dispatch = _dispatch(HEADER, TEXT, in_effect=in_effect)

    assert expected is Outgoing(dispatch).wording(_waiting(dispatch), Wording.IN_EFFECT)
