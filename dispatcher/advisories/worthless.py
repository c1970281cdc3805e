"""A key that proves nothing: made on the spot for the demo, with names that say so, and gone when it ends."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, pkcs12

from dispatcher.words import catalog

if TYPE_CHECKING:
    from datetime import datetime

_DAY = timedelta(days=1)
_SIGNS, _CERTIFIES = ("digital_signature", "content_commitment"), ("key_cert_sign", "crl_sign")
_USAGES = (*_SIGNS, *_CERTIFIES, "key_encipherment", "data_encipherment", "key_agreement", "encipher_only",
           "decipher_only")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Worthless:
    """A key with its certificate (PKCS#12, without passphrase), and the root that issued it (PEM)."""

    p12: bytes = field(repr=False)
    root: bytes


def worthless_key(at: datetime) -> Worthless:
    """Return a key whose certificate is valid for a day before and after `at`."""
    names = catalog("worthless")
    root_key, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    issuer = _name(names["root"])
    root = _certified(issuer, root_key, issuer, root_key, at=at, authority=True)
    certificate = _certified(_name(names["signer"]), key, issuer, root_key, at=at, authority=False)
    sealed = pkcs12.serialize_key_and_certificates(None, key, certificate, [root], NoEncryption())
    return Worthless(p12=sealed, root=root.public_bytes(Encoding.PEM))


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, text)])


def _certified(
    name: x509.Name,
    key: ec.EllipticCurvePrivateKey,
    issuer: x509.Name,
    issuer_key: ec.EllipticCurvePrivateKey,
    *,
    at: datetime,
    authority: bool,
) -> x509.Certificate:
    uses = _CERTIFIES if authority else _SIGNS
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(at - _DAY)
        .not_valid_after(at + _DAY)
        .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
        .add_extension(x509.KeyUsage(**{usage: usage in uses for usage in _USAGES}), critical=True)
        .sign(issuer_key, hashes.SHA256())
    )
