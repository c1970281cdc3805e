"""The commands about recipient lists: accept what was reviewed, show what is accepted, compare. Thin as cli.py."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from dispatcher.commands.overview import Overview
from dispatcher.errors import InputProblems, Refused, Severity
from dispatcher.moments import moment
from dispatcher.session import on_terminal, print_json

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import tzinfo

    from dispatcher.lists import Lists
    from dispatcher.outbox.acceptance import AcceptedList, Imported
    from dispatcher.recipients.lists import RecipientList
    from dispatcher.session import Session

_LONGEST_LIST = 100


@click.group(cls=Overview)
def recipients() -> None:
    """Accept recipient lists, and see what changed since."""


@recipients.command(epilog="Example: dispatcher recipients accept commissioners")
@click.argument("audiences", metavar="AUDIENCE", nargs=-1)
@click.option("--all", "every", is_flag=True, help="Every audience of config.yaml.")
@click.option("--yes", is_flag=True, help="Accept without being asked: what is shown was reviewed.")
@click.pass_obj
def accept(session: Session, audiences: Sequence[str], *, every: bool, yes: bool) -> int:
    """Record that you reviewed the list of an AUDIENCE as its sheet is now: what changed, what was repaired.

    Exit code 0: accepted, or there was nothing to accept; 1: not accepted, or the sheet has errors.
    """
    lists = session.app().lists
    names = [one.name for one in lists.settings.audiences] if every else audiences
    if not names:
        raise click.UsageError("name an AUDIENCE, or say --all")
    done = [_accept_one(lists, name, by=session.officer, yes=yes) for name in names]
    return 0 if all(done) else 1


@recipients.command(epilog="Example: dispatcher recipients show commissioners --json")
@click.argument("audience", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of lines.")
@click.pass_obj
def show(session: Session, audience: str | None, *, as_json: bool) -> None:
    """Show the accepted list of each audience; for AUDIENCE every one there ever was, and who is on the newest."""
    lists = session.app().lists
    found = lists.history(audience) if audience else list(lists.accepted().values())
    if as_json:
        print_json({"lists": [_list_as_json(one) for one in found]})
        return
    for one in found:
        where = f"{one.listed.file}, tab {one.listed.tab}" if one.listed.tab else one.listed.file
        click.echo(f"{one.listed.audience}  {_accepted_line(one, lists.zone)}")
        click.echo(f"    {where}  SHA-256 {one.listed.file_hash}")
    if audience and found:
        _show_entries(found[-1].listed)
    if not found:
        click.echo("Nothing has been accepted yet; `dispatcher recipients accept AUDIENCE` does it")


@recipients.command(epilog="Example: dispatcher recipients diff commissioners")
@click.argument("audience")
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of lines.")
@click.pass_obj
def diff(session: Session, audience: str, *, as_json: bool) -> None:
    """Show what changed in the sheet of AUDIENCE since its list was accepted last. Accepts nothing."""
    lists = session.app().lists
    one = lists.read(audience)
    if one.errors:
        raise InputProblems(one.errors)
    if as_json:
        print_json(_import_as_json(one))
    else:
        _show_import(one, lists.zone)


def _accept_one(lists: Lists, audience: str, *, by: str, yes: bool) -> bool:
    """Show a list, ask, and record the answer; tell whether the list stands accepted now."""
    from dispatcher import terminal

    one = lists.read(audience)
    if one.errors:
        terminal.show_problems(terminal.err(), one.errors, notes=False)
        click.echo(f"{audience}: not accepted; please correct these errors first", err=True)
        return False
    if one.is_settled and one.accepted:
        click.echo(f"{audience}: nothing to accept; accepted {_accepted_line(one.accepted, lists.zone)}")
        return True
    _show_import(one, lists.zone)
    if not yes and not on_terminal():
        raise Refused(f"{audience}: not accepted; nobody can be asked here, so say --yes once it is reviewed")
    if not yes and not click.confirm(f"Accept this list of {audience}?"):
        click.echo(f"{audience}: not accepted")
        return False
    accepted = lists.accept(one, by=by)
    click.echo(f"{audience}: accepted {_accepted_line(accepted, lists.zone)}")
    return True


def _show_import(one: Imported, zone: tzinfo) -> None:
    """Print what an officer is asked to accept: the whole of a first list, else what changed; and all problems."""
    from dispatcher import terminal
    from dispatcher.outbox.acceptance import change_problems

    listed, before = one.listed, one.accepted
    tab = f", tab {listed.tab}" if listed.tab else ""
    click.secho(f"{listed.audience}: {listed.file}{tab}", bold=True)
    click.echo(f"SHA-256 {listed.file_hash}")
    addresses = len({entry.identity for entry in listed.entries})
    if before is None:
        click.echo(f"No list of this audience was accepted before. This one has {addresses} addresses:")
        _show_entries(listed)
    else:
        click.echo(f"The list before this one was accepted on {_accepted_line(before, zone)}")
        if not one.difference:
            click.echo("Nobody is new, gone or changed since")
    weighty = [problem for problem in one.problems if problem.severity is not Severity.NOTE]
    terminal.show_asked(terminal.out(), [*change_problems(one), *weighty])


def _show_entries(listed: RecipientList) -> None:
    """Print who stands on a list, each with its cell; of a long one the beginning."""
    from dispatcher.outbox.acceptance import post_of

    for entry in listed.entries[:_LONGEST_LIST]:
        post = post_of(entry)["en"]
        click.echo(f"  {entry.cell:<6} {entry.address}  {post}")
    if len(listed.entries) > _LONGEST_LIST:
        click.echo(f"  … and {len(listed.entries) - _LONGEST_LIST} more")


def _accepted_line(accepted: AcceptedList, zone: tzinfo) -> str:
    """Return when and by whom a list was accepted, and how long it is."""
    addresses = len({entry.identity for entry in accepted.listed.entries})
    at = moment(accepted.accepted_at, zone)
    return f"{at} by {accepted.accepted_by}: {addresses} addresses"


def _list_as_json(one: AcceptedList) -> dict[str, Any]:
    return {"accepted_at": one.accepted_at.isoformat(), "accepted_by": one.accepted_by, **asdict(one.listed)}


def _import_as_json(one: Imported) -> dict[str, Any]:
    """Return what changed: entries by kind, repairs to be confirmed; `accepted` is null before the first time."""
    found = one.difference
    changes = asdict(found) if found is not None else {}
    head = {"audience": one.listed.audience, "file": one.listed.file, "tab": one.listed.tab or None}
    before = (
        {"accepted_at": one.accepted.accepted_at.isoformat(), "accepted_by": one.accepted.accepted_by}
        if one.accepted
        else None
    )
    repairs = [
        {"code": each.code, "cell": f"{each.source.column}{each.source.row}", "value": each.value}
        for each in one.repairs
    ]
    return {**head, "file_hash": one.listed.file_hash, "accepted": before, **changes, "repairs": repairs}
