"""The command by which an officer approves what was prepared, having seen it. Thin as cli.py."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import click

from dispatcher.errors import Refused
from dispatcher.moments import iso, moment
from dispatcher.session import on_terminal, print_json
from dispatcher.words import catalog

if TYPE_CHECKING:
    from datetime import tzinfo
    from pathlib import Path

    from dispatcher.approving import Shown
    from dispatcher.outbox.changes import Change, Named
    from dispatcher.outbox.records import DocumentRecord
    from dispatcher.session import Session


def _beginning(_context: click.Context, _parameter: click.Parameter, given: str | None) -> str | None:
    """Return the beginning of a hash in small letters; refuse what is none."""
    if given is not None and not re.fullmatch("[0-9a-fA-F]{8,64}", given):
        raise click.BadParameter(f"{given} is no hash; give at least its first 8 digits from 0 to f")
    return given.lower() if given else None


@click.command(epilog="Example: dispatcher approve 10/SYS/WZU/2025 --show")
@click.argument("advisory")
@click.option("--show", is_flag=True, help="Only show what waits, and what changed since the release before it.")
@click.option("--hash", "expected", metavar="HASH", callback=_beginning, help="Approve only what has this hash.")
@click.option("--yes", is_flag=True, help="Do not ask; off a terminal nobody is asked.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of lines.")
@click.pass_obj
def approve(
    session: Session, advisory: str, *, show: bool, expected: str | None, yes: bool, as_json: bool
) -> None:
    """Approve what was prepared, as another officer than its maker and its signatory.

    What it is is shown first: subject, hour, who is told, a page of its messages as they were frozen, and the
    difference from the release before it, Hindi beside English. The approval is for its hash: what changes
    afterwards is not approved, and `send` refuses it.
    --hash with the digits that --show printed makes sure that it is the same. On a terminal it asks first, unless
    --hash or --yes says that it was looked at.
    """
    app = session.app()
    waiting = app.approving.waiting(advisory, expected=expected)
    pages = [app.approving.write_pages(one.record) for one in waiting]
    if as_json:
        shown = [_as_json(one, page, app.zone) for one, page in zip(waiting, pages, strict=True)]
    else:
        for one, page in zip(waiting, pages, strict=True):
            _show(one, page, app.zone)
    approved = [] if show else [one.record for one in waiting]
    asks = on_terminal() and not (yes or expected or as_json)
    if approved and asks and not click.confirm(f"Approve this as {session.officer}?"):
        raise Refused(f"{advisory}: nothing was approved")
    if approved:
        app.approving.approve(approved, by=session.officer)
    if as_json:
        print_json({"waiting": shown, "approved": [one.content_hash for one in approved]})
        return
    for record in approved:
        click.echo(
            f"Release {record.id} of {record.number} is approved by {session.officer}: {record.content_hash}"
        )
        if record.made_by == session.officer:
            click.echo("    approved by its maker (self-approval is allowed); the register says so")


def _show(one: Shown, page: Path, zone: tzinfo) -> None:
    from dispatcher.outbox.changes import change_lines, list_lines

    record = one.record
    click.secho(
        f"Release {record.id} of {record.number}, prepared by {record.made_by} {moment(record.prepared_at, zone)}",
        bold=True,
    )
    for text in one.subject.values():
        click.echo(f"    {text}")
    click.echo(f"    to be told before {moment(record.notify_before, zone)}")
    click.echo(f"    {one.deliveries} deliveries: {', '.join(f'{name} {n}' for name, n in one.audiences.items())}")
    if record.document:
        click.echo(f"    {_document(record.document)}")
        click.echo(f"        {one.file or 'as it was prepared it does not lie beside its advisory any more'}")
    click.echo(f"    every message as it was frozen: {page}")
    click.echo(f"    hash {record.content_hash}")
    if one.earlier:
        stands = "" if one.earlier.state == "cancelled" else ", which stands"
        lines = [line for change in one.changes for line in change_lines(change)] + list_lines(one.lists)
        click.echo(f"    since release {one.earlier.id} ({one.earlier.state}{stands}):")
        if not one.comparable:
            lines = ["its texts were not kept, so they cannot be compared: read the preview", *lines]
        for line in lines or ["nothing differs"]:
            click.echo(f"        {line}")
    if one.departure:
        click.secho("    NOT what lies in the workspace by now; `send` will refuse it:", fg="red")
        for line in one.departure.lines():
            click.echo(f"        {line}")


def _document(document: DocumentRecord) -> str:
    signature = document.signature
    signed = f"signed by {signature.signer} ({signature.level})" if signature else "not signed"
    worth = "" if signature is None or signature.genuine else ", a specimen"
    if signature is not None and not signature.rooted:
        worth = f", {catalog('register')['remarks']['not_to_a_root']['en']}"
    return f"{document.file_name}, {signed}{worth}, SHA-256 {document.sha256}"


def _document_as_json(document: DocumentRecord) -> dict[str, Any]:
    signature = document.signature
    signed = (
        {"signer": signature.signer, "level": signature.level, "rooted": signature.rooted} if signature else None
    )
    return {"file": document.file_name, "sha256": document.sha256, "signature": signed}


def _as_json(one: Shown, page: Path, zone: tzinfo) -> dict[str, Any]:
    record = one.record
    return {
        "advisory": record.number,
        "release": record.id,
        "content_hash": record.content_hash,
        "made_by": record.made_by,
        "prepared_at": iso(record.prepared_at, zone),
        "notify_before": iso(record.notify_before, zone),
        "page": str(page),
        "subject": one.subject,
        "deliveries": one.deliveries,
        "audiences": one.audiences,
        "document": _document_as_json(record.document) if record.document else None,
        "earlier": one.earlier.id if one.earlier else None,
        "comparable": one.comparable,
        "changes": [_change(change) for change in one.changes],
        "recipients": {
            "added": _named(one.lists.added),
            "removed": _named(one.lists.removed),
            "post_changed": _named(one.lists.changed),
        },
        "departed": list(one.departure.lines()) if one.departure else [],
    }


def _change(change: Change) -> dict[str, Any]:
    return {"what": change.what, "how": change.how, "before": change.before, "after": change.after}


def _named(one: Named) -> dict[str, Any]:
    return {"count": one.count, "first": one.first}
