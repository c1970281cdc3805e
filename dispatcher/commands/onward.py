"""The commands of passing on: a kit taken, a return written, a return recorded. Thin as cli.py."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dispatcher.commands.overview import Overview
from dispatcher.moments import moment, second
from dispatcher.outbox.onward_rules import Seal
from dispatcher.session import print_json, said
from dispatcher.words import catalog

if TYPE_CHECKING:
    from datetime import tzinfo

    from dispatcher.onward import Received
    from dispatcher.outbox.onward_rules import Returned, Taken
    from dispatcher.publishing.returns import ReturnKeys
    from dispatcher.session import Session

_json = click.option("--json", "as_json", is_flag=True, help="Print JSON instead of lines.")


@click.group(cls=Overview)
def onward() -> None:
    """Pass an advisory on: take another office's kit, tell it what became of it; record what a mediator tells."""


@onward.command(epilog="Example: dispatcher onward receive onward-10-SYS-WZU-2025.zip")
@click.argument("kit", type=click.Path(path_type=Path))
@click.option("--replace", is_flag=True, help="Take it although another kit of this advisory was received before.")
@_json
@click.pass_obj
def receive(session: Session, kit: Path, *, replace: bool, as_json: bool) -> None:
    """Take the kit of the office that issued an advisory, in the workspace of who passes it on.

    Every file is compared with its sum; the notice is passed on as it is. Then check, preview, prepare, approve
    and send it as any advisory.
    """
    app = session.app()
    done = app.onward.receive(kit, replace=replace, by=session.officer)
    if as_json:
        print_json(_received_as_json(done))
        return
    _show_received(done, app.zone)
    if not done.new:
        click.echo("It was received before; nothing was changed.")
    click.echo(f"Advisory  {done.folder / 'advisory.yaml'}\nNext      dispatcher check {done.kit.meta.number}")


@onward.command("return", epilog="Example: dispatcher onward return 10/SYS/WZU/2025")
@click.argument("advisory")
@click.option(
    "--output",
    type=click.Path(path_type=Path),
    help="Where to: a file or a folder; otherwise beside the advisory.",
)
@_json
@click.pass_obj
def return_(session: Session, advisory: str, output: Path | None, *, as_json: bool) -> None:
    """Write what became of an advisory that was passed on: counts and times, no addresses, bound to its kit.

    It is to be mailed to the office that issued the advisory; signed where onward.sign_with is set, else sealed
    where onward.key is.
    """
    done = session.app().onward.returned(advisory, output, by=session.officer)
    keys, seal = done.keys, done.keys.seal
    if as_json:
        sealed = {"seal": seal and seal.method, "signer": done.signer}
        print_json({"file": str(done.file), **keys.model_dump(mode="json", exclude={"seal"}), **sealed})
        return
    click.echo(_counts(keys))
    click.echo(f"Return    {done.file}")
    if seal is None:
        click.echo("It bears no seal: config.yaml sets neither onward.sign_with nor onward.key.", err=True)
    else:
        click.echo(f"Seal      {f'signed by {done.signer}' if done.signer else _SHARED}")


@onward.command(epilog="Example: dispatcher onward record 10/SYS/WZU/2025 return-10-SYS-WZU-2025.json")
@click.argument("advisory")
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--by-hand", metavar="REASON", callback=said, help="Why it is taken although no seal vouches for it."
)
@click.option("--at", metavar="TIME", help="When it was received, such as '13.08.2025 10:50'.")
@_json
@click.pass_obj
def record(
    session: Session, advisory: str, file: Path, *, by_hand: str | None, at: str | None, as_json: bool
) -> None:
    """Record the return of a mediator: the file of `onward return`, or the kit's form filled in.

    The same return again, and one older than the newest for the same kit, are told and change nothing. What no
    seal vouches for is kept beside one under seal, which goes on counting. Without --at a return is late by when
    it was compiled under seal, else by now.
    """
    from dispatcher.register.onward_sentences import onward_json, onward_told
    from dispatcher.use_cases import now

    app = session.app()
    taken = app.onward.record(advisory, file, by=session.officer, by_hand=by_hand, at=at)
    if as_json:
        print_json({"return": taken.standing, "onward": onward_json(taken.now, now=now(), zone=app.zone)})
        return
    click.echo(_taken(taken, app.zone))
    click.echo(onward_told(taken.now, now=now(), zone=app.zone)["en"])


def _taken(taken: Taken, zone: tzinfo) -> str:
    """Return how a return stands to those before."""
    match taken.standing:
        case "repeated":
            return "This return was recorded before; nothing was changed."
        case "outdated":
            return "This return is older than one that was recorded for the same kit; nothing was changed."
        case "beside":
            return (
                f"This return is recorded beside one under seal, which goes on counting: {_remarks(taken, zone)}. "
                "Where its numbers are the right ones, ask for them in a return under seal."
            )
        case _:
            return f"The return is recorded: {_remarks(taken, zone)}."


def _remarks(taken: Taken, zone: tzinfo) -> str:
    """Return what is to be known of a return besides its numbers."""
    told, due = taken.returned, moment(taken.now.kit.return_by, zone)
    remarks = [_vouching(told)]
    if told.came_at and told.recorded_at > taken.now.kit.return_by:
        came = f"{'received' if told.received_at else 'compiled'} {moment(told.came_at, zone)}"
        remarks.append(f"{came}, recorded {moment(told.recorded_at, zone)}")
    if told.late and told.came_at is None:
        remarks.append(f"recorded after it was due ({due}); --at would have said when it came")
    elif told.late:
        remarks.append(f"late (it was due by {due})")
    if told.open:
        remarks.append(f"partial ({told.open} still open)")
    return "; ".join(remarks)


def _vouching(returned: Returned) -> str:
    """Return what vouches for a return."""
    match returned.seal:
        case Seal.SIGNATURE:
            return f"signed by {returned.signer}"
        case Seal.KEY:
            return _SHARED
        case Seal.NONE:
            return "without a seal, by hand"
        case Seal.WEAKER:
            return f"{_SHARED}, without the signature that is asked for, by hand"
        case Seal.UNCHECKED_KEY:
            return "its seal not examined, by hand"
        case Seal.UNCHECKED_SIGNATURE:
            return "its signature not examined, by hand"


def _counts(keys: ReturnKeys) -> str:
    states = ", ".join(f"{count} {state}" for state, count in keys.states.items())
    last = f"; last accepted {moment(keys.last_accepted_at, None)}" if keys.last_accepted_at else ""
    return f"{keys.number}, revision {keys.revision}: {keys.couriers} couriers: {states}{last}"


def _show_received(done: Received, zone: tzinfo) -> None:
    from dispatcher.use_cases import now

    meta = done.kit.meta
    names = meta.issuer.short_name
    click.secho(f"Advisory {meta.number} of {names.get('en') or next(iter(names.values()))}", bold=True)
    for text in done.kit.messages.values():
        click.echo(f"    {text.subject}")
    effective, own, deadline = (moment(at, zone) for at in (meta.effective_at, meta.notify_before, meta.deadline))
    click.echo(f"    revision {meta.revision}, issued {meta.issued:%d.%m.%Y}, effective {effective}")
    if meta.notify_before <= now():
        click.echo(
            f"    your hour, {own}, has passed: pass it on at once; everybody was to know before {deadline}"
        )
    else:
        click.echo(f"    your hour {own}; everybody is to know before {deadline}")
    click.echo(f"    return by {moment(meta.return_by, zone)} to {meta.return_to}")
    click.echo(f"    {meta.document.file}: {_signature(done, zone)}")
    click.echo(f"    {_SHARED if done.kit.sealed else _UNSEALED}")
    for name, told in meta.files.items():
        click.echo(f"    {told.size:>9,}  {name}")
    click.echo(f"Kit       {done.kit.kit_hash}")


_SHARED = "sealed with the key that both offices hold"
_UNSEALED = "no seal was checked (onward.key is not set): compare number, hour and kit by telephone"


def _signature(done: Received, zone: tzinfo) -> str:
    signature = done.document.signature
    if signature is None:
        return "not signed"
    told = f"signed by {signature.signer}, {second(signature.signed_at, zone)}"
    remark = catalog("register")["remarks"]["not_to_a_root"]["en"]
    return told if signature.rooted else f"{told}; {remark} (signature.roots names none)"


def _received_as_json(done: Received) -> dict[str, Any]:
    meta = done.kit.meta.model_dump(mode="json")
    return {
        "new": done.new,
        "kit": done.kit.kit_hash,
        "sealed": done.kit.sealed,
        "rooted": done.document.signature.rooted if done.document.signature else None,
        "folder": str(done.folder),
        **meta,
    }
