"""Maker, approver and signatory: whether they are one person, as far as account and names tell."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from dispatcher.model import OfficialDocument, Origin, Signature
from dispatcher.outbox.officers import (
    Remark,
    is_signatory,
    is_signer,
    noted,
    remarks,
    signatory_from,
    signatory_of,
)
from dispatcher.outbox.records import DocumentRecord, SignatoryRecord
from dispatcher.words import catalog
from tests.drafts import draft

if TYPE_CHECKING:
    from tests.outboxes import Outbox

NAMES = {"asha": {"hi": "आशा देसाई", "en": "Asha Desai"}, "vivek": {"hi": "विवेक राव", "en": "Vivek Rao"}}
AT = datetime(2025, 8, 12, tzinfo=UTC)
SIGNATURE = Signature(signer="Asha Desai", signed_at=AT, level="B-B")
NOBODY = SignatoryRecord()


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
    ("signatory", "expected"),
    [
        (NOBODY, False),
        (SignatoryRecord(account="asha"), True),
        (SignatoryRecord(names=("RAVI MENON",), account="asha"), True),
        (SignatoryRecord(names=("रवि मेनन", "Asha Desai")), True),
        (SignatoryRecord(names=("Vivek Rao",), account="vivek"), False),
    ],
)
def test_a_signatory_is_known_by_account_and_name(
    signatory: SignatoryRecord,
    expected: bool,  # noqa: FBT001 - of the table
) -> None:
    """The account that signed here counts whatever name the certificate bears, and any name of the signatory."""
    assert expected == is_signatory("asha", signatory, NAMES)


def _document(signature: Signature | None, account: str = "") -> OfficialDocument:
    return OfficialDocument(file_name="a.pdf", content=b"", signature=signature, account=account)


def test_who_answers_for_an_advisory() -> None:
    """The names in it and in a genuine signature, and the account that signed; a specimen's signer is nobody."""
    advisory = draft().advisory
    printed = tuple(advisory.signatory.name.values())
    specimen = replace(SIGNATURE, genuine=False)

    assert [
        (printed, ""),
        (printed, ""),
        ((*printed, "Asha Desai"), "asha"),
        (printed, ""),
    ] == [
        signatory_of(advisory, None),
        signatory_of(advisory, _document(None)),
        signatory_of(advisory, _document(SIGNATURE, "asha")),
        signatory_of(advisory, _document(specimen)),
    ]


@pytest.mark.parametrize(
    "prepared", ["", "{}", "[", "[]", "null", '{"signatory": 1}', '{"signatory": {"names": 1}}']
)
def test_what_an_event_does_not_tell_the_signature_does(prepared: str) -> None:
    """An event of an earlier program, or one that was changed, leaves the name in the signature."""
    signed = DocumentRecord(file_name="a.pdf", sha256="00", signature=SIGNATURE)

    assert (SignatoryRecord(("Asha Desai",)), NOBODY) == (
        signatory_from(prepared, signed),
        signatory_from(prepared, None),
    )


def test_what_was_noted_is_told_again() -> None:
    """As it was at `prepare`; of another office's advisory nobody is noted, whoever signed it."""
    signed = DocumentRecord(file_name="a.pdf", sha256="00", signature=SIGNATURE)
    known = SignatoryRecord(("रवि मेनन", "Ravi Menon"), "ravi")

    assert [known, NOBODY] == [signatory_from(json.dumps(noted(one)), signed) for one in (known, NOBODY)]


def test_the_signatory_of_another_office_is_nobody_here() -> None:
    """An advisory that is passed on was signed there, whatever the names of officers here."""
    origin = Origin(issuer={}, release_hash="", kit_hash="")
    advisory = replace(draft().advisory, origin=origin)

    assert NOBODY == signatory_of(advisory, _document(SIGNATURE))


@pytest.mark.parametrize(
    ("approver", "signatory", "signed", "expected"),
    [
        ("vivek", NOBODY, True, ()),
        ("asha", NOBODY, True, (Remark.SELF_APPROVED,)),
        ("vivek", SignatoryRecord(("Meera Nair",)), True, ()),
        ("vivek", SignatoryRecord(("Asha Desai",)), True, (Remark.SIGNED_BY_MAKER,)),
        ("vivek", SignatoryRecord(("Meera Nair",), "asha"), True, (Remark.SIGNED_BY_MAKER,)),
        ("vivek", SignatoryRecord(("Vivek Rao",)), True, (Remark.SIGNED_BY_APPROVER,)),
        ("vivek", SignatoryRecord(("Asha Desai",)), False, (Remark.SIGNATORY_IS_MAKER,)),
        ("vivek", SignatoryRecord(("Vivek Rao",)), False, (Remark.SIGNATORY_IS_APPROVER,)),
        (None, SignatoryRecord(("Asha Desai",)), True, (Remark.SIGNED_BY_MAKER,)),
        (
            "asha",
            SignatoryRecord(("Asha Desai",)),
            True,
            (Remark.SELF_APPROVED, Remark.SIGNED_BY_MAKER, Remark.SIGNED_BY_APPROVER),
        ),
    ],
)
def test_officers_that_are_one_person_are_remarked(
    outbox: Outbox,
    approver: str | None,
    signatory: SignatoryRecord,
    signed: bool,  # noqa: FBT001 - of the table
    expected: tuple[Remark, ...],
) -> None:
    """Asha made the release: who approved and who signed it is compared with her, and with one another."""
    outbox.add_release("a@customs.example")
    document = DocumentRecord(file_name="a.pdf", sha256="00", signature=SIGNATURE if signed else None)
    record = replace(outbox.record(), approved_by=approver, document=document, signatory=signatory)

    assert expected == remarks(record, NAMES)


def test_each_remark_has_words() -> None:
    """The register says each in both languages."""
    words = catalog("register")["remarks"]

    assert set(Remark) == set(words)
    assert {frozenset({"hi", "en"})} == {frozenset(text) for text in words.values()}
