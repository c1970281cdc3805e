"""The commands of proof: settle what is in doubt, verify the record. Thin as cli.py."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dispatcher.moments import second
from dispatcher.session import print_json, said

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime, tzinfo

    from dispatcher.evidence import Checked, Evidence, Resolved
    from dispatcher.outbox.records import AttemptRecord
    from dispatcher.outbox.resolving import Doubt, Settlement
    from dispatcher.outbox.verifying import Finding
    from dispatcher.session import Session

_LEFT_IN_DOUBT = 3
_WAYS = """What can be done:
  --log FILE              read the relay's log (Postfix or Exim); --log-complete: it is whole for that time
  --to ADDRESS --as accepted|failed|again --reason TEXT    decide, once you know; --all instead of --to: for each
  --by-policy             do what the advisory says under in_doubt:"""


@click.command(epilog="Example: dispatcher resolve 10/SYS/WZU/2025 --log /var/log/mail.log")
@click.argument("advisory")
@click.option(
    "--log",
    "logs",
    type=click.Path(path_type=Path),
    multiple=True,
    metavar="FILE",
    help="A log of the relay, Postfix's or Exim's, plain or .gz; give all that may know of it.",
)
@click.option(
    "--log-complete",
    is_flag=True,
    help="The logs are whole for the time that they cover: what is not there never was.",
)
@click.option("--log-zone", metavar="ZONE", help="Zone of times in the logs that have none; else the office's.")
@click.option("--to", metavar="ADDRESS", help="Decide about the delivery to this address.")
@click.option("--all", "every", is_flag=True, help="Decide about all that is in doubt.")
@click.option(
    "--as",
    "decision",
    type=click.Choice(["accepted", "failed", "again"]),
    help="What you decide: the relay has it, it has it not, or hand it over again.",
)
@click.option("--reason", callback=said, help="Why; it is kept in the register's events.")
@click.option("--by-policy", is_flag=True, help="Do what the advisory says under in_doubt:.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of lines.")
@click.pass_obj
def resolve(session: Session, /, advisory: str, *, as_json: bool, **options: Any) -> int:
    """Show and settle deliveries of which nobody knows whether the relay took them.

    Exit code 0: nothing is in doubt; 1: refused; 3: some are left, and listed.
    """
    evidence = session.app().evidence
    done = _resolved(evidence, advisory, _Asked(**options), by=session.officer)
    if as_json:
        print_json(_as_json(done))
    else:
        _show(done, evidence.zone)
    return _LEFT_IN_DOUBT if done.left else 0


def _head(_context: click.Context, _parameter: click.Parameter, given: Sequence[str]) -> Sequence[str]:
    """Return hashes in small letters; refuse what is none."""
    for one in given:
        if not re.fullmatch("[0-9a-fA-F]{64}", one):
            raise click.BadParameter(f"{one} is no head; it has 64 digits from 0 to f, as `verify` prints it")
    return [one.lower() for one in given]


@click.command(epilog="Example: dispatcher verify 10/SYS/WZU/2025")
@click.argument("advisory", required=False)
@click.option(
    "--head",
    "heads",
    multiple=True,
    callback=_head,
    metavar="HASH",
    help="A head that was noted earlier; its chain must still hold it.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of lines.")
@click.pass_obj
def verify(session: Session, /, advisory: str | None, *, heads: Sequence[str], as_json: bool) -> int:
    """Check the record against itself: hash chain, states, messages. Changes nothing.

    Note the heads that it prints elsewhere: a chain whose end was cut off looks whole without them.
    Exit code 0: all holds; 1: what does not was printed.
    """
    from dispatcher import terminal

    with terminal.counter("deliveries verified") as watched:
        done = session.app().evidence.verify(advisory, heads=heads, watched=watched)
    if as_json:
        print_json(_verified_as_json(done))
    else:
        _show_verified(done)
    return 0 if done.ok else 1


@dataclass(frozen=True, kw_only=True)
class _Asked:
    """The options of `resolve`: one of three ways to settle doubt, or none of them."""

    logs: Sequence[Path]
    log_complete: bool
    log_zone: str | None
    to: str | None
    every: bool
    decision: str | None
    reason: str | None
    by_policy: bool

    @property
    def decides(self) -> bool:
        return bool(self.to or self.every or self.decision or self.reason)

    def refuse_contradictions(self) -> None:
        """Raise click.UsageError where options do not go together, or one is missing."""
        if sum([bool(self.logs), self.decides, self.by_policy]) > 1:
            raise click.UsageError("--log, a decision (--as) and --by-policy are three ways; take one at a time")
        if (self.log_complete or self.log_zone) and not self.logs:
            raise click.UsageError("--log-complete and --log-zone speak of a log; name it with --log FILE")
        if self.decides and not (self.decision and self.reason and bool(self.to) != self.every):
            raise click.UsageError("a decision needs --as, --reason, and either --to ADDRESS or --all")


def _resolved(evidence: Evidence, advisory: str, asked: _Asked, *, by: str) -> Resolved:
    asked.refuse_contradictions()
    if asked.logs:
        return evidence.by_logs(advisory, asked.logs, complete=asked.log_complete, zone=asked.log_zone, by=by)
    if asked.by_policy:
        return evidence.by_policy(advisory, by=by)
    if asked.decision and asked.reason:
        return evidence.by_decision(advisory, asked.decision, to=asked.to, by=by, reason=asked.reason)
    return evidence.doubts(advisory)


def _show(done: Resolved, zone: tzinfo) -> None:
    """Print what was settled, then every doubt that is left with all that is known of it."""
    for file in done.files:
        span = f"{second(file.span.first, zone)} to {second(file.span.last, zone)}"
        click.echo(f"{file.name}: {file.lines} lines, {file.understood} of them the relay's, {span}")
    for one in done.settled:
        click.echo(f"{one.state}  {one.doubt.delivery.address}\n    {one.detail}")
        if note := _note(one, done.at):
            click.echo(f"    {note}")
    for late in done.overtaken:
        click.echo(
            f"{late.state}  {late.doubt.delivery.address}\n    settled meanwhile by a late reply; left alone"
        )
    reasons = {kept.doubt.seq: kept.why for kept in done.kept}
    for doubt in done.left:
        _show_doubt(doubt, reasons.get(doubt.seq), done.at, zone)
    if done.left:
        click.echo(f"\n{len(done.left)} in doubt. {_WAYS}")
    else:
        click.echo("Nothing is in doubt")
    if any(one.state in {"queued", "deferred"} for one in done.settled):
        click.echo(f"`dispatcher send {done.settled[0].doubt.release.slug}` hands over what goes again")


def _show_doubt(doubt: Doubt, why: str | None, now: datetime, zone: tzinfo) -> None:
    told = doubt.delivery
    phone = f"telephone {told.phone}" if told.phone else "no telephone in its sheet"
    click.secho(f"\nin_doubt  {told.address}", fg="magenta", bold=True)
    click.echo("    " + "; ".join(filter(None, [", ".join(told.audiences), ", ".join(told.places), phone])))
    click.echo(f"    Message-ID {told.message_id}")
    for one in doubt.attempts:
        click.echo(f"    try {one.n}  {_period(one, zone)}  {one.relay}  {_outcome(one)}")
    until = doubt.again_from(now)
    click.echo(
        f"    may go again from {second(until, zone)}: its try could still end"
        if until
        else "    may go again now"
    )
    if why:
        click.echo(f"    stays in doubt: {why}")


def _note(one: Settlement, now: datetime) -> str:
    """Return what an officer must know of a message that goes again."""
    if one.state not in {"queued", "deferred"}:
        return ""
    if now >= one.doubt.release.cutoff:
        return "its end has passed: it goes only with `dispatcher send --late REASON`"
    return f"under the same Message-ID, {one.doubt.delivery.message_id}"


def _outcome(one: AttemptRecord) -> str:
    return f"{one.stage or 'content'}: {one.reply or one.detail or 'no outcome was recorded'}"


def _period(one: AttemptRecord, zone: tzinfo) -> str:
    end = f"{one.finished_at.astimezone(zone):%H:%M:%S}" if one.finished_at else "?"
    return f"{one.started_at.astimezone(zone):%d.%m.%Y %H:%M:%S}-{end} {one.started_at.astimezone(zone):%Z}"


def _as_json(done: Resolved) -> dict[str, Any]:
    reasons = {kept.doubt.seq: kept.why for kept in done.kept}
    return {
        "settled": [
            {"address": one.doubt.delivery.address, "delivery_id": one.doubt.delivery.id, "state": one.state,
             "detail": one.detail, "note": _note(one, done.at)}
            for one in done.settled
        ],
        "left_alone": [
            {"address": one.doubt.delivery.address, "delivery_id": one.doubt.delivery.id, "state": one.state}
            for one in done.overtaken
        ],
        "logs": [
            {"name": one.name, "lines": one.lines, "understood": one.understood,
             "from": one.span.first.isoformat(), "to": one.span.last.isoformat()}
            for one in done.files
        ],
        "in_doubt": [_doubt_as_json(one, reasons.get(one.seq), done.at) for one in done.left],
    }  # fmt: skip


def _doubt_as_json(doubt: Doubt, why: str | None, now: datetime) -> dict[str, Any]:
    told, again = doubt.delivery, doubt.again_from(now)
    return {
        "address": told.address,
        "delivery_id": told.id,
        "release": told.release_id,
        "audiences": told.audiences,
        "places": told.places,
        "phone": told.phone,
        "message_id": told.message_id,
        "attempts": [_attempt_as_json(one) for one in doubt.attempts],
        "again_from": again.isoformat() if again else None,
        "why": why,
    }


def _attempt_as_json(one: AttemptRecord) -> dict[str, Any]:
    return {
        "n": one.n,
        "started_at": one.started_at.isoformat(),
        "finished_at": one.finished_at.isoformat() if one.finished_at else None,
        "relay": one.relay,
        "stage": one.stage,
        "state": one.state,
        "reply": str(one.reply) if one.reply else None,
        "detail": one.detail,
    }


def _show_verified(done: Checked) -> None:
    for one in done.releases:
        click.secho(f"Release {one.release} of {one.number}", bold=True)
        click.echo(f"    {one.deliveries} deliveries, {one.links} links, head {one.head or 'none'}")
        _show_findings(one.findings)
        if one.more:
            click.echo(f"    and {one.more} findings more")
    _show_findings(done.findings)
    if done.ok:
        click.echo("All holds" if done.releases else "There is nothing to verify yet")


def _show_findings(findings: Sequence[Finding]) -> None:
    """Print findings, and after those that ask for the same what to do."""
    for advice, alike in groupby(findings, key=attrgetter("advice")):
        for one in alike:
            about = f"{one.address} (delivery {one.delivery_id}): " if one.delivery_id else ""
            where = f"release {one.release}: " if one.release is not None else ""
            click.secho(f"    {where}{about}{one.said}", fg="red")
        click.echo(f"        {advice}")


def _verified_as_json(done: Checked) -> dict[str, Any]:
    findings = [*done.findings, *(finding for one in done.releases for finding in one.findings)]
    return {
        "ok": done.ok,
        "releases": [
            {
                "release": one.release,
                "advisory": one.number,
                "deliveries": one.deliveries,
                "links": one.links,
                "head": one.head or None,
                "findings": len(one.findings) + one.more,
            }
            for one in done.releases
        ],
        "findings": [
            {
                "release": one.release,
                "advisory": one.number or None,
                "delivery_id": one.delivery_id or None,
                "address": one.address or None,
                "said": one.said,
                "advice": one.advice,
            }
            for one in findings
        ],
    }
