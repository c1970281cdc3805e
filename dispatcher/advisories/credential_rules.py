"""What is said of the certificates and keys that config.yaml names, before the night they are needed. Pure.

What is seen of their files comes from credential_files.py. `doctor` tells findings of it, `check` problems.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from dispatcher.errors import Problem, Severity, Source
from dispatcher.findings import Finding, Grade
from dispatcher.moments import moment

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime, tzinfo

STEPS = (
    "signature_roots",
    "sign_with",
    "signed_by_roots",
    "relay_authority",
    "website_authority",
    "secret_files",
)
"""What is examined of them, in this order."""
FEW_DAYS = timedelta(days=30)
"""Time left of a certificate below which there is a warning where no hour is asked about."""
_NAMED = 3
"""So many certificates of a file are named."""


class Said(StrEnum):
    """Codes of words/problems/credentials.yaml."""

    UNREADABLE = "credential_unreadable"
    NO_CERTIFICATE = "credential_no_certificate"
    NOT_PEM = "credential_not_pem"
    CLOSED = "credential_closed"
    UNEXAMINED = "credential_unexamined"
    UNFIT = "credential_unfit"
    EXPIRED = "credential_expired"
    NOT_YET = "credential_not_yet"
    ENDS_SOON = "credential_ends_soon"
    ENDS_BEFORE = "credential_ends_before"
    OPEN = "credential_open"
    SHARED = "credential_shared"


class Access(StrEnum):
    """Who may read a file besides its owner."""

    NOBODY = "nobody"
    GROUP = "group"
    EVERYBODY = "everybody"


@dataclass(frozen=True, slots=True)
class Validity:
    """A certificate's common name and the time in which it is valid."""

    name: str
    begins: datetime
    ends: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What was seen of one file, `file` as config.yaml names it under `key`."""

    key: str
    file: str
    certificates: Sequence[Validity] = ()
    fault: Said | None = None
    """Why nothing, or nothing good, could be seen within."""
    why: str = ""
    """The system's words, or the file's; empty where there are none."""
    access: Access = Access.NOBODY
    """Of a file that holds a secret; of others it does not matter."""


@dataclass(frozen=True, slots=True)
class Remark:
    """One thing to say of a file: how much it weighs, and the facts that its sentence names."""

    said: Said
    grade: Grade
    facts: Mapping[str, str] = field(default_factory=dict)


def remarks(
    seen: Sequence[Seen], *, now: datetime, zone: tzinfo, hour: datetime | None = None
) -> Iterator[tuple[Seen, list[Remark]]]:
    """Yield each file of one key with what is to be said of it; an empty list: it is as it should be.

    A certificate that has run out is a fault only where no other one of the key is valid. `hour`: that of an
    advisory, which the certificates must outlast; None: they must outlast the next 30 days.
    """
    usable = any(one.begins <= now <= one.ends for each in seen for one in each.certificates)
    weight = Grade.WARNING if usable else Grade.FAULT
    limit = now + FEW_DAYS if hour is None else hour
    for each in seen:
        told = [*_of_file(each), *_of_times(each.certificates, weight, now=now, limit=limit, zone=zone)]
        if hour is None:
            yield each, told
        else:
            yield each, [_of_hour(one, moment(hour, zone)) for one in told]


def _of_file(seen: Seen) -> Iterator[Remark]:
    if seen.access is Access.EVERYBODY:
        yield Remark(Said.OPEN, Grade.FAULT)
    elif seen.access is Access.GROUP:
        yield Remark(Said.SHARED, Grade.WARNING)
    if seen.fault:
        grade = Grade.UNEXAMINED if seen.fault is Said.UNEXAMINED else Grade.FAULT
        yield Remark(seen.fault, grade, {"why": seen.why})


def _of_times(
    certificates: Sequence[Validity], weight: Grade, *, now: datetime, limit: datetime, zone: tzinfo
) -> Iterator[Remark]:
    expired = [one for one in certificates if one.ends < now]
    early = [one for one in certificates if one.begins > now]
    ending = [one for one in certificates if one.begins <= now <= one.ends < limit]
    if expired:
        facts = {"names": _names(expired), "at": moment(max(one.ends for one in expired), zone)}
        yield Remark(Said.EXPIRED, weight, facts)
    if early:
        facts = {"names": _names(early), "at": moment(min(one.begins for one in early), zone)}
        yield Remark(Said.NOT_YET, weight, facts)
    if ending:
        first = min(one.ends for one in ending)
        facts = {"names": _names(ending), "at": moment(first, zone), "days": str((first - now).days)}
        yield Remark(Said.ENDS_SOON, Grade.WARNING, facts)


def _of_hour(remark: Remark, hour: str) -> Remark:
    if remark.said is not Said.ENDS_SOON:
        return remark
    return Remark(Said.ENDS_BEFORE, remark.grade, {**remark.facts, "hour": hour})


def _names(certificates: Sequence[Validity]) -> str:
    """Return their names, of very many the first, each once."""
    names = list(dict.fromkeys(one.name for one in certificates))
    more = [f"+{len(names) - _NAMED}"] if len(names) > _NAMED else []
    return ", ".join([*names[:_NAMED], *more])


def problem(seen: Seen, remark: Remark, *, file_name: str) -> Problem:
    """Return what `check` says: nothing of it stops `prepare`."""
    severity = Severity.NOTE if remark.grade is Grade.UNEXAMINED else Severity.WARNING
    return Problem(severity, remark.said, Source(file_name, column=seen.key), seen.file, remark.facts)


def findings(step: str, seen: Seen, told: Sequence[Remark], *, zone: tzinfo) -> Iterator[Finding]:
    """Yield what `doctor` says of a file, in one finding where nothing is wrong with it."""
    for remark in told:
        found, advice = _WORDS[remark.said]
        named = {**remark.facts, "file": seen.file, "key": seen.key}
        yield Finding(step, remark.grade, f"{seen.file}: {found.format(**named)}", advice.format(**named))
    if not told:
        yield Finding(step, Grade.OK, f"{seen.file}: {_as_it_is(seen.certificates, zone)}")


def _as_it_is(certificates: Sequence[Validity], zone: tzinfo) -> str:
    if not certificates:
        return "read by its owner only"
    first = min(one.ends for one in certificates)
    many = f"{len(certificates)} certificates, the first of them" if len(certificates) > 1 else "valid"
    return f"{_names(certificates)}; {many} until {moment(first, zone)}"


_PUT_RIGHT = "Put the right file in its place, or correct {key} in config.yaml"
_WORDS: Mapping[Said, tuple[str, str]] = {
    Said.UNREADABLE: ("it cannot be read ({why})", _PUT_RIGHT),
    Said.NO_CERTIFICATE: ("it holds no certificate", _PUT_RIGHT),
    Said.NOT_PEM: (
        "it is not in the form that a connection needs (PEM)",
        "Write it as PEM: openssl x509 -inform DER -in {file} -out NAME.pem, and name that as {key}",
    ),
    Said.CLOSED: (
        "it cannot be opened: either the passphrase is another, or it is no PKCS#12 file with a key",
        "Correct what passphrase: in config.yaml points to, or put the right file in its place",
    ),
    Said.UNEXAMINED: (
        "what is in it could not be looked at: its passphrase is not at hand ({why})",
        "To have it looked at, run `dispatcher doctor` where the passphrase is at hand",
    ),
    Said.UNFIT: (
        "the certificate of {why} is not for signatures: nobody would take what is signed with it",
        "Use the signing certificate (RFC 5280, 4.2.1.3) of the person or office",
    ),
    Said.EXPIRED: ("{names}: expired, at {at}", "Get its successor from who issued it, and name that as {key}"),
    Said.NOT_YET: ("{names}: not valid before {at}", "Check this machine's date; else use the one before it"),
    Said.ENDS_SOON: (
        "{names}: valid until {at}, {days} days more",
        "Get its successor from who issued it in time, and name that as {key}",
    ),
    Said.OPEN: ("everybody may read it, and so it is refused", "Run: chmod o-rwx {file}"),
    Said.SHARED: (
        "others than its owner may read it: the members of its group",
        "If they need not, run: chmod g-rwx {file}",
    ),
}
"""What `doctor` finds, and what to do; `check` has its sentences in words/problems/credentials.yaml."""
