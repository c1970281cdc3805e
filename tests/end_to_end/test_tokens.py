"""`dispatcher sign --token`: keys that cannot be read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.tokens import LIBRARY, PIN, write_token

if TYPE_CHECKING:
    from pathlib import Path

from tests.signing_offices import AUTHORITY, Office


@pytest.mark.skipif(LIBRARY is None, reason="SoftHSM (softhsm2) is not installed")
class TestToken:
    """Signing with a token, SoftHSM: keys that cannot be read."""

    ASHA = AUTHORITY.person("ASHA RAO", rsa_key=True)
    RAVI = AUTHORITY.person("RAVI MENON", rsa_key=True)

    def test_the_one_certificate_with_its_key_signs(self, office: Office, tmp_path: Path) -> None:
        """Further certificates without a key do not matter; what is signed is taken."""
        token = write_token(tmp_path, "officer", {"signing": self.ASHA}, without_key={"root": AUTHORITY})
        signed = office.sign("--token", str(LIBRARY), "--pin-env", "PIN", PIN=PIN, **token)

        assert 0 == signed.code, signed.err
        assert "ASHA RAO" in signed.out
        assert office.taken.exists()

    def test_of_several_one_must_be_chosen(self, office: Office, tmp_path: Path) -> None:
        """Several certificates, or tokens, are listed by their labels, and none is guessed."""
        token = write_token(tmp_path, "officer", {"asha-sign": self.ASHA, "ravi-sign": self.RAVI})
        write_token(tmp_path, "spare", {})
        given = ("--token", str(LIBRARY), "--pin-env", "PIN")
        which_token = office.sign(*given, PIN=PIN, **token)
        which = office.sign(*given, "--token-label", "officer", PIN=PIN, **token)
        chosen = office.sign(*given, "--token-label", "officer", "--certificate", "asha-sign", PIN=PIN, **token)

        assert (2, True) == (which_token.code, "there are: officer, spare" in which_token.err)
        assert (2, True) == (which.code, "asha-sign (ASHA RAO), ravi-sign (RAVI MENON)" in which.err)
        assert 0 == chosen.code, chosen.err

    def test_a_wrong_pin_is_told(self, office: Office, tmp_path: Path) -> None:
        """The sentence warns that the token locks itself."""
        token = write_token(tmp_path, "officer", {"signing": self.ASHA})
        refused = office.sign("--token", str(LIBRARY), "--pin-env", "PIN", PIN="000000", **token)

        assert 1 == refused.code
        assert "the token does not take this PIN" in refused.err
