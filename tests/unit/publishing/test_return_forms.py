from __future__ import annotations

import textwrap
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatcher.errors import Refused
from dispatcher.publishing.return_forms import FilledForm, read_form
from tests.items import KOLKATA
from tests.kits import kit

HALF_PAST_TEN = datetime(2025, 8, 13, 5, 0, tzinfo=UTC)
FILLED = FilledForm(
    number="10/SYS/WZU/2025", release_hash="ab" * 32, passed_on_at=HALF_PAST_TEN, informed=212, failed=2
)
ENTRIES = {"sent_at": "13.08.2025 10:30", "couriers_informed": "212", "failed_count": "2"}


def _text(**entries: str) -> str:
    """Fill in return-form.txt as it is in the kit, as somebody does with an editor."""
    lines = kit().files["return-form.txt"].decode("utf-8-sig").split("\r\n")
    for key, entry in {**ENTRIES, **entries}.items():
        lines = [f"{line} {entry}" if line.startswith(f"{key} (") else line for line in lines]
    return "\n".join(lines)


def _table(delimiter: str = ",", **entries: str) -> str:
    """Fill in return-form.csv, as a spreadsheet saves it."""
    heading, line, *_ = kit().files["return-form.csv"].decode("utf-8-sig").split("\r\n")
    told = {**ENTRIES, **entries}
    filled = line.split(",")[:2]
    filled += [told.get(key, "") for key in ("kit", "sent_at", "couriers_informed", "failed_count")]
    return f"{heading.replace(',', delimiter) if delimiter != ',' else heading}\n{delimiter.join(filled)}\n"


@pytest.mark.parametrize("form", [_text(), _table(), _table("\t"), _text().replace("\n", "\r\n")])
def test_either_form_is_read(form: str) -> None:
    """The text and the table of the kit, filled in, say the same."""
    assert FILLED == read_form(form, zone=KOLKATA)


@pytest.mark.parametrize("entry", ["AB" * 32, " ".join(["ab"] * 32), "ab" * 32 + "\n"])
def test_the_kit_may_be_named(entry: str) -> None:
    """By the value that both offices see, as programs print it; left empty, any kit of its release is meant."""
    forms = [_text(kit=entry), _table(kit=entry.strip())]

    assert [replace(FILLED, kit_hash="ab" * 32)] * 2 == [read_form(one, zone=KOLKATA) for one in forms]
    with pytest.raises(Refused, match="for kit, which is not the SHA-256 value of SHA256SUMS"):
        read_form(_text(kit="ab" * 31), zone=KOLKATA)


@pytest.mark.parametrize(
    "at",
    [
        "13-08-2025 10:30",
        "13/08/2025 10:30",
        "2025-08-13 10:30",
        "13.08.2025 10:30 IST",
        "13.08.2025 10:30:00",
        "13-08-2025 10:30:00",
        "13.08.2025 10:30 AM",
        "2025-08-13T05:00Z",
    ],
)
def test_a_time_is_read_as_people_write_it(at: str) -> None:
    """Day first, or year first; without a zone it is the office's."""
    assert HALF_PAST_TEN == read_form(_text(sent_at=at), zone=KOLKATA).passed_on_at


@pytest.mark.parametrize(
    ("entries", "said"),
    [
        ({"sent_at": "this morning"}, "'this morning' for sent_at, which is not a time"),
        ({"sent_at": "31.02.2025 10:30"}, "which is not a time"),
        ({"sent_at": "2025-08-13"}, "which is not a time"),
        ({"sent_at": "01.01.0001 00:00"}, "which is not a time"),
        ({"sent_at": "9999-12-31T23:59-05:30"}, "which is not a time"),
        ({"couriers_informed": "all"}, "'all' for couriers_informed, which is not a number"),
        ({"failed_count": "-2"}, "'-2' for failed_count, which is not a number"),
        ({"failed_count": "99999999"}, "which is not a number"),
        ({"failed_count": "", "sent_at": ""}, "the form has no entry for sent_at, failed_count"),
    ],
)
def test_an_entry_that_cannot_be_read_is_named(entries: dict[str, str], said: str) -> None:
    """What stands there is quoted; nothing is guessed."""
    with pytest.raises(Refused, match=said):
        read_form(_text(**entries), zone=KOLKATA)


@pytest.mark.parametrize("mark", ["> ", ">", " > > ", "\t>> "])
@pytest.mark.parametrize("form", [_text(), _table()])
def test_a_form_that_is_quoted_is_read(form: str, mark: str) -> None:
    """As a program for mail marks what is answered, in one way or another."""
    quoted = "\n".join(f"{mark}{line}" for line in form.splitlines())

    assert FILLED == read_form(quoted, zone=KOLKATA)


def test_a_form_that_is_broken_into_short_lines_is_read() -> None:
    """A label may go on on the next line; entries above an empty form that is quoted below them count."""
    broken = _text().replace(" / ", " /\n> ")
    empty = "\n".join(f"> {line}" for line in kit().files["return-form.txt"].decode("utf-8-sig").splitlines())

    assert FILLED == read_form(broken, zone=KOLKATA)
    assert FILLED == read_form(f"{_text()}\n\nOn 13.08.2025 you wrote:\n{empty}", zone=KOLKATA)


@pytest.mark.parametrize("width", [60, 66, 72, 76, 80, 99])
@pytest.mark.parametrize("mark", ["", "> "])
def test_a_form_whose_lines_were_folded_is_read(width: int, mark: str) -> None:
    """A sum of 64 digits goes to the next line in every mail; what stays empty takes nothing from there."""
    folded = [
        f"{mark}{part}"
        for line in _text().splitlines()
        for part in textwrap.wrap(line, width, break_long_words=False) or [""]
    ]
    empty = [line if "sent_at" not in line else line.partition("):")[0] + "):" for line in _text().splitlines()]

    assert FILLED == read_form("\n".join(folded), zone=KOLKATA)
    with pytest.raises(Refused, match="no entry for sent_at"):
        read_form("\n".join(empty), zone=KOLKATA)


def test_a_form_that_says_two_things_is_refused() -> None:
    """Two of them in one mail: nobody guesses which one counts."""
    with pytest.raises(Refused, match=r"the form says couriers_informed twice: '212' and '200'; ask which counts"):
        read_form(f"{_text()}\n{_text(couriers_informed='200')}", zone=KOLKATA)


def test_a_line_of_blanks_is_read_once() -> None:
    """A file that would take hours to be read is refused as any other."""
    with pytest.raises(Refused, match="nor the form"):
        read_form(f"number{' ' * 250_000}x", zone=KOLKATA)


def test_an_entry_cannot_write_to_the_screen() -> None:
    """What is told of a number of somebody else's holds no control characters and is not long."""
    form = _text().replace("10/SYS/WZU/2025", "\x1b[2J" + "9" * 500)

    assert "?[2J" + "9" * 96 == read_form(form, zone=KOLKATA).number


def test_an_empty_form_is_refused() -> None:
    """The form as it came in the kit says nothing yet."""
    empty = kit().files["return-form.txt"].decode("utf-8-sig")
    with pytest.raises(Refused, match="no entry for sent_at, couriers_informed, failed_count"):
        read_form(empty, zone=KOLKATA)


@pytest.mark.parametrize("text", ["", "Dear Sir, done.", "a,b\n1,2\n"])
def test_another_text_is_no_form(text: str) -> None:
    """It is named for what it is not."""
    with pytest.raises(Refused, match=r"neither a return .* nor the form"):
        read_form(text, zone=KOLKATA)


def test_a_table_that_is_none_is_refused() -> None:
    """A cell without end is one sentence too."""
    with pytest.raises(Refused, match="a table that cannot be read"):
        read_form(_table(sent_at="1" * 200_000), zone=KOLKATA)


@given(st.text(max_size=300))
def test_any_text_is_refused_in_a_sentence(text: str) -> None:
    """Whatever comes by mail: no other error than a refusal."""
    with pytest.raises(Refused):
        read_form(text, zone=KOLKATA)
