"""Documents signed here and outside, and every way of forging one that we know, against real certificates."""

from __future__ import annotations

import zlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from io import BytesIO
from typing import TYPE_CHECKING, Any

import pytest
from asn1crypto.crl import CertificateList
from cryptography.x509.oid import ExtendedKeyUsageOID
from hypothesis import given, settings
from hypothesis import strategies as st
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.pdf_utils.writer import copy_into_new_writer
from pyhanko.sign.fields import SigFieldSpec, SigSeedSubFilter
from pyhanko.sign.signers import PdfSignatureMetadata, PdfSigner, PdfTimeStamper, SimpleSigner
from pyhanko.sign.validation.dss import DocumentSecurityStore
from pyhanko_certvalidator import ValidationContext

from dispatcher.advisories.certificates import Root, roots_of
from dispatcher.advisories.document import build_document
from dispatcher.advisories.signature_reading import LARGEST, examine
from dispatcher.advisories.signature_rules import PADES, Said, SignatureFacts
from dispatcher.advisories.signing import key_of_file, sign
from dispatcher.advisories.typesetting import read_layout, typeset
from dispatcher.errors import Refused
from tests.certificates import BEGINS, ENDS, PASSPHRASE, Holder, authority
from tests.drafts import LANGUAGES, ROOT, draft
from tests.time_stamps import stamper, time_stamp_service

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyhanko.sign.timestamps import DummyTimeStamper

    from dispatcher.model import Advisory

AT = datetime(2025, 8, 12, 15, 39, 9, tzinfo=UTC)
AUTHORITY = authority()
ASHA = AUTHORITY.person("ASHA RAO")
ROOTS = roots_of(AUTHORITY.pem)


@cache
def _document(subject: str = "") -> bytes:
    shipped = ROOT / "templates" / "pdf"
    layout = read_layout(shipped, shipped=shipped, languages=LANGUAGES)
    advisory: Advisory = draft().advisory
    if subject:
        advisory = replace(advisory, subject=dict.fromkeys(LANGUAGES, subject))
    document = build_document(advisory, office=draft().renderer.office, words=layout.words)
    return typeset(document, layout)


def _signed(document: bytes | None = None, person: Holder = ASHA, **options: Any) -> bytes:
    key = key_of_file(person.p12(), PASSPHRASE, file="key.p12")
    return sign(document or _document(), key, **{"at": AT} | options)


def _outside(document: bytes, person: Holder = ASHA, *, field: str = "Sig", **form: Any) -> bytes:
    """Return the document as an officer's own tool signs it: a mark on the page, the form of old."""
    box = form.pop("box", (340, 150, 540, 210))
    signer = SimpleSigner.load_pkcs12_data(person.p12(), (), PASSPHRASE.encode())
    meta = PdfSignatureMetadata(**{"field_name": field, "md_algorithm": "sha256"} | form)
    spec = SigFieldSpec(field, on_page=-1, box=box)
    signed = BytesIO()
    PdfSigner(meta, signer=signer, new_field_spec=spec).sign_pdf(_update(document), output=signed)
    return signed.getvalue()


def _update(document: bytes) -> IncrementalPdfFileWriter:
    return IncrementalPdfFileWriter(BytesIO(document))


def _written(update: IncrementalPdfFileWriter) -> bytes:
    written = BytesIO()
    update.write(written)  # type: ignore[no-untyped-call] # as it is
    return written.getvalue()


def _annotated(document: bytes) -> bytes:
    update = _update(document)
    page = update.root["/Pages"]["/Kids"][0].get_object()
    note = generic.DictionaryObject({  # type: ignore[no-untyped-call] # as it is
        generic.pdf_name("/Type"): generic.pdf_name("/Annot"),
        generic.pdf_name("/Subtype"): generic.pdf_name("/FreeText"),
        generic.pdf_name("/Rect"): generic.ArrayObject(map(generic.FloatObject, (50, 50, 500, 500))),
        generic.pdf_name("/Contents"): generic.pdf_string("Another text"),
    })  # fmt: skip
    page.setdefault("/Annots", generic.ArrayObject()).append(update.add_object(note))
    update.update_container(page)
    return _written(update)


def _retitled(document: bytes) -> bytes:
    """Return the document with another page in the place of its first."""
    update = _update(document)
    page = update.root["/Pages"]["/Kids"][0].get_object()
    page["/Contents"] = update.add_object(generic.StreamObject(stream_data=b"BT (Another page) Tj ET"))
    update.update_container(page)
    return _written(update)


def _passed_over(document: bytes) -> bytes:
    """Return the document with another one behind it whose table of objects knows nothing of the first."""
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Resources<<>>>>",
    ]
    built, places = document + b"\n", []
    for number, body in enumerate(objects, start=1):
        places.append(len(built))
        built += b"%d 0 obj\n%b\nendobj\n" % (number, body)
    table = len(built)
    rows = b"".join(b"%010d 00000 n \n" % place for place in places)
    built += b"xref\n0 4\n0000000000 65535 f \n" + rows
    return built + b"trailer\n<</Size 4/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % table


def _service(person: Holder) -> DummyTimeStamper:
    return stamper(person, AT)


def _kept(signed: bytes, crl: bytes, *, stamped: bool = True) -> bytes:
    """Return a signed document with proofs against revocation behind it, and an archival time stamp."""
    context = ValidationContext(
        trust_roots=ROOTS, moment=AT, crls=[CertificateList.load(crl)], revocation_mode="soft-fail"
    )
    kept = BytesIO(signed)
    DocumentSecurityStore.add_dss(kept, None, certs=ROOTS, crls=[CertificateList.load(crl)])
    if stamped:
        service = PdfTimeStamper(_service(AUTHORITY.service()))
        service.timestamp_pdf(IncrementalPdfFileWriter(kept), "sha256", validation_context=context, in_place=True)
    return kept.getvalue()


def _examined(
    content: bytes, *, document: bytes | None = None, roots: Sequence[Root] = ROOTS
) -> SignatureFacts | Said:
    return examine(content, lambda _signer, _at: [document or _document()], roots)


def _facts(content: bytes, **options: Any) -> SignatureFacts:
    found = _examined(content, **options)
    assert isinstance(found, SignatureFacts)
    return found


_SIGNED = _signed()
_RANGE = [int(one) for one in PdfFileReader(BytesIO(_SIGNED)).embedded_signatures[0].byte_range]


def test_a_document_signed_here_holds_all() -> None:
    """It is ours below the signature, whole, by the person of the certificate, at the time that was handed in."""
    found = _facts(_signed())

    assert (found.ours, found.only_signature, found.covers_file, found.intact, found.trusted) == (True,) * 5
    assert (found.for_signing, found.revoked, found.mark, found.digest) == (True, False, 0.0, "sha256")
    assert ("ASHA RAO", "Test Root", AT) == (found.signer, found.issuer, found.signed_at)
    assert (PADES, "B-B", None, False) == (found.form, found.level, found.proved_at, found.lasting)
    assert (BEGINS, ENDS) == (found.valid_from, found.valid_until)


def test_signing_leaves_the_document_as_it_is() -> None:
    """What is signed stands, byte for byte, before what signing adds."""
    assert _signed().startswith(_document())


def test_signing_leaves_the_document_an_archive_one() -> None:
    """Version, metadata (by which it is PDF/A and PDF/UA) and marks are those of the document."""
    readers = [PdfFileReader(BytesIO(one)) for one in (_document(), _signed())]
    kept = [(one.input_version, one.root["/Metadata"].data, one.root["/MarkInfo"]) for one in readers]

    assert kept[0] == kept[1]
    assert b"pdfaid:part" in kept[1][1]
    assert b"pdfuaid:part" in kept[1][1]


def test_a_time_stamp_proves_the_time() -> None:
    """With a service that leads to a root the level is B-T; a strange one counts for nothing."""
    proved = _facts(_signed(time_stamps=_service(AUTHORITY.service())))
    strange = _facts(_signed(time_stamps=_service(authority("Elsewhere").service())))

    assert ("B-T", AT, False, True) == (
        proved.level, proved.proved_at, proved.strange_time_stamp, proved.intact
    )  # fmt: skip
    assert ("B-B", None, True, True) == (
        strange.level, strange.proved_at, strange.strange_time_stamp, strange.intact
    )  # fmt: skip


@pytest.mark.parametrize("fault", [{"status": 503}, {"garbage": b"<html>busy</html>"}, {"garbage": b"\x30\x00"}])
def test_a_service_that_gives_no_time_stamp_is_told(fault: dict[str, Any]) -> None:
    """A service that refuses, or answers something else, is one sentence with what to do; nothing is signed."""
    with (
        time_stamp_service(AUTHORITY.service(), **fault) as address,
        pytest.raises(Refused, match=rf"service {address} gives no time stamp; .*timestamp_url: null"),
    ):
        _signed(time_stamps=address)


def test_an_outside_signature_is_read() -> None:
    """A tool of the officer's own may show a mark on the page and use the older form."""
    found = _facts(_outside(_document()))

    assert (found.ours, found.only_signature, found.covers_file, found.intact, found.trusted) == (True,) * 5
    assert ("adbe.pkcs7.detached", "PKCS#7") == (found.form, found.level)
    assert 0.02 < found.mark < 0.03


def test_a_tool_may_certify() -> None:
    """A certifying signature, with its entry in the catalogue, is nothing but a signature."""
    assert _facts(_outside(_document(), certify=True, subfilter=SigSeedSubFilter.PADES)).only_signature


def test_a_mark_over_the_whole_page_is_measured() -> None:
    """What the visible signature takes of its page is told, so that it cannot hide the text."""
    assert _facts(_outside(_document(), box=(0, 0, 595, 842))).mark > 0.99


def test_proofs_and_a_time_stamp_may_follow() -> None:
    """A document security store and an archival time stamp behind the signature belong to it: B-LT, B-LTA."""
    signed = _signed(time_stamps=_service(AUTHORITY.service()))
    levels = []
    for stamped in (False, True):
        found = _facts(_kept(signed, AUTHORITY.revocations(at=AT), stamped=stamped))
        assert (found.ours, found.only_signature, found.covers_file, found.intact) == (True,) * 4
        assert found.lasting
        levels.append(found.level)

    assert ["B-LT", "B-LTA"] == levels


@pytest.mark.parametrize(("age", "lasting"), [(timedelta(0), True), (timedelta(days=30), False)])
def test_the_older_form_brings_its_proofs_within(age: timedelta, lasting: bool) -> None:  # noqa: FBT001
    """A list of revoked certificates in the signature itself counts; one that had run out proves nothing."""
    then = datetime.now(UTC) - age
    crl = CertificateList.load(AUTHORITY.revocations(at=then))
    context = ValidationContext(trust_roots=ROOTS, moment=then, crls=[crl])
    found = _facts(_outside(_document(), embed_validation_info=True, validation_context=context))

    assert (lasting, True, True) == (found.lasting, found.trusted, found.intact)


def test_a_revoked_certificate_is_told() -> None:
    """A list that comes with the file and names the certificate as revoked before it signed is believed."""
    found = _facts(_kept(_signed(), AUTHORITY.revocations(ASHA, at=AT), stamped=False))

    assert (True, True, True) == (found.revoked, found.trusted, found.intact)


@settings(max_examples=60, derandomize=True)
@given(share=st.floats(0, 1, exclude_max=True))
def test_one_flipped_byte_is_seen(share: float) -> None:
    """A byte that is another, wherever it stands outside the signature itself, makes a file that is not taken."""
    signed = bytearray(_SIGNED)
    _, first, second, rest = _RANGE
    at = int((first + rest) * share)
    signed[at if at < first else at - first + second] ^= 1
    found = _examined(bytes(signed))

    assert isinstance(found, Said) or not (found.ours and found.only_signature and found.intact)


def test_another_text_is_not_ours() -> None:
    """A signature over another text holds, but not for this advisory."""
    found = _facts(_signed(_document("Another subject")))

    assert (False, False, True) == (found.ours, found.only_signature, found.intact)


@pytest.mark.parametrize("change", [_annotated, _retitled, _passed_over])
def test_what_was_added_before_signing_is_seen(change: Any) -> None:
    """The file begins with our document and is signed whole; yet it shows something else."""
    found = _facts(_outside(change(_document())))

    assert (True, False) == (found.ours, found.only_signature)


def _irregular(signed: bytes) -> bytes:
    """Return the file with an update that a strict reader does not take: a second generation without a first."""
    reader = PdfFileReader(BytesIO(signed))
    number, root, before = reader.trailer["/Size"], reader.root_ref.idnum, reader.last_startxref
    place = len(signed) + 1
    assert before is not None
    table = place + len(b"%d 1 obj\n<<>>\nendobj\n" % number)
    return signed + (
        b"\n%d 1 obj\n<<>>\nendobj\nxref\n%d 1\n%010d 00001 n \n" % (number, number, place)
        + b"trailer\n<</Size %d/Root %d 0 R/Prev %d>>\n" % (number + 1, root, before)
        + b"startxref\n%d\n%%%%EOF\n" % table
    )


def test_a_file_against_the_standard_is_told() -> None:
    """Where programs may see different documents in a file it is not taken, and it is not called damaged."""
    assert Said.IRREGULAR == _examined(_irregular(_outside(_document())))


@pytest.mark.parametrize("signed", [_SIGNED, _outside(_document())], ids=["here", "outside"])
@pytest.mark.parametrize("change", [_annotated, _retitled, lambda signed: signed + b"\n%another end\n"])
def test_what_was_added_after_signing_is_seen(change: Any, signed: bytes) -> None:
    """The signature still holds for what it covers, which is not the whole file any more."""
    assert not _facts(change(signed)).covers_file


def test_a_second_signature_is_one_too_many() -> None:
    """An advisory bears the signature of its signatory, and no other."""
    twice = _outside(_outside(_document()), AUTHORITY.person("RAVI MENON"), field="Second")

    assert Said.SEVERAL == _examined(twice)


def test_an_unsigned_document_is_told() -> None:
    """The document itself, or one with an empty field, bears no signature."""
    assert Said.UNSIGNED == _examined(_document())


def test_a_foreign_root_is_not_trusted() -> None:
    """A chain that leads elsewhere, by whatever name, is not trusted; nor is any where there are no roots."""
    foreign = authority("Test Root").person("ASHA RAO")

    assert not _facts(_signed(person=foreign)).trusted
    assert not _facts(_signed(), roots=()).trusted
    assert _facts(_signed(person=foreign)).intact


def test_an_ended_certificate_still_leads_to_its_root() -> None:
    """Of a certificate that had ended the times are told; the chain has no fault beside."""
    ended = AUTHORITY.person("ASHA RAO", ends=AT - timedelta(days=1))
    found = _facts(_signed(person=ended))

    assert (AT - timedelta(days=1), True, True) == (found.valid_until, found.trusted, found.intact)


@pytest.mark.parametrize(
    "person",
    [
        AUTHORITY.person("ASHA RAO", usage=("key_encipherment",)),
        AUTHORITY.person("ASHA RAO", purpose=ExtendedKeyUsageOID.SERVER_AUTH),
        AUTHORITY,
    ],
)
def test_a_certificate_for_something_else_is_told(person: Holder) -> None:
    """One for encryption, for a server, or of an authority itself is not a person's for signing."""
    assert not _facts(_signed(person=person)).for_signing


def test_a_certificate_for_mail_may_sign() -> None:
    """Persons' certificates are often issued for mail."""
    mail = AUTHORITY.person("ASHA RAO", purpose=ExtendedKeyUsageOID.EMAIL_PROTECTION)

    assert _facts(_signed(person=mail)).for_signing


def test_a_weak_digest_is_told_and_nothing_else() -> None:
    """A signature over SHA-1 is whole and trusted, and weak."""
    found = _facts(_outside(_document(), md_algorithm="sha1"))

    assert ("sha1", True, True) == (found.digest, found.intact, found.trusted)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", Said.NOT_PDF),
        (b"<html><body>Your document could not be found</body></html>", Said.NOT_PDF),
        (b"%PDF-1.7\n" + b"\x00" * 500, Said.BROKEN),
        (b"%PDF-1.7\n" + b"[" * 100_000, Said.BROKEN),
        (b"%PDF-" + bytes(LARGEST), Said.TOO_LARGE),
    ],
)
def test_what_is_no_document_is_told(content: bytes, said: Said) -> None:
    """Anything else than a whole PDF has its own reason."""
    assert said == _examined(content)


@pytest.mark.parametrize("length", [0.3, 0.8, 0.99])
def test_a_file_cut_off_is_broken(length: float) -> None:
    """A signed file of which the end is missing is told as broken, or as the unsigned one that is left."""
    signed = _signed()

    assert _examined(signed[: int(len(signed) * length)]) in {Said.BROKEN, Said.UNSIGNED}


def test_a_bomb_is_not_unpacked() -> None:
    """A stream that would fill the memory is refused before anything reads it."""
    packer = zlib.compressobj(9)
    packed = b"".join(packer.compress(bytes(1_000_000)) for _ in range(150)) + packer.flush()
    update = _update(_document())
    update.add_object(generic.StreamObject({generic.pdf_name("/Filter"): generic.pdf_name("/FlateDecode")},
                                           encoded_data=packed))  # fmt: skip

    assert len(packed) < 1_000_000
    assert Said.TOO_LARGE == _examined(_written(update))


def test_a_locked_document_is_told() -> None:
    """A document that wants a password is not examined further."""
    writer = copy_into_new_writer(PdfFileReader(BytesIO(_document())))
    writer.encrypt("owner", "user")  # type: ignore[no-untyped-call] # as it is
    locked = BytesIO()
    writer.write(locked)  # type: ignore[no-untyped-call] # as it is

    assert Said.ENCRYPTED == _examined(locked.getvalue())


def test_nothing_is_said_on_the_screen(capfd: pytest.CaptureFixture[str]) -> None:
    """What the reader of PDF logs by itself stays away from the officer's terminal."""
    _facts(_annotated(_outside(_document())))

    assert ("", "") == tuple(capfd.readouterr())


@pytest.mark.parametrize("content", [b"", b"no key", ASHA.pem])
def test_what_is_no_key_is_refused(content: bytes) -> None:
    """A file that is no PKCS#12, or is opened with another passphrase, is refused in a sentence."""
    with pytest.raises(Refused, match=r"key\.p12 cannot be opened"):
        key_of_file(content, PASSPHRASE, file="key.p12")
    with pytest.raises(Refused, match=r"key\.p12 cannot be opened"):
        key_of_file(ASHA.p12(), "another", file="key.p12")


@pytest.mark.parametrize("content", [b"", b"-----BEGIN CERTIFICATE-----\nnone\n", b"\x30\x03\x02\x01\x01"])
def test_what_is_no_root_is_refused(content: bytes) -> None:
    """A file of roots without a certificate in it is no such file."""
    with pytest.raises(ValueError, match="no certificate"):
        roots_of(content)


def test_roots_may_be_binary_or_several() -> None:
    """DER and PEM are read, and several in one file."""
    assert 1 == len(roots_of(AUTHORITY.der))
    assert 2 == len(roots_of(AUTHORITY.pem + authority().pem))
