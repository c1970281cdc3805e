"""Messages are spliced from shared octets and the recipient's own, exactly."""

from __future__ import annotations

import base64
import email
import email.policy
from datetime import UTC, datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st

from dispatcher.messages.composing import (
    EncodedText,
    Frame,
    OwnValues,
    Plain,
    SlotPlace,
    compose,
    freeze,
    message_hash,
    thaw,
    undated,
)

IST = timezone(timedelta(hours=5, minutes=30))
OWN = OwnValues(
    address="clerk@customs.example",
    delivery_id="0" * 32,
    message_id="00@customs.example",
    lines={"hi": ("आयुक्त", "मुंबई"), "en": ("Commissioner", "Mumbai")},
)
HEADER = (
    b"MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n"
)

segments = st.lists(
    st.one_of(st.binary(max_size=200), st.sampled_from([SlotPlace("hi", html=False), SlotPlace("en", html=True)])),
    max_size=6,
)
lines = st.lists(st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), max_size=60), max_size=4)


@given(segments, lines, lines)
def test_spliced_base64_equals_encoding_the_whole(
    parts: list[bytes | SlotPlace], hindi: list[str], english: list[str]
) -> None:
    """Whatever the lengths, splicing yields what encoding everything at once would (RFC 2045, section 6.8)."""
    own = {"hi": hindi, "en": english}
    text = EncodedText(tuple(parts))
    whole = b"".join(part if isinstance(part, bytes) else part.fill(own[part.language]) for part in parts)
    expected = base64.encodebytes(whole).replace(b"\n", b"\r\n")

    assert expected == b"".join(text.encode(own))
    assert expected == b"".join(text.encode(own)), "the ways that were kept give the same again"


def test_html_slot_escapes_what_a_sheet_holds() -> None:
    """A cell cannot bring markup into the HTML part."""
    filled = SlotPlace("en", html=True).fill(["<script>alert(1)</script>", "A & B"])

    assert b"&lt;script&gt;alert(1)&lt;/script&gt;<br>\r\nA &amp; B" == filled


def test_message_parses_with_its_own_fields_and_text() -> None:
    """The composed octets are a message whose header and text a parser reads back without defects."""
    frame = Frame("s", (Plain(HEADER), EncodedText((b"To:\r\n", SlotPlace("hi", html=False), b"\r\nend\r\n"))))
    octets = compose(frame, OWN, date=datetime(2025, 8, 12, 21, 10, tzinfo=IST))
    parsed = email.message_from_bytes(octets, policy=email.policy.default)

    assert [] == parsed.defects
    assert "Tue, 12 Aug 2025 21:10:00 +0530" == parsed["Date"]
    assert "clerk@customs.example" == parsed["To"]
    assert "<00@customs.example>" == parsed["Message-ID"]
    assert "To:\r\nआयुक्त\r\nमुंबई\r\nend\r\n" == octets_of(parsed)


def octets_of(parsed: email.message.Message) -> str:
    """Return the text of a single part."""
    payload = parsed.get_payload(decode=True)
    assert isinstance(payload, bytes)
    return payload.decode()


def test_hash_leaves_the_date_out_and_nothing_else() -> None:
    """The hash made at prepare holds for whatever Date the first intent fixes, and for no other change."""
    frame = Frame("s", (Plain(HEADER), EncodedText((SlotPlace("en", html=False),))))
    dated = compose(frame, OWN, date=datetime(2025, 8, 12, tzinfo=UTC))
    other = OwnValues(
        address="x@customs.example", delivery_id="0" * 32, message_id="00@customs.example", lines=OWN.lines
    )

    assert undated(frame, OWN) == dated.partition(b"\r\n")[2]
    assert message_hash(frame, OWN) != message_hash(frame, other)


def test_frame_survives_the_store() -> None:
    """What is frozen thaws to a frame that composes the same octets."""
    slots: tuple[bytes | SlotPlace, ...] = (b"a", SlotPlace("hi", html=True), b"b")
    frame = Frame("विषय", (Plain(HEADER), EncodedText(slots), Plain(b"end\r\n")))
    layout, octets = freeze(frame)
    thawed = thaw(layout, octets)

    assert frame == thawed
    assert undated(frame, OWN) == undated(thawed, OWN)
