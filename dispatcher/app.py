"""The composition root: settings -> wired use cases. Its parts beside it (use_cases.py) name edges too."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from dispatcher import workspace
from dispatcher.deadlines import Deadlines
from dispatcher.errors import Refused, Severity, UsageError
from dispatcher.evidence import Evidence
from dispatcher.lists import Lists
from dispatcher.use_cases import UseCases, now, run

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from typing import BinaryIO

    from dispatcher.approving import Approving
    from dispatcher.beginning import Beginning
    from dispatcher.config import Settings
    from dispatcher.delivery.watching import Watcher
    from dispatcher.errors import Problem
    from dispatcher.examining import Examining
    from dispatcher.issuing import Issuing
    from dispatcher.life import Lives
    from dispatcher.model import Recipient
    from dispatcher.onward import Onward
    from dispatcher.outbox.database import Database
    from dispatcher.outbox.preparing import Prepared
    from dispatcher.outbox.records import ReleaseRecord
    from dispatcher.register.status import Summary
    from dispatcher.registering import Registering
    from dispatcher.signing import Signing
    from dispatcher.trials import Trials
    from dispatcher.website import Website


@dataclass(frozen=True, slots=True)
class Checked:
    """Everything that `check` found, and who would be told."""

    problems: tuple[Problem, ...]
    recipients: tuple[Recipient, ...]

    @property
    def ok(self) -> bool:
        """Whether there is no error; a list still to be accepted stops `prepare` all the same."""
        return not any(problem.severity is Severity.ERROR for problem in self.problems)


class App(UseCases):
    """The way of an advisory, from its sheets to its register. `by` is always the acting officer."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self.lists = Lists(settings)
        self.evidence = Evidence(settings)
        self.deadlines = Deadlines(settings)

    @property
    def beginning(self) -> Beginning:
        """What begins an advisory from a starter text."""
        from dispatcher.beginning import Beginning

        return Beginning(self.settings)

    @property
    def issuing(self) -> Issuing:
        """What puts the draft of a release together: texts, document, kits."""
        from dispatcher.issuing import Issuing

        return Issuing(self.settings)

    @property
    def trials(self) -> Trials:
        """What shows an advisory before it goes: preview, rehearsal, demo."""
        from dispatcher.trials import Trials

        return Trials(self.settings)

    @property
    def lives(self) -> Lives:
        """What tells, orders and does what follows an advisory once it is out."""
        from dispatcher.life import Lives

        return Lives(self.settings)

    @property
    def website(self) -> Website:
        """What is published."""
        from dispatcher.website import Website

        return Website(self.settings)

    @property
    def onward(self) -> Onward:
        """What office and mediator give each other: kit and return."""
        from dispatcher.onward import Onward

        return Onward(self.settings)

    @property
    def approving(self) -> Approving:
        """What an approver sees and decides, and what holds afterwards."""
        from dispatcher.approving import Approving

        return Approving(self.settings)

    @property
    def registering(self) -> Registering:
        """What keeps the office's record: acknowledgements, the register of numbers."""
        from dispatcher.registering import Registering

        return Registering(self.settings)

    @property
    def signing(self) -> Signing:
        """What has the official document signed."""
        from dispatcher.signing import Signing

        return Signing(self.settings)

    @property
    def doctor(self) -> Examining:
        """What looks at relay, store and clock."""
        from dispatcher.examining import Examining

        return Examining(self.settings)

    def check(self, reference: str | None) -> Checked:
        """Find every problem at once: sheets cell by cell, advisories, templates, PDF, guard, lists, certificates.

        The recipients are those of the advisory, or all that stand on any sheet where none is named.
        """
        from dispatcher.credentials import credential_problems
        from dispatcher.intake import read_inputs, read_sheets
        from dispatcher.outbox.acceptance import unaccepted

        named = [self.folder(reference)] if reference else []
        folders = named or workspace.advisory_folders(self.root)
        accepted, told = self.lists.accepted_or_told()
        inputs = [read_inputs(self.settings, folder, accepted=accepted) for folder in folders]
        everyone = read_sheets(self.settings, self.settings.audiences, accepted=accepted)
        problems = [*everyone.problems, *told, *unaccepted(everyone.imports, zone=self.zone)]
        for folder, one in zip(folders, inputs, strict=True):
            problems += [problem for problem in one.problems if problem not in problems]
            if one.draft:
                problems += self.issuing.problems(one.draft)
                problems += self.registering.number_problems(one.draft.advisory)
                problems += self.registering.target_problems(one.draft.advisory)
            problems += self.approving.problems(str(folder))
        advisories = [one.draft.advisory for one in inputs if one.draft]
        hours = [hour for one in advisories for hour in (one.effective_at, one.notify_before)]
        problems += credential_problems(self.settings, now=now(), hours=hours)
        return Checked(tuple(problems), inputs[0].recipients if named else everyone.recipients)

    def check_sheet(self, sheet: Path, audience: str) -> Checked:
        """Find every problem of one file, read as the sheet of `audience`. Raises UsageError.

        It is compared with the list accepted last for the audience, if there is one.
        """
        from dispatcher.intake import read_sheet
        from dispatcher.outbox.acceptance import unaccepted

        accepted, told = self.lists.accepted_or_told()
        inputs = read_sheet(self.settings, sheet, audience, accepted=accepted)
        known = [one for one in inputs.imports if one.accepted]
        return Checked((*inputs.problems, *told, *unaccepted(known, zone=self.zone)), inputs.recipients)

    def prepare(self, reference: str, *, by: str) -> Prepared:
        """Freeze a release of an advisory. Raises InputProblems, also for lists to be accepted, and Refused."""
        from dispatcher.outbox.acceptance import never_accepted
        from dispatcher.outbox.accepting import refuse_unaccepted
        from dispatcher.outbox.officers import signatory_of
        from dispatcher.outbox.preparing import prepare

        self.must_be_allowed(by, "make")
        files = self.approving.sources(reference)  # before they are read: what changes meanwhile is seen later
        draft, imports = self.issuing.draft(reference, self.lists.accepted())
        refuse_unaccepted(imports, zone=self.zone)
        asked = self.registering.must_have_target(draft.advisory)
        issued = self.issuing.to_release(draft)
        files |= self.approving.enclosed(reference, draft.advisory.enclosures)
        signatory = signatory_of(issued.draft.advisory, issued.draft.document)
        self.approving.refuse_signatory(signatory, by=by, act="prepare")
        with self.store() as database:
            made = prepare(
                database, issued.draft, made_by=by, now=now(), plan=self.settings.retry_plan, files=files
            )
        kept = self.issuing.write(issued, self.folder(reference))
        left_out = self.registering.number_problems(draft.advisory)
        unsigned = self.deadlines.unsigned(draft.advisory)
        return replace(made, warnings=(*never_accepted(imports), *asked, *unsigned, *left_out, *kept))

    def send(self, reference: str, *, by: str, once: bool, late: str | None, watcher: Watcher) -> Summary:
        """Hand over what waits; write the register; return what became of the advisory.

        `late` is an officer's reason to let it go although its hour has passed. Raises Refused, PastHour,
        ChannelError, StoreError.
        """
        from dispatcher.delivery.clock import RealClock
        from dispatcher.delivery.sending import send

        self.must_be_officer(by)
        folder, settings = self.folder(reference), self.settings
        order = replace(self.order_by(by), late_reason=late, patient=not once)
        relay, plan, alarm = settings.relay(), settings.retry_plan, self.deadlines.alarm(folder)
        with self.store() as database:
            self.approving.must_stand(database, reference)
            try:
                run(
                    send(
                        database,
                        folder.name,
                        order,
                        relay=relay,
                        plan=plan,
                        clock=RealClock(),
                        watcher=watcher,
                        alarm=alarm,
                    )
                )
            except KeyboardInterrupt:  # at once: the next run or `report` writes the register
                raise
            except BaseException:
                self._keep_register(database, reference)
                raise
            return self._keep_register(database, reference)

    def _keep_register(self, database: Database, reference: str) -> Summary:
        """Write the register beside the advisory where there is something to write; return what became of it."""
        from dispatcher.register.standing import summary_of

        folder = self.folder(reference)
        summary = summary_of(database, folder.name)
        if summary.states:
            self.deadlines.refresh_untold(database, reference)
            self.write_register(database, folder.name, folder)
        return summary

    def intervene(self, verb: str, reference: str, *, to: str | None, by: str, reason: str) -> int:
        """Hold, resume or cancel an address or all of an advisory; return how many deliveries it is about."""
        from dispatcher.outbox import interventions

        self.must_be_officer(by)
        act: Callable[..., int] = {
            "hold": interventions.hold, "resume": interventions.resume, "cancel": interventions.cancel
        }[verb]  # fmt: skip
        with self.store() as database:
            records = self._at_work(database, reference, to)
            changed = sum(act(database, record, to=to, by=by, reason=reason, now=now()) for record in records)
            for record in records:
                interventions.settle(database, record, by=by, now=now())
        return changed

    def report(self, reference: str, form: str, file: BinaryIO) -> None:
        """Write the register of an advisory as csv, xlsx or json into `file`. Raises Refused, StoreError."""
        from dispatcher.register.compiling import report

        with self.store() as database:
            slug, names = self.folder(reference).name, self.officer_names
            report(database, slug, form, file, zone=self.zone, names=names)

    def _at_work(self, database: Database, reference: str, to: str | None) -> list[ReleaseRecord]:
        """Return the releases that still have something to send; of an address, the newest that holds it."""
        from dispatcher.delivery.sending import GOES
        from dispatcher.outbox import reading

        records = self.prepared(database, reference)
        if to is None:
            chosen = [record for record in records if record.state in GOES]
        else:
            with database.reading() as connection:
                holding = reading.releases_of_address(connection, to)
            chosen = [record for record in records if record.id in holding][-1:]
        if not chosen:
            look = f"`dispatcher status {reference}` shows what there is"
            if to:
                raise UsageError(f"{reference}: no delivery to {to}; {look}")
            raise Refused(f"{reference}: no release at work; {look}")
        return chosen
