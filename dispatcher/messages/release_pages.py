"""What an approver looks at: a page with the messages of a release as they were frozen, and their parts. Pure.

Everything on it is taken from the octets of the messages themselves; nothing is rendered anew.
"""

from __future__ import annotations

import email
import email.policy
import hashlib
import re
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from dispatcher.advisories.wording import environment
from dispatcher.moments import moment

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime
    from email.message import EmailMessage, MIMEPart

    from dispatcher.acts import FollowUp
    from dispatcher.model import Localized, OfficialDocument, Part, Wording

PAGE = "preview/release.html.j2"
INDEX, PDF = "index.html", "advisory.pdf"
_PLAIN_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_NAMED = ("From", "Reply-To", "To", "Cc")
"""Header fields that are shown at once; the others can be unfolded."""


@dataclass(frozen=True, slots=True)
class Told:
    """A recipient by address and places."""

    address: str
    places: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FrozenMessage:
    """One message of a release, and who gets the like of it."""

    audiences: tuple[str, ...]
    part: Part
    wording: Wording
    content: bytes = field(repr=False)
    """The message without its Date field, which it gets when it is handed over: CRLF content (RFC 5322)."""
    count: int
    told: tuple[Told, ...]
    """The first of those who get it; `count` is how many do."""
    follow_up: FollowUp | None = None
    """Set where it follows the others by itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Approvable:
    """The release that is approved, as its page says."""

    id: int
    number: str
    slug: str
    act: str
    revision: int
    content_hash: str
    subject: Localized
    """Empty for a release of an earlier program."""
    made_by: str
    prepared_at: datetime
    notify_before: datetime
    deliveries: int
    document: OfficialDocument | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _File:
    """What a message carries, and where it lies beside the page."""

    name: str
    media_type: str
    content: bytes = field(repr=False)

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.content).hexdigest()

    @property
    def path(self) -> str:
        plain = self.name if _PLAIN_NAME.fullmatch(self.name) else "file"
        return f"attachments/{self.sha256[:12]}-{plain}"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shown:
    """A message taken apart."""

    name: str
    message: FrozenMessage
    subject: str
    fields: Sequence[tuple[str, str]]
    header: str
    text: bytes = field(repr=False)
    html: bytes = field(repr=False)
    files: Sequence[_File]

    @property
    def sha256(self) -> str:
        """The sum of the message without its Date field, as it was frozen."""
        return hashlib.sha256(self.message.content).hexdigest()

    @property
    def plain_text(self) -> str:
        return self.text.decode(errors="replace").replace("\r\n", "\n")

    @property
    def more(self) -> int:
        return self.message.count - len(self.message.told)


def release_pages(
    release: Approvable, messages: Sequence[FrozenMessage], *, templates: Mapping[str, str], time_zone: str
) -> dict[str, bytes]:
    """Return index.html, the official document, each message (.eml without Date, HTML, text), what they carry."""
    shown = [_taken_apart(message, number) for number, message in enumerate(messages, start=1)]
    files = {PDF: release.document.content} if release.document else {}
    for one in shown:
        files |= {
            f"{one.name}.html": one.html,
            f"{one.name}.txt": one.text,
            f"{one.name}.eml": one.message.content,
        }
        files |= {file.path: file.content for file in one.files}
    page = environment(time_zone, templates).get_template(PAGE)
    zoned = partial(moment, zone=ZoneInfo(time_zone))
    content = page.render(release=release, shown=shown, pdf=PDF, moment=zoned)
    return {INDEX: content.encode(), **files}


def _taken_apart(message: FrozenMessage, number: int) -> _Shown:
    parsed = email.message_from_bytes(message.content, policy=email.policy.default)
    text, html = (_octets(parsed.get_body((kind,))) for kind in ("plain", "html"))
    header = _header(message.content)
    mark = message.follow_up.act if message.follow_up else "-".join(message.audiences)
    late = "-in-effect" if message.wording == "in_effect" and not message.follow_up else ""
    return _Shown(
        name=f"{number}-{re.sub('[^a-z0-9-]', '-', mark.lower())}{late}",
        message=message,
        subject=str(header["Subject"]),
        fields=[(name, str(header[name])) for name in _NAMED if name in header],
        header="\n".join(f"{name}: {value}" for name, value in header.items()),
        text=text,
        html=html,
        files=_files(parsed.iter_attachments()),
    )


def _header(content: bytes) -> EmailMessage:
    """Return the header alone: read as UTF-8, which an address may be in (RFC 6532)."""
    header, _, _ = content.partition(b"\r\n\r\n")
    return email.message_from_string(header.decode(errors="replace"), policy=email.policy.default)


def _octets(part: MIMEPart | None) -> bytes:
    content = part.get_payload(decode=True) if part else b""
    return content if isinstance(content, bytes) else b""


def _files(parts: Iterable[MIMEPart]) -> list[_File]:
    return [
        _File(name=part.get_filename() or "", media_type=part.get_content_type(), content=_octets(part))
        for part in parts
    ]
