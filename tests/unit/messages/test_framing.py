"""A message as other programs read it: its structure, its header fields, and nobody else's address."""

from __future__ import annotations

import email
import email.policy
import re
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from email.headerregistry import ContentTypeHeader
from email.message import EmailMessage
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatcher.errors import InputProblems
from dispatcher.messages.composing import compose
from dispatcher.messages.drafting import build_frames, heading_of, own_values, variant_of, variants_of
from dispatcher.messages.framing import build_frame, root_reference
from dispatcher.messages.rendering import Attached, SharedText, Slot
from dispatcher.model import Enclosure, Wording
from tests.drafts import SENDER, draft, recipient

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dispatcher.messages.drafting import Draft

EVENING = datetime(2025, 8, 12, 21, 10, tzinfo=timezone(timedelta(hours=5, minutes=30)))
OTHERS = ("kochi@customs.example", "chief@customs.example", "desk@eici.example")
DELHI = "delhi@customs.example"
PLAN = Enclosure(file_name="plan.txt", media_type="text/plain", content="योजना\n".encode())
PICTURE = Enclosure(file_name="map.png", media_type="image/png", content=bytes(range(256)) * 9)
SHARED = SharedText(subject="s", text=("a ", Slot("hi"), "\n"), html=("<p>", Slot("hi"), "</p>"))
ENCLOSED = [(), (PLAN,), (PLAN, PICTURE)]


def _message(made_from: Draft, *, wording: Wording = Wording.ORIGINAL) -> bytes:
    """Return the message to the draft's first recipient."""
    told = made_from.recipients[0]
    variants = variants_of(made_from.recipients)
    frame = build_frames(made_from, variants)[variants[variant_of(told)], wording]
    own = own_values(
        address=told.address,
        delivery_id="0123456789abcdef" * 2,
        domain=made_from.sender.domain,
        wording=wording,
        lines=made_from.renderer.recipient_lines(told),
    )
    return compose(frame, own, date=EVENING)


def _draft(enclosures: Sequence[Enclosure] = ()) -> Draft:
    told = [recipient(DELHI), *(recipient(address, "eici", "couriers") for address in OTHERS)]
    names = tuple(one.file_name for one in enclosures)
    return replace(draft(*told), enclosures=enclosures, attached=Attached(enclosures=names))


def _modern(octets: bytes) -> EmailMessage:
    parsed = email.message_from_bytes(octets, policy=email.policy.default)
    assert isinstance(parsed, EmailMessage)
    return parsed


def _tree(part: Any) -> list[object]:
    """Return media type and parts, nested."""
    return [part.get_content_type(), *(_tree(one) for one in (part.get_payload() if part.is_multipart() else []))]


def _texts(parsed: EmailMessage) -> tuple[str, str]:
    plain, html = parsed.get_body(("plain",)), parsed.get_body(("html",))
    assert plain is not None
    assert html is not None
    return plain.get_content(), html.get_content()


@pytest.mark.parametrize("enclosures", ENCLOSED)
@pytest.mark.parametrize("wording", list(Wording))
def test_parsers_find_no_defect(enclosures: Sequence[Enclosure], wording: Wording) -> None:
    """Old and new parsers read a message without a defect in any of its parts or header fields."""
    octets = _message(_draft(enclosures), wording=wording)
    modern = _modern(octets)
    legacy = email.message_from_bytes(octets, policy=email.policy.compat32)
    fields = [value for part in modern.walk() for value in part.values()]

    assert [] == [defect for parsed in (modern, legacy) for part in parsed.walk() for defect in part.defects]
    assert [] == [defect for value in fields for defect in value.defects]
    assert [part.get_content_type() for part in legacy.walk()] == [
        part.get_content_type() for part in modern.walk()
    ]


ALTERNATIVE = ["multipart/alternative", ["text/plain"], ["text/html"]]


@pytest.mark.parametrize(
    ("enclosures", "tree"),
    [
        ((), ALTERNATIVE),
        ((PLAN,), ["multipart/mixed", ALTERNATIVE, ["text/plain"]]),
        ((PLAN, PICTURE), ["multipart/mixed", ALTERNATIVE, ["text/plain"], ["image/png"]]),
    ],
)
def test_structure(enclosures: Sequence[Enclosure], tree: list[object]) -> None:
    """The text before the HTML (RFC 2046, 5.1.4), what is attached after both, nothing else."""
    assert tree == _tree(_modern(_message(_draft(enclosures))))


def test_attachments_are_the_files() -> None:
    """A file arrives with its name, its type and its very octets."""
    parsed = _modern(_message(_draft((PLAN, PICTURE))))
    found = [
        (
            part.get_filename(),
            part.get_content_type(),
            part.get_content_disposition(),
            part.get_payload(decode=True),
        )
        for part in parsed.iter_attachments()
    ]

    assert [
        ("plan.txt", "text/plain", "attachment", PLAN.content),
        ("map.png", "image/png", "attachment", PICTURE.content),
    ] == found


@pytest.mark.parametrize(
    ("name", "media_type", "content", "charset"),
    [
        ("plan.txt", "text/plain", "\ufeffयोजना\r\n".encode(), "utf-8"),
        ("list.csv", "text/csv", b"a,b\r\n", "utf-8"),
        ("plan.txt", "text/plain", "योजना".encode("utf-16"), None),
        ("plan.txt", "text/plain", b"n\0o\0t\0e\0", None),
        ("plan.txt", "text/plain", b"caf\xe9", None),
        ("plan.pdf", "application/pdf", b"%PDF-1.7", None),
    ],
    ids=["Hindi", "ASCII", "UTF-16", "UTF-16 without its mark", "Latin-1", "no text"],
)
def test_attached_text_names_its_charset(name: str, media_type: str, content: bytes, charset: str | None) -> None:
    """Text without one would be US-ASCII (RFC 2046, section 4.1.2); of what is not UTF-8 none is claimed."""
    enclosure = Enclosure(file_name=name, media_type=media_type, content=content)
    (part,) = _modern(_message(_draft((enclosure,)))).iter_attachments()

    assert charset == part.get_content_charset()
    assert (name, media_type) == (part.get_filename(), part.get_content_type())
    if charset:
        assert content.decode() == part.get_content()


def test_header_recipe() -> None:
    """Every field of the recipe stands in the header exactly once, and none besides."""
    parsed = _modern(_message(_draft((PLAN,))))
    expected = {
        "Date": "Tue, 12 Aug 2025 21:10:00 +0530",
        "To": DELHI,
        "Message-ID": f"<{'0123456789abcdef' * 2}@customs.example>",
        "X-Delivery-Id": "0123456789abcdef" * 2,
        "From": "DG Systems WZU Mumbai <systems@customs.example>",
        "Reply-To": "helpdesk@customs.example",
        "Subject": (
            "परामर्शी/Advisory 10/SYS/WZU/2025, 13.08.2025 12:00 IST: ईसीसीएस पासवर्ड समाप्ति / ECCS password expiry"
        ),
        "References": "<advisory.10-SYS-WZU-2025@customs.example>",
        "Auto-Submitted": "auto-generated",
        "X-Auto-Response-Suppress": "OOF, AutoReply",
        "List-Id": "<advisories.customs.example>",
        "Content-Language": "hi, en",
        "X-Advisory-No": "10/SYS/WZU/2025",
        "X-Advisory-Revision": "0",
        "MIME-Version": "1.0",
        "Content-Type": 'multipart/mixed; boundary="=_mixed"',
    }

    assert list(expected.items()) == [(name, str(value)) for name, value in parsed.items()]


def test_late_wording_is_another_message() -> None:
    """Once the hour has passed, subject and Message-ID say so; the thread stays the same."""
    early, late = (_modern(_message(_draft(), wording=wording)) for wording in Wording)

    assert f"अब प्रभावी/Now in effect: {early['Subject']}" == late["Subject"]
    assert early["Message-ID"] != late["Message-ID"]
    assert early["References"] == late["References"]


@pytest.mark.parametrize("wording", list(Wording))
def test_nobody_else_is_named(wording: Wording) -> None:
    """No address of another recipient stands anywhere in a message, however it is encoded."""
    octets = _message(_draft((PLAN,)), wording=wording)
    parsed = _modern(octets)
    whole = octets.decode() + "".join(_texts(parsed)) + "".join(str(value) for value in parsed.values())

    assert [] == [address for address in OTHERS if address.casefold() in whole.casefold()]
    assert 1 == octets.decode().count(DELHI)
    own = {DELHI, "systems@customs.example", "helpdesk@customs.example"}
    printed = {"eccs.helpdesk@icegate.gov.in", "systems.wzumumbai@gov.in"}
    named = set(re.findall(r"[\w.+-]+@[\w-]+\.[\w.-]+\w", "".join(_texts(parsed))))
    assert printed | own >= named


def test_both_languages_in_both_parts() -> None:
    """Hindi stands before English in the text and in the HTML, and both parts say so."""
    parsed = _modern(_message(_draft()))
    for text in _texts(parsed):
        assert 0 < text.index("परामर्शी सं.") < text.index("Advisory No.")
    for part in parsed.iter_parts():
        assert ("hi, en", "utf-8", "base64") == (
            part["Content-Language"], part.get_content_charset(), part["Content-Transfer-Encoding"]
        )  # fmt: skip


def test_wire_form() -> None:
    """Lines end with CRLF and are short (RFC 5322, 2.1.1), with an encoded-word 76 at most (RFC 2047, 2)."""
    octets = _message(_draft((PLAN, PICTURE)))
    lines = octets.split(b"\r\n")

    assert octets.isascii()
    assert b"" == lines[-1]
    assert not re.search(rb"\r(?!\n)|(?<!\r)\n", octets)
    assert 78 >= max(len(line) for line in lines)
    assert 76 >= max(len(line) for line in lines if b"=?utf-8?" in line)
    assert b"--=_mixed--" == lines[-2]


@given(
    st.lists(st.binary(max_size=400), max_size=4), st.text(st.characters(codec="utf-8", exclude_characters="\r"))
)
def test_any_content_survives(files: list[bytes], said: str) -> None:
    """Whatever a file or a text holds, also what looks like a boundary, arrives as it was and alone."""
    enclosures = [
        Enclosure(file_name=f"f{n}.bin", media_type="application/zip", content=content + b"\r\n--=_mixed--\r\n")
        for n, content in enumerate(files)
    ]
    frame = build_frame(
        replace(SHARED, text=(said, Slot("hi"))), heading=heading_of(draft()), attachments=enclosures
    )
    own = own_values(
        address=DELHI,
        delivery_id="0" * 32,
        domain="customs.example",
        wording=Wording.ORIGINAL,
        lines={"hi": ["क"]},
    )
    parsed = email.message_from_bytes(compose(frame, own, date=EVENING), policy=email.policy.compat32)
    parts = [part for part in parsed.walk() if not part.is_multipart()]
    text, html, *attached = (part.get_payload(decode=True) for part in parts)

    assert [] == [defect for part in parsed.walk() for defect in part.defects]
    assert (said.replace("\n", "\r\n") + "क").encode() == text
    assert "<p>क</p>".encode() == html
    assert [one.content for one in enclosures] == attached


@pytest.mark.parametrize(
    "name", ["plan\r\nBcc: x@customs.example", "plan .txt", "../plan.txt", 'a";b.txt', "योजना.txt"]
)
def test_file_name_cannot_break_out(name: str) -> None:
    """A file name that is more than plain ASCII is refused before it can become a header (RFC 2231 is avoided)."""
    with pytest.raises(InputProblems):
        build_frame(SHARED, heading=heading_of(draft()), attachments=[replace(PLAN, file_name=name)])


@pytest.mark.parametrize("what", ["reply_to", "address", "name"])
def test_sender_cannot_break_out(what: str) -> None:
    """No value of the sender begins a header of its own."""
    sender = replace(SENDER, **{what: "x@customs.example\r\nBcc: y@customs.example"})

    with pytest.raises(InputProblems):
        build_frame(SHARED, heading=heading_of(draft(sender=sender)), attachments=[])


def test_sender_with_a_name_in_hindi() -> None:
    """A display name beyond ASCII is encoded, its address is not (RFC 2047, section 5)."""
    sender = replace(SENDER, name="प्रणाली, मुंबई")
    parsed = _modern(_message(draft(DELHI, sender=sender)))

    assert ("प्रणाली, मुंबई", "systems@customs.example") == (
        parsed["From"].addresses[0].display_name, parsed["From"].addresses[0].addr_spec
    )  # fmt: skip
    assert () == parsed["From"].defects


def test_root_reference_is_of_the_advisory() -> None:
    """All mails of an advisory refer to one identifier, in the sender's domain."""
    assert "advisory.10-SYS-WZU-2025@customs.example" == root_reference("10-SYS-WZU-2025", SENDER.domain)


def test_boundaries_are_quoted() -> None:
    """`=` needs quotes in a parameter (RFC 2045, section 5.1)."""
    content_type = _modern(_message(_draft()))["Content-Type"]

    assert isinstance(content_type, ContentTypeHeader)
    assert "=_alternative" == content_type.params["boundary"]
