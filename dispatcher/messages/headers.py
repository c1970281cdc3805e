"""Header fields as octets: no value can begin a line of its own (RFC 5322, RFC 2047)."""

from __future__ import annotations

import re
import unicodedata
from binascii import b2a_base64
from typing import TYPE_CHECKING

from dispatcher.errors import InputProblems, Problem, Severity, Source

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

_UNSAFE = re.compile(r"[\x00-\x1f\x7f\x80-\x9f\u2028\u2029]")
_ADDRESS = re.compile(
    r"[^\s<>()\[\],;:\\\"@\x00-\x1f\x7f-\x9f]{1,64}@[^\s<>()\[\],;:\\\"@\x00-\x1f\x7f-\x9f]{1,255}"
)
_FILE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_WORD_START, _WORD_END = b"=?utf-8?b?", b"?="
_OCTETS_A_WORD = 45  # RFC 2047, section 2: 75 characters a word; 45 octets make 60 of base64


def field(name: str, value: str) -> bytes:
    """Return an unstructured header field, folded, in encoded-words where it is not ASCII (RFC 2047).

    A control character or a line break in `value` is refused: it could begin a header of its own.
    """
    refuse_control_characters(name, value)
    if value.isascii() and len(name) + 2 + len(value) <= 998:
        return b"%s: %s\r\n" % (name.encode("ascii"), _fold(value, len(name) + 2).encode("ascii"))
    chunks = _chunks(value, beside=len(name) + 2)
    words = (_WORD_START + b2a_base64(chunk, newline=False) + _WORD_END for chunk in chunks)
    return b"%s: %s\r\n" % (name.encode("ascii"), b"\r\n ".join(words))


def mailbox_field(name: str, display_name: str, address: str) -> bytes:
    """Return a field of one mailbox (RFC 5322, section 3.4); only the display name is ever encoded (RFC 2047)."""
    if display_name.isascii():
        return field(name, mailbox(display_name, address))
    check_address(address)
    return field(name, display_name).removesuffix(b"\r\n") + f"\r\n <{address}>\r\n".encode()


def mailbox(display_name: str, address: str) -> str:
    """Return `"Name" <address>` for an ASCII display name, or the bare address without one (RFC 5322, 3.4)."""
    refuse_control_characters("From", display_name)
    check_address(address)
    if not display_name:
        return address
    quoted = (
        display_name if re.fullmatch(r"[\w !#$%&'*+/=?^`{|}~-]+", display_name, re.ASCII) else _quote(display_name)
    )
    return f"{quoted} <{address}>"


def own_fields(*, address: str, message_id: str, delivery_id: str) -> bytes:
    """Return the fields that only this message has; UTF-8 only where the address needs it (RFC 6532)."""
    check_address(address)
    return f"To: {address}\r\nMessage-ID: <{message_id}>\r\nX-Delivery-Id: {delivery_id}\r\n".encode()


def threading_fields(references: Sequence[str]) -> bytes:
    """Return References and, where there is an earlier message beside the root, In-Reply-To (RFC 5322, 3.6.4).

    `references` are message identifiers without brackets: the root, then earlier messages, oldest first.
    """
    names = [f"<{one}>" for one in references]
    answered = field("In-Reply-To", names[-1]) if len(names) > 1 else b""
    return answered + field("References", " ".join(names))


def date_field(moment: datetime) -> bytes:
    """Return the Date field in the zone of `moment`, which must be aware (RFC 5322, 3.3)."""
    offset = moment.strftime("%z")
    assert offset, "a Date without a zone"
    day, month = _DAYS[moment.weekday()], _MONTHS[moment.month - 1]
    return f"Date: {day}, {moment.day:02d} {month} {moment:%Y %H:%M:%S} {offset[:5]}\r\n".encode("ascii")


def check_address(address: str) -> None:
    """Refuse what cannot stand in a header or an envelope as one bare address."""
    if not _ADDRESS.fullmatch(address):
        raise _unsafe("address", address)


def refuse_control_characters(name: str, value: str) -> None:
    """Refuse a value that could break out of its header line."""
    if _UNSAFE.search(value):
        raise _unsafe(name, value)


def file_name_parameter(file_name: str) -> str:
    """Return a file name as a MIME parameter; ASCII letters, digits and ._- only (RFC 2231 is avoided)."""
    if not _FILE_NAME.fullmatch(file_name):
        raise _unsafe("file name", file_name)
    return f'"{file_name}"'


def _unsafe(name: str, value: str) -> InputProblems:
    source = Source(file="message", column=name)
    return InputProblems([Problem(Severity.ERROR, "unsafe_header", source, value=_UNSAFE.sub("�", value)[:200])])


def _quote(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _fold(value: str, used: int) -> str:
    lines, line = [], ""
    for word in re.split(r"(?<=\S)(?= \S)", value):
        if line and used + len(line) + len(word) > 78:
            lines.append(line)
            line, used = word, 0
        else:
            line += word
    return "\r\n".join([*lines, line])


def _chunks(value: str, *, beside: int) -> Iterator[bytes]:
    """Cut between characters, and never before a combining mark, so that each word reads by itself.

    The first line has `beside` characters before its word, and 76 at most in all.
    """
    chunk, room = b"", min(_OCTETS_A_WORD, (76 - beside - len(_WORD_START + _WORD_END)) // 4 * 3)
    for cluster in _clusters(value):
        octets = cluster.encode()
        if chunk and len(chunk) + len(octets) > room:
            yield chunk
            chunk, room = b"", _OCTETS_A_WORD
        chunk += octets
    yield chunk


def _clusters(value: str) -> Iterator[str]:
    cluster = ""
    for character in value:
        joins = (
            unicodedata.category(character) in {"Mn", "Mc", "Cf"}
            and len((cluster + character).encode()) <= _OCTETS_A_WORD
        )
        if cluster and not joins:
            yield cluster
            cluster = ""
        cluster += character
    if cluster:
        yield cluster


_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
