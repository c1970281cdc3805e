"""The register as csv and json, read back by other readers; no cell of it, nor of a workbook, is a formula."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from dispatcher.register.exports import FORMULA_STARTS, neutral, write_csv, write_json
from dispatcher.register.rows import ATTEMPT_COLUMNS, COLUMNS, RegisterRow, attempt_rows, register_rows
from dispatcher.register.workbooks import write_xlsx

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from dispatcher.outbox.records import AttemptRecord, DeliveryRecord
    from dispatcher.register.rows import AttemptRow

IST = ZoneInfo("Asia/Kolkata")


def _csv(rows: Iterable[RegisterRow | AttemptRow], columns: Sequence[str] = COLUMNS) -> list[dict[str, str]]:
    file = io.BytesIO()
    write_csv(file, rows, columns=columns)
    return list(csv.DictReader(io.StringIO(file.getvalue().decode("utf-8-sig"), newline="")))


def _json(rows: Iterable[RegisterRow]) -> bytes:
    file = io.BytesIO()
    write_json(file, rows)
    return file.getvalue()


@pytest.fixture
def rows(delivery: Callable[..., DeliveryRecord]) -> list[RegisterRow]:
    """Return the lines of a delivery with a reply and one without."""
    two = [delivery(), delivery(address="b@c.example", last_reply=None, accepted_at=None)]
    return list(register_rows(two, zone=IST))


def test_csv_reads_back(rows: list[RegisterRow]) -> None:
    """The csv has the contract's header, a line for each delivery and a byte order mark for Excel."""
    file = io.BytesIO()
    write_csv(file, rows)
    read = _csv(rows)

    assert file.getvalue().startswith(b"\xef\xbb\xbf")
    assert list(COLUMNS) == list(read[0])
    assert ("accepted", "2", "250", "अभिरक्षक / Custodian") == (
        read[0]["state"],
        read[0]["attempts"],
        read[0]["last_code"],
        read[0]["designation"],
    )
    assert ("", "") == (read[1]["last_code"], read[1]["accepted_at"])


def test_json_reads_back(rows: list[RegisterRow]) -> None:
    """The json has the same columns; what is not known is null and Hindi is readable."""
    content = _json(rows)
    read = json.loads(content)

    assert list(COLUMNS) == list(read[0])
    assert ("accepted", 2, 250) == (read[0]["state"], read[0]["attempts"], read[0]["last_code"])
    assert read[1]["last_code"] is None
    assert "अभिरक्षक".encode() in content


def test_json_of_nothing_is_an_empty_list() -> None:
    """Before the first release the json is a list all the same."""
    assert [] == json.loads(_json([]))


def test_json_is_indented_as_json_writes_it(delivery: Callable[..., DeliveryRecord]) -> None:
    """What is written row by row reads as if it had been written at once, line breaks in a reply included."""
    rows = list(register_rows([delivery(), delivery(last_reply=None, detail="two\nlines")], zone=IST))
    at_once = json.dumps([row._asdict() for row in rows], ensure_ascii=False, indent=1)

    assert f"{at_once}\n" == _json(rows).decode()


def test_the_log_of_attempts_reads_back(attempt: Callable[..., AttemptRecord]) -> None:
    """The log has its own columns, an address on each line, and no formula either."""
    (line,) = _csv(attempt_rows([attempt(address="a@b.example", relay="=1+1")], zone=IST), ATTEMPT_COLUMNS)

    assert list(ATTEMPT_COLUMNS) == list(line)
    assert ("a@b.example", "451", "'=1+1") == (line["address"], line["code"], line["relay"])


@pytest.mark.parametrize("write", [write_csv, write_json])
def test_a_row_is_written_before_many_more_are_asked_for(
    delivery: Callable[..., DeliveryRecord], write: Callable[[io.BytesIO, Iterator[RegisterRow]], None]
) -> None:
    """However many rows there are, those not yet in the file are few: less than what a buffer holds."""
    (row,) = register_rows([delivery()], zone=IST)
    file, behind = io.BytesIO(), []

    def rows() -> Iterator[RegisterRow]:
        for asked in range(1000):
            behind.append(asked * len(row.message_id) - file.tell())
            yield row

    write(file, rows())

    assert 1000 == len(behind)
    assert max(behind) < 20_000


@pytest.mark.parametrize("write", [write_csv, write_json])
def test_a_failure_leaves_the_file_to_its_owner(
    delivery: Callable[..., DeliveryRecord], write: Callable[[io.BytesIO, Iterator[RegisterRow]], None]
) -> None:
    """When the store fails half-way the error comes through, and the file is still open to be thrown away."""
    file = io.BytesIO()

    def rows() -> Iterator[RegisterRow]:
        yield from register_rows([delivery()], zone=IST)
        raise OSError("the disk is gone")

    with pytest.raises(OSError, match="the disk is gone"):
        write(file, rows())

    assert not file.closed


@pytest.mark.parametrize("start", [*FORMULA_STARTS, " =", "\u00a0+", " \t-"])
def test_a_formula_is_neutralised(delivery: Callable[..., DeliveryRecord], start: str) -> None:
    """A designation from a sheet that would be a formula is text, in csv and xlsx alike."""
    risky = f'{start}HYPERLINK("https://x.example","y")'
    rows = list(register_rows([delivery(designation={"hi": risky, "en": risky})], zone=IST))
    (line,) = _csv(rows)
    file = io.BytesIO()
    write_xlsx(file, rows, attempts=[], title="10/SYS/WZU/2025")
    cell = load_workbook(file).worksheets[0]["C4"]

    assert f"'{risky}" == line["designation"]
    assert "s" == cell.data_type
    assert str(cell.value).startswith("'")


@given(text=st.text(max_size=60))
def test_no_text_begins_like_a_formula(text: str) -> None:
    """Whatever a sheet or a relay says, no cell begins with a character that starts a formula."""
    assert not neutral(text).startswith(FORMULA_STARTS)
    assert text == neutral(text).removeprefix("'") or text.startswith("'")
