"""What a delivery in doubt may become, and why: by the relay's logs, by an officer, by the advisory. Pure.

Doubt is about one attempt. Its message goes again only when that attempt can no longer end: a dispatcher that was
merely slow could still bring the relay's reply (RFC 5321, section 4.5.3.2.6, lets it wait ten minutes).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from dispatcher.model import DoubtPolicy
from dispatcher.moments import second
from dispatcher.outbox.relay_logs import Kind, covers
from dispatcher.outbox.states import DeliveryState

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime, tzinfo

    from dispatcher.outbox.records import AttemptRecord, DeliveryRecord, ReleaseRecord
    from dispatcher.outbox.relay_logs import Span, Trace


class Decision(StrEnum):
    """What an officer says of a delivery in doubt."""

    ACCEPTED = "accepted"
    FAILED = "failed"
    AGAIN = "again"


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubt:
    """A delivery of which nobody knows whether the relay took it, with all that is known of it."""

    seq: int
    delivery: DeliveryRecord
    release: ReleaseRecord
    attempts: tuple[AttemptRecord, ...]
    """The last one is the one in doubt."""
    ends_at: datetime
    """Before this moment the attempt in doubt could still end."""
    owner_is_dead: bool
    """Whether the dispatcher that made it is known to have ended: then it brings no reply any more."""

    @property
    def attempt(self) -> AttemptRecord:
        """The attempt in doubt."""
        return self.attempts[-1]

    @property
    def message_id(self) -> str:
        """Its Message-ID, without brackets."""
        return self.delivery.message_id.strip("<>")

    def again_from(self, now: datetime) -> datetime | None:
        """Return from when it may go again; None when it may now."""
        return None if self.owner_is_dead or now >= self.ends_at else self.ends_at


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement:
    """What a doubt becomes: the new state, what the register says, and what the event keeps."""

    doubt: Doubt
    state: DeliveryState
    detail: str
    data: Mapping[str, Any]
    accepted_at: datetime | None = None
    """Only where the relay's log tells it."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A doubt that stays, and why."""

    doubt: Doubt
    why: str


@dataclass(slots=True)
class Ruling:
    """What is to be settled, and what stays in doubt."""

    settled: list[Settlement] = field(default_factory=list)
    kept: list[Kept] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Logs:
    """What the relay's logs that an officer brings say: by Message-ID, and what time each log holds."""

    traces: Mapping[str, Sequence[Trace]]
    files: Sequence[LogFile]
    complete: bool
    """Whether the officer says that they are whole for the time that they cover."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LogFile:
    """A log that was read."""

    name: str
    lines: int
    understood: int
    span: Span


def by_logs(doubts: Iterable[Doubt], logs: Logs, *, now: datetime, zone: tzinfo) -> Ruling:
    """Settle what the relay's logs prove.

    What they show in the relay's queue is accepted. What whole logs do not show was not handed over, if they hold
    the whole time in which the attempt could end.
    """
    ruling = Ruling()
    for doubt in doubts:
        traces = logs.traces.get(doubt.message_id, ())
        shown = next((one for one in traces if one.taken_at), None)
        if shown is not None and (why := _why_another_time(doubt, shown, zone)):
            ruling.kept.append(Kept(doubt, why))
        elif shown is not None:
            ruling.settled.append(_shown(doubt, shown, logs, zone))
        elif why := _why_absence_proves_nothing(doubt, traces, logs, now=now, zone=zone):
            ruling.kept.append(Kept(doubt, why))
        else:
            names = ", ".join(one.name for one in logs.files)
            detail = f"not handed over: its Message-ID was never in the relay's queue, says {names}"
            data = _log_data(doubt, traces, logs)
            deferred = DeliveryState.DEFERRED
            ruling.settled.append(Settlement(doubt=doubt, state=deferred, detail=detail, data=data))
    return ruling


def by_decision(
    doubts: Iterable[Doubt], decision: Decision, *, by: str, reason: str, now: datetime, zone: tzinfo
) -> Ruling:
    """Settle doubts as an officer says; what could still end is not to go again yet."""
    ruling = Ruling()
    for doubt in doubts:
        if decision is Decision.AGAIN and (why := _why_not_yet(doubt, now, zone)):
            ruling.kept.append(Kept(doubt, why))
            continue
        data = {"how": "decision", "decision": decision, "reason": reason}
        detail = f"{_DECIDED[decision]} by decision of {by}: {reason}"
        state = _DECISION_STATES[decision]
        ruling.settled.append(
            Settlement(doubt=doubt, state=state, detail=detail, data={**data, **_attempt_data(doubt)})
        )
    return ruling


def by_policy(doubts: Iterable[Doubt], *, by: str, now: datetime, zone: tzinfo) -> Ruling:
    """Settle doubts as their release says that it wants them settled."""
    ruling = Ruling()
    for doubt in doubts:
        policy = doubt.release.doubt_policy
        if why := _why_policy_keeps(doubt, policy, now=now, zone=zone):
            ruling.kept.append(Kept(doubt, why))
            continue
        decision = Decision.AGAIN if policy is DoubtPolicy.RESEND else Decision.ACCEPTED
        detail = f"{_DECIDED[decision]} by the advisory's policy (in_doubt: {policy}), applied by {by}"
        data = {"how": "policy", "policy": policy, **_attempt_data(doubt)}
        state = _DECISION_STATES[decision]
        ruling.settled.append(Settlement(doubt=doubt, state=state, detail=detail, data=data))
    return ruling


def ends_after(content_timeout: float, lease: float) -> timedelta:
    """Return how long after its start an attempt may still end: the wait for the reply, and the lease."""
    return timedelta(seconds=content_timeout + lease)


_CLOCKS_DIFFER = timedelta(minutes=5)
"""How far the relay's clock may be from ours."""
_DECIDED = {
    Decision.ACCEPTED: "taken as accepted",
    Decision.FAILED: "taken as not accepted",
    Decision.AGAIN: "queued again",
}
_DECISION_STATES = {
    Decision.ACCEPTED: DeliveryState.ACCEPTED,
    Decision.FAILED: DeliveryState.FAILED,
    Decision.AGAIN: DeliveryState.QUEUED,
}


def _shown(doubt: Doubt, trace: Trace, logs: Logs, zone: tzinfo) -> Settlement:
    assert trace.taken_at is not None
    at, host = second(trace.taken_at, zone), f" of {trace.host}" if trace.host else ""
    detail = f"accepted: the relay's log{host} shows it in the queue at {at} as {trace.queue_id}"
    data = _log_data(doubt, logs.traces[doubt.message_id], logs)
    return Settlement(
        doubt=doubt, state=DeliveryState.ACCEPTED, detail=detail, data=data, accepted_at=trace.taken_at
    )


def _why_another_time(doubt: Doubt, trace: Trace, zone: tzinfo) -> str | None:
    """Say that the log's times cannot be right where it has the message at a time at which nobody sent it."""
    seen, start = trace.steps[0].at, doubt.attempts[0].started_at
    if start - _CLOCKS_DIFFER <= seen <= doubt.ends_at + _CLOCKS_DIFFER:
        return None
    return (
        f"the relay's log has it at {second(seen, zone)}, but it was handed over from {second(start, zone)} to "
        f"{second(doubt.ends_at, zone)} at the latest; name the zone of the log's times with --log-zone"
    )


def _why_absence_proves_nothing(
    doubt: Doubt, traces: Sequence[Trace], logs: Logs, *, now: datetime, zone: tzinfo
) -> str | None:
    start = doubt.attempt.started_at
    if not logs.complete:
        said = [step.words for one in traces for step in one.steps if step.kind is Kind.REFUSED]
        if said:
            return f"the relay's log says that it was refused ({said[-1]}); with --log-complete that counts"
        if traces:
            return "the relay's log shows its header, not that the relay kept the message"
        return "the logs do not name its Message-ID; that proves nothing unless --log-complete says they are whole"
    if not covers([one.span for one in logs.files], start, doubt.ends_at):
        return (
            f"the logs do not show it, but they do not hold all of the time from {second(start, zone)} to "
            f"{second(doubt.ends_at, zone)}"
        )
    return _why_not_yet(doubt, now, zone)


def _why_not_yet(doubt: Doubt, now: datetime, zone: tzinfo) -> str | None:
    """Say until when its message must not go again, where the attempt could still end."""
    until = doubt.again_from(now)
    if until is None:
        return None
    start = second(doubt.attempt.started_at, zone)
    return f"its attempt of {start} could still end; it may go again from {second(until, zone)}"


def _why_policy_keeps(doubt: Doubt, policy: DoubtPolicy, *, now: datetime, zone: tzinfo) -> str | None:
    if policy is DoubtPolicy.HOLD:
        return "the advisory's policy (in_doubt: hold) is to leave it to an officer"
    if policy is DoubtPolicy.ASSUME_ACCEPTED:
        return None
    if now >= doubt.release.cutoff:
        return (
            f"its end, {second(doubt.release.cutoff, zone)}, has passed; the policy sends nothing again after it"
        )
    return _why_not_yet(doubt, now, zone)


def _log_data(doubt: Doubt, traces: Sequence[Trace], logs: Logs) -> dict[str, Any]:
    files = [
        {
            "name": one.name,
            "lines": one.lines,
            "understood": one.understood,
            "from": one.span.first.isoformat(),
            "to": one.span.last.isoformat(),
        }
        for one in logs.files
    ]
    found = [
        {
            "host": one.host,
            "queue_id": one.queue_id,
            "steps": [[step.at.isoformat(), step.kind, step.words] for step in one.steps],
            "more": one.more,
        }
        for one in traces
    ]
    return {"how": "log", "complete": logs.complete, "files": files, "traces": found, **_attempt_data(doubt)}


def _attempt_data(doubt: Doubt) -> dict[str, Any]:
    return {"attempt": doubt.attempt.n, "message_id": doubt.message_id}
