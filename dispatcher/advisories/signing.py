"""Output: a document signed here, with a key in a PKCS#12 file or on a PKCS#11 token (PAdES B-B or B-T)."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING

import pkcs11
from asn1crypto import x509
from pkcs11 import Attribute, ObjectClass, PKCS11Error, TokenFlag
from pkcs11.exceptions import PinIncorrect, PinInvalid, PinLenRange, PinLocked, TokenNotPresent
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign.fields import MDPPerm, SigSeedSubFilter
from pyhanko.sign.general import SigningError
from pyhanko.sign.pkcs11 import PKCS11Signer
from pyhanko.sign.signers import PdfSignatureMetadata, PdfSigner, SimpleSigner
from pyhanko.sign.signers.constants import ESIC_EXTENSION_1
from pyhanko.sign.timestamps.aiohttp_client import HTTPTimeStamper

from dispatcher.advisories.certificates import common_name
from dispatcher.errors import Refused, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import datetime
    from typing import Any

    from pyhanko.pdf_utils.writer import BasePdfFileWriter
    from pyhanko.sign.signers.pdf_cms import Signer
    from pyhanko.sign.signers.pdf_signer import PdfSigningSession
    from pyhanko.sign.timestamps import TimeStamper

FIELD = "Signature"
_WRONG_PIN = "the token does not take this PIN; it locks itself after a few wrong ones"
_SENTENCES = {
    PinIncorrect: _WRONG_PIN,
    PinInvalid: _WRONG_PIN,
    PinLenRange: _WRONG_PIN,
    PinLocked: "the PIN of the token is locked; whoever issued the token can unlock it",
    TokenNotPresent: "the token is not plugged in any more",
}
_TIMEOUT = 20
"""Seconds that a time-stamp service may take."""


@dataclass(frozen=True, slots=True)
class Key:
    """A key that can sign, for as long as its file or token is at hand."""

    name: str
    """Common name of its certificate."""
    signer: Signer


def key_of_file(content: bytes, passphrase: str, *, file: str) -> Key:
    """Return the key of a PKCS#12 file (RFC 7292). Raises Refused."""
    try:
        signer = SimpleSigner.load_pkcs12_data(content, other_certs=(), passphrase=passphrase.encode() or None)
    except (ValueError, TypeError, AttributeError):
        raise Refused(
            f"{file} cannot be opened: either the passphrase is another, or it is no PKCS#12 file (.p12, .pfx) "
            "with a key and its certificate"
        ) from None
    return Key(_named(signer.signing_cert), signer)


@contextlib.contextmanager
def key_of_token(
    library: str, *, token: str | None, certificate: str | None, pin: Callable[[], str]
) -> Iterator[Key]:
    """Yield the key of a certificate on a token (PKCS#11), both by their labels.

    One is taken only where there is no other; otherwise they are listed. `pin` is asked once the token is known.
    Raises UsageError, Refused.
    """
    try:
        with _chosen_token(library, token).open(user_pin=pin()) as session:
            chosen = _chosen_certificate(session, certificate)
            signer = PKCS11Signer(
                session, signing_cert=chosen.certificate, key_id=chosen.id or None, key_label=chosen.key_label
            )
            yield Key(_named(chosen.certificate), signer)
    except PKCS11Error as error:
        said = next((sentence for kind, sentence in _SENTENCES.items() if isinstance(error, kind)), None)
        raise Refused(said or f"the token does not sign ({type(error).__name__} {error})".rstrip()) from None


def sign(document: bytes, key: Key, *, at: datetime, time_stamps: TimeStamper | str | None = None) -> bytes:
    """Return the document signed at the moment `at`: certified, closed to changes, by a field that is not seen.

    `time_stamps` is the address of a service (RFC 3161). Raises Refused where it gives none, or the key fails.
    """
    service = HTTPTimeStamper(time_stamps, timeout=_TIMEOUT) if isinstance(time_stamps, str) else time_stamps
    form = PdfSignatureMetadata(
        field_name=FIELD,
        md_algorithm="sha256",
        certify=True,
        subfilter=SigSeedSubFilter.PADES,
        docmdp_permissions=MDPPerm.NO_CHANGES,
    )
    signed = BytesIO()
    try:
        _Signer(form, signer=key.signer, timestamper=service, at=at).sign_pdf(
            _Update(BytesIO(document)), output=signed
        )
    except (SigningError, NotImplementedError) as error:
        raise Refused(f"the key of {key.name} cannot sign the document: {error}") from None
    except (OSError, ValueError):  # it does not answer, or answers something else
        if service is None:
            raise
        raise Refused(
            f"the time-stamp service {time_stamps} gives no time stamp; try again, or sign without: "
            "signature: timestamp_url: null in config.yaml"
        ) from None
    return signed.getvalue()


class _Update(IncrementalPdfFileWriter):
    """Adds the signature and leaves the metadata alone, by which the document is PDF/A."""

    def _update_meta(self) -> None:
        """Keep title, dates and XMP as they are."""


class _Signer(PdfSigner):
    """Signs at a moment that is handed in: the one that the document shows. The document stays PDF 1.7."""

    def __init__(self, *args: Any, at: datetime, **options: Any) -> None:
        super().__init__(*args, **options)
        self._at = at

    def init_signing_session(
        self,
        pdf_out: BasePdfFileWriter,
        existing_fields_only: bool = False,  # noqa: FBT001, FBT002 - as the base has it
    ) -> PdfSigningSession:
        session = super().init_signing_session(pdf_out, existing_fields_only=existing_fields_only)
        session.system_time = self._at
        return session

    def register_extensions(self, pdf_out: BasePdfFileWriter, *, md_algorithm: str) -> None:
        """Name the extension that PAdES is (ETSI EN 319 142-1), and none that PDF/A-3 does not know."""
        del md_algorithm
        pdf_out.register_extension(ESIC_EXTENSION_1)


@dataclass(frozen=True, slots=True)
class _Found:
    """A certificate on a token that has its key there."""

    label: str
    id: bytes
    key_label: str | None
    certificate: x509.Certificate


def _chosen_token(library: str, label: str | None) -> pkcs11.Token:
    try:
        slots = pkcs11.lib(library).get_slots(token_present=True)
        there = [token for slot in slots if TokenFlag.TOKEN_INITIALIZED in (token := slot.get_token()).flags]
    except PKCS11Error as error:
        raise UsageError(f"{library} is not the library of a token (PKCS#11): {error}") from None
    fitting = [one for one in there if label in {None, one.label}]
    if len(fitting) == 1:
        return fitting[0]
    listed = ", ".join(sorted(one.label for one in there)) or "none; is it plugged in?"
    wanted = f"no token {label}" if label and not fitting else "which token? Say --token-label LABEL"
    raise UsageError(f"{wanted}; there are: {listed}")


def _chosen_certificate(session: pkcs11.Session, label: str | None) -> _Found:
    found = _with_keys(session)
    fitting = [one for one in found if label in {None, one.label}]
    if len(fitting) == 1:
        return fitting[0]
    listed = ", ".join(sorted(f"{one.label} ({_named(one.certificate)})" for one in found))
    if not found:
        raise Refused("the token holds no certificate together with its key")
    wanted = f"no certificate {label}" if label and not fitting else "which certificate? Say --certificate LABEL"
    raise UsageError(f"{wanted}; with their key on the token are: {listed}")


def _with_keys(session: pkcs11.Session) -> Sequence[_Found]:
    """Return the certificates that have their key beside them: of the same id, or else of the same label."""
    keys = [(one[Attribute.ID], one[Attribute.LABEL]) for one in session.get_objects({
        Attribute.CLASS: ObjectClass.PRIVATE_KEY
    })]  # fmt: skip
    found = []
    for one in session.get_objects({Attribute.CLASS: ObjectClass.CERTIFICATE}):
        label, own = one[Attribute.LABEL], one[Attribute.ID]
        loaded = x509.Certificate.load(one[Attribute.VALUE])
        if own and any(own == key for key, _ in keys):
            found.append(_Found(label, own, None, loaded))
        elif label and any(label == name for _, name in keys):
            found.append(_Found(label, b"", label, loaded))
    return found


def _named(certificate: x509.Certificate | None) -> str:
    return common_name(certificate.subject) if certificate else ""
