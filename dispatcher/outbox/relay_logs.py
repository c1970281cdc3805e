"""What a relay's log says of a message, found by its Message-ID: Postfix and Exim, line by line. Pure.

Acceptance is proved by the queue: in Postfix by a line of the queue manager or of a delivery agent (or "removed")
under the queue id that `cleanup` tied to the Message-ID; that line alone shows only that the header came. Exim
writes its arrival line (`<=`) when the message is in its queue. Fields are read by their position from the start
of the line: a sender can choose what stands in a subject, a HELO or an address, but nothing before it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from itertools import zip_longest
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from datetime import tzinfo

LONGEST_LINE = 8192
"""Characters of a line that are looked at; relays write no longer lines about one message."""
_CUT = "\u2026"
"""Ends a line that was longer: its last field is not whole, and must not pass for a whole one."""
_MOST_TRACES = 20
_MOST_STEPS = 30
_MOST_WORDS = 300


class Kind(StrEnum):
    """What a line says of a message."""

    BEGUN = "begun"
    """Its header came; whether the relay kept it is not said."""
    TAKEN = "taken"
    """It is in the relay's queue."""
    REFUSED = "refused"
    ONWARD = "onward"
    """What became of it for one recipient: delivered on, deferred, failed."""
    ENDED = "ended"
    """The relay is done with it."""


@dataclass(frozen=True, slots=True)
class Step:
    """One line about a message: when, what, and in whose words."""

    at: datetime
    kind: Kind
    words: str


@dataclass(slots=True, kw_only=True)
class Trace:
    """The way of one message through one relay: the lines under its queue id, in their order."""

    message_id: str
    """Without brackets."""
    host: str
    """Empty where the log does not name its machine (Exim's own)."""
    queue_id: str
    steps: list[Step] = field(default_factory=list)
    more: int = 0
    """Lines beyond those that are kept."""

    @property
    def taken_at(self) -> datetime | None:
        """When it was certainly in the queue; None where nothing shows that it was."""
        return next((step.at for step in self.steps if step.kind is Kind.TAKEN), None)


@dataclass(frozen=True, slots=True)
class Span:
    """The first and the last moment of a log."""

    first: datetime
    last: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line of a log that is a relay's: when (as written), on which machine, under which queue id, what."""

    stamp: str
    host: str
    queue_id: str
    kind: Kind | None
    """None: nothing that matters here. A new message begins under the queue id where `begins`."""
    words: str = ""
    message_id: str = ""
    begins: bool = False


class Tracer:
    """Takes the lines of one relay's logs, oldest first, and keeps what they say of the messages looked for."""

    def __init__(self, wanted: Collection[str], *, zone: tzinfo, near: datetime) -> None:
        """Look for the Message-IDs `wanted`, without brackets.

        A stamp without a zone is in `zone`; one without a year is in that which brings it nearest to `near`.
        """
        self.traces: dict[str, list[Trace]] = {}
        self.lines = 0
        self.understood = 0
        self._wanted = frozenset(wanted)
        self._clock = _Clock(zone, near)
        self._under_way: dict[tuple[str, str], Trace] = {}
        self._first = self._last = ""

    def read(self, text: str) -> None:
        """Take the next line, without its end."""
        self.lines += 1
        line = parse(text if len(text) <= LONGEST_LINE else text[:LONGEST_LINE] + _CUT)
        if line is None:
            return
        self.understood += 1
        self._first, self._last = self._first or line.stamp, line.stamp
        key = (line.host, line.queue_id)
        if line.begins:
            self._begin(key, line)
        trace = self._under_way.get(key)
        if trace is not None:
            self._follow(key, trace, line)

    def end_of_file(self) -> Span | None:
        """Return what the lines since the last end cover; None where none was a relay's."""
        moments = [at for stamp in (self._first, self._last) if stamp and (at := self._clock.moment(stamp))]
        self._first = self._last = ""
        return Span(min(moments), max(moments)) if moments else None

    def _begin(self, key: tuple[str, str], line: Line) -> None:
        """Take up a new message; a queue id is used again once its message is gone."""
        self._under_way.pop(key, None)
        if line.message_id not in self._wanted:
            return
        known = self.traces.setdefault(line.message_id, [])
        if len(known) < _MOST_TRACES:
            known.append(Trace(message_id=line.message_id, host=line.host, queue_id=line.queue_id))
            self._under_way[key] = known[-1]

    def _follow(self, key: tuple[str, str], trace: Trace, line: Line) -> None:
        at = self._clock.moment(line.stamp)
        if at is None or line.kind is None:
            return
        kinds = [line.kind]
        if trace.taken_at is None and line.kind in {Kind.ONWARD, Kind.ENDED}:
            kinds.insert(0, Kind.TAKEN)  # only what is in the queue is passed on, or taken out of it
        for kind in kinds:
            if len(trace.steps) < _MOST_STEPS:
                trace.steps.append(Step(at, kind, _printable(line.words[:_MOST_WORDS])))
            else:
                trace.more += 1
        if line.kind is Kind.ENDED:
            del self._under_way[key]


def trace(
    lines: Iterable[str], wanted: Collection[str], *, zone: tzinfo, near: datetime
) -> tuple[dict[str, list[Trace]], Span | None]:
    """Return what the lines of one log say of each message looked for, by Message-ID, and what time they cover."""
    tracer = Tracer(wanted, zone=zone, near=near)
    for line in lines:
        tracer.read(line)
    return tracer.traces, tracer.end_of_file()


def covers(spans: Iterable[Span], start: datetime, end: datetime) -> bool:
    """Tell whether logs (each a span) hold all of the time from `start` to `end`.

    Where it begins in one log it may end in the next: logs are changed at some hour.
    """
    ordered = sorted(spans, key=lambda span: span.first)
    for one, following in zip_longest(ordered, ordered[1:]):
        if one.first <= start <= one.last:
            last = max(one.last, following.last) if following and following.first <= end else one.last
            if end <= last:
                return True
    return False


def parse(text: str) -> Line | None:
    """Return what a line says, or None where it is not a relay's."""
    found = _SYSLOG.match(text)
    if found is None:
        own = _EXIM.match(text)
        return _exim(own, own["stamp"], "") if own and own["stamp"] else None
    name, _, daemon = found["tag"].rpartition("/")
    if name:
        return _postfix(found, daemon) if daemon in _DAEMONS else None
    own = _EXIM.match(found["rest"]) if daemon.startswith("exim") else None
    return _exim(own, found["stamp"], found["host"]) if own else None


_SYSLOG = re.compile(
    r"(?P<stamp>(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) [ 0-3][0-9] [0-9]{2}:[0-9]{2}:[0-9]{2}"
    r"|[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,9})?(?:Z|[+-][0-9]{2}:?[0-9]{2}))"
    r" (?P<host>[A-Za-z0-9._:-]+) (?P<tag>[A-Za-z0-9._/-]+)\[[0-9]+\]: (?P<rest>.*)",
    re.DOTALL,
)
"""RFC 3164 as Postfix's syslog writes it, or the same with a stamp of RFC 3339 (RFC 5424)."""

_QUEUE_ID = r"[0-9A-F]{5,20}|[0-9B-DF-HJ-NP-TV-Zb-df-hj-np-tv-y]{10}[0-9B-DF-HJ-NP-TV-Zb-df-hj-np-tv-z]{2,20}"
"""Postfix: hexadecimal, or the long form, which has no vowels."""
_POSTFIX = re.compile(rf"(?P<queue_id>{_QUEUE_ID}): (?P<said>.*)", re.DOTALL)
_MESSAGE_ID = re.compile(r"message-id=<([^<>\s]+)>")
_ACTIVE = re.compile(r"from=<.*>, size=[0-9]+, nrcpt=[0-9]+ \(queue active\)")
_MAILBOX = r'<(?:"(?:[^"\\]|\\.)*"|[^"<>\s])*>'
_STATUS = re.compile(
    rf"(to={_MAILBOX}), (?:orig_to={_MAILBOX}, )?relay=[^\s,]+, (?:conn_use=[0-9]+, )?delay=[0-9.]+, "
    r"delays=[0-9./]+, dsn=([245]\.[0-9]+\.[0-9]+), (status=[a-z]+ \(.*\))"
)
_REFUSAL = re.compile(r"(?:milter-)?(?:reject|discard): (?:END-OF-MESSAGE|header|body) .*")
_AGENTS = frozenset({"smtp", "lmtp", "local", "virtual", "pipe", "error", "relay", "discard"})
_DAEMONS = _AGENTS | {
    *(
        "anvil",
        "bounce",
        "cleanup",
        "flush",
        "master",
        "pickup",
        "postfix-script",
        "postscreen",
        "proxymap",
        "qmgr",
    ),
    *("scache", "smtpd", "tlsmgr", "tlsproxy", "trivial-rewrite", "verify"),
}


def _postfix(found: re.Match[str], daemon: str) -> Line:
    stamp, host = found["stamp"], found["host"]
    under = _POSTFIX.fullmatch(found["rest"])
    if under is None:
        return Line(stamp=stamp, host=host, queue_id="", kind=None)
    queue_id, said = under["queue_id"], under["said"]
    kind, words, message_id = None, said, ""
    begins = daemon == "smtpd" and said.startswith("client=")
    if daemon == "cleanup" and said.startswith("message-id="):
        whole = _MESSAGE_ID.fullmatch(said)
        kind, message_id, begins = Kind.BEGUN, whole[1] if whole else "", True
    elif daemon == "qmgr" and _ACTIVE.fullmatch(said):
        kind = Kind.TAKEN
    elif daemon == "qmgr" and said == "removed":
        kind = Kind.ENDED
    elif daemon in {"cleanup", "smtpd"} and _REFUSAL.fullmatch(said):
        kind = Kind.REFUSED
    elif daemon in _AGENTS and (told := _STATUS.fullmatch(said)):
        kind, words = Kind.ONWARD, f"{told[1]} {told[3]}"
    return Line(
        stamp=stamp, host=host, queue_id=queue_id, kind=kind, words=words, message_id=message_id, begins=begins
    )


_EXIM = re.compile(
    r"(?P<stamp>[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,9})?(?: [+-][0-9]{4})?)? ?"
    r"(?:\[[0-9]+\] )?"
    r"(?P<queue_id>[0-9A-Za-z]{6}-(?:[0-9A-Za-z]{6}-[0-9A-Za-z]{2}|[0-9A-Za-z]{11}-[0-9A-Za-z]{4}))"
    r" (?P<flag><=|=>|->|>>|==|\*\*|Completed)(?: (?P<said>.*))?",
    re.DOTALL,
)
_QUOTED = r'"(?:[^"\\]|\\.)*"'
_ARRIVAL = re.compile(
    rf'(?:<>|[^\s"<>][^\s]*|{_QUOTED}@[^\s]+)(?: R=[^\s]+)?'  # the envelope sender; the message it answers
    r"(?: H=(?:[^\s()\[\]]+ )?(?:\([^\s()]*\) )?\[[0-9A-Fa-f.:]+\](?::[0-9]+)?(?: I=[^\s]+)?| U=[^\s\"]+)"
    rf'(?: P=[^\s"]+)?(?: (?:X|CV|SNI|A|PRX|M8S|DKIM)=[^\s"]+| DN={_QUOTED}| PRDR| K| L)*'
    r' S=[0-9]+(?: (?:M8S|DKIM|RT|Q)=[^\s"]+)* id=(?P<id>[^\s"<>]+)(?= |$)'
)
"""What stands before `id=` of an arrival line. No field that a sender chooses may hold a blank outside quotes:
where one does, the line proves nothing."""


def _exim(found: re.Match[str], stamp: str, host: str) -> Line:
    said, flag = found["said"] or "", found["flag"]
    if flag == "<=":
        arrived = _ARRIVAL.match(said)
        kind, message_id = Kind.TAKEN if arrived else None, arrived["id"] if arrived else ""
        words = said[: arrived.end()] if arrived else ""
    else:
        kind, message_id = Kind.ENDED if flag == "Completed" else Kind.ONWARD, ""
        words = f"{flag} {said}".rstrip()
    return Line(
        stamp=found["stamp"] or stamp,
        host=host,
        queue_id=found["queue_id"],
        kind=kind,
        words=words,
        message_id=message_id,
        begins=flag == "<=",
    )


def _printable(words: str) -> str:
    return "".join(character if character.isprintable() else "?" for character in words)


class _Clock:
    """Makes a moment of a stamp."""

    def __init__(self, zone: tzinfo, near: datetime) -> None:
        self._zone = zone
        self._near = near

    def moment(self, stamp: str) -> datetime | None:
        """Return the moment in UTC, or None where there is no such day or hour.

        The year that a stamp lacks is the one that brings it nearest.
        """
        if stamp[0].isdigit():
            return self._utc(stamp.replace(" +", "+").replace(" -", "-"), "")
        year = self._near.astimezone(self._zone).year
        moments = [
            at for each in (year - 1, year, year + 1) if (at := self._utc(f"{each} {stamp}", "%Y %b %d %H:%M:%S"))
        ]
        return min(moments, key=lambda at: abs(at - self._near), default=None)

    def _utc(self, text: str, form: str) -> datetime | None:
        try:
            at = datetime.strptime(text, form) if form else datetime.fromisoformat(text)  # noqa: DTZ007 - see below
            return (at if at.tzinfo else at.replace(tzinfo=self._zone)).astimezone(UTC)
        except (ValueError, OverflowError):
            return None
