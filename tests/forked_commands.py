"""The command line in processes that begin with its modules at hand: a test does not pay for their import.

For every command a process is forked off a server of one thread that has imported them (multiprocessing's
"forkserver"). Where a command is killed, or its start is what is tested, the installed program is run instead.
"""

from __future__ import annotations

import multiprocessing
import os
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_forking = multiprocessing.get_context("forkserver")
_forking.set_forkserver_preload(["tests.all_modules"])


def run_forked(
    arguments: Sequence[str], *, folder: Path, environment: Mapping[str, str], answer: str, patience: float
) -> tuple[int, str, str]:
    """Run a command to its end; return its exit code, what it said, and what it said beside it.

    `answer` is what it reads, `patience` the seconds after which it is killed; its code is then -9.
    """
    with TemporaryDirectory() as kept:
        streams = tuple(Path(kept) / name for name in ("in", "out", "err"))
        for stream in streams:
            stream.write_text(answer if stream.name == "in" else "", encoding="utf-8")
        process = _forking.Process(target=_command, args=(arguments, folder, dict(environment), streams))
        process.start()
        process.join(patience)
        process.kill()
        process.join()
        assert process.exitcode is not None
        return process.exitcode, streams[1].read_text(encoding="utf-8"), streams[2].read_text(encoding="utf-8")


def _command(
    arguments: Sequence[str], folder: Path, environment: Mapping[str, str], streams: tuple[Path, Path, Path]
) -> None:
    """Be the command: in its folder, with its environment, its standard streams and its arguments."""
    for number, stream in enumerate(streams):
        opened = os.open(stream, os.O_RDONLY if number == 0 else os.O_WRONLY)
        os.dup2(opened, number)
        os.close(opened)
    sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115 - as the interpreter does
    sys.stdout = open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
    sys.stderr = open(2, "w", encoding="utf-8", errors="backslashreplace", closefd=False)  # noqa: SIM115
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = ["dispatcher", *arguments]
    from dispatcher import cli  # noqa: PLC0415 - the test that starts it has no need of it

    cli.main()
