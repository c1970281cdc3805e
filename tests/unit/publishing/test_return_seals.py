from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatcher.errors import Refused
from dispatcher.outbox.onward_rules import Seal
from dispatcher.publishing.return_seals import (
    Accepted,
    Certificate,
    SignatureFacts,
    SignedBy,
    judged,
    keyed_seal,
    refuse_unfit,
    signature_of,
    signature_seal,
)
from dispatcher.publishing.returns import SignatureSeal, body_of, read_return, write_return
from tests.items import KOLKATA
from tests.kits import KEY
from tests.returns import NOON, return_keys

if TYPE_CHECKING:
    from dispatcher.outbox.onward_rules import Told
    from dispatcher.publishing.returns import SealKeys

CERTIFICATE = Certificate(
    name="EICI Secretariat",
    sha256="ef" * 32,
    issuer="Licensed CA",
    for_signing=True,
    valid_from=NOON - timedelta(days=300),
    valid_until=NOON + timedelta(days=65),
)
FACTS = SignatureFacts(certificate=CERTIFICATE, intact=True, weak=False, trusted_then=True, trusted_now=True)
EICI = SignedBy(name="EICI Secretariat", sha256=None)
BOTH = Accepted(key=KEY, signed_by=EICI)
KEY_ONLY, NEITHER = Accepted(key=KEY, signed_by=None), Accepted(key=None, signed_by=None)
SIGNATURE = signature_seal(b"judged by its facts")


def _keyed(key: str = KEY) -> SealKeys:
    return keyed_seal(body_of(return_keys()), key)


def _judged(
    seal: SealKeys | None,
    accepted: Accepted,
    facts: SignatureFacts | None = FACTS,
    *,
    later: timedelta = timedelta(minutes=5),
    **changes: Any,
) -> Told:
    """Judge the return so long after it was made, with other entries than were sealed if so wanted."""
    keys = return_keys().model_copy(update={"seal": seal})
    content = json.dumps({**json.loads(write_return(keys)), **changes}).encode()
    came = read_return(content, zone=KOLKATA, by_hand=None)
    return judged(came, accepted, facts, now=NOON + later, zone=KOLKATA)


def test_a_keyed_seal_proves_that_nothing_was_changed() -> None:
    """One courier more, or another key, and the seal is wrong; whether a signature is asked for or not."""
    for accepted, expected in ((KEY_ONLY, Seal.KEY), (BOTH, Seal.WEAKER)):
        assert expected == _judged(_keyed(), accepted).seal
        with pytest.raises(Refused, match="the seal of the return is wrong"):
            _judged(_keyed(), accepted, couriers=219, states={"accepted": 219})
        with pytest.raises(Refused, match="the seal of the return is wrong"):
            _judged(_keyed(KEY * 2), accepted)


def test_a_signature_counts_before_a_shared_key() -> None:
    """Where both are set, a signature vouches and names who signed, and the shared key alone is too weak."""
    told = _judged(SIGNATURE, BOTH)

    assert (Seal.SIGNATURE, "EICI Secretariat") == (told.seal, told.signer)
    assert (Seal.WEAKER, None) == ((told := _judged(_keyed(), BOTH)).seal, told.signer)
    assert Seal.WEAKER == _judged(_keyed(), replace(BOTH, key=None)).seal


@pytest.mark.parametrize(
    ("seal", "accepted", "expected"),
    [
        (None, BOTH, Seal.NONE),
        (None, NEITHER, Seal.NONE),
        (_keyed(), NEITHER, Seal.UNCHECKED_KEY),
        (SIGNATURE, NEITHER, Seal.UNCHECKED_SIGNATURE),
        (SIGNATURE, KEY_ONLY, Seal.UNCHECKED_SIGNATURE),
    ],
)
def test_what_cannot_be_checked_vouches_for_nothing(
    seal: SealKeys | None, accepted: Accepted, expected: Seal
) -> None:
    """It is read, and marked with why; whoever takes it must give a reason."""
    told = _judged(seal, accepted)

    assert (expected, None, 0) == (told.seal, told.signer, told.seal.strength)


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        (None, r"damaged, or no signature \(CMS\); ask for the return again"),
        (replace(FACTS, intact=False), "changed after it was signed, or .* another return; ask EICI Secretariat"),
        (
            replace(FACTS, certificate=replace(CERTIFICATE, name="Somebody")),
            "signed by Somebody, not by EICI Secretariat as onward.signed_by in config.yaml says",
        ),
        (
            replace(FACTS, certificate=replace(CERTIFICATE, for_signing=False)),
            "with a certificate that is not for signatures",
        ),
        (
            replace(FACTS, certificate=replace(CERTIFICATE, valid_from=NOON + timedelta(minutes=1))),
            r"valid from 13\.08\.2025 12:01 IST until 17\.10\.2025 12:00 IST, not when the return was made",
        ),
        (
            replace(FACTS, certificate=replace(CERTIFICATE, valid_until=NOON + timedelta(minutes=4))),
            r"until 13\.08\.2025 12:04 IST, not now; ask for a return signed with a valid one",
        ),
        (replace(FACTS, weak=True), "too weak to prove anything"),
        (
            replace(FACTS, trusted_then=False, trusted_now=False),
            r"issued by Licensed CA, which leads to no root of onward\.signed_by\.roots",
        ),
        (replace(FACTS, trusted_now=False), "a certificate above that of EICI Secretariat is not valid any more"),
        (replace(FACTS, trusted_then=False), "was not valid when the return was made; ask for a new return"),
    ],
)
def test_each_fault_of_a_signature_is_a_sentence(facts: SignatureFacts | None, said: str) -> None:
    """What is wrong with it, and what to do."""
    with pytest.raises(Refused, match=said):
        _judged(SIGNATURE, BOTH, facts)


def test_the_gravest_fault_is_told() -> None:
    """A changed return of a stranger with a dead certificate is above all a changed one."""
    worst = replace(CERTIFICATE, name="Somebody", for_signing=False, valid_until=NOON - timedelta(days=1))
    facts = SignatureFacts(certificate=worst, intact=False, weak=True, trusted_then=False, trusted_now=False)

    with pytest.raises(Refused, match="does not fit what the return says"):
        _judged(SIGNATURE, BOTH, facts)


@pytest.mark.parametrize("at", [timedelta(), timedelta(days=65)])
def test_a_certificate_holds_to_its_last_moment(at: timedelta) -> None:
    """At the first and the last moment of its validity a signature is taken."""
    first = replace(FACTS, certificate=replace(CERTIFICATE, valid_from=NOON))

    assert Seal.SIGNATURE == _judged(SIGNATURE, BOTH, first, later=at).seal


def test_a_certificate_can_be_named_by_its_sum() -> None:
    """Alone, whatever the name on it, or together with the name; another certificate of that name is refused."""
    renamed = replace(FACTS, certificate=replace(CERTIFICATE, name="Secretariat (2)"))
    pinned = Accepted(key=None, signed_by=SignedBy(name=None, sha256=CERTIFICATE.sha256))
    both = Accepted(key=None, signed_by=replace(EICI, sha256="aa" * 32))

    assert "Secretariat (2)" == _judged(SIGNATURE, pinned, renamed).signer
    with pytest.raises(Refused, match=f"another certificate than that of onward.*{CERTIFICATE.sha256}"):
        _judged(SIGNATURE, both)


def test_a_name_is_compared_as_people_write_it() -> None:
    """Certificates have it in capitals, or with the words in another order."""
    shouted = replace(FACTS, certificate=replace(CERTIFICATE, name="SECRETARIAT, EICI"))

    assert Seal.SIGNATURE == _judged(SIGNATURE, BOTH, shouted).seal


@given(st.binary(max_size=200))
def test_a_signature_comes_through_the_file(content: bytes) -> None:
    """Whatever its octets; what is not base64 is none."""
    assert content == signature_of(signature_seal(content))
    assert b"" == signature_of(SignatureSeal(value="no base64 ü"))


@pytest.mark.parametrize(
    ("certificate", "said"),
    [
        (replace(CERTIFICATE, for_signing=False), "is not for signatures; use one that is"),
        (replace(CERTIFICATE, valid_until=NOON - timedelta(minutes=1)), "until 13.08.2025 11:59 IST; put one in"),
        (replace(CERTIFICATE, valid_from=NOON + timedelta(minutes=1)), "valid from 13.08.2025 12:01 IST until"),
    ],
)
def test_nobody_signs_with_what_nobody_would_take(certificate: Certificate, said: str) -> None:
    """A certificate that is not for signatures, or not valid now, is told before the return goes out."""
    refuse_unfit(CERTIFICATE, now=NOON, zone=KOLKATA)
    with pytest.raises(Refused, match=said):
        refuse_unfit(certificate, now=NOON, zone=KOLKATA)
