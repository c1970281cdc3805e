"""The official document of an advisory, made and examined. Part of the composition root.

It loads its edges when it runs, as in app.py.
"""

from __future__ import annotations

import contextlib
import hashlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from dispatcher import workspace
from dispatcher.errors import InputProblems, Problem, Severity, Source, TemplateError
from dispatcher.model import OfficialDocument, Signature
from dispatcher.use_cases import UseCases, now

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime
    from pathlib import Path

    from dispatcher.advisories.certificates import Root
    from dispatcher.advisories.document import Document, Mark, Stamp
    from dispatcher.advisories.places import Place
    from dispatcher.advisories.signature_rules import Expected, SignatureFacts
    from dispatcher.advisories.typesetting import Layout
    from dispatcher.messages.drafting import Draft
    from dispatcher.model import Advisory

SIGNED = "signed"
"""The folder beside advisory.yaml where the accepted signed file lies."""


@dataclass(frozen=True, slots=True)
class Examined:
    """A signed file that was looked at: the document where it is taken, and everything to say of it."""

    document: OfficialDocument | None
    problems: tuple[Problem, ...]

    def taken(self) -> OfficialDocument:
        """Return the document. Raises InputProblems where it is not taken."""
        if self.document is None:
            raise InputProblems([one for one in self.problems if one.severity is Severity.ERROR])
        return self.document


class Official(UseCases):
    """The PDF, by the workspace's own layout where it has one."""

    def document(self, draft: Draft, *, mark: Mark | None) -> OfficialDocument:
        """Return the document as its messages carry it: the signed file, else one with `mark` across.

        The signed file is examined each time, so that nothing altered since is ever taken. Raises InputProblems,
        TemplateError, ConfigError.
        """
        signed = self.signed(draft)
        return signed.taken() if signed else self._unsigned(draft, mark)

    def shown(self, draft: Draft, *, mark: Mark) -> tuple[OfficialDocument, tuple[Problem, ...]]:
        """Return the document to look at, and what is wrong or weak about the signed file; nothing stops for it.

        Raises TemplateError, ConfigError.
        """
        self._roots()  # a wrong one is told before anybody signs
        signed = self.signed(draft)
        document = signed.document if signed else None
        document = document or draft.document or self._unsigned(draft, mark)
        return document, signed.problems if signed else ()

    def signed(self, draft: Draft) -> Examined | None:
        """Return what lies in the place of the signed file, examined; None where nothing does.

        The document of an advisory that is passed on came with it.
        """
        if draft.document is not None:
            return self.examine_received(draft.document, draft.advisory)
        place = self.signed_file(draft.advisory)
        if not place.exists():
            return None
        from dispatcher.advisories.signature_reading import read_signed
        from dispatcher.advisories.signature_rules import Said
        from dispatcher.advisories.signing_accounts import account_of

        content = read_signed(place)
        examined = self.examine(draft, content, file=f"{draft.advisory.slug}/{SIGNED}/{place.name}")
        if examined.document is None:
            return examined
        account = account_of(place, content)
        if account is None:
            source = Source(f"{draft.advisory.slug}/{SIGNED}")
            unknown = Problem(Severity.ERROR, Said.ACCOUNT, source, value=place.name)
            return Examined(None, (*examined.problems, unknown))
        return replace(examined, document=replace(examined.document, account=account))

    def layout_files(self) -> dict[str, str]:
        """Return the sum of each file of the workspace's own layout, by its path in the workspace."""
        own = (path for path in (self.root / "templates" / "pdf").rglob("*") if path.is_file())
        return {one.relative_to(self.root).as_posix(): hashlib.sha256(one.read_bytes()).hexdigest() for one in own}

    def signed_file(self, advisory: Advisory) -> Path:
        """Return where the signed document of an advisory lies."""
        return self.folder_of(advisory.slug) / SIGNED / file_name(advisory)

    def examine(self, draft: Draft, content: bytes, *, file: str) -> Examined:
        """Examine a signed file, named as in `file`. Raises TemplateError, ConfigError."""
        from dispatcher.advisories.document import Stamp
        from dispatcher.advisories.signature_reading import examine
        from dispatcher.advisories.signature_rules import SignatureFacts, signature_problems

        plain = self.pdf(draft, mark=None)

        def documents(signer: str, signed_at: datetime | None) -> Iterator[bytes]:
            """Yield what may be below a signature: the document, or the same with the stamp of this signature."""
            yield plain
            if signed_at:
                with contextlib.suppress(TemplateError):  # a name that cannot be printed is on no document of ours
                    yield self.pdf(draft, mark=None, stamp=Stamp(signer, signed_at))

        found = examine(content, documents, self._roots())
        seen = isinstance(found, SignatureFacts) and found.pictures
        expected = self._expected(draft.advisory, self._standing(draft) if seen else ())
        problems = tuple(signature_problems(found, expected, now=now(), source=Source(file)))
        if not isinstance(found, SignatureFacts) or any(one.severity is Severity.ERROR for one in problems):
            return Examined(None, problems)
        name = file_name(draft.advisory)
        return Examined(OfficialDocument(file_name=name, content=content, signature=_signature(found)), problems)

    def examine_received(self, document: OfficialDocument, advisory: Advisory) -> Examined:
        """Examine the document that came with an advisory of another office, signed or not. Raises ConfigError.

        Nothing of ours is below its signature: what the signature covers is what was signed. Whether it fits is
        examined without roots too, and whatever the kit says of it.
        """
        from dispatcher.advisories.signature_reading import examine
        from dispatcher.advisories.signature_rules import Expected, Said, other_office_problems

        told, roots = document.signature, self._roots()
        found = examine(document.content, lambda _signer, _at: iter(()), roots)
        if told is None and found is Said.UNSIGNED:
            return Examined(document, ())
        sealed = self.settings.onward.key is not None  # then the issuing office itself says who signed
        names = (*advisory.signatory.name.values(), *((told.signer,) if told and sealed else ()))
        expected = Expected(names=names, issued=advisory.dated, zone=self.zone, roots=bool(roots))
        source = Source(document.file_name)
        problems = tuple(other_office_problems(found, told, expected, now=now(), source=source))
        if isinstance(found, Said) or any(one.severity is Severity.ERROR for one in problems):
            return Examined(None, problems)
        return Examined(replace(document, signature=_signature(found, rooted=bool(roots))), problems)

    def specimen(self, draft: Draft, *, at: datetime) -> OfficialDocument:
        """Return the document as signed at `at` with a worthless key; it says of itself that it is a specimen."""
        from dispatcher.advisories.document import Mark, Stamp
        from dispatcher.advisories.signing import key_of_file, sign
        from dispatcher.advisories.worthless import worthless_key

        key = key_of_file(worthless_key(at).p12, "", file="the demo's key")
        content = sign(self.pdf(draft, mark=Mark.SPECIMEN, stamp=Stamp(key.name, at)), key, at=at)
        signature = Signature(signer=key.name, signed_at=at, level="B-B", genuine=False)
        return OfficialDocument(file_name=file_name(draft.advisory), content=content, signature=signature)

    def pdf(self, draft: Draft, *, mark: Mark | None, stamp: Stamp | None = None) -> bytes:
        """Return the document typeset. Raises TemplateError."""
        from dispatcher.advisories.typesetting import typeset

        return typeset(*self._laid_out(draft, mark=mark, stamp=stamp))

    def _standing(self, draft: Draft) -> tuple[Place, ...]:
        """Return what stands where on the document that is signed elsewhere. Raises TemplateError."""
        from dispatcher.advisories.typesetting import standing

        return standing(*self._laid_out(draft, mark=None, stamp=None))

    def _laid_out(self, draft: Draft, *, mark: Mark | None, stamp: Stamp | None) -> tuple[Document, Layout]:
        """Return the document and how it looks. Raises TemplateError."""
        from dispatcher.advisories.document import build_document
        from dispatcher.advisories.typesetting import read_layout

        own, shipped = (place / "pdf" for place in (self.root / "templates", workspace.shipped("templates")))
        layout = read_layout(own, shipped=shipped, languages=draft.languages)
        document = build_document(
            draft.advisory,
            office=self.settings.office,
            words=layout.words,
            emblem=layout.emblem,
            mark=mark,
            stamp=stamp,
        )
        return document, layout

    def _unsigned(self, draft: Draft, mark: Mark | None) -> OfficialDocument:
        return OfficialDocument(file_name=file_name(draft.advisory), content=self.pdf(draft, mark=mark))

    def _expected(self, advisory: Advisory, places: tuple[Place, ...]) -> Expected:
        from dispatcher.advisories.signature_rules import Expected, names_of_signatory

        officers = self.settings.officers.values()
        signing = [(one.name.values(), one.certificate) for one in officers if "sign" in one.may]
        return Expected(
            names=names_of_signatory(advisory.signatory.name.values(), signing),
            issued=advisory.dated,
            zone=self.zone,
            roots=bool(self.settings.signature.roots),
            places=places,
        )

    def _roots(self) -> Sequence[Root]:
        """Return the roots of config.yaml. Raises ConfigError, which names each file that is none."""
        roots = self.settings.signature.roots
        if not roots:
            return ()
        from dispatcher.advisories.certificates import read_roots

        return read_roots(roots, folder=self.root, key=f"{self.settings.file_name}: signature.roots")


def _signature(found: SignatureFacts, *, rooted: bool = True) -> Signature:
    """Return the signature that was found without a fault."""
    assert found.signed_at is not None
    return Signature(
        signer=found.signer,
        signed_at=found.signed_at,
        level=found.level,
        timestamped=found.proved_at is not None,
        rooted=rooted,
    )


def file_name(advisory: Advisory) -> str:
    """Return the file name of the document: Advisory-10-SYS-WZU-2025.pdf."""
    return f"Advisory-{advisory.file_stem}.pdf"
