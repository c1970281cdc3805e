"""The long-running command. Thin as cli.py."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import TYPE_CHECKING

import click

from dispatcher.moments import second

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import tzinfo
    from pathlib import Path

    from dispatcher.outbox.forecasting import Forecast
    from dispatcher.outbox.states import DeliveryState
    from dispatcher.session import Session
    from dispatcher.smtp import Reply


@click.command(epilog="Example: dispatcher run --once")
@click.option("--once", is_flag=True, help="Do what is due now and end: for cron, or by hand.")
@click.pass_obj
def run(session: Session, *, once: bool) -> None:
    """Hand over whatever falls due, of every advisory, until it is told to stop (Ctrl-C or SIGTERM).

    Due retries, releases that were begun or ordered for a time (`schedule --send-at`), reminders and the notice
    that an advisory now is in effect. Safe to kill and to start again, and two at once mail nobody twice. Trouble
    with the relay or the store does not end it. docs/operating.md has a unit for systemd.
    """
    app = session.app()
    lines = _Lines(app.zone)
    with session.logged(lines) as watcher:
        app.lives.run(by=session.officer, once=once, watcher=watcher, told=lines.say)
    lines.count()


class _Lines:
    """Says on standard output, a line each, what a run does; deliveries as numbers: the register names them."""

    def __init__(self, zone: tzinfo) -> None:
        self._zone = zone
        self._settled: Counter[str] = Counter()

    def say(self, what: str) -> None:
        """Print a line, after the deliveries that were settled before it."""
        self.count()
        click.echo(f"{second(datetime.now(self._zone), self._zone)}  {what}")

    def count(self) -> None:
        """Say how many deliveries were settled since this was said last."""
        if self._settled:
            said = ", ".join(f"{count} {state}" for state, count in self._settled.items())
            self._settled.clear()
            self.say(said)

    def settled(self, address: str, audiences: Sequence[str], state: DeliveryState, reply: Reply | None) -> None:
        """Count a delivery."""
        del address, audiences, reply
        self._settled[state] += 1

    def trouble(self, what: str, until: datetime) -> None:
        """Say what is wrong."""
        self.say(f"{what} (again at {until.astimezone(self._zone):%d.%m. %H:%M:%S})")

    def waiting(self, until: datetime) -> None:
        """Say nothing: a run waits most of its time."""

    def foreseen(self, forecast: Forecast) -> None:
        """Say how many will be late."""
        self.say(f"{forecast.late} will be late at this pace" if forecast.late else "nobody will be late any more")

    def escalated(self, untold: int, file: Path) -> None:
        """Say who is not told at a set moment."""
        self.say(f"{untold} are not told: telephone list {file}")
