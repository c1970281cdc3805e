"""Maker, approver and signatory of a release: three persons, unless an office of one allows otherwise. Pure.

And whether the signatory's certificate was examined.
"""

from __future__ import annotations

import json
import re
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from dispatcher.outbox.records import SignatoryRecord

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dispatcher.model import Advisory, Localized, OfficialDocument, Signature
    from dispatcher.outbox.records import DocumentRecord, ReleaseRecord

_FORMS_OF_ADDRESS = frozenset({"shri", "smt", "sri", "kumari", "dr", "mr", "mrs", "ms"})


class Remark(StrEnum):
    """What a register says of officers that are one person or not known; words in words/register.yaml."""

    SELF_APPROVED = "self_approved"
    SIGNED_BY_MAKER = "signed_by_maker"
    SIGNED_BY_APPROVER = "signed_by_approver"
    SIGNATORY_IS_MAKER = "signatory_is_maker"
    SIGNATORY_IS_APPROVER = "signatory_is_approver"
    NOT_TO_A_ROOT = "not_to_a_root"
    """Another office's document, received where no root is named."""


def is_signer(officer: str, signer: str, names: Mapping[str, Localized]) -> bool:
    """Tell whether the name in a signature is an officer's, as far as names tell.

    `names`: user name -> name in each language. Order of the words, case, dots and forms of address do not matter.
    """
    known = [officer, *names.get(officer, {}).values()]
    return bool(_words(signer)) and any(_words(signer) == _words(one) for one in known)


def is_signatory(officer: str, signatory: SignatoryRecord, names: Mapping[str, Localized]) -> bool:
    """Tell whether an officer signed here, or bears a name of the signatory; `names` as of is_signer."""
    return officer == signatory.account or any(is_signer(officer, one, names) for one in signatory.names)


def signatory_of(advisory: Advisory, document: OfficialDocument | None) -> SignatoryRecord:
    """Return who answers for what is to be prepared; nobody here for another office's advisory."""
    if advisory.origin is not None:
        return SignatoryRecord()
    account = document.account if document else ""
    return SignatoryRecord((*advisory.signatory.name.values(), *_signer(document)), account)


def noted(signatory: SignatoryRecord) -> dict[str, Any]:
    """Return what the event that a release was prepared says of its signatory."""
    return {"signatory": {"names": signatory.names, "account": signatory.account}}


def signatory_from(prepared: str, document: DocumentRecord | None) -> SignatoryRecord:
    """Return who answers for a release, from the data of the event that it was prepared.

    Where an earlier program noted nothing there, or it cannot be read (`verify` tells), only the signature counts.
    """
    try:
        told = json.loads(prepared)["signatory"]
        names, account = map(str, told["names"]), str(told["account"])
    except (ValueError, LookupError, TypeError):
        return SignatoryRecord(_signer(document))
    return SignatoryRecord(tuple(names), account)


def remarks(record: ReleaseRecord, names: Mapping[str, Localized]) -> tuple[Remark, ...]:
    """Return which officers of a release are one person, and whether that of the signature is not known."""
    found = [Remark.SELF_APPROVED] if record.approved_by == record.made_by else []
    signed = record.signed
    if is_signatory(record.made_by, record.signatory, names):
        found.append(Remark.SIGNED_BY_MAKER if signed else Remark.SIGNATORY_IS_MAKER)
    if record.approved_by and is_signatory(record.approved_by, record.signatory, names):
        found.append(Remark.SIGNED_BY_APPROVER if signed else Remark.SIGNATORY_IS_APPROVER)
    signature = record.document.signature if record.document else None
    if signature is not None and signature.genuine and not signature.rooted:
        found.append(Remark.NOT_TO_A_ROOT)
    return tuple(found)


def _signer(document: OfficialDocument | DocumentRecord | None) -> tuple[str, ...]:
    """Return the name in a genuine signature; a specimen's is nobody's."""
    signature: Signature | None = document.signature if document else None
    return (signature.signer,) if signature is not None and signature.genuine else ()


def _words(name: str) -> frozenset[str]:
    return frozenset(filter(None, re.split(r"[\s.,()]+", name.casefold()))) - _FORMS_OF_ADDRESS
