"""The form in which a content goes over the wire."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatcher.delivery.wire import wire_form

LINES = st.lists(st.binary(max_size=8).map(lambda line: re.sub(rb"[\r\n]", b"", line)) | st.just(b"."))


@given(lines=LINES)
def test_the_wire_form_can_be_undone(lines: list[bytes]) -> None:
    """Doubled dots taken back and the final dot cut off give the content again (RFC 5321, section 4.5.2)."""
    content = b"".join(line + b"\r\n" for line in lines)
    wire = wire_form(content)

    *sent, final, rest = wire.split(b"\r\n")
    assert (b".", b"") == (final, rest)
    assert b"." not in sent
    assert lines == [line.removeprefix(b".") for line in sent]


def test_a_last_line_without_its_end_is_closed() -> None:
    """The final dot stands on a line of its own even where the content does not end with CRLF."""
    assert b"a\r\n.\r\n" == wire_form(b"a")


@pytest.mark.parametrize("content", [b"a\nb\r\n", b"a\rb\r\n", b"a\r\n.\nMAIL\r\n", b"a\r\r\n", b"a\n\r"])
def test_bare_line_ends_are_refused(content: bytes) -> None:
    """A CR or LF of its own never goes out: relays disagree on whether it ends a line."""
    with pytest.raises(ValueError, match="CRLF"):
        wire_form(content)
