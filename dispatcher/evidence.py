"""The use cases of proof: settling what is in doubt, verifying the record. Part of the composition root.

Each loads its edges when it runs, as in app.py.
"""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from dispatcher.errors import NothingPrepared, Refused, UsageError
from dispatcher.use_cases import UseCases, now

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime
    from pathlib import Path

    from dispatcher.outbox.database import Database
    from dispatcher.outbox.doubt import Overtaken
    from dispatcher.outbox.resolving import Doubt, Kept, LogFile, Ruling, Settlement
    from dispatcher.outbox.verifying import Finding, Verified


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolved:
    """What was settled, found settled by others, kept in doubt and why; and every doubt that is left."""

    settled: Sequence[Settlement] = ()
    overtaken: Sequence[Overtaken] = ()
    kept: Sequence[Kept] = ()
    left: Sequence[Doubt] = ()
    files: Sequence[LogFile] = ()
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What `verify` found of each release, and beside them."""

    releases: Sequence[Verified] = ()
    findings: Sequence[Finding] = ()

    @property
    def ok(self) -> bool:
        """Whether all holds."""
        return not self.findings and not any(one.findings for one in self.releases)


class Evidence(UseCases):
    """Doubt and proof in one workspace. `by` is always the acting officer."""

    def doubts(self, reference: str) -> Resolved:
        """Show every delivery of an advisory that is in doubt; change nothing."""
        with self.store() as database:
            return Resolved(left=self._doubts(database, reference), at=now())

    def by_logs(
        self, reference: str, logs: Sequence[Path], *, complete: bool, zone: str | None, by: str
    ) -> Resolved:
        """Settle what the relay's logs prove. Raises UsageError for one that cannot be read."""
        from dispatcher.outbox.relay_log_files import read_logs
        from dispatcher.outbox.resolving import by_logs

        self.must_be_officer(by)
        log_zone = _zone(zone) if zone else self.zone
        with self.store() as database:
            doubts = self._doubts(database, reference)
            if not doubts:
                return Resolved(at=now())
            near = max(doubt.attempt.started_at for doubt in doubts)
            wanted = {doubt.message_id for doubt in doubts}
            read = read_logs(logs, wanted, complete=complete, zone=log_zone, near=near)
            ruling = by_logs(doubts, read, now=now(), zone=self.zone)
            return self._settle(database, reference, ruling, by=by, files=read.files)

    def by_decision(self, reference: str, decision: str, *, to: str | None, by: str, reason: str) -> Resolved:
        """Settle one doubt, or all, as an officer decides.

        Raises UsageError where nothing to that address is in doubt; Refused, and changes nothing, where a message
        would go again although its attempt could still end.
        """
        from dispatcher.outbox.resolving import Decision, by_decision

        self.must_be_officer(by)
        with self.store() as database:
            doubts = self._doubts(database, reference)
            chosen = [one for one in doubts if to is None or one.delivery.address.casefold() == to.casefold()]
            if not chosen:
                raise UsageError(_nothing(reference, to))
            ruling = by_decision(chosen, Decision(decision), by=by, reason=reason, now=now(), zone=self.zone)
            if ruling.kept:
                raise Refused("\n".join(f"{one.doubt.delivery.address}: {one.why}" for one in ruling.kept))
            return self._settle(database, reference, ruling, by=by)

    def by_policy(self, reference: str, *, by: str) -> Resolved:
        """Settle doubts as the release says that it wants them settled."""
        from dispatcher.outbox.resolving import by_policy

        self.must_be_officer(by)
        with self.store() as database:
            ruling = by_policy(self._doubts(database, reference), by=by, now=now(), zone=self.zone)
            return self._settle(database, reference, ruling, by=by)

    def verify(
        self, reference: str | None, *, heads: Sequence[str], watched: Callable[[int], Callable[[], None]]
    ) -> Checked:
        """Check the record of every release (of one advisory) against itself; change nothing.

        `heads` are hashes of newest links, noted earlier: each must still be in a chain. `watched` is told how
        many deliveries there are, and returns what is called after each. Raises NothingPrepared where nothing of
        that one advisory is prepared, unless a head was noted: then it is lost.
        """
        from dispatcher.outbox import reading
        from dispatcher.outbox.database import is_begun, open_database
        from dispatcher.outbox.number_audit import number_findings
        from dispatcher.outbox.verifying import lost_heads, standing, strays, verify

        slug = self.folder(reference).name if reference else None
        if not is_begun(self.settings.store_url, root=self.root):
            return _checked(reference, (), tuple(lost_heads(heads, ())))
        database = open_database(self.settings.store_url, root=self.root)
        with closing(database), database.reading() as connection:
            records = standing(connection, slug)
            counts = reading.state_counts(connection, [record.id for record in records])
            progress = watched(sum(counts.values()))
            done = tuple(verify(connection, records, heads=heads, zone=self.zone, progress=progress))
            beside = (*(strays(connection) if slug is None else ()), *number_findings(connection, slug=slug))
        return _checked(reference, done, (*beside, *lost_heads(heads, done)))

    def _doubts(self, database: Database, reference: str) -> list[Doubt]:
        from dispatcher.outbox.doubt import doubts

        timeout = self.settings.timeouts.content
        return doubts(database, self.prepared(database, reference), content_timeout=timeout)

    def _settle(
        self, database: Database, reference: str, ruling: Ruling, *, by: str, files: Sequence[LogFile] = ()
    ) -> Resolved:
        """Record what was ruled, end what is done by it, and write the register anew."""
        from dispatcher.outbox import interventions
        from dispatcher.outbox.doubt import settle

        overtaken: list[Overtaken] = []
        if ruling.settled:
            overtaken = settle(database, ruling.settled, by=by, now=now())
            for record in self.releases(database, reference):
                interventions.settle(database, record, by=by, now=now())
            folder = self.folder(reference)
            self.write_register(database, folder.name, folder)
        late = {one.doubt.seq for one in overtaken}
        return Resolved(
            settled=[one for one in ruling.settled if one.doubt.seq not in late],
            overtaken=overtaken,
            kept=ruling.kept,
            left=self._doubts(database, reference),
            files=files,
            at=now(),
        )


def _checked(reference: str | None, releases: Sequence[Verified], findings: Sequence[Finding]) -> Checked:
    if reference and not releases and not findings:
        raise NothingPrepared(reference)
    return Checked(releases=releases, findings=findings)


def _nothing(reference: str, to: str | None) -> str:
    about = f"nothing to {to} is" if to else "nothing is"
    return f"{reference}: {about} in doubt; `dispatcher resolve {reference}` shows what is"


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (KeyError, OSError, ValueError):
        raise UsageError(f"--log-zone {name}: no such time zone; write it as Asia/Kolkata or UTC") from None
