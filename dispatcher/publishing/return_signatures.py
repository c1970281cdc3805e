"""Input and output: the signature of a return (CMS, RFC 5652), made and examined by pyHanko. Nothing is fetched.

The octets are anybody's: whatever breaks the reader is no signature and nothing worse.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from asn1crypto import cms
from pyhanko.sign.ades.report import AdESIndeterminate
from pyhanko.sign.general import SigningError, extract_certificate_info
from pyhanko.sign.signers.pdf_cms import PdfCMSSignedAttributes
from pyhanko.sign.validation.generic_cms import async_validate_detached_cms
from pyhanko.sign.validation.settings import KeyUsageConstraints
from pyhanko_certvalidator import ValidationContext

from dispatcher.advisories.certificates import brought_by, common_name, for_signing, quiet, walkable
from dispatcher.errors import Refused
from dispatcher.publishing.return_seals import Certificate, SignatureFacts

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from asn1crypto import x509
    from pyhanko.sign.validation.status import StandardCMSSignatureStatus

    from dispatcher.advisories.certificates import Root
    from dispatcher.advisories.signing import Key

_WEAK = {
    AdESIndeterminate.CRYPTO_CONSTRAINTS_FAILURE,
    AdESIndeterminate.CRYPTO_CONSTRAINTS_FAILURE_NO_POE,
}


def sign(body: bytes, key: Key, *, at: datetime) -> bytes:
    """Return the signature of a return, detached, with the key's chain; `at` is the time in it. Raises Refused."""
    said = PdfCMSSignedAttributes(signing_time=at.replace(microsecond=0))
    try:
        made = asyncio.run(key.signer.async_sign_general_data(body, "sha256", signed_attr_settings=said))
    except (SigningError, NotImplementedError) as error:
        raise Refused(f"the key of {key.name} cannot sign the return: {error}") from None
    if not walkable(brought_by(made["content"])):
        raise Refused(
            f"the file with the key of {key.name} holds more certificates of authorities than any chain has; "
            "write one with the key, its certificate and those above it"
        )
    signature: bytes = made.dump()
    return signature


def certificate_of(key: Key) -> Certificate:
    """Return the certificate of a key."""
    return _certificate(key.signer.signing_cert)


def examine(
    body: bytes, signature: bytes, roots: Sequence[Root], *, made_at: datetime, now: datetime
) -> SignatureFacts | None:
    """Return what a detached signature over the body of a return says; None for what is no signature.

    None also where it has content within, several signers, or more authorities than a chain has.
    Its chain is judged at both moments, but within the validity of the signer's own certificate, which is a fault
    of its own.
    """
    with quiet():
        try:
            signed = cms.ContentInfo.load(signature, strict=True)["content"]
            if not walkable(brought_by(signed)):
                return None
            signer = extract_certificate_info(signed).signer_cert
            then, today = (asyncio.run(_judged(body, signed, roots, _within(at, signer))) for at in (made_at, now))
        except Exception:  # noqa: BLE001 - forged octets may break the reader anywhere
            return None
    return SignatureFacts(
        certificate=_certificate(signer),
        intact=then.intact and then.valid,
        weak=bool({then.trust_problem_indic, today.trust_problem_indic} & _WEAK),
        trusted_then=then.trusted,
        trusted_now=today.trusted,
    )


async def _judged(body: bytes, signed: Any, roots: Sequence[Root], at: datetime) -> StandardCMSSignatureStatus:
    context = ValidationContext(trust_roots=roots, moment=at, allow_fetching=False, revocation_mode="soft-fail")
    # what the key may be used for is a fault of its own
    return await async_validate_detached_cms(body, signed, context, key_usage_settings=KeyUsageConstraints())


def _within(at: datetime, certificate: x509.Certificate) -> datetime:
    moment: datetime = min(max(at, certificate.not_valid_before), certificate.not_valid_after)
    return moment


def _certificate(certificate: x509.Certificate) -> Certificate:
    return Certificate(
        name=common_name(certificate.subject),
        sha256=certificate.sha256.hex(),
        issuer=common_name(certificate.issuer),
        for_signing=for_signing(certificate),
        valid_from=certificate.not_valid_before,
        valid_until=certificate.not_valid_after,
    )
