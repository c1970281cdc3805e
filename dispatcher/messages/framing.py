"""The frame of a message: shared header fields, text parts and attachments, encoded once for all who share them.

multipart/mixed                     (only where something is attached)
├── multipart/alternative
│   ├── text/plain; charset=utf-8   base64, both languages
│   └── text/html; charset=utf-8    base64, both languages
└── attachments                     base64
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dispatcher.messages.composing import (
    COMPOSITION_VERSION,
    THREADED_VERSION,
    EncodedText,
    Frame,
    Plain,
    SlotPlace,
    encode_whole,
    octets_of,
)
from dispatcher.messages.headers import field, file_name_parameter, mailbox_field

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dispatcher.messages.composing import Piece, Segment
    from dispatcher.messages.rendering import SharedText, Slot
    from dispatcher.model import Enclosure, Sender

# "=_" cannot occur in base64, so no content can be taken for a boundary (RFC 2045, section 6.7).
_MIXED, _ALTERNATIVE = b"=_mixed", b"=_alternative"


@dataclass(frozen=True, slots=True, kw_only=True)
class Heading:
    """What the shared header fields say besides the subject."""

    sender: Sender
    number: str
    slug: str
    revision: int
    languages: tuple[str, ...]
    threaded: bool = False
    """Whether each message answers what its recipient got before: then References are its own."""


def build_frame(shared: SharedText, *, heading: Heading, attachments: Sequence[Enclosure]) -> Frame:
    """Return the frame of all messages that share these texts and attachments."""
    header = _header(shared.subject, heading)
    version = THREADED_VERSION if heading.threaded else COMPOSITION_VERSION
    return Frame(shared.subject, _pieces(header, shared, heading.languages, attachments), version)


def unsent(
    shared: SharedText,
    *,
    languages: Sequence[str],
    attachments: Sequence[Enclosure],
    lines: Mapping[str, Sequence[str]],
) -> bytes:
    """Return a message that its sender still has to address: no From, To, Date or Message-ID.

    X-Unsent, which no standard knows, has Outlook open it as a draft. `lines` go where recipients are named.
    """
    header = b"".join(
        field(name, value)
        for name, value in (
            ("Subject", shared.subject),
            ("X-Unsent", "1"),
            ("Content-Language", ", ".join(languages)),
            ("MIME-Version", "1.0"),
        )
    )
    return b"".join(octets_of(Frame(shared.subject, _pieces(header, shared, languages, attachments)), lines))


def _pieces(
    header: bytes, shared: SharedText, languages: Sequence[str], attachments: Sequence[Enclosure]
) -> tuple[Piece, ...]:
    named = ", ".join(languages).encode()
    opening = b'Content-Type: multipart/alternative; boundary="%s"\r\n\r\n' % _ALTERNATIVE
    if attachments:
        mixed = b'Content-Type: multipart/mixed; boundary="%s"\r\n\r\n--%s\r\n' % (_MIXED, _MIXED)
        opening = mixed + opening
    pieces: list[Piece] = [
        Plain(header + opening + _part_header(_ALTERNATIVE, b"plain", named)),
        EncodedText(_segments(shared.text, html=False)),
        Plain(_part_header(_ALTERNATIVE, b"html", named)),
        EncodedText(_segments(shared.html, html=True)),
        Plain(b"--%s--\r\n" % _ALTERNATIVE),
    ]
    pieces += [Plain(_attachment(enclosure)) for enclosure in attachments]
    if attachments:
        pieces.append(Plain(b"--%s--\r\n" % _MIXED))
    return tuple(pieces)


def root_reference(slug: str, domain: str) -> str:
    """Return the message identifier that stands for the advisory and threads all its mails."""
    return f"advisory.{slug}@{domain}"


def _header(subject: str, heading: Heading) -> bytes:
    sender = heading.sender
    fields = [
        ("Reply-To", sender.reply_to),
        ("Subject", subject),
        *([] if heading.threaded else [("References", f"<{root_reference(heading.slug, sender.domain)}>")]),
        ("Auto-Submitted", "auto-generated"),  # RFC 3834
        ("X-Auto-Response-Suppress", "OOF, AutoReply"),
        ("List-Id", f"<advisories.{sender.domain}>"),  # RFC 2919
        ("Content-Language", ", ".join(heading.languages)),  # RFC 3282
        ("X-Advisory-No", heading.number),
        ("X-Advisory-Revision", str(heading.revision)),
        ("MIME-Version", "1.0"),
    ]
    return mailbox_field("From", sender.name, sender.address) + b"".join(
        field(name, value) for name, value in fields
    )


def _part_header(boundary: bytes, subtype: bytes, languages: bytes) -> bytes:
    return (
        b"--%s\r\nContent-Type: text/%s; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n"
        b"Content-Language: %s\r\n\r\n" % (boundary, subtype, languages)
    )


def _attachment(enclosure: Enclosure) -> bytes:
    name = file_name_parameter(enclosure.file_name)
    header = (
        f"--{_MIXED.decode()}\r\nContent-Type: {_content_type(enclosure)}; name={name}\r\n"
        f"Content-Transfer-Encoding: base64\r\nContent-Disposition: attachment; filename={name}\r\n\r\n"
    )
    return header.encode("ascii") + encode_whole(enclosure.content)


def _content_type(enclosure: Enclosure) -> str:
    """Return the media type; of text with its charset, which would else be US-ASCII (RFC 2046, section 4.1.2).

    None is claimed of what is not UTF-8.
    """
    return f"{enclosure.media_type}; charset={enclosure.charset}" if enclosure.charset else enclosure.media_type


def _segments(segments: Sequence[str | Slot], *, html: bool) -> tuple[Segment, ...]:
    """Texts as octets with CRLF line ends, the canonical form before base64 (RFC 2045, section 6.6)."""
    return tuple(
        segment.replace("\r\n", "\n").replace("\n", "\r\n").encode()
        if isinstance(segment, str)
        else SlotPlace(segment.language, html)
        for segment in segments
    )
