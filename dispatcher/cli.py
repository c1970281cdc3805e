"""One command per verb of the office. Thin: options in, one use case of app.py, what people see out."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from dispatcher.commands.acknowledge import acknowledge
from dispatcher.commands.approve import approve
from dispatcher.commands.doctor import doctor
from dispatcher.commands.evidence import resolve, verify
from dispatcher.commands.new import new
from dispatcher.commands.onward import onward
from dispatcher.commands.overview import SECTIONS, Overview
from dispatcher.commands.recipients import recipients
from dispatcher.commands.register import register
from dispatcher.commands.reporting import report
from dispatcher.commands.revise import revise
from dispatcher.commands.run import run
from dispatcher.commands.schedule import schedule
from dispatcher.commands.sign import sign
from dispatcher.commands.standing import escalate, show_standing, status
from dispatcher.commands.trials import demo, rehearse
from dispatcher.commands.website import website
from dispatcher.errors import DispatcherError, InputProblems, PastHour
from dispatcher.session import NOT_ALL_ACCEPTED, Session, acting_officer, on_terminal, print_json, said

if TYPE_CHECKING:
    from dispatcher.app import Checked
    from dispatcher.errors import Problem, Source
    from dispatcher.register.status import Summary

_json = click.option("--json", "as_json", is_flag=True, help="Print JSON instead of a table.")
_advisory = click.argument("advisory")


_reason = click.option("--reason", required=True, callback=said, help="Why; it is kept in the register's events.")
_to = click.option("--to", metavar="ADDRESS", help="Only this address; otherwise the whole advisory.")


def main() -> NoReturn:
    """Run the command line; every error of ours becomes its sentence and its exit code."""
    try:
        code = dispatcher.main(standalone_mode=False)
        sys.stdout.flush()
    except click.ClickException as error:
        error.show()
        code = 2
    except click.Abort:
        click.echo("stopped", err=True)
        code = 130
    except DispatcherError as error:
        _tell(error)
        code = error.exit_code
    except OSError as error:  # a folder that cannot be written, a full disk
        click.echo(f"{error.filename or 'the output'}: {error.strerror}; nothing more was written there", err=True)
        code = 1
    sys.exit(code or 0)


@click.group(
    cls=Overview,
    sections=SECTIONS,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.option("--config", type=click.Path(path_type=Path), help="config.yaml, or the folder that holds it.")
@click.option("--log-addresses", is_flag=True, help="Write whole addresses into the log, not only their domain.")
@click.version_option(package_name="dispatcher")
@click.pass_context
def dispatcher(context: click.Context, config: Path | None, *, log_addresses: bool) -> None:
    """Tell every office concerned, in Hindi and English, what will happen and when; and prove it.

    ADVISORY is a number (10/SYS/WZU/2025), its folder name (10-SYS-WZU-2025) or a path. The way of an advisory:
    check, preview, rehearse, sign, prepare, approve, send, report. What follows by itself, schedule shows and
    run does.
    """
    context.obj = Session(config, acting_officer(), log_addresses)


@dispatcher.command(epilog="Example: dispatcher init my-office")
@click.argument("folder", type=click.Path(path_type=Path))
def init(folder: Path) -> None:
    """Begin a workspace: settings, templates, sample sheets and the sample advisory."""
    from dispatcher.workspace import begin

    written = begin(folder)
    click.echo(f"{folder}: {len(written)} files written. Enter your office in config.yaml and your addresses in")
    click.echo("recipients/*.xlsx, then run in that folder:  dispatcher check")


@dispatcher.command(epilog="Example: dispatcher check 10/SYS/WZU/2025")
@click.argument("advisory", required=False)
@click.option("--sheet", type=click.Path(path_type=Path), help="Check only this file, as the sheet of --audience.")
@click.option("--audience", help="Whose sheet --sheet is, as named in config.yaml.")
@click.option("--notes/--no-notes", default=False, help="Show also what is only worth knowing.")
@click.option(
    "--marked",
    type=click.Path(path_type=Path),
    metavar="PATH",
    help="Write copies with the faulty cells coloured and commented: with --sheet a file .xlsx, else a folder.",
)
@_json
@click.pass_obj
def check(
    session: Session,
    advisory: str | None,
    sheet: Path | None,
    audience: str | None,
    marked: Path | None,
    *,
    notes: bool,
    as_json: bool,
) -> int:
    """Find every problem at once: settings, sheets cell by cell, advisory, templates, lists not accepted.

    Exit code 0: nothing stops `prepare`; 1: errors were printed; 2: config.yaml is wrong.
    """
    if (sheet is None) != (audience is None):
        raise click.UsageError("--sheet and --audience go together")
    app = session.app()
    checked = app.check_sheet(sheet, audience) if sheet and audience else app.check(advisory)
    if as_json:
        print_json(_checked_as_json(checked))
    else:
        from dispatcher import terminal

        terminal.show_problems(terminal.out(), checked.problems, notes=notes)
        click.echo(f"{len(checked.recipients)} addresses would be told")
    if marked:
        copies = app.lists.mark(checked.problems, checked.recipients, marked, sheet=sheet)
        for copy in copies:
            click.echo(f"Marked copy  {copy}", err=as_json)
        if not copies:
            click.echo("No marked copy: there is nothing to mark, or the sheet cannot be read", err=as_json)
    return 0 if checked.ok else 1


@dispatcher.command(epilog="Example: dispatcher preview 10/SYS/WZU/2025 --mail-to me@customs.example")
@_advisory
@click.option(
    "--mail-to", metavar="ADDRESS", help="Mail one message per audience, marked as specimen, to yourself."
)
@click.pass_obj
def preview(session: Session, advisory: str, mail_to: str | None) -> None:
    """Write pages to open in a browser: every distinct message, who gets it, and the official document as PDF."""
    from dispatcher import terminal

    app = session.app()
    made = app.trials.preview(advisory)
    terminal.show_asked(terminal.err(), made.unaccepted)
    click.echo(f"Open {made.page}")
    if mail_to:
        click.echo(
            f"{app.trials.preview_by_mail(advisory, to=mail_to)} specimens were handed to the relay for {mail_to}"
        )


@dispatcher.command(epilog="Example: dispatcher prepare 10/SYS/WZU/2025")
@_advisory
@_json
@click.pass_obj
def prepare(session: Session, advisory: str, *, as_json: bool) -> None:
    """Freeze a release: every message rendered, checked and hashed. A further one holds only who was added."""
    from dispatcher import terminal

    app = session.app()
    made = app.prepare(advisory, by=session.officer)
    terminal.show_asked(terminal.err(), made.warnings)
    if as_json:
        print_json({"release": made.release_id, "content_hash": made.content_hash, "added": made.added})
        return
    click.echo(f"Release {made.release_id} is prepared: {len(made.added)} deliveries, hash {made.content_hash}")
    show_standing(next(one for one in app.deadlines.status(advisory) if one.release == made.release_id))
    if made.following:
        click.echo(
            f"    {made.following} more follow by themselves, approved with it: dispatcher schedule {advisory}"
        )
    if made.already:
        click.echo(f"{len(made.already)} addresses have their delivery already. Added now:")
        for address in made.added:
            click.echo(f"  {address}")


@dispatcher.command(epilog="Example: dispatcher send 10/SYS/WZU/2025")
@_advisory
@click.option("--once", is_flag=True, help="Do not wait for retries; leave them for later.")
@click.option(
    "--late", metavar="REASON", callback=said, help="Let it go although its hour has passed, and say why."
)
@click.pass_obj
def send(session: Session, advisory: str, *, once: bool, late: str | None) -> int:
    """Hand over to the relay; wait for due retries until all is settled. Safe to kill and to run again.

    Ctrl-C ends it between messages; a second one at once. Exit code 0: all accepted that was not cancelled; 1:
    refused or the relay cannot be used; 3: done, but some are not accepted.
    """
    from dispatcher import terminal

    app = session.app()
    waiting = sum(one.waiting for one in app.deadlines.status(advisory))

    def handed_over(reason: str | None) -> Summary:
        with terminal.watcher(app.zone, total=waiting) as shown, session.logged(shown) as watcher:
            return app.send(advisory, by=session.officer, once=once, late=reason, watcher=watcher)

    try:
        summary = handed_over(late)
    except PastHour as past:
        if not on_terminal():
            raise
        click.echo(str(past))
        summary = handed_over(click.prompt("Send all the same? Give the reason (Ctrl-C: do not send)"))
    terminal.show_summary(terminal.out(), summary, zone=app.zone)
    terminal.show_untold_first(terminal.out(), summary, zone=app.zone)
    if summary.untold_count:
        click.echo(f"\nTelephone list  {app.deadlines.untold_file(advisory)}")
    return _told_code(summary)


@dispatcher.command(epilog="Example: dispatcher hold 10/SYS/WZU/2025 --reason 'the hour has been moved'")
@_advisory
@_to
@_reason
@click.pass_obj
def hold(session: Session, advisory: str, to: str | None, reason: str) -> None:
    """Hold the advisory or one address; a running `send` heeds it before its next message."""
    count = session.app().intervene("hold", advisory, to=to, by=session.officer, reason=reason)
    click.echo(f"{count} deliveries are held")


@dispatcher.command(epilog="Example: dispatcher resume 10/SYS/WZU/2025 --reason 'the hour stands'")
@_advisory
@_to
@_reason
@click.pass_obj
def resume(session: Session, advisory: str, to: str | None, reason: str) -> None:
    """Let what was held go on."""
    count = session.app().intervene("resume", advisory, to=to, by=session.officer, reason=reason)
    click.echo(f"{count} deliveries go on")


@dispatcher.command(
    epilog="Example: dispatcher cancel 10/SYS/WZU/2025 --to x@customs.example --reason 'wrong list'"
)
@_advisory
@_to
@_reason
@click.pass_obj
def cancel(session: Session, advisory: str, to: str | None, reason: str) -> None:
    """Cancel what has not been handed over yet. What is accepted stays accepted."""
    count = session.app().intervene("cancel", advisory, to=to, by=session.officer, reason=reason)
    click.echo(f"{count} deliveries are cancelled")


for command in (new, revise, sign, approve, report, status, schedule, escalate, acknowledge, register, recipients):
    dispatcher.add_command(command)
for command in (onward, website, resolve, verify, doctor, run, rehearse, demo):
    dispatcher.add_command(command)


def _told_code(summary: Summary) -> int:
    return NOT_ALL_ACCEPTED if summary.untold_count else 0


def _checked_as_json(checked: Checked) -> dict[str, Any]:
    """Return the object of `check --json` (docs/operating.md)."""
    return {
        "ok": checked.ok,
        "problems": [_problem_as_json(problem) for problem in checked.problems],
        "recipients": [
            {
                "address": one.address,
                "audiences": list(one.audiences),
                "language": one.roles[0].language,
                "source": _source_as_json(one.roles[0].source),
            }
            for one in checked.recipients
        ],
    }


def _problem_as_json(problem: Problem) -> dict[str, Any]:
    from dispatcher import words

    place = _source_as_json(problem.source) | {"column": problem.source.column}
    about = {"severity": problem.severity, "code": problem.code, **place, "value": problem.value}
    return {**about, "message": words.message(problem)}


def _source_as_json(source: Source) -> dict[str, Any]:
    return {"file": source.file, "sheet": source.sheet, "row": source.row}


def _tell(error: DispatcherError) -> None:
    """Print what an error says, every problem of it, to standard error."""
    if isinstance(error, InputProblems):
        from dispatcher import terminal

        terminal.show_problems(terminal.err(), error.problems, notes=False)
    else:
        click.echo(str(error), err=True)
