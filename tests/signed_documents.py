"""Signed documents of the sample advisory, and what was done to them, by certificates made on the spot."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from io import BytesIO
from typing import TYPE_CHECKING, Any

from asn1crypto.crl import CertificateList
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign.fields import SigFieldSpec
from pyhanko.sign.signers import PdfSignatureMetadata, PdfSigner, PdfTimeStamper, SimpleSigner
from pyhanko.sign.validation.dss import DocumentSecurityStore
from pyhanko_certvalidator import ValidationContext

from dispatcher.advisories.certificates import Root, roots_of
from dispatcher.advisories.document import build_document
from dispatcher.advisories.signature_reading import examine
from dispatcher.advisories.signature_rules import Said, SignatureFacts
from dispatcher.advisories.signing import key_of_file, sign
from dispatcher.advisories.typesetting import read_layout, typeset
from tests.certificates import PASSPHRASE, Holder, authority
from tests.drafts import LANGUAGES, ROOT, draft
from tests.time_stamps import stamper

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyhanko.sign.timestamps import DummyTimeStamper

    from dispatcher.model import Advisory

AT = datetime(2025, 8, 12, 15, 39, 9, tzinfo=UTC)
AUTHORITY = authority()
ASHA = AUTHORITY.person("ASHA RAO")
ROOTS = roots_of(AUTHORITY.pem)


@cache
def sample_document(subject: str = "") -> bytes:
    """Return the document of the sample, or of one with another subject."""
    shipped = ROOT / "templates" / "pdf"
    layout = read_layout(shipped, shipped=shipped, languages=LANGUAGES)
    advisory: Advisory = draft().advisory
    if subject:
        advisory = replace(advisory, subject=dict.fromkeys(LANGUAGES, subject))
    document = build_document(advisory, office=draft().renderer.office, words=layout.words)
    return typeset(document, layout)


def sign_here(document: bytes | None = None, person: Holder = ASHA, **options: Any) -> bytes:
    """Return a document, or that of the sample, as it is signed here."""
    key = key_of_file(person.p12(), PASSPHRASE, file="key.p12")
    return sign(document or sample_document(), key, **{"at": AT} | options)


def sign_outside(document: bytes, person: Holder = ASHA, *, field: str = "Sig", **form: Any) -> bytes:
    """Return the document as an officer's own tool signs it: a mark on the page, the form of old."""
    box = form.pop("box", (340, 150, 540, 210))
    signer = SimpleSigner.load_pkcs12_data(person.p12(), (), PASSPHRASE.encode())
    meta = PdfSignatureMetadata(**{"field_name": field, "md_algorithm": "sha256"} | form)
    spec = SigFieldSpec(field, on_page=-1, box=box)
    signed = BytesIO()
    PdfSigner(meta, signer=signer, new_field_spec=spec).sign_pdf(update_of(document), output=signed)
    return signed.getvalue()


def update_of(document: bytes) -> IncrementalPdfFileWriter:
    """Return what writes an update behind a document."""
    return IncrementalPdfFileWriter(BytesIO(document))


def written(update: IncrementalPdfFileWriter) -> bytes:
    """Return a document with the update behind it."""
    written = BytesIO()
    update.write(written)  # type: ignore[no-untyped-call] # as it is
    return written.getvalue()


def annotate(document: bytes) -> bytes:
    """Return a document with a note that covers its text behind it."""
    update = update_of(document)
    page = update.root["/Pages"]["/Kids"][0].get_object()
    note = generic.DictionaryObject({  # type: ignore[no-untyped-call] # as it is
        generic.pdf_name("/Type"): generic.pdf_name("/Annot"),
        generic.pdf_name("/Subtype"): generic.pdf_name("/FreeText"),
        generic.pdf_name("/Rect"): generic.ArrayObject(map(generic.FloatObject, (50, 50, 500, 500))),
        generic.pdf_name("/Contents"): generic.pdf_string("Another text"),
    })  # fmt: skip
    page.setdefault("/Annots", generic.ArrayObject()).append(update.add_object(note))
    update.update_container(page)
    return written(update)


def stamp_service(person: Holder) -> DummyTimeStamper:
    """Return a time-stamp service of somebody's, at the moment of AT."""
    return stamper(person, AT)


def keep_proofs(signed: bytes, crl: bytes, *, stamped: bool = True) -> bytes:
    """Return a signed document with proofs against revocation behind it, and an archival time stamp."""
    context = ValidationContext(
        trust_roots=ROOTS, moment=AT, crls=[CertificateList.load(crl)], revocation_mode="soft-fail"
    )
    kept = BytesIO(signed)
    DocumentSecurityStore.add_dss(kept, None, certs=ROOTS, crls=[CertificateList.load(crl)])
    if stamped:
        service = PdfTimeStamper(stamp_service(AUTHORITY.service()))
        service.timestamp_pdf(IncrementalPdfFileWriter(kept), "sha256", validation_context=context, in_place=True)
    return kept.getvalue()


def examined(
    content: bytes, *, document: bytes | None = None, roots: Sequence[Root] = ROOTS
) -> SignatureFacts | Said:
    """Examine a file as one that should hold a document, or that of the sample, signed by who leads to a root."""
    return examine(content, lambda _signer, _at: [document or sample_document()], roots)


def facts_of(content: bytes, **options: Any) -> SignatureFacts:
    """Return what was found of a signature, where there is one to examine."""
    found = examined(content, **options)
    assert isinstance(found, SignatureFacts)
    return found
