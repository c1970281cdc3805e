"""Where a release stands: how many deliveries in which state, and whether all will be told before the hour."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from dispatcher.outbox.officers import remarks
from dispatcher.outbox.states import UNTOLD, WAITING, DeliveryState
from dispatcher.register.onward_sentences import onward_json, onward_told

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime, timedelta, tzinfo

    from dispatcher.model import Localized
    from dispatcher.outbox.forecasting import Forecast
    from dispatcher.outbox.onward_rules import OnwardStanding
    from dispatcher.outbox.records import DeliveryRecord, ReleaseRecord, Tally, WebsiteStanding
    from dispatcher.outbox.states import ReleaseState


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """What `status` shows of a release; times in the office's zone."""

    advisory: str
    release: int
    act: str
    """What its messages do: original, corrigendum, reminder-1, ..."""
    derived: bool
    """Whether it follows another release by itself."""
    concerns: str | None
    """The number of the advisory that it corrects, adds to, supersedes or withdraws."""
    replaced: str
    """By which advisory or revision it holds no more, such as "withdrawal by 12/SYS/WZU/2025"; else empty."""
    release_state: ReleaseState
    states: Mapping[DeliveryState, int]
    """Only states that occur, in the order of the state table."""
    notify_before: datetime
    useful_until: datetime | None
    ends_at: datetime
    """After this nothing is handed over any more."""
    time_left: timedelta
    """Until the hour; negative once it has passed."""
    past_end: bool
    """Whether its end has passed while deliveries wait or are held: not recorded yet that they expired."""
    forecast: Forecast
    asked: int
    """How many are asked to acknowledge: the part `to`."""
    acknowledged: int
    """How many of these did."""
    remarks: tuple[str, ...] = ()
    """Which of its officers are one person, see officers.Remark."""
    website: WebsiteStanding | None = None
    """What the newest looks at its published pages found; None before any."""
    publishes: bool = False
    """Whether its office publishes it: it was let go, and is no reminder, nor passed on for another office."""
    onward: OnwardStanding | None = None
    """Where the passing on of its revision stands; told of the newest release with that kit."""

    @property
    def waiting(self) -> int:
        """How many deliveries a sender may still take up."""
        return sum(count for state, count in self.states.items() if state in WAITING)

    @property
    def finishes_at(self) -> datetime | None:
        """When the last one that waits will have been handed over, in the office's zone."""
        return _in(self.notify_before.tzinfo, self.forecast.finishes_at)

    def as_json(self) -> dict[str, Any]:
        """Return the object of `status --json` (docs/operating.md)."""
        return {
            "advisory": self.advisory,
            "release": self.release,
            "act": self.act,
            "derived": self.derived,
            "concerns": self.concerns,
            "replaced": self.replaced or None,
            "states": {str(state): count for state, count in self.states.items()},
            "notify_before": _iso(self.notify_before),
            "useful_until": _iso(self.useful_until),
            "forecast": {"finishes_at": _iso(self.finishes_at), "late": self.forecast.late},
            "past_end": self.past_end,
            "asked": self.asked,
            "acknowledged": self.acknowledged,
            "remarks": list(self.remarks),
            "website": self._website_as_json(),
            **({"onward": onward_json(self.onward, now=self._now, zone=self._zone)} if self.onward else {}),
        }

    def _website_as_json(self) -> dict[str, Any] | None:
        if self.website is None:
            return None
        found = dict.fromkeys(self.website.confirmed, True)
        found |= dict.fromkeys(self.website.differing, False)
        return {
            "confirmed": self.website.is_confirmed,
            "at": _iso(_in(self.notify_before.tzinfo, self.website.at)),
            "languages": found,
        }

    def passing_on(self) -> str | None:
        """Return, in English, what came back from who passes the advisory on; None where nobody does."""
        return onward_told(self.onward, now=self._now, zone=self._zone)["en"] if self.onward else None

    @property
    def is_overdue(self) -> bool:
        """Whether a return was due from who passes the advisory on, and none came, or only a partial one."""
        return self.onward is not None and self.onward.overdue(self._now)

    @property
    def _now(self) -> datetime:
        return self.notify_before - self.time_left

    @property
    def _zone(self) -> tzinfo:
        zone = self.notify_before.tzinfo
        assert zone is not None
        return zone


def summarise(
    release: ReleaseRecord,
    counts: Mapping[DeliveryState, int],
    *,
    now: datetime,
    forecast: Forecast,
    zone: tzinfo,
    acknowledged: int = 0,
    names: Mapping[str, Localized] = MappingProxyType({}),
    website: WebsiteStanding | None = None,
) -> Status:
    """Return the status of `release` from the number of its deliveries in each state, and of acknowledgements."""
    left = sum(counts.get(state, 0) for state in (*WAITING, DeliveryState.HELD))
    return Status(
        advisory=release.number,
        release=release.id,
        act=release.act,
        derived=release.derived_from is not None,
        concerns=release.target if release.derived_from is None else None,
        replaced="",
        release_state=release.state,
        states={state: counts[state] for state in DeliveryState if counts.get(state)},
        notify_before=release.notify_before.astimezone(zone),
        useful_until=_in(zone, release.useful_until),
        ends_at=release.cutoff.astimezone(zone),
        time_left=release.notify_before - now,
        past_end=left > 0 and now >= release.cutoff,
        forecast=forecast,
        asked=release.asked,
        acknowledged=acknowledged,
        remarks=remarks(release, names),
        website=website,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """What became of an advisory so far: of the same size however many its deliveries are."""

    states: Mapping[DeliveryState, int]
    """Only states that occur."""
    audiences: Mapping[str, Mapping[DeliveryState, int]]
    """The same for each audience, as they first occur; who is in several is counted in each."""
    first_attempt_at: datetime | None
    last_accepted_at: datetime | None
    untold: tuple[DeliveryRecord, ...]
    """The first of those not told yet, as they were frozen."""
    replaced: int = 0
    """How many deliveries are not counted: cancelled with their release, or prepared anew for the same address."""

    @property
    def untold_count(self) -> int:
        """How many are not told yet, named or not."""
        return sum(count for state, count in self.states.items() if state in UNTOLD)


def summed(tallies: Iterable[Tally], *, untold: tuple[DeliveryRecord, ...]) -> Summary:
    """Return the summary of deliveries counted by audiences and state."""
    states: Counter[DeliveryState] = Counter()
    audiences: dict[str, Counter[DeliveryState]] = {}
    first, last = [], []
    for tally in tallies:
        states[tally.state] += tally.deliveries
        for audience in tally.audiences:
            audiences.setdefault(audience, Counter())[tally.state] += tally.deliveries
        first += [tally.first_attempt_at] if tally.first_attempt_at else []
        last += [tally.accepted_at] if tally.accepted_at else []
    return Summary(
        states=states,
        audiences=audiences,
        first_attempt_at=min(first, default=None),
        last_accepted_at=max(last, default=None),
        untold=untold,
    )


def _in(zone: tzinfo | None, moment: datetime | None) -> datetime | None:
    return moment.astimezone(zone) if moment else None


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat(timespec="seconds") if moment else None
