"""Composition: parts that all share are encoded once, the recipient's own lines are spliced in.

A message is its Date field, its own fields (To, Message-ID, X-Delivery-Id) and the pieces of a frame. In version 2
References and In-Reply-To are the message's own too, and name what its recipient got before. A piece is
either bytes that stand as they are (headers, boundaries, encoded attachments) or a base64 text part with slots.
base64 packs 57 octets into a line of 76 characters (RFC 2045, section 6.8), so what follows a slot is encoded in
one of 57 ways; each way is made once and kept. Released messages are remade from what `prepare` froze: this code
must not change for a version that is out.
"""

from __future__ import annotations

import hashlib
import json
from base64 import encodebytes
from binascii import b2a_base64
from dataclasses import dataclass, field
from html import escape
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from dispatcher.errors import StoreError
from dispatcher.messages.headers import date_field, own_fields, threading_fields

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

COMPOSITION_VERSION = 1
THREADED_VERSION = 2
"""Of frames whose References are each message's own."""
_VERSIONS = frozenset({COMPOSITION_VERSION, THREADED_VERSION})
_LINE = 57

LARGE = 32768
"""Octets above which a piece is worth not being copied."""


@dataclass(frozen=True, slots=True)
class SlotPlace:
    """Where the recipient's lines of one language go, as text or as HTML."""

    language: str
    html: bool

    def fill(self, lines: Sequence[str]) -> bytes:
        """Return the lines as octets of the part."""
        if self.html:
            return "<br>\r\n".join(escape(line) for line in lines).encode()
        return "\r\n".join(lines).encode()


Segment: TypeAlias = bytes | SlotPlace


@dataclass(frozen=True, slots=True)
class Plain:
    """Octets that stand in the message as they are; lines end with CRLF."""

    octets: bytes


@dataclass(frozen=True, slots=True)
class EncodedText:
    """A text part in base64 with slots for the recipient's own lines."""

    segments: tuple[Segment, ...]
    _ways: dict[tuple[int, int], tuple[bytes, bytes, bytes]] = field(
        default_factory=dict, repr=False, compare=False
    )

    def encode(self, lines: Mapping[str, Sequence[str]]) -> list[bytes]:
        """Return the part's base64 in pieces of whole lines, each ending with CRLF."""
        carry = b""
        encoded: list[bytes] = []
        for position, segment in enumerate(self.segments):
            if isinstance(segment, bytes):
                head, middle, tail = self._way(position, segment, len(carry))
            else:
                head, middle, tail = _cut(segment.fill(lines[segment.language]), len(carry))
            carry += head
            if len(carry) == _LINE:
                encoded += (b2a_base64(carry, newline=False) + b"\r\n", middle)
                carry = tail
        if carry:
            encoded.append(b2a_base64(carry, newline=False) + b"\r\n")
        return encoded

    def _way(self, position: int, segment: bytes, carried: int) -> tuple[bytes, bytes, bytes]:
        key = (position, carried)
        if (way := self._ways.get(key)) is None:
            way = self._ways[key] = _cut(segment, carried)
        return way


Piece: TypeAlias = Plain | EncodedText


@dataclass(frozen=True, slots=True)
class Frame:
    """All of a message that does not depend on the recipient."""

    subject: str
    pieces: tuple[Piece, ...]
    version: int = COMPOSITION_VERSION


class OwnValues(NamedTuple):
    """What one message has of its own."""

    address: str
    delivery_id: str
    message_id: str
    lines: Mapping[str, Sequence[str]]
    """Language -> lines of the block that names the post addressed."""
    references: Sequence[str] = ()
    """Message identifiers of what it belongs to: the advisory's root, then what the recipient got; version 2."""


def compose(frame: Frame, own: OwnValues, *, date: datetime) -> bytes:
    """Return the message as CRLF content before dot-stuffing (RFC 5322)."""
    return date_field(date) + undated(frame, own)


def undated(frame: Frame, own: OwnValues) -> bytes:
    """Return the message without its Date field: what the message's hash is over."""
    return b"".join([own_header(frame, own), *octets_of(frame, own.lines)])


def own_header(frame: Frame, own: OwnValues) -> bytes:
    """Return the fields that only this message has, as the frame's version composes them."""
    header = own_fields(address=own.address, message_id=own.message_id, delivery_id=own.delivery_id)
    return header + threading_fields(own.references) if frame.version == THREADED_VERSION else header


def octets_of(frame: Frame, lines: Mapping[str, Sequence[str]]) -> list[bytes]:
    """Return a frame with a recipient's lines in it, in pieces: what follows the message's own fields."""
    pieces: list[bytes] = []
    for piece in frame.pieces:
        if isinstance(piece, Plain):
            pieces.append(piece.octets)
        else:
            pieces += piece.encode(lines)
    return pieces


def message_hash(frame: Frame, own: OwnValues) -> bytes:
    """Return the SHA-256 of the message without its Date field, 32 octets."""
    digest = hashlib.sha256(own_header(frame, own))
    for octets in octets_of(frame, own.lines):
        digest.update(octets)
    return digest.digest()


def gathered(pieces: Iterable[bytes]) -> Sequence[bytes]:
    """Return the pieces, small ones joined, large ones as they are: all messages share them and none copies."""
    joined: list[bytes] = []
    small: list[bytes] = []
    for piece in pieces:
        if len(piece) > LARGE:
            joined += [b"".join(small), piece]
            small = []
        else:
            small.append(piece)
    return [*joined, b"".join(small)]


def encode_whole(octets: bytes) -> bytes:
    """Return octets in base64 lines of 76 characters that end with CRLF."""
    return encodebytes(octets).replace(b"\n", b"\r\n")


def freeze(frame: Frame) -> tuple[str, dict[str, bytes]]:
    """Return the frame for the store: its layout as JSON, and its octets by SHA-256."""
    octets: dict[str, bytes] = {}

    def keep(content: bytes) -> str:
        name = hashlib.sha256(content).hexdigest()
        octets[name] = content
        return name

    def laid_out(segment: Segment) -> Any:
        return keep(segment) if isinstance(segment, bytes) else {"slot": segment.language, "html": segment.html}

    pieces = [
        {"plain": keep(piece.octets)}
        if isinstance(piece, Plain)
        else {"text": [laid_out(segment) for segment in piece.segments]}
        for piece in frame.pieces
    ]
    return json.dumps({"version": frame.version, "subject": frame.subject, "pieces": pieces}), octets


def thaw(layout: str, octets: Mapping[str, bytes]) -> Frame:
    """Return the frame that `freeze` took apart. Raises StoreError for a composition version of the future."""
    data = json.loads(layout)
    if data["version"] not in _VERSIONS:
        raise StoreError(f"a message was composed by version {data['version']}, which this program does not know")

    def segment(value: Any) -> Segment:
        return octets[value] if isinstance(value, str) else SlotPlace(value["slot"], value["html"])

    pieces = tuple(
        Plain(octets[piece["plain"]]) if "plain" in piece else EncodedText(tuple(map(segment, piece["text"])))
        for piece in data["pieces"]
    )
    return Frame(data["subject"], pieces, data["version"])


def _cut(octets: bytes, carried: int) -> tuple[bytes, bytes, bytes]:
    """Cut into what completes the open line, whole lines encoded, and what is left for the next line."""
    split = _LINE - carried
    if len(octets) <= split:
        return octets, b"", b""
    head, rest = octets[:split], octets[split:]
    whole = len(rest) - len(rest) % _LINE
    return head, encode_whole(rest[:whole]), rest[whole:]
