"""The register's lines say what the outbox knows, in the columns of `report`."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

from dispatcher.outbox.onward_rules import OnwardStanding
from dispatcher.outbox.states import DeliveryState
from dispatcher.register.rows import (
    COLUMNS,
    AttemptRow,
    RegisterRow,
    UntoldRow,
    attempt_rows,
    bilingual,
    register_rows,
    untold_rows,
)
from dispatcher.smtp import Reply
from tests.returns import KIT, RETURNED

if TYPE_CHECKING:
    from collections.abc import Callable

    from dispatcher.outbox.records import AttemptRecord, DeliveryRecord

IST = ZoneInfo("Asia/Kolkata")


def test_columns_are_those_of_the_contract() -> None:
    """`report` has exactly the columns of the house plan, in its order."""
    expected = (
        "audience, place, designation, address, language, state, attempts, last_code, last_enhanced, last_reply, "
        "first_attempt_at, accepted_at, message_id, delivery_id, act, acknowledged_at, acknowledged_how, "
        "onward, onward_couriers, onward_informed, onward_failed, onward_open, onward_last_at"
    )

    assert expected == ", ".join(COLUMNS)


def test_a_delivery_becomes_a_line(delivery: Callable[..., DeliveryRecord]) -> None:
    """Audiences and places are joined, languages too, and times are the office's, with their offset."""
    expected = RegisterRow(
        audience="couriers; custodians",
        place="Mumbai; Bengaluru",
        designation="अभिरक्षक / Custodian",
        address="terminal@alpha-express.example",
        language="both",
        state=DeliveryState.ACCEPTED,
        attempts=2,
        last_code=250,
        last_enhanced="2.0.0",
        last_reply="Ok: queued as 4F1",
        first_attempt_at="2025-08-12T21:11:07+05:30",
        accepted_at="2025-08-12T21:11:07+05:30",
        message_id="<0123456789abcdef0123456789abcdef@customs.example>",
        delivery_id="0123456789abcdef0123456789abcdef",
        act="original",
        acknowledged_at="2025-08-12T22:00:00+05:30",
        acknowledged_how="phone",
    )

    told = delivery(acknowledged_at=datetime(2025, 8, 12, 16, 30, tzinfo=UTC), acknowledged_how="phone")

    assert [expected] == list(register_rows([told], zone=IST))


def test_what_never_happened_is_empty(delivery: Callable[..., DeliveryRecord]) -> None:
    """A delivery that was not tried has no reply and no times; no zero, no invented word."""
    (row,) = register_rows(
        [
            delivery(
                state=DeliveryState.QUEUED, attempts=0, last_reply=None, first_attempt_at=None, accepted_at=None
            )
        ],
        zone=IST,
    )

    assert {None} == {row.last_code, row.last_enhanced, row.last_reply, row.first_attempt_at, row.accepted_at}
    assert {None} == {row.acknowledged_at, row.acknowledged_how}


def test_what_came_back_from_a_mediator_stands_in_its_own_line(delivery: Callable[..., DeliveryRecord]) -> None:
    """Sentence and numbers, at the delivery that took the kit; of one that waits the sentence alone."""
    partial = OnwardStanding(kit=KIT, returned=replace(RETURNED, couriers=217, open=3))
    eici, other, late = (delivery(id=f"{n:032x}") for n in range(3))
    onward = {eici.id: partial, late.id: OnwardStanding(kit=replace(KIT, revision=1), returned=None)}
    first, second, third = (row[-6:] for row in register_rows([eici, other, late], zone=IST, onward=onward))

    assert (217, 212, 2, 3, "2025-08-13T12:00:00+05:30") == first[1:]
    assert "EICI: 212 of 217 couriers accepted by 12:00 IST, 2 failed; partial, 3 still open" in str(first[0])
    assert (None,) * 6 == second
    assert str(third[0]).endswith("EICI (revision 1): the return is due by 13.08.2025 11:00 IST")
    assert (None,) * 5 == third[1:]


def test_where_no_reply_says_why_the_detail_does(delivery: Callable[..., DeliveryRecord]) -> None:
    """A lost connection gave no reply: the line tells what is known instead, without a code."""
    (row,) = register_rows([delivery(last_reply=None, detail="connection lost")], zone=IST)

    assert (None, None, "connection lost") == (row.last_code, row.last_enhanced, row.last_reply)


def test_a_reply_without_enhanced_code(delivery: Callable[..., DeliveryRecord]) -> None:
    """A relay that gives no enhanced code leaves its column empty."""
    (row,) = register_rows([delivery(last_reply=Reply(550, "", "no"))], zone=IST)

    assert (550, None) == (row.last_code, row.last_enhanced)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ({"hi": "आयुक्त", "en": "Commissioner"}, "आयुक्त / Commissioner"),
        ({"hi": "CMS", "en": "CMS"}, "CMS"),
        ({"en": "Custodian"}, "Custodian"),
        ({"hi": "", "en": ""}, ""),
        ({}, ""),
    ],
)
def test_bilingual(text: dict[str, str], expected: str) -> None:
    """A designation stands in both languages, Hindi first, and once where they agree."""
    assert expected == bilingual(text)


def test_an_attempt_becomes_a_line(attempt: Callable[..., AttemptRecord]) -> None:
    """The attempts log names the address, the relay, how far it got and what came of it."""
    expected = AttemptRow(
        address="a@b.example",
        n=1,
        started_at="2025-08-12T21:11:07+05:30",
        finished_at="2025-08-12T21:11:07+05:30",
        relay="127.0.0.1:2525",
        stage="rcpt",
        state=DeliveryState.DEFERRED,
        code=451,
        enhanced="4.7.1",
        reply="Greylisted",
        delivery_id=attempt().delivery_id,
    )

    assert [expected] == list(attempt_rows([attempt(address="a@b.example")], zone=IST))


def test_an_attempt_under_way_has_no_outcome(attempt: Callable[..., AttemptRecord]) -> None:
    """An attempt without a recorded outcome shows none."""
    pending = attempt(finished_at=None, stage=None, state=None, reply=None)
    (row,) = attempt_rows([pending], zone=IST)

    assert {None} == {row.finished_at, row.stage, row.state, row.code, row.enhanced, row.reply}


def test_a_line_of_the_telephone_list(delivery: Callable[..., DeliveryRecord]) -> None:
    """It says whom to call, where, and why, in the relay's words, and when the next try is in office time."""
    left = delivery(
        state=DeliveryState.DEFERRED,
        phone="022-20825140",
        next_at=datetime(2025, 8, 13, 5, 0, tzinfo=UTC),
        last_reply=Reply(451, "4.7.1", "Greylisted"),
    )
    expected = UntoldRow(
        audience="couriers; custodians",
        place="Mumbai; Bengaluru",
        designation="अभिरक्षक / Custodian",
        organisation="Alpha Express Terminal",
        phone="022-20825140",
        address="terminal@alpha-express.example",
        state=DeliveryState.DEFERRED,
        attempts=2,
        last_reply="451 4.7.1 Greylisted",
        next_at="13.08.2025 10:30 IST",
    )

    assert [expected] == list(untold_rows([left], zone=IST))


@pytest.mark.parametrize("state", [one for one in DeliveryState if one is not DeliveryState.DEFERRED])
def test_only_what_is_deferred_has_a_next_try(
    delivery: Callable[..., DeliveryRecord], state: DeliveryState
) -> None:
    """What is queued goes at once, what is held or ended not at all: neither is given a time."""
    left = delivery(state=state, next_at=datetime(2025, 8, 13, 5, 0, tzinfo=UTC), last_reply=None, detail="why")
    (row,) = untold_rows([left], zone=IST)

    assert (None, "why") == (row.next_at, row.last_reply)
