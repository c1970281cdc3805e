"""The use cases of signing: the document to be signed, the signed one taken, or signed here.

Part of the composition root. It loads its edges when it runs, as in app.py.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dispatcher.errors import Refused
from dispatcher.issuing import Issuing
from dispatcher.use_cases import UseCases, now

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from dispatcher.advisories.signing import Key
    from dispatcher.config import Settings
    from dispatcher.errors import Problem
    from dispatcher.messages.drafting import Draft
    from dispatcher.model import OfficialDocument

TO_BE_SIGNED = "signing"
"""The folder beside advisory.yaml where the document to be signed lies."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ToBeSigned:
    """The document that an officer signs with a tool of the officer's own."""

    file: Path
    sha256: str
    taken: Path
    """Where the signed one will lie."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """A signed document that was taken, and what could be stronger about its signature."""

    file: Path
    document: OfficialDocument
    warnings: tuple[Problem, ...]


class Signing(UseCases):
    """The signatures of the advisories of one workspace. `by` is always the acting officer."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self.issuing = Issuing(settings)

    def to_be_signed(self, reference: str, *, by: str) -> ToBeSigned:
        """Write the document as it is to be signed elsewhere: the same bytes each time.

        Raises InputProblems, TemplateError, Refused.
        """
        from dispatcher.files import write_atomically
        from dispatcher.official import file_name

        draft = self._draft(reference, by)
        content = self.issuing.official.pdf(draft, mark=None)
        file = self.folder(reference) / TO_BE_SIGNED / file_name(draft.advisory)
        write_atomically(file, content)
        taken = self.issuing.official.signed_file(draft.advisory)
        return ToBeSigned(file=file, sha256=hashlib.sha256(content).hexdigest(), taken=taken)

    def take(self, reference: str, file: Path, *, by: str) -> Taken:
        """Take a file that was signed elsewhere, if everything about it holds; otherwise nothing is written.

        Raises InputProblems with all that is wrong, UsageError, TemplateError, ConfigError, Refused.
        """
        from dispatcher.advisories.signature_reading import read_signed

        return self._take(self._draft(reference, by), read_signed(file), name=file.name)

    def sign_with_file(self, reference: str, file: Path, *, passphrase: Callable[[], str], by: str) -> Taken:
        """Sign here with the key of a PKCS#12 file; `passphrase` is asked when needed. Raises as `take` does."""
        from dispatcher.advisories.signature_reading import read_signed
        from dispatcher.advisories.signing import key_of_file

        self.must_be_allowed(by, "sign")
        draft = self._draft(reference, by)
        return self._sign(draft, key_of_file(read_signed(file), passphrase(), file=str(file)), by=by)

    def sign_with_token(
        self,
        reference: str,
        library: str,
        *,
        token: str | None,
        certificate: str | None,
        pin: Callable[[], str],
        by: str,
    ) -> Taken:
        """Sign here with a token (PKCS#11) by its labels; `pin` is asked when needed. Raises as `take` does."""
        from dispatcher.advisories.signing import key_of_token

        self.must_be_allowed(by, "sign")
        draft = self._draft(reference, by)
        with key_of_token(library, token=token, certificate=certificate, pin=pin) as key:
            return self._sign(draft, key, by=by)

    def _draft(self, reference: str, by: str) -> Draft:
        """Return what is to be signed. Raises Refused where a release of it stands: its document is frozen."""
        from dispatcher.outbox.database import is_begun
        from dispatcher.outbox.gates import refuse_signing

        if not self.settings.may(by, "make"):
            self.must_be_allowed(by, "sign")
        accepted, _told = self.issuing.lists.accepted_or_told()
        draft, _imports = self.issuing.draft(reference, accepted)
        if origin := draft.advisory.origin:
            raise Refused(f"{reference}: {origin.issuer.get('en', 'another office')} issued it, and signs it")
        if is_begun(self.settings.store_url, root=self.root):
            with self.store() as database:
                refuse_signing(draft.advisory, self.releases(database, reference))
        return draft

    def _sign(self, draft: Draft, key: Key, *, by: str) -> Taken:
        """Sign at this second, which the document shows, and take it as one that was signed elsewhere."""
        from dispatcher.advisories.document import Stamp
        from dispatcher.advisories.signing import sign
        from dispatcher.official import file_name

        at = now().astimezone(self.zone).replace(microsecond=0)
        document = self.issuing.official.pdf(draft, mark=None, stamp=Stamp(key.name, at))
        signed = sign(document, key, at=at, time_stamps=self.settings.signature.timestamp_url)
        return self._take(draft, signed, name=file_name(draft.advisory), account=by)

    def _take(self, draft: Draft, content: bytes, *, name: str, account: str = "") -> Taken:
        """Take what was signed, here under `account` or elsewhere; the account is kept before its document."""
        from dispatcher.advisories.signing_accounts import keep_account
        from dispatcher.files import write_atomically

        examined = self.issuing.official.examine(draft, content, file=name)
        document, file = examined.taken(), self.issuing.official.signed_file(draft.advisory)
        if account:
            keep_account(file, content, account)
        write_atomically(file, content)
        return Taken(file=file, document=document, warnings=examined.problems)
