"""What `send` will ask for, said beforehand: an hour that has passed, approval or signature missing. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from dispatcher.acts import REVISIONS
from dispatcher.errors import Problem, Refused, Severity, Source
from dispatcher.moments import moment
from dispatcher.outbox.states import ReleaseState

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime, tzinfo

    from dispatcher.model import Advisory
    from dispatcher.outbox.records import ReleaseRecord

NEVER_BEGAN = frozenset({ReleaseState.PREPARED, ReleaseState.APPROVED})
_NOT_ISSUED = NEVER_BEGAN | {ReleaseState.PREPARING, ReleaseState.CANCELLED}


class Said(StrEnum):
    """Codes of words/problems/gates.yaml, and of signatures.yaml."""

    HOUR_PAST = "hour_past"
    APPROVAL_MISSING = "approval_missing"
    APPROVAL_AHEAD = "approval_ahead"
    SIGNATURE_MISSING = "signature_missing"
    SIGNATURE_FROZEN = "signature_frozen"
    SIGNATURE_AHEAD = "signature_ahead"
    SIGNATURE_BELOW_EARLIER = "signature_below_earlier"


@dataclass(frozen=True, slots=True, kw_only=True)
class Required:
    """What `send` of an office insists on."""

    approval: bool
    signature: bool


def gate_problems(
    advisory: Advisory,
    records: Sequence[ReleaseRecord],
    *,
    about: Sequence[ReleaseRecord] = (),
    required: Required,
    signed: bool,
    now: datetime,
    zone: tzinfo,
) -> tuple[Problem, ...]:
    """Return what `check`, `preview` and `rehearse` report of the gates of `send`; they never stop for it.

    `records` are the releases of the advisory, `about` those of the one that its relation names. Of one that is
    being sent or done nothing is said: it passed, but for its own revision only. `signed` tells whether its
    document, as `prepare` would freeze it, is signed.
    """
    live = _standing(advisory, records)
    said = [*_hour(advisory, live, now, zone)]
    if required.approval:
        said += _approval(advisory, live)
    if required.signature or (earlier := _signed_earlier(advisory, about)) is None:
        return (*said, *_signature(advisory, live, required=required.signature, signed=signed))
    return (*said, *_below(advisory, live, earlier, signed=signed))


def refuse_signing(advisory: Advisory, records: Sequence[ReleaseRecord]) -> None:
    """Raise Refused where a release of this revision stands: its document is frozen, and approved with it."""
    standing = _standing(advisory, records)
    if not standing:
        return
    name = f"release {standing[-1].id} of {advisory.number} is {standing[-1].state} already, its document frozen"
    if any(one.state not in NEVER_BEGAN for one in standing):
        again = f"dispatcher revise {advisory.slug} --as corrigendum"
        raise Refused(f"{name}: it went out as it is. Another document is another revision: `{again}` begins one")
    raise Refused(f"{name}. To sign: `dispatcher cancel {advisory.slug} --reason ...`, then sign and prepare anew")


def _standing(advisory: Advisory, records: Sequence[ReleaseRecord]) -> list[ReleaseRecord]:
    """Return the releases of the advisory's own revision that were not cancelled."""
    cancelled, revision = ReleaseState.CANCELLED, advisory.revision
    return [one for one in records if one.state is not cancelled and one.revision == revision]


def _hour(advisory: Advisory, live: Sequence[ReleaseRecord], now: datetime, zone: tzinfo) -> Iterator[Problem]:
    """Yield a warning where what never began is past its hour."""
    hours = [record.notify_before for record in live if record.state in NEVER_BEGAN]
    hour = min(hours) if hours else advisory.notify_before
    if now >= hour and (hours or not live):
        yield _problem(Severity.WARNING, Said.HOUR_PAST, advisory, moment(hour, zone))


def _approval(advisory: Advisory, live: Sequence[ReleaseRecord]) -> Iterator[Problem]:
    """Yield a warning for each release that waits for approval, a note where none is prepared yet."""
    for record in live:
        if record.state is ReleaseState.PREPARED:
            yield _problem(Severity.WARNING, Said.APPROVAL_MISSING, advisory, str(record.id), maker=record.made_by)
    if not live:
        yield _problem(Severity.NOTE, Said.APPROVAL_AHEAD, advisory, advisory.number)


def _signature(
    advisory: Advisory, live: Sequence[ReleaseRecord], *, required: bool, signed: bool
) -> Iterator[Problem]:
    """Yield a warning for each release that waits unsigned where it must not; before there is any, one at most."""
    for record in live if required else ():
        if record.state in NEVER_BEGAN and not record.signed:
            yield _problem(Severity.WARNING, Said.SIGNATURE_FROZEN, advisory, str(record.id))
    if not live and not signed:
        code = Said.SIGNATURE_MISSING if required else Said.SIGNATURE_AHEAD
        yield _problem(Severity.WARNING if required else Severity.NOTE, code, advisory, advisory.number)


def _signed_earlier(advisory: Advisory, about: Sequence[ReleaseRecord]) -> ReleaseRecord | None:
    """Return what was issued signed of what the advisory corrects, adds to, supersedes or withdraws."""
    target = advisory.relation["target"] if advisory.relation else None
    issued = [one for one in about if one.signed and one.number == target and one.state not in _NOT_ISSUED]
    return next((one for one in issued if advisory.act not in REVISIONS or one.revision < advisory.revision), None)


def _below(
    advisory: Advisory, live: Sequence[ReleaseRecord], earlier: ReleaseRecord, *, signed: bool
) -> Iterator[Problem]:
    """Yield a warning where an unsigned document is to change what a signed one says.

    No refusal: an office that asks for no signature may have to correct a wrong hour while its signatory is away.
    """
    waits = [one for one in live if one.state in NEVER_BEGAN and not one.signed]
    if waits or not (live or signed):
        assert earlier.document is not None
        assert earlier.document.signature is not None
        facts = {"signer": earlier.document.signature.signer}
        yield _problem(Severity.WARNING, Said.SIGNATURE_BELOW_EARLIER, advisory, earlier.number, **facts)


def _problem(severity: Severity, code: Said, advisory: Advisory, value: str, **facts: str) -> Problem:
    column = "notify_before" if code is Said.HOUR_PAST else None
    source = Source(f"{advisory.slug}/advisory.yaml", column=column)
    return Problem(severity, code, source, value, {"number": advisory.number, **facts})
