"""The command line as an officer of any name: `python -m tests.acting NAME COMMAND ...`.

The program takes the name of the account that it runs under. A test has one account and needs several officers:
only that name is replaced, before the same command line begins.
"""

from __future__ import annotations

import sys

from dispatcher import session


def main() -> None:
    """Run the command line as the officer who is named first."""
    officer = sys.argv.pop(1)
    session.acting_officer = lambda: officer
    from dispatcher import cli  # noqa: PLC0415 - it takes the function by its name, so that must be replaced first

    cli.main()


if __name__ == "__main__":
    main()
