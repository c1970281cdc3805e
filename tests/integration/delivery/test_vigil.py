"""The watch over the hour: forecasts and telephone lists during a run, from a real store."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from dispatcher.delivery.clock import HandedClock
from dispatcher.delivery.sending import send
from dispatcher.delivery.vigil import GRACE, LOOK, Alarm, Vigil
from dispatcher.model import LatePolicy
from dispatcher.outbox.forecasting import Forecast, Rate
from dispatcher.outbox.schema import delivery, release
from dispatcher.outbox.states import ReleaseState
from dispatcher.plans import EscalationPlan
from tests.drafts import recipient
from tests.patience import PATIENCE
from tests.runs import EVENING, HOUR, PLAN, SLUG, addresses, order
from tests.smtp_server import SmtpServer

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from dispatcher.outbox.records import DeliveryRecord, ReleaseRecord
    from tests.runs import Dispatching

MINUTE = timedelta(minutes=1)
LIST = Path("escalation.xlsx")


@dataclass
class _Still:
    """A clock that stands until it is set."""

    at: datetime

    def now(self) -> datetime:
        """Return the moment it is set to."""
        return self.at

    async def wait(self, until: datetime, *, unless: asyncio.Event) -> None:
        """Fail: the watch never waits by the run's clock."""
        raise AssertionError((until, unless))


@dataclass
class _Lists:
    """Keeps the telephone lists that it is given, unless it is to fail."""

    kept: list[list[str]] = field(default_factory=list)
    fault: Exception | None = None

    def __call__(self, record: ReleaseRecord, left: Iterable[DeliveryRecord], *, as_of: datetime) -> Path:
        """Keep the addresses of a list."""
        del record, as_of
        if self.fault:
            raise self.fault
        self.kept.append([one.address for one in left])
        return LIST


def _vigil(
    dispatching: Dispatching, clock: _Still, lists: _Lists | None = None, *, pace: float | None = None
) -> Vigil:
    alarm = Alarm(plan=EscalationPlan(), keep=lists or _Lists())
    return Vigil(
        dispatching.database,
        [dispatching.record()],
        clock=clock,
        watcher=dispatching.told,
        pace=pace,
        alarm=alarm,
    )


def _look(vigil: Vigil, clock: _Still, *moments: datetime) -> None:
    """Let the watch look at each of the moments."""

    async def looks() -> None:
        for at in moments:
            clock.at = at
            await vigil.look()

    asyncio.run(looks())


def _bring(dispatching: Dispatching, state: str, *chosen: str) -> None:
    """Bring deliveries into a state past all rules."""
    with dispatching.database.writing() as connection:
        of_chosen = sa.update(delivery).where(delivery.c.address.in_(chosen or addresses(99)))
        connection.execute(of_chosen.values(state=state))


def test_who_will_be_late_is_told_once_then_when_it_grows_and_when_it_is_cured(dispatching: Dispatching) -> None:
    """3 of 40 late at 20 a minute: told, not repeated, told again at half as many more, told when nobody is."""
    dispatching.prepare(*addresses(40))
    clock = _Still(HOUR - timedelta(seconds=111))
    vigil = _vigil(dispatching, clock, pace=20)
    _look(vigil, clock, clock.at, HOUR - timedelta(seconds=108), HOUR - timedelta(seconds=105))
    _bring(dispatching, "accepted")
    _look(vigil, clock, HOUR - MINUTE)
    told = [(one.late, one.waiting, one.rate) for one in dispatching.told.forecasts]

    assert [(3, 40, Rate(20)), (5, 40, Rate(20)), (0, 0, Rate(20))] == told
    assert HOUR + timedelta(seconds=9) == dispatching.told.forecasts[0].finishes_at


def test_nothing_is_foretold_where_all_is_in_time_or_the_hour_is_past(dispatching: Dispatching) -> None:
    """Good news alone is no news; once the hour has passed there is nothing left to foretell."""
    dispatching.prepare(*addresses(40))
    clock = _Still(EVENING)
    _look(_vigil(dispatching, clock, pace=20), clock, EVENING)
    clock.at = HOUR
    _look(_vigil(dispatching, clock, pace=20), clock, HOUR + MINUTE)

    assert [] == dispatching.told.forecasts


@pytest.mark.parametrize("state", [ReleaseState.PAUSED, ReleaseState.DONE])
def test_what_is_not_being_sent_is_not_foretold(dispatching: Dispatching, state: ReleaseState) -> None:
    """An officer who holds a release need not be told that it will be late."""
    dispatching.prepare(*addresses(40))
    with dispatching.database.writing() as connection:
        connection.execute(sa.update(release).values(state=state))
    clock = _Still(HOUR - MINUTE)
    _look(_vigil(dispatching, clock, pace=20), clock, clock.at)

    assert [] == dispatching.told.forecasts


def test_a_relay_that_takes_nothing_is_foretold_from_what_was_measured(dispatching: Dispatching) -> None:
    """What is due and is not taken for five minutes shows as a measured rate, whatever pace is allowed."""
    dispatching.prepare(*addresses(40))
    clock = _Still(HOUR - 100 * MINUTE)
    vigil = _vigil(dispatching, clock, pace=600)
    _look(vigil, clock, *(clock.at + n * LOOK for n in range(21)))
    told = dispatching.told.forecasts

    assert told
    assert all(one.rate.measured and one.late for one in told)
    assert [one.late for one in told] == sorted(one.late for one in told)


def test_a_clock_that_was_put_forward_measures_nothing(dispatching: Dispatching) -> None:
    """Time that a rehearsal leaps over, or a machine sleeps, is not time in which the relay took nothing."""
    dispatching.prepare(*addresses(40))
    clock = _Still(HOUR - 100 * MINUTE)
    vigil = _vigil(dispatching, clock, pace=600)
    _look(vigil, clock, clock.at, HOUR - 60 * MINUTE, HOUR - 20 * MINUTE, HOUR - 5 * MINUTE)

    assert [] == dispatching.told.forecasts


def test_a_list_at_each_set_moment_mediators_first(dispatching: Dispatching) -> None:
    """Two hours and half an hour before the hour, once each: who is not accepted then, EICI and CMS first."""
    posts = [recipient("kolkata@customs.example"), recipient("delhi@customs.example")]
    dispatching.prepare(*posts, recipient("eici@couriers.example", "eici"))
    _bring(dispatching, "accepted", "delhi@customs.example")
    clock, lists = _Still(EVENING), _Lists()
    vigil = _vigil(dispatching, clock, lists)
    _look(vigil, clock, HOUR - 121 * MINUTE, HOUR - 120 * MINUTE, HOUR - 119 * MINUTE)
    at_first = list(dispatching.told.escalations)
    _bring(dispatching, "accepted", "eici@couriers.example")
    _look(vigil, clock, HOUR - 30 * MINUTE, HOUR, HOUR + MINUTE)

    assert [(2, LIST)] == at_first
    assert [(2, LIST), (1, LIST)] == dispatching.told.escalations
    assert [["eici@couriers.example", "kolkata@customs.example"], ["kolkata@customs.example"]] == lists.kept


def test_nobody_left_is_no_alarm(dispatching: Dispatching) -> None:
    """Where everybody is told, or cancelled, at the set moment, nothing is written and nothing told."""
    dispatching.prepare(*addresses(2))
    _bring(dispatching, "accepted", addresses(2)[0])
    _bring(dispatching, "cancelled", addresses(2)[1])
    clock, lists = _Still(EVENING), _Lists()
    _look(_vigil(dispatching, clock, lists), clock, HOUR - 120 * MINUTE)

    assert ([], []) == (lists.kept, dispatching.told.escalations)


def test_a_run_that_begins_after_a_set_moment_makes_up_for_it(dispatching: Dispatching) -> None:
    """A run begun an hour before the hour lists who is left after its first minutes, then at its next moment."""
    dispatching.prepare(*addresses(1))
    clock, lists = _Still(HOUR - 60 * MINUTE), _Lists()
    vigil = _vigil(dispatching, clock, lists)
    _look(vigil, clock, clock.at, clock.at + GRACE - MINUTE)
    before = len(lists.kept)
    _look(vigil, clock, HOUR - 60 * MINUTE + GRACE, HOUR - 30 * MINUTE)

    assert (0, 2) == (before, len(lists.kept))


def test_a_fault_is_told_once_and_the_list_is_made_later(dispatching: Dispatching) -> None:
    """A list that cannot be written is trouble, told once for each reason, and made as soon as it can be."""
    dispatching.prepare(*addresses(1))
    clock, lists = _Still(EVENING), _Lists(fault=OSError("no space left"))
    vigil = _vigil(dispatching, clock, lists)
    _look(vigil, clock, HOUR - 120 * MINUTE, HOUR - 120 * MINUTE + LOOK)
    lists.fault = None
    _look(vigil, clock, HOUR - 119 * MINUTE)

    assert [("the watch over the hour: no space left", HOUR - 120 * MINUTE + LOOK)] == dispatching.told.troubles
    assert [(1, LIST)] == dispatching.told.escalations


def _send_without_the_hour(dispatching: Dispatching, lists: _Lists) -> SmtpServer:
    """Send to three posts from half an hour before the hour on, into a relay that refuses one of them for now."""
    dispatching.clock = HandedClock(HOUR - 31 * MINUTE)
    dispatching.prepare(*addresses(3), until=ReleaseState.APPROVED, now=HOUR - 31 * MINUTE)
    dropped = {"late_policy": LatePolicy.DROP, "cutoff": HOUR.timestamp()}
    with dispatching.database.writing() as connection:
        connection.execute(sa.update(release).values(dropped))
    server = SmtpServer({"rcpt": ["250 OK", "250 OK", *["451 4.3.0 later"] * 40]})
    alarm = Alarm(plan=EscalationPlan(), keep=lists)

    async def bounded() -> None:
        async with asyncio.timeout(PATIENCE):
            await send(
                dispatching.database, SLUG, order(), relay=server.relay(max_connections=1), plan=PLAN,
                clock=dispatching.clock, watcher=dispatching.told, alarm=alarm,
            )  # fmt: skip

    with server:
        asyncio.run(bounded())
    return server


def test_a_run_meets_its_moments_on_whatever_clock(dispatching: Dispatching) -> None:
    """A run whose clock leaps over a set moment still lists who is left then, and its end names who expired."""
    lists = _Lists()
    _send_without_the_hour(dispatching, lists)

    assert [addresses(3)[2:]] == lists.kept
    assert [(1, LIST)] == dispatching.told.escalations
    assert ["accepted", "accepted", "expired"] == dispatching.states()


def test_a_watch_that_fails_ends_no_run(dispatching: Dispatching) -> None:
    """Whatever goes wrong in the watch, all deliveries come to their end, and the trouble is told."""
    _send_without_the_hour(dispatching, _Lists(fault=ValueError("not a list")))

    assert ["accepted", "accepted", "expired"] == dispatching.states()
    assert ReleaseState.DONE is dispatching.record().state
    assert "the watch over the hour: not a list" in [what for what, _ in dispatching.told.troubles]


def test_what_will_be_late_is_told_before_the_first_connection(dispatching: Dispatching) -> None:
    """A run that cannot be in time says so first, even if the relay then cannot be reached at all."""
    dispatching.prepare(*addresses(3), until=ReleaseState.APPROVED)
    dispatching.clock = HandedClock(HOUR - timedelta(seconds=10))

    async def once() -> None:
        await send(
            dispatching.database, SLUG, order(patient=False), relay=relay, plan=PLAN, clock=dispatching.clock,
            watcher=dispatching.told,
        )  # fmt: skip

    with SmtpServer() as gone:
        relay = gone.relay(rate_per_minute=1)
    with pytest.raises(Exception, match=r"127\.0\.0\.1"):
        asyncio.run(once())
    (told,) = dispatching.told.forecasts

    assert (3, 3, Rate(1)) == (told.late, told.waiting, told.rate)
    assert isinstance(told, Forecast)
