"""The command that shows what will go when, and orders a release for a time. Thin as cli.py."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from dispatcher.moments import moment
from dispatcher.session import print_json, said

if TYPE_CHECKING:
    from datetime import datetime, tzinfo

    from dispatcher.life import Lives
    from dispatcher.register.itinerary import Entry
    from dispatcher.session import Session


@click.command(epilog="Example: dispatcher schedule 10/SYS/WZU/2025 --send-at '13.08.2025 08:00'")
@click.argument("advisory", required=False)
@click.option("--send-at", metavar="TIME", help="Have `run` begin the approved release then.")
@click.option("--withdraw", is_flag=True, help="Take such an order back.")
@click.option(
    "--stop", metavar="REASON", callback=said, help="Have nothing follow it by itself any more, and say why."
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of lines.")
@click.pass_obj
def schedule(
    session: Session, advisory: str | None, send_at: str | None, *, withdraw: bool, stop: str | None, as_json: bool
) -> None:
    """Show what will go when, to how many and in which act; and what is skipped, and why.

    Of an advisory that is not prepared: what would follow it. `run` does what stands here. A TIME is
    2025-08-13T08:00 or "13.08.2025 08:00"; without a zone it is the office's.
    """
    lives = session.app().lives
    if sum(map(bool, (send_at, withdraw, stop))) > (advisory is not None):
        raise click.UsageError("name the ADVISORY, and give one of --send-at, --withdraw and --stop")
    if advisory and stop:
        count = lives.stop(advisory, by=session.officer, reason=stop)
        click.echo(f"{count} {'message' if count == 1 else 'messages'} will not follow any more", err=True)
    elif advisory and (send_at or withdraw):
        _order(lives, advisory, lives.moment(send_at) if send_at else None, by=session.officer)
    entries = lives.schedule(advisory)
    if as_json:
        print_json({"entries": [one.as_json(lives.zone) for one in entries]})
        return
    for one in entries:
        click.secho(line(one, lives.zone), fg="red" if one.is_overdue else None)
    if not entries:
        click.echo("Nothing has been prepared yet.")


def _order(lives: Lives, advisory: str, at: datetime | None, *, by: str) -> None:
    goes = f"goes at {moment(at, lives.zone)}, if `dispatcher run` runs then" if at else ""
    for record in lives.order(advisory, at=at, by=by):
        click.echo(
            f"Release {record.id} of {record.number} {goes or 'waits for `dispatcher send` again'}", err=True
        )


def line(one: Entry, zone: tzinfo) -> str:
    """Return an entry on one line: when, which advisory and act, to how many, how it stands."""
    when = moment(one.at, zone) if one.at else ""
    unit = "recipient" if one.recipients == 1 else "recipients"
    whom = (
        f"{one.recipients} {unit}" + (", unacknowledged" if one.to == "unacknowledged" else "") if one.to else ""
    )
    told = f"{one.standing}: {one.why}" if one.why else one.standing
    return f"{when:<21}  {one.advisory}  {one.act:<14}  {whom:<30}  {told}".rstrip()
