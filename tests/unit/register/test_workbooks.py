"""The register and the telephone list as workbooks, read back by openpyxl: what people see; they always open."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from dispatcher.outbox.states import DeliveryState
from dispatcher.register.numbers import NUMBER_COLUMNS, NumberRow
from dispatcher.register.rows import (
    ATTEMPT_COLUMNS,
    COLUMNS,
    UNTOLD_COLUMNS,
    RegisterRow,
    attempt_rows,
    register_rows,
    untold_rows,
)
from dispatcher.register.workbooks import write_numbers_xlsx, write_untold_xlsx, write_xlsx
from dispatcher.words import catalog

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from openpyxl import Workbook

    from dispatcher.outbox.records import AttemptRecord, DeliveryRecord

IST = ZoneInfo("Asia/Kolkata")
TITLE = "10/SYS/WZU/2025"


def _opened(rows: Iterable[RegisterRow], **options: Any) -> Workbook:
    file = io.BytesIO()
    write_xlsx(file, rows, **({"attempts": [], "title": TITLE} | options))
    return load_workbook(file)


@pytest.fixture
def rows(delivery: Callable[..., DeliveryRecord]) -> list[RegisterRow]:
    """Return the lines of a delivery with a reply and one without."""
    two = [delivery(), delivery(address="b@c.example", last_reply=None, accepted_at=None)]
    return list(register_rows(two, zone=IST))


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
    assert "A3:W5" == sheet.auto_filter.ref
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

    assert {*COLUMNS, *ATTEMPT_COLUMNS, *UNTOLD_COLUMNS, *NUMBER_COLUMNS} == set(words["columns"])
    assert set(DeliveryState) == set(words["states"])
    assert {frozenset({"hi", "en"})} == {
        frozenset(text) for group in ("columns", "states", "tabs") for text in words[group].values()
    }


def test_the_second_tab_is_the_attempts_log(
    rows: list[RegisterRow], attempt: Callable[..., AttemptRecord]
) -> None:
    """Each attempt is a line of the second tab."""
    log = attempt_rows([attempt(address="a@b.example")], zone=IST)
    sheet = _opened(rows, attempts=log).worksheets[1]
    _, names, _, line = sheet.iter_rows(values_only=True)

    assert ATTEMPT_COLUMNS == names
    assert ("a@b.example", 1, 451, "Greylisted") == (line[0], line[1], line[7], line[9])


def test_the_telephone_list_is_a_tab_of_its_own(delivery: Callable[..., DeliveryRecord]) -> None:
    """Who is not told stands with telephone under headings in both languages, as text, in one tab."""
    left = delivery(state=DeliveryState.DEFERRED, phone="+91 22 2082 5140")
    file = io.BytesIO()
    write_untold_xlsx(file, untold_rows([left], zone=IST), title="{} not told".format)
    (sheet,) = load_workbook(file).worksheets
    title, names, headings, line = sheet.iter_rows(values_only=True)
    said = dict(zip(names, line, strict=True))

    assert "1 not told" == title[0]
    assert UNTOLD_COLUMNS == names
    assert "दूरभाष / Telephone" == headings[UNTOLD_COLUMNS.index("phone")]
    assert ("'+91 22 2082 5140", left.address) == (said["phone"], said["address"])
    assert "not taken yet; will be tried again" in str(said["state"])


def test_a_rehearsal_is_marked_on_every_tab(rows: list[RegisterRow]) -> None:
    """A register of a rehearsal cannot be taken for the real one."""
    titles = [sheet["A1"].value for sheet in _opened(rows, marked="REHEARSAL").worksheets]

    assert [f"REHEARSAL: {TITLE}"] * 2 == titles


@pytest.mark.parametrize(
    "text", ["#N/A", "TRUE", "1e5", "=1", "x\x00\x0b\x1fy", "a" * 40_000, "_x000D_", "\ud7ff"]
)
def test_xlsx_takes_any_text(delivery: Callable[..., DeliveryRecord], text: str) -> None:
    """Words that look like errors or numbers stay text; what Excel cannot hold is dropped."""
    sheet = _opened(register_rows([delivery(last_reply=None, detail=text)], zone=IST)).worksheets[0]
    cell = sheet["J4"]

    assert "s" == cell.data_type
    assert len(str(cell.value)) <= 32_767


def test_no_cell_of_the_register_of_numbers_is_a_formula() -> None:
    """A subject or a name that begins like one is text, behind a mark that spreadsheets heed."""
    row = NumberRow._make("draft" if name == "number_state" else "=1+1" for name in NUMBER_COLUMNS)
    file = io.BytesIO()
    write_numbers_xlsx(file, [row], title="Numbers")
    (cells,) = load_workbook(file).worksheets[0].iter_rows(min_row=4)

    assert {"s"} == {cell.data_type for cell in cells}
    assert not [cell.value for cell in cells if str(cell.value).startswith("=")]


@given(text=st.text(st.characters(codec="utf-8"), max_size=60))
@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_xlsx_always_opens(rows: list[RegisterRow], text: str) -> None:
    """No title, mark or reply makes a workbook that does not open."""
    book = _opened(rows, title=text, marked=text)

    assert 2 == len(book.worksheets)
