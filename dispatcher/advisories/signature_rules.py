"""Whether a signed PDF is taken: what its signature says against what the office expects. Pure.

The facts come from signature_reading.py. Everything that is wrong is told together.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from dispatcher.advisories.places import DECISIVE, covered
from dispatcher.errors import Problem, Severity
from dispatcher.moments import second

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import date, datetime, tzinfo

    from dispatcher.advisories.places import Box, Place
    from dispatcher.errors import Source
    from dispatcher.model import Signature

SLACK = timedelta(minutes=5)
"""By how much the clock of the signer's computer may be ahead of ours."""
LARGEST_MARK = 0.1
"""The share of a page that a visible signature may take; a larger one hides text."""
WEAK_DIGESTS = frozenset({"md2", "md5", "sha1"})
APART = timedelta(hours=1)
"""By how much the time of the signer's computer and that of the time stamp may differ."""
PADES = "ETSI.CAdES.detached"


class Said(StrEnum):
    """Codes of words/problems/signatures.yaml."""

    TOO_LARGE = "signed_too_large"
    NOT_PDF = "signed_not_pdf"
    ENCRYPTED = "signed_encrypted"
    BROKEN = "signed_broken"
    IRREGULAR = "signed_irregular"
    TEXT_CHANGED = "signed_text_changed"
    ADDITIONS = "signed_with_additions"
    ACCOUNT = "signature_account"
    """Said where the file is read (official.py)."""
    UNSIGNED = "signature_absent"
    SEVERAL = "signature_several"
    PARTIAL = "signature_partial"
    ALTERED = "signature_altered"
    HIDES_TEXT = "signature_hides_text"
    COVERS_DECISIVE = "signature_covers_decisive"
    COVERS_TEXT = "signature_covers_text"
    WEAK_DIGEST = "signature_weak_digest"
    NO_ROOTS = "signature_no_roots"
    UNTRUSTED = "signature_untrusted"
    REVOKED = "signature_revoked"
    OTHER_PERSON = "signature_other_person"
    NOT_FOR_SIGNING = "signature_not_for_signing"
    NO_TIME = "signature_no_time"
    NOT_VALID_THEN = "signature_not_valid_then"
    FUTURE = "signature_future"
    BEFORE_DATE = "signature_before_date"
    NO_TIME_STAMP = "signature_no_time_stamp"
    TIMES_APART = "signature_times_apart"
    STRANGE_TIME_STAMP = "signature_strange_time_stamp"
    NO_REVOCATION = "signature_no_revocation"
    OLD_FORM = "signature_old_form"


class Received(StrEnum):
    """Codes of words/problems/onward.yaml, of the document in a kit."""

    NOT_TO_A_ROOT = "onward_signature"
    OTHER_SIGNER = "onward_signer"
    OTHER_TIME = "onward_signed_at"
    TOLD_UNSIGNED = "onward_signed"
    SPECIMEN = "onward_specimen"


@dataclass(frozen=True, slots=True, kw_only=True)
class SignatureFacts:
    """What a file says of its one signature."""

    ours: bool
    """Whether the file begins, byte for byte, with the document that was to be signed."""
    only_signature: bool
    """Whether nothing was added to the document but the signature and what keeps it."""
    covers_file: bool
    """Whether the signature covers all before it, and nothing but proofs and time stamps stands behind it."""
    intact: bool
    """Whether the bytes are those that were signed, by the key of the certificate."""
    mark: float
    """The share of its page that the visible signature takes; 0 where none is to be seen."""
    digest: str
    form: str
    """The SubFilter (ISO 32000-1, table 257)."""
    level: str
    """Of PAdES (ETSI EN 319 142-1)."""
    signer: str
    """Common name of the certificate."""
    issuer: str
    signed_at: datetime | None
    """As the signer's computer says."""
    valid_from: datetime
    valid_until: datetime
    for_signing: bool
    """Whether the certificate is a person's, for signatures (RFC 5280, sections 4.2.1.3, 4.2.1.9, 4.2.1.12)."""
    trusted: bool
    """Whether its chain leads to a root of the office."""
    revoked: bool
    proved_at: datetime | None
    """When a time stamp (RFC 3161) that leads to a root of the office was made; None: no such one."""
    strange_time_stamp: bool = False
    """Whether there is one that leads elsewhere."""
    pictures: tuple[Box, ...] = ()
    """Where it is to be seen."""
    lasting: bool = False
    """Whether it brings proofs that its certificates were not revoked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What the office expects of a signature."""

    names: tuple[str, ...]
    """Each of them is the signatory, as a certificate may name this person."""
    issued: date
    zone: tzinfo
    roots: bool
    """Whether any root is configured."""
    places: tuple[Place, ...] = ()
    """What stands where on the document; none where its layout does not tell."""


def signature_problems(
    found: SignatureFacts | Said, expected: Expected, *, now: datetime, source: Source
) -> list[Problem]:
    """Return all that is wrong with a signed file, and as warnings how its signature could be stronger.

    `source` is the file.
    """
    if isinstance(found, Said):
        return [Problem(Severity.ERROR, found, source, source.file)]
    wrong = [
        *_document(found),
        *_picture(found, expected),
        *_certificate(found, expected),
        *_time(found, expected, now),
    ]
    problems = [Problem(Severity.ERROR, code, source, value, facts) for code, value, facts in wrong]
    return problems or [
        Problem(Severity.WARNING, code, source, value, facts)
        for code, value, facts in _weaknesses(found, expected)
    ]


def other_office_problems(
    found: SignatureFacts | Said, told: Signature | None, expected: Expected, *, now: datetime, source: Source
) -> list[Problem]:
    """Return what is wrong with a document that another office signed and says so (`told`).

    Without roots here it is a warning that the chain was not examined; all else is examined as ever.
    """
    left_out = {Said.TEXT_CHANGED, Said.NO_ROOTS}  # it is not ours; and without roots the rest is examined
    problems = [
        one for one in signature_problems(found, expected, now=now, source=source) if one.code not in left_out
    ]
    if isinstance(found, Said):
        return problems
    problems += [
        Problem(Severity.ERROR, code, source, value, facts)
        for code, value, facts in _told_otherwise(found, told, expected)
    ]
    if not expected.roots:
        problems.append(Problem(Severity.WARNING, Received.NOT_TO_A_ROOT, source, found.signer))
    return problems


def _told_otherwise(
    found: SignatureFacts, told: Signature | None, expected: Expected
) -> Iterator[tuple[Received, str, dict[str, str]]]:
    """Yield in what a signature is not the one of which the issuing office speaks."""
    if told is None:
        yield Received.TOLD_UNSIGNED, found.signer, {}
        return
    if not told.genuine:
        yield Received.SPECIMEN, found.signer, {}
    if found.signer != told.signer:
        yield Received.OTHER_SIGNER, found.signer, {"told": told.signer}
    if found.signed_at and found.signed_at != told.signed_at:
        said = second(told.signed_at, expected.zone)
        yield Received.OTHER_TIME, second(found.signed_at, expected.zone), {"told": said}


def same_person(name: str, other: str) -> bool:
    """Tell whether two names hold the same words, in any order, whatever their case and punctuation.

    An initial is not taken for a name: R. Kumar is Ramesh as well as Rajesh.
    """
    return _words(name) == _words(other) != []


def names_of_signatory(
    printed: Iterable[str], officers: Iterable[tuple[Iterable[str], str | None]]
) -> tuple[str, ...]:
    """Return the names under which the signatory's certificate may run.

    `officers` are those who may sign: the names of each, and the name on the certificate where the office says it.
    Where there are any, one of them must be the signatory: otherwise no name is returned.
    """
    own, signing = tuple(printed), list(officers)
    if not signing:
        return own
    matching = [
        certificate
        for names, certificate in signing
        if any(same_person(name, printed_name) for name in names for printed_name in own)
    ]
    return (*own, *(certificate for certificate in matching if certificate)) if matching else ()


def _words(name: str) -> list[str]:
    """Return the words of a name, sorted: letters with their marks, and digits; what joins them is gone."""
    plain = unicodedata.normalize("NFKC", name).casefold()
    kept = (c for c in plain if unicodedata.category(c) != "Cf")
    return sorted("".join(c if unicodedata.category(c)[0] in "LMN" else " " for c in kept).split())


_Fault = tuple[Said, str, dict[str, str]]


def _document(found: SignatureFacts) -> Iterator[_Fault]:
    if not found.ours:
        yield Said.TEXT_CHANGED, "", {}
    elif not found.only_signature:
        yield Said.ADDITIONS, "", {}
    if not found.intact:
        yield Said.ALTERED, "", {}
    if not found.covers_file:
        yield Said.PARTIAL, "", {}
    if found.digest in WEAK_DIGESTS:
        yield Said.WEAK_DIGEST, found.digest.upper(), {}


def _picture(found: SignatureFacts, expected: Expected) -> Iterator[_Fault]:
    """Yield what is wrong with where the signature is to be seen."""
    if found.mark > LARGEST_MARK:
        yield Said.HIDES_TEXT, f"{found.mark:.0%}", {"largest": f"{LARGEST_MARK:.0%}"}
    hidden = [one for one in covered(found.pictures, expected.places) if one.what in DECISIVE]
    if hidden:
        yield Said.COVERS_DECISIVE, _pages(hidden), {}


def _pages(places: Iterable[Place]) -> str:
    return ", ".join(str(page) for page in sorted({one.box.page for one in places}))


def _certificate(found: SignatureFacts, expected: Expected) -> Iterator[_Fault]:
    if not expected.roots:
        yield Said.NO_ROOTS, "", {"issuer": found.issuer}
    elif found.intact and not found.trusted:  # of a signature that does not hold no chain is judged
        yield Said.UNTRUSTED, found.issuer, {"signer": found.signer}
    if found.revoked:
        yield Said.REVOKED, found.signer, {}
    if not any(same_person(found.signer, name) for name in expected.names):
        yield Said.OTHER_PERSON, found.signer, {"names": " / ".join(expected.names) or "–"}
    if not found.for_signing:
        yield Said.NOT_FOR_SIGNING, found.signer, {}


def _time(found: SignatureFacts, expected: Expected, now: datetime) -> Iterator[_Fault]:
    signed_at = found.signed_at
    if signed_at is None:
        yield Said.NO_TIME, "", {}
        return
    said = second(signed_at, expected.zone)
    outside = [at for at in (signed_at, found.proved_at) if at and not found.valid_from <= at <= found.valid_until]
    if outside:
        begin, end = (second(at, expected.zone) for at in (found.valid_from, found.valid_until))
        yield Said.NOT_VALID_THEN, second(outside[0], expected.zone), {"from": begin, "until": end}
    if signed_at > now + SLACK:
        yield Said.FUTURE, said, {"now": second(now, expected.zone)}
    if signed_at.astimezone(expected.zone).date() < expected.issued:
        yield Said.BEFORE_DATE, said, {"issued": f"{expected.issued:%d.%m.%Y}"}


def _weaknesses(found: SignatureFacts, expected: Expected) -> Iterator[_Fault]:
    if hidden := covered(found.pictures, expected.places):
        yield Said.COVERS_TEXT, _pages(hidden), {}
    if found.strange_time_stamp:
        yield Said.STRANGE_TIME_STAMP, found.level, {}
    elif found.proved_at is None:
        yield Said.NO_TIME_STAMP, found.level, {}
    elif found.signed_at is not None and abs(found.proved_at - found.signed_at) > APART:
        stamped = second(found.proved_at, expected.zone)
        yield Said.TIMES_APART, second(found.signed_at, expected.zone), {"stamped": stamped}
    if found.proved_at is not None and not found.lasting:
        yield Said.NO_REVOCATION, found.level, {}
    if found.form != PADES:
        yield Said.OLD_FORM, found.form, {}
