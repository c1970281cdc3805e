"""The outbox read back: releases, deliveries and the delivery log as records, and what a forecast is made from."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from dispatcher.model import LatePolicy, Part, Wording
from dispatcher.outbox import reading
from dispatcher.outbox.schema import release
from dispatcher.outbox.states import UNTOLD, DeliveryState, ReleaseState
from dispatcher.smtp import Reply, Stage
from tests.drafts import recipient
from tests.outboxes import ACCEPTED, GREYLISTED, MOMENT, NOW, Outbox
from tests.runs import EVENING, Dispatching

if TYPE_CHECKING:
    from dispatcher.outbox.records import AttemptRecord, DeliveryRecord

A, B, C, E = (f"{name}@customs.example" for name in "abce")
D = DeliveryState
SECOND = timedelta(seconds=1)


def _deliveries(outbox: Outbox, *releases: int) -> list[DeliveryRecord]:
    with outbox.database.reading() as connection:
        return list(reading.deliveries(connection, releases or (1,)))


def _attempts(outbox: Outbox, *releases: int) -> list[AttemptRecord]:
    with outbox.database.reading() as connection:
        return list(reading.attempts(connection, releases or (1,)))


def test_releases_are_told_oldest_first(outbox: Outbox) -> None:
    """All releases of an advisory are told, but none that is still being prepared."""
    outbox.add_release(A)
    outbox.add_release(B, state=ReleaseState.PREPARING)
    outbox.add_release(C, state=ReleaseState.CANCELLED)
    with outbox.database.reading() as connection:
        everything = reading.releases(connection)
        of_advisory = reading.releases(connection, slug="10-SYS-WZU-2025")
        none = reading.releases(connection, slug="11-SYS-WZU-2025")

    assert [(1, "sending"), (3, "cancelled")] == [(one.id, one.state) for one in everything]
    assert everything == of_advisory
    assert [] == none


def test_release_record(outbox: Outbox) -> None:
    """A release is read back with its clocks as aware moments in UTC."""
    outbox.add_release(A, state=ReleaseState.PREPARED)
    record = outbox.record()

    assert ("10/SYS/WZU/2025", "10-SYS-WZU-2025", 0, "original") == (
        record.number, record.slug, record.revision, record.act
    )  # fmt: skip
    assert (MOMENT, MOMENT + timedelta(days=1), MOMENT + timedelta(days=7)) == (
        record.prepared_at, record.notify_before, record.useful_until
    )  # fmt: skip
    assert timedelta(0) == record.notify_before.utcoffset()
    assert (LatePolicy.SEND_IN_EFFECT, "asha", None, None) == (
        record.late_policy, record.made_by, record.approved_by, record.late_reason
    )  # fmt: skip


def test_untried_delivery_record(outbox: Outbox) -> None:
    """Before the first attempt a delivery has its recipient and its Message-ID, and nothing else to tell."""
    outbox.add_release(A)
    (record,) = _deliveries(outbox)

    assert (A, ("commissioners",), ("Mumbai",), Part.TO, "both") == (
        record.address, record.audiences, record.places, record.part, record.language
    )  # fmt: skip
    assert (D.QUEUED, 0, None, MOMENT, None, None, None, "") == (
        record.state, record.attempts, record.wording, record.next_at, record.first_attempt_at,
        record.accepted_at, record.last_reply, record.detail,
    )  # fmt: skip
    assert 32 == len(record.id)
    assert f"<{record.id}@customs.example>" == record.message_id


def test_accepted_delivery_record(outbox: Outbox) -> None:
    """After acceptance a delivery tells when, after how many tries, and in the relay's own words."""
    outbox.add_release(A)
    lease = outbox.attempt(A, None)
    outbox.commit(outbox.outcome(lease, A, D.ACCEPTED, reply=ACCEPTED, at=NOW + 1))
    (record,) = _deliveries(outbox)

    assert (D.ACCEPTED, 1, Wording.ORIGINAL, None, MOMENT, MOMENT + SECOND, ACCEPTED) == (
        record.state, record.attempts, record.wording, record.next_at, record.first_attempt_at,
        record.accepted_at, record.last_reply,
    )  # fmt: skip


def test_message_id_is_that_of_the_wording_that_went(outbox: Outbox) -> None:
    """What went out late went under an identifier of its own, and that is the one to look for."""
    outbox.add_release(A)
    lease = outbox.lease()
    outbox.commit(outbox.intent(lease, A, wording=Wording.IN_EFFECT))
    (record,) = _deliveries(outbox)

    assert f"<{record.id}.in-effect@customs.example>" == record.message_id


def test_deliveries_come_as_frozen_and_of_the_named_releases(outbox: Outbox) -> None:
    """The order of the sheets is kept, across releases; others do not show."""
    outbox.add_release(C, A)
    outbox.add_release(B)

    assert [C, A, B] == [one.address for one in _deliveries(outbox, 1, 2)]
    assert [B] == [one.address for one in _deliveries(outbox, 2)]


def test_the_first_deliveries_in_some_states(outbox: Outbox) -> None:
    """Of those in the states that are asked for, so many come, in the order of the sheets."""
    outbox.add_release(C, A, B, E)
    for address, state in ((C, D.FAILED), (A, D.ACCEPTED), (B, D.HELD)):
        outbox.put(address, state=state)

    with outbox.database.reading() as connection:
        found = {
            limit: [one.address for one in reading.deliveries(connection, [1], states=UNTOLD, limit=limit)]
            for limit in (0, 2, None)
        }

    assert {0: [], 2: [C, B], None: [C, B, E]} == found


def test_tallies_are_of_a_set_of_audiences_and_a_state(outbox: Outbox) -> None:
    """Recipients of the same audiences are counted together, state by state, with their first and last moments."""
    both = [recipient(name, "custodians", "copy") for name in (A, B)]
    Dispatching(outbox.database).prepare(*both, C, recipient(E, "copy"))
    lease = outbox.lease(now=EVENING.timestamp())
    for n, address in enumerate((A, C)):
        outbox.commit(outbox.intent(lease, address, at=NOW + n))
        outbox.commit(outbox.outcome(lease, address, D.ACCEPTED, reply=ACCEPTED, at=NOW + 9 + n))
    with outbox.database.reading() as connection:
        found = reading.tallies(connection, [1])

    assert [
        (("custodians", "copy"), D.ACCEPTED, 1, MOMENT, MOMENT + 9 * SECOND),
        (("custodians", "copy"), D.QUEUED, 1, None, None),
        (("commissioners",), D.ACCEPTED, 1, MOMENT + SECOND, MOMENT + 10 * SECOND),
        (("copy",), D.QUEUED, 1, None, None),
    ] == found


def test_tallies_and_counts_of_releases(outbox: Outbox) -> None:
    """Each release is counted by itself, and only those that are named."""
    outbox.add_release(A, B)
    outbox.add_release(C)
    outbox.attempt(A, D.ACCEPTED)
    with outbox.database.reading() as connection:
        sums = [[one.deliveries for one in reading.tallies(connection, ids)] for ids in ([1], [1, 2], [])]
        counts = [reading.delivery_count(connection, ids) for ids in ([1], [1, 2], [])]
        attempts = [reading.attempt_count(connection, ids) for ids in ([1], [2])]

    assert [[1, 1], [1, 1, 1], []] == sums
    assert [2, 3, 0] == counts
    assert [1, 0] == attempts


def test_log_tells_each_attempt_with_what_is_known_of_it_now(outbox: Outbox) -> None:
    """One line for each transaction in order of time: without an outcome while none is known, else the newest."""
    outbox.add_release(A, B, C)
    lease = outbox.lease()
    outbox.commit(outbox.intent(lease, A, at=NOW + 1), outbox.intent(lease, B, at=NOW))
    outbox.commit(outbox.outcome(lease, C, D.DEFERRED, reply=GREYLISTED, intended=False, at=NOW + 2, next_at=NOW))
    outbox.commit(outbox.outcome(lease, B, D.IN_DOUBT, at=NOW + 3))
    outbox.commit(outbox.outcome(lease, B, D.ACCEPTED, reply=ACCEPTED, at=NOW + 9))
    b, a, c = _attempts(outbox)
    ids = {one.address: one.id for one in _deliveries(outbox)}

    assert [B, A, C] == [one.address for one in (b, a, c)]
    assert [ids[B], ids[A], ids[C]] == [one.delivery_id for one in (b, a, c)]
    assert (D.ACCEPTED, ACCEPTED, Stage.CONTENT, MOMENT + 9 * SECOND) == (b.state, b.reply, b.stage, b.finished_at)
    assert (None, None, None, None, "") == (a.state, a.reply, a.stage, a.finished_at, a.detail)
    assert (D.DEFERRED, GREYLISTED, Stage.RCPT) == (c.state, c.reply, c.stage)
    assert (MOMENT + SECOND, "127.0.0.1:25", 1) == (a.started_at, a.relay, a.n)


def test_log_numbers_the_attempts_of_a_delivery(outbox: Outbox) -> None:
    """Attempts of one delivery that began at one moment come in their order."""
    outbox.add_release(A)
    for n in (1, 2, 3):
        outbox.attempt(A, D.DEFERRED, n=n)

    assert [1, 2, 3] == [one.n for one in _attempts(outbox)]


def test_log_is_of_the_named_releases(outbox: Outbox) -> None:
    """Attempts of another release do not show."""
    outbox.add_release(A)
    outbox.attempt(A, D.ACCEPTED)
    outbox.add_release(B)

    assert 1 == len(_attempts(outbox, 1))
    assert [] == _attempts(outbox, 2)


def test_counts_and_times_for_the_forecast(outbox: Outbox) -> None:
    """How many stand in which state, in the table's order, and when each one that waits is due."""
    outbox.add_release(A, B, C)
    outbox.put(A, state="accepted", next_at=None)
    outbox.put(B, state="deferred", next_at=NOW + 60)
    with outbox.database.reading() as connection:
        counts = reading.state_counts(connection, [1])
        deferred = reading.deferred_counts(connection, 1)
        due = reading.next_due(connection, [1])
        none = reading.next_due(connection, [2])

    assert [("queued", 1), ("deferred", 1), ("accepted", 1)] == list(counts.items())
    assert [(MOMENT + 60 * SECOND, 1)] == deferred
    assert MOMENT == due
    assert none is None


@pytest.mark.parametrize("state", [one for one in D if one not in {D.QUEUED, D.DEFERRED}])
def test_nothing_is_due_where_nothing_waits(outbox: Outbox, state: DeliveryState) -> None:
    """What is held, in doubt or at its end is not waited for."""
    outbox.add_release(A)
    outbox.put(A, state=state)
    with outbox.database.reading() as connection:
        found = reading.next_due(connection, [1]), reading.deferred_counts(connection, 1)

    assert (None, []) == found


def test_address_is_found_in_its_releases(outbox: Outbox) -> None:
    """Whatever its case, an address leads to the releases that hold a delivery to it."""
    outbox.add_release(A)
    outbox.put(A, state="failed")
    outbox.add_release(A, B)
    with outbox.database.reading() as connection:
        found = reading.releases_of_address(connection, "A@Customs.EXAMPLE")
        none = reading.releases_of_address(connection, C)

    assert {1, 2} == found
    assert frozenset() == none


@pytest.mark.parametrize("policy", list(LatePolicy))
@pytest.mark.parametrize("reason", [None, "still useful"])
def test_leave_to_go_late_lifts_what_stops(outbox: Outbox, policy: LatePolicy, reason: str | None) -> None:
    """A policy that drops or holds at the hour gives way to an officer's reason; the others stay as they are."""
    outbox.add_release(A)
    with outbox.database.writing() as connection:
        connection.execute(sa.update(release).values(late_policy=policy, late_reason=reason))
    with outbox.database.reading() as connection:
        seen = reading.dispatch(connection, 1).clocks.late_policy
    lifted = reason is not None and policy in {LatePolicy.DROP, LatePolicy.HOLD}

    assert (LatePolicy.SEND_MARKED if lifted else policy) is seen


def test_waiting_deliveries_of_a_chunk(outbox: Outbox) -> None:
    """A sender is given what waits in its chunk, in order, with what was frozen for each and nothing else."""
    outbox.add_release(B, C, A)
    outbox.put(C, state="held", chunk_id=1)
    with outbox.database.reading() as connection:
        first, second = reading.waiting(connection, 1)

    assert [B, A] == [first.address, second.address]
    assert {Wording.ORIGINAL, Wording.IN_EFFECT} == set(first.hashes)
    assert {"hi": [], "en": [B]} == first.lines
    assert (0, None, None, NOW) == (first.attempts, first.wording, first.dated_at, first.next_at)


def test_reply_without_words_is_a_reply(outbox: Outbox) -> None:
    """A bare code is what the relay said."""
    outbox.add_release(A)
    lease = outbox.attempt(A, None)
    outbox.commit(outbox.outcome(lease, A, D.FAILED, reply=Reply(554, "", "")))

    assert Reply(554, "", "") == _deliveries(outbox)[0].last_reply


def test_what_is_deferred_is_counted_by_the_minute(outbox: Outbox) -> None:
    """Deferred deliveries are counted by the minute in which they fall due; its last moment stands for all."""
    minute = NOW - NOW % 60 + 60
    outbox.add_release(A, B, C)
    for address, due in ((A, minute + 1), (B, minute + 59), (C, minute + 61)):
        outbox.put(address, state="deferred", next_at=due)
    with outbox.database.reading() as connection:
        found = [(at.timestamp(), count) for at, count in reading.deferred_counts(connection, 1)]

    assert [(minute + 59, 2), (minute + 61, 1)] == found


def test_untold_are_those_whom_nobody_took_over(outbox: Outbox) -> None:
    """Whatever its state, a delivery that is not accepted and not cancelled is untold; mediators first."""
    by_state = {state: f"{state}@customs.example" for state in D}
    outbox.add_release(*by_state.values(), ranks=[2 - (state is D.HELD) for state in D])
    for state, address in by_state.items():
        outbox.put(address, state=state)
    with outbox.database.reading() as connection:
        found = [one.state for one in reading.untold(connection, [1])]

    told = {D.ACCEPTED, D.DELIVERED, D.CANCELLED}
    assert [D.HELD, *(state for state in D if state not in {*told, D.HELD})] == found


def test_an_address_that_a_later_release_told_is_not_untold(outbox: Outbox) -> None:
    """Of an address that failed and was told by a further release the newest delivery counts."""
    outbox.add_release(A, B, C)
    for address in (A, B, C):
        outbox.put(address, state="failed")
    outbox.add_release(A.upper(), B)
    outbox.put(A.upper(), state="accepted")
    with outbox.database.reading() as connection:
        found = [(one.release_id, one.address) for one in reading.untold(connection, [1, 2])]

    assert [(1, C), (2, B)] == found


def test_the_newest_acceptances(outbox: Outbox) -> None:
    """Only acceptances count, and only of the releases asked for."""
    outbox.add_release(A, B)
    lease = outbox.lease()
    for address, state in ((A, D.ACCEPTED), (B, D.FAILED)):
        outbox.commit(outbox.intent(lease, address))
        outbox.commit(outbox.outcome(lease, address, state, at=NOW + 7))
    with outbox.database.reading() as connection:
        found, none = (reading.newest_acceptances(connection, [n]) for n in (1, 2))

    assert [MOMENT + 7 * SECOND] == found
    assert [] == none
