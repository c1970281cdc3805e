"""The test message of `doctor`: short, in both languages, marked as a test, of no advisory. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dispatcher import words
from dispatcher.messages.composing import encode_whole
from dispatcher.messages.headers import date_field, field, mailbox_field

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from dispatcher.model import Office, Sender

_RULE = "-" * 40


def trial_message(
    sender: Sender, office: Office, *, to: str, languages: Sequence[str], trial_id: str, now: datetime
) -> bytes:
    """Return the test message as CRLF content before dot-stuffing; `trial_id` makes its Message-ID unique.

    Its words stand in words/doctor.yaml; a language that they lack is left out.
    """
    said = words.catalog("doctor")
    spoken = [language for language in languages if language in said["text"]]
    parts = [f"{said['text'][language].strip()}\n\n{office.name[language]}\n" for language in spoken]
    text = f"\n{_RULE}\n\n".join(parts).replace("\n", "\r\n")
    subject = " / ".join(said["subject"][language] for language in spoken)
    fields = [
        ("To", to),
        ("Reply-To", sender.reply_to),
        ("Message-ID", f"<{trial_id}@{sender.domain}>"),
        ("Subject", subject),
        ("Auto-Submitted", "auto-generated"),  # RFC 3834
        ("X-Auto-Response-Suppress", "OOF, AutoReply"),
        ("Content-Language", ", ".join(spoken)),  # RFC 3282
        ("MIME-Version", "1.0"),
        ("Content-Type", "text/plain; charset=utf-8"),
        ("Content-Transfer-Encoding", "base64"),
    ]
    header = date_field(now) + mailbox_field("From", sender.name, sender.address)
    return header + b"".join(field(*pair) for pair in fields) + b"\r\n" + encode_whole(text.encode())
