"""The use cases of passing on: a kit received, a return written, a return recorded. Part of the composition root.

Each loads its edges when it runs, as in app.py.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from dispatcher.errors import InputProblems, Refused, UsageError
from dispatcher.files import write_atomically
from dispatcher.sealing import Sealing
from dispatcher.use_cases import UseCases, now

if TYPE_CHECKING:
    from pathlib import Path

    import sqlalchemy as sa

    from dispatcher.config import Settings
    from dispatcher.model import Advisory, OfficialDocument
    from dispatcher.outbox.onward_rules import Taken, Told
    from dispatcher.outbox.records import ReleaseRecord
    from dispatcher.publishing.kit_reading import OnwardKit
    from dispatcher.publishing.returns import ReturnKeys

RETURNS = "returns"
"""Folder beside advisory.yaml."""
LARGEST_KIT = 40_000_000
"""Octets of a file that can be a kit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """A kit that was taken, or was here already."""

    kit: OnwardKit
    folder: Path
    new: bool
    document: OfficialDocument
    """With the signature that it bears, as it was examined here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A return that was written."""

    file: Path
    keys: ReturnKeys
    signer: str | None
    """Who signed it, as the certificate says; None where it bears no signature."""


class Onward(UseCases):
    """What an office and its mediator give each other. `by` is always the acting officer."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self.sealing = Sealing(settings)

    def receive(self, path: Path, *, replace: bool, by: str) -> Received:
        """Take a kit: examine all of it, then keep it and the advisory that is passed on.

        An advisory that is here already gives way to a higher revision, or to any kit with `replace`. Raises
        UsageError, ConfigError, Refused, OSError and, where a signature does not hold, InputProblems; nothing was
        changed then.
        """
        from dispatcher.publishing.kit_reading import read_kit
        from dispatcher.publishing.received import kit_file

        self.must_be_allowed(by, "make")
        content = _content(path, LARGEST_KIT)
        kit = read_kit(content, key=self.settings.onward_key())
        text, document = self._examined(kit)
        folder = self.folder_of(kit.slug)
        here = self._is_here(kit, folder, replace=replace)
        if not here:
            write_atomically(kit_file(folder, kit.kit_hash), content)
            write_atomically(folder / "advisory.yaml", text.encode())  # names the kit: so the last to be written
        return Received(kit=kit, folder=folder, new=not here, document=document)

    def returned(self, reference: str, output: Path | None, *, by: str) -> Written:
        """Write what became of an advisory that was passed on, under the seal of this office.

        Raises UsageError, ConfigError, Refused, StoreError, OSError.
        """
        from dispatcher.outbox.onward_returns import passed_on
        from dispatcher.publishing.returns import return_of, write_return

        self.must_be_allowed(by, "make")
        folder = self.folder(reference)
        with self.store() as database, database.reading() as connection:
            done = passed_on(connection, _records(connection, folder.name))
        if done is None:
            raise Refused(f"{reference}: nothing was prepared from a kit of another office, so there is no return")
        if not done.let_go:
            raise Refused(
                f"{reference}: nothing of it was let go to anybody yet, so there is nothing to return. "
                f"`dispatcher approve {reference}` and `dispatcher send {reference}` come before it"
            )
        keys = return_of(done, mediator=self.settings.office.short_name, now=now(), zone=self.zone)
        keys, signer = self.sealing.sealed(keys)
        file = output or folder
        if file.is_dir():
            file /= f"return-{folder.name}.json"
        write_atomically(file, write_return(keys))
        return Written(file=file, keys=keys, signer=signer)

    def record(self, reference: str, path: Path, *, by_hand: str | None, at: str | None, by: str) -> Taken:
        """Record a return of the mediator, keep its file, and write the register anew.

        `by_hand` is why one is taken that no seal vouches for, `at` when it was received, as people write it.
        Raises what `returned` raises.
        """
        from dispatcher.outbox.onward_returns import take_return
        from dispatcher.publishing.returns import LARGEST, read_return

        self.must_be_allowed(by, "make")
        content = _content(path, LARGEST)
        received_at = self.moment(at) if at else None
        folder = self.folder(reference)
        with self.store() as database:
            self.prepared(database, reference)
            told = self.sealing.examined(read_return(content, zone=self.zone, by_hand=by_hand))
            with database.writing() as connection:
                records = _records(connection, folder.name)
                taken = take_return(
                    connection, told, records, by=by, now=now(), zone=self.zone, received_at=received_at
                )
                if taken.standing.is_recorded:  # a signature proves something to others while its file is there
                    write_atomically(_kept_return(folder, told), content)
            if taken.standing.is_recorded:
                self.write_register(database, folder.name, folder)
        return taken

    def _examined(self, kit: OnwardKit) -> tuple[str, OfficialDocument]:
        """Return advisory.yaml as the kit makes it, and its document as examined.

        Raises Refused where it could not be read here or contradicts itself, InputProblems where the signature
        does not hold.
        """
        from dispatcher.advisories.writing import as_yaml
        from dispatcher.official import Official
        from dispatcher.publishing.attached_record import attached_record
        from dispatcher.publishing.kit_agreement import (
            refuse_contradiction,
            refuse_other_document,
            refuse_other_notice,
        )
        from dispatcher.publishing.received import origin_of

        advisory = self._advisory(kit)
        refuse_contradiction(kit, advisory)
        document = Official(self.settings).examine_received(kit.document, advisory).taken()
        record = attached_record(kit.document.content, file_name=kit.document.file_name)
        refuse_other_document(kit, advisory, record)
        if not kit.sealed:
            refuse_other_notice(kit, advisory)
        comments = (
            f"Issued by {kit.office.name.get('en', '')} and received in a kit; passed on without change.",
            "Your own: notify_before (your hour, not later than theirs), in_doubt, answers.",
        )
        return as_yaml({**kit.advisory, "origin": asdict(origin_of(kit))}, comments=comments), document

    def _advisory(self, kit: OnwardKit) -> Advisory:
        """Return the advisory of a kit. Raises Refused where it could not be read here."""
        from dispatcher import words
        from dispatcher.publishing.received import as_received

        languages = self.settings.languages
        if tuple(kit.meta.languages) != languages:
            raise Refused(
                f"the kit is in {', '.join(kit.meta.languages)}, this workspace in {', '.join(languages)}; "
                "languages: in config.yaml must be the same, in the same order"
            )
        try:
            return as_received(kit, languages=languages)
        except InputProblems as error:
            first = next((one for one in error.problems if one.source.column), error.problems[0])
            raise Refused(
                f"advisory.json of the kit: {first.source.column}: {words.message(first)['en']}"
            ) from None

    def _is_here(self, kit: OnwardKit, folder: Path, *, replace: bool) -> bool:
        """Tell whether this kit is here already, and whole. Raises Refused where another advisory stands."""
        from dispatcher.advisories.reading import kit_hash_of
        from dispatcher.publishing.received import came_in_a_kit

        if not (folder / "advisory.yaml").exists():
            return False
        earlier, kept = kit_hash_of(folder), _kept(folder)
        if earlier is None and not came_in_a_kit(folder):
            raise Refused(f"{folder}: an advisory of your own has this number; the kit was not taken")
        if replace:
            return False
        if earlier == kit.kit_hash:
            return kept is not None
        if kept is None or kit.meta.revision <= kept.meta.revision:
            raise Refused(
                f"another kit of {kit.meta.number} was received before, of this revision or a later one; ask the "
                "office that issued it which one counts. --replace takes this one"
            )
        return False


def _kept(folder: Path) -> OnwardKit | None:
    """Return the kit that is kept beside an advisory; None where it is missing or damaged."""
    from dispatcher.publishing.received import received_kit

    try:
        return received_kit(folder)
    except InputProblems:
        return None


def _kept_return(folder: Path, told: Told) -> Path:
    """Return where a return that was recorded is kept: under the beginning of the sum of what it says."""
    return folder / RETURNS / f"{told.digest[:16]}.{'json' if told.compiled_at else 'txt'}"


def _content(path: Path, largest: int) -> bytes:
    """Return what a file holds. Raises UsageError where it cannot be read, Refused where it is too large."""
    try:
        if not path.is_file():  # a device or a pipe would never end
            raise UsageError(f"{path} is not a file")
        with path.open("rb") as file:
            content = file.read(largest + 1)
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror or error}") from error
    if len(content) > largest:
        raise Refused(f"{path} is larger than {largest:,} octets: it is not what it should be")
    return content


def _records(connection: sa.Connection, slug: str) -> list[ReleaseRecord]:
    from dispatcher.outbox import reading

    return reading.releases(connection, slug=slug)
