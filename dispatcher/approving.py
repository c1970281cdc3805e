"""The use cases of approval: what an approver sees and decides, and whether that still holds. Composition root.

Each loads its edges when it runs, as in app.py. `send` asks it too: unless a file has changed since, that costs
the sums of the files, and nothing that reads sheets.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dispatcher.acts import ORIGINAL
from dispatcher.errors import Refused, StoreError
from dispatcher.files import file_hash
from dispatcher.use_cases import UseCases, now

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from dispatcher.errors import Problem
    from dispatcher.messages.drafting import Draft
    from dispatcher.model import Localized
    from dispatcher.outbox.changes import Change, ListChanges
    from dispatcher.outbox.database import Database
    from dispatcher.outbox.departures import Departure
    from dispatcher.outbox.inputs import Inputs
    from dispatcher.outbox.records import ReleaseRecord, SignatoryRecord

APPROVAL = "approval"
"""The folder beside advisory.yaml for the pages that an approver looks at."""
_BOUND = frozenset({"office", "sender", "languages", "audiences", "replaced_by"})
"""Keys of config.yaml that a release is made from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A release as its approver sees it."""

    record: ReleaseRecord
    subject: Localized
    """Empty for a release of an earlier program, as is all that needs its texts."""
    deliveries: int
    audiences: Mapping[str, int]
    earlier: ReleaseRecord | None
    """The release before it, of whatever revision, cancelled or not."""
    changes: Sequence[Change]
    """What differs from the one before."""
    lists: ListChanges
    file: Path | None
    """Where the official document lies; None where there is none, or no longer this one."""
    departure: Departure | None
    """What lies in the workspace otherwise by now."""
    comparable: bool = True
    """Whether the texts of the one before were kept: not by an earlier program."""


class Approving(UseCases):
    """Approval in one workspace. `by` is always the acting officer."""

    def waiting(self, reference: str, *, expected: str | None = None) -> list[Shown]:
        """Return the releases of an advisory that wait for approval, or the one whose hash begins so.

        Raises Refused where none does.
        """
        from dispatcher.outbox.states import ReleaseState

        with self.store() as database:
            records = self.prepared(database, reference)
            waiting = [one for one in records if one.state is ReleaseState.PREPARED]
            if not waiting:
                raise Refused(
                    f"{reference}: no release waits for approval; `dispatcher status` shows what there is"
                )
            meant = [one for one in waiting if one.content_hash.startswith(expected or "")]
            if not meant:
                raise Refused(
                    f"{reference}: what waits for approval has not the hash {expected}; look again (--show)"
                )
            bound = {one.id for one in self._standing(database, reference)}  # what `send` compares
            departure = self._departure(database, reference) if bound & {one.id for one in meant} else None
            return [self._shown(database, one, records, departure if one.id in bound else None) for one in meant]

    def write_pages(self, record: ReleaseRecord) -> Path:
        """Write pages of a release's messages as they were frozen, and its document; return the page to open.

        They are made by the program's own template: one of the workspace is not part of what is approved. Raises
        StoreError where a message is not the one that was prepared.
        """
        from dispatcher import workspace
        from dispatcher.files import write_atomically
        from dispatcher.messages.release_pages import INDEX, release_pages
        from dispatcher.messages.templates import read_templates
        from dispatcher.outbox.frozen_messages import approvable, frozen_messages

        with self.store() as database, database.reading() as connection:
            shown, messages = approvable(connection, record), frozen_messages(connection, record)
        made = release_pages(
            shown,
            messages,
            templates=read_templates(workspace.shipped("templates")),
            time_zone=self.settings.office.time_zone,
        )
        folder = self.folder_of(record.slug) / APPROVAL / record.content_hash[:12]
        for name, content in made.items():
            write_atomically(folder / name, content, private=True)
        return folder / INDEX

    def approve(self, records: Sequence[ReleaseRecord], *, by: str) -> None:
        """Approve releases as they were shown. Raises Refused."""
        from dispatcher.outbox import interventions

        self.must_be_allowed(by, "approve")
        with self.store() as database:
            for record in records:
                self.refuse_signatory(record.signatory, by=by, act="approve")
                allowed = self.settings.approval.self_approval
                interventions.approve(database, record, by=by, self_approval=allowed, now=now())

    def must_stand(self, database: Database, reference: str) -> None:
        """Refuse to send what is no longer as it was prepared and approved; a release that began goes on."""
        from dispatcher.outbox.departures import refusal
        from dispatcher.outbox.gates import NEVER_BEGAN

        if any(one.state in NEVER_BEGAN for one in self._standing(database, reference)):
            departure = self._departure(database, reference)
            if departure:
                raise Refused(refusal(departure))

    def problems(self, reference: str) -> list[Problem]:
        """Return what `check` says of a workspace that is no longer what was prepared; none where nothing was."""
        from dispatcher.outbox.database import is_begun
        from dispatcher.outbox.departures import departure_problem
        from dispatcher.outbox.gates import NEVER_BEGAN

        if not is_begun(self.settings.store_url, root=self.root):
            return []
        try:
            with self.store() as database:
                if not any(one.state in NEVER_BEGAN for one in self._standing(database, reference)):
                    return []
                departure = self._departure(database, reference)
        except StoreError:  # told with the lists that stand in the same store
            return []
        return [departure_problem(departure)] if departure else []

    def refuse_signatory(self, signatory: SignatoryRecord, *, by: str, act: str) -> None:
        """Raise Refused where the signatory, as far as account and names tell, would prepare or approve it too."""
        from dispatcher.outbox.officers import is_signatory

        if self.settings.approval.self_approval or not is_signatory(by, signatory, self.officer_names):
            return
        who = f"{by} signed the document" if by == signatory.account else f"{by} is the signatory of the advisory"
        raise Refused(
            f"{who} ({' / '.join(signatory.names)}); another officer must {act} the release (or set "
            "approval.self_approval: true in config.yaml for an office of one)"
        )

    def sources(self, reference: str) -> dict[str, str]:
        """Return the sum of every file that a release of an advisory is made from, by its path in the workspace.

        But for enclosures, see `enclosed`. Of config.yaml only what a release is made from counts.
        """
        folder = self.folder(reference)
        files = [folder / "advisory.yaml", *_files_below(folder / "signed"), *_files_below(folder / "received")]
        templates, starters = self.root / "templates", self.root / "templates" / "advisories"
        files += [one for one in _files_below(templates) if not one.is_relative_to(starters)]
        files += [self.root / one.sheet for one in self.settings.audiences if one.by is None]
        sums = {self._name(one): file_hash(one) for one in dict.fromkeys(files)}
        bound = self.settings.keys.model_dump(mode="json", include=set(_BOUND))
        content = json.dumps(bound, ensure_ascii=False, sort_keys=True).encode()
        return {**sums, self.settings.file_name: hashlib.sha256(content).hexdigest()}

    def enclosed(self, reference: str, names: Iterable[str]) -> dict[str, str]:
        """Return the sums of the enclosures of an advisory, as `sources` does."""
        folder = self.folder(reference)
        return {self._name(folder / name): file_hash(folder / name) for name in names}

    def _standing(self, database: Database, reference: str) -> list[ReleaseRecord]:
        """Return the releases of the newest revision that were not cancelled, oldest first."""
        from dispatcher.outbox.states import ReleaseState

        issued = [one for one in self.releases(database, reference) if one.derived_from is None]
        newest = max((one.revision for one in issued), default=None)
        return [one for one in issued if one.revision == newest and one.state is not ReleaseState.CANCELLED]

    def _departure(self, database: Database, reference: str) -> Departure | None:
        """Return how the workspace differs from the standing releases; None where it does not, or nobody knows."""
        records = self._standing(database, reference)
        inputs = self._inputs(database, records[-1]) if records else None
        if inputs is None or not inputs.files:  # of an earlier program
            return None
        files = self._changed_files(reference, inputs)
        return self._compared(database, reference, records, inputs, files=files) if files else None

    def _changed_files(self, reference: str, inputs: Inputs) -> list[Change]:
        """Return which files are not those that a release was made from."""
        from dispatcher.outbox.changes import sum_changes

        present = self.sources(reference) | self.enclosed(reference, inputs.advisory["enclosures"])
        return sum_changes(inputs.files, present)

    def _compared(
        self,
        database: Database,
        reference: str,
        records: Sequence[ReleaseRecord],
        inputs: Inputs,
        *,
        files: Sequence[Change],
    ) -> Departure | None:
        """Read all anew and compare it: a sheet that was saved again with nothing changed in it is no change."""
        from dispatcher.issuing import Issuing
        from dispatcher.outbox.changes import ListChanges, text_changes
        from dispatcher.outbox.departures import departure_of
        from dispatcher.outbox.inputs import inputs_of
        from dispatcher.outbox.publication import frozen_document

        with database.reading() as connection:
            frozen = frozen_document(connection, records[-1])
        found = Issuing(self.settings).lying(reference, frozen)
        changes: list[Change] = []
        lists = ListChanges()
        if found.draft is not None:
            changes = text_changes(inputs, inputs_of(found.draft, files={}))
            lists = self._list_changes(database, records, found.draft)
        return departure_of(records[-1], changes, lists, faults=found.faults, files=files)

    def _list_changes(self, database: Database, records: Sequence[ReleaseRecord], draft: Draft) -> ListChanges:
        """Return how the sheets differ; whom a later act goes to was decided by who had the earlier one, too."""
        from dispatcher.outbox.changes import ListChanges
        from dispatcher.outbox.freezing import frozen_recipient
        from dispatcher.outbox.gates import NEVER_BEGAN
        from dispatcher.outbox.list_changes import from_sheets

        if records[-1].act != ORIGINAL:
            return ListChanges()
        lines = draft.renderer.recipient_lines
        today = {one.address.casefold(): frozen_recipient(one, lines(one)) for one in draft.recipients}
        waiting = [one.id for one in records if one.state in NEVER_BEGAN]
        with database.reading() as connection:
            return from_sheets(connection, [one.id for one in records], waiting, today)

    def _shown(
        self,
        database: Database,
        record: ReleaseRecord,
        records: Sequence[ReleaseRecord],
        departure: Departure | None,
    ) -> Shown:
        from dispatcher.outbox import reading
        from dispatcher.outbox.changes import ListChanges, text_changes
        from dispatcher.outbox.departures import release_before
        from dispatcher.outbox.list_changes import between
        from dispatcher.register.status import summed

        earlier = release_before(record, records)
        inputs = self._inputs(database, record)
        before = self._inputs(database, earlier) if earlier else None
        with database.reading() as connection:
            summary = summed(reading.tallies(connection, [record.id]), untold=())
            lists = between(connection, earlier.id, record.id) if earlier else ListChanges()
        return Shown(
            record=record,
            subject=inputs.advisory["subject"] if inputs else {},
            deliveries=sum(summary.states.values()),
            audiences={name: sum(states.values()) for name, states in summary.audiences.items()},
            earlier=earlier,
            changes=text_changes(before, inputs) if before and inputs else [],
            lists=_replacing(lists, record, earlier),
            file=self._file(record),
            departure=departure,
            comparable=before is not None or earlier is None,
        )

    def _file(self, record: ReleaseRecord) -> Path | None:
        """Return where the document of a release lies, as it was frozen."""
        if record.document is None:
            return None
        path = self.folder_of(record.slug) / record.document.file_name
        return path if file_hash(path) == record.document.sha256 else None

    def _inputs(self, database: Database, record: ReleaseRecord) -> Inputs | None:
        from dispatcher.outbox.releases import frozen_inputs

        with database.reading() as connection:
            return frozen_inputs(connection, record.id)

    def _name(self, path: Path) -> str:
        """Return a path as people know it: below the workspace where it is there."""
        return path.relative_to(self.root).as_posix() if path.is_relative_to(self.root) else path.as_posix()


def _replacing(lists: ListChanges, record: ReleaseRecord, earlier: ReleaseRecord | None) -> ListChanges:
    """Return what is said of recipients: beside a release of its revision that stands it holds who was added."""
    from dispatcher.outbox.changes import ListChanges
    from dispatcher.outbox.states import ReleaseState

    if earlier is not None and earlier.act != record.act:  # what a message answers is frozen with its recipient
        lists = ListChanges(added=lists.added, removed=lists.removed)
    standing = earlier is not None and earlier.state is not ReleaseState.CANCELLED
    beside = standing and earlier is not None and earlier.revision == record.revision
    return ListChanges(added=lists.added, changed=lists.changed) if beside else lists


def _files_below(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())
