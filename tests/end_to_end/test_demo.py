"""The demo, and the messages that it leaves, read as other programs read them."""

from __future__ import annotations

import email
import re
from email import policy
from email.headerregistry import Address
from html.parser import HTMLParser
from typing import TYPE_CHECKING

import openpyxl
import pypdfium2
import pytest

from tests.workspaces import SLUG, Workspace, copy

if TYPE_CHECKING:
    from email.message import EmailMessage
    from pathlib import Path

GREYLISTED = "commr-kolkata-ict@customs.example"
REFUSED = "courier-hyd@airports.example"
PRINTED = {"eccs.helpdesk@icegate.gov.in", "systems.wzumumbai@gov.in"}
"""Contacts that the advisory itself prints."""

SENDERS = {"systems@customs.example", "bounces@customs.example"}
ADDRESS = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")

FACTS = {
    "hi": ["10/SYS/WZU/2025", "13 अगस्त, 2025", "दोपहर 12:00 बजे", "eccs.helpdesk@icegate.gov.in", "1800-2666-882"],
    "en": ["10/SYS/WZU/2025", "13 August 2025", "12:00 noon IST", "eccs.helpdesk@icegate.gov.in", "1800-2666-882"],
}


class _Languages(HTMLParser):
    """The text of a page by the language that its element is marked with."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self._open: list[str] = []
        self.found: dict[str, str] = {}
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in {"meta", "br", "hr", "img", "link"}:
            self._open.append(dict(attrs).get("lang") or (self._open[-1] if self._open else ""))

    def handle_endtag(self, tag: str) -> None:
        del tag
        self._open.pop()

    def handle_data(self, data: str) -> None:
        language = self._open[-1] if self._open else ""
        self.found[language] = self.found.get(language, "") + re.sub(r"\s+", " ", data) + " "


@pytest.fixture(scope="module")
def messages(demonstrated: Path) -> dict[str, bytes]:
    """Return address -> octets of each message that the demo's relay accepted."""
    received = (demonstrated / "received").glob("*.eml")
    found = [path.read_bytes() for path in received]
    by_address = {str(_modern(content)["To"]): content for content in found}
    assert len(by_address) == len(found)
    return by_address


def _modern(content: bytes) -> EmailMessage:
    return email.message_from_bytes(content, policy=policy.default)


def _texts(content: bytes) -> tuple[str, str]:
    """Return the text and the HTML of a message, decoded."""
    plain, page = (_modern(content).get_body((kind,)) for kind in ("plain", "html"))
    assert plain is not None
    assert page is not None
    return plain.get_content(), page.get_content()


def test_the_demo_leaves_what_it_says(demonstrated: Path) -> None:
    """outbox.db, received/*.eml, register.xlsx and preview/ stand where the office is told to look."""
    beside = demonstrated / SLUG
    book = openpyxl.load_workbook(beside / "register.xlsx")
    cells = [cell for tab in book for row in tab.iter_rows(values_only=True) for cell in row]

    assert (demonstrated / "outbox.db").is_file()
    assert (beside / "preview" / "index.html").is_file()
    assert any(isinstance(cell, str) and "REHEARSAL" in cell for cell in cells)
    assert {GREYLISTED, REFUSED} <= set(cells)


def test_the_greylisted_office_is_told_and_the_refused_one_is_not(messages: dict[str, bytes]) -> None:
    """The greylisted recipient's message arrives once, the refused one's never."""
    assert GREYLISTED in messages
    assert REFUSED not in messages
    assert 24 == len(messages)


def test_the_demo_signs_a_specimen(messages: dict[str, bytes]) -> None:
    """The document bears a signature that proves nothing, and says so; no message calls it a signed copy."""
    message = next(iter(messages.values()))
    document = next(
        part for part in _modern(message).iter_attachments() if part.get_filename() == f"Advisory-{SLUG}.pdf"
    )
    content = document.get_content()
    with pypdfium2.PdfDocument(content) as opened:
        pages = [page.get_textpage().get_text_range() for page in opened]

    assert b"/ETSI.CAdES.detached" in content
    assert all("DEMO, worthless" in page and "Specimen" in page for page in pages)
    assert not any("signed copy" in text.lower() for one in messages.values() for text in _texts(one))


def test_the_demo_can_be_run_again(demonstrated: Path, tmp_path: Path) -> None:
    """A second demo begins afresh: the same exit code and as many messages as the first."""
    workspace = copy(Workspace(demonstrated.parents[1]), tmp_path)
    ended = workspace.run("demo")
    received = list((workspace.root / "outbox" / "demo" / "received").glob("*.eml"))

    assert (0, 24) == (ended.code, len(received)), ended.err
    assert f"accepted  {GREYLISTED}" in ended.out
    assert f"failed  {REFUSED}" in ended.out
    assert "24 accepted, 1 failed" in ended.out


def test_no_parser_finds_a_defect(messages: dict[str, bytes]) -> None:
    """Python's modern and legacy parsers read every part and field without a defect; lines are CRLF and short."""
    for content in messages.values():
        for read in (_modern(content), email.message_from_bytes(content, policy=policy.compat32)):
            assert [] == [defect for part in read.walk() for defect in part.defects]
            types = [part.get_content_type() for part in read.walk() if not part.is_multipart()]
            assert ["text/plain", "text/html", "application/pdf"] == types[:3]
            assert {"application/zip"} >= set(types[3:])  # the kit of those who have one
            for part in read.walk():
                if not part.is_multipart():
                    assert isinstance(part.get_payload(decode=True), bytes)
        assert [] == [d for field in _modern(content).values() for d in getattr(field, "defects", ())]
        assert content.count(b"\n") == content.count(b"\r\n") == content.count(b"\r")
        assert max(map(len, content.split(b"\r\n"))) <= 78


def test_fields_stand_once_and_name_one_recipient(messages: dict[str, bytes]) -> None:
    """From, To, Date, Message-ID and Subject once each (RFC 5322, 3.6); To is one address."""
    for address, content in messages.items():
        read = _modern(content)
        for name in ("From", "To", "Date", "Message-ID", "Subject", "Reply-To", "Auto-Submitted", "List-Id"):
            assert 1 == len(read.get_all(name, []))
        assert (Address(addr_spec=address),) == read["To"].addresses
        assert read["Cc"] is None
        assert read["Bcc"] is None
        assert "hi, en" == read["Content-Language"]
        assert "+0530" == read["Date"].datetime.strftime("%z")
        assert f"<{read['X-Delivery-Id']}@customs.example>" == read["Message-ID"]
        assert "10/SYS/WZU/2025, 13.08.2025 12:00 IST" in read["Subject"]


def test_hindi_stands_before_english_with_the_same_facts(messages: dict[str, bytes]) -> None:
    """Text and HTML both say number, date, hour and helpdesk in Hindi, then in English."""
    for content in messages.values():
        text, page = _texts(content)
        hindi, english = re.split(r"(?m)^={20,}\r?$", text)
        languages = _Languages(page).found
        assert page.index('class="language" lang="hi"') < page.index('class="language" lang="en"')
        for language, said in (("hi", hindi), ("en", english)):
            flat = re.sub(r"\s+", " ", said)
            for fact in FACTS[language]:
                assert fact in flat
                assert fact in languages[language]


def test_no_other_recipient_is_named(messages: dict[str, bytes]) -> None:
    """In a message, as octets and decoded, stand its own address, the sender's and the printed contacts only."""
    everybody = {*messages, GREYLISTED, REFUSED}
    for address, content in messages.items():
        text, page = _texts(content)
        named = set(ADDRESS.findall("\n".join([text, page, str(_modern(content)["To"])])))
        assert named <= {address} | PRINTED | SENDERS
        assert [] == [other for other in everybody - {address} if other.encode() in content]


def test_nothing_is_fetched_and_nobody_is_led_to_log_in(messages: dict[str, bytes]) -> None:
    """No image, script or style is loaded from elsewhere, and there is no link but to write or to call."""
    for content in messages.values():
        _, page = _texts(content)
        assert not re.search(r"(?i)<(img|script|iframe|object|link|form|input)\b|url\(|@import", page)
        assert not re.search(r"(?i)https?://", page)
        assert [] == [
            link for link in re.findall(r'href="([^"]*)"', page) if not link.startswith(("mailto:", "tel:"))
        ]
