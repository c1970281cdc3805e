"""Who signs, who signed, and that it is neither who made nor who approved the release."""

from __future__ import annotations

import openpyxl
import pytest

from tests.certificates import PASSPHRASE
from tests.signing_offices import AUTHORITY, NAME, Office, as_officer, signature_codes
from tests.workspaces import NUMBER


def test_an_officer_who_may_not_sign_does_not(office: Office) -> None:
    """Who signs here must be an officer with `may: [sign]`; a maker may still take what another signed."""
    names = {"hi": "आशा राव", "en": "Asha Rao"}
    officers = {
        "asha": {"name": names, "may": ["sign"]},
        "meera": {"name": {"hi": "मीरा", "en": "Meera"}, "may": ["make"]},
    }
    office.workspace.configure(officers=officers)
    options = office.p12()
    refused = office.sign(*options, KEY_PASSPHRASE=PASSPHRASE, officer="meera")
    taken = office.sign("--signed", str(as_officer(office, "meera").outside()), officer="meera")
    signed = office.sign(*options, KEY_PASSPHRASE=PASSPHRASE, officer="asha")

    assert (1, True) == (refused.code, "meera may not sign" in refused.err)
    assert 0 == taken.code, taken.err
    assert 0 == signed.code, signed.err


RAVI = {"ravi": {"name": {"hi": "रवि मेनन", "en": "Ravi Menon"}, "may": ["make", "approve", "sign"]}}
OTHERS = {
    name: {"name": {"hi": name, "en": name}, "may": ["make", "approve", "sign"]} for name in ("asha", "vivek")
}


def _three_persons(office: Office) -> Office:
    """Have no officer be two of maker, approver and signatory, who is Ravi Menon."""
    office.workspace.change("{hi: आशा राव, en: Asha Rao}", "{hi: रवि मेनन, en: Ravi Menon}")
    office.workspace.configure(approval={"self_approval": False})
    return office


def test_the_account_that_signed_is_neither_maker_nor_approver(office: Office) -> None:
    """Whoever ran `sign` with a key is the signatory, though config.yaml names no officers at all."""
    _three_persons(office)
    run = office.workspace.run
    signed = office.sign(*office.p12(AUTHORITY.person("RAVI MENON")), KEY_PASSPHRASE=PASSPHRASE, officer="ravi")
    again = office.sign("--signed", str(office.taken), officer="asha")
    as_maker = run("prepare", NUMBER, officer="ravi")
    prepared = run("prepare", NUMBER, officer="asha")
    as_approver = run("approve", NUMBER, "--yes", officer="ravi")
    approved = run("approve", NUMBER, "--yes", officer="vivek")

    assert [0, 0, 1, 0, 1, 0] == [one.code for one in (signed, again, as_maker, prepared, as_approver, approved)]
    assert "ravi signed the document" in as_maker.err
    assert "another officer must prepare the release" in as_maker.err
    assert "another officer must approve the release" in as_approver.err
    assert [] == run("status", NUMBER, "--json").json["remarks"]


@pytest.mark.parametrize("signed", [True, False], ids=["signed", "unsigned"])
def test_who_bears_the_name_of_the_signatory_is_neither_maker_nor_approver(
    office: Office,
    signed: bool,  # noqa: FBT001 - of the table
) -> None:
    """Signed elsewhere, or not at all, the advisory's signatory is the officer of that name."""
    _three_persons(office).workspace.configure(officers=RAVI | OTHERS)
    run = office.workspace.run
    if signed:
        taken = office.sign(
            "--signed", str(as_officer(office, "asha").outside(AUTHORITY.person("RAVI MENON"))), officer="asha"
        )
        assert 0 == taken.code, taken.err
    as_maker = run("prepare", NUMBER, officer="ravi")
    prepared = run("prepare", NUMBER, officer="asha")
    as_approver = run("approve", NUMBER, "--yes", officer="ravi")
    approved = run("approve", NUMBER, "--yes", officer="vivek")

    assert [1, 0, 1, 0] == [one.code for one in (as_maker, prepared, as_approver, approved)]
    assert "ravi is the signatory of the advisory" in as_maker.err
    assert "ravi is the signatory of the advisory" in as_approver.err


def test_the_officer_whose_certificate_signed_is_the_signatory(office: Office) -> None:
    """A certificate of another name, which config.yaml gives to an officer, is that officer's."""
    _three_persons(office)
    ravi = {"ravi": RAVI["ravi"] | {"certificate": "DS R MENON 01"}}
    office.workspace.configure(officers=ravi | OTHERS)
    taken = office.sign(
        "--signed", str(as_officer(office, "asha").outside(AUTHORITY.person("DS R MENON 01"))), officer="asha"
    )
    refused = office.workspace.run("prepare", NUMBER, officer="ravi")

    assert (0, 1) == (taken.code, refused.code), taken.err
    assert "another officer must prepare the release" in refused.err


def test_an_office_of_one_is_remarked(office: Office) -> None:
    """With self-approval allowed nobody is refused; status, both registers and the workbook say who was one."""
    _three_persons(office)
    office.workspace.configure(approval={"self_approval": True}, officers=RAVI | OTHERS)
    run = office.workspace.run
    office.sign(
        "--signed", str(as_officer(office, "ravi").outside(AUTHORITY.person("RAVI MENON"))), officer="ravi"
    )
    codes = [run("prepare", NUMBER, officer="ravi").code, run("approve", NUMBER, "--yes", officer="ravi").code]
    run("report", NUMBER, "--format", "xlsx", "--output", "told.xlsx")
    title = str(openpyxl.load_workbook(office.workspace.root / "told.xlsx").worksheets[0]["A1"].value)
    said = [title, run("status", NUMBER).out, run("register", "--json").out]

    assert [0, 0] == codes
    assert ["self_approved", "signed_by_maker", "signed_by_approver"] == run("status", NUMBER, "--json").json[
        "remarks"
    ]
    assert all(f"signed by its {who}" in one for one in said for who in ("maker", "approver"))


def test_what_was_noted_of_who_signed_must_be_read(office: Office) -> None:
    """A note beside the signed file that was changed is an error of `check`, and nothing is prepared."""
    office.sign(*office.p12(), KEY_PASSPHRASE=PASSPHRASE)
    (office.folder / "signed" / f"{NAME}.accounts.json").write_text("[", encoding="utf-8")
    checked = office.workspace.run("check", NUMBER, "--json")
    refused = office.workspace.run("prepare", NUMBER)

    assert "signature_account" in signature_codes(checked)
    assert (1, True) == (refused.code, "nobody knows who signed here" in refused.err)


def test_a_certificate_may_bear_another_name(office: Office) -> None:
    """The office says in config.yaml under which name an officer's certificate runs."""
    other = AUTHORITY.person("DS A RAO 01")
    refused = office.sign("--signed", str(office.outside(other)))
    names = {"hi": "आशा राव", "en": "Asha Rao"}
    office.workspace.configure(officers={"asha": {"name": names, "may": ["sign"], "certificate": "DS A RAO 01"}})
    taken = office.sign("--signed", str(as_officer(office, "asha").outside(other)), officer="asha")

    assert 1 == refused.code
    assert 0 == taken.code, taken.err
