"""The commands that an officer looks with: where each release stands. Thin as cli.py.

`status` is asked for often and in a hurry: it loads neither the tables of terminal.py nor the log.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from dispatcher.errors import UsageError
from dispatcher.session import print_json

if TYPE_CHECKING:
    from collections.abc import Sequence

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
        print_json({"advisories": found} if advisory is None else _one(found, advisory))
        return
    for one in statuses:
        _show(one)
    if not statuses:
        click.echo("Nothing has been prepared yet.")


def _show(one: Status) -> None:
    from dispatcher.register.sentences import standing

    click.secho(f"{one.advisory}, release {one.release}: {one.release_state}", bold=True)
    click.echo("    " + ", ".join(f"{count} {state}" for state, count in one.states.items()))
    alarming = one.past_end or one.forecast.late > 0
    click.secho(f"    {standing(one)}", fg="red" if alarming else None, bold=alarming)


def _one(found: Sequence[dict[str, Any]], advisory: str) -> dict[str, Any]:
    """Return the status object of an advisory; its newest release where it has several."""
    if not found:
        raise UsageError(f"{advisory}: nothing has been prepared yet")
    return found[-1]
