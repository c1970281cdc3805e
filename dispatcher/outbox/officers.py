"""Maker, approver and signatory of a release: three persons, unless an office of one allows otherwise. Pure.

And whether the signatory's certificate was examined.
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dispatcher.model import Localized
    from dispatcher.outbox.records import ReleaseRecord

_FORMS_OF_ADDRESS = frozenset({"shri", "smt", "sri", "kumari", "dr", "mr", "mrs", "ms"})


class Remark(StrEnum):
    """What a register says of officers that are one person or not known; words in words/register.yaml."""

    SELF_APPROVED = "self_approved"
    SIGNED_BY_MAKER = "signed_by_maker"
    SIGNED_BY_APPROVER = "signed_by_approver"
    NOT_TO_A_ROOT = "not_to_a_root"
    """Another office's document, received where no root is named."""


def is_signer(officer: str, signer: str, names: Mapping[str, Localized]) -> bool:
    """Tell whether the name in a signature is an officer's, as far as names tell.

    `names`: user name -> name in each language. Order of the words, case, dots and forms of address do not matter.
    """
    known = [officer, *names.get(officer, {}).values()]
    return bool(_words(signer)) and any(_words(signer) == _words(one) for one in known)


def remarks(record: ReleaseRecord, names: Mapping[str, Localized]) -> tuple[Remark, ...]:
    """Return which officers of a release are one person, and whether that of the signature is not known."""
    found = [Remark.SELF_APPROVED] if record.approved_by == record.made_by else []
    signature = record.document.signature if record.document else None
    if signature is not None and signature.genuine:
        found += [Remark.SIGNED_BY_MAKER] if is_signer(record.made_by, signature.signer, names) else []
        approver = record.approved_by
        found += [Remark.SIGNED_BY_APPROVER] if approver and is_signer(approver, signature.signer, names) else []
        found += [] if signature.rooted else [Remark.NOT_TO_A_ROOT]
    return tuple(found)


def _words(name: str) -> frozenset[str]:
    return frozenset(filter(None, re.split(r"[\s.,()]+", name.casefold()))) - _FORMS_OF_ADDRESS
