"""Acknowledgements: of which delivery they are, which one counts, and what they change."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from dispatcher.errors import Refused, UsageError
from dispatcher.outbox import reading
from dispatcher.outbox.acknowledging import How, Said, acknowledge, acknowledged, acknowledged_count, take_back
from dispatcher.outbox.schema import delivery, event
from dispatcher.outbox.states import DeliveryState
from dispatcher.outbox.verifying import standing, verify
from tests.drafts import recipient
from tests.outboxes import MOMENT, NOW
from tests.runs import Dispatching

if TYPE_CHECKING:
    from datetime import datetime

    from tests.outboxes import Outbox

A, B, C = (f"{name}@customs.example" for name in "abc")
D = DeliveryState
LATER = MOMENT + timedelta(hours=1)


def _said(how: How = How.REPLY, *, at: datetime = LATER, **more: Any) -> Said:
    return Said(how=how, received_at=at, **more)


def _acknowledge(outbox: Outbox, *addresses: str, said: Said | None = None, ids: tuple[int, ...] = (1,)) -> Any:
    return acknowledge(outbox.database, ids, addresses, said or _said(), by="asha", now=LATER)


def _acknowledge_both_of_two(outbox: Outbox) -> None:
    """Let an office get two messages, and write before the newer one came as well as after it."""
    outbox.add_release(A)
    outbox.put(A, state=D.BOUNCED, first_attempt_at=NOW)
    outbox.add_release(A)
    newer = sa.update(delivery).where(delivery.c.release_id == 2)
    with outbox.database.writing() as connection:
        connection.execute(newer.values(state=D.ACCEPTED, first_attempt_at=NOW + 600))
    _acknowledge(outbox, A, said=_said(at=MOMENT + timedelta(seconds=60)), ids=(1, 2))
    _acknowledge(outbox, A, ids=(1, 2))


def _take_back(outbox: Outbox, *addresses: str, ids: tuple[int, ...] = (1,)) -> Any:
    return take_back(outbox.database, ids, addresses, reason="the wrong address", by="vivek", now=LATER)


def _counting(outbox: Outbox, *ids: int) -> list[int]:
    with outbox.database.reading() as connection:
        return sorted(acknowledged(connection, ids or [1]))


def _recorded(outbox: Outbox) -> list[int]:
    return [row.seq for row in outbox.rows(event) if row.kind == "acknowledged"]


def test_an_acknowledgement_is_an_event_of_the_delivery(outbox: Outbox) -> None:
    """It says how, when and what beside it, who recorded it, and is bound into the chain, which still holds."""
    outbox.add_release(A, B)
    outbox.attempt(A, D.ACCEPTED)
    _acknowledge(outbox, A, said=_said(note="file 12/3"))
    with outbox.database.reading() as connection:
        (one,) = acknowledged(connection, [1]).values()
        (told,) = [each for each in reading.deliveries(connection, [1]) if each.acknowledged_at]
        (found,) = verify(
            connection, standing(connection, None), heads=(), zone=ZoneInfo("UTC"), progress=lambda: None
        )

    assert (A, How.REPLY, LATER, "file 12/3", "asha") == one[1:6]
    assert (A, LATER, "reply") == (told.address, told.acknowledged_at, told.acknowledged_how)
    assert [] == [each.said for each in found.findings if "link" in each.said or "chain" in each.said]


def test_the_first_acknowledgement_stands(outbox: Outbox) -> None:
    """A second one is told as known and not written; the address is found whatever its case."""
    outbox.add_release(A)
    outbox.attempt(A, D.ACCEPTED)
    _acknowledge(outbox, A)
    (again,) = _acknowledge(outbox, A.upper(), said=_said(How.PHONE))

    assert (True, How.REPLY) == (again.earlier, again.how)
    assert [1] == _recorded(outbox)


def test_it_is_of_the_newest_message_that_was_there_by_then(outbox: Outbox) -> None:
    """An office that got two messages acknowledges the newer one, unless it wrote before that one came."""
    _acknowledge_both_of_two(outbox)

    assert [1, 2] == _recorded(outbox)


@pytest.mark.parametrize(
    "state", [one for one in D if one not in {D.ACCEPTED, D.DELIVERED, D.BOUNCED, D.IN_DOUBT}]
)
def test_what_never_reached_an_office_is_acknowledged_by_telephone_only(
    outbox: Outbox, state: DeliveryState
) -> None:
    """No message can have come of such a delivery: a reply is refused, a call counts."""
    outbox.add_release(A)
    outbox.put(A, state=state)
    with pytest.raises(Refused, match=f"{A}: its delivery is {state}.*--how phone"):
        _acknowledge(outbox, A)

    assert [] == _recorded(outbox)
    assert [How.PHONE] == [one.how for one in _acknowledge(outbox, A, said=_said(How.PHONE))]


def test_who_acknowledged_is_not_on_the_telephone_list(outbox: Outbox) -> None:
    """An office told by telephone is told, as is one in doubt that replied; the others stay on the list."""
    outbox.add_release(A, B, C)
    outbox.put(A, state=D.FAILED)
    outbox.put(B, state=D.IN_DOUBT, first_attempt_at=NOW)
    _acknowledge(outbox, A, said=_said(How.PHONE))
    _acknowledge(outbox, B)
    with outbox.database.reading() as connection:
        left = [one.address for one in reading.untold(connection, [1])]

    assert [C] == left


def test_all_are_recorded_or_none(outbox: Outbox) -> None:
    """One address that is refused keeps the others from being recorded."""
    outbox.add_release(A, B)
    outbox.attempt(A, D.ACCEPTED)
    with pytest.raises(Refused, match=B):
        _acknowledge(outbox, A, B)

    assert [] == _recorded(outbox)


def test_a_misspelt_address_is_told_its_like(outbox: Outbox) -> None:
    """Nothing is recorded for an address that is not there, and the one that was meant is named."""
    outbox.add_release("commissioner.mumbai@customs.example", B)
    with pytest.raises(UsageError, match=r"Did you mean commissioner\.mumbai@customs\.example"):
        _acknowledge(outbox, "comissioner.mumbai@customs.example")


@pytest.mark.parametrize(
    ("at", "said"),
    [(LATER + timedelta(seconds=1), "time to come"), (MOMENT - timedelta(1), "not handed over yet")],
)
def test_an_impossible_time_is_refused(outbox: Outbox, at: datetime, said: str) -> None:
    """Nobody acknowledges later than now, nor before the message was tried for the first time."""
    outbox.add_release(A)
    outbox.attempt(A, D.ACCEPTED)
    with pytest.raises(Refused, match=said):
        _acknowledge(outbox, A, said=_said(at=at))


def test_only_who_is_asked_to_act_is_counted(outbox: Outbox) -> None:
    """Those told for information may acknowledge, but are not asked, and neither sum holds them."""
    Dispatching(outbox.database).prepare(recipient(A), recipient(B), recipient(C, "copy"))
    for address in (A, C):
        outbox.put(address, state=D.ACCEPTED, first_attempt_at=NOW)
    _acknowledge(outbox, A, C)
    with outbox.database.reading() as connection:
        counted = acknowledged_count(connection, 1)

    assert (1, 2) == (counted, outbox.record().asked)


def test_what_was_taken_back_counts_no_more(outbox: Outbox) -> None:
    """Register, telephone list and counts are as before it; both events stay in the chain, which holds."""
    outbox.add_release(A, B)
    outbox.put(A, state=D.FAILED)
    outbox.put(B, state=D.ACCEPTED, first_attempt_at=NOW)
    _acknowledge(outbox, A, said=_said(How.PHONE))
    _acknowledge(outbox, B)
    (gone,) = _take_back(outbox, A.upper())
    with outbox.database.reading() as connection:
        shown = {each.address for each in reading.deliveries(connection, [1]) if each.acknowledged_at}
        left = [one.address for one in reading.untold(connection, [1])]
        counted = acknowledged_count(connection, 1)
        (found,) = verify(
            connection, standing(connection, None), heads=(), zone=ZoneInfo("UTC"), progress=lambda: None
        )

    assert (A, How.PHONE, "asha", D.FAILED) == (gone.address, gone.how, gone.by, gone.state)
    assert ({B}, [A], 1, [2]) == (shown, left, counted, _counting(outbox))
    assert ("acknowledgement_taken_back", "vivek", "the wrong address") == outbox.events()[-1]
    assert [] == [each.said for each in found.findings if "link" in each.said or "chain" in each.said]


def test_the_last_word_counts(outbox: Outbox) -> None:
    """After it was taken back an office acknowledges anew, and that can be taken back too."""
    outbox.add_release(A)
    outbox.attempt(A, D.ACCEPTED)
    _acknowledge(outbox, A)
    _take_back(outbox, A)
    (anew,) = _acknowledge(outbox, A, said=_said(How.LETTER))
    after = _counting(outbox)
    with outbox.database.reading() as connection:
        (counting,) = acknowledged(connection, [1]).values()
        (told,) = reading.deliveries(connection, [1])
    _take_back(outbox, A)

    assert (False, How.LETTER, "letter") == (anew.earlier, counting.how, told.acknowledged_how)
    assert ([1], []) == (after, _counting(outbox))


def test_the_newest_message_with_an_acknowledgement_is_meant(outbox: Outbox) -> None:
    """Of two acknowledged messages the newer one's is taken back first, and the older one's still counts."""
    _acknowledge_both_of_two(outbox)
    _take_back(outbox, A, ids=(1, 2))

    assert [1] == _counting(outbox, 1, 2)
    assert [1] == [one.seq for one in _take_back(outbox, A, ids=(1, 2))]


def test_what_was_never_recorded_cannot_be_taken_back(outbox: Outbox) -> None:
    """It is told, also of an unknown address; what stands beside it in the command stays recorded."""
    outbox.add_release(A, B)
    outbox.attempt(A, D.ACCEPTED)
    _acknowledge(outbox, A)
    with pytest.raises(Refused, match=f"^{B}: no acknowledgement is recorded"):
        _take_back(outbox, A, B)
    with pytest.raises(UsageError, match="no address of this advisory"):
        _take_back(outbox, A, "nobody@elsewhere.example")

    assert [1] == _counting(outbox)
