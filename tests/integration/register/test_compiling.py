"""The register and the standing of an advisory, compiled from a real store."""

from __future__ import annotations

import csv
import gc
import io
import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import openpyxl
import pytest
import sqlalchemy as sa
from openpyxl.cell import Cell

from dispatcher.errors import NothingPrepared, Refused
from dispatcher.outbox import reading
from dispatcher.outbox.publication import record_look
from dispatcher.outbox.records import DeliveryRecord, Look
from dispatcher.outbox.schema import attempt
from dispatcher.outbox.states import DeliveryState, ReleaseState
from dispatcher.register.compiling import register_of, report
from dispatcher.register.keeping import keep_untold
from dispatcher.register.rows import COLUMNS
from dispatcher.register.standing import deliveries_of, statuses, summary_of
from dispatcher.register.workbooks import write_xlsx
from tests.outboxes import ACCEPTED, GREYLISTED, MOMENT, NOW, Outbox, fresh_store

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from dispatcher.register.rows import RegisterRow

A, B, C, E = (f"{name}@customs.example" for name in "abce")
D = DeliveryState
KOLKATA = ZoneInfo("Asia/Kolkata")
SLUG = "10-SYS-WZU-2025"


@pytest.fixture
def outbox(tmp_path: Path) -> Iterator[Outbox]:
    """Give an advisory with two releases: one tried twice, one accepted, one waiting; one added later."""
    outbox = Outbox(fresh_store(tmp_path))
    outbox.add_release(A, B, C)
    lease = outbox.lease()
    outbox.commit(outbox.outcome(lease, A, D.DEFERRED, reply=GREYLISTED, intended=False, next_at=NOW + 330))
    outbox.commit(outbox.intent(lease, B))
    outbox.commit(outbox.outcome(lease, B, D.ACCEPTED, reply=ACCEPTED))
    outbox.give_back(lease)
    outbox.add_release(E, state=ReleaseState.PREPARED)
    yield outbox
    outbox.database.close()


def _compiled(outbox: Outbox, form: str, slug: str = SLUG, **options: Any) -> bytes:
    file = io.BytesIO()
    report(outbox.database, slug, form, file, zone=KOLKATA, **options)
    return file.getvalue()


def _rows(outbox: Outbox) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(_compiled(outbox, "json"))
    return found


def test_every_delivery_of_every_release_is_a_line(outbox: Outbox) -> None:
    """The register is of the advisory: whoever was added later stands behind the others."""
    assert [A, B, C, E] == [row["address"] for row in _rows(outbox)]
    assert [A, B, C, E] == [one.address for one in deliveries_of(outbox.database, SLUG)]


def test_lines_tell_what_the_outbox_knows(outbox: Outbox) -> None:
    """State, tries, the relay's words and the times in the office's zone are those of the store."""
    first, second, third, _ = _rows(outbox)

    assert ("deferred", 1, 451, "4.7.1", "Greylisted", None) == tuple(
        first[key] for key in ("state", "attempts", "last_code", "last_enhanced", "last_reply", "accepted_at")
    )
    assert ("accepted", 250, "2025-08-12T17:30:00+05:30", "2025-08-12T17:30:01+05:30") == tuple(
        second[key] for key in ("state", "last_code", "first_attempt_at", "accepted_at")
    )
    assert ("queued", 0, None, None) == tuple(
        third[key] for key in ("state", "attempts", "last_code", "first_attempt_at")
    )
    assert f"<{outbox.row(A).id.hex()}@customs.example>" == first["message_id"]


def test_all_forms_tell_the_same(outbox: Outbox) -> None:
    """csv, json and workbook have the same columns in the same order, and the same addresses."""
    lines = list(csv.DictReader(io.StringIO(_compiled(outbox, "csv").decode("utf-8-sig"))))
    book = openpyxl.load_workbook(io.BytesIO(_compiled(outbox, "xlsx")))
    cells = [str(cell.value) for row in book.worksheets[0].iter_rows() for cell in row if cell.value is not None]

    assert list(COLUMNS) == list(lines[0]) == list(_rows(outbox)[0])
    assert (
        [A, B, C, E]
        == [line["address"] for line in lines]
        == [cell for cell in cells if "@" in cell and cell[0] != "<"]
    )


def test_workbook_holds_the_delivery_log(outbox: Outbox) -> None:
    """A second tab has a line for each attempt, with its recipient's address."""
    book = openpyxl.load_workbook(io.BytesIO(_compiled(outbox, "xlsx")))
    log = [
        [cell for cell in row if cell in {A, B, C, E}] for row in book.worksheets[1].iter_rows(values_only=True)
    ]

    assert [[B], [A]] == [row for row in log if row]


def test_a_workbook_above_the_limit_is_refused_and_the_csv_named(outbox: Outbox) -> None:
    """Four deliveries are a workbook where four are allowed; where three are, csv is named instead."""
    file = io.BytesIO()
    with pytest.raises(Refused, match=r"more than 3 deliveries.*--format csv"):
        report(outbox.database, SLUG, "xlsx", file, zone=KOLKATA, limit=3)

    assert b"" == file.getvalue()
    assert _compiled(outbox, "xlsx", limit=4)
    assert 5 == len(_compiled(outbox, "csv", limit=3).splitlines())
    assert 4 == len(json.loads(_compiled(outbox, "json", limit=3)))


@pytest.mark.parametrize(("more", "fits"), [(38, True), (39, False)])
def test_a_workbook_has_not_very_many_tries(outbox: Outbox, more: int, fits: bool) -> None:  # noqa: FBT001 - of the table
    """With ten tries of each delivery it is a workbook still; with one more its log is too long for it."""
    (tried, *_) = outbox.rows(attempt)
    with outbox.database.writing() as connection:
        connection.execute(sa.insert(attempt), [tried._asdict() | {"n": 2 + n} for n in range(more)])
    with register_of(outbox.database, SLUG, zone=KOLKATA) as register:
        assert (2 + more, fits) == (len(list(register.attempts())), register.fits(4))


def _in_memory() -> int:
    return sum(isinstance(each, DeliveryRecord) for each in gc.get_objects())


class _Watching(io.BytesIO):
    """A file that looks, now and then, how many deliveries are in memory while it is written."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[int] = []
        self._next = 0

    def write(self, content: Any) -> int:
        if self.tell() >= self._next:
            self._next += 50_000
            self.seen.append(_in_memory())
        return super().write(content)


@pytest.fixture
def long(tmp_path: Path) -> Iterator[Outbox]:
    """Give a release of 3,000."""
    outbox = Outbox(fresh_store(tmp_path))
    outbox.add_release(*(f"post-{n}@customs.example" for n in range(3000)))
    gc.collect()
    yield outbox
    outbox.database.close()


@pytest.mark.parametrize("form", ["csv", "json"])
def test_lines_are_read_from_the_store_as_they_are_written(long: Outbox, form: str) -> None:
    """However long the register is, no more than one or two of its deliveries are in memory at any time."""
    before, file = _in_memory(), _Watching()
    report(long.database, SLUG, form, file, zone=KOLKATA)

    assert 3000 == file.getvalue().count(b"<") == file.getvalue().count(b">")
    assert len(file.seen) > 3
    assert max(file.seen) <= before + 2


def test_lines_of_a_workbook_are_made_as_they_are_read(long: Outbox) -> None:
    """Neither its deliveries nor its cells are kept until all are there."""
    seen = []

    def watched(rows: Iterator[RegisterRow]) -> Iterator[RegisterRow]:
        for number, row in enumerate(rows):
            if number % 500 == 0:
                seen.append(sum(isinstance(each, (DeliveryRecord, Cell)) for each in gc.get_objects()))
            yield row

    with register_of(long.database, SLUG, zone=KOLKATA) as register:
        write_xlsx(io.BytesIO(), watched(register.rows()), attempts=register.attempts(), title=SLUG)

    assert 6 == len(seen)
    assert max(seen) <= min(seen) + 2


def test_the_summary_names_the_first_and_counts_all(outbox: Outbox) -> None:
    """It holds the counts of every delivery and the first of those not told, in the order of the sheets."""
    summary = summary_of(outbox.database, SLUG, named=2)
    everybody = summary_of(outbox.database, SLUG)
    nothing = summary_of(outbox.database, "11-SYS-WZU-2025")

    assert {D.QUEUED: 2, D.DEFERRED: 1, D.ACCEPTED: 1} == summary.states
    assert ([A, C], [A, C, E]) == tuple([one.address for one in each.untold] for each in (summary, everybody))
    assert (3, 0) == (summary.untold_count, summary.replaced)
    assert (MOMENT, MOMENT + timedelta(seconds=1)) == (summary.first_attempt_at, summary.last_accepted_at)
    assert ({}, (), 0) == (nothing.states, nothing.untold, nothing.untold_count)


def test_the_summary_counts_an_address_once(tmp_path: Path) -> None:
    """What was cancelled with its release, or failed and was prepared anew, is counted apart."""
    fresh = Outbox(fresh_store(tmp_path))
    fresh.add_release(E, state=ReleaseState.APPROVED)
    fresh.cancel()
    fresh.add_release(A, B)
    fresh.put(A, state="failed")
    fresh.add_release(A)
    summary = summary_of(fresh.database, SLUG)

    assert ({D.QUEUED: 2}, 2) == (summary.states, summary.replaced)
    assert {"commissioners": {D.QUEUED: 2}} == summary.audiences
    assert [B, A] == [one.address for one in summary.untold]


@pytest.mark.parametrize("form", ["json", "csv", "xlsx"])
def test_an_advisory_without_a_release_has_no_register(outbox: Outbox, form: str) -> None:
    """Before the first release it is refused in every form: an empty register would look like nobody left."""
    with pytest.raises(NothingPrepared, match="11-SYS-WZU-2025: nothing has been prepared yet"):
        _compiled(outbox, form, slug="11-SYS-WZU-2025")


def test_status_of_each_release(outbox: Outbox) -> None:
    """Each release has its states and its own forecast, made from what waits; they share the pace."""
    sending, prepared = statuses(
        outbox.database, SLUG, rate_per_minute=60, now=MOMENT + timedelta(seconds=10), zone=KOLKATA
    )

    assert {D.QUEUED: 1, D.DEFERRED: 1, D.ACCEPTED: 1} == sending.states
    assert {D.QUEUED: 1} == prepared.states
    assert (ReleaseState.SENDING, ReleaseState.PREPARED) == (sending.release_state, prepared.release_state)
    assert MOMENT + timedelta(seconds=331) == sending.finishes_at, "the deferred one, and a second for it"
    assert MOMENT + timedelta(seconds=12) == prepared.finishes_at
    assert (0, timedelta(days=1) - timedelta(seconds=10)) == (sending.forecast.late, sending.time_left)


def test_status_counts_who_will_be_late(outbox: Outbox) -> None:
    """At too slow a pace the forecast says how many miss the hour."""
    (sending, _) = statuses(
        outbox.database,
        None,
        rate_per_minute=1,
        now=MOMENT + timedelta(days=1, minutes=-1, seconds=-30),
        zone=KOLKATA,
    )

    assert (1, 2) == (sending.forecast.late, sending.forecast.waiting)


def test_status_of_another_advisory(outbox: Outbox) -> None:
    """An advisory without a release has no status."""
    assert [] == statuses(outbox.database, "11-SYS-WZU-2025", rate_per_minute=None, now=MOMENT, zone=KOLKATA)


UNTOLD = (
    "10/SYS/WZU/2025: जिन्हें 12.08.2025, 17:30 बजे (भा.मा.स.) तक सूचना नहीं पहुँची (2); "
    "13.08.2025, 17:30 बजे (भा.मा.स.) से पहले सूचित किया जाना है"
    " / not told yet as of 12.08.2025 17:30 IST (2); to be told before 13.08.2025 17:30 IST"
)
NOBODY = (
    "10/SYS/WZU/2025: 12.08.2025, 17:30 बजे (भा.मा.स.) तक सभी को सूचना पहुँच चुकी है / "
    "everybody is told as of 12.08.2025 17:30 IST"
)


@pytest.mark.parametrize(("left", "title"), [(2, UNTOLD), (0, NOBODY)])
def test_the_telephone_list_says_as_of_when_and_before_which_hour(
    outbox: Outbox, tmp_path: Path, left: int, title: str
) -> None:
    """Its first line tells in both languages how many are left, as of when, and the hour; or that nobody is."""
    with outbox.database.reading() as connection:
        deliveries = reading.untold(connection, [1])[:left]
    file = tmp_path / "escalation.xlsx"
    keep_untold(outbox.record(), iter(deliveries), file, now=MOMENT, zone=KOLKATA, marked=None)
    (sheet,) = openpyxl.load_workbook(file).worksheets

    assert title == sheet["A1"].value
    assert left == sheet.max_row - 3


def test_status_goes_by_what_the_relay_was_seen_to_take(outbox: Outbox) -> None:
    """Where the newest acceptances came slower than the pace of the settings, the forecast goes by them."""
    posts = [f"post-{n}@customs.example" for n in range(11)]
    outbox.add_release(*posts)
    lease = outbox.lease()
    for n, post in enumerate(posts[:10]):
        outbox.commit(outbox.intent(lease, post))
        outbox.commit(outbox.outcome(lease, post, D.ACCEPTED, reply=ACCEPTED, at=NOW + 10 * n))
    seen = statuses(outbox.database, SLUG, rate_per_minute=600, now=MOMENT + timedelta(seconds=100), zone=KOLKATA)

    rates = {(one.forecast.rate.measured, round(one.forecast.rate.per_minute or 0, 2)) for one in seen}

    assert {(True, round(60 * 10 / 90, 2))} == rates, "with that of B, 11 acceptances in 90 seconds"


@pytest.mark.parametrize("state", [ReleaseState.PREPARED, ReleaseState.CANCELLED])
def test_a_revision_that_is_not_out_hides_no_publication(outbox: Outbox, state: ReleaseState) -> None:
    """The title tells what was found of the newest revision in force, not of one that waits or was cancelled."""
    look = Look(pages=("https://eccs.example/",), languages={"en": True}, faults=(), document="ab")
    record_look(outbox.database, outbox.record(), look, by="asha", now=MOMENT)
    outbox.add_release(A, state=state, revision=1)
    title = openpyxl.load_workbook(io.BytesIO(_compiled(outbox, "xlsx"))).worksheets[0]["A1"].value

    assert "website: confirmed" in title
