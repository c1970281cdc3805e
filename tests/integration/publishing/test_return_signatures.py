"""Returns signed and examined with real certificates, and every way of forging a signature that we know."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from asn1crypto import cms
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.hazmat.primitives.serialization.pkcs7 import PKCS7Options, PKCS7SignatureBuilder
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatcher.advisories.certificates import brought_by, roots_of
from dispatcher.advisories.signing import key_of_file
from dispatcher.errors import Refused
from dispatcher.publishing.return_signatures import certificate_of, examine, sign
from dispatcher.publishing.returns import body_of
from tests.certificates import BEGINS, ENDS, PASSPHRASE, Holder, alone, authority, maze
from tests.returns import DONE, return_keys

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from dispatcher.publishing.return_seals import SignatureFacts

MADE = datetime(2026, 6, 1, 5, 30, tzinfo=UTC)
NOW = MADE + timedelta(minutes=20)
BODY = body_of(return_keys(made_at=MADE))
ROOT = authority("Root of licensed CAs")
EICI = ROOT.person("EICI Secretariat")
DETACHED = (PKCS7Options.DetachedSignature, PKCS7Options.Binary)


def _signed(holder: Holder, body: bytes = BODY, *, also: Sequence[Holder] = ()) -> bytes:
    return sign(body, key_of_file(holder.p12(also=also), PASSPHRASE, file="key.p12"), at=MADE)


def _outside(*holders: Holder, options: Sequence[PKCS7Options] = DETACHED, also: Sequence[Holder] = ()) -> bytes:
    """Return a signature by all of them, made by another library than ours, with certificates of others."""
    made = PKCS7SignatureBuilder().set_data(BODY)
    for one in holders:
        made = made.add_signer(one.certificate, one.key, hashes.SHA256())
    for one in also:
        made = made.add_certificate(one.certificate)
    return made.sign(Encoding.DER, options)


SIGNED = _signed(EICI)


def _examined(signature: bytes, *roots: Holder, body: bytes = BODY, now: datetime = NOW) -> SignatureFacts | None:
    trusted = [root for one in roots or (ROOT,) for root in roots_of(one.pem)]
    return examine(body, signature, trusted, made_at=MADE, now=now)


def _facts(signature: bytes, *roots: Holder, **options: Any) -> SignatureFacts:
    found = _examined(signature, *roots, **options)
    assert found is not None
    return found


def test_what_is_signed_here_holds() -> None:
    """The octets, the key, the chain to a root of the office, and what the certificate says of its holder."""
    found = _facts(SIGNED)
    certificate = found.certificate

    assert (True, False, True, True) == (found.intact, found.weak, found.trusted_then, found.trusted_now)
    assert ("EICI Secretariat", "Root of licensed CAs", True) == (
        certificate.name,
        certificate.issuer,
        certificate.for_signing,
    )
    assert (BEGINS, ENDS) == (certificate.valid_from, certificate.valid_until)
    assert EICI.certificate.fingerprint(hashes.SHA256()).hex() == certificate.sha256
    assert certificate == certificate_of(key_of_file(EICI.p12(), PASSPHRASE, file="key.p12"))


def test_the_signature_names_its_time_and_holds_no_content() -> None:
    """Detached: the return stands beside it and is read as the JSON that it is; its time is that of the return."""
    signed = cms.ContentInfo.load(SIGNED)["content"]
    (signer,) = signed["signer_infos"]
    (time,) = [one["values"][0].native for one in signer["signed_attrs"] if one["type"].native == "signing_time"]

    assert MADE == time
    assert signed["encap_content_info"]["content"].native is None
    assert b"couriers" not in SIGNED


@pytest.mark.parametrize("also_rsa", [False, True])
def test_a_signature_of_another_program_holds(*, also_rsa: bool) -> None:
    """Made by another library, as with openssl: with either kind of key."""
    holder = ROOT.person("EICI Secretariat", rsa_key=also_rsa)
    found = _facts(_outside(holder))

    assert (True, True, True) == (found.intact, found.trusted_then, found.trusted_now)


def test_a_changed_body_is_seen() -> None:
    """An octet more, or other counts: the signature is genuine and does not fit."""
    other = body_of(return_keys(replace(DONE, kit_hash="ee" * 32), made_at=MADE))

    for body in (BODY + b" ", BODY.replace(b"211", b"213"), other):
        assert not _facts(SIGNED, body=body).intact


def test_the_signature_of_another_return_does_not_fit() -> None:
    """Taken over from an earlier return of the same signer."""
    earlier = body_of(return_keys(made_at=MADE - timedelta(days=1)))

    assert not _facts(_signed(EICI, earlier)).intact


def test_a_foreign_certificate_is_not_trusted() -> None:
    """The same name, certified by somebody's own authority, even one of the same name as the office's root."""
    forger = authority("Root of licensed CAs")
    found = _facts(_signed(forger.person("EICI Secretariat"), also=[forger]))

    assert ("EICI Secretariat", True) == (found.certificate.name, found.intact)
    assert (False, False) == (found.trusted_then, found.trusted_now)


@pytest.mark.parametrize("sign_as", [_signed, _outside])
def test_the_certificate_of_another_under_a_signature_is_seen(sign_as: Callable[[Holder], bytes]) -> None:
    """EICI's certificate in the place of the forger's: the key is not that of the certificate."""
    forged, genuine = (
        cms.ContentInfo.load(one) for one in (sign_as(authority().person("EICI Secretariat")), SIGNED)
    )
    forged["content"]["certificates"] = genuine["content"]["certificates"]
    forged["content"]["signer_infos"][0]["sid"] = genuine["content"]["signer_infos"][0]["sid"]
    found = _examined(forged.dump(force=True))

    assert found is None or not found.intact
    assert (found is None) == (sign_as is _signed)  # ours names its certificate in what is signed (RFC 5035)


def test_a_chain_over_an_intermediate_authority_holds() -> None:
    """As those of licensed authorities do: the file of the key brings what is between it and the root."""
    between = ROOT.authority("Licensed CA 2026")
    found = _facts(_signed(between.person("EICI Secretariat")))

    assert (True, True) == (found.trusted_then, found.trusted_now)


def test_an_authority_above_that_expired_meanwhile_is_told() -> None:
    """It was valid when the return was made, and is not now; or the other way round."""
    until, since = (ROOT.authority("CA", ends=MADE), ROOT.authority("CA", begins=NOW))
    dead, young = (_facts(_signed(one.person("EICI Secretariat"))) for one in (until, since))

    assert (True, False) == (dead.trusted_then, dead.trusted_now)
    assert (False, True) == (young.trusted_then, young.trusted_now)


def test_an_expired_certificate_is_told_by_its_own_dates() -> None:
    """Its chain is judged within its validity: that it is over is a fault of its own."""
    found = _facts(_signed(ROOT.person("EICI Secretariat", ends=MADE + timedelta(minutes=1))))

    assert MADE + timedelta(minutes=1) == found.certificate.valid_until
    assert (True, True) == (found.trusted_then, found.trusted_now)


def test_a_certificate_that_stands_alone_can_be_its_own_root() -> None:
    """An office without an authority certifies itself, and hands its certificate over by hand."""
    own = alone("EICI Secretariat")

    assert _facts(_signed(own), own).trusted_now
    assert not _facts(_signed(own)).trusted_now
    assert not _facts(_signed(own), alone("EICI Secretariat")).trusted_now


def test_a_key_that_is_for_other_things_is_told() -> None:
    """One that enciphers, and the authority's own."""
    enciphers = _facts(_signed(ROOT.person("EICI Secretariat", usage=("key_encipherment",))))
    itself = _facts(_signed(ROOT))

    assert (False, False) == (enciphers.certificate.for_signing, itself.certificate.for_signing)


def test_a_weak_digest_is_told() -> None:
    """SHA-1, of which two returns of the same sum can be made; the signature as such fits."""
    found = _facts(_by_sha1(EICI))

    assert (True, True) == (found.intact, found.weak)


def test_a_short_key_is_told() -> None:
    """An RSA key of 1024 bits."""
    short = rsa.generate_private_key(65537, 1024)
    found = _facts(_outside(ROOT.person("EICI Secretariat", key=short)))

    assert (True, True) == (found.intact, found.weak)


def _by_sha1(holder: Holder) -> bytes:
    """Return a signature by SHA-1, as no library makes it any more: over the attributes of another, changed."""
    made = cms.ContentInfo.load(_outside(holder))
    (signer,) = made["content"]["signer_infos"]
    kept = [one for one in signer["signed_attrs"] if one["type"].native in {"content_type", "signing_time"}]
    digest = cms.CMSAttribute({"type": "message_digest", "values": [hashlib.sha1(BODY).digest()]})
    attributes = cms.CMSAttributes([*kept, digest])
    signer["digest_algorithm"] = {"algorithm": "sha1"}
    signer["signature_algorithm"] = {"algorithm": "sha1_ecdsa"}
    signer["signed_attrs"] = attributes
    assert isinstance(holder.key, ec.EllipticCurvePrivateKey)
    signer["signature"] = holder.key.sign(attributes.dump(), ec.ECDSA(hashes.SHA1()))
    octets: bytes = made.dump(force=True)
    return octets


def test_content_of_its_own_is_refused() -> None:
    """A signature that brings another content is no signature of what stands beside it."""
    assert _examined(_outside(EICI, options=[PKCS7Options.Binary])) is None


def test_two_signers_are_none() -> None:
    """It could not be said whose signature it is."""
    assert _examined(_outside(EICI, ROOT.person("Somebody"))) is None


def test_a_maze_of_certificates_is_not_walked() -> None:
    """Authorities of one name and key certify one another in any order: no chain is as long as the ways there."""
    person, others = maze("EICI Secretariat")

    assert not _facts(_outside(person, also=others[:3])).trusted_now
    assert _examined(_outside(person, also=others)) is None
    with pytest.raises(Refused, match="more certificates of authorities than any chain has"):
        _signed(person, also=others)


@pytest.mark.parametrize(
    ("place", "kind"), [("unsigned_attrs", "signature_time_stamp_token"), ("signed_attrs", "content_time_stamp")]
)
def test_a_maze_within_a_time_stamp_is_seen(place: str, kind: str) -> None:
    """A time stamp brings certificates too, which are followed before anybody knows whose it is."""
    person, others = maze("Time stamps")
    stamp = {"type": kind, "values": [cms.ContentInfo.load(_outside(person, also=others))]}
    made = cms.ContentInfo.load(SIGNED)
    signer = made["content"]["signer_infos"][0]
    signer[place] = [*(signer[place] or ()), stamp]
    octets = made.dump(force=True)
    found = brought_by(cms.ContentInfo.load(octets)["content"])

    assert {EICI.der, person.der, *(one.der for one in others)} <= {one.dump() for one in found}
    assert _examined(octets) is None


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x30",
        b"no CMS at all",
        SIGNED[:-1],
        SIGNED[: len(SIGNED) // 2],
        SIGNED + b"\0",
        EICI.der,
        EICI.p12(),
        b"\x30\x80" * 20_000,
        cms.ContentInfo({"content_type": "data", "content": b"x"}).dump(),
    ],
)
def test_what_is_no_signature_is_none(content: bytes) -> None:
    """Nothing, text, cut off, with more behind it, a certificate, a key file, nested without end, other CMS."""
    assert _examined(content) is None


@settings(max_examples=150, deadline=None)
@given(st.integers(0, len(SIGNED) - 1), st.integers(1, 255))
def test_no_octet_can_be_changed_unseen_to_another_name(place: int, change: int) -> None:
    """Whatever octet is another: none, not intact, not trusted, or still EICI's own signature over this body."""
    octets = bytearray(SIGNED)
    octets[place] ^= change
    found = _examined(bytes(octets))

    if found and found.intact and found.trusted_now:
        assert _facts(SIGNED).certificate == found.certificate
