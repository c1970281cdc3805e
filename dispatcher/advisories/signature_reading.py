"""Input: a signed PDF, read by pyHanko, as the facts that signature_rules.py judges. Nothing is fetched.

The file is anybody's: whatever breaks the reader is a broken file and nothing worse.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import zlib
from datetime import UTC, datetime
from io import BytesIO
from typing import TYPE_CHECKING, Any

from pyhanko.pdf_utils.misc import PdfError, PdfStrictReadError
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.ades.report import AdESIndeterminate
from pyhanko.sign.diff_analysis import ModificationLevel
from pyhanko.sign.general import (
    MultivaluedAttributeError,
    NonexistentAttributeError,
    find_unique_cms_attribute,
)
from pyhanko.sign.validation import async_validate_pdf_signature, async_validate_pdf_timestamp
from pyhanko.sign.validation.dss import DocumentSecurityStore
from pyhanko.sign.validation.errors import NoDSSFoundError
from pyhanko.sign.validation.settings import KeyUsageConstraints
from pyhanko.sign.validation.status import SignatureCoverageLevel
from pyhanko.sign.validation.utils import CMSAlgorithmUsagePolicy
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.policy_decl import AcceptAllAlgorithms

from dispatcher.advisories.certificates import brought_by, common_name, for_signing, quiet, walkable
from dispatcher.advisories.signature_rules import PADES, Said, SignatureFacts
from dispatcher.advisories.signature_updates import only_signature, pictures, share_of_page
from dispatcher.errors import DispatcherError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from asn1crypto import x509
    from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature
    from pyhanko.sign.validation.status import PdfSignatureStatus

    from dispatcher.advisories.certificates import Root

    Documents = Callable[[str, datetime | None], Iterable[bytes]]
    """Returns what may have been signed, given who signed, as the certificate says, and when."""

LARGEST = 20_000_000
"""Bytes of a signed file; and of what its streams hold, five times as many."""

_PIECE = 1024


def read_signed(path: Path) -> bytes:
    """Return what a file holds, at most a byte more than one may. Raises UsageError where it cannot be read."""
    try:
        if not path.is_file():  # a device or a pipe would never end
            raise UsageError(f"{path} is no file")
        with path.open("rb") as file:
            return file.read(LARGEST + 1)
    except OSError as error:
        raise UsageError(f"{path} cannot be read ({error.strerror})") from None


def examine(content: bytes, documents: Documents, roots: Sequence[Root]) -> SignatureFacts | Said:
    """Return what a signed file says, or the one thing that hinders saying more.

    `documents` are those of ours that may be below its signature.
    """
    if len(content) > LARGEST or _inflates(content):
        return Said.TOO_LARGE
    if b"%PDF-" not in content[:1024]:
        return Said.NOT_PDF
    with quiet():
        try:
            return _examine(content, documents, roots)
        except DispatcherError:  # the document of ours cannot be made
            raise
        except PdfStrictReadError:  # another program may see another document in it
            return Said.IRREGULAR if content.rstrip().endswith(b"%%EOF") else Said.BROKEN
        except Exception:  # noqa: BLE001 - a forged file may break the reader anywhere
            return Said.BROKEN


def _examine(content: bytes, documents: Documents, roots: Sequence[Root]) -> SignatureFacts | Said:
    reader = PdfFileReader(BytesIO(content))
    if reader.encrypted:
        return Said.ENCRYPTED
    signatures = reader.embedded_regular_signatures
    if len(signatures) != 1:
        return Said.SEVERAL if signatures else Said.UNSIGNED
    (signature,) = signatures
    if not walkable(_brought(reader, signature)):
        return Said.BROKEN
    certificate = signature.signer_cert
    signer, signed_at = common_name(certificate.subject), _aware(signature.self_reported_timestamp)
    whole = next((one for one in documents(signer, signed_at) if content.startswith(one)), None)
    status, lasting, archived = _validated(reader, signature, roots, signed_at)
    stamp = status.timestamp_validity if status else None
    proved = stamp is not None and stamp.valid and stamp.trusted
    form = str(signature.sig_object.get("/SubFilter", ""))[1:]
    return SignatureFacts(
        ours=whole is not None,
        only_signature=whole is not None and only_signature(reader, whole),
        covers_file=_covers(signature, status, content),
        intact=bool(status and status.intact and status.valid),
        mark=share_of_page(reader),
        pictures=pictures(reader),
        digest=signature.md_algorithm,
        form=form,
        level=_level(form, proved=proved, lasting=lasting, archived=archived),
        signer=signer,
        issuer=common_name(certificate.issuer),
        signed_at=signed_at,
        valid_from=certificate.not_valid_before,
        valid_until=certificate.not_valid_after,
        for_signing=for_signing(certificate),
        trusted=bool(status and (status.trusted or status.revoked)),
        revoked=bool(status and status.revoked),
        proved_at=stamp.timestamp if stamp and proved else None,
        strange_time_stamp=stamp is not None and not proved,
        lasting=lasting,
    )


def _brought(reader: PdfFileReader, signature: EmbeddedPdfSignature) -> Iterator[x509.Certificate]:
    """Yield every certificate through which a chain of the file may lead."""
    for one in (signature, *reader.embedded_timestamp_signatures):
        yield from brought_by(one.signed_data)
    with contextlib.suppress(NoDSSFoundError):
        yield from DocumentSecurityStore.read_dss(reader).load_certs()


def _validated(
    reader: PdfFileReader, signature: EmbeddedPdfSignature, roots: Sequence[Root], signed_at: datetime | None
) -> tuple[PdfSignatureStatus | None, bool, bool]:
    """Return what pyHanko says, and whether proofs against revocation and a valid archival time stamp are there.

    The chain is judged at the time of signing, but within the certificate's own validity, which has a fault of its
    own. Proofs that are too old to prove anything count as none. No status: it breaks the rules of its form.
    """
    certificate = signature.signer_cert
    given: dict[str, Any] = {
        "trust_roots": roots,
        "moment": min(
            max(signed_at or datetime.now(UTC), certificate.not_valid_before), certificate.not_valid_after
        ),
        "allow_fetching": False,
        "revocation_mode": "soft-fail",
        "retroactive_revinfo": True,
    }
    stamps = reader.embedded_timestamp_signatures
    context, lasting = _with_proofs(reader, signature, given)
    try:
        status, archived = asyncio.run(_judged(signature, stamps[-1:], context))
        if status.trust_problem_indic is AdESIndeterminate.TRY_LATER:
            status, archived = asyncio.run(_judged(signature, stamps[-1:], ValidationContext(**given)))
            lasting = False
    except (PdfError, ValueError):
        return None, False, False
    return status, lasting, archived


def _with_proofs(
    reader: PdfFileReader, signature: EmbeddedPdfSignature, given: Mapping[str, Any]
) -> tuple[ValidationContext, bool]:
    """Return what a chain is judged by, with the proofs against revocation of the file; whether it has any."""
    brought: dict[str, Any] = _revocations(signature)
    lasting = any(brought.values())
    try:
        store = DocumentSecurityStore.read_dss(reader)
    except NoDSSFoundError:
        return ValidationContext(**given, **brought), lasting
    return store.as_validation_context({**given, **brought}), bool(lasting or store.ocsps or store.crls)


def _revocations(signature: EmbeddedPdfSignature) -> dict[str, list[Any]]:
    """Return the lists and answers that a signature of the older form brings within itself."""
    try:
        found = find_unique_cms_attribute(signature.signer_info["signed_attrs"], "adobe_revocation_info_archival")
    except (NonexistentAttributeError, MultivaluedAttributeError):
        return {"crls": [], "ocsps": []}
    return {"crls": list(found["crl"]), "ocsps": list(found["ocsp"])}


async def _judged(
    signature: EmbeddedPdfSignature, stamps: Sequence[EmbeddedPdfSignature], context: ValidationContext
) -> tuple[PdfSignatureStatus, bool]:
    """Return what is said of a signature, and whether the archival time stamps, if any, are valid."""
    # what a key may be used for, and a weak digest, are faults of their own
    status = await async_validate_pdf_signature(
        signature,
        context,
        key_usage_settings=KeyUsageConstraints(),
        algorithm_policy=CMSAlgorithmUsagePolicy.lift_policy(AcceptAllAlgorithms()),
    )
    archived = [await async_validate_pdf_timestamp(stamp, context) for stamp in stamps]
    return status, bool(archived) and all(one.valid and one.trusted for one in archived)


def _covers(signature: EmbeddedPdfSignature, status: PdfSignatureStatus | None, content: bytes) -> bool:
    coverage = status.coverage if status else None
    if coverage is SignatureCoverageLevel.ENTIRE_FILE:
        return True
    if status is None or coverage is not SignatureCoverageLevel.ENTIRE_REVISION:
        return False
    behind = signature.reader.xrefs.total_revisions - 1 > signature.signed_revision
    ends = content.rstrip().endswith(b"%%EOF")
    return behind and ends and status.modification_level in {ModificationLevel.NONE, ModificationLevel.LTA_UPDATES}


def _level(form: str, *, proved: bool, lasting: bool, archived: bool) -> str:
    if form != PADES:
        return "PKCS#7"
    if not proved:
        return "B-B"
    if not lasting:
        return "B-T"
    return "B-LTA" if archived else "B-LT"


def _aware(moment: datetime | None) -> datetime | None:
    """Return a moment in UTC; one without a zone tells no moment."""
    return moment.astimezone(UTC) if moment and moment.tzinfo else None


def _inflates(content: bytes) -> bool:
    """Tell whether the compressed streams of a file hold more than anybody's document does."""
    left = 5 * LARGEST
    for start in _streams(content):
        inflater, at = zlib.decompressobj(), start
        with contextlib.suppress(zlib.error):
            while not inflater.eof and at < len(content) and left >= 0:
                left -= len(inflater.decompress(content[at : at + _PIECE]))
                at += _PIECE
        if left < 0:
            return True
    return False


def _streams(content: bytes) -> Iterator[int]:
    """Yield where the content of each stream begins (ISO 32000-1, section 7.3.8)."""
    for found in re.finditer(rb"(?<!end)stream\r?\n", content):
        yield found.end()
