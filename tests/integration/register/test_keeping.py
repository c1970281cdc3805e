"""The register kept beside an advisory: a workbook up to a limit, above it csv; written whole or not at all."""

from __future__ import annotations

import csv
import io
import json
import os
import stat
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import openpyxl
import pytest

from dispatcher.outbox.states import DeliveryState
from dispatcher.register.keeping import keep_register
from dispatcher.register.rows import ATTEMPT_COLUMNS, COLUMNS, bilingual
from dispatcher.words import catalog
from tests.outboxes import ACCEPTED, DEAD, GREYLISTED, NOW, Outbox, fresh_store

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

A, B, C = (f"{name}@customs.example" for name in "abc")
D = DeliveryState
KOLKATA = ZoneInfo("Asia/Kolkata")
SLUG = "10-SYS-WZU-2025"
FORMULA = '=HYPERLINK("https://x.example","y")'


@pytest.fixture
def outbox(tmp_path: Path) -> Iterator[Outbox]:
    """Give a release of three: accepted on the second try, refused, waiting; the post of the last is a formula."""
    outbox = Outbox(fresh_store(tmp_path))
    outbox.add_release(A, B, C)
    first = outbox.lease()
    outbox.commit(outbox.outcome(first, A, D.DEFERRED, reply=GREYLISTED, intended=False, next_at=NOW + 9))
    outbox.commit(outbox.intent(first, B), outbox.outcome(first, B, D.FAILED, reply=DEAD))
    again = outbox.lease(now=NOW + 9)
    outbox.commit(outbox.intent(again, A, n=2, at=NOW + 9))
    outbox.commit(outbox.outcome(again, A, D.ACCEPTED, n=2, reply=ACCEPTED, at=NOW + 10))
    for lease in (first, again):
        outbox.give_back(lease)
    told = json.loads(outbox.row(C).recipient) | {"designation": {"en": FORMULA}}
    outbox.put(C, recipient=json.dumps(told))
    yield outbox
    outbox.database.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return the folder of the advisory, empty."""
    folder = tmp_path / SLUG
    folder.mkdir()
    return folder


def _keep(outbox: Outbox, folder: Path, *, limit: int, marked: str | None = None) -> Path:
    return keep_register(outbox.database, SLUG, folder, zone=KOLKATA, marked=marked, limit=limit)


def _names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def _csv(path: Path) -> list[list[str]]:
    return list(csv.reader(io.StringIO(path.read_text("utf-8-sig"), newline="")))


def _tabs(path: Path) -> list[list[list[str]]]:
    """Return the lines of each tab as a csv has them: names first, states by their names."""
    states = {bilingual(words): state for state, words in catalog("register")["states"].items()}
    lines = [
        [["" if cell is None else states.get(str(cell), str(cell)) for cell in row] for row in tab.values]
        for tab in openpyxl.load_workbook(path).worksheets
    ]
    return [[names, *rows] for _title, names, _headings, *rows in lines]


def test_the_limit_has_two_sides(outbox: Outbox, folder: Path) -> None:
    """Three deliveries are a workbook where three are allowed, and two csv files where only two are."""
    within = _keep(outbox, folder, limit=3)
    before = _names(folder)
    above = _keep(outbox, folder, limit=2)

    assert (folder / "register.xlsx", ["register.xlsx"]) == (within, before)
    assert (folder / "register.csv", ["attempts.csv", "register.csv"]) == (above, _names(folder))


def test_csv_and_workbook_hold_the_same(outbox: Outbox, folder: Path) -> None:
    """Every cell of register and log is the same in both, a formula defused in the same way."""
    register, log = _tabs(_keep(outbox, folder, limit=3))
    _keep(outbox, folder, limit=2)

    assert register == _csv(folder / "register.csv")
    assert log == _csv(folder / "attempts.csv")
    assert [list(COLUMNS), A, B, C] == [register[0], *(row[3] for row in register[1:])]
    assert [list(ATTEMPT_COLUMNS), B, A, A] == [log[0], *(row[0] for row in log[1:])]
    assert f"'{FORMULA}" == register[3][COLUMNS.index("designation")]
    assert (folder / "attempts.csv").read_bytes().startswith(b"\xef\xbb\xbf")


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such modes")
def test_only_the_owner_reads_them(outbox: Outbox, folder: Path) -> None:
    """The csv files name who was told, as the workbook does: nobody else reads them."""
    _keep(outbox, folder, limit=2)

    assert {0o600} == {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()}


def test_a_long_rehearsal_is_marked_by_its_names(outbox: Outbox, folder: Path) -> None:
    """A csv has no title: that it is of a rehearsal stands in its name."""
    _keep(outbox, folder, limit=2, marked="REHEARSAL")

    assert ["attempts-REHEARSAL.csv", "register-REHEARSAL.csv"] == _names(folder)


@pytest.mark.parametrize("limit", [2, 3])
@pytest.mark.parametrize("unreadable", ["a delivery", "an attempt"])
def test_what_cannot_be_read_to_the_end_leaves_the_old_files(
    outbox: Outbox, folder: Path, limit: int, unreadable: str
) -> None:
    """When the store fails while the register is written, the one before stays, with nothing half-made beside."""
    for name in ("register.xlsx", "register.csv", "attempts.csv"):
        (folder / name).write_bytes(b"old")
    if unreadable == "a delivery":
        outbox.put(C, recipient="damaged")
    else:
        with outbox.database.writing() as connection:
            connection.exec_driver_sql("UPDATE attempt SET started_at = 'damaged'")
    with pytest.raises((ValueError, TypeError)):
        _keep(outbox, folder, limit=limit)

    assert ["attempts.csv", "register.csv", "register.xlsx"] == _names(folder)
    assert {b"old"} == {path.read_bytes() for path in folder.iterdir()}


@pytest.mark.parametrize("limit", [2, 3])
def test_a_full_disk_leaves_the_old_files(
    outbox: Outbox, folder: Path, monkeypatch: pytest.MonkeyPatch, limit: int
) -> None:
    """When the file cannot be made durable, no old one gave way to it."""
    _keep(outbox, folder, limit=3)
    old = (folder / "register.xlsx").read_bytes()

    def full(_: int) -> None:
        raise OSError("the disk is full")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="the disk is full"):
        _keep(outbox, folder, limit=limit)

    assert ["register.xlsx"] == _names(folder)
    assert old == (folder / "register.xlsx").read_bytes()


def test_both_files_are_of_one_moment(outbox: Outbox, folder: Path) -> None:
    """They are written anew from the store: what came since stands in both."""
    _keep(outbox, folder, limit=2)
    outbox.attempt(C, D.ACCEPTED, now=NOW + 99)
    _keep(outbox, folder, limit=2)

    assert "accepted" == _csv(folder / "register.csv")[3][COLUMNS.index("state")]
    assert [B, A, A, C] == [row[0] for row in _csv(folder / "attempts.csv")[1:]]
