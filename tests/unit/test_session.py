"""Who acts on the command line."""

from __future__ import annotations

import os
import sys

import click
import pytest

from dispatcher.session import acting_officer

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="accounts have numbers on POSIX only")
NOBODY = 2**31 - 7
"""The number of no account."""


def test_the_account_acts_and_not_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """The variables that tell a name change nothing."""
    before = acting_officer()
    for name in ("LOGNAME", "USER", "LNAME", "USERNAME"):
        monkeypatch.setenv(name, f"not-{before}")

    assert before == acting_officer()


def test_the_effective_user_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Under sudo the account counts that the command was given."""
    import pwd  # noqa: PLC0415 - not on Windows

    other = pwd.getpwall()[-1]
    monkeypatch.setattr(os, "geteuid", lambda: other.pw_uid)

    assert pwd.getpwuid(other.pw_uid).pw_name == acting_officer()


def test_an_account_without_a_name_cannot_act(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is told by its number, and what to do."""
    monkeypatch.setattr(os, "geteuid", lambda: NOBODY)
    monkeypatch.setenv("LOGNAME", "anybody")

    with pytest.raises(click.UsageError, match=f"no user of the number {NOBODY}"):
        acting_officer()
