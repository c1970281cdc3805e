"""What vouches for a return: sealed at who passes on, examined at the office. Part of the composition root.

It loads its edges when it runs, as in app.py.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dispatcher.errors import ConfigError, Refused
from dispatcher.files import open_to_everybody
from dispatcher.use_cases import UseCases, now

if TYPE_CHECKING:
    from datetime import datetime

    from dispatcher.advisories.signing import Key
    from dispatcher.outbox.onward_rules import Told
    from dispatcher.publishing.return_seals import Accepted, SignatureFacts
    from dispatcher.publishing.returns import Came, ReturnKeys

_LARGEST_KEY = 1_000_000
"""Octets of a file that can hold a key."""


class Sealing(UseCases):
    """The seals of the returns of one workspace."""

    def sealed(self, keys: ReturnKeys) -> tuple[ReturnKeys, str | None]:
        """Return a return with its seal, and who signs it, None where nobody does.

        A signature where a key for it is set, else a keyed hash, else none. Raises ConfigError, and Refused for a
        certificate that nobody would take.
        """
        from dispatcher.publishing.return_seals import keyed_seal
        from dispatcher.publishing.returns import body_of

        body = body_of(keys)
        if self.settings.onward.sign_with is not None:
            return self._signed(keys, body)
        key = self.settings.onward_key()
        return keys.model_copy(update={"seal": keyed_seal(body, key) if key else None}), None

    def examined(self, came: Came) -> Told:
        """Return what a return tells, with what vouches for it.

        Raises ConfigError, and Refused for a seal that is wrong.
        """
        from dispatcher.publishing.return_seals import judged

        moment = now()
        return judged(came, self._accepted(), self._facts(came, moment), now=moment, zone=self.zone)

    def _signed(self, keys: ReturnKeys, body: bytes) -> tuple[ReturnKeys, str]:
        from dispatcher.publishing.return_seals import refuse_unfit, signature_seal
        from dispatcher.publishing.return_signatures import certificate_of, sign

        key = self._key()
        refuse_unfit(certificate_of(key), now=keys.compiled_at, zone=self.zone)
        signature = sign(body, key, at=keys.compiled_at)
        return keys.model_copy(update={"seal": signature_seal(signature)}), key.name

    def _key(self) -> Key:
        """Return the key that signs. Raises ConfigError where it is not in its place, or cannot be opened."""
        from dispatcher.advisories.signing import key_of_file

        told = self.settings.onward.sign_with
        assert told is not None
        passphrase = self.settings.secret("onward.sign_with.passphrase", told.passphrase) or ""
        named, path = f"{self.settings.file_name}: onward.sign_with.p12", self.root / told.p12
        try:
            if open_to_everybody(path):
                raise ConfigError([f"{named}: everybody may read {path}; run: chmod o-rwx {path}"])
            with path.open("rb") as file:
                content = file.read(_LARGEST_KEY)
        except OSError as error:
            raise ConfigError([f"{named}: {path} cannot be read ({error.strerror})"]) from None
        try:
            return key_of_file(content, passphrase, file=told.p12)
        except Refused as error:
            raise ConfigError([f"{named}: {error}"]) from None

    def _accepted(self) -> Accepted:
        from dispatcher.publishing.return_seals import Accepted, SignedBy

        told = self.settings.onward.signed_by
        signed_by = SignedBy(name=told.name, sha256=told.sha256) if told else None
        return Accepted(key=self.settings.onward_key(), signed_by=signed_by)

    def _facts(self, came: Came, moment: datetime) -> SignatureFacts | None:
        """Return what the signature of a return says; None where there is none to be examined here."""
        from dispatcher.publishing.returns import SignatureSeal

        told = self.settings.onward.signed_by
        if told is None or not isinstance(came.seal, SignatureSeal):
            return None
        from dispatcher.advisories.certificates import read_roots
        from dispatcher.publishing.return_seals import signature_of
        from dispatcher.publishing.return_signatures import examine

        roots = read_roots(told.roots, folder=self.root, key=f"{self.settings.file_name}: onward.signed_by.roots")
        made_at = came.told.compiled_at or moment
        return examine(came.body, signature_of(came.seal), roots, made_at=made_at, now=moment)
