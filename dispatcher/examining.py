"""The use case of `doctor`: settings, relay, store, clock, certificates looked at. Part of the composition root.

It loads its edges when it runs, as in app.py.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from dispatcher.credentials import credential_findings
from dispatcher.errors import ConfigError, UsageError
from dispatcher.findings import Grade
from dispatcher.use_cases import UseCases, now, run

if TYPE_CHECKING:
    from collections.abc import Callable

    from dispatcher.delivery.examination import Visit
    from dispatcher.findings import Finding
    from dispatcher.smtp import Relay


@dataclass(frozen=True, slots=True)
class Examined:
    """Everything that `doctor` found, and what the relay's administrator must know."""

    findings: tuple[Finding, ...]
    to_tell: tuple[tuple[str, str], ...]

    @property
    def ok(self) -> bool:
        """Whether nothing is a fault."""
        return not any(one.grade is Grade.FAULT for one in self.findings)


class Examining(UseCases):
    """A look at everything that a hand-over needs."""

    def examine(self, *, mail_to: str | None, told: Callable[[Finding], None]) -> Examined:
        """Look at settings, relay, store, clock, certificates; `told` is called with each finding as it is made.

        With `mail_to` a test message is handed over to that address. Raises UsageError where it is none.
        """
        from dispatcher.delivery import findings
        from dispatcher.delivery.examination import RelayExamination
        from dispatcher.outbox.examination import examine_store

        found: list[Finding] = []

        def tell(finding: Finding) -> None:
            found.append(finding)
            told(finding)

        visit = self._visit(mail_to)
        relay, fault = self._relay()
        if fault:
            tell(findings.no_password(fault))
            visit = replace(visit, may_log_in=False)
        for finding in findings.judge_account(self.settings.profile, relay):
            tell(finding)
        examination = RelayExamination(relay, visit, told=tell)
        run(examination.run())
        url, rate = self.settings.store_url, self.settings.rate_per_minute
        for finding in examine_store(url, root=self.root, rate_per_minute=rate, now=now()):
            tell(finding)
        for finding in credential_findings(self.settings, now=now()):
            tell(finding)
        address = examination.our_address
        told_of = findings.to_tell(relay, envelope_from=visit.envelope_from, address=address)
        return Examined(tuple(found), tuple(told_of))

    def _relay(self) -> tuple[Relay, str]:
        """Return the relay, and why its password cannot be had; empty: it can, or none is needed."""
        try:
            return self.settings.relay(), ""
        except ConfigError as error:
            return self.settings.relay(password=False), str(error)

    def _visit(self, mail_to: str | None) -> Visit:
        from dispatcher.delivery.examination import Visit
        from dispatcher.messages.trial import trial_message

        sender = self.settings.sender
        visit = Visit(envelope_from=sender.envelope_from, own_address=sender.address)
        if mail_to is None:
            return visit
        to = _own_address(mail_to)
        message = trial_message(
            sender,
            self.settings.office,
            to=to,
            languages=self.settings.languages,
            trial_id=secrets.token_hex(16),
            now=datetime.now(self.zone),
        )
        return replace(visit, trial=message, trial_to=to)


def _own_address(typed: str) -> str:
    """Return an address as it goes on the wire. Raises UsageError."""
    from dispatcher.recipients.addresses import Usable, check_address

    checked = check_address(typed.strip())
    if not isinstance(checked, Usable):
        raise UsageError(f"{typed}: not an e-mail address such as office@customs.example")
    if checked.needs_smtputf8:
        raise UsageError(f"{typed}: give an address in ASCII for the test message")
    return checked.address
