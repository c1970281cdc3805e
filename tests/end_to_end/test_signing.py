"""`dispatcher sign`: the officer's signature, from the document to be signed to the message that carries it."""

from __future__ import annotations

import email
import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import TYPE_CHECKING, Any

import openpyxl
import pypdfium2
import pytest
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign.fields import SigFieldSpec
from pyhanko.sign.signers import PdfSignatureMetadata, PdfSigner, SimpleSigner

from tests.certificates import PASSPHRASE, Holder, authority
from tests.smtp_server import SmtpServer
from tests.time_stamps import time_stamp_service
from tests.tokens import LIBRARY, PIN, write_token
from tests.workspaces import NUMBER, SLUG, Workspace, copy, fill_in_corrigendum

if TYPE_CHECKING:
    from pathlib import Path

    from tests.workspaces import Ended

DAY = timedelta(days=1)
AUTHORITY = authority("Test Root")
ASHA = AUTHORITY.person("ASHA RAO")
NAME = f"Advisory-{SLUG}.pdf"


@dataclass(frozen=True)
class Office:
    """A workspace whose advisory is Asha Rao's, and what is kept in it."""

    workspace: Workspace

    @property
    def folder(self) -> Path:
        """Where the advisory lies."""
        return self.workspace.root / "outbox" / SLUG

    @property
    def taken(self) -> Path:
        """Where the signed document lies once it is taken."""
        return self.folder / "signed" / NAME

    def sign(self, *arguments: str, **changes: str) -> Ended:
        """Run `dispatcher sign`."""
        return self.workspace.run("sign", NUMBER, *arguments, **changes)

    def outside(
        self,
        person: Holder = ASHA,
        *,
        change: Any = None,
        name: str = NAME,
        box: tuple[int, int, int, int] | None = None,
    ) -> Path:
        """Have the document signed by a tool of the officer's own; return the file it leaves.

        `box` is where its mark is to be seen on the first page.
        """
        made = self.sign("--json").json
        document = (self.folder / "signing" / name).read_bytes()
        assert hashlib.sha256(document).hexdigest() == made["sha256"]
        signer = SimpleSigner.load_pkcs12_data(person.p12(), (), PASSPHRASE.encode())
        signed = BytesIO()
        seen = SigFieldSpec("Sig", on_page=0, box=box) if box else None
        PdfSigner(PdfSignatureMetadata("Sig"), signer=signer, new_field_spec=seen).sign_pdf(
            IncrementalPdfFileWriter(BytesIO(document)), output=signed
        )
        file = self.workspace.root / "from-the-tool.pdf"
        file.write_bytes(change(signed.getvalue()) if change else signed.getvalue())
        return file

    def p12(self, person: Holder = ASHA) -> tuple[str, ...]:
        """Write a person's key; return the options that sign with it."""
        file = self.workspace.root / "key.p12"
        file.write_bytes(person.p12())
        return ("--p12", str(file), "--passphrase-env", "KEY_PASSPHRASE")

    def change(self, old: str, new: str) -> None:
        """Change the text of the advisory."""
        text = self.workspace.advisory.read_text(encoding="utf-8")
        assert old in text
        self.workspace.advisory.write_text(text.replace(old, new), encoding="utf-8")


@pytest.fixture(scope="module")
def signing_office(begun: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """Make a workspace that knows Asha Rao and her root; not to be changed."""
    made = Office(copy(begun, tmp_path_factory.mktemp("signing")))
    made.change(
        "{hi: नमूना – हस्ताक्षरकर्ता का नाम, en: Specimen – name of the signatory}", "{hi: आशा राव, en: Asha Rao}"
    )
    made.workspace.put_off(effective_at=DAY, notify_before=DAY, useful_until=2 * DAY)
    (made.workspace.root / "root.pem").write_bytes(AUTHORITY.pem)
    made.workspace.configure(signature={"roots": ["root.pem"]}, approval={"self_approval": True})
    return made.workspace


@pytest.fixture
def office(signing_office: Workspace, tmp_path: Path) -> Office:
    """Return an office that can sign."""
    return Office(copy(signing_office, tmp_path))


def _codes(ended: Ended) -> set[str]:
    return {one["code"] for one in ended.json["problems"] if one["code"].startswith("sign")}


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

    assert {"signature_below_earlier"} == _codes(checked)
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
    assert {"signature_no_time_stamp"} == _codes(again)
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
    office.change("enclosures: []", f"enclosures: []\nrelation: {relation}\ncorrections: {slip}")
    office.change("revision: 0 ", "revision: 1 ")
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
    office.change("en: Joint Director", "en: Deputy Director")
    checked = office.workspace.run("check", NUMBER, "--json")
    shown = office.workspace.run("preview", NUMBER)
    refused = office.workspace.run("prepare", NUMBER)
    office.sign("--signed", str(office.outside()))
    prepared = office.workspace.run("prepare", NUMBER)

    assert (1, {"signed_text_changed", "signature_ahead"}) == (checked.code, _codes(checked))
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
            lambda one: one.change("en: Joint Director", "en: Deputy Director"),
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

    assert (0, {"signature_missing"}) == (checked.code, _codes(checked))
    assert (0, True) == (prepared.code, f"dispatcher cancel {NUMBER}" in prepared.err)
    assert 1 == refused.code
    assert "its document is not signed" in refused.err


def test_an_officer_who_may_not_sign_does_not(office: Office) -> None:
    """Who signs here must be an officer with `may: [sign]`; a maker may still take what another signed."""
    names = {"hi": "आशा राव", "en": "Asha Rao"}
    officers = {
        "asha": {"name": names, "may": ["sign"]},
        "meera": {"name": {"hi": "मीरा", "en": "Meera"}, "may": ["make"]},
    }
    office.workspace.configure(officers=officers)
    options = office.p12()
    refused = office.sign(*options, KEY_PASSPHRASE=PASSPHRASE, officer="meera")
    taken = office.sign("--signed", str(_as(office, "meera").outside()), officer="meera")
    signed = office.sign(*options, KEY_PASSPHRASE=PASSPHRASE, officer="asha")

    assert (1, True) == (refused.code, "meera may not sign" in refused.err)
    assert 0 == taken.code, taken.err
    assert 0 == signed.code, signed.err


RAVI = {"ravi": {"name": {"hi": "रवि मेनन", "en": "Ravi Menon"}, "may": ["make", "approve", "sign"]}}
OTHERS = {
    name: {"name": {"hi": name, "en": name}, "may": ["make", "approve", "sign"]} for name in ("asha", "vivek")
}


def _three_persons(office: Office) -> Office:
    """Have no officer be two of maker, approver and signatory, who is Ravi Menon."""
    office.change("{hi: आशा राव, en: Asha Rao}", "{hi: रवि मेनन, en: Ravi Menon}")
    office.workspace.configure(approval={"self_approval": False})
    return office


def test_the_account_that_signed_is_neither_maker_nor_approver(office: Office) -> None:
    """Whoever ran `sign` with a key is the signatory, though config.yaml names no officers at all."""
    _three_persons(office)
    run = office.workspace.run
    signed = office.sign(*office.p12(AUTHORITY.person("RAVI MENON")), KEY_PASSPHRASE=PASSPHRASE, officer="ravi")
    again = office.sign("--signed", str(office.taken), officer="asha")
    as_maker = run("prepare", NUMBER, officer="ravi")
    prepared = run("prepare", NUMBER, officer="asha")
    as_approver = run("approve", NUMBER, "--yes", officer="ravi")
    approved = run("approve", NUMBER, "--yes", officer="vivek")

    assert [0, 0, 1, 0, 1, 0] == [one.code for one in (signed, again, as_maker, prepared, as_approver, approved)]
    assert "ravi signed the document" in as_maker.err
    assert "another officer must prepare the release" in as_maker.err
    assert "another officer must approve the release" in as_approver.err
    assert [] == run("status", NUMBER, "--json").json["remarks"]


@pytest.mark.parametrize("signed", [True, False], ids=["signed", "unsigned"])
def test_who_bears_the_name_of_the_signatory_is_neither_maker_nor_approver(
    office: Office,
    signed: bool,  # noqa: FBT001 - of the table
) -> None:
    """Signed elsewhere, or not at all, the advisory's signatory is the officer of that name."""
    _three_persons(office).workspace.configure(officers=RAVI | OTHERS)
    run = office.workspace.run
    if signed:
        taken = office.sign(
            "--signed", str(_as(office, "asha").outside(AUTHORITY.person("RAVI MENON"))), officer="asha"
        )
        assert 0 == taken.code, taken.err
    as_maker = run("prepare", NUMBER, officer="ravi")
    prepared = run("prepare", NUMBER, officer="asha")
    as_approver = run("approve", NUMBER, "--yes", officer="ravi")
    approved = run("approve", NUMBER, "--yes", officer="vivek")

    assert [1, 0, 1, 0] == [one.code for one in (as_maker, prepared, as_approver, approved)]
    assert "ravi is the signatory of the advisory" in as_maker.err
    assert "ravi is the signatory of the advisory" in as_approver.err


def test_the_officer_whose_certificate_signed_is_the_signatory(office: Office) -> None:
    """A certificate of another name, which config.yaml gives to an officer, is that officer's."""
    _three_persons(office)
    ravi = {"ravi": RAVI["ravi"] | {"certificate": "DS R MENON 01"}}
    office.workspace.configure(officers=ravi | OTHERS)
    taken = office.sign(
        "--signed", str(_as(office, "asha").outside(AUTHORITY.person("DS R MENON 01"))), officer="asha"
    )
    refused = office.workspace.run("prepare", NUMBER, officer="ravi")

    assert (0, 1) == (taken.code, refused.code), taken.err
    assert "another officer must prepare the release" in refused.err


def test_an_office_of_one_is_remarked(office: Office) -> None:
    """With self-approval allowed nobody is refused; status, both registers and the workbook say who was one."""
    _three_persons(office)
    office.workspace.configure(approval={"self_approval": True}, officers=RAVI | OTHERS)
    run = office.workspace.run
    office.sign("--signed", str(_as(office, "ravi").outside(AUTHORITY.person("RAVI MENON"))), officer="ravi")
    codes = [run("prepare", NUMBER, officer="ravi").code, run("approve", NUMBER, "--yes", officer="ravi").code]
    run("report", NUMBER, "--format", "xlsx", "--output", "told.xlsx")
    title = str(openpyxl.load_workbook(office.workspace.root / "told.xlsx").worksheets[0]["A1"].value)
    said = [title, run("status", NUMBER).out, run("register", "--json").out]

    assert [0, 0] == codes
    assert ["self_approved", "signed_by_maker", "signed_by_approver"] == run("status", NUMBER, "--json").json[
        "remarks"
    ]
    assert all(f"signed by its {who}" in one for one in said for who in ("maker", "approver"))


def test_what_was_noted_of_who_signed_must_be_read(office: Office) -> None:
    """A note beside the signed file that was changed is an error of `check`, and nothing is prepared."""
    office.sign(*office.p12(), KEY_PASSPHRASE=PASSPHRASE)
    (office.folder / "signed" / f"{NAME}.accounts.json").write_text("[", encoding="utf-8")
    checked = office.workspace.run("check", NUMBER, "--json")
    refused = office.workspace.run("prepare", NUMBER)

    assert "signature_account" in _codes(checked)
    assert (1, True) == (refused.code, "nobody knows who signed here" in refused.err)


def test_a_certificate_may_bear_another_name(office: Office) -> None:
    """The office says in config.yaml under which name an officer's certificate runs."""
    other = AUTHORITY.person("DS A RAO 01")
    refused = office.sign("--signed", str(office.outside(other)))
    names = {"hi": "आशा राव", "en": "Asha Rao"}
    office.workspace.configure(officers={"asha": {"name": names, "may": ["sign"], "certificate": "DS A RAO 01"}})
    taken = office.sign("--signed", str(_as(office, "asha").outside(other)), officer="asha")

    assert 1 == refused.code
    assert 0 == taken.code, taken.err


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


@pytest.mark.skipif(LIBRARY is None, reason="SoftHSM (softhsm2) is not installed")
class TestToken:
    """Signing with a token, SoftHSM: keys that cannot be read."""

    ASHA = AUTHORITY.person("ASHA RAO", rsa_key=True)
    RAVI = AUTHORITY.person("RAVI MENON", rsa_key=True)

    def test_the_one_certificate_with_its_key_signs(self, office: Office, tmp_path: Path) -> None:
        """Further certificates without a key do not matter; what is signed is taken."""
        token = write_token(tmp_path, "officer", {"signing": self.ASHA}, without_key={"root": AUTHORITY})
        signed = office.sign("--token", str(LIBRARY), "--pin-env", "PIN", PIN=PIN, **token)

        assert 0 == signed.code, signed.err
        assert "ASHA RAO" in signed.out
        assert office.taken.exists()

    def test_of_several_one_must_be_chosen(self, office: Office, tmp_path: Path) -> None:
        """Several certificates, or tokens, are listed by their labels, and none is guessed."""
        token = write_token(tmp_path, "officer", {"asha-sign": self.ASHA, "ravi-sign": self.RAVI})
        write_token(tmp_path, "spare", {})
        given = ("--token", str(LIBRARY), "--pin-env", "PIN")
        which_token = office.sign(*given, PIN=PIN, **token)
        which = office.sign(*given, "--token-label", "officer", PIN=PIN, **token)
        chosen = office.sign(*given, "--token-label", "officer", "--certificate", "asha-sign", PIN=PIN, **token)

        assert (2, True) == (which_token.code, "there are: officer, spare" in which_token.err)
        assert (2, True) == (which.code, "asha-sign (ASHA RAO), ravi-sign (RAVI MENON)" in which.err)
        assert 0 == chosen.code, chosen.err

    def test_a_wrong_pin_is_told(self, office: Office, tmp_path: Path) -> None:
        """The sentence warns that the token locks itself."""
        token = write_token(tmp_path, "officer", {"signing": self.ASHA})
        refused = office.sign("--token", str(LIBRARY), "--pin-env", "PIN", PIN="000000", **token)

        assert 1 == refused.code
        assert "the token does not take this PIN" in refused.err


def _as(office: Office, officer: str) -> Office:
    """Return the same office with another person at the computer."""
    return _Acting(office.workspace, officer)


@dataclass(frozen=True)
class _Acting(Office):
    officer: str

    def sign(self, *arguments: str, **changes: str) -> Ended:
        return super().sign(*arguments, officer=self.officer, **changes)
