"""What vouches for a return: a seal made, and a seal judged by what this office accepts. Pure.

The facts of a signature come from return_signatures.py.
"""

from __future__ import annotations

import base64
import hmac
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from dispatcher.advisories.signature_rules import same_person
from dispatcher.errors import Refused
from dispatcher.moments import moment
from dispatcher.outbox.onward_rules import Seal
from dispatcher.publishing.onward_kit import seal
from dispatcher.publishing.returns import KeyedSeal, SignatureSeal

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime, tzinfo

    from dispatcher.outbox.onward_rules import Told
    from dispatcher.publishing.returns import Came


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedBy:
    """Whose signature an office accepts: by the name on the certificate, by the certificate itself, or by both."""

    name: str | None
    """Common name."""
    sha256: str | None
    """Of the certificate (DER), hexadecimal."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """A signer's certificate."""

    name: str
    """Common name."""
    sha256: str
    """Of its DER, hexadecimal."""
    issuer: str
    for_signing: bool
    """Whether it is for signatures, and no authority's (RFC 5280, sections 4.2.1.3, 4.2.1.9, 4.2.1.12)."""
    valid_from: datetime
    valid_until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SignatureFacts:
    """What a signature says."""

    certificate: Certificate
    intact: bool
    """Whether these octets were signed, by the key of the certificate."""
    weak: bool
    """Whether a digest or a key of it, or of its chain, can be forged today."""
    trusted_then: bool
    """Whether its chain led to a root of the office when the return was made."""
    trusted_now: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """What an office can check a seal with. Where it names whose signature it accepts, no other seal will do."""

    key: str | None
    signed_by: SignedBy | None


def keyed_seal(body: bytes, key: str) -> KeyedSeal:
    """Return the seal of a shared key over the body of a return."""
    return KeyedSeal(value=seal(body, key))


def signature_seal(signature: bytes) -> SignatureSeal:
    """Return a signature (CMS, DER) as the seal that it is."""
    return SignatureSeal(value=base64.b64encode(signature).decode())


def signature_of(found: SignatureSeal) -> bytes:
    """Return the octets of a signature; none where it is not base64."""
    try:
        return base64.b64decode(found.value, validate=True)
    except ValueError:
        return b""


def judged(came: Came, accepted: Accepted, facts: SignatureFacts | None, *, now: datetime, zone: tzinfo) -> Told:
    """Return what a return tells, with what vouches for it.

    `facts` are those of its signature; None where what it bears is none. Raises Refused, in one sentence, for a
    seal that this office can check and that is wrong.
    """
    if came.seal is None:
        return came.told
    if isinstance(came.seal, KeyedSeal):
        return replace(came.told, seal=_keyed(came.seal, came.body, accepted))
    if accepted.signed_by is None:
        return replace(came.told, seal=Seal.UNCHECKED_SIGNATURE)
    if facts is None:
        raise Refused("the signature of the return is damaged, or no signature (CMS); ask for the return again")
    made_at = came.told.compiled_at or now
    for fault in _faults(facts, accepted.signed_by, made_at=made_at, now=now, zone=zone):
        raise Refused(fault)
    return replace(came.told, seal=Seal.SIGNATURE, signer=facts.certificate.name)


def refuse_unfit(certificate: Certificate, *, now: datetime, zone: tzinfo) -> None:
    """Raise Refused for a certificate of one's own by which nobody would take a signature."""
    name = certificate.name
    if not certificate.for_signing:
        raise Refused(f"the certificate of {name} in onward.sign_with is not for signatures; use one that is")
    if not certificate.valid_from <= now <= certificate.valid_until:
        validity = _validity(certificate, zone)
        raise Refused(
            f"the certificate of {name} in onward.sign_with is {validity}; put one in its place that is valid now"
        )


def _keyed(found: KeyedSeal, body: bytes, accepted: Accepted) -> Seal:
    if accepted.key is None:
        return Seal.UNCHECKED_KEY if accepted.signed_by is None else Seal.WEAKER
    if not hmac.compare_digest(found.value, seal(body, accepted.key)):
        raise Refused(
            "the seal of the return is wrong: it was changed, or sealed with another key than onward.key"
        )
    return Seal.KEY if accepted.signed_by is None else Seal.WEAKER


def _faults(
    facts: SignatureFacts, signed_by: SignedBy, *, made_at: datetime, now: datetime, zone: tzinfo
) -> Iterator[str]:
    """Yield what is wrong, the gravest first: the octets, who signed, with what, when, by whose word."""
    certificate = facts.certificate
    name, wanted = certificate.name, signed_by.name or certificate.name
    if not facts.intact:
        yield (
            "the signature does not fit what the return says: it was changed after it was signed, or the "
            f"signature is that of another return; ask {wanted} for it again"
        )
    if signed_by.name and not same_person(name, signed_by.name):
        yield (
            f"the return is signed by {name}, not by {wanted} as onward.signed_by in config.yaml says; ask "
            f"{wanted} whether it is theirs"
        )
    if signed_by.sha256 and certificate.sha256 != signed_by.sha256:
        yield (
            f"the return is signed by {name} with another certificate than that of onward.signed_by.sha256; its "
            f"SHA-256 is {certificate.sha256}, which is to be compared by telephone before it is written there"
        )
    if not certificate.for_signing:
        yield f"{name} signed the return with a certificate that is not for signatures; ask for it with another"
    for at, when in ((made_at, "when the return was made"), (now, "now")):
        if not certificate.valid_from <= at <= certificate.valid_until:
            validity = _validity(certificate, zone)
            yield f"the certificate of {name} is {validity}, not {when}; ask for a return signed with a valid one"
    yield from _faults_of_chain(facts)


def _faults_of_chain(facts: SignatureFacts) -> Iterator[str]:
    name, issuer = facts.certificate.name, facts.certificate.issuer
    if facts.weak:
        yield (
            f"the signature of {name}, or a certificate above it, uses a digest or a key that is too weak to "
            "prove anything; ask for a return signed with SHA-256 and a key of today's length"
        )
    if not facts.trusted_then and not facts.trusted_now:
        yield (
            f"the certificate of {name} was issued by {issuer}, which leads to no root of onward.signed_by.roots "
            "in config.yaml; ask them who issues their certificate before you add a root there"
        )
    elif not facts.trusted_now:
        yield f"a certificate above that of {name} is not valid any more; ask for a return signed with a new one"
    elif not facts.trusted_then:
        yield f"a certificate above that of {name} was not valid when the return was made; ask for a new return"


def _validity(certificate: Certificate, zone: tzinfo) -> str:
    begin, end = (moment(at, zone) for at in (certificate.valid_from, certificate.valid_until))
    return f"valid from {begin} until {end}"
