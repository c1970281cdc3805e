"""The page of an approver shows every part of the frozen messages, and is nothing but they."""

from __future__ import annotations

import hashlib
import re
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import html5lib
import pytest

from dispatcher.acts import FollowUp, Remind
from dispatcher.messages.composing import undated
from dispatcher.messages.drafting import build_frames, own_values, variants_of
from dispatcher.messages.release_pages import Approvable, FrozenMessage, Told, release_pages
from dispatcher.messages.templates import read_templates
from dispatcher.model import Enclosure, OfficialDocument, Part, Signature, Wording
from tests.drafts import ROOT, draft, recipient

if TYPE_CHECKING:
    from collections.abc import Mapping

NOW = datetime(2025, 8, 12, 15, 40, tzinfo=UTC)
DELHI = "delhi@customs.example"
PLAN = Enclosure(file_name="plan.pdf", media_type="application/pdf", content=b"%PDF-1.7 of a plan")
PDF = OfficialDocument(file_name="Advisory-10-SYS-WZU-2025.pdf", content=b"%PDF-1.7 of the advisory")
REMINDER = FollowUp(act="reminder-1", at=NOW, until=NOW, to=Remind.UNACKNOWLEDGED, after=False)
TEMPLATES = read_templates(ROOT / "templates")
RELEASE = Approvable(
    id=7,
    number="10/SYS/WZU/2025",
    slug="10-SYS-WZU-2025",
    act="original",
    revision=0,
    content_hash="3d1295801c00" + "0" * 52,
    subject={"hi": "विषय", "en": "Subject"},
    made_by="asha",
    prepared_at=NOW,
    notify_before=NOW,
    deliveries=3,
    document=PDF,
)


def _message(address: str = DELHI, wording: Wording = Wording.ORIGINAL) -> FrozenMessage:
    """Return a message of the sample advisory as it is frozen."""
    made_from = draft(recipient(address), enclosures=(PLAN,))
    (one,) = made_from.recipients
    frames = build_frames(made_from, variants_of(made_from.recipients))
    lines = made_from.renderer.recipient_lines(one)
    own = own_values(address=address, delivery_id="a" * 32, domain="customs.example", wording=wording, lines=lines)
    content = undated(frames[0, wording], own)
    return FrozenMessage(
        audiences=("commissioners",),
        part=Part.TO,
        wording=wording,
        content=content,
        count=1,
        told=(Told(address, ("Delhi",)),),
    )


@pytest.fixture(scope="module")
def frozen() -> FrozenMessage:
    """Give a message of the sample advisory."""
    return _message()


def _pages(*messages: FrozenMessage, release: Approvable = RELEASE) -> Mapping[str, bytes]:
    return release_pages(release, messages, templates=TEMPLATES, time_zone="Asia/Kolkata")


def _index(*messages: FrozenMessage, release: Approvable = RELEASE) -> str:
    return _pages(*messages, release=release)["index.html"].decode()


def test_the_page_says_the_hash_that_is_approved(frozen: FrozenMessage) -> None:
    """The whole hash, and the command that approves only this."""
    index = _index(frozen)

    assert f"<code>{RELEASE.content_hash}</code>" in index
    assert "dispatcher approve 10-SYS-WZU-2025 --hash 3d1295801c00" in index


def test_the_whole_message_is_the_frozen_one(frozen: FrozenMessage) -> None:
    """The .eml has exactly the frozen octets, and their sum is on the page."""
    files = _pages(frozen)

    assert frozen.content == files["1-commissioners.eml"]
    assert hashlib.sha256(frozen.content).hexdigest() in files["index.html"].decode()


def test_both_parts_and_the_header_are_shown(frozen: FrozenMessage) -> None:
    """HTML and text as they are in the message; subject, From and To at once, the other fields to unfold."""
    files = _pages(frozen)
    index = files["index.html"].decode()
    text = files["1-commissioners.txt"].decode()

    assert text.startswith("English below")
    assert "महोदय" in files["1-commissioners.html"].decode()
    assert re.search(r'<iframe src="1-commissioners.html" [^>]*sandbox>', index), "no message runs anything"
    assert f"<td>{DELHI}</td>" in index
    assert "परामर्शी/Advisory 10/SYS/WZU/2025" in index
    assert "Message-ID: &lt;" + "a" * 32 in index


def test_what_is_enclosed_is_named_with_its_sum(frozen: FrozenMessage) -> None:
    """Each file by name, size and SHA-256, and it can be opened; one of several messages lies there once."""
    files = _pages(frozen, _message(wording=Wording.IN_EFFECT))
    digest = hashlib.sha256(PLAN.content).hexdigest()
    path = f"attachments/{digest[:12]}-plan.pdf"

    assert [path] == [name for name in files if name.startswith("attachments/")]
    assert PLAN.content == files[path]
    assert f'<a href="{path}">plan.pdf</a>' in files["index.html"].decode()
    assert f"<code>{digest}</code>" in files["index.html"].decode()


@pytest.mark.parametrize(
    ("document", "told"),
    [
        (PDF, "not signed"),
        (replace(PDF, signature=Signature(signer="A. Kumar", signed_at=NOW, level="B-B")), "signed: A. Kumar"),
        (
            replace(PDF, signature=Signature(signer="Demo", signed_at=NOW, level="B-B", genuine=False)),
            "Specimen: Demo",
        ),
    ],
)
def test_the_document_lies_there_with_its_signature(
    frozen: FrozenMessage, document: OfficialDocument, told: str
) -> None:
    """The frozen PDF can be opened; who signed it is said, and that nobody did."""
    files = _pages(frozen, release=replace(RELEASE, document=document))
    index = files["index.html"].decode()

    assert PDF.content == files["advisory.pdf"]
    assert '<a href="advisory.pdf">' in index
    assert told in index
    assert PDF.sha256 in index


def test_the_page_leads_to_every_file_and_nowhere_else(frozen: FrozenMessage) -> None:
    """Every file beside it is linked; nothing is fetched from elsewhere."""
    files = _pages(frozen, _message(wording=Wording.IN_EFFECT))
    linked = set(re.findall(r'(?:href|src)="([^"#]+)"', files["index.html"].decode()))

    assert set(files) - {"index.html"} == linked
    assert all(re.fullmatch(r"(attachments/)?[A-Za-z0-9][A-Za-z0-9._-]*", name) for name in files)


def test_nothing_of_a_release_becomes_markup(frozen: FrozenMessage) -> None:
    """Subject, maker, signer, place, header and text are shown as they stand."""
    script = "<script>alert(1)</script>"
    signed = replace(PDF, signature=Signature(signer=script, signed_at=NOW, level="B-B"))
    hostile = replace(RELEASE, subject={"en": script}, made_by=script, document=signed)
    content = (
        f"To: x@customs.example\r\nSubject: {script}\r\nX-Other: {script}\r\n"
        f"Content-Type: text/plain; charset=utf-8\r\n\r\n{script}\r\n"
    ).encode()
    message = replace(frozen, content=content, told=(Told(script, (script,)),), audiences=(script,))
    index = _index(message, release=hostile)

    assert "<script" not in index
    assert index.count("&lt;script&gt;") >= 9


def test_a_file_with_a_climbing_name_stays_in_the_folder(frozen: FrozenMessage) -> None:
    """The name in a damaged message does not become a path."""
    content = (
        b"To: x@customs.example\r\nSubject: x\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n"
        b"Content-Type: text/plain\r\n\r\nx\r\n--b\r\nContent-Type: application/pdf\r\n"
        b'Content-Disposition: attachment; filename="../../x.pdf"\r\n\r\n%PDF\r\n--b--\r\n'
    )
    names = [name for name in _pages(replace(frozen, content=content)) if "/" in name]

    assert 1 == len(names)
    assert names[0].endswith("-file")


def test_an_address_in_another_script_is_readable() -> None:
    """The To field of a recipient that needs SMTPUTF8 is shown as it is frozen (RFC 6532)."""
    index = _index(_message("आयुक्त@customs.example"))

    assert 2 == index.count("<td>आयुक्त@customs.example</td>")


def test_who_is_not_named_is_counted(frozen: FrozenMessage) -> None:
    """Of very many the first stand there, and how many more there are."""
    assert "/ and 12 " in _index(replace(frozen, count=13))
    assert "/ and " not in _index(frozen)


def test_what_follows_by_itself_says_when(frozen: FrozenMessage) -> None:
    """A reminder has its moment and whom it goes to; no sum, because its identifier is still to be drawn."""
    index = _index(replace(frozen, follow_up=REMINDER))

    assert "reminder-1, 12.08.2025 21:10 IST" in index
    assert "to those who have not acknowledged" in index
    assert hashlib.sha256(frozen.content).hexdigest() not in index


@pytest.mark.parametrize(
    "release", [RELEASE, replace(RELEASE, document=None, subject={}, act="corrigendum", revision=1)]
)
def test_the_page_is_valid(frozen: FrozenMessage, release: Approvable) -> None:
    """It parses without a fault, with a document and without, with subject and without."""
    parser = html5lib.HTMLParser()
    parser.parse(_index(frozen, replace(frozen, follow_up=REMINDER), release=release))

    assert [] == parser.errors
