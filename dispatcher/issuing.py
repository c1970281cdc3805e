"""What a release is made from, put together: texts and lists, the official document, the kits.

Part of the composition root, over others of its parts. It loads its edges when it runs, as in app.py.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from dispatcher.deadlines import Deadlines
from dispatcher.errors import InputProblems, Problem, Severity, Source, TemplateError
from dispatcher.intake import template_problems
from dispatcher.kits import Kits, kit_files, packed
from dispatcher.lists import Lists
from dispatcher.official import Official
from dispatcher.use_cases import UseCases

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from sqlalchemy import Connection

    from dispatcher.advisories.document import Mark
    from dispatcher.config import Settings
    from dispatcher.messages.drafting import Draft
    from dispatcher.model import Advisory, OfficialDocument
    from dispatcher.outbox.acceptance import AcceptedList, Imported
    from dispatcher.outbox.records import ReleaseRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class Issued:
    """A draft with its document and its kits."""

    draft: Draft
    files: Mapping[str, bytes]
    """Path below the advisory's folder -> content: the document, each kit in a folder of its name."""
    unaccepted: tuple[Problem, ...] = ()
    """What `prepare` and `send` would still ask for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lying:
    """What lies in the workspace of an advisory, as far as it can be read."""

    draft: Draft | None
    """With the document that `prepare` would freeze, or the one to compare with; None where there is no text."""
    faults: tuple[Problem, ...]
    """Why `prepare` would refuse it."""


class Issuing(UseCases):
    """The drafts of the advisories of one workspace."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self.lists = Lists(settings)
        self.deadlines = Deadlines(settings)
        self.official = Official(settings)
        self.kits = Kits(settings)

    def draft(self, reference: str, accepted: Mapping[str, AcceptedList]) -> tuple[Draft, tuple[Imported, ...]]:
        """Return texts and lists of an advisory, without document and kits. Raises InputProblems."""
        from dispatcher.intake import read_draft

        return read_draft(self.settings, self.folder(reference), accepted=accepted)

    def lying(self, reference: str, frozen: OfficialDocument | None) -> Lying:
        """Return what `prepare` would make a release of, to be compared: what has errors is not passed over.

        `frozen` is the document in place of one that cannot be made, such as where the signature holds no more.
        Raises StoreError, ConfigError.
        """
        from dispatcher.intake import read_inputs
        from dispatcher.messages.drafting import with_document

        read = read_inputs(self.settings, self.folder(reference), accepted=self.lists.accepted())
        faults = tuple(one for one in read.problems if one.severity is Severity.ERROR)
        if read.draft is None:
            return Lying(draft=None, faults=faults)
        try:
            return Lying(draft=self.to_release(read.draft).draft, faults=faults)
        except (InputProblems, TemplateError) as error:
            found = template_problems(error) if isinstance(error, TemplateError) else error.problems
            draft = with_document(read.draft, frozen) if frozen else read.draft
            return Lying(draft=draft, faults=(*faults, *found))

    def issued(self, draft: Draft, mark: Mark, *, document: OfficialDocument | None = None) -> Issued:
        """Return the draft with kits and the given document, or its own; `mark` stands across one nobody signed.

        Raises TemplateError; InputProblems where a signature of its own does not hold, or a kit cannot be made.
        """
        from dispatcher.messages.drafting import with_document

        document = document or self.official.document(draft, mark=mark)
        draft = with_document(draft, document)
        kits = self.kits.of(draft)
        files = {document.file_name: document.content, **kit_files(kits)}
        return Issued(draft=packed(draft, kits), files=files)

    def to_release(self, draft: Draft) -> Issued:
        """Return the draft with document and kits as `prepare` freezes it. Raises TemplateError, StoreError."""
        from dispatcher.advisories.document import Mark

        return self.issued(draft, Mark.UNSIGNED, document=self._frozen(draft))

    def _frozen(self, draft: Draft) -> OfficialDocument | None:
        """Return the unsigned document of a standing release of the same text: another program sets it otherwise.

        None where there is none, or where the document comes from outside.
        """
        from dispatcher.outbox.database import is_begun
        from dispatcher.outbox.inputs import inputs_of, is_same_text
        from dispatcher.outbox.publication import frozen_document
        from dispatcher.outbox.releases import frozen_inputs

        outside = draft.document is not None or self.official.signed_file(draft.advisory).exists()
        if outside or not is_begun(self.settings.store_url, root=self.root):
            return None
        present = inputs_of(draft, files=self.official.layout_files())
        with self.store() as database, database.reading() as connection:
            for record in self._standing(connection, draft.advisory):
                earlier, told = frozen_inputs(connection, record.id), record.document
                if earlier is None or told is None or told.signature is not None:
                    continue
                if is_same_text(earlier, present, document=told.file_name):
                    return frozen_document(connection, record)
        return None

    def _standing(self, connection: Connection, advisory: Advisory) -> list[ReleaseRecord]:
        from dispatcher.outbox import reading
        from dispatcher.outbox.states import ReleaseState

        key = (advisory.revision, advisory.act)
        records = reading.releases(connection, slug=advisory.slug)
        return [
            one for one in records if (one.revision, one.act) == key and one.state is not ReleaseState.CANCELLED
        ]

    def write(self, issued: Issued, folder: Path) -> list[Problem]:
        """Write the document and the kits beside the advisory; tell what somebody changed and was kept."""
        from dispatcher.files import write_tree
        from dispatcher.publishing.kit_folders import write_kits

        kits = {path: content for path, content in issued.files.items() if "/" in path}
        write_tree(folder, {path: content for path, content in issued.files.items() if path not in kits})
        kept = write_kits(folder, kits)
        return [
            Problem(Severity.WARNING, "kit_file_kept", Source(f"{folder.name}/{path}"), facts={"kept": name})
            for path, name in sorted(kept.items())
        ]

    def to_look_at(self, reference: str) -> Issued:
        """Return the whole draft, and what `prepare` would still ask for: nothing stops for it here.

        Raises InputProblems, TemplateError.
        """
        from dispatcher.outbox.acceptance import unaccepted

        accepted, told = self.lists.accepted_or_told()
        draft, imports = self.draft(reference, accepted)
        repairs = [problem for one in imports for problem in one.repairs]
        issued = self._shown(draft)
        asked = (*repairs, *told, *unaccepted(imports, zone=self.zone), *issued.unaccepted)
        return replace(issued, unaccepted=asked)

    def problems(self, draft: Draft) -> list[Problem]:
        """Return what is wrong with what goes with the messages, and what `send` will ask for."""
        try:
            return list(self._shown(draft).unaccepted)
        except (TemplateError, InputProblems) as error:  # there is nothing to be signed yet
            found = template_problems(error) if isinstance(error, TemplateError) else error.problems
            return [*found, *self.deadlines.gates(draft.advisory, signed=True)]

    def _shown(self, draft: Draft) -> Issued:
        """Return the draft, a specimen unless signed, and what `send` will ask for. Raises TemplateError."""
        from dispatcher.advisories.document import Mark

        document, told = self.official.shown(draft, mark=Mark.SPECIMEN)
        gates = self.deadlines.gates(draft.advisory, signed=document.signed)
        issued = self.issued(draft, Mark.SPECIMEN, document=document)
        return replace(issued, unaccepted=(*told, *gates))
