"""The register as csv, json and xlsx, read back by other readers; no cell of it is ever a formula."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from dispatcher.outbox.states import DeliveryState
from dispatcher.register.exports import FORMULA_STARTS, neutral, to_csv, to_json, to_xlsx, untold_to_xlsx
from dispatcher.register.rows import (
    ATTEMPT_COLUMNS,
    COLUMNS,
    UNTOLD_COLUMNS,
    RegisterRow,
    attempt_rows,
    register_rows,
    untold_rows,
)
from dispatcher.words import catalog

if TYPE_CHECKING:
    from collections.abc import Callable

    from openpyxl import Workbook

    from dispatcher.outbox.records import AttemptRecord, DeliveryRecord

IST = ZoneInfo("Asia/Kolkata")
TITLE = "10/SYS/WZU/2025"


def _opened(rows: list[RegisterRow], **options: Any) -> Workbook:
    return load_workbook(io.BytesIO(to_xlsx(rows, **({"attempts": [], "title": TITLE} | options))))


@pytest.fixture
def rows(delivery: Callable[..., DeliveryRecord]) -> list[RegisterRow]:
    """Return the lines of a delivery with a reply and one without."""
    return register_rows(
        [delivery(), delivery(address="b@c.example", last_reply=None, accepted_at=None)], zone=IST
    )


def test_csv_reads_back(rows: list[RegisterRow]) -> None:
    """The csv has the contract's header, a line for each delivery and a byte order mark for Excel."""
    content = to_csv(rows)
    read = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))

    assert content.startswith(b"\xef\xbb\xbf")
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
    content = to_json(rows)
    read = json.loads(content)

    assert list(COLUMNS) == list(read[0])
    assert ("accepted", 2, 250) == (read[0]["state"], read[0]["attempts"], read[0]["last_code"])
    assert read[1]["last_code"] is None
    assert "अभिरक्षक".encode() in content


def test_xlsx_reads_back(rows: list[RegisterRow]) -> None:
    """The workbook has title, column names, headings in both languages and a line for each delivery."""
    sheet = _opened(rows).worksheets[0]
    title, names, headings, first, second = sheet.iter_rows(values_only=True)

    assert TITLE == title[0]
    assert COLUMNS == names
    assert "प्राप्तकर्ता वर्ग / Audience" == headings[0]
    assert ("terminal@alpha-express.example", "b@c.example") == (first[3], second[3])
    assert (2, 250, None) == (first[6], first[7], second[7])


def test_xlsx_is_made_for_reading(rows: list[RegisterRow]) -> None:
    """Headings stay in sight, every column filters and the printed page repeats them."""
    sheet = _opened(rows).worksheets[0]

    assert "A4" == sheet.freeze_panes
    assert "A3:N5" == sheet.auto_filter.ref
    assert "$1:$3" == sheet.print_title_rows
    assert sheet.column_dimensions["D"].width > 30


@pytest.mark.parametrize("state", list(DeliveryState))
def test_states_are_words_and_colours(delivery: Callable[..., DeliveryRecord], state: DeliveryState) -> None:
    """People read a state in both languages, on a colour; none says sent."""
    sheet = _opened(register_rows([delivery(state=state)], zone=IST)).worksheets[0]
    words = catalog("register")["states"][state]
    cell = sheet["F4"]

    assert f"{words['hi']} / {words['en']}" == cell.value
    assert "solid" == cell.fill.fill_type
    assert "sent" not in words["en"]


def test_every_column_has_a_heading() -> None:
    """Each column of every tab has a heading in both languages, and each state words."""
    words = catalog("register")

    assert {*COLUMNS, *ATTEMPT_COLUMNS, *UNTOLD_COLUMNS} == set(words["columns"])
    assert set(DeliveryState) == set(words["states"])
    assert {frozenset({"hi", "en"})} == {
        frozenset(text) for group in ("columns", "states", "tabs") for text in words[group].values()
    }


def test_the_second_tab_is_the_attempts_log(
    rows: list[RegisterRow], attempt: Callable[..., AttemptRecord]
) -> None:
    """Each attempt is a line of the second tab."""
    log = attempt_rows([attempt()], addresses={attempt().delivery_id: "a@b.example"}, zone=IST)
    sheet = _opened(rows, attempts=log).worksheets[1]
    _, names, _, line = sheet.iter_rows(values_only=True)

    assert ATTEMPT_COLUMNS == names
    assert ("a@b.example", 1, 451, "Greylisted") == (line[0], line[1], line[7], line[9])


def test_the_telephone_list_is_a_tab_of_its_own(delivery: Callable[..., DeliveryRecord]) -> None:
    """Who is not told stands with telephone under headings in both languages, as text, in one tab."""
    left = delivery(state=DeliveryState.DEFERRED, phone="+91 22 2082 5140")
    content = untold_to_xlsx(untold_rows([left], zone=IST), title=TITLE)
    (sheet,) = load_workbook(io.BytesIO(content)).worksheets
    title, names, headings, line = sheet.iter_rows(values_only=True)
    said = dict(zip(names, line, strict=True))

    assert TITLE == title[0]
    assert UNTOLD_COLUMNS == names
    assert "दूरभाष / Telephone" == headings[UNTOLD_COLUMNS.index("phone")]
    assert ("'+91 22 2082 5140", left.address) == (said["phone"], said["address"])
    assert "not taken yet; will be tried again" in str(said["state"])


def test_a_rehearsal_is_marked_on_every_tab(rows: list[RegisterRow]) -> None:
    """A register of a rehearsal cannot be taken for the real one."""
    titles = [sheet["A1"].value for sheet in _opened(rows, marked="REHEARSAL").worksheets]

    assert [f"REHEARSAL: {TITLE}"] * 2 == titles


@pytest.mark.parametrize("start", [*FORMULA_STARTS, " =", "\u00a0+", " \t-"])
def test_a_formula_is_neutralised(delivery: Callable[..., DeliveryRecord], start: str) -> None:
    """A designation from a sheet that would be a formula is text, in csv and xlsx alike."""
    risky = f'{start}HYPERLINK("https://x.example","y")'
    rows = register_rows([delivery(designation={"hi": risky, "en": risky})], zone=IST)
    (line,) = csv.DictReader(io.StringIO(to_csv(rows).decode("utf-8-sig"), newline=""))
    cell = _opened(rows).worksheets[0]["C4"]

    assert f"'{risky}" == line["designation"]
    assert "s" == cell.data_type
    assert str(cell.value).startswith("'")


@given(text=st.text(max_size=60))
def test_no_text_begins_like_a_formula(text: str) -> None:
    """Whatever a sheet or a relay says, no cell begins with a character that starts a formula."""
    assert not neutral(text).startswith(FORMULA_STARTS)
    assert text == neutral(text).removeprefix("'") or text.startswith("'")


@pytest.mark.parametrize(
    "text", ["#N/A", "TRUE", "1e5", "=1", "x\x00\x0b\x1fy", "a" * 40_000, "_x000D_", "\ud7ff"]
)
def test_xlsx_takes_any_text(delivery: Callable[..., DeliveryRecord], text: str) -> None:
    """Words that look like errors or numbers stay text; what Excel cannot hold is dropped."""
    sheet = _opened(register_rows([delivery(last_reply=None, detail=text)], zone=IST)).worksheets[0]
    cell = sheet["J4"]

    assert "s" == cell.data_type
    assert len(str(cell.value)) <= 32_767


@given(text=st.text(st.characters(codec="utf-8"), max_size=60))
@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_xlsx_always_opens(rows: list[RegisterRow], text: str) -> None:
    """No title, mark or reply makes a workbook that does not open."""
    book = _opened(rows, title=text, marked=text)

    assert 2 == len(book.worksheets)
