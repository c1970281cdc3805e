"""The limits that stop a wrong list before anything is frozen (guard: in config.yaml). Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dispatcher.errors import Source
from dispatcher.recipients.problems import Code, problem

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from dispatcher.errors import Problem
    from dispatcher.model import Recipient


def guard_problems(
    recipients: Sequence[Recipient], *, allowed_domains: Collection[str] | None, max_recipients: int
) -> list[Problem]:
    """Return an error for a list that is too long and for each address outside the allowed domains (None: any)."""
    problems = []
    if len(recipients) > max_recipients:
        key = Source("config.yaml", column="guard.max_recipients")
        problems.append(problem(Code.GUARD_TOO_MANY, key, count=str(len(recipients)), limit=str(max_recipients)))
    for recipient in recipients:
        domain = recipient.address.rpartition("@")[2].lower()
        if allowed_domains is not None and domain not in allowed_domains:
            cell = recipient.roles[0].source
            problems.append(problem(Code.GUARD_DOMAIN, cell, recipient.address, domain=domain))
    return problems
