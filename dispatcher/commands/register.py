"""The command of the register of numbers. Thin as cli.py."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from dispatcher.session import print_json, said

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dispatcher.register.numbers import NumberRow
    from dispatcher.session import Session


@click.command(epilog="Example: dispatcher register --year 2025 --output numbers-2025.xlsx")
@click.option("--year", type=click.IntRange(1900, 2999), help="Only the numbers of this year.")
@click.option("--output", type=click.Path(path_type=Path), metavar="FILE", help="Write a workbook (.xlsx).")
@click.option("--gap", metavar="NUMBER", help="Record that this number was not used; it cannot be used then.")
@click.option("--reason", callback=said, help="Why it was not used.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of lines.")
@click.pass_obj
def register(
    session: Session, *, year: int | None, output: Path | None, gap: str | None, reason: str | None, as_json: bool
) -> None:
    """Show the register of numbers: which are taken, by which advisory, and what became of each.

    A number is reserved when its advisory is prepared, each once. One that was left out is asked about until a
    reason is recorded: --gap NUMBER --reason TEXT. Who was told what, when, is in `dispatcher report`.
    """
    if bool(gap) != bool(reason):
        raise click.UsageError("--gap and --reason go together")
    registering = session.app().registering
    if gap and reason:
        registering.leave_out(gap, reason=reason, by=session.officer)
        click.echo(f"{gap} is recorded as not used: {reason}", err=as_json)
    rows = registering.numbers(year=year)
    if output:
        registering.write_numbers(rows, output, year=year)
        click.echo(output, err=as_json)
    if as_json:
        print_json({"numbers": [row._asdict() for row in rows]})
    elif gap:
        _show_left_out(rows)
    elif not output:
        _show(rows)


def _show(rows: Sequence[NumberRow]) -> None:
    for row in rows:
        click.secho(f"{row.number}  {row.issued or ''}  {row.number_state}", bold=True)
        for line in (row.kind, row.subject_hi, row.subject_en, row.remark, *_moments(row)):
            if line:
                click.echo(f"    {line}")
    _show_left_out(rows)
    if not rows:
        click.echo("No number has been used yet.")


def _show_left_out(rows: Sequence[NumberRow]) -> None:
    from dispatcher.register.numbers import left_out

    for number in left_out(rows):
        click.echo(f"{number} was left out. Record why: dispatcher register --gap {number} --reason TEXT")


def _moments(row: NumberRow) -> list[str]:
    """Return who prepared and approved it and when it was accepted, on a line each."""
    told = [
        ("prepared", row.prepared_at, row.made_by),
        ("approved", row.approved_at, row.approved_by),
        ("accepted", row.first_accepted_at, None),
    ]
    lines = [f"{what} {at}{f' by {who}' if who else ''}" for what, at, who in told if at]
    if row.last_accepted_at and row.last_accepted_at != row.first_accepted_at:
        lines[-1] += f" to {row.last_accepted_at}"
    return lines
