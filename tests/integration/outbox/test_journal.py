"""The journal's rules: no content without a granted intent, no outcome lost, no way but those of the table."""

from __future__ import annotations

from typing import Any

import pytest

from dispatcher.model import Wording
from dispatcher.outbox.leases import LEASE_SECONDS
from dispatcher.outbox.schema import attempt
from dispatcher.outbox.states import TRANSITIONS, WAITING, DeliveryState, ReleaseState
from tests.outboxes import ACCEPTED, DEAD, GREYLISTED, NOW, Outbox

A, B, C = "a@customs.example", "b@customs.example", "c@customs.example"
D = DeliveryState
LATER = NOW + LEASE_SECONDS + 1


# --- intents


def test_granted_intent_begins_an_attempt(outbox: Outbox) -> None:
    """An intent that is granted stands in the log before any content, and the delivery is `attempting`."""
    outbox.add_release(A, B)
    lease = outbox.lease()
    answer = outbox.commit(outbox.intent(lease, A, at=NOW + 5))
    row = outbox.row(A)

    assert [True] == answer
    assert ("attempting", 1, NOW + 5, NOW + 5, None) == (
        row.state, row.attempts, row.dated_at, row.first_attempt_at, row.next_at
    )  # fmt: skip
    assert [(1, 1, None)] == outbox.log()
    assert {A: "attempting", B: "queued"} == outbox.states()


@pytest.mark.parametrize("state", list(DeliveryState))
def test_intent_is_granted_only_to_who_waits(outbox: Outbox, state: DeliveryState) -> None:
    """Only a queued or deferred delivery may be handed over; above all none that is accepted or in doubt."""
    outbox.add_release(A)
    lease = outbox.lease()
    outbox.put(A, state=state)
    answer = outbox.commit(outbox.intent(lease, A))

    assert [state in WAITING] == answer
    assert (state in WAITING) == bool(outbox.log())


@pytest.mark.parametrize("state", list(ReleaseState))
def test_intent_is_granted_only_while_sending(outbox: Outbox, state: ReleaseState) -> None:
    """A release that is paused, cancelled or in any other state hands nothing over."""
    outbox.add_release(A)
    lease = outbox.lease()
    with outbox.database.writing() as connection:
        connection.exec_driver_sql("UPDATE release SET state = ?", (state.value,))

    assert [state is ReleaseState.SENDING] == outbox.commit(outbox.intent(lease, A))


def test_intent_of_an_old_token_is_refused(outbox: Outbox) -> None:
    """Who was taken over hands nothing over any more; the newer lease does."""
    outbox.add_release(A)
    old = outbox.lease(owner="host:1-aa")
    newer = outbox.take(owner="host:2-bb", now=LATER)
    assert newer is not None

    assert [False] == outbox.commit(outbox.intent(old, A))
    assert [True] == outbox.commit(outbox.intent(newer, A))


def test_intent_after_giving_back_is_refused(outbox: Outbox) -> None:
    """A lease that was given back is no leave."""
    outbox.add_release(A)
    lease = outbox.lease()
    outbox.give_back(lease)

    assert [False] == outbox.commit(outbox.intent(lease, A))


@pytest.mark.parametrize("n", [0, 1, 3])
def test_intent_must_be_for_the_next_attempt(outbox: Outbox, n: int) -> None:
    """A stale idea of how often a delivery was tried is refused, and spoils nobody else's commit."""
    outbox.add_release(A, B)
    outbox.put(A, attempts=1)
    lease = outbox.lease()

    assert [False, True] == outbox.commit(outbox.intent(lease, A, n=n), outbox.intent(lease, B))


def test_lease_that_ran_out_but_was_not_taken_over_still_counts(outbox: Outbox) -> None:
    """A slow dispatcher whose chunk nobody took goes on: the token decides, not the clock."""
    outbox.add_release(A)
    lease = outbox.lease()

    assert [True] == outbox.commit(outbox.intent(lease, A, at=NOW + 3600))


# --- outcomes


@pytest.mark.parametrize(
    ("state", "reply", "next_at"),
    [
        (D.ACCEPTED, ACCEPTED, None),
        (D.FAILED, DEAD, None),
        (D.DEFERRED, GREYLISTED, NOW + 330),
        (D.IN_DOUBT, None, None),
    ],
)
def test_outcome_settles_the_attempt(
    outbox: Outbox, state: DeliveryState, reply: Any, next_at: float | None
) -> None:
    """The relay's words, the state and the next try are recorded; only what is tried again leaves its chunk."""
    outbox.add_release(A)
    lease = outbox.attempt(A, None)
    outbox.commit(outbox.outcome(lease, A, state, reply=reply, next_at=next_at, at=NOW + 9))
    row = outbox.row(A)

    chunk_id = None if state is D.DEFERRED else lease.chunk_id
    assert (state, 1, next_at, chunk_id) == (row.state, row.attempts, row.next_at, row.chunk_id)
    assert (NOW + 9 if state is D.ACCEPTED else None) == row.accepted_at
    assert (reply.code, reply.enhanced, reply.text) if reply else (None, None, None) == (
        row.last_code, row.last_enhanced, row.last_reply
    )  # fmt: skip
    assert [(1, 1, state)] == outbox.log()


@pytest.mark.parametrize("state", [D.ACCEPTED, D.FAILED, D.DEFERRED])
def test_late_evidence_settles_doubt(outbox: Outbox, state: DeliveryState) -> None:
    """A reply brought by a dispatcher that was taken over counts all the same; the log keeps both."""
    outbox.add_release(A)
    lease = outbox.attempt(A, None)
    outbox.take(owner="host:2-bb", now=LATER)
    in_between = outbox.states()
    outbox.commit(outbox.outcome(lease, A, state, next_at=LATER if state is D.DEFERRED else None))

    assert {A: "in_doubt"} == in_between
    assert {A: state} == outbox.states()
    assert [(1, 1, "in_doubt"), (1, 1, state)] == outbox.log()


def test_evidence_of_an_earlier_attempt_is_kept_but_changes_nothing(outbox: Outbox) -> None:
    """Once the next attempt has begun, what comes of the one before stands in the log only."""
    outbox.add_release(A)
    first = outbox.attempt(A, D.DEFERRED)
    second = outbox.attempt(A, None, n=2)
    outbox.commit(outbox.outcome(first, A, D.ACCEPTED, reply=ACCEPTED))
    during = outbox.states()
    outbox.commit(outbox.outcome(second, A, D.FAILED, n=2, reply=DEAD))

    assert {A: "attempting"} == during
    assert {A: "failed"} == outbox.states()
    assert [(1, 1, "deferred"), (1, 1, "accepted"), (1, 2, "failed")] == outbox.log()


@pytest.mark.parametrize("before", list(DeliveryState))
@pytest.mark.parametrize("after", [D.ACCEPTED, D.FAILED, D.DEFERRED, D.IN_DOUBT])
def test_outcome_keeps_to_the_table(outbox: Outbox, before: DeliveryState, after: DeliveryState) -> None:
    """No outcome brings a delivery along a way that the transition table does not have."""
    outbox.add_release(A)
    lease = outbox.attempt(A, None)
    outbox.put(A, state=before)
    outbox.commit(outbox.outcome(lease, A, after))

    assert {A: after if after in TRANSITIONS[before] else before} == outbox.states()


@pytest.mark.parametrize(("state", "reply"), [(D.DEFERRED, GREYLISTED), (D.FAILED, DEAD)])
def test_refusal_before_the_intent_is_an_attempt(outbox: Outbox, state: DeliveryState, reply: Any) -> None:
    """Who was refused at RCPT was tried: attempt and outcome stand in the log, the count goes up."""
    outbox.add_release(A)
    lease = outbox.lease()
    outbox.commit(outbox.outcome(lease, A, state, reply=reply, intended=False, at=NOW + 3))
    row = outbox.row(A)

    assert (state, 1, NOW + 3, reply.code) == (row.state, row.attempts, row.first_attempt_at, row.last_code)
    assert [(1, 1, state)] == outbox.log()
    assert row.dated_at is None, "no octet of a message went out"


@pytest.mark.parametrize("act", ["hold", "cancel"])
def test_refusal_of_what_was_withdrawn_meanwhile(outbox: Outbox, act: str) -> None:
    """Held or cancelled while the relay refuses: it stays so, and the attempt counts for the next one's number."""
    outbox.add_release(A, B)
    lease = outbox.lease()
    getattr(outbox, act)(A)
    outbox.commit(outbox.outcome(lease, A, D.DEFERRED, reply=GREYLISTED, intended=False, next_at=NOW))
    withdrawn, attempts = outbox.states()[A], outbox.row(A).attempts
    outbox.give_back(lease)
    if act == "hold":
        outbox.resume(A)
        outbox.plan()
        again = [outbox.take(), outbox.take()]
        answers = [outbox.commit(outbox.intent(lease, A, n=2)) for lease in again if lease]

    assert ({"hold": "held", "cancel": "cancelled"}[act], 1) == (withdrawn, attempts)
    assert act == "cancel" or [[False], [True]] == answers
    assert (1, 1, "deferred") == outbox.log()[0]


def test_refusal_of_who_was_taken_over_spoils_nothing(outbox: Outbox) -> None:
    """Another dispatcher has made that attempt: the late refusal is dropped, others' outcomes are recorded."""
    outbox.add_release(A, B)
    old = outbox.lease(owner="host:1-aa")
    outbox.commit(outbox.intent(old, B))
    newer = outbox.take(owner="host:2-bb", now=LATER)
    assert newer is not None
    outbox.commit(outbox.intent(newer, A))
    outbox.commit(outbox.outcome(old, A, D.FAILED, reply=DEAD, intended=False), outbox.outcome(old, B, D.ACCEPTED))

    assert {A: "attempting", B: "accepted"} == outbox.states()
    assert [(1, 1, None), (2, 1, "in_doubt"), (2, 1, "accepted")] == outbox.log()


# --- the Date field and the wording


def test_date_is_that_of_the_first_intent(outbox: Outbox) -> None:
    """Every try of one wording sends the same octets, so the Date stays that of the first."""
    outbox.add_release(A)
    outbox.attempt(A, D.DEFERRED)
    outbox.attempt(A, None, n=2, now=NOW + 600)
    row = outbox.row(A)

    assert (NOW, NOW, 2) == (row.dated_at, row.first_attempt_at, row.attempts)


def test_date_is_new_with_the_wording(outbox: Outbox) -> None:
    """The in-effect wording is another message: it has a Date of its own, the first attempt stays the first."""
    outbox.add_release(A)
    outbox.attempt(A, D.DEFERRED)
    lease = outbox.lease(now=NOW + 600)
    outbox.commit(outbox.intent(lease, A, n=2, at=NOW + 600, wording=Wording.IN_EFFECT))
    row = outbox.row(A)

    assert (NOW + 600, NOW, "in_effect") == (row.dated_at, row.first_attempt_at, row.wording)
    assert ["original", "in_effect"] == [one.wording for one in outbox.rows(attempt)]


# --- rulings


@pytest.mark.parametrize("before", list(DeliveryState))
@pytest.mark.parametrize("after", [D.EXPIRED, D.HELD])
def test_ruling_keeps_to_the_table(outbox: Outbox, before: DeliveryState, after: DeliveryState) -> None:
    """Clocks and policy move only what the table lets move, and say so in an event; else nothing is noted."""
    outbox.add_release(A)
    lease = outbox.lease()
    outbox.put(A, state=before)
    outbox.commit(outbox.ruling(lease, A, after))
    may = after in TRANSITIONS[before]
    row = outbox.row(A)

    assert {A: after if may else before} == outbox.states()
    assert [("prepared", "asha", None), *([(after, "host:1-aa", None)] if may else [])] == outbox.events()
    assert (("too late", None, None) if may else (None, 1, NOW)) == (row.detail, row.chunk_id, row.next_at)
