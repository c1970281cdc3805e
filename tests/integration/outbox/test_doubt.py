"""Doubt read from the store and settled in it: state, outcome, event and chain in one commit."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

from dispatcher.outbox import interventions
from dispatcher.outbox.doubt import doubts, settle
from dispatcher.outbox.leases import Lease
from dispatcher.outbox.owners import Owner
from dispatcher.outbox.resolving import Decision, by_decision
from dispatcher.outbox.schema import event, outcome
from dispatcher.outbox.states import DeliveryState, ReleaseState
from tests.outboxes import ACCEPTED, MOMENT, NOW

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dispatcher.outbox.doubt import Overtaken
    from dispatcher.outbox.resolving import Doubt
    from tests.outboxes import Outbox

A, B, C = (f"{name}@customs.example" for name in "abc")
D = DeliveryState
KOLKATA = ZoneInfo("Asia/Kolkata")
LATER = MOMENT + timedelta(hours=1)


@pytest.fixture
def doubtful(outbox: Outbox) -> Outbox:
    """Give a release with one in doubt after a deferral, one in doubt at once and one accepted."""
    outbox.add_release(A, B, C)
    lease = outbox.lease()
    outbox.commit(outbox.outcome(lease, A, D.DEFERRED, intended=False, next_at=NOW + 60))
    outbox.commit(outbox.intent(lease, B), outbox.intent(lease, C))
    outbox.commit(outbox.outcome(lease, B, D.IN_DOUBT), outbox.outcome(lease, C, D.ACCEPTED, reply=ACCEPTED))
    outbox.give_back(lease)
    outbox.attempt(A, D.IN_DOUBT, n=2, now=NOW + 60)
    return outbox


def found(outbox: Outbox) -> list[Doubt]:
    """Return what is in doubt in release 1."""
    return doubts(outbox.database, [outbox.record()], content_timeout=600)


def decide(outbox: Outbox, decision: Decision, chosen: Sequence[Doubt] | None = None) -> list[Overtaken]:
    """Settle doubts, or all, an hour later."""
    about = found(outbox) if chosen is None else chosen
    ruling = by_decision(
        about, decision, by="vivek", reason="the relay's administrator says so", now=LATER, zone=KOLKATA
    )
    assert not ruling.kept
    return settle(outbox.database, ruling.settled, by="vivek", now=LATER)


def test_doubts_are_read_with_all_their_attempts(doubtful: Outbox) -> None:
    """Each doubt has its attempts in order, its Message-ID, and when its last one must have ended."""
    first, second = found(doubtful)

    assert [(A, [1, 2]), (B, [1])] == [
        (one.delivery.address, [each.n for each in one.attempts]) for one in (first, second)
    ]
    assert [MOMENT + timedelta(seconds=720), MOMENT + timedelta(seconds=660)] == [first.ends_at, second.ends_at]
    assert f"{doubtful.row(A).id.hex()}@customs.example" == first.message_id


def test_living_dispatcher_is_told_from_a_dead_one(outbox: Outbox) -> None:
    """An attempt whose dispatcher still runs on this machine could still end; a dead one's cannot."""
    owner = Owner(outbox.database.folder)
    outbox.add_release(A)
    lease = outbox.lease(owner=owner.id)
    outbox.commit(outbox.intent(lease, A)._replace(owner=owner.id))
    outbox.commit(outbox.outcome(lease, A, D.IN_DOUBT))
    alive = found(outbox)[0]
    owner.close()
    dead = found(outbox)[0]

    assert (False, True) == (alive.owner_is_dead, dead.owner_is_dead)


@pytest.mark.parametrize(
    ("decision", "state", "next_at"),
    [
        (Decision.ACCEPTED, "accepted", None),
        (Decision.FAILED, "failed", None),
        (Decision.AGAIN, "queued", LATER.timestamp()),
    ],
)
def test_settlement_is_one_link_with_outcome_and_event(
    doubtful: Outbox, decision: Decision, state: str, next_at: float | None
) -> None:
    """A decision changes the delivery and appends an outcome by the officer and an event, in one link."""
    links = doubtful.links()
    assert [] == decide(doubtful, decision)
    row, told = doubtful.row(A), doubtful.rows(outcome)[-2]
    (noted,) = [one for one in doubtful.rows(event) if one.kind == "resolved" and one.seq == row.seq]

    assert (state, next_at, None, None) == (row.state, row.next_at, row.accepted_at, row.chunk_id)
    assert (row.seq, 2, state, "vivek", row.detail) == (told.seq, told.n, told.state, told.by, told.detail)
    assert (state != "failed") is row.claims_address, "a further release may try again"
    assert "by decision of vivek: the relay's administrator says so" in row.detail
    assert (state, "decision") == (json.loads(noted.data)["state"], json.loads(noted.data)["how"])
    assert links + 1 == doubtful.links() == told.link == noted.link
    assert [] == found(doubtful)


def test_late_reply_goes_before_a_decision(doubtful: Outbox) -> None:
    """A doubt that a late reply settles before the decision is written is left alone, and told."""
    before = found(doubtful)
    late = doubtful.outcome(Lease(chunk_id=1, token=1, release_id=1), B, D.ACCEPTED, reply=ACCEPTED)
    doubtful.commit(late)
    (overtaken,) = decide(doubtful, Decision.AGAIN, before)

    assert (B, D.ACCEPTED) == (overtaken.doubt.delivery.address, overtaken.state)
    assert {A: "queued", B: "accepted", C: "accepted"} == doubtful.states()
    assert ["accepted"] == [one.state for one in doubtful.rows(outcome) if one.seq == doubtful.row(B).seq][1:]


def test_decision_about_an_earlier_attempt_counts_no_more(doubtful: Outbox) -> None:
    """What went again and is in doubt once more is not settled by what was said of the attempt before."""
    before = found(doubtful)
    decide(doubtful, Decision.AGAIN)
    doubtful.attempt(B, D.IN_DOUBT, n=2, now=LATER.timestamp())
    overtaken = decide(doubtful, Decision.ACCEPTED, [one for one in before if one.delivery.address == B])

    assert [D.IN_DOUBT] == [one.state for one in overtaken]
    assert "in_doubt" == doubtful.row(B).state


def test_what_goes_again_keeps_message_and_date(doubtful: Outbox) -> None:
    """Queued again, a delivery keeps its id, its wording and its Date field: the same octets go."""
    before = doubtful.row(A)
    decide(doubtful, Decision.AGAIN)
    doubtful.attempt(A, D.ACCEPTED, n=3, now=LATER.timestamp())
    after = doubtful.row(A)

    assert (before.id, before.wording, before.dated_at) == (after.id, after.wording, after.dated_at)
    assert "accepted" == after.state


def test_last_settled_doubt_ends_the_release(doubtful: Outbox) -> None:
    """A release is done once nothing in it is open, and sending again when something of it goes once more."""
    assert doubtful.settle() is False
    decide(doubtful, Decision.ACCEPTED)
    assert doubtful.settle() is True
    assert ReleaseState.DONE is doubtful.record().state

    doubtful.put(B, state="in_doubt")
    decide(doubtful, Decision.AGAIN)

    assert ReleaseState.SENDING is doubtful.record().state
    assert interventions.settle(doubtful.database, doubtful.record(), by="vivek", now=LATER) is False
