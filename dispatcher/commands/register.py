"""The command of the register of numbers. Thin as cli.py."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from dispatcher.session import print_json, said

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dispatcher.register.numbers import NumberRow
    from dispatcher.session import Session

_HEADINGS = ("number", "date", "act", "state", "in force", "subject, or why not used")


@click.command(epilog="Example: dispatcher register --year 2025 --output numbers-2025.xlsx")
@click.option("--year", type=click.IntRange(1900, 2999), help="Only the numbers of this year.")
@click.option("--output", type=click.Path(path_type=Path), metavar="FILE", help="Write a workbook (.xlsx).")
@click.option("--gap", metavar="NUMBER", help="Record that this number was not used; it cannot be used then.")
@click.option("--yes", "sure", is_flag=True, help="Record --gap also for a number beyond all that are used.")
@click.option(
    "--take-back", is_flag=True, help="Take back what --gap recorded by mistake; the number is free then."
)
@click.option(
    "--reason", callback=said, help="Why it was not used, or why that is taken back; kept in the record."
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of lines.")
@click.pass_obj
def register(
    session: Session,
    *,
    year: int | None,
    output: Path | None,
    gap: str | None,
    sure: bool,
    take_back: bool,
    reason: str | None,
    as_json: bool,
) -> None:
    """Show the register of numbers: every act of each, its state, and when it was in force.

    --json and the workbook hold all that is recorded of an act: officers, signature, moments, the PDF's SHA-256. A
    number is reserved when its advisory is prepared, each once. One that was left out is asked about until a
    reason is recorded: --gap NUMBER --reason TEXT; --take-back takes back what was recorded by mistake, and both
    stay in the record. Who was told what, when, is in `dispatcher report`.
    """
    if bool(gap) != bool(reason):
        raise click.UsageError("--gap and --reason go together")
    if (sure or take_back) and not gap:
        raise click.UsageError("--yes and --take-back go with --gap NUMBER")
    registering = session.app().registering
    if gap and reason and take_back:
        was = registering.take_back_gap(gap, reason=reason, by=session.officer)
        click.echo(f"{gap} is no longer recorded as not used (it was: {was})", err=as_json)
    elif gap and reason:
        registering.leave_out(gap, reason=reason, by=session.officer, sure=sure)
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
    """Print a line for each issue, in columns, remarks below; all else is in the JSON and the workbook."""
    lines = [_HEADINGS, *map(_line, rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(_HEADINGS) - 1)]
    for line in lines if rows else ():
        *cells, last = line
        padded = [f"{cell:<{width}}" for cell, width in zip(cells, widths, strict=True)]
        click.secho("  ".join((*padded, last)).rstrip(), bold=line is _HEADINGS)
    for line, row in zip(lines[1:], rows, strict=True):
        if row.subject_en and row.remark:
            click.echo(f"{line[0]}: {row.remark}")
    _show_left_out(rows)
    if not rows:
        click.echo("No number has been used yet.")


def _show_left_out(rows: Sequence[NumberRow]) -> None:
    from dispatcher.register.numbers import left_out

    for number in left_out(rows):
        click.echo(f"{number} was left out. Record why: dispatcher register --gap {number} --reason TEXT")


def _line(row: NumberRow) -> tuple[str, ...]:
    from dispatcher.register.issues import name_of

    dated = f"{date.fromisoformat(row.issued):%d.%m.%Y}" if row.issued else ""
    act = f"{row.act} of {row.concerns}" if row.concerns else row.act or ""
    name = name_of(row.number, row.revision or 0)
    return (name, dated, act, row.number_state, _in_force(row), row.subject_en or row.remark or "")


def _in_force(row: NumberRow) -> str:
    """Return from when until when an issue was in force, to the minute, in the office's zone."""
    moments = (row.in_force_from, row.in_force_until)
    since, until = (f"{datetime.fromisoformat(at):%d.%m.%Y %H:%M}" if at else "" for at in moments)
    if not since:
        return ""
    return f"{since} to {until}" if until else f"from {since}"
