"""The test message of `doctor`."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from email import message_from_bytes, policy
from typing import TYPE_CHECKING

import pytest

from dispatcher.messages.trial import trial_message
from dispatcher.model import Sender
from dispatcher.words import catalog

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dispatcher.model import Office

SENDER = Sender(
    name="DG Systems",
    address="systems@customs.example",
    reply_to="replies@customs.example",
    envelope_from="bounces@customs.example",
)
NOW = datetime(2025, 8, 12, 21, 10, tzinfo=timezone(timedelta(hours=5, minutes=30)))


def _made(office: Office, languages: Sequence[str] = ("hi", "en")) -> bytes:
    return trial_message(SENDER, office, to="me@customs.example", languages=languages, trial_id="ab" * 16, now=NOW)


def test_the_test_message_is_in_both_languages_and_marked(office: Office) -> None:
    """Subject and text say in Hindi, then in English, that it is a test; no advisory is named."""
    message = message_from_bytes(_made(office), policy=policy.default)
    text = message.get_content()

    assert "परीक्षण संदेश / Test message" == message["Subject"]
    assert 0 <= text.index("यह केवल एक परीक्षण संदेश है।") < text.index("This is a test message only.")
    assert office.name["hi"] in text
    assert "utf-8" == message.get_content_charset()
    assert [] == [name for name in message if name.startswith("X-Advisory")]


def test_the_header_is_that_of_the_office(office: Office) -> None:
    """From, Reply-To, To, Date and Message-ID are there once; no automatic answer is asked for (RFC 3834)."""
    message = message_from_bytes(_made(office), policy=policy.default)

    assert "DG Systems <systems@customs.example>" == message["From"]
    assert ["me@customs.example", "replies@customs.example"] == [message["To"], message["Reply-To"]]
    assert "Tue, 12 Aug 2025 21:10:00 +0530" == message["Date"]
    assert f"<{'ab' * 16}@customs.example>" == message["Message-ID"]
    assert "auto-generated" == message["Auto-Submitted"]


def test_the_test_message_is_fit_for_any_relay(office: Office) -> None:
    """All of it is ASCII in lines of 78 at most, each ended by CRLF."""
    made = _made(office)

    assert made.isascii()
    assert made.count(b"\r\n") == made.count(b"\n")
    assert 78 >= max(len(line) for line in made.split(b"\r\n"))


@pytest.mark.parametrize("languages", [("en", "hi"), ("hi", "mr", "en")])
def test_the_languages_follow_the_settings(office: Office, languages: tuple[str, ...]) -> None:
    """The order is that of `languages`; one that the catalog lacks is left out."""
    message = message_from_bytes(_made(office, languages), policy=policy.default)

    assert ", ".join(one for one in languages if one != "mr") == message["Content-Language"]


def test_the_catalog_has_both_languages() -> None:
    """words/doctor.yaml has subject and text in Hindi and English."""
    said = catalog("doctor")

    assert [{"hi", "en"}, {"hi", "en"}] == [said[key].keys() for key in ("subject", "text")]
