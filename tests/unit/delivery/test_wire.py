"""SMTP as octets: replies however they are cut, commands with their parameters, contents with their dots."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatcher.delivery.capabilities import DROPPABLE, Capabilities
from dispatcher.delivery.wire import (
    LONGEST_LINE,
    LONGEST_REPLY,
    NotSmtp,
    ReplyReader,
    WireReply,
    borne,
    mail_command,
    rcpt_command,
    speakable,
    stuffed,
    wire_form,
    xtext,
)
from dispatcher.smtp import Envelope

LINES = st.lists(st.binary(max_size=8).map(lambda line: re.sub(rb"[\r\n]", b"", line)) | st.just(b"."))
TEXTS = st.lists(st.binary(max_size=12).map(lambda text: re.sub(rb"[\r\n]", b"", text)), min_size=1, max_size=4)
REPLIES = st.lists(st.tuples(st.integers(200, 599), TEXTS), max_size=4)

NOW = datetime(2025, 8, 12, 15, 40, tzinfo=UTC)
PLAIN = Envelope("systems@customs.example", "delhi@customs.example")
TRACED = PLAIN._replace(envid="4f+1=a")
HINDI = Envelope("systems@customs.example", "नोडल@beta.example", smtputf8=True, envid="4f")


def _read(*chunks: bytes) -> list[WireReply]:
    reader = ReplyReader()
    return [reply for chunk in chunks for reply in reader.feed(chunk)]


@given(replies=REPLIES, data=st.data())
def test_replies_are_the_same_however_they_are_cut(
    replies: list[tuple[int, list[bytes]]], data: st.DataObject
) -> None:
    """One packet or many, cut anywhere: each reply is read whole, with all its lines, in order."""
    octets = b"".join(
        b"%d%c%s\r\n" % (code, b" -"[n < len(texts)], text)
        for code, texts in replies
        for n, text in enumerate(texts, 1)
    )
    cuts = sorted(data.draw(st.sets(st.integers(0, len(octets)))))
    chunks = [octets[start:end] for start, end in zip([0, *cuts], [*cuts, len(octets)], strict=True)]
    expected = [WireReply(code, b"\n".join(texts)) for code, texts in replies]

    assert expected == _read(*chunks)
    assert expected == _read(*(octets[n : n + 1] for n in range(len(octets))))


@pytest.mark.parametrize(
    ("octets", "expected"),
    [
        (b"250\r\n", WireReply(250, b"")),
        (b"250 \r\n", WireReply(250, b"")),
        (b"250 OK\n", WireReply(250, b"OK")),
        (b"250-one\n250-\r\n250\n", WireReply(250, b"one\n\n")),
    ],
)
def test_lax_replies_are_understood(octets: bytes, expected: WireReply) -> None:
    """A reply without text, and lines that end with a bare line feed, are read as they are meant."""
    assert [expected] == _read(octets)


@pytest.mark.parametrize(
    "octets",
    [
        b"hello\r\n", b"\r\n", b"25\n", b"3\n", b"2500 OK\r\n", b"25x OK\r\n", b"250=OK\r\n", b"199 what\r\n",
        b"600 what\r\n", b" 250 OK\r\n", b"\xd9\xa2\xd9\xa5\xd9\xa0 OK\r\n", b"250-one\r\n251 two\r\n",
        b"250-one\r\n\r\n", b"250-one\r\n550-two\r\n",
    ],
    ids=repr,
)  # fmt: skip
def test_what_is_no_reply_is_told(octets: bytes) -> None:
    """No code of three digits from 200 to 599, another mark after it, or two codes in one reply."""
    with pytest.raises(NotSmtp):
        _read(octets)


def test_what_came_before_the_nonsense_counts() -> None:
    """A reply that was whole is given although the line after it cannot be read."""
    replies = ReplyReader().feed(b"250 OK\r\nSSH-2.0\r\n")

    assert WireReply(250, b"OK") == next(replies)
    with pytest.raises(NotSmtp, match="SSH-2"):
        next(replies)


@pytest.mark.parametrize("end", [b"", b"\r\n"], ids=["endless", "ended"])
@pytest.mark.parametrize("cut", [1 << 20, 1000], ids=["in one packet", "in many"])
def test_a_line_has_its_limit(end: bytes, cut: int) -> None:
    """A line longer than we hold is refused, whether its end has come or not and however it was cut."""
    octets = b"250 " + b"x" * (LONGEST_LINE + 1000) + end
    with pytest.raises(NotSmtp, match=f"more than {LONGEST_LINE}"):
        _read(*(octets[start : start + cut] for start in range(0, len(octets), cut)))


def test_a_reply_has_its_limit() -> None:
    """A relay that never comes to the last line is not listened to for ever."""
    line = b"250-" + b"x" * 1000 + b"\r\n"
    with pytest.raises(NotSmtp, match=f"more than {LONGEST_REPLY}"):
        _read(*[line] * (LONGEST_REPLY // 1000 + 1))


def test_the_limit_is_that_of_one_reply() -> None:
    """Many long replies one after another are no long reply."""
    replies = (b"250-" + b"x" * 8000 + b"\r\n" + b"250 " + b"x" * 8000 + b"\r\n") * 20

    assert 20 == len(_read(replies))


ALL = Capabilities(size=0, smtputf8=True, dsn=True, eightbitmime=True, deliverby=True)
IN_AN_HOUR = TRACED._replace(deliver_by=NOW + timedelta(hours=1))

MAILS: list[tuple[Capabilities, Envelope, bool, str]] = [
    (Capabilities(), IN_AN_HOUR, True, ""),
    (Capabilities(size=0), PLAIN, True, " SIZE=77"),
    (Capabilities(size=1000), PLAIN, True, " SIZE=77"),
    (Capabilities(eightbitmime=True), PLAIN, True, ""),
    (Capabilities(eightbitmime=True), PLAIN, False, " BODY=8BITMIME"),
    (Capabilities(smtputf8=True), PLAIN, True, ""),
    (Capabilities(smtputf8=True), HINDI, True, " SMTPUTF8"),
    (Capabilities(dsn=True), PLAIN, True, ""),
    (Capabilities(dsn=True), TRACED, True, " RET=HDRS ENVID=4f+2B1+3Da"),
    (Capabilities(deliverby=True), TRACED, True, ""),
    (Capabilities(deliverby=True), IN_AN_HOUR, True, " BY=3600;N"),
    (Capabilities(deliverby=True), TRACED._replace(deliver_by=NOW), True, ""),
    (Capabilities(deliverby=True), TRACED._replace(deliver_by=NOW - timedelta(hours=1)), True, ""),
    (Capabilities(deliverby=True), TRACED._replace(deliver_by=NOW.replace(year=9999)), True, " BY=999999999;N"),
    (ALL, HINDI._replace(deliver_by=NOW + timedelta(minutes=1)), False,
     " SIZE=77 BODY=8BITMIME SMTPUTF8 RET=HDRS ENVID=4f BY=60;N"),
]  # fmt: skip


@pytest.mark.parametrize(("offered", "envelope", "ascii_only", "parameters"), MAILS)
def test_mail_has_the_parameters_that_are_offered_and_needed(
    offered: Capabilities, envelope: Envelope, parameters: str, *, ascii_only: bool
) -> None:
    """SIZE, BODY, SMTPUTF8, RET and ENVID, BY: each only where it is offered and of use to the message."""
    command = mail_command(offered, envelope, size=77, ascii_only=ascii_only, now=NOW)

    assert f"MAIL FROM:<systems@customs.example>{parameters}\r\n".encode() == command


def test_a_command_knows_what_it_bears() -> None:
    """The extensions of which it has a parameter, whatever else was offered; an address is no parameter."""
    odd = IN_AN_HOUR._replace(mail_from="BY=1@SIZE=2.example")
    bare = mail_command(Capabilities(), odd, size=77, ascii_only=False, now=NOW)
    full = mail_command(ALL, HINDI._replace(deliver_by=IN_AN_HOUR.deliver_by), size=77, ascii_only=False, now=NOW)

    assert frozenset() == borne(bare) == borne(rcpt_command(Capabilities(), TRACED))
    assert {"size", "eightbitmime"} == borne(mail_command(ALL, PLAIN, size=77, ascii_only=False, now=NOW))
    assert set(DROPPABLE) == borne(full)
    assert {"dsn"} == borne(rcpt_command(ALL, HINDI))


@pytest.mark.parametrize(
    ("offered", "envelope", "expected"),
    [
        (Capabilities(), TRACED, "RCPT TO:<delhi@customs.example>"),
        (ALL, PLAIN, "RCPT TO:<delhi@customs.example>"),
        (ALL, TRACED, "RCPT TO:<delhi@customs.example> NOTIFY=FAILURE,DELAY ORCPT=rfc822;delhi@customs.example"),
        (
            ALL,
            TRACED._replace(rcpt_to="a+b=c@x.example"),
            "RCPT TO:<a+b=c@x.example> NOTIFY=FAILURE,DELAY ORCPT=rfc822;a+2Bb+3Dc@x.example",
        ),
        (ALL, HINDI, "RCPT TO:<नोडल@beta.example> NOTIFY=FAILURE,DELAY ORCPT=utf-8;नोडल@beta.example"),
        (
            ALL,
            HINDI._replace(rcpt_to="नो+डल@beta.example"),
            r"RCPT TO:<नो+डल@beta.example> NOTIFY=FAILURE,DELAY ORCPT=utf-8;नो\x{2B}डल@beta.example",
        ),
    ],
)
def test_rcpt_asks_to_be_told_where_dsn_is_offered(
    offered: Capabilities, envelope: Envelope, expected: str
) -> None:
    """NOTIFY and the original recipient (RFC 3461; RFC 6533 for an address outside ASCII) for a traced message."""
    assert f"{expected}\r\n".encode() == rcpt_command(offered, envelope)


@given(text=st.text(st.characters(max_codepoint=126)))
def test_xtext_can_be_undone(text: str) -> None:
    """Only visible ASCII other than + and = stands for itself (RFC 3461, section 4)."""
    encoded = xtext(text)

    assert re.fullmatch(r"([!-*,-<>-~]|\+[0-9A-F]{2})*", encoded)
    assert text == re.sub(r"\+(..)", lambda found: chr(int(found[1], 16)), encoded)


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("delhi@customs.example", True),
        ("नोडल@beta.example", True),
        ('"a+b"@customs.example', True),
        ("a b@customs.example", False),
        ("a@customs.example>", False),
        ("<a@customs.example", False),
        ("a@customs.example\r\nDATA", False),
        ("a@customs.example\x7f", False),
        ("a@customs.example\x00", False),
    ],
)
def test_an_address_must_fit_into_a_command(address: str, *, expected: bool) -> None:
    """No blank, bracket or control character: none could be told from the command's own."""
    assert expected == speakable(address)


@given(lines=LINES)
def test_the_wire_form_can_be_undone(lines: list[bytes]) -> None:
    """Doubled dots taken back and the final dot cut off give the content again (RFC 5321, section 4.5.2)."""
    content = b"".join(line + b"\r\n" for line in lines)
    wire = wire_form(content)

    *sent, final, rest = wire.split(b"\r\n")
    assert (b".", b"") == (final, rest)
    assert b"." not in sent
    assert lines == [line.removeprefix(b".") for line in sent]


@given(first=LINES, second=LINES)
def test_dots_are_doubled_piece_by_piece(first: list[bytes], second: list[bytes]) -> None:
    """Whole lines may be stuffed in pieces: a dot that begins a piece is doubled as one that begins a line."""
    one, two = (b"".join(line + b"\r\n" for line in lines) for lines in (first, second))

    assert stuffed(one + two) == stuffed(one) + stuffed(two)


def test_a_last_line_without_its_end_is_closed() -> None:
    """The final dot stands on a line of its own even where the content does not end with CRLF."""
    assert b"a\r\n.\r\n" == wire_form(b"a")


@pytest.mark.parametrize("content", [b"a\nb\r\n", b"a\rb\r\n", b"a\r\n.\nMAIL\r\n", b"a\r\r\n", b"a\n\r"])
def test_bare_line_ends_are_refused(content: bytes) -> None:
    """A CR or LF of its own never goes out: relays disagree on whether it ends a line."""
    with pytest.raises(ValueError, match="CRLF"):
        wire_form(content)
