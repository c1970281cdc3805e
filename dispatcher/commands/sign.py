"""The command `sign`: the document to be signed, the signed one taken, or signed here. Thin as cli.py."""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dispatcher.errors import UsageError
from dispatcher.session import on_terminal, print_json

if TYPE_CHECKING:
    from datetime import tzinfo

    from dispatcher.session import Session
    from dispatcher.signing import Signing, Taken, ToBeSigned


@click.command(epilog="Example: dispatcher sign 10/SYS/WZU/2025 --signed Downloads/Advisory-10-SYS-WZU-2025.pdf")
@click.argument("advisory")
@click.option("--signed", type=click.Path(path_type=Path), metavar="FILE", help="Take the file that was signed.")
@click.option("--p12", type=click.Path(path_type=Path), metavar="FILE", help="Sign with the key of this file.")
@click.option("--token", metavar="LIBRARY", help="Sign with a token: the path of its PKCS#11 library.")
@click.option("--token-label", metavar="LABEL", help="Which token, where there are several.")
@click.option("--certificate", metavar="LABEL", help="Which certificate of the token, where there are several.")
@click.option(
    "--passphrase-env", metavar="NAME", help="The variable with the passphrase; otherwise it is asked for."
)
@click.option("--pin-env", metavar="NAME", help="The variable with the PIN; otherwise it is asked for.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of lines.")
@click.pass_obj
def sign(session: Session, /, advisory: str, *, as_json: bool, **given: Any) -> None:
    """Write the PDF to be signed; with --signed take the signed one; or sign here with a file or a token.

    A signed file is taken only if the text below its signature is this advisory's, byte for byte, the signature
    covers all of it, and the certificate is the signatory's and leads to a root of config.yaml. Run it before
    `prepare`. Exit code 1: refused, with everything that is wrong.
    """
    app = session.app()
    ways = [way for way in ("signed", "p12", "token") if given[way] is not None]
    if len(ways) > 1:
        raise click.UsageError(f"--{ways[0]} and --{ways[1]} are two ways; choose one")
    _refuse_unfit(given)
    if not ways:
        _show_to_be_signed(app.signing.to_be_signed(advisory, by=session.officer), advisory, as_json=as_json)
        return
    taken = _taken(app.signing, advisory, ways[0], given, by=session.officer)
    _show_taken(taken, advisory, zone=app.zone, as_json=as_json)


def _refuse_unfit(given: dict[str, Any]) -> None:
    """Raise UsageError where an option would have no effect."""
    needs = {"token_label": "token", "certificate": "token", "pin_env": "token", "passphrase_env": "p12"}
    for option, way in needs.items():
        if given[option] is not None and given[way] is None:
            raise click.UsageError(f"--{option.replace('_', '-')} goes with --{way}")


def _taken(signing: Signing, advisory: str, way: str, given: dict[str, Any], *, by: str) -> Taken:
    if way == "signed":
        return signing.take(advisory, given["signed"], by=by)
    if way == "p12":
        passphrase = partial(_secret, "Passphrase of the key", "--passphrase-env", given["passphrase_env"])
        return signing.sign_with_file(advisory, given["p12"], passphrase=passphrase, by=by)
    return signing.sign_with_token(
        advisory,
        given["token"],
        token=given["token_label"],
        certificate=given["certificate"],
        pin=partial(_secret, "PIN of the token", "--pin-env", given["pin_env"]),
        by=by,
    )


def _secret(what: str, option: str, variable: str | None) -> str:
    """Return a secret from the environment, or as it is typed. Raises UsageError."""
    if variable is None:
        if not on_terminal():
            raise UsageError(f"{what}: nobody can be asked here; {option} names the variable that holds it")
        typed: str = click.prompt(what, hide_input=True, err=True)
        return typed
    if variable not in os.environ:
        raise UsageError(f"the environment variable {variable} is not set")
    return os.environ[variable]


def _show_to_be_signed(made: ToBeSigned, advisory: str, *, as_json: bool) -> None:
    if as_json:
        print_json({"file": str(made.file), "sha256": made.sha256, "signed": False})
        return
    click.echo(f"To be signed  {made.file}\nSHA-256       {made.sha256}")
    click.echo("Sign this file as it is (do not print, save anew or annotate it). Then run:")
    click.echo(f"  dispatcher sign {advisory} --signed FILE")


def _show_taken(taken: Taken, advisory: str, *, zone: tzinfo, as_json: bool) -> None:
    from dispatcher import words

    document, signature = taken.document, taken.document.signature
    assert signature is not None
    at = signature.signed_at.astimezone(zone)
    if as_json:
        told = {"signer": signature.signer, "signed_at": at.isoformat(), "level": signature.level}
        said = [{"code": one.code, "message": words.message(one)} for one in taken.warnings]
        print_json({
            "file": str(taken.file), "sha256": document.sha256, "signed": True, "signature": told, "problems": said
        })  # fmt: skip
        return
    from dispatcher import terminal

    terminal.show_asked(terminal.err(), taken.warnings)
    click.echo(f"Signed by     {signature.signer}, {at:%d-%m-%Y %H:%M:%S %Z} ({signature.level})")
    click.echo(f"Taken         {taken.file}\nSHA-256       {document.sha256}")
    click.echo(f"Now run:  dispatcher prepare {advisory}")
