"""Workspaces on disk and the command line run in them as a process of its own, as an office does."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import openpyxl
import yaml

from tests.forked_commands import run_forked
from tests.patience import PATIENCE
from tests.smtp_server import HOST

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

DISPATCHER = str(Path(sys.executable).with_name("dispatcher"))
REPOSITORY = Path(__file__).parents[1]
SLUG = "10-SYS-WZU-2025"
NUMBER = "10/SYS/WZU/2025"


def acting_as(officer: str) -> list[str]:
    """Return the command by which an officer acts who has no account on this computer (tests/acting.py)."""
    return [sys.executable, "-m", "tests.acting", officer]


def environment(**changes: str) -> dict[str, str]:
    """Return the environment of this process without what would change a workspace's settings."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("DISPATCHER_")}
    return {**kept, **changes}


@dataclass(frozen=True)
class Ended:
    """A command that has ended: its exit code, what it said, and what it said beside it."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """What it said, as JSON."""
        return json.loads(self.out)


@dataclass(frozen=True)
class Workspace:
    """A workspace below a folder."""

    root: Path

    def run(self, *arguments: str, answer: str = "", officer: str | None = None, **changes: str) -> Ended:
        """Run a command to its end, as `officer` where one is named; `changes` are those of the environment."""
        if officer:
            return self._execute([*acting_as(officer), *arguments], answer, PYTHONPATH=str(REPOSITORY), **changes)
        ended = run_forked(
            arguments, folder=self.root, environment=environment(**changes), answer=answer, patience=PATIENCE
        )
        return Ended(*ended)

    def run_installed(self, *arguments: str, answer: str = "", **changes: str) -> Ended:
        """Run a command to its end by the program that a user starts."""
        return self._execute([DISPATCHER, *arguments], answer, **changes)

    def _execute(self, command: Sequence[str], answer: str, **changes: str) -> Ended:
        ended = subprocess.run(
            command,
            cwd=self.root,
            env=environment(**changes),
            input=answer,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
        return Ended(ended.returncode, ended.stdout, ended.stderr)

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """Start a command and leave it running; the caller ends it."""
        return subprocess.Popen(
            [DISPATCHER, *arguments],
            cwd=self.root,
            env=environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    @property
    def config(self) -> Path:
        """Its settings."""
        return self.root / "config.yaml"

    @property
    def advisory(self) -> Path:
        """The sample advisory."""
        return self.root / "outbox" / SLUG / "advisory.yaml"

    def configure(self, **sections: Mapping[str, Any]) -> None:
        """Change keys of sections of config.yaml."""
        settings = yaml.safe_load(self.config.read_text(encoding="utf-8"))
        for section, keys in sections.items():
            settings[section] |= keys
        self.config.write_text(yaml.safe_dump(settings, allow_unicode=True, sort_keys=False), encoding="utf-8")

    def hand_over_to(self, port: int, **relay: Any) -> None:
        """Set the relay to a port of this machine; no limit of pace and short timeouts unless `relay` says so."""
        timeouts = {"connect": 2, "command": 5, "content": 20}
        usual = {"host": HOST, "port": port, "rate_per_minute": None, "timeouts": timeouts}
        self.configure(relay=usual | relay)

    def change(self, old: str, new: str) -> None:
        """Change the text of the advisory, in every place where `old` stands."""
        text = self.advisory.read_text(encoding="utf-8")
        assert old in text
        self.advisory.write_text(text.replace(old, new), encoding="utf-8")

    def put_off(self, **clocks: timedelta) -> None:
        """Move clocks of the advisory to so long from now, as an officer would: one line each."""
        text = self.advisory.read_text(encoding="utf-8")
        for name, ahead in clocks.items():
            moment = (datetime.now(UTC) + ahead).isoformat(timespec="minutes")
            text, count = re.subn(rf"(?m)^{name}: \S+", f"{name}: {moment}", text)
            assert count == 1
        self.advisory.write_text(text, encoding="utf-8")

    def add_commissioners(self, count: int) -> list[str]:
        """Add rows to the sheet of the commissioners; return their addresses."""
        path = self.root / "recipients" / "commissioners.xlsx"
        book = openpyxl.load_workbook(path)
        tab = book.worksheets[0]
        added = [f"post-{n:04}@customs.example" for n in range(count)]
        for n, address in enumerate(added, start=100):
            tab.append([n, "Mumbai", "आयुक्त, सीमा शुल्क", "Commissioner of Customs", address, None, None, None])
        book.save(path)
        return added

    def make_ready(self, *, commissioners: int) -> None:
        """Bring the sample advisory to an approved release, its hour three days ahead."""
        self.add_commissioners(commissioners)
        self.configure(approval={"self_approval": True})
        hour, end = timedelta(days=3), timedelta(days=10)
        self.put_off(effective_at=hour, notify_before=hour, useful_until=end)
        for verb in ("prepare", "approve"):
            ended = self.run(verb, NUMBER)
            assert 0 == ended.code, ended.err


def copy(workspace: Workspace, target: Path) -> Workspace:
    """Return a copy of a workspace, in a folder below `target`."""
    return Workspace(shutil.copytree(workspace.root, target / "office"))


def begin_withdrawal(workspace: Workspace, number: str, *, target: str, dated: str = "12.08.2025") -> Path:
    """Begin a withdrawal by `new`, write what it leaves open, and return its file."""
    options = ("--target", target, "--target-date", dated, "--number", number, "--date", "2025-08-12")
    began = workspace.run("new", "withdrawal", *options)
    assert 0 == began.code, began.err
    return fill_in(workspace, number)


def fill_in(workspace: Workspace, number: str) -> Path:
    """Write something wherever an advisory that `new` began leaves a place open; return its file."""
    file = workspace.root / "outbox" / number.replace("/", "-") / "advisory.yaml"

    def written(place: re.Match[str]) -> str:
        return "कारण" if re.search("[\u0900-\u097f]", place[0]) else "reason"

    text = re.sub(r"<<[^<> ][^<>]*>>", written, file.read_text(encoding="utf-8"))
    file.write_text(text, encoding="utf-8")
    return file


def fill_in_corrigendum(workspace: Workspace) -> None:
    """Write what `revise --as corrigendum` leaves open."""
    text = workspace.advisory.read_text(encoding="utf-8")
    named = ["पत्रशीर्ष (हिंदी) में", "the letterhead (Hindi)", "फैक्स संख्या", "the fax number"]
    answers = iter([*named, "022-220825148", "022-220825148", "022-20825148", "022-20825148"])
    workspace.advisory.write_text(re.sub(r"<<[^<> ][^<>]*>>", lambda _: next(answers), text), encoding="utf-8")
