"""What a run writes to its log: everything that happens, and no address unless asked for."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from dispatcher.delivery.watching import COUNT_SECONDS, Log, shortened
from dispatcher.outbox.forecasting import Forecast, Rate
from dispatcher.outbox.states import DeliveryState
from dispatcher.smtp import Reply

if TYPE_CHECKING:
    from collections.abc import Sequence

UNTIL = datetime(2025, 8, 12, 15, 45, tzinfo=UTC)
HYD = "courier-hyd@airports.example"
LATE = Forecast(UNTIL, 3, 40, Rate(20))
LIST = Path("escalation.xlsx")
ACCEPTED = Reply(250, "2.0.0", "OK")
DEAD = Reply(550, "5.1.1", "<Courier-Hyd@AIRPORTS.example>: no such mailbox, ask postmaster@airports.example")


class _Told:
    """A watcher that keeps what it is told."""

    def __init__(self) -> None:
        self.calls: list[tuple[Any, ...]] = []

    def settled(self, address: str, audiences: Sequence[str], state: DeliveryState, reply: Reply | None) -> None:
        self.calls.append((address, audiences, state, reply))

    def trouble(self, what: str, until: datetime) -> None:
        self.calls.append((what, until))

    def waiting(self, until: datetime) -> None:
        self.calls.append((until,))

    def foreseen(self, forecast: Forecast) -> None:
        self.calls.append((forecast,))

    def escalated(self, untold: int, file: Path) -> None:
        self.calls.append((untold, file))


def _logged(*, addresses: bool, to: _Told | None = None) -> list[dict[str, Any]]:
    """Return the lines of a refusal, of trouble, of a wait told twice and of another wait."""
    with capture_logs() as lines:
        log = Log(to, addresses=addresses)
        log.settled(HYD, ("couriers",), DeliveryState.FAILED, DEAD)
        log.settled(HYD, ("couriers",), DeliveryState.EXPIRED, None)
        log.trouble(f"127.0.0.1:25: 450 4.7.1 <{HYD}> slower, please", UNTIL)
        log.waiting(UNTIL)
        log.waiting(UNTIL)
        log.waiting(UNTIL + timedelta(minutes=1))
        log.foreseen(LATE)
        log.escalated(7, LIST)
    return [dict(line) for line in lines]


def test_whole_addresses_only_when_asked_for() -> None:
    """Asked for, the log holds the address and the relay's words as they are."""
    lines = _logged(addresses=True)

    assert (HYD, ["couriers"], "failed", str(DEAD)) == (
        lines[0]["address"], lines[0]["audiences"], lines[0]["state"], lines[0]["reply"]
    )  # fmt: skip
    assert HYD in lines[2]["what"]


def test_no_address_otherwise() -> None:
    """Not asked for, no local part stands anywhere: not of ours, not in the relay's words, in whatever case."""
    lines = _logged(addresses=False)
    text = repr(lines).casefold()

    assert "c***@airports.example" == lines[0]["address"]
    assert "550 5.1.1 <C***@AIRPORTS.example>: no such mailbox, ask p***@airports.example" == lines[0]["reply"]
    assert "127.0.0.1:25: 450 4.7.1 <c***@airports.example> slower, please" == lines[2]["what"]
    assert "courier-hyd" not in text
    assert "postmaster" not in text


def test_each_thing_is_a_line() -> None:
    """Settled, trouble and waiting are told apart; trouble is a warning; a wait is told once for each moment."""
    lines = _logged(addresses=False)

    assert ["settled", "settled", "trouble", "waiting", "waiting", "foreseen", "escalated"] == [
        line["event"] for line in lines
    ]
    assert ["info", "info", "warning", "info", "info", "warning", "warning"] == [
        line["log_level"] for line in lines
    ]
    assert lines[1]["reply"] is None
    assert "2025-08-12T15:45:00+00:00" == lines[2]["until"] == lines[3]["until"]
    assert (3, 40, 20, False) == tuple(lines[5][key] for key in ("late", "waiting", "rate_per_minute", "measured"))
    assert (7, "escalation.xlsx") == (lines[6]["untold"], lines[6]["file"])


def _accept(log: Log, times: int) -> None:
    for _ in range(times):
        log.settled(HYD, ("couriers",), DeliveryState.ACCEPTED, ACCEPTED)


def test_acceptances_are_logged_as_a_number(monkeypatch: pytest.MonkeyPatch) -> None:
    """One line for all of a while, and one at the end for those since; each of them is passed on all the same."""
    moment, told = 0.0, _Told()
    monkeypatch.setattr(time, "monotonic", lambda: moment)
    with capture_logs() as lines, Log(told, addresses=True) as log:
        _accept(log, 3)
        moment = COUNT_SECONDS
        _accept(log, 4)
        assert [4] == [line["deliveries"] for line in lines]
        _accept(log, 2)

    assert [("accepted", 4), ("accepted", 5)] == [(line["event"], line["deliveries"]) for line in lines]
    assert [(HYD, ("couriers",), DeliveryState.ACCEPTED, ACCEPTED)] * 9 == told.calls
    assert HYD not in repr(lines)


def test_no_line_says_that_nothing_was_accepted() -> None:
    """A run without an acceptance logs no number."""
    with capture_logs() as lines, Log(None, addresses=True) as log:
        log.settled(HYD, ("couriers",), DeliveryState.FAILED, DEAD)
        log.count()

    assert ["settled"] == [line["event"] for line in lines]


def test_what_was_accepted_is_told_though_the_run_fails() -> None:
    """The number stands in the log also where the block ends with an error."""

    def fail() -> None:
        with Log(None, addresses=True) as log:
            _accept(log, 5)
            raise OSError("disk")

    with capture_logs() as lines, pytest.raises(OSError, match="disk"):
        fail()

    assert [5] == [line["deliveries"] for line in lines]


def test_everything_is_passed_on_as_it_is() -> None:
    """The terminal is told all of it, with whole addresses."""
    told = _Told()
    _logged(addresses=False, to=told)

    assert (HYD, ("couriers",), DeliveryState.FAILED, DEAD) == told.calls[0]
    assert [4, 4, 2, 1, 1, 1, 1, 2] == [len(call) for call in told.calls]
    assert [(LATE,), (7, LIST)] == told.calls[6:]
    assert HYD in told.calls[2][0]


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("a@x.example", "a***@x.example"),
        ("आयुक्त@x.example", "आ***@x.example"),
        ("o'brien@x.example", "o***@x.example"),
    ],
)
def test_shortened(address: str, expected: str) -> None:
    """First letter and domain are left."""
    assert expected == shortened(address)


@given(st.text(st.characters(codec="utf-8"), max_size=30), st.from_regex(r"[a-z][a-z'.+_-]{3,20}", fullmatch=True))
def test_an_address_in_any_words_is_shortened(words: str, local: str) -> None:
    """Wherever a relay puts an address into its words, its local part does not reach the log."""
    with capture_logs() as lines:
        Log(None, addresses=False).trouble(f"{words} <{local}@customs.example> {words}", UNTIL)

    assert f"{local}@" not in lines[0]["what"]
    assert f"<{local[0]}***@customs.example>" in lines[0]["what"]
