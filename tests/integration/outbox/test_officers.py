"""Maker, approver and signatory: whether they are one person, as far as names tell."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from dispatcher.model import Signature
from dispatcher.outbox.officers import Remark, is_signer, remarks
from dispatcher.outbox.records import DocumentRecord
from dispatcher.words import catalog

if TYPE_CHECKING:
    from tests.outboxes import Outbox

NAMES = {"asha": {"hi": "आशा देसाई", "en": "Asha Desai"}, "vivek": {"hi": "विवेक राव", "en": "Vivek Rao"}}
AT = datetime(2025, 8, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("signer", "expected"),
    [
        ("Asha Desai", True),
        ("DESAI, ASHA", True),
        ("Smt. Asha Desai", True),
        ("आशा देसाई", True),
        ("asha", True),
        ("Asha", True),
        ("Asha R. Desai", False),
        ("Vivek Rao", False),
        ("", False),
        ("Shri", False),
    ],
)
def test_a_signature_is_known_by_its_name(signer: str, expected: bool) -> None:  # noqa: FBT001 - of the table
    """User name, or name in any language, whatever the order of its words; another name is another person."""
    assert expected == is_signer("asha", signer, NAMES)


@pytest.mark.parametrize(
    ("approver", "signer", "expected"),
    [
        ("vivek", None, ()),
        ("asha", None, (Remark.SELF_APPROVED,)),
        ("vivek", "Meera Nair", ()),
        ("vivek", "Asha Desai", (Remark.SIGNED_BY_MAKER,)),
        ("vivek", "Vivek Rao", (Remark.SIGNED_BY_APPROVER,)),
        ("asha", "Asha Desai", (Remark.SELF_APPROVED, Remark.SIGNED_BY_MAKER, Remark.SIGNED_BY_APPROVER)),
        (None, "Asha Desai", (Remark.SIGNED_BY_MAKER,)),
    ],
)
def test_officers_that_are_one_person_are_remarked(
    outbox: Outbox, approver: str | None, signer: str | None, expected: tuple[Remark, ...]
) -> None:
    """Asha made the release: who approved and who signed it is compared with her, and with one another."""
    outbox.add_release("a@customs.example")
    signature = Signature(signer=signer, signed_at=AT, level="B-B") if signer else None
    document = DocumentRecord(file_name="a.pdf", sha256="00", signature=signature)
    record = replace(outbox.record(), approved_by=approver, document=document)

    assert expected == remarks(record, NAMES)


def test_a_specimen_signature_is_nobodys(outbox: Outbox) -> None:
    """What a worthless certificate says of its signer counts for nothing."""
    outbox.add_release("a@customs.example")
    signature = Signature(signer="Asha Desai", signed_at=AT, level="B-B", genuine=False)
    document = DocumentRecord(file_name="a.pdf", sha256="00", signature=signature)

    assert () == remarks(replace(outbox.record(), document=document), NAMES)


def test_each_remark_has_words() -> None:
    """The register says each in both languages."""
    words = catalog("register")["remarks"]

    assert set(Remark) == set(words)
    assert {frozenset({"hi", "en"})} == {frozenset(text) for text in words.values()}
