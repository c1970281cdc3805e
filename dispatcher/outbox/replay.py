"""What the append-only rows of a delivery imply about it now, found by living through them again. Pure.

The `delivery` row holds what is true now so that a sender need not derive it; here it is derived, by the same
transition table, and compared.
"""

from __future__ import annotations

import contextlib
import json
from dataclasses import dataclass, field
from itertools import groupby
from typing import TYPE_CHECKING, Any

from dispatcher.outbox.states import DeliveryState, allowed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

_TABLES = ("attempt", "outcome", "event")
_OF_REPLY = {"last_code": "code", "last_enhanced": "enhanced", "last_reply": "reply"}


@dataclass(slots=True)
class Life:
    """A delivery as its rows tell it."""

    state: DeliveryState = DeliveryState.QUEUED
    attempts: int = 0
    reply: dict[str, Any] = field(default_factory=lambda: dict.fromkeys(_OF_REPLY))
    detail: str | None = None
    """None where no outcome says it, because what came last was not an outcome."""
    accepted_at: float | None = None
    accepted_by: set[int] = field(default_factory=set)
    """Attempts that the relay took the message in."""
    missing: list[int] = field(default_factory=list)
    """Attempts that are skipped in the numbering."""
    unknown: list[int] = field(default_factory=list)
    """Attempts that have an outcome and no attempt."""
    strange: list[str] = field(default_factory=list)
    """States that no program wrote."""


def live(rows: Iterable[tuple[str, Mapping[str, Any]]]) -> Life:
    """Return the life of one delivery from its rows, each with its table's name; every row knows its link."""
    ordered = sorted(
        rows, key=lambda one: (one[1]["link"], _TABLES.index(one[0]), one[1].get("id") or one[1]["n"])
    )
    life = Life()
    for _, of_link in groupby(ordered, key=lambda one: one[1]["link"]):
        _live_through(life, list(of_link))
    return life


def departures(life: Life, now: Mapping[str, Any]) -> Iterator[str]:
    """Yield what the `delivery` row says otherwise than its rows do, in words."""
    yield from _gaps(life)
    if now["attempts"] != life.attempts:
        yield f"it counts {now['attempts']} attempts, the log holds {life.attempts}"
    if now["state"] != life.state:
        yield f"it is {now['state']}, the log implies {life.state}"
        return
    expected = {**life.reply, "accepted_at": life.accepted_at}
    if life.detail is not None:
        expected["detail"] = life.detail
    for column, value in expected.items():
        if (now[column] or None) != (value or None):
            yield f"its {column} is {shown(now[column])}, the log says {shown(value)}"


def _gaps(life: Life) -> Iterator[str]:
    """Yield what cannot be of a log by itself."""
    if life.missing:
        yield f"attempt {life.missing[0]} is missing in the log"
    if life.unknown:
        yield f"there is an outcome of attempt {life.unknown[0]}, and no such attempt"
    if life.strange:
        yield f"an outcome says {shown(life.strange[0])}, which is no state"
    if len(life.accepted_by) > 1:
        tries = " and ".join(str(n) for n in sorted(life.accepted_by))
        yield f"the relay accepted it in the tries {tries}: it was handed over more than once"


def _live_through(life: Life, rows: list[tuple[str, Mapping[str, Any]]]) -> None:
    """Live through one commit: attempts, then outcomes, then events, as the journal does."""
    refused = {row["n"] for table, row in rows if table == "outcome"}
    for table, row in rows:
        if table == "attempt":
            life.missing += range(life.attempts + 1, row["n"])
            life.attempts = row["n"]
            if row["n"] not in refused:  # else it ended before an intent: attempt and outcome are one commit
                _to(life, DeliveryState.ATTEMPTING)
        elif table == "outcome":
            _conclude(life, row)
        else:
            _befall(life, row)


def _conclude(life: Life, row: Mapping[str, Any]) -> None:
    """Take an outcome: that of an earlier attempt than the latest is evidence that changes nothing any more."""
    if row["state"] not in _STATES:
        life.strange.append(str(row["state"]))
        return
    state = DeliveryState(row["state"])
    if row["n"] > life.attempts:
        life.unknown.append(row["n"])
    if state is DeliveryState.ACCEPTED:
        life.accepted_by.add(row["n"])
    if row["n"] == life.attempts and _to(life, state):
        life.reply = {column: row[name] for column, name in _OF_REPLY.items()}
        life.detail = row["detail"] or ""
        life.accepted_at = row["at"] if state is DeliveryState.ACCEPTED else None


def _befall(life: Life, row: Mapping[str, Any]) -> None:
    """Take what people or clocks did to a delivery; what settled a doubt knows when the relay took it."""
    if row["kind"] == "resolved":
        if life.state is DeliveryState.ACCEPTED:
            with contextlib.suppress(
                ValueError, LookupError, TypeError
            ):  # the chain tells what became of the event
                life.accepted_at = json.loads(row["data"])["accepted_at"]
    elif row["kind"] in _STATES and _to(life, DeliveryState(row["kind"])):
        life.detail = None


_STATES = frozenset(DeliveryState)


def _to(life: Life, state: DeliveryState) -> bool:
    if not allowed(life.state, state):
        return False
    life.state = state
    return True


def shown(value: object) -> str:
    """Return a value of a row as a finding says it."""
    return "empty" if value is None or value == "" else str(value)[:120]
