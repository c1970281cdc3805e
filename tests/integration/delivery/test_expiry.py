"""What becomes of those who were not told by the hour or the end, for each late policy: never silent."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from dispatcher.delivery.clock import HandedClock
from dispatcher.delivery.sending import send
from dispatcher.errors import PastHour
from dispatcher.model import LatePolicy, Wording
from dispatcher.outbox import interventions
from dispatcher.outbox.schema import release
from dispatcher.outbox.states import DeliveryState, ReleaseState
from tests.patience import PATIENCE
from tests.runs import END, EVENING, HOUR, PLAN, SLUG, addresses, order
from tests.smtp_server import SmtpServer

if TYPE_CHECKING:
    from datetime import datetime

    from dispatcher.delivery.sending import Order
    from tests.runs import Dispatching

MINUTE = timedelta(minutes=1)
WINDOW = HOUR + timedelta(hours=2)
REASON = "the relay was down all night"


def _set(dispatching: Dispatching, policy: LatePolicy, *, window: bool = False) -> None:
    """Give release 1 another late policy, and the end that goes with it."""
    end = END if policy is not LatePolicy.DROP else (WINDOW if window else HOUR)
    values = {"late_policy": policy, "cutoff": end.timestamp(), "window_end": end.timestamp() if window else None}
    with dispatching.database.writing() as connection:
        connection.execute(sa.update(release).values(values))


def _send(dispatching: Dispatching, at: datetime, ordered: Order | None = None, **replies: list[str]) -> int:
    """Send at a moment; return how many messages the server took."""

    async def bounded() -> None:
        async with asyncio.timeout(PATIENCE):
            await send(
                dispatching.database, SLUG, ordered or order(), relay=server.relay(), plan=PLAN,
                clock=dispatching.clock, watcher=dispatching.told,
            )  # fmt: skip

    dispatching.clock = HandedClock(at)
    with SmtpServer(dict(replies)) as server:
        asyncio.run(bounded())
    return len(server.messages)


@pytest.mark.parametrize(
    ("policy", "window", "state", "wording"),
    [
        (LatePolicy.SEND_IN_EFFECT, False, "accepted", Wording.IN_EFFECT),
        (LatePolicy.SEND_MARKED, False, "accepted", Wording.IN_EFFECT),
        (LatePolicy.DROP, False, "expired", None),
        (LatePolicy.DROP, True, "accepted", Wording.ORIGINAL),
        (LatePolicy.HOLD, False, "held", None),
    ],
)
def test_what_began_in_time_meets_its_policy_after_the_hour(
    dispatching: Dispatching, policy: LatePolicy, state: str, wording: Wording | None, *, window: bool
) -> None:
    """A minute past the hour each policy has its effect, without anybody being asked."""
    dispatching.prepare("kolkata@customs.example")
    _set(dispatching, policy, window=window)
    _send(dispatching, HOUR + MINUTE)
    (told,) = dispatching.deliveries()

    assert (state, wording) == (told.state, told.wording)
    assert [("kolkata@customs.example", told.state)] == dispatching.told.settled_as


@pytest.mark.parametrize("window", [False, True])
@pytest.mark.parametrize("policy", list(LatePolicy))
def test_what_never_began_needs_a_reason_under_each_policy(
    dispatching: Dispatching, policy: LatePolicy, *, window: bool
) -> None:
    """Past its hour a release that never began is refused whatever its policy, and goes with a reason."""
    dispatching.prepare("kolkata@customs.example", until=ReleaseState.APPROVED)
    _set(dispatching, policy, window=window)
    with pytest.raises(PastHour, match="--late REASON"):
        _send(dispatching, HOUR + MINUTE)
    before = dispatching.states()

    assert 1 == _send(dispatching, HOUR + MINUTE, order(late_reason=REASON))
    assert (["queued"], ["accepted"]) == (before, dispatching.states())


@pytest.mark.parametrize("end", [HOUR, END])
def test_what_never_began_and_is_past_its_end_says_whom_to_telephone(
    dispatching: Dispatching, end: datetime
) -> None:
    """Past the end too, the refusal says that nobody was told, where the telephone list is and how to close it."""
    dispatching.prepare("kolkata@customs.example", until=ReleaseState.APPROVED)
    _set(dispatching, LatePolicy.DROP if end == HOUR else LatePolicy.SEND_IN_EFFECT)
    with pytest.raises(PastHour, match=r"Nobody of it was told.*dispatcher escalate 10-SYS.*dispatcher cancel"):
        _send(dispatching, end + MINUTE)

    assert ["queued"] == dispatching.states()


def test_what_is_held_expires_at_the_end(dispatching: Dispatching) -> None:
    """What nobody decided about by the end expires with the next `send`, which tells of it."""
    record = dispatching.prepare(*addresses(3))
    hold = {"by": "vivek", "reason": "new officer", "now": EVENING}
    interventions.hold(dispatching.database, record, to=addresses(1)[0], **hold)  # type: ignore[arg-type]
    _send(dispatching, EVENING)
    while_open = dispatching.states()
    _send(dispatching, END + MINUTE)

    assert ["held", "accepted", "accepted"] == while_open
    assert ["expired", "accepted", "accepted"] == dispatching.states()
    assert (addresses(1)[0], DeliveryState.EXPIRED) == dispatching.told.settled_as[-1]
    assert "its end, 20.08.2025 18:00 IST, came first" in dispatching.deliveries()[0].detail
    assert ReleaseState.DONE is dispatching.record().state


def test_what_is_held_does_not_expire_before_the_end(dispatching: Dispatching) -> None:
    """Until the end an officer may still decide: held stays held, also after the hour."""
    record = dispatching.prepare("kolkata@customs.example")
    interventions.hold(
        dispatching.database, record, to="kolkata@customs.example", by="vivek", reason="wait", now=EVENING
    )
    _send(dispatching, END - MINUTE)

    assert ["held"] == dispatching.states()
    assert ReleaseState.SENDING is dispatching.record().state


def test_a_relay_that_never_takes_it_ends_in_expired_by_name(dispatching: Dispatching) -> None:
    """A delivery refused for now until the end is expired in the run itself, and the run ends."""
    dispatching.prepare("kolkata@customs.example")
    _set(dispatching, LatePolicy.DROP)
    _send(dispatching, HOUR - 3 * MINUTE, rcpt=["451 4.3.0 try later"] * 9)

    assert ["expired"] == dispatching.states()
    assert ("kolkata@customs.example", DeliveryState.EXPIRED) == dispatching.told.settled_as[-1]
    assert ReleaseState.DONE is dispatching.record().state
