"""What a transaction's result means for its delivery under the clocks of its release."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatcher.delivery import verdicts
from dispatcher.delivery.conclusion import Conclusion, conclude, stand_down, wording_now
from dispatcher.delivery.transaction import Result
from dispatcher.delivery.verdicts import Scope, Verdict
from dispatcher.model import LatePolicy, Wording
from dispatcher.outbox.reading import Dispatch
from dispatcher.outbox.schedule import Clocks
from dispatcher.outbox.states import TRANSITIONS, DeliveryState
from dispatcher.plans import RetryPlan
from dispatcher.smtp import Reply, Stage

D = DeliveryState
HOUR = datetime(2025, 8, 13, 6, 30, tzinfo=UTC)
END = HOUR + timedelta(days=7)
EVENING = datetime(2025, 8, 12, 15, 40, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
PLAN = RetryPlan()
VERDICTS = [value for value in vars(verdicts).values() if isinstance(value, Verdict)]


def _dispatch(policy: LatePolicy = LatePolicy.SEND_IN_EFFECT, *, cutoff: datetime = END) -> Dispatch:
    clocks = Clocks(effective_at=HOUR, notify_before=HOUR, useful_until=END, window_end=None, late_policy=policy)
    return Dispatch(
        release_id=1,
        number="10/SYS/WZU/2025",
        clocks=clocks,
        cutoff=cutoff,
        envelope_from="bounces@customs.example",
        domain="customs.example",
        zone=ZoneInfo("Asia/Kolkata"),
        frames={},
    )


def _conclude(result: Result, **changes: Any) -> Conclusion:
    return conclude(
        result, **{"n": 1, "now": EVENING, "dispatch": _dispatch(), "plan": PLAN, "jitter": 0.0, **changes}
    )


def _result(verdict: Verdict | None, detail: str = "") -> Result:
    return Result(stage=Stage.CONTENT, verdict=verdict, reply=Reply(450, "", "later"), detail=detail)


def test_acceptance_is_acceptance() -> None:
    """The relay has taken it over: settled, with nothing to follow."""
    assert Conclusion(state=D.ACCEPTED, detail="accepted by the relay") == _conclude(_result(verdicts.ACCEPTED))


def test_no_verdict_is_doubt() -> None:
    """Where nothing is certain nothing is tried again, and the detail says what was seen."""
    doubtful = _conclude(_result(None, "the connection was lost before a reply"))

    assert Conclusion(state=D.IN_DOUBT, detail="the connection was lost before a reply") == doubtful


@pytest.mark.parametrize("verdict", VERDICTS)
def test_every_verdict_leads_where_an_attempt_may_lead(verdict: Verdict) -> None:
    """Whatever the relay says, the outcome is one of the table, and what follows at once is too."""
    concluded = _conclude(_result(verdict))

    assert concluded.state in TRANSITIONS[D.ATTEMPTING]
    assert concluded.then is None or concluded.then in TRANSITIONS[concluded.state]
    assert (concluded.next_at is not None) == (concluded.state is D.DEFERRED)
    assert concluded.detail


FINAL = [one for one in VERDICTS if one.state is D.FAILED and one.scope is not Scope.ADVISORY]


@pytest.mark.parametrize("verdict", FINAL)
def test_a_refusal_for_good_is_final(verdict: Verdict) -> None:
    """A permanent refusal fails the delivery and says what people do."""
    assert Conclusion(state=D.FAILED, detail=verdict.action) == _conclude(_result(verdict))


HELD = [one for one in VERDICTS if one.state is D.HELD or one.scope is Scope.ADVISORY]


@pytest.mark.parametrize("verdict", HELD)
def test_what_a_person_must_mend_is_held(verdict: Verdict) -> None:
    """What a person must mend, and what all of a release would meet, is deferred, then held with the reason."""
    assert Conclusion(state=D.DEFERRED, detail=verdict.action, next_at=EVENING, then=D.HELD) == _conclude(
        _result(verdict)
    )


def test_detail_of_the_transaction_goes_before_the_verdicts() -> None:
    """What no reply says is worth more than the general sentence."""
    assert "no reply within 60 s" == _conclude(_result(verdicts.DOWN, "no reply within 60 s")).detail


def test_a_temporary_refusal_is_tried_again_by_the_schedule() -> None:
    """The first retry comes after a minute, the fourth after eight."""
    first, fourth = (_conclude(_result(verdicts.LATER), n=n) for n in (1, 4))

    assert (D.DEFERRED, EVENING + MINUTE, None) == (first.state, first.next_at, first.then)
    assert EVENING + 8 * MINUTE == fourth.next_at


def test_greylisting_is_waited_out() -> None:
    """A greylisted delivery is not tried before the greylist's minimum."""
    assert EVENING + 5.5 * MINUTE == _conclude(_result(verdicts.GREYLISTED)).next_at


def test_a_full_mailbox_is_given_up() -> None:
    """After a few tries a person must reach that office otherwise, and the detail says after how many."""
    concluded = _conclude(_result(verdicts.FULL), n=PLAN.mailbox_full_tries)

    assert (D.FAILED, None) == (concluded.state, concluded.next_at)
    assert concluded.detail.endswith("(given up after 3 tries)")


def test_a_retry_past_the_end_expires() -> None:
    """Where no try is left before the end the attempt is recorded, then the delivery expires."""
    concluded = _conclude(_result(verdicts.LATER, "x"), now=END - timedelta(seconds=30))

    assert (
        Conclusion(state=D.DEFERRED, detail="x", next_at=END - timedelta(seconds=30), then=D.EXPIRED) == concluded
    )


def test_a_retry_past_the_hour_is_held_where_the_policy_asks() -> None:
    """With the policy to ask an officer, what would be tried after the hour is held."""
    now = HOUR - timedelta(seconds=30)
    concluded = _conclude(_result(verdicts.LATER), now=now, dispatch=_dispatch(LatePolicy.HOLD))

    assert (D.DEFERRED, D.HELD) == (concluded.state, concluded.then)


@given(
    verdict=st.sampled_from([one for one in VERDICTS if one.state is D.DEFERRED]),
    policy=st.sampled_from(list(LatePolicy)),
    n=st.integers(1, 50),
    minutes=st.floats(-24 * 60, 12 * 24 * 60),
    jitter=st.floats(-1, 1),
)
def test_no_retry_is_due_too_late_or_at_once(
    verdict: Verdict, policy: LatePolicy, n: int, minutes: float, jitter: float
) -> None:
    """Whenever it is refused, a delivery is tried again later than now and before its end, or settled."""
    now = HOUR + timedelta(minutes=minutes)
    concluded = _conclude(_result(verdict), n=n, now=now, dispatch=_dispatch(policy), jitter=jitter)

    if concluded.state is D.DEFERRED and concluded.then is None:
        assert concluded.next_at is not None
        assert now < concluded.next_at < (HOUR if policy is LatePolicy.HOLD else END)


@pytest.mark.parametrize(
    ("policy", "now", "expected"),
    [
        (LatePolicy.SEND_IN_EFFECT, EVENING, Wording.ORIGINAL),
        (LatePolicy.SEND_IN_EFFECT, HOUR, Wording.IN_EFFECT),
        (LatePolicy.SEND_IN_EFFECT, END, None),
        (LatePolicy.HOLD, HOUR, None),
        (LatePolicy.HOLD, EVENING, Wording.ORIGINAL),
    ],
)
def test_wording_that_may_go(policy: LatePolicy, now: datetime, expected: Wording | None) -> None:
    """What may go now is what the clocks say, and nothing after the end."""
    assert expected is wording_now(_dispatch(policy), now)


def test_standing_down_at_the_end() -> None:
    """At its end a delivery expires, and the register says when that was in the office's time."""
    assert (D.EXPIRED, "not accepted before its end, 20.08.2025 12:00 IST") == stand_down(_dispatch(), END)


def test_standing_down_at_the_hour() -> None:
    """What is not yet at its end is held for an officer."""
    state, why = stand_down(_dispatch(LatePolicy.HOLD), END - MINUTE)

    assert D.HELD is state
    assert "ask an officer" in why


@given(policy=st.sampled_from(list(LatePolicy)), minutes=st.floats(-24 * 60, 12 * 24 * 60))
def test_what_stands_down_is_told_a_state_that_it_can_reach(policy: LatePolicy, minutes: float) -> None:
    """Where no wording may go the state that follows is allowed for what waits."""
    now, dispatch = HOUR + timedelta(minutes=minutes), _dispatch(policy)
    dispatch = replace(dispatch, cutoff=HOUR if policy is LatePolicy.DROP else END)

    if wording_now(dispatch, now) is None:
        state, why = stand_down(dispatch, now)
        assert state in TRANSITIONS[D.QUEUED] & TRANSITIONS[D.DEFERRED]
        assert why
        assert (state is D.EXPIRED) == (now >= dispatch.cutoff)
