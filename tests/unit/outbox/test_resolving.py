"""What a doubt may become: by the relay's logs, by an officer's word, by the advisory's policy."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatcher.model import DoubtPolicy, Wording
from dispatcher.outbox.records import AttemptRecord
from dispatcher.outbox.relay_logs import Kind, Span, Step, Trace
from dispatcher.outbox.resolving import (
    Decision,
    Doubt,
    LogFile,
    Logs,
    Ruling,
    by_decision,
    by_logs,
    by_policy,
    ends_after,
)
from dispatcher.outbox.states import DeliveryState, allowed
from dispatcher.smtp import Stage
from tests.records import delivery_record, release_record

if TYPE_CHECKING:
    from collections.abc import Sequence

KOLKATA = ZoneInfo("Asia/Kolkata")
START = datetime(2025, 8, 12, 15, 40, 5, tzinfo=UTC)
HOUR = datetime(2025, 8, 13, 6, 30, tzinfo=UTC)
END = datetime(2025, 8, 20, 12, 30, tzinfo=UTC)
ENDS = START + ends_after(600, 60)
SOON, LATER = START + timedelta(minutes=5), START + timedelta(minutes=15)
MESSAGE_ID = f"{'ab' * 16}@customs.example"
SECOND = timedelta(seconds=1)

RELEASE = release_record(prepared_at=START, approved_at=START)
DELIVERY = delivery_record(
    phone="022-1", state=DeliveryState.IN_DOUBT, wording=Wording.ORIGINAL, first_attempt_at=START,
    detail="connection lost",
)  # fmt: skip
ATTEMPT = AttemptRecord(
    delivery_id="ab" * 16, address="a@customs.example", n=1, started_at=START, finished_at=START + SECOND,
    relay="127.0.0.1:25", stage=Stage.CONTENT, state=DeliveryState.IN_DOUBT, reply=None, detail="connection lost",
)  # fmt: skip


def doubt(*, dead: bool = False, **release: Any) -> Doubt:
    """Return a doubt; `release` are changes of its release."""
    return Doubt(
        seq=1, delivery=DELIVERY, release=replace(RELEASE, **release), attempts=(ATTEMPT,), ends_at=ENDS,
        owner_is_dead=dead,
    )  # fmt: skip


def logs(*kinds: Kind, complete: bool = False, first: datetime = START, last: datetime = ENDS) -> Logs:
    """Return logs that hold steps of these kinds about the message."""
    found = Trace(message_id=MESSAGE_ID, host="mx1", queue_id="4BxQ1m2Z9kz1W")
    found.steps = [Step(START + 2 * SECOND, kind, f"words of {kind}") for kind in kinds]
    file = LogFile(name="mail.log", lines=9, understood=8, span=Span(first, last))
    return Logs(traces={MESSAGE_ID: [found]} if kinds else {}, files=[file], complete=complete)


def ruled(ruling: Ruling) -> tuple[list[str], list[str]]:
    """Return the states that doubts reach, and why others stay."""
    return [str(one.state) for one in ruling.settled], [one.why for one in ruling.kept]


def by_log(read: Logs, *, dead: bool = False, now: datetime = LATER) -> tuple[list[str], list[str]]:
    """Return what logs lead to."""
    return ruled(by_logs([doubt(dead=dead)], read, now=now, zone=KOLKATA))


def test_what_the_log_shows_in_the_queue_is_accepted() -> None:
    """Acceptance has the relay's time and queue id; what became of it onward is kept and changes no state."""
    (found,) = by_logs([doubt()], logs(Kind.BEGUN, Kind.TAKEN, Kind.ONWARD), now=SOON, zone=KOLKATA).settled

    assert (DeliveryState.ACCEPTED, START + 2 * SECOND) == (found.state, found.accepted_at)
    assert (
        "accepted: the relay's log of mx1 shows it in the queue at 12.08.2025 21:10:07 IST as 4BxQ1m2Z9kz1W"
    ) == found.detail
    assert [[(START + 2 * SECOND).isoformat(), "onward", "words of onward"]] == found.data["traces"][0]["steps"][
        2:
    ]
    assert (1, MESSAGE_ID, "mail.log") == (
        found.data["attempt"], found.data["message_id"], found.data["files"][0]["name"]
    )  # fmt: skip


@pytest.mark.parametrize(
    ("minutes", "settled"), [(-5.1, False), (-5, True), (0, True), (15.9, True), (16.1, False), (-330, False)]
)
def test_log_of_another_time_is_not_believed(minutes: float, *, settled: bool) -> None:
    """A log that has the message when nobody handed it over is in another zone; its time would be wrong."""
    read = logs(Kind.BEGUN, Kind.TAKEN)
    for one in read.traces[MESSAGE_ID]:
        one.steps[0] = replace(one.steps[0], at=START + timedelta(minutes=minutes))
    states, reasons = by_log(read)

    assert (["accepted"] if settled else []) == states
    assert [] == [why for why in reasons if "name the zone of the log's times with --log-zone" not in why]


@pytest.mark.parametrize(
    ("kinds", "why"),
    [
        ((), "proves nothing unless --log-complete"),
        ((Kind.BEGUN,), "not that the relay kept the message"),
        ((Kind.BEGUN, Kind.REFUSED), "it was refused (words of refused)"),
    ],
)
def test_absence_proves_nothing_by_itself(kinds: Sequence[Kind], why: str) -> None:
    """Unless an officer says that the logs are whole, what they do not show stays in doubt; it is said why."""
    states, reasons = by_log(logs(*kinds))

    assert [] == states
    assert why in reasons[0]


@pytest.mark.parametrize("kinds", [(), (Kind.BEGUN,), (Kind.BEGUN, Kind.REFUSED)])
def test_absence_from_whole_logs_means_not_handed_over(kinds: Sequence[Kind]) -> None:
    """Whole logs that never show it in the queue let it go again."""
    assert (["deferred"], []) == by_log(logs(*kinds, complete=True))


@pytest.mark.parametrize(("first", "last"), [(START + SECOND, ENDS), (START, ENDS - SECOND)])
def test_whole_logs_of_another_time_prove_nothing(first: datetime, last: datetime) -> None:
    """Logs must hold the time from the start of the attempt until it could no longer end."""
    states, reasons = by_log(logs(complete=True, first=first, last=last))

    assert [] == states
    assert "do not hold all of the time from 12.08.2025 21:10:05 IST to 12.08.2025 21:21:05 IST" in reasons[0]


@pytest.mark.parametrize("decision", list(Decision))
@pytest.mark.parametrize("dead", [True, False])
@pytest.mark.parametrize("now", [START, ENDS - SECOND, ENDS, LATER])
def test_nothing_goes_again_while_its_attempt_could_end(decision: Decision, now: datetime, *, dead: bool) -> None:
    """Going again waits for content timeout and lease, unless its dispatcher is dead; other decisions do not."""
    done = by_decision([doubt(dead=dead)], decision, by="vivek", reason="told so", now=now, zone=KOLKATA)
    waits = decision is Decision.AGAIN and not dead and now < ENDS
    reached = {Decision.ACCEPTED: "accepted", Decision.FAILED: "failed", Decision.AGAIN: "queued"}[decision]
    why = "its attempt of 12.08.2025 21:10:05 IST could still end; it may go again from 12.08.2025 21:21:05 IST"

    assert (([], [why]) if waits else ([reached], [])) == ruled(done)


def test_absence_waits_too() -> None:
    """Logs that are whole, and of the future, do not let it go again before its attempt must have ended."""
    assert ["it may go again from" in why for why in by_log(logs(complete=True), now=SOON)[1]] == [True]
    assert (["deferred"], []) == by_log(logs(complete=True), now=SOON, dead=True)


def test_decision_is_told_with_officer_and_reason() -> None:
    """The register says who decided and why; no time of acceptance is made up."""
    (done,) = by_decision(
        [doubt()], Decision.ACCEPTED, by="vivek", reason="the office confirmed", now=SOON, zone=KOLKATA
    ).settled

    assert "taken as accepted by decision of vivek: the office confirmed" == done.detail
    assert ("decision", "the office confirmed", None) == (done.data["how"], done.data["reason"], done.accepted_at)


@pytest.mark.parametrize(
    ("policy", "now", "state", "why"),
    [
        (DoubtPolicy.HOLD, LATER, None, "leave it to an officer"),
        (DoubtPolicy.ASSUME_ACCEPTED, SOON, "accepted", None),
        (DoubtPolicy.RESEND, SOON, None, "it may go again from 12.08.2025 21:21:05 IST"),
        (DoubtPolicy.RESEND, LATER, "queued", None),
        (DoubtPolicy.RESEND, HOUR - SECOND, "queued", None),
        (DoubtPolicy.RESEND, HOUR, "queued", None),
        (DoubtPolicy.RESEND, END, None, "the policy sends nothing again after it"),
    ],
)
def test_policy(policy: DoubtPolicy, now: datetime, state: str | None, why: str | None) -> None:
    """Hold keeps, assume_accepted accepts; resend waits as an officer must, until the end; the wording stays."""
    states, reasons = ruled(by_policy([doubt(doubt_policy=policy)], by="vivek", now=now, zone=KOLKATA))

    assert ([state] if state else []) == states
    assert [True] * (not state) == [str(why) in reason for reason in reasons]


@given(
    kinds=st.lists(st.sampled_from(list(Kind)), max_size=4),
    complete=st.booleans(),
    minutes=st.floats(0, 30),
    dead=st.booleans(),
    start=st.floats(-10, 30),
    length=st.floats(0, 30),
)
def test_any_logs_lead_where_the_table_allows(
    kinds: list[Kind], minutes: float, start: float, length: float, *, complete: bool, dead: bool
) -> None:
    """Every doubt is settled or kept with a reason; `accepted` only where the queue shows it."""
    first = START + timedelta(minutes=start)
    read = logs(*kinds, complete=complete, first=first, last=first + timedelta(minutes=length))
    ruling = by_logs([doubt(dead=dead)], read, now=START + timedelta(minutes=minutes), zone=KOLKATA)

    assert 1 == len(ruling.settled) + len(ruling.kept)
    for one in ruling.settled:
        assert allowed(DeliveryState.IN_DOUBT, one.state)
        assert (Kind.TAKEN in kinds) == (one.state is DeliveryState.ACCEPTED)
        assert (one.accepted_at is not None) == (one.state is DeliveryState.ACCEPTED)
        assert complete or one.state is DeliveryState.ACCEPTED
