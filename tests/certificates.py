"""Certificates of a test's choice: authorities, persons, time-stamp services; keys as PKCS#12 files."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    pkcs12,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

if TYPE_CHECKING:
    from collections.abc import Sequence

BEGINS = datetime(2025, 1, 1, tzinfo=UTC)
ENDS = datetime(2045, 1, 1, tzinfo=UTC)
"""Far off: workspaces of tests live by the real clock."""
PASSPHRASE = "a passphrase"
_USAGES = (
    "digital_signature",
    "content_commitment",
    "key_encipherment",
    "data_encipherment",
    "key_agreement",
    "key_cert_sign",
    "crl_sign",
    "encipher_only",
    "decipher_only",
)


@dataclass(frozen=True, slots=True)
class Holder:
    """A certificate with its key, and who issued it (itself, where it is a root)."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey
    issuer: Holder | None = None

    def person(
        self,
        name: str,
        *,
        begins: datetime = BEGINS,
        ends: datetime = ENDS,
        usage: tuple[str, ...] = ("digital_signature", "content_commitment"),
        purpose: x509.ObjectIdentifier | None = None,
        rsa_key: bool = False,
        key: rsa.RSAPrivateKey | None = None,
    ) -> Holder:
        """Return a person certified by this authority, with a `key` of one's own where it is given."""
        return _certified(
            name, self, begins=begins, ends=ends, usage=usage, purpose=purpose, rsa_key=rsa_key, key=key
        )

    def authority(
        self, name: str, *, begins: datetime = BEGINS, ends: datetime = ENDS, key: Holder | None = None
    ) -> Holder:
        """Return an authority below this one; with the key of another holder where one is given."""
        usage = ("key_cert_sign", "crl_sign")
        own = key.key if key else None
        return _certified(
            name, self, begins=begins, ends=ends, usage=usage, purpose=None, rsa_key=False, ca=True, key=own
        )

    def service(self, name: str = "Test time stamps") -> Holder:
        """Return a time-stamp service certified by this authority."""
        purpose = ExtendedKeyUsageOID.TIME_STAMPING
        usage = ("digital_signature",)
        return _certified(name, self, begins=BEGINS, ends=ENDS, usage=usage, purpose=purpose, rsa_key=True)

    def revocations(self, *revoked: Holder, at: datetime) -> bytes:
        """Return this authority's list (RFC 5280, section 5) of those revoked on the day before `at`."""
        day = timedelta(days=1)
        listed = x509.CertificateRevocationListBuilder().issuer_name(self.certificate.subject)
        listed = listed.last_update(at - day).next_update(at + day)
        for one in revoked:
            entry = x509.RevokedCertificateBuilder().serial_number(one.certificate.serial_number)
            listed = listed.add_revoked_certificate(entry.revocation_date(at - day).build())
        return listed.sign(self.key, hashes.SHA256()).public_bytes(Encoding.DER)

    @property
    def pem(self) -> bytes:
        """The certificate as an office keeps it."""
        return self.certificate.public_bytes(Encoding.PEM)

    @property
    def der(self) -> bytes:
        """The certificate in binary."""
        return self.certificate.public_bytes(Encoding.DER)

    @property
    def key_der(self) -> bytes:
        """The key, PKCS#8."""
        return self.key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())

    def p12(self, passphrase: str = PASSPHRASE, *, also: Sequence[Holder] = ()) -> bytes:
        """Return key, certificate and issuer in one file, `also` certificates of others; no passphrase: open."""
        above = [one.certificate for one in (self.issuer, *also) if one]
        sealed = BestAvailableEncryption(passphrase.encode()) if passphrase else NoEncryption()
        return pkcs12.serialize_key_and_certificates(b"key", self.key, self.certificate, above, sealed)


def authority(name: str = "Test Root", *, begins: datetime = BEGINS, ends: datetime = ENDS) -> Holder:
    """Return a root."""
    usage = ("key_cert_sign", "crl_sign")
    return _certified(name, None, begins=begins, ends=ends, usage=usage, purpose=None, rsa_key=False, ca=True)


def maze(name: str) -> tuple[Holder, list[Holder]]:
    """Return a person, and seven authorities of one name and key, each certified by any other of them."""
    one = authority("Maze")
    return replace(one.person(name), issuer=None), [one.authority("Maze", key=one) for _ in range(7)]


def alone(name: str) -> Holder:
    """Return a person who certified itself, and is no authority."""
    usage = ("digital_signature", "content_commitment")
    return _certified(name, None, begins=BEGINS, ends=ENDS, usage=usage, purpose=None, rsa_key=False)


def _certified(
    name: str,
    issuer: Holder | None,
    *,
    begins: datetime,
    ends: datetime,
    usage: tuple[str, ...],
    purpose: x509.ObjectIdentifier | None,
    rsa_key: bool,
    ca: bool = False,
    key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey | None = None,
) -> Holder:
    key = key or (rsa.generate_private_key(65537, 2048) if rsa_key else ec.generate_private_key(ec.SECP256R1()))
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    signer = issuer or Holder(None, key)  # type: ignore[arg-type] # a root has no certificate yet
    parent = issuer.certificate.subject if issuer else subject
    uses = dict.fromkeys(_USAGES, False)
    built = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(parent)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins - timedelta(days=issuer is None))
        .not_valid_after(ends)
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        .add_extension(x509.KeyUsage(**uses | dict.fromkeys(usage, True)), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.key.public_key()), critical=False)
    )
    if issuer is not None:  # as real ones do: where the list of revoked ones is; nobody fetches it here
        place = x509.UniformResourceIdentifier("http://ca.example/revoked.crl")
        point = x509.DistributionPoint([place], relative_name=None, reasons=None, crl_issuer=None)
        built = built.add_extension(x509.CRLDistributionPoints([point]), critical=False)
    if purpose is not None:
        built = built.add_extension(x509.ExtendedKeyUsage([purpose]), critical=True)
    return Holder(built.sign(signer.key, hashes.SHA256()), key, issuer)
