"""EICI's return signed in its workspace and taken at the office, or refused: two workspaces, real certificates."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import openpyxl
import pytest

from dispatcher.advisories.signing import key_of_file
from dispatcher.publishing.return_seals import signature_seal
from dispatcher.publishing.return_signatures import sign
from dispatcher.publishing.returns import read_return
from tests.certificates import PASSPHRASE, Holder, authority
from tests.items import KOLKATA
from tests.passing_on import KEY, RETURN, Exchange, save
from tests.workspaces import NUMBER, SLUG, Workspace

if TYPE_CHECKING:
    from pathlib import Path

    from tests.workspaces import Ended

CA = authority("Licensed CA")
EICI = CA.person("EICI Secretariat")


@dataclass(frozen=True)
class Signing:
    """An exchange in which EICI signs its return and the office asks for that; both hold the shared key too."""

    exchange: Exchange

    @property
    def office(self) -> Workspace:
        """The office's workspace."""
        return self.exchange.office

    @property
    def file(self) -> Path:
        """The return that EICI wrote last."""
        return self.exchange.returned

    def key(self, holder: Holder) -> None:
        """Give EICI the key of another holder."""
        path = self.exchange.eici.root / "eici.p12"
        path.write_bytes(holder.p12())
        path.chmod(0o600)

    def returns(self, *options: str, **changes: str) -> Ended:
        """Write EICI's return."""
        environment = {"SHARED_KEY": KEY, "EICI_PASSPHRASE": PASSPHRASE} | changes
        return self.exchange.eici.run("onward", "return", NUMBER, *options, **environment)

    def returned_by(self, holder: Holder) -> bytes:
        """Return what EICI returns under the key of a holder."""
        self.key(holder)
        ended = self.returns()
        assert 0 == ended.code, ended.err
        return self.file.read_bytes()


@pytest.fixture
def signing(exchange: Exchange) -> Signing:
    """Configure both ends: a key at EICI, its name and its authority at the office."""
    passphrase = {"env": "EICI_PASSPHRASE"}
    exchange.eici.configure(onward={"sign_with": {"p12": "eici.p12", "passphrase": passphrase}})
    (exchange.office.root / "ca.pem").write_bytes(CA.pem)
    exchange.office.configure(onward={"signed_by": {"name": "EICI Secretariat", "roots": ["ca.pem"]}})
    made = Signing(exchange)
    made.key(EICI)
    return made


def test_a_signed_return_is_recorded_with_its_signer(signing: Signing) -> None:
    """Signed at EICI, examined at the office, named in status, register and JSON, kept as it came."""
    written = signing.returns()
    first, again = signing.exchange.record(signing.file), signing.exchange.record(signing.file)
    told = "EICI: 58 of 60 couriers accepted by"
    status = signing.office.run("status", NUMBER).out
    returned = signing.office.run("status", NUMBER, "--json").json["onward"]["returned"]
    folder = signing.office.root / "outbox" / SLUG
    title = str(openpyxl.load_workbook(folder / "register.xlsx").worksheets[0]["A1"].value)
    (kept,) = (folder / "returns").iterdir()

    assert (0, True) == (written.code, "Seal      signed by EICI Secretariat\n" in written.out), written.err
    assert (0, 0) == (first[0], again[0]), first[2]
    assert "The return is recorded: signed by EICI Secretariat.\n" in first[1]
    assert "was recorded before; nothing was changed" in again[1]
    assert all(told in text and "; signed by EICI Secretariat" in text for text in (first[1], status, title))
    assert "EICI Secretariat द्वारा हस्ताक्षरित" in title
    assert (True, "signature", "EICI Secretariat", None) == tuple(
        returned[name] for name in ("sealed", "seal", "signer", "by_hand")
    )
    assert signing.file.read_bytes() == kept.read_bytes()
    assert 58 == json.loads(kept.read_bytes())["states"]["accepted"]
    assert 0 == signing.office.run("verify").code


def test_each_forgery_is_refused_in_one_sentence(signing: Signing, tmp_path: Path) -> None:
    """Changed, of another return, of a stranger, cut off, none at all, huge: nothing is recorded."""
    earlier, stranger = signing.returned_by(EICI), signing.returned_by(authority().person("EICI Secretariat"))
    another, whole = signing.returned_by(CA.person("Somebody Else")), signing.returned_by(EICI)
    data = json.loads(whole)
    seal = data["seal"]
    cases = {
        "the signature does not fit what the return says": {**data, "couriers": 61, "states": {"accepted": 61}},
        "that of another return; ask EICI Secretariat": {**data, "seal": json.loads(earlier)["seal"]},
        "was issued by Test Root, which leads to no root of onward.signed_by.roots": json.loads(stranger),
        "signed by Somebody Else, not by EICI Secretariat": json.loads(another),
        "damaged, or no signature (CMS)": {**data, "seal": {**seal, "value": seal["value"][:800]}},
        "no signature (CMS); ask": {**data, "seal": {**seal, "value": "bm8gQ01T"}},
        "seal.CMS.value: String should have at most": {**data, "seal": {**seal, "value": "A" * 200_000}},
        "larger than 256,000 octets": {**data, "seal": {**seal, "value": "A" * 300_000}},
    }
    ended = {
        said: signing.exchange.record(save(tmp_path, "return.json", json.dumps(changed).encode()))
        for said, changed in cases.items()
    }
    cut = signing.exchange.record(save(tmp_path, "return.json", whole[:-100]))
    status = signing.office.run("status", NUMBER)

    assert dict.fromkeys(cases, 1) == {said: code for said, (code, _, _) in ended.items()}
    assert dict.fromkeys(cases, 1) == {said: len(err.splitlines()) for said, (_, _, err) in ended.items()}
    assert {} == {said: err for said, (_, _, err) in ended.items() if said not in err}
    assert (1, True) == (cut[0], "the return is not whole" in cut[2])
    assert "EICI: the return is due by" in status.out
    assert not (signing.office.root / "outbox" / SLUG / "returns").exists()


def test_the_shared_key_alone_is_weaker_than_what_is_asked_for(signing: Signing) -> None:
    """Refused with the reason; taken by hand it is marked so; the same signed afterwards counts."""
    signing.exchange.eici.configure(onward={"sign_with": None})
    keyed = signing.returns()
    refused = signing.exchange.record(signing.file)
    taken = signing.exchange.record(signing.file, "--by-hand", "their key has expired")
    signing.office.configure(onward={"signed_by": None})
    again = signing.exchange.record(signing.file)

    assert "Seal      sealed with the key that both offices hold\n" in keyed.out
    assert (1, True) == (refused[0], "onward.signed_by in config.yaml asks for a signature" in refused[2])
    assert "take it with --by-hand REASON" in refused[2]
    assert (0, True) == (taken[0], "without the signature that is asked for, by hand" in taken[1])
    assert "taken by hand, sealed with the shared key and not signed: their key has expired" in taken[1]
    assert (0, True) == (again[0], "recorded: sealed with the key that both offices hold" in again[1])


def test_a_signature_that_nobody_can_check_is_taken_by_hand_only(signing: Signing) -> None:
    """The office names nobody yet and is told what to set; by hand it is marked; then the signature counts."""
    signing.returned_by(EICI)
    signing.office.configure(onward={"signed_by": None})
    refused = signing.exchange.record(signing.file)
    taken = signing.exchange.record(signing.file, "--by-hand", "heard by telephone")
    signing.office.configure(onward={"signed_by": {"name": "EICI Secretariat", "roots": ["ca.pem"]}})
    counted = signing.exchange.record(signing.file)

    assert (1, True) == (refused[0], "as onward.signed_by in config.yaml is not set" in refused[2])
    assert "taken by hand, its signature not examined: heard by telephone" in taken[1]
    assert "The return is recorded: signed by EICI Secretariat.\n" in counted[1]


def test_an_expired_certificate_is_told_at_both_ends(signing: Signing, tmp_path: Path) -> None:
    """EICI does not sign with it, and what some other program signed with it is refused."""
    now = datetime.now(UTC)
    over = CA.person("EICI Secretariat", ends=now - timedelta(days=1))
    before = signing.file.read_bytes()
    signing.key(over)
    unsigned = signing.returns()
    came = read_return(before, zone=KOLKATA, by_hand=None)
    seal = signature_seal(sign(came.body, key_of_file(over.p12(), PASSPHRASE, file="key.p12"), at=now))
    brought = json.dumps({**json.loads(before), "seal": seal.model_dump()}).encode()
    code, _, err = signing.exchange.record(save(tmp_path, "return.json", brought))

    assert (1, 1) == (unsigned.code, len(unsigned.err.splitlines()))
    assert "in onward.sign_with is valid from 01.01.2025" in unsigned.err
    assert before == signing.file.read_bytes()
    assert (1, True) == (code, "not when the return was made; ask for a return signed with a valid one" in err)


def test_a_key_that_cannot_be_used_is_a_fault_of_the_settings(signing: Signing) -> None:
    """Another passphrase, none, no file, one that everybody may read: named; the return that lies there stays."""
    before = signing.file.read_bytes()
    path = signing.exchange.eici.root / "eici.p12"
    other = signing.returns(EICI_PASSPHRASE="another")
    none = signing.exchange.eici.run("onward", "return", NUMBER, SHARED_KEY=KEY)
    path.chmod(0o644)
    open_to_all = signing.returns()
    path.unlink()
    missing = signing.returns()
    ended = (other, none, open_to_all, missing)

    assert [2] * 4 == [one.code for one in ended]
    assert [1] * 4 == [len(one.err.splitlines()) for one in ended]
    assert "onward.sign_with.p12: eici.p12 cannot be opened: either the passphrase is another" in other.err
    assert "onward.sign_with.passphrase: the environment variable EICI_PASSPHRASE is not set" in none.err
    assert f"onward.sign_with.p12: everybody may read {path}; run: chmod o-rwx" in open_to_all.err
    assert f"onward.sign_with.p12: {path} cannot be read (No such file or directory)" in missing.err
    assert before == signing.file.read_bytes()


def test_a_root_that_is_missing_is_a_fault_of_the_settings(signing: Signing) -> None:
    """It is named; nothing is recorded and nobody is called a forger."""
    signing.returned_by(EICI)
    (signing.office.root / "ca.pem").unlink()
    code, _, err = signing.exchange.record(signing.file)

    assert (2, True) == (code, "onward.signed_by.roots: ca.pem: No such file or directory" in err)


def test_a_folder_takes_the_return_under_its_own_name(signing: Signing, tmp_path: Path) -> None:
    """Such as a stick that is carried over."""
    before = signing.file.read_bytes()
    ended = signing.returns("--output", str(tmp_path))

    assert 0 == ended.code, ended.err
    assert "EICI" == json.loads((tmp_path / RETURN).read_bytes())["mediator"]["en"]
    assert before == signing.file.read_bytes()


def test_who_may_not_make_returns_nothing_under_the_seal(signing: Signing) -> None:
    """A return is an act of the office that passes on: its officers write it."""
    settings = {"officers": {"somebody-else": {"name": {"hi": "क", "en": "A"}, "may": ["make"]}}}
    signing.exchange.eici.configure(**settings)
    ended = signing.returns()

    assert (1, True) == (ended.code, "is no officer of this office" in ended.err)
