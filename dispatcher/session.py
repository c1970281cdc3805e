"""What every command of the command line shares: the workspace, who acts, what the log may show."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from pathlib import Path

    from dispatcher.app import App
    from dispatcher.delivery.watching import Log, Watcher


NOT_ALL_ACCEPTED = 3
"""Exit code: it ran, but some recipients are not accepted."""


@dataclass(slots=True)
class Session:
    """One run of the command line."""

    config: Path | None
    officer: str
    log_addresses: bool
    _log: Path | None = field(default=None, init=False)
    """Where the log is, once the workspace is known."""

    def app(self) -> App:
        """Return the use cases of the workspace. Raises ConfigError, UsageError."""
        from dispatcher.app import App
        from dispatcher.config import load_settings
        from dispatcher.workspace import find_config

        app = App(load_settings(find_config(self.config)))
        self._log = app.root / "outbox" / "dispatcher.log"
        return app

    def logged(self, watcher: Watcher) -> Log:
        """Return a watcher that also writes the log, addresses shortened unless asked for.

        Of the workspace that `app` gave last. Raises StoreError where the log cannot be written.
        """
        from dispatcher.delivery.watching import Log
        from dispatcher.logs import log_to

        assert self._log is not None
        log_to(self._log)
        return Log(watcher, addresses=self.log_addresses)


def acting_officer() -> str:
    """Return the name of the account that this process runs under, whatever its environment says.

    Raises click.UsageError where the account has no name. Where accounts are not numbered (Windows), the name is
    what the session says.
    """
    if sys.platform == "win32":
        import getpass

        return getpass.getuser()
    import pwd

    number = os.geteuid()
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        message = f"this computer knows no user of the number {number}, so nobody can be named as acting officer"
        raise click.UsageError(f"{message}: give the account a name there") from None


def on_terminal() -> bool:
    """Tell whether somebody can be asked."""
    return sys.stdin is not None and sys.stdin.isatty()


def print_json(data: object) -> None:
    """Print what a program reads, Hindi as it is."""
    click.echo(json.dumps(data, ensure_ascii=False, indent=1))


def said(_context: click.Context, _parameter: click.Parameter, reason: str | None) -> str | None:
    """Return a reason on one line; refuse a blank one, which answers nothing."""
    told = None if reason is None else " ".join("".join(c if c.isprintable() else " " for c in reason).split())
    if told == "":
        raise click.BadParameter("give the reason in words")
    return told
