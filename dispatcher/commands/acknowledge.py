"""The command that records an acknowledgement. Thin as cli.py."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from dispatcher.moments import iso, moment
from dispatcher.session import print_json, said

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import tzinfo

    from dispatcher.outbox.acknowledging import Acknowledgement
    from dispatcher.session import Session


@click.command(epilog="Example: dispatcher acknowledge 10/SYS/WZU/2025 x@customs.example --how reply")
@click.argument("advisory")
@click.argument("addresses", metavar="ADDRESS...", nargs=-1, required=True)
@click.option("--how", type=click.Choice(["reply", "phone", "letter"]), help="How it came.")
@click.option("--at", metavar="TIME", help="When it was received, such as '12.08.2025 21:40'; otherwise now.")
@click.option("--note", callback=said, help="Who said so, a file number; kept beside it.")
@click.option("--take-back", is_flag=True, help="Take back what was recorded by mistake; with --reason.")
@click.option("--reason", callback=said, help="Why it is taken back; kept in the record.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of lines.")
@click.pass_obj
def acknowledge(
    session: Session,
    /,
    advisory: str,
    addresses: Sequence[str],
    *,
    take_back: bool,
    reason: str | None,
    as_json: bool,
    **told: Any,
) -> None:
    """Record that offices acknowledged an advisory: register, status and reminders know it from then on.

    It is of the newest message to each ADDRESS. The first acknowledgement stands; one more changes nothing. An
    office that was told by telephone (--how phone) leaves the telephone list, whatever became of its message.
    Several addresses are recorded together or not at all.

    What was recorded by mistake is taken back with --take-back --reason; both stay in the record, and the office
    can acknowledge again.
    """
    if take_back:
        _take_back(session, advisory, addresses, reason=reason, as_json=as_json, told=told)
        return
    if reason is not None:
        raise click.UsageError("--reason goes with --take-back; what was said beside it is its --note")
    if told["how"] is None:
        raise click.UsageError("--how is missing: reply, phone or letter")
    app = session.app()
    done = app.registering.acknowledge(advisory, addresses, by=session.officer, **told)
    if as_json:
        print_json({"acknowledged": [_as_json(one, app.zone) for one in done]})
        return
    for one in done:
        click.echo(_line(one, app.zone))
        if one.state == "in_doubt":
            click.echo(
                f"    its delivery is in doubt; `dispatcher resolve {advisory} --to {one.address} --as accepted "
                "--reason ...` settles it"
            )


def _take_back(
    session: Session,
    advisory: str,
    addresses: Sequence[str],
    *,
    reason: str | None,
    as_json: bool,
    told: Mapping[str, Any],
) -> None:
    if any(told.values()):
        raise click.UsageError("--take-back goes without --how, --at and --note; afterwards record what is right")
    if reason is None:
        raise click.UsageError("--take-back needs --reason: why it counts no more")
    app = session.app()
    done = app.registering.take_back(advisory, addresses, reason=reason, by=session.officer)
    if as_json:
        print_json({"taken_back": [_as_json(one, app.zone) for one in done]})
        return
    for one in done:
        was = f"by {one.how}, {moment(one.received_at, app.zone)}, recorded by {one.by}"
        click.echo(f"{one.address}: its acknowledgement ({was}) is taken back")


def _line(one: Acknowledgement, zone: tzinfo) -> str:
    how = f"by {one.how}, {moment(one.received_at, zone)}"
    if one.earlier:
        return f"{one.address}: acknowledged already, {how}, recorded by {one.by}; that stands"
    return f"{one.address}: acknowledged {how}"


def _as_json(one: Acknowledgement, zone: tzinfo) -> dict[str, Any]:
    return {
        "address": one.address,
        "how": one.how,
        "received_at": iso(one.received_at, zone),
        "note": one.note,
        "recorded_by": one.by,
        "earlier": one.earlier,
        "state": one.state,
    }
