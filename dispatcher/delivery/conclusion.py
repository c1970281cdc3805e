"""What a transaction's result means for its delivery: state, next try, and what clocks or policy add. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from dispatcher.delivery.verdicts import Scope
from dispatcher.moments import moment
from dispatcher.outbox.schedule import Next, next_attempt, wording_at
from dispatcher.outbox.states import DeliveryState

if TYPE_CHECKING:
    from datetime import datetime

    from dispatcher.delivery.transaction import Result
    from dispatcher.delivery.verdicts import Verdict
    from dispatcher.model import Wording
    from dispatcher.outbox.reading import Dispatch
    from dispatcher.plans import RetryPlan


class Conclusion(NamedTuple):
    """The outcome of an attempt, and the state that follows at once where clocks or policy allow no retry."""

    state: DeliveryState
    detail: str
    next_at: datetime | None = None
    then: DeliveryState | None = None
    """`held` or `expired`: reached over `deferred`, because an attempt itself never leads there."""


def conclude(
    result: Result, *, n: int, now: datetime, dispatch: Dispatch, plan: RetryPlan, jitter: float
) -> Conclusion:
    """Return what attempt `n` led to. `jitter` in [-1, 1] spreads the retries."""
    verdict = result.verdict
    if verdict is None:
        return Conclusion(state=DeliveryState.IN_DOUBT, detail=result.detail)
    detail = result.detail or verdict.action
    if verdict.state is DeliveryState.HELD or verdict.scope is Scope.ADVISORY:  # its release is held with it
        return Conclusion(state=DeliveryState.DEFERRED, detail=detail, next_at=now, then=DeliveryState.HELD)
    if verdict.state is not DeliveryState.DEFERRED:
        return Conclusion(state=verdict.state, detail=detail)
    return _retry(verdict, detail, n=n, now=now, dispatch=dispatch, plan=plan, jitter=jitter)


def wording_now(dispatch: Dispatch, now: datetime) -> Wording | None:
    """Return the wording that may go at `now`; None where the clocks keep the delivery back."""
    return None if now >= dispatch.cutoff else wording_at(now, dispatch.clocks)


def stand_down(dispatch: Dispatch, now: datetime) -> tuple[DeliveryState, str]:
    """Return the state, and why, of a delivery that the clocks do not let go at `now`."""
    if now >= dispatch.cutoff:
        return DeliveryState.EXPIRED, f"not accepted before its end, {moment(dispatch.cutoff, dispatch.zone)}"
    return DeliveryState.HELD, "its hour has passed; the advisory's late policy is to ask an officer"


def _retry(
    verdict: Verdict, detail: str, *, n: int, now: datetime, dispatch: Dispatch, plan: RetryPlan, jitter: float
) -> Conclusion:
    decision = next_attempt(
        now=now, attempts=n, retry=verdict.retry, clocks=dispatch.clocks, cutoff=dispatch.cutoff, plan=plan,
        jitter=jitter,
    )  # fmt: skip
    deferred = DeliveryState.DEFERRED
    match decision.next:
        case Next.RETRY:
            return Conclusion(state=deferred, detail=detail, next_at=decision.at)
        case Next.GIVEN_UP:
            return Conclusion(state=DeliveryState.FAILED, detail=f"{detail} (given up after {n} tries)")
        case Next.HELD:
            return Conclusion(state=deferred, detail=detail, next_at=now, then=DeliveryState.HELD)
        case Next.EXPIRED:
            return Conclusion(state=deferred, detail=detail, next_at=now, then=DeliveryState.EXPIRED)
