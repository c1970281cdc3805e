"""The command that hands out the register. Thin as cli.py."""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from dispatcher.session import Session


@click.command(epilog="Example: dispatcher report 10/SYS/WZU/2025 --format xlsx")
@click.argument("advisory")
@click.option("--format", "form", type=click.Choice(["csv", "xlsx", "json"]), default="xlsx", show_default=True)
@click.option("--output", type=click.Path(path_type=Path), help="File to write; - is standard output.")
@click.pass_obj
def report(session: Session, advisory: str, form: str, output: Path | None) -> None:
    """Write the register: who was told what, when, with the relay's words.

    csv and json go to standard output, xlsx to register.xlsx beside the advisory, unless --output says otherwise.
    Of very many deliveries there is no xlsx; the others take any number.
    """
    from dispatcher.register.keeping import WORKBOOK

    app = session.app()
    if output is None and form == "xlsx":
        output = app.folder(advisory) / WORKBOOK
    if output is None or str(output) == "-":
        # whoever reads slowly must not hold up the store, and what fails half-way must not look like a register
        with tempfile.TemporaryFile() as file:
            app.report(advisory, form, file)
            file.seek(0)
            shutil.copyfileobj(file, sys.stdout.buffer)
        return
    if output.exists() and not output.is_file():  # a device would be replaced by the file
        raise click.BadParameter(f"{output} is not a file; - is standard output", param_hint="--output")
    from dispatcher.files import writing_atomically

    with writing_atomically(output, private=True) as file:
        app.report(advisory, form, file)
    click.echo(output)
