"""`dispatcher sign`: the officer's signature, from the document to be signed to the message that carries it."""

from __future__ import annotations

import email
import hashlib
from datetime import UTC, datetime
from typing import Any

import pypdfium2
import pytest

from tests.certificates import PASSPHRASE, Holder, authority
from tests.signing_offices import AUTHORITY, DAY, NAME, Office, signature_codes
from tests.smtp_server import SmtpServer
from tests.time_stamps import time_stamp_service
from tests.workspaces import NUMBER, SLUG, fill_in_corrigendum


def test_a_signature_goes_the_whole_way(office: Office) -> None:
    """Signed outside, taken, prepared, approved and handed over: the relay gets those bytes, and their sum."""
    office.workspace.configure(signature={"required": True})
    taken = office.sign("--signed", str(office.outside()), "--json")
    with SmtpServer() as server:
        office.workspace.hand_over_to(server.port)
        for verb in ("prepare", "approve"):
            done = office.workspace.run(verb, NUMBER)
            assert 0 == done.code, done.err
        handed = office.workspace.run("send", NUMBER)
    message = email.message_from_bytes(server.messages[0])
    (document,) = [part for part in message.walk() if part.get_filename() == NAME]
    content = document.get_payload(decode=True)
    text = next(part for part in message.walk() if part.get_content_type() == "text/plain").get_payload(
        decode=True
    )

    assert 0 == taken.code, taken.err
    assert ("ASHA RAO", "PKCS#7") == (taken.json["signature"]["signer"], taken.json["signature"]["level"])
    assert 0 == handed.code, handed.err
    assert office.taken.read_bytes() == content == (office.folder / NAME).read_bytes()
    assert taken.json["sha256"] == hashlib.sha256(content).hexdigest()
    assert isinstance(text, bytes)
    assert b"digitally signed copy" in text.lower()
    assert taken.json["sha256"].encode() in text


def test_an_unsigned_corrigendum_of_a_signed_advisory_is_told(office: Office) -> None:
    """Both check and prepare warn of it, and nothing stops: an hour may need correcting without the signatory."""
    office.sign("--signed", str(office.outside()))
    with SmtpServer() as server:
        office.workspace.hand_over_to(server.port)
        for verb in ("prepare", "approve", "send"):
            done = office.workspace.run(verb, NUMBER)
            assert 0 == done.code, done.err
    office.workspace.run("revise", NUMBER, "--as", "corrigendum")
    fill_in_corrigendum(office.workspace)
    checked = office.workspace.run("check", NUMBER, "--json")
    prepared = office.workspace.run("prepare", NUMBER)

    assert {"signature_below_earlier"} == signature_codes(checked)
    assert 0 == prepared.code, prepared.err
    assert "was issued with the signature of ASHA RAO" in " ".join((prepared.out + prepared.err).split())


def test_the_document_to_be_signed_is_always_the_same(office: Office) -> None:
    """It can be compared by its sum, and signing again begins from the same bytes."""
    first, again = (office.sign("--json").json["sha256"] for _ in range(2))

    assert first == again


def test_signed_here_the_document_shows_the_time_of_its_signature(office: Office) -> None:
    """The stamp and the signature tell one time and one name; the result is examined as any other."""
    signed = office.sign(*office.p12(), "--json", KEY_PASSPHRASE=PASSPHRASE)
    again = office.workspace.run("check", NUMBER, "--json")

    assert 0 == signed.code, signed.err
    at = datetime.fromisoformat(signed.json["signature"]["signed_at"])
    with pypdfium2.PdfDocument(office.taken) as opened:
        pages = [" ".join(page.get_textpage().get_text_range().split()) for page in opened]
    assert [f"दिनांक: {at:%d-%m-%Y %H:%M:%S} IST" in pages[0], f"Date: {at:%d-%m-%Y %H:%M:%S} IST" in pages[1]] == [
        True, True
    ]  # fmt: skip
    assert all("ASHA RAO" in page for page in pages)
    assert "B-B" == signed.json["signature"]["level"]
    assert ["signature_no_time_stamp"] == [one["code"] for one in signed.json["problems"]]
    assert {"signature_no_time_stamp"} == signature_codes(again)
    assert again.json["ok"]


def test_a_time_stamp_service_is_asked(office: Office) -> None:
    """With `timestamp_url` the signature is B-T; where the service does not answer nothing is signed."""
    options = office.p12()
    with time_stamp_service(AUTHORITY.service()) as address:
        office.workspace.configure(signature={"timestamp_url": address})
        stamped = office.sign(*options, "--json", KEY_PASSPHRASE=PASSPHRASE)
    office.taken.unlink()
    failed = office.sign(*options, KEY_PASSPHRASE=PASSPHRASE)

    assert 0 == stamped.code, stamped.err
    assert "B-T" == stamped.json["signature"]["level"]
    assert 1 == failed.code
    assert f"the time-stamp service {address} gives no time stamp" in failed.err
    assert not office.taken.exists()


@pytest.mark.parametrize(
    ("person", "code"),
    [
        (
            AUTHORITY.person("RAVI MENON"),
            "RAVI MENON signed; the signatory of this advisory is आशा राव / Asha Rao",
        ),
        (authority("Another Root").person("ASHA RAO"), "does not lead to a root"),
    ],
)
def test_a_signature_that_does_not_hold_is_refused(office: Office, person: Holder, code: str) -> None:
    """The reason stands on the screen, and nothing is taken."""
    refused = office.sign("--signed", str(office.outside(person)))

    assert 1 == refused.code
    assert code in refused.err
    assert not office.taken.exists()


def test_a_corrigendum_is_not_signed_before_its_own_date(office: Office) -> None:
    """The date printed on it counts, not that of the advisory, which has passed long ago."""
    tomorrow = (datetime.now(UTC) + 2 * DAY).date()
    relation = f"{{type: corrigendum, target: {NUMBER}, dated: {tomorrow}}}"
    slip = "[{where: {hi: क, en: a}, for: {hi: ख, en: b}, read: {hi: ग, en: c}}]"
    office.workspace.change("enclosures: []", f"enclosures: []\nrelation: {relation}\ncorrections: {slip}")
    office.workspace.change("revision: 0 ", "revision: 1 ")
    name = f"Advisory-{SLUG}-R1.pdf"
    refused = office.sign("--signed", str(office.outside(name=name)))

    assert (1, True) == (refused.code, f"{tomorrow:%d.%m.%Y}" in refused.err), refused.err


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"<html>not found</html>", "This is not a PDF file"),
        (None, "There is no signature on this PDF"),
    ],
)
def test_another_file_is_refused(office: Office, content: bytes | None, reason: str) -> None:
    """Whatever lies in the place of a signed PDF is refused in a sentence, never with a traceback."""
    office.sign()
    file = office.workspace.root / "given.pdf"
    file.write_bytes((office.folder / "signing" / NAME).read_bytes() if content is None else content)
    refused = office.sign("--signed", str(file))

    assert (1, True) == (refused.code, reason in refused.err)
    assert "Traceback" not in refused.err


@pytest.mark.parametrize(
    ("box", "code", "told"),
    [
        ((70, 500, 525, 590), 1, "covers the number, the date, the subject, a correction or a text with an hour"),
        ((300, 200, 500, 260), 0, "covers text"),
        ((260, 358, 520, 398), 0, None),
    ],
    ids=["over an hour", "over the list", "above the name"],
)
def test_a_mark_lies_where_it_hides_nothing(
    office: Office, box: tuple[int, int, int, int], code: int, told: str | None
) -> None:
    """Over an hour the file is refused, over other text taken with a warning, in the free space taken."""
    signed = office.sign("--signed", str(office.outside(box=box)))
    said = " ".join((signed.err + signed.out).split())

    assert code == signed.code, said
    assert (code == 0) is office.taken.exists()
    assert (told or "Signed by ASHA RAO") in said
    assert ("covers" in said) is (told is not None)


def test_without_roots_nothing_is_taken(office: Office) -> None:
    """A signature that nobody can check is refused, with the key of config.yaml that is missing."""
    office.workspace.configure(signature={"roots": []})
    refused = office.sign(*office.p12(), KEY_PASSPHRASE=PASSPHRASE)

    assert 1 == refused.code
    assert "config.yaml names no root certificate (signature: roots:)" in refused.err


def test_a_wrong_root_is_told_before_anybody_signs(office: Office) -> None:
    """A file of roots that is none, or not there, is a fault of config.yaml for every look at the document."""
    (office.workspace.root / "root.pem").write_text("no certificate", encoding="utf-8")
    office.workspace.configure(signature={"roots": ["root.pem", "missing.pem"]})
    told = office.workspace.run("check", NUMBER)

    assert 2 == told.code
    assert "config.yaml: signature.roots: root.pem: holds no certificate" in told.err
    assert "config.yaml: signature.roots: missing.pem: No such file or directory" in told.err


def test_a_change_after_signing_voids_the_signature(office: Office) -> None:
    """`check` and `prepare` refuse the signed file once the text is another; `preview` shows a specimen."""
    office.sign("--signed", str(office.outside()))
    office.workspace.change("en: Joint Director", "en: Deputy Director")
    checked = office.workspace.run("check", NUMBER, "--json")
    shown = office.workspace.run("preview", NUMBER)
    refused = office.workspace.run("prepare", NUMBER)
    office.sign("--signed", str(office.outside()))
    prepared = office.workspace.run("prepare", NUMBER)

    assert (1, {"signed_text_changed", "signature_ahead"}) == (checked.code, signature_codes(checked))
    assert 0 == shown.code
    assert 1 == refused.code
    assert "Run `dispatcher sign` and sign the file that it writes" in refused.err
    assert 0 == prepared.code, prepared.err


def _approved(office: Office) -> Office:
    """Have a signed document prepared and approved."""
    office.sign("--signed", str(office.outside()))
    for verb in ("prepare", "approve"):
        done = office.workspace.run(verb, NUMBER)
        assert 0 == done.code, done.err
    return office


def _change_layout(office: Office) -> None:
    layout = office.workspace.root / "templates/pdf/advisory.typ"
    layout.write_text(f"{layout.read_text(encoding='utf-8')}\n#pagebreak()\n", encoding="utf-8")


def _alter_signed(office: Office) -> None:
    office.taken.write_bytes(office.taken.read_bytes() + b"\n")


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (
            lambda one: one.workspace.change("en: Joint Director", "en: Deputy Director"),
            ["  en  - Joint Director", "      + Deputy Director"],
        ),
        (_change_layout, ["templates/pdf/advisory.typ: changed"]),
        (_alter_signed, [f"outbox/{SLUG}/signed/{NAME}: changed"]),
        (lambda one: one.taken.unlink(), [f"{NAME}: changed"]),
    ],
    ids=["text", "layout", "altered", "removed"],
)
def test_what_changed_after_a_signed_release_was_approved_is_shown(
    office: Office, change: Any, told: list[str]
) -> None:
    """The difference itself, though the signature holds no more: nothing is handed over."""
    change(_approved(office))
    warned = office.workspace.run("check", NUMBER, "--json").json["problems"]
    with SmtpServer() as server:
        office.workspace.hand_over_to(server.port)
        refused = office.workspace.run("send", NUMBER)
        received = len(server.messages)

    assert (1, 0) == (refused.code, received)
    assert "no longer what was approved" in refused.err
    assert [] == [one for one in told if one not in refused.err]
    assert {"release_unreadable", "release_departed"} & {one["code"] for one in warned}


def test_a_signed_file_that_was_altered_later_is_refused(office: Office) -> None:
    """What was taken is examined again at `prepare`: a byte changed since is found."""
    office.sign("--signed", str(office.outside()))
    content = bytearray(office.taken.read_bytes())
    content[len(content) // 2] ^= 1
    office.taken.write_bytes(content)
    refused = office.workspace.run("prepare", NUMBER)

    assert 1 == refused.code
    assert f"{SLUG}/signed/{NAME}" in refused.err


def test_after_prepare_it_is_too_late(office: Office) -> None:
    """A frozen document is not signed; cancelled, it is, and what was frozen stays as it is."""
    office.workspace.run("prepare", NUMBER)
    frozen = (office.folder / NAME).read_bytes()
    refused = office.sign()
    office.workspace.run("cancel", NUMBER, "--reason", "to be signed")
    signed = office.sign(*office.p12(), KEY_PASSPHRASE=PASSPHRASE)

    assert 1 == refused.code
    assert f"dispatcher cancel {SLUG}" in refused.err
    assert 0 == signed.code, signed.err
    assert frozen == (office.folder / NAME).read_bytes() != office.taken.read_bytes()


def test_send_refuses_what_must_be_signed_and_is_not(office: Office) -> None:
    """An unsigned document goes only where no signature is required; beforehand it is a warning."""
    office.workspace.configure(signature={"required": True})
    checked = office.workspace.run("check", NUMBER, "--json")
    prepared = office.workspace.run("prepare", NUMBER)
    office.workspace.run("approve", NUMBER)
    refused = office.workspace.run("send", NUMBER)

    assert (0, {"signature_missing"}) == (checked.code, signature_codes(checked))
    assert (0, True) == (prepared.code, f"dispatcher cancel {NUMBER}" in prepared.err)
    assert 1 == refused.code
    assert "its document is not signed" in refused.err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--signed", "a.pdf", "--p12", "b.p12"), "--signed and --p12 are two ways"),
        (("--pin-env", "PIN"), "--pin-env goes with --token"),
        (("--certificate", "x", "--p12", "b.p12"), "--certificate goes with --token"),
        (("--passphrase-env", "X"), "--passphrase-env goes with --p12"),
        (("--signed", "nowhere.pdf"), "nowhere.pdf is no file"),
        (("--p12", "nowhere.p12", "--passphrase-env", "HOME"), "nowhere.p12 is no file"),
        (("--p12", "config.yaml", "--passphrase-env", "NOT_SET"), "the environment variable NOT_SET is not set"),
        (("--p12", "config.yaml"), "nobody can be asked here; --passphrase-env names the variable"),
        (("--token", "config.yaml", "--pin-env", "HOME"), "config.yaml is not the library of a token"),
    ],
)
def test_wrong_usage_is_told(office: Office, arguments: tuple[str, ...], said: str) -> None:
    """What the command cannot do with its options is exit code 2 and a sentence."""
    told = office.sign(*arguments)

    assert 2 == told.code
    assert said in told.err
