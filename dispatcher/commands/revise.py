"""The command that begins a corrigendum or an addendum. Thin as cli.py."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from dispatcher.session import Session


@click.command(epilog="Example: dispatcher revise 10/SYS/WZU/2025 --as corrigendum")
@click.argument("advisory")
@click.option(
    "--as", "act", type=click.Choice(["corrigendum", "addendum"]), required=True, help="What it is to be."
)
@click.option("--date", "dated", metavar="DATE", help="The date printed on it; otherwise today.")
@click.pass_obj
def revise(session: Session, advisory: str, act: str, dated: str | None) -> None:
    """Begin the next revision of an advisory that was prepared: its number stays, its places to fill are added.

    It has a date of its own, and names that of the advisory. The advisory.yaml that went out is kept beside it.
    Then: check, sign, prepare, approve, send, as for a first issue. A corrigendum stops, with its approval, what
    has not gone of the earlier revision.
    """
    begun = session.app().beginning.revise(advisory, act, dated=dated, by=session.officer)
    named = f"{'an' if act == 'addendum' else 'a'} {act}"
    click.echo(f"{begun.file}: revision {begun.revision} of {begun.number}, {named}, is begun")
    click.echo(f"What went out is kept in {begun.kept.name}")
    click.echo("Write what stands between << and >>, correct the text itself too, then run:")
    for verb in ("check", "preview", "prepare"):
        click.echo(f"  dispatcher {verb} {begun.number}")
