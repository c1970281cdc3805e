"""The command `doctor`: what works, what does not, and whom to ask. Thin as cli.py."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from dispatcher.session import print_json

if TYPE_CHECKING:
    from dispatcher.findings import Finding
    from dispatcher.session import Session


@click.command(epilog="Example: dispatcher doctor --mail-to me@customs.example")
@click.option("--mail-to", metavar="ADDRESS", help="Hand over a short test message to an address of your own.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of lines.")
@click.pass_obj
def doctor(session: Session, mail_to: str | None, *, as_json: bool) -> int:
    """Look at relay, store, clock and certificates: what works, what does not, what to do and whom to ask.

    One connection, one login; no message is handed over without --mail-to. Exit code 0: nothing is a fault;
    1: something is; 2: config.yaml is wrong.
    """
    from dispatcher import terminal

    examining = session.app().doctor
    console = terminal.out()

    def show(finding: Finding) -> None:
        if not as_json:
            terminal.show_finding(console, finding)

    examined = examining.examine(mail_to=mail_to, told=show)
    if as_json:
        print_json({"ok": examined.ok, "findings": [_as_json(one) for one in examined.findings]})
    else:
        terminal.show_examined(console, examined.findings, examined.to_tell)
    return 0 if examined.ok else 1


def _as_json(finding: Finding) -> dict[str, str]:
    return {
        "step": finding.step,
        "severity": finding.grade,
        "found": finding.found,
        "advice": finding.advice,
    }
