"""What the rows of a delivery imply about it, by the transition table."""

from __future__ import annotations

import json
from typing import Any

import pytest

from dispatcher.outbox.replay import departures, live
from dispatcher.outbox.states import DeliveryState

D = DeliveryState
Told = tuple[str, dict[str, Any]]


def attempt(link: int, n: int = 1) -> Told:
    """Return the row of an intent."""
    return "attempt", {"link": link, "n": n}


def outcome(link: int, state: str, n: int = 1, **changes: Any) -> Told:
    """Return the row of an outcome."""
    row = {"id": link, "link": link, "n": n, "at": 10.0 * link, "state": state, "code": None, "enhanced": None}
    return "outcome", {**row, "reply": None, "detail": "", **changes}


def event(link: int, kind: str, **data: Any) -> Told:
    """Return the row of an event."""
    return "event", {"id": link, "link": link, "kind": kind, "data": json.dumps(data)}


def now(state: str, attempts: int, **changes: Any) -> dict[str, Any]:
    """Return what a delivery row says."""
    row = {"state": state, "attempts": attempts, "last_code": None, "last_enhanced": None, "last_reply": None}
    return {**row, "accepted_at": None, "detail": None, **changes}


DOUBT = [attempt(2), outcome(3, "in_doubt")]
SAID: dict[str, Any] = {"code": 250, "enhanced": "2.0.0", "reply": "OK"}


@pytest.mark.parametrize(
    ("rows", "state", "attempts"),
    [
        ([], D.QUEUED, 0),
        ([attempt(2)], D.ATTEMPTING, 1),
        ([attempt(2), outcome(3, "accepted")], D.ACCEPTED, 1),
        ([attempt(2), outcome(2, "deferred")], D.DEFERRED, 1),
        ([event(2, "held"), attempt(3), outcome(3, "deferred")], D.HELD, 1),
        ([event(2, "held"), event(3, "queued"), event(4, "cancelled")], D.CANCELLED, 0),
        ([attempt(2), outcome(3, "deferred"), event(4, "expired")], D.EXPIRED, 1),
        ([*DOUBT, outcome(4, "accepted"), event(4, "resolved", accepted_at=None)], D.ACCEPTED, 1),
        ([*DOUBT, outcome(4, "queued"), attempt(5, 2), outcome(6, "accepted", 2)], D.ACCEPTED, 2),
        (
            [*DOUBT, outcome(4, "queued"), attempt(5, 2), outcome(6, "in_doubt", 2), outcome(7, "failed")],
            D.IN_DOUBT,
            2,
        ),
        ([*DOUBT, outcome(4, "failed"), outcome(5, "accepted")], D.FAILED, 1),
        ([event(9, "delayed")], D.QUEUED, 0),
    ],
)
def test_state_and_attempts(rows: list[Told], state: DeliveryState, attempts: int) -> None:
    """The state follows from the rows in the order of their links, whatever the order in which they are given."""
    for given in (rows, rows[::-1]):
        life = live(given)

        assert (state, attempts) == (life.state, life.attempts)


def test_row_that_says_what_its_log_says() -> None:
    """A delivery row that is as its rows imply departs in nothing."""
    life = live([attempt(2), outcome(3, "accepted", detail="told", **SAID)])
    row = now(
        "accepted", 1, last_code=250, last_enhanced="2.0.0", last_reply="OK", accepted_at=30.0, detail="told"
    )

    assert [] == list(departures(life, row))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"state": "failed"}, "it is failed, the log implies accepted"),
        ({"attempts": 2}, "it counts 2 attempts, the log holds 1"),
        ({"last_code": 550}, "its last_code is 550, the log says 250"),
        ({"last_reply": "never"}, "its last_reply is never, the log says OK"),
        ({"accepted_at": 5.0}, "its accepted_at is 5.0, the log says 30.0"),
        ({"detail": "trust me"}, "its detail is trust me, the log says empty"),
    ],
)
def test_row_that_says_something_else(changes: dict[str, Any], said: str) -> None:
    """Each column that the register shows is compared with the log."""
    life = live([attempt(2), outcome(3, "accepted", **SAID)])
    row = now("accepted", 1, last_code=250, last_enhanced="2.0.0", last_reply="OK", accepted_at=30.0)

    assert [said] == list(departures(life, {**row, **changes}))


def test_time_of_acceptance_comes_from_the_evidence() -> None:
    """A relay's log tells when what was in doubt was accepted; a decision leaves that open."""
    by_log = live([*DOUBT, outcome(4, "accepted"), event(4, "resolved", accepted_at=21.5)])
    by_word = live([*DOUBT, outcome(4, "accepted"), event(4, "resolved", accepted_at=None)])

    assert (21.5, None) == (by_log.accepted_at, by_word.accepted_at)


def test_handed_over_twice() -> None:
    """Accepted in two attempts is told; two outcomes that say so of one attempt are evidence of the same."""
    again = [*DOUBT, outcome(4, "queued"), attempt(5, 2), outcome(6, "accepted", 2)]
    late, same = outcome(7, "accepted"), outcome(7, "accepted", 2)

    assert ["the relay accepted it in the tries 1 and 2: it was handed over more than once"] == list(
        departures(live([*again, late]), now("accepted", 2, accepted_at=60.0))
    )
    assert [] == list(departures(live([*again, same]), now("accepted", 2, accepted_at=60.0)))


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([attempt(2, 2)], "attempt 1 is missing in the log"),
        ([outcome(2, "failed")], "there is an outcome of attempt 1, and no such attempt"),
        ([attempt(2), outcome(3, "sent")], "an outcome says sent, which is no state"),
    ],
)
def test_log_that_cannot_be(rows: list[Told], said: str) -> None:
    """Gaps in the numbering and words that no program wrote are told."""
    assert said in list(departures(live(rows), now("queued", 0)))
