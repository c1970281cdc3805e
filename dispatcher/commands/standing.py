"""The commands that an officer looks with: where each release stands, who is not told yet. Thin as cli.py.

`status` is asked for often and in a hurry: it loads neither the tables of terminal.py nor the log.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from dispatcher.acts import ORIGINAL
from dispatcher.moments import iso
from dispatcher.session import NOT_ALL_ACCEPTED, print_json

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import tzinfo

    from dispatcher.deadlines import Untold
    from dispatcher.register.status import Status
    from dispatcher.session import Session


@click.command(epilog="Example: dispatcher status 10/SYS/WZU/2025 --json")
@click.argument("advisory", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of lines.")
@click.pass_obj
def status(session: Session, advisory: str | None, *, as_json: bool) -> None:
    """Show how many deliveries stand in which state, and whether all will be told before the hour."""
    statuses = session.app().deadlines.status(advisory)
    if as_json:
        found = [one.as_json() for one in statuses]
        print_json({"advisories": found} if advisory is None else _one(found))
        return
    for one in statuses:
        _show(one)
    if not statuses:
        click.echo("Nothing has been prepared yet.")


@click.command(epilog="Example: dispatcher escalate 10/SYS/WZU/2025")
@click.argument("advisory")
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of a table.")
@click.pass_obj
def escalate(session: Session, advisory: str, *, as_json: bool) -> int:
    """List the offices that are not told yet, with telephone: here, and as escalation.xlsx beside the advisory.

    Those who pass the advisory on (EICI, CMS) come first. Exit code 0: everybody is told; 3: some are not.
    """
    app = session.app()
    found = app.deadlines.escalate(advisory)
    if as_json:
        print_json(_untold_as_json(found, app.zone))
    else:
        from dispatcher import terminal
        from dispatcher.register import sentences

        terminal.show_untold(terminal.out(), found.deliveries, zone=app.zone)
        click.echo(sentences.untold(len(found.deliveries), found.file))
    return NOT_ALL_ACCEPTED if found.deliveries else 0


def _untold_as_json(found: Untold, zone: tzinfo) -> dict[str, Any]:
    from dispatcher.register.rows import untold_rows

    return {
        "advisory": found.record.number,
        "as_of": iso(found.as_of, zone),
        "notify_before": iso(found.record.notify_before, zone),
        "file": str(found.file),
        "untold": [
            row._asdict() | {"next_at": one.next_at.astimezone(zone).isoformat() if one.next_at else None}
            for row, one in zip(untold_rows(found.deliveries, zone=zone), found.deliveries, strict=True)
        ],
    }


def show_standing(one: Status) -> None:
    """Print how a release stands to its hour; alarming where somebody will not be told in time."""
    from dispatcher.register.sentences import standing

    alarming = one.past_end or one.forecast.late > 0
    click.secho(f"    {standing(one)}", fg="red" if alarming else None, bold=alarming)


def _show(one: Status) -> None:
    about = f" of {one.concerns}" if one.concerns else ""
    act = "" if one.act == ORIGINAL else f" ({one.act}{about})"
    click.secho(f"{one.advisory}, release {one.release}{act}: {one.release_state}", bold=True)
    if one.replaced:
        click.echo(f"    no more in force: {one.replaced}")
    click.echo("    " + ", ".join(f"{count} {state}" for state, count in one.states.items()))
    if one.release_state == "cancelled":
        return
    show_standing(one)
    for remark in one.remarks:
        from dispatcher.words import catalog

        click.echo(f"    {catalog('register')['remarks'][remark]['en']}")
    if one.asked:
        click.echo(f"    acknowledged {one.acknowledged} of {one.asked}")
    if one.onward and (told := one.passing_on()):
        click.secho(f"    {told}", fg="red" if one.is_overdue else None)
        click.echo(f"        its kit: {one.onward.kit.kit_hash}")
    _show_website(one)


def _show_website(one: Status) -> None:
    """Print whether a release that was let go is published; before that nothing can be."""
    from dispatcher.register.sentences import website

    zone = one.notify_before.tzinfo
    assert zone is not None
    if one.publishes:
        click.echo(f"    {website(one.website, zone)}")


def _one(found: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Return the status object of an advisory; its newest release where it has several."""
    return ([one for one in found if not one["derived"]] or found)[-1]
