"""The command line as such: help for every command, what a process loads, and the wheel."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import click
import pytest
from click.testing import CliRunner

from dispatcher.cli import dispatcher
from tests.patience import PATIENCE
from tests.smtp_server import SmtpServer
from tests.workspaces import NUMBER, Workspace, environment

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]


def _leaves(group: click.Group, *before: str) -> Iterator[tuple[str, ...]]:
    """Yield the words of every command, groups gone into."""
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from _leaves(command, *before, name)
        else:
            yield (*before, name)


COMMANDS = sorted(_leaves(dispatcher))


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_every_command_explains_itself(words: tuple[str, ...]) -> None:
    """`--help` of each command says what it does and shows an example that begins with this very command."""
    shown = CliRunner().invoke(dispatcher, [*words, "--help"], prog_name="dispatcher")

    assert 0 == shown.exit_code
    assert f"Usage: dispatcher {' '.join(words)}" in shown.output
    assert f"Example: dispatcher {' '.join(words)}" in shown.output


def test_the_verbs_of_the_office_are_there() -> None:
    """Every command that the main job needs can be called."""
    verbs = (
        "init check preview rehearse prepare approve send hold resume cancel status report escalate doctor demo"
    )
    assert set(verbs.split()) <= {words[0] for words in COMMANDS}


def _loaded(workspace: Workspace, arguments: list[str]) -> set[str]:
    """Run a command in a process of its own; return the names of all modules that were loaded at its end."""
    target = workspace.root / "loaded.txt"
    code = (
        "import atexit, pathlib, sys\n"
        f"atexit.register(lambda: pathlib.Path({str(target)!r}).write_text(' '.join(sys.modules)))\n"
        f"sys.argv = {['dispatcher', *arguments]!r}\n"
        "from dispatcher.cli import main\n"
        "main()\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", code],
        cwd=workspace.root, env=environment(), capture_output=True, text=True, timeout=PATIENCE, check=False,
    )  # fmt: skip
    assert 0 == ended.returncode, ended.stderr
    return set(target.read_text(encoding="utf-8").split())


def test_help_loads_next_to_nothing(fresh: Workspace) -> None:
    """`dispatcher --help` answers without the store, the sheets, the settings or the event loop."""
    loaded = _loaded(fresh, ["--help"])

    assert "click" in loaded
    assert not loaded & {
        "pandas",
        "openpyxl",
        "sqlalchemy",
        "pydantic",
        "jinja2",
        "aiosmtplib",
        "asyncio",
        "rich",
        "typst",
        "pyhanko",
        "cryptography",
    }


def test_status_loads_only_what_it_shows(ready: Workspace) -> None:
    """`status` is asked for often: it loads no sheets, templates, log, tables, migrations or SMTP."""
    loaded = _loaded(ready, ["status"])

    assert "sqlalchemy" in loaded
    assert not loaded & {
        "pandas",
        "openpyxl",
        "jinja2",
        "babel",
        "css_inline",
        "email_validator",
        "alembic",
        "typst",
        "pyhanko",
    }
    assert not loaded & {"aiosmtplib", "aiosmtpd", "structlog", "rich"}


def test_a_process_that_only_sends_reads_no_sheets(ready: Workspace) -> None:
    """`send` loads neither pandas, which reads sheets, nor what makes or signs PDFs."""
    with SmtpServer() as server:
        ready.hand_over_to(server.port)
        loaded = _loaded(ready, ["send", NUMBER])

    assert "aiosmtplib" in loaded
    assert not loaded & {
        "pandas",
        "python_calamine",
        "jinja2",
        "typst",
        "fontpkg_noto_sans_devanagari",
        "pyhanko",
        "alembic",
    }


def test_the_wheel_begins_a_workspace(tmp_path: Path) -> None:
    """The wheel holds all that `init` writes, the catalogs and the migrations; `init` and `check` run from it."""
    built = subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)],
        cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE, check=False,
    )  # fmt: skip
    assert 0 == built.returncode, built.stderr
    (wheel,) = tmp_path.glob("*.whl")
    installed = tmp_path / "installed"
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        archive.extractall(installed)

    def run(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-c", "from dispatcher.cli import main; main()", *arguments],
            cwd=cwd, env=environment(PYTHONPATH=str(installed)), capture_output=True, text=True,
            timeout=PATIENCE, check=False,
        )  # fmt: skip

    begun = run("init", "office", cwd=tmp_path)
    checked = run("check", NUMBER, "--json", cwd=tmp_path / "office")

    starter = "dispatcher/starter/"
    assert {
        f"{starter}config.yaml",
        f"{starter}outbox/10-SYS-WZU-2025/advisory.yaml",
        *(f"{starter}recipients/{path.name}" for path in (ROOT / "recipients").glob("*.xlsx")),
        *(f"{starter}{path.relative_to(ROOT).as_posix()}" for path in (ROOT / "templates").rglob("*.*")),
        *(path.relative_to(ROOT).as_posix() for path in (ROOT / "dispatcher" / "words").rglob("*.yaml")),
        *(path.relative_to(ROOT).as_posix() for path in (ROOT / "dispatcher").rglob("migrations/**/*.py")),
    } <= names
    assert (0, 0) == (begun.returncode, checked.returncode), begun.stderr + checked.stderr
    assert (ROOT / "config.yaml").read_bytes() == (tmp_path / "office" / "config.yaml").read_bytes()
