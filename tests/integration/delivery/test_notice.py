"""The notice at the hour, sent by `run`: to whom it goes, and to whom not."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from dispatcher.acts import IN_EFFECT
from dispatcher.outbox import interventions
from dispatcher.outbox.deriving import derive_due
from dispatcher.outbox.states import DeliveryState
from tests.lives import Lives, UnderWay
from tests.runs import END, EVENING, HOUR, field_of, subjects
from tests.smtp_server import SmtpServer

if TYPE_CHECKING:
    from collections.abc import Callable


def test_the_notice_spares_who_was_told_so_already(lives: Lives) -> None:
    """Whose original went out in the in-effect wording gets no notice of the same."""
    lives.issue("kolkata@customs.example", "delhi@customs.example")
    with SmtpServer(faults={"rcpt": ["250 2.1.5 ok", "451 4.3.0 try again", "250 2.1.5 ok"]}) as server:
        lives.once(server.relay(), at=EVENING)
        lives.once(server.relay(), at=HOUR + timedelta(minutes=1))
        lives.once(server.relay(), at=HOUR + timedelta(minutes=2))

    acts = Counter(
        (field_of(one, "To"), act) for one, act in zip(server.messages, subjects(server.messages), strict=True)
    )
    assert {1} == set(acts.values())
    assert 2 == sum(count for (_, act), count in acts.items() if act == "अब प्रभावी/Now in effect")


@pytest.mark.parametrize(
    ("state", "heard"),
    [(DeliveryState.ACCEPTED, 30), (DeliveryState.IN_DOUBT, 30), (DeliveryState.ACCEPTED, -10)],
)
def test_who_was_being_told_at_the_hour_gets_the_notice_after_it(
    lives: Lives, state: DeliveryState, heard: int
) -> None:
    """Taken, or in doubt, in its first wording after the notice was derived: a further one goes, once.

    A reply of the seconds before the hour may be recorded after it.
    """
    with SmtpServer(faults={"rcpt": ["250 2.1.5 ok", "451 4.3.0 later", "250 2.1.5 ok"]}) as server:
        under_way = UnderWay(lives, server)
        lives.once(server.relay(), at=HOUR)
        first = lives.slots()[1].derived
        under_way.end(state, heard=timedelta(seconds=heard))
        for minutes in (1, 2, 30):
            lives.once(server.relay(), at=HOUR + timedelta(minutes=minutes))

    (slot,) = [one for one in lives.slots() if one.follow_up.act == IN_EFFECT]
    noticed = [field_of(one, "To") for one in server.messages if field_of(one, "Subject").startswith("अब प्रभावी")]
    assert first is not None
    assert ["kolkata@customs.example"] == list(lives.states(first.id))
    assert [[UnderWay.address]] == [list(lives.states(one.id)) for one in slot.supplements]
    assert ["kolkata@customs.example", UnderWay.address] == noticed
    assert slot.derived is not None
    assert first.id == slot.derived.id
    assert [] == lives.findings()


@pytest.mark.parametrize("act", [interventions.hold, interventions.cancel])
def test_a_notice_that_officers_ended_is_not_added_to(lives: Lives, act: Callable[..., int]) -> None:
    """Held or cancelled before it went: nobody else gets it."""
    with SmtpServer(faults={"rcpt": ["250 2.1.5 ok", "451 4.3.0 later", "250 2.1.5 ok"]}) as server:
        under_way = UnderWay(lives, server)
        derive_due(lives.database, by="run", now=HOUR, catch_up_within=timedelta(hours=2))
        notice = lives.slots()[1].derived
        assert notice is not None
        act(lives.database, notice, to=None, by="vivek", reason="no", now=HOUR)
        under_way.end(DeliveryState.ACCEPTED)
        derive_due(lives.database, by="run", now=HOUR + timedelta(minutes=1), catch_up_within=timedelta(hours=2))

    assert () == lives.slots()[1].supplements


def test_whose_notice_failed_gets_no_other(lives: Lives) -> None:
    """A further notice is for who had none at all: the refused one is not tried again by a release of its own."""
    dead = "550 5.1.1 no such mailbox"
    answers = ["250 2.1.5 ok", "451 4.3.0 later", dead, "250 2.1.5 ok"]
    with SmtpServer(faults={"rcpt": answers}) as server:
        under_way = UnderWay(lives, server)
        lives.once(server.relay(), at=HOUR)
        under_way.end(DeliveryState.ACCEPTED)
        for minutes in (1, 2, 30):
            lives.once(server.relay(), at=HOUR + timedelta(minutes=minutes))

    (supplement,) = lives.slots()[1].supplements
    assert [UnderWay.address] == list(lives.states(supplement.id))


def test_nothing_is_added_long_after_the_hour(lives: Lives) -> None:
    """What came to light after the end of the advisory is passed over, as a notice that was missed is."""
    with SmtpServer(faults={"rcpt": ["250 2.1.5 ok", "451 4.3.0 later", "250 2.1.5 ok"]}) as server:
        under_way = UnderWay(lives, server)
        lives.once(server.relay(), at=HOUR)
        under_way.end(DeliveryState.ACCEPTED)
        lives.once(server.relay(), at=END)

    assert () == lives.slots()[1].supplements
