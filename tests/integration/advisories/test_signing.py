"""Documents signed here and outside, against real certificates: what is found of each is what is so."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import TYPE_CHECKING, Any

import pytest
from asn1crypto.crl import CertificateList
from cryptography.x509.oid import ExtendedKeyUsageOID
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.fields import SigSeedSubFilter
from pyhanko_certvalidator import ValidationContext

from dispatcher.advisories.certificates import roots_of
from dispatcher.advisories.places import Box
from dispatcher.advisories.signature_rules import PADES
from dispatcher.advisories.signing import key_of_file
from dispatcher.errors import Refused
from tests.certificates import BEGINS, ENDS, PASSPHRASE, authority
from tests.signed_documents import (
    ASHA,
    AT,
    AUTHORITY,
    ROOTS,
    facts_of,
    keep_proofs,
    sample_document,
    sign_here,
    sign_outside,
    stamp_service,
)
from tests.time_stamps import time_stamp_service

if TYPE_CHECKING:
    from tests.certificates import Holder


def test_a_document_signed_here_holds_all() -> None:
    """It is ours below the signature, whole, by the person of the certificate, at the time that was handed in."""
    found = facts_of(sign_here())

    assert (found.ours, found.only_signature, found.covers_file, found.intact, found.trusted) == (True,) * 5
    assert (found.for_signing, found.revoked, found.mark, found.digest) == (True, False, 0.0, "sha256")
    assert ("ASHA RAO", "Test Root", AT) == (found.signer, found.issuer, found.signed_at)
    assert (PADES, "B-B", None, False) == (found.form, found.level, found.proved_at, found.lasting)
    assert (BEGINS, ENDS) == (found.valid_from, found.valid_until)


def test_signing_leaves_the_document_as_it_is() -> None:
    """What is signed stands, byte for byte, before what signing adds."""
    assert sign_here().startswith(sample_document())


def test_signing_leaves_the_document_an_archive_one() -> None:
    """Version, metadata (by which it is PDF/A and PDF/UA) and marks are those of the document."""
    readers = [PdfFileReader(BytesIO(one)) for one in (sample_document(), sign_here())]
    kept = [(one.input_version, one.root["/Metadata"].data, one.root["/MarkInfo"]) for one in readers]

    assert kept[0] == kept[1]
    assert b"pdfaid:part" in kept[1][1]
    assert b"pdfuaid:part" in kept[1][1]


def test_a_time_stamp_proves_the_time() -> None:
    """With a service that leads to a root the level is B-T; a strange one counts for nothing."""
    proved = facts_of(sign_here(time_stamps=stamp_service(AUTHORITY.service())))
    strange = facts_of(sign_here(time_stamps=stamp_service(authority("Elsewhere").service())))

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
        sign_here(time_stamps=address)


def test_an_outside_signature_is_read() -> None:
    """A tool of the officer's own may show a mark on the page and use the older form."""
    found = facts_of(sign_outside(sample_document()))

    assert (found.ours, found.only_signature, found.covers_file, found.intact, found.trusted) == (True,) * 5
    assert ("adbe.pkcs7.detached", "PKCS#7") == (found.form, found.level)
    assert 0.02 < found.mark < 0.03


def test_a_tool_may_certify() -> None:
    """A certifying signature, with its entry in the catalogue, is nothing but a signature."""
    assert facts_of(sign_outside(sample_document(), certify=True, subfilter=SigSeedSubFilter.PADES)).only_signature


def test_a_mark_over_the_whole_page_is_measured() -> None:
    """What the visible signature takes of its page is told, so that it cannot hide the text."""
    assert facts_of(sign_outside(sample_document(), box=(0, 0, 595, 842))).mark > 0.99


def test_it_is_told_where_a_signature_is_to_be_seen() -> None:
    """Page and box of its mark, whichever corner is written first; of one that shows nothing there is none."""
    outside = facts_of(sign_outside(sample_document(), box=(540, 150, 340, 210)))

    assert (Box(2, 340, 150, 540, 210),) == outside.pictures
    assert () == facts_of(sign_here()).pictures


def test_proofs_and_a_time_stamp_may_follow() -> None:
    """A document security store and an archival time stamp behind the signature belong to it: B-LT, B-LTA."""
    signed = sign_here(time_stamps=stamp_service(AUTHORITY.service()))
    levels = []
    for stamped in (False, True):
        found = facts_of(keep_proofs(signed, AUTHORITY.revocations(at=AT), stamped=stamped))
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
    found = facts_of(sign_outside(sample_document(), embed_validation_info=True, validation_context=context))

    assert (lasting, True, True) == (found.lasting, found.trusted, found.intact)


def test_a_revoked_certificate_is_told() -> None:
    """A list that comes with the file and names the certificate as revoked before it signed is believed."""
    found = facts_of(keep_proofs(sign_here(), AUTHORITY.revocations(ASHA, at=AT), stamped=False))

    assert (True, True, True) == (found.revoked, found.trusted, found.intact)


def test_a_foreign_root_is_not_trusted() -> None:
    """A chain that leads elsewhere, by whatever name, is not trusted; nor is any where there are no roots."""
    foreign = authority("Test Root").person("ASHA RAO")

    assert not facts_of(sign_here(person=foreign)).trusted
    assert not facts_of(sign_here(), roots=()).trusted
    assert facts_of(sign_here(person=foreign)).intact


def test_an_ended_certificate_still_leads_to_its_root() -> None:
    """Of a certificate that had ended the times are told; the chain has no fault beside."""
    ended = AUTHORITY.person("ASHA RAO", ends=AT - timedelta(days=1))
    found = facts_of(sign_here(person=ended))

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
    assert not facts_of(sign_here(person=person)).for_signing


def test_a_certificate_for_mail_may_sign() -> None:
    """Persons' certificates are often issued for mail."""
    mail = AUTHORITY.person("ASHA RAO", purpose=ExtendedKeyUsageOID.EMAIL_PROTECTION)

    assert facts_of(sign_here(person=mail)).for_signing


def test_a_weak_digest_is_told_and_nothing_else() -> None:
    """A signature over SHA-1 is whole and trusted, and weak."""
    found = facts_of(sign_outside(sample_document(), md_algorithm="sha1"))

    assert ("sha1", True, True) == (found.digest, found.intact, found.trusted)


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
