"""The commands that try an advisory on this machine: a rehearsal, and the demo. Thin as cli.py."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from dispatcher.moments import moment
from dispatcher.session import NOT_ALL_ACCEPTED

if TYPE_CHECKING:
    from datetime import tzinfo

    from dispatcher.session import Session
    from dispatcher.trials import Rehearsed


@click.command(epilog="Example: dispatcher rehearse 10/SYS/WZU/2025 --as-of 2025-08-12T21:10+05:30")
@click.argument("advisory")
@click.option(
    "--as-of",
    metavar="TIME",
    help="The clock to run on, such as '12.08.2025 21:10'; without a zone it is the office's.",
)
@click.option(
    "--follow-ups/--no-follow-ups",
    default=None,
    help="Whether what follows by itself (reminders, the notice at the hour) goes into the sink too; otherwise "
    "up to 500 recipients.",
)
@click.pass_obj
def rehearse(session: Session, advisory: str, as_of: str | None, *, follow_ups: bool | None) -> int:
    """Do the full run over real SMTP into a built-in sink; nothing leaves this machine.

    Then, on the same clock, what `run` would do of what follows by itself, as if nobody acknowledged.
    Exit code 0: all accepted; 1: errors were printed; 3: done, but some are not accepted.
    """
    from dispatcher import terminal

    app = session.app()
    start = app.moment(as_of) if as_of else None
    total = len(app.check(advisory).recipients)
    with terminal.watcher(app.zone, total=total) as shown, session.logged(shown) as watcher:
        done = app.trials.rehearse(advisory, as_of=start, by=session.officer, watcher=watcher, follow=follow_ups)
    click.echo(f"REHEARSAL as of {moment(done.began, app.zone)}; nothing was sent out")
    terminal.show_summary(terminal.out(), done.summary, zone=app.zone)
    terminal.show_untold_first(terminal.out(), done.summary, zone=app.zone)
    if follow_ups is None and done.followed is None:
        click.echo(
            "\nWhat follows by itself was left out, as it is long; --follow-ups does it, `schedule` shows it"
        )
    _show_following(done, app.zone)
    _show_places(done)
    terminal.show_asked(terminal.err(), done.unaccepted)
    return NOT_ALL_ACCEPTED if done.summary.untold_count else 0


@click.command(epilog="Example: dispatcher demo")
@click.pass_obj
def demo(session: Session) -> int:
    """Run the main job on the sample, over real SMTP, with one greylisted and one refused recipient.

    Exit code 0 when what happened is what was arranged.
    """
    from dispatcher import terminal
    from dispatcher.demonstration import BEGAN, FAULTS, GREYLISTED, REFUSED, departures

    app = session.app()
    click.echo(f"The evening of {BEGAN:%d.%m.%Y, %H:%M %Z}. A mail server on this machine greylists")
    click.echo(f"{GREYLISTED} and refuses {REFUSED};")
    click.echo("time is put forward instead of waited for.\n")
    with terminal.watcher(app.zone, total=0) as shown, session.logged(shown) as watcher:
        done = app.trials.demo(faults=FAULTS, began=BEGAN, watcher=watcher)
    terminal.show_summary(terminal.out(), done.summary, zone=app.zone)
    terminal.show_eventful(terminal.out(), done.deliveries, zone=app.zone)
    _show_places(done)
    wrong = list(departures(done.deliveries))
    for sentence in wrong:
        click.echo(f"NOT AS ARRANGED: {sentence}", err=True)
    return 1 if wrong else 0


def _show_following(done: Rehearsed, zone: tzinfo) -> None:
    """Print what followed by itself, in the lines of `schedule`; nothing where it was left out."""
    if done.followed is None:
        return
    from dispatcher.commands.schedule import line

    click.echo("\nBy itself, where nobody acknowledges:" if done.following else "\nNothing follows by itself")
    for one in done.following:
        click.echo(line(one, zone))


def _show_places(done: Rehearsed) -> None:
    click.echo(f"\nMessages   {done.received}/*.eml\nRegister   {done.register}")
    if done.followed and any(one.release for one in done.following if one.recipients):
        click.echo(f"Following  {done.followed}/*.eml")
    click.echo(f"Preview    {done.preview}\nOutbox     {done.store}")
