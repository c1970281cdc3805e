"""Messages are spliced from shared octets and the recipient's own, exactly."""

from __future__ import annotations

import base64
import email
import email.policy
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatcher.errors import InputProblems, StoreError
from dispatcher.messages.composing import (
    THREADED_VERSION,
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


def test_a_threaded_message_names_what_its_recipient_got() -> None:
    """Version 2 has References and In-Reply-To of each message's own; they are under its hash."""
    frame = Frame("s", (Plain(HEADER), EncodedText((b"text",))), THREADED_VERSION)
    own = OWN._replace(references=("advisory.x@customs.example", "11@customs.example"))
    parsed = email.message_from_bytes(compose(frame, own, date=datetime(2025, 8, 12, tzinfo=UTC)))

    assert "<advisory.x@customs.example> <11@customs.example>" == parsed["References"]
    assert "<11@customs.example>" == parsed["In-Reply-To"]
    assert message_hash(frame, own) != message_hash(frame, own._replace(references=own.references[:1]))


def test_without_an_earlier_message_there_is_no_reply() -> None:
    """Who got nothing before gets a message in the advisory's thread, which answers none."""
    frame = Frame("s", (Plain(HEADER), EncodedText((b"text",))), THREADED_VERSION)
    own = OWN._replace(references=("advisory.x@customs.example",))
    parsed = email.message_from_bytes(compose(frame, own, date=datetime(2025, 8, 12, tzinfo=UTC)))

    assert "<advisory.x@customs.example>" == parsed["References"]
    assert parsed["In-Reply-To"] is None


def test_version_1_is_composed_as_ever() -> None:
    """What was frozen before there were threads is made again octet for octet, whatever its values hold."""
    frame = Frame("s", (Plain(HEADER), EncodedText((b"text",))))

    assert undated(frame, OWN) == undated(frame, OWN._replace(references=("advisory.x@customs.example",)))
    assert 1 == thaw(*freeze(frame)).version


def test_the_version_survives_the_store() -> None:
    """A frame is thawed in the version in which it was frozen; one of the future is refused."""
    layout, octets = freeze(Frame("s", (Plain(HEADER),), THREADED_VERSION))

    assert THREADED_VERSION == thaw(layout, octets).version
    with pytest.raises(StoreError, match="version 9"):
        thaw(layout.replace('"version": 2', '"version": 9'), octets)


def test_a_message_identifier_cannot_begin_a_header() -> None:
    """What the store holds of an earlier message cannot bring a line of its own into the header."""
    frame = Frame("s", (Plain(HEADER),), THREADED_VERSION)

    with pytest.raises(InputProblems):
        undated(frame, OWN._replace(references=("x@customs.example>\r\nBcc: y@customs.example",)))
