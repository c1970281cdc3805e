"""An office that can sign: its workspace, its signatory's key, and the tool with which she signs elsewhere."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import timedelta
from io import BytesIO
from typing import TYPE_CHECKING, Any

from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign.fields import SigFieldSpec
from pyhanko.sign.signers import PdfSignatureMetadata, PdfSigner, SimpleSigner

from tests.certificates import PASSPHRASE, Holder, authority
from tests.workspaces import NUMBER, SLUG, Workspace

if TYPE_CHECKING:
    from pathlib import Path

    from tests.workspaces import Ended


DAY = timedelta(days=1)
AUTHORITY = authority("Test Root")
ASHA = AUTHORITY.person("ASHA RAO")
NAME = f"Advisory-{SLUG}.pdf"


@dataclass(frozen=True)
class Office:
    """A workspace whose advisory is Asha Rao's, and what is kept in it."""

    workspace: Workspace

    @property
    def folder(self) -> Path:
        """Where the advisory lies."""
        return self.workspace.root / "outbox" / SLUG

    @property
    def taken(self) -> Path:
        """Where the signed document lies once it is taken."""
        return self.folder / "signed" / NAME

    def sign(self, *arguments: str, **changes: str) -> Ended:
        """Run `dispatcher sign`."""
        return self.workspace.run("sign", NUMBER, *arguments, **changes)

    def outside(
        self,
        person: Holder = ASHA,
        *,
        change: Any = None,
        name: str = NAME,
        box: tuple[int, int, int, int] | None = None,
    ) -> Path:
        """Have the document signed by a tool of the officer's own; return the file it leaves.

        `box` is where its mark is to be seen on the first page.
        """
        made = self.sign("--json").json
        document = (self.folder / "signing" / name).read_bytes()
        assert hashlib.sha256(document).hexdigest() == made["sha256"]
        signer = SimpleSigner.load_pkcs12_data(person.p12(), (), PASSPHRASE.encode())
        signed = BytesIO()
        seen = SigFieldSpec("Sig", on_page=0, box=box) if box else None
        PdfSigner(PdfSignatureMetadata("Sig"), signer=signer, new_field_spec=seen).sign_pdf(
            IncrementalPdfFileWriter(BytesIO(document)), output=signed
        )
        file = self.workspace.root / "from-the-tool.pdf"
        file.write_bytes(change(signed.getvalue()) if change else signed.getvalue())
        return file

    def p12(self, person: Holder = ASHA) -> tuple[str, ...]:
        """Write a person's key; return the options that sign with it."""
        file = self.workspace.root / "key.p12"
        file.write_bytes(person.p12())
        return ("--p12", str(file), "--passphrase-env", "KEY_PASSPHRASE")


def signature_codes(ended: Ended) -> set[str]:
    """Return what a command says, as JSON, of signatures."""
    return {one["code"] for one in ended.json["problems"] if one["code"].startswith("sign")}


def as_officer(office: Office, officer: str) -> Office:
    """Return the same office with another person at the computer."""
    return _Acting(office.workspace, officer)


@dataclass(frozen=True)
class _Acting(Office):
    officer: str

    def sign(self, *arguments: str, **changes: str) -> Ended:
        return super().sign(*arguments, officer=self.officer, **changes)
