"""An office to measure with: the repository's own workspace with a short advisory and a long list."""

from __future__ import annotations

import csv
import os
import random
import shutil
import subprocess
import sys
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING

import yaml

from dispatcher.app import App
from dispatcher.config import load_settings
from dispatcher.model import slug_of
from dispatcher.outbox.preparing import prepare
from dispatcher.session import acting_officer
from dispatcher.words import catalog
from dispatcher.workspace import begin

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parent.parent
SAMPLE = Path(__file__).with_name("sample")
PDF_BYTES = 153_600
AUDIENCE = "commissioners"
LIST = 150_000
"""Recipients of one audience and its sheet at most: a longer sheet is refused."""


@dataclass(frozen=True, slots=True)
class Office:
    """A workspace made for measuring."""

    root: Path
    slug: str
    recipients: int

    @property
    def advisory(self) -> Path:
        """The folder of its advisory."""
        return self.root / "outbox" / self.slug

    @property
    def store(self) -> Path:
        """The file of its outbox."""
        return self.root / "outbox" / "outbox.db"

    def command(self, *words: str) -> list[str]:
        """Return the command line of `dispatcher` for it, as a user runs it."""
        return [dispatcher(), "--config", str(self.root), *words]

    def run(self, *words: str) -> None:
        """Run a command outside the clock; an error ends the benchmark with what it said."""
        done = subprocess.run(self.command(*words), check=False, capture_output=True, text=True, env=environment())
        if done.returncode:
            raise SystemExit(
                f"dispatcher {' '.join(words)} failed ({done.returncode}):\n{done.stdout}{done.stderr}"
            )

    def prepare_without_document(self) -> None:
        """Prepare as the command does, but for the official document: peers are given messages without it."""
        app = App(load_settings(self.root / "config.yaml"))
        draft, _imports = app.issuing.draft(self.slug, {})
        with app.store() as database:
            prepare(database, draft, made_by=acting_officer(), now=datetime.now(UTC))

    def copy(self, target: Path) -> Office:
        """Return the same office in another folder."""
        shutil.copytree(self.root, target)
        return Office(target, self.slug, self.recipients)


def found(root: Path, recipients: int, *, attached: bool = False, late_policy: str = "send_in_effect") -> Office:
    """Begin a workspace in `root` with so many invented commissioners; `attached`: with a PDF of 150 kB."""
    begin(root)
    shutil.copytree(SAMPLE / "templates", root / "templates", dirs_exist_ok=True)
    now = datetime.now(UTC)
    office = Office(root, slug_of(f"1/SYS/WZU/{now:%Y}"), recipients)
    office.advisory.mkdir()
    values = {
        "year": f"{now:%Y}",
        "date": f"{now:%Y-%m-%d}",
        "effective_at": f"{now + timedelta(days=2):%Y-%m-%dT%H:00}+00:00",
        "late_policy": late_policy,
        "enclosures": "notice.pdf" if attached else "",
    }
    text = Template((SAMPLE / "advisory.yaml").read_text("utf-8").split("\n", 1)[1]).substitute(values)
    names = _audiences(recipients)
    (office.advisory / "advisory.yaml").write_text(_addressed_to(names, text), "utf-8")
    if attached:
        (office.advisory / "notice.pdf").write_bytes(b"%PDF-1.7\n" + random.Random(8).randbytes(PDF_BYTES - 9))
    for place, name in enumerate(names):
        numbers = range(place * LIST, min((place + 1) * LIST, recipients))
        _write_sheet(root / "recipients" / f"{name}.csv", numbers)
    _write_settings(root / "config.yaml", names, recipients)
    return office


def environment(**settings: str) -> dict[str, str]:
    """Return the environment of a command: nothing of the user's own settings, and these."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("DISPATCHER_")}
    return own | settings


def dispatcher() -> str:
    """Return the installed command."""
    return str(Path(sys.executable).with_name("dispatcher"))


def _audiences(recipients: int) -> list[str]:
    """Return the names of as many audiences as so many recipients need."""
    return [AUDIENCE, *(f"{AUDIENCE}-{place}" for place in range(2, -(-recipients // LIST) + 1))]


def _addressed_to(names: list[str], text: str) -> str:
    """Return the advisory with a line of its "To" list for each audience."""
    before, line, after = text.partition(f"  - audience: {AUDIENCE}\n")
    body, rest, end = after.partition("enclosures:")
    lines = (line.replace(AUDIENCE, name) + body for name in names)
    return before + "".join(lines) + rest + end


def _write_settings(path: Path, names: list[str], recipients: int) -> None:
    settings = yaml.safe_load(path.read_text("utf-8"))
    settings["audiences"] = {
        name: {"sheet": f"recipients/{name}.csv", "part": "to", "note": AUDIENCE} for name in names
    }
    settings["approval"]["self_approval"] = True
    settings["guard"]["max_recipients"] = max(recipients, 1)
    settings["relay"]["rate_per_minute"] = None
    path.write_text(yaml.safe_dump(settings, allow_unicode=True), "utf-8")


def _write_sheet(path: Path, numbers: range) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(_rows(numbers))


def _rows(numbers: range) -> Iterator[list[str | int]]:
    hindi = next(word for word in catalog("headings")["fields"]["designation"] if not word.isascii())
    places = [place["name"] for place in catalog("places")["places"]][:9]
    yield ["S.No.", "ICT", hindi, "Designation", "E-mail"]
    for number in numbers:
        place = places[number % len(places)]
        yield [
            number + 1,
            place["en"],
            f"{hindi}, {place['hi']} {number}",
            f"Commissioner of Customs {number}",
            f"commissioner-{number}@customs.example",
        ]
