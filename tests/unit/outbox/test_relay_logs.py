"""What a relay's log proves of a message: only what stands where the relay itself writes it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatcher.outbox.relay_logs import LONGEST_LINE, Kind, Span, Trace, covers, parse, trace

if TYPE_CHECKING:
    from collections.abc import Sequence

KOLKATA = ZoneInfo("Asia/Kolkata")
NEAR = datetime(2025, 8, 12, 15, 40, tzinfo=UTC)
WANTED = "0123456789abcdef0123456789abcdef@customs.example"
OTHER = "fedcba9876543210fedcba9876543210@customs.example"
Q, LONG = "3F1A2B4C5D", "4BxQ1m2Z9kz1W"


def at(hour: int, minute: int, second: int) -> datetime:
    """Return a moment of that evening in India."""
    return datetime(2025, 8, 12, hour, minute, second, tzinfo=KOLKATA).astimezone(UTC)


def postfix(daemon: str, said: str, *, second: int = 5, host: str = "mx1") -> str:
    """Return a line as Postfix's syslog writes it."""
    return f"Aug 12 21:10:{second:02} {host} postfix/{daemon}[1235]: {said}"


def exim(said: str, *, second: int = 5) -> str:
    """Return a line of Exim's main log."""
    return f"2025-08-12 21:10:{second:02} 1ulqXR-000abc-2D {said}"


def looked_for(lines: Sequence[str]) -> list[Trace]:
    """Return the traces of the message looked for."""
    return trace(lines, {WANTED}, zone=KOLKATA, near=NEAR)[0].get(WANTED, [])


def is_proved(lines: Sequence[str]) -> bool:
    """Tell whether the lines prove that the relay took the message looked for."""
    return any(one.taken_at for one in looked_for(lines))


def steps(lines: Sequence[str]) -> list[tuple[Kind, str]]:
    """Return what is kept of the only trace."""
    (one,) = looked_for(lines)
    return [(step.kind, step.words) for step in one.steps]


HEADER = f"message-id=<{WANTED}>"
ACTIVE = "from=<bounces@customs.example>, size=12345, nrcpt=1 (queue active)"
STATUS = (
    "to=<c@delhi.example>, relay=mx.delhi.example[192.0.2.1]:25, delay=2, delays=0.1/0/1/0.9, dsn=2.0.0, "
    "status=sent (250 2.0.0 OK 1755 x)"
)


def taken(queue_id: str = LONG) -> list[str]:
    """Return the usual lines of a message that Postfix took over and passed on, amid others."""
    return [
        postfix("smtpd", "connect from office.example[192.0.2.9]", second=4),
        postfix("smtpd", f"{queue_id}: client=office.example[192.0.2.9], sasl_method=PLAIN, sasl_username=office"),
        postfix("cleanup", f"{queue_id}: {HEADER}"),
        postfix("cleanup", f"{queue_id}: warning: header Subject: x from office.example[192.0.2.9]; from=<a@b>"),
        postfix("qmgr", f"{queue_id}: {ACTIVE}", second=6),
        postfix(
            "smtpd", "NOQUEUE: reject: RCPT from x[192.0.2.8]: 554 5.7.1 <y@z>: Relay access denied", second=6
        ),
        postfix("qmgr", f"AAAAA1: {ACTIVE}", second=6),
        postfix("smtp", f"{queue_id}: {STATUS}", second=7),
        postfix("qmgr", f"{queue_id}: removed", second=7),
    ]


@pytest.mark.parametrize("queue_id", [Q, LONG])
def test_postfix_shows_a_message_in_its_queue(queue_id: str) -> None:
    """Message-ID and queue line under one queue id prove acceptance; what became of it onward is kept."""
    (found,) = looked_for(taken(queue_id))

    assert (WANTED, "mx1", queue_id, at(21, 10, 6)) == (
        found.message_id, found.host, found.queue_id, found.taken_at
    )  # fmt: skip
    assert [
        (Kind.BEGUN, HEADER),
        (Kind.TAKEN, ACTIVE),
        (Kind.ONWARD, "to=<c@delhi.example> status=sent (250 2.0.0 OK 1755 x)"),
        (Kind.ENDED, "removed"),
    ] == steps(taken(queue_id))


def test_header_alone_proves_nothing() -> None:
    """`cleanup` logs the Message-ID before the final dot: a lost connection leaves that line and no message."""
    lines = [
        *taken()[:4],
        postfix("smtpd", "lost connection after DATA (911 bytes) from office.example[192.0.2.9]"),
    ]

    assert [(Kind.BEGUN, HEADER)] == steps(lines)
    assert not is_proved(lines)


@pytest.mark.parametrize("state", ["deferred", "bounced", "sent"])
@pytest.mark.parametrize("agent", ["smtp", "lmtp", "local", "virtual"])
def test_what_an_agent_tries_was_in_the_queue(agent: str, state: str) -> None:
    """A line of a delivery agent proves acceptance too, whatever it says of the next hop."""
    said = STATUS.replace("relay=", "orig_to=<d@delhi.example>, relay=").replace("status=sent", f"status={state}")

    assert is_proved([postfix("cleanup", f"{Q}: {HEADER}"), postfix(agent, f"{Q}: {said}")])


@pytest.mark.parametrize(
    "said",
    [
        f"{Q}: milter-reject: END-OF-MESSAGE from office.example[192.0.2.9]: 5.7.1 no; from=<a@b> to=<c@d>",
        f"{Q}: reject: header Subject: x from office.example[192.0.2.9]; from=<a@b> to=<c@d>: 5.7.1 no",
    ],
)
def test_refusal_after_the_content_is_kept_and_is_no_acceptance(said: str) -> None:
    """A message that a filter refused has its Message-ID in the log, and was not taken over."""
    lines = [postfix("cleanup", f"{Q}: {HEADER}"), postfix("cleanup", said)]

    assert [Kind.BEGUN, Kind.REFUSED] == [kind for kind, _ in steps(lines)]
    assert not is_proved(lines)


def test_queue_id_used_again_is_another_message() -> None:
    """Short queue ids come back: the queue line of a later message does not prove an earlier one."""
    begun = postfix("cleanup", f"{Q}: {HEADER}")
    active = postfix("qmgr", f"{Q}: {ACTIVE}", second=9)

    assert is_proved([begun, active])
    assert not is_proved([begun, postfix("smtpd", f"{Q}: client=x[192.0.2.7]", second=8), active])
    assert not is_proved([begun, postfix("cleanup", f"{Q}: message-id=<{OTHER}>", second=8), active])
    assert not is_proved([begun, postfix("qmgr", f"{Q}: {ACTIVE}", host="mx2")]), "another machine's queue"


ARRIVED = "<= bounces@customs.example H=office.example (office) [192.0.2.9]:4711 I=[192.0.2.1]:25 P=esmtps"
TLS = "X=TLS1.3:TLS_AES_256_GCM_SHA384:256 CV=no"


@pytest.mark.parametrize(
    "line",
    [
        exim(f'{ARRIVED} {TLS} S=12345 id={WANTED} T="a \\"b\\" c" from <b@customs.example> for c@delhi.example'),
        exim(f"<= <> U=office P=local S=12345 id={WANTED}"),
        exim(f'<= "a b"@customs.example H=[2001:db8::1] P=smtp DN="/CN=a b" S=12345 RT=0.1s id={WANTED}'),
        f"2025-08-12 21:10:05.123 +0530 [77] 1ulqXR-00000000abc-2DEF {ARRIVED} A=plain:office S=1 id={WANTED}",
        f"Aug 12 21:10:05 mx1 exim[77]: 2025-08-12 21:10:05 1ulqXR-000abc-2D {ARRIVED} S=1 id={WANTED}",
        f"2025-08-12T21:10:05+05:30 mx1 exim4[77]: 1ulqXR-000abc-2D {ARRIVED} S=1 id={WANTED}",
    ],
)
def test_exim_shows_an_arrival(line: str) -> None:
    """Exim's arrival line proves acceptance, in each of the shapes that its settings give it."""
    (found,) = looked_for([line])

    assert found.taken_at is not None
    assert at(21, 10, 5) == found.taken_at.replace(microsecond=0)


def test_exim_tells_what_became_of_it() -> None:
    """Deliveries, deferrals and failures onward are kept, to the end of the message."""
    lines = [
        exim(f"{ARRIVED} S=1 id={WANTED}"),
        exim("== c@delhi.example R=dnslookup T=remote_smtp defer (-53): retry time not reached", second=6),
        exim('=> c@delhi.example R=dnslookup T=remote_smtp H=mx.delhi.example [192.0.2.1] C="250 OK"', second=7),
        exim("-> d@delhi.example R=dnslookup T=remote_smtp", second=7),
        exim("** e@delhi.example R=dnslookup T=remote_smtp: 550 no such user", second=8),
        exim("Completed", second=9),
        exim("=> of.another@delhi.example R=dnslookup", second=10),
    ]

    kinds = [kind for kind, _ in steps(lines)]
    assert [Kind.TAKEN, *[Kind.ONWARD] * 4, Kind.ENDED] == kinds
    assert (Kind.ONWARD, "** e@delhi.example R=dnslookup T=remote_smtp: 550 no such user") == steps(lines)[4]


FORGED = [
    # Postfix: what a sender writes into a header, an address or a HELO
    postfix("cleanup", f"{Q}: warning: header Subject: {Q}: {HEADER} from x[192.0.2.7]; from=<a@b> to=<c@d>"),
    postfix("cleanup", f"{Q}: message-id=<{WANTED}> x"),
    postfix("cleanup", f"{Q}: message-id=<x{WANTED}>"),
    postfix("cleanup", f"{Q}: message-id=<{WANTED}.example>"),
    postfix("cleanup", f"{Q}: message-id=<{WANTED.upper()}>"),
    postfix("cleanup", f"{Q}: resent-message-id=<{WANTED}>"),
    postfix("cleanup", f"{Q}: message-id=<{WANTED}> {'x' * LONGEST_LINE}"),
    postfix("smtpd", f"{Q}: {HEADER}"),
    postfix("smtpd", f"NOQUEUE: reject: RCPT from x[192.0.2.7]: 554 5.7.1; helo=<{Q}: {HEADER}>"),
    f"Aug 12 21:10:05 mx1 dovecot/cleanup-x[1]: {Q}: {HEADER}",
    f"Aug 12 21:10:05 mx1 sshd[1]: Aug 12 21:10:05 mx1 postfix/cleanup[1]: {Q}: {HEADER}",
    f"Aug 12 21:10:05 mx1 logger: postfix/cleanup[1]: {Q}: {HEADER}",
    # Exim: subject, sender, HELO, ident, and a line too long to be read whole
    exim(f'{ARRIVED} S=1 id={OTHER} T="x S=1 id={WANTED} y"'),
    exim(f'{ARRIVED} S=1 id={OTHER} T="x\\" S=1 id={WANTED} y"'),
    exim(f'<= "a H=[192.0.2.7] P=x S=1 id={WANTED} "@evil.example H=[192.0.2.7] P=smtp S=1 id={OTHER}'),
    exim(f"<= a@b H=(x S=1 id={WANTED} y) [192.0.2.7] P=smtp S=1 id={OTHER}"),
    exim(f"<= a@b H=[192.0.2.7] U=x P=smtp S=1 id={WANTED} P=smtp S=1 id={OTHER}"),
    exim(f'<= a@b H=(a T=") [192.0.2.7] P=smtp S=1 id={OTHER} T="S=1 id={WANTED} y"'),
    exim(f"{ARRIVED} S=1 id={WANTED}x"),
    exim(f"{ARRIVED} S=1 id=x{WANTED}"),
    exim(f"{ARRIVED} S=1 id*={WANTED}"),
    exim(f"{ARRIVED} S=1 id={WANTED}").replace("<=", "(="),
    exim(f"=> c@d S=1 id={WANTED}"),
    exim(f'{ARRIVED} DN="{"x" * (LONGEST_LINE - 238)}" S=1 id={WANTED}{"y" * 300}'),
    f"1ulqXR-000abc-2D {ARRIVED} S=1 id={WANTED}",
    f"x 2025-08-12 21:10:05 1ulqXR-000abc-2D {ARRIVED} S=1 id={WANTED}",
]


@pytest.mark.parametrize("line", FORGED)
def test_nothing_that_a_sender_writes_fakes_acceptance(line: str) -> None:
    """A Message-ID counts only whole and where the relay writes it, never in a text that it quotes."""
    then = [postfix("qmgr", f"{Q}: {ACTIVE}", second=8), exim("Completed", second=9)]

    assert [] == looked_for([line, *then])


@given(cut=st.integers(1, 90))
def test_line_cut_short_is_not_taken_for_a_whole_one(cut: int) -> None:
    """Wherever the limit falls within a line, what is left of an id at its end does not count."""
    start = exim(f'{ARRIVED} DN="{{}}" S=1 id={WANTED}')
    line = start.format("x" * (LONGEST_LINE - len(start) + 2)) + "y" * cut

    assert LONGEST_LINE + cut == len(line)
    assert not is_proved([line])
    assert is_proved([line[:-cut]])


@given(noise=st.lists(st.text(max_size=80), max_size=6), place=st.integers(0, 6))
def test_noise_changes_nothing(noise: list[str], place: int) -> None:
    """Lines of anything between the lines of a relay neither stop the reading nor change what it finds."""
    lines, others = taken(), [one.replace("\n", " ") for one in noise]

    assert steps(lines) == steps([*lines[:place], *others, *lines[place:]])


@given(text=st.text())
def test_any_line_can_be_read(text: str) -> None:
    """No line raises, wherever it is put."""
    for line in (text, postfix("cleanup", text), postfix("qmgr", f"{Q}: {text}"), exim(text), exim(f"<= {text}")):
        trace([line], {WANTED}, zone=KOLKATA, near=NEAR)


@given(subject=st.text(st.characters(exclude_characters='\n"\\'), max_size=60))
def test_no_subject_fakes_an_arrival(subject: str) -> None:
    """Whatever the quoted subject says, with the id in it or not, the line is about the message that came."""
    line = exim(f'{ARRIVED} S=1 id={OTHER} T="{subject} S=1 id={WANTED} {subject}"')

    assert not is_proved([line])
    assert trace([line], {OTHER}, zone=KOLKATA, near=NEAR)[0]


@pytest.mark.parametrize(
    ("stamp", "near", "expected"),
    [
        ("Aug 12 21:10:05", NEAR, at(21, 10, 5)),
        ("Dec 31 23:59:59", datetime(2026, 1, 1, 3, tzinfo=UTC), datetime(2025, 12, 31, 18, 29, 59, tzinfo=UTC)),
        ("Jan  1 00:10:00", datetime(2025, 12, 31, 18, tzinfo=UTC), datetime(2025, 12, 31, 18, 40, tzinfo=UTC)),
        ("Feb 29 12:00:00", datetime(2025, 2, 28, tzinfo=UTC), datetime(2024, 2, 29, 6, 30, tzinfo=UTC)),
        ("2025-08-12T21:10:05.25+05:30", NEAR, at(21, 10, 5).replace(microsecond=250000)),
        ("2025-08-12T15:40:05Z", NEAR, at(21, 10, 5)),
        ("2025-08-12T21:10:05+0530", NEAR, at(21, 10, 5)),
    ],
)
def test_stamps(stamp: str, near: datetime, expected: datetime) -> None:
    """A stamp with zone and year is taken at its word; one without is in the relay's zone, near the attempt."""
    _, span = trace([f"{stamp} mx1 postfix/qmgr[1]: {Q}: removed"], [], zone=KOLKATA, near=near)

    assert Span(expected, expected) == span


@pytest.mark.parametrize(
    "stamp", ["Feb 30 12:00:00", "2025-02-30T12:00:00Z", "Aug 12 25:00:00", "0001-01-01T00:00:00+05:30"]
)
def test_moment_that_never_was(stamp: str) -> None:
    """A line at no possible time neither proves anything nor counts for what a log covers."""
    lines = [f"{stamp} mx1 postfix/cleanup[1]: {Q}: {HEADER}", f"{stamp} mx1 postfix/qmgr[1]: {Q}: {ACTIVE}"]
    found, span = trace(lines, {WANTED}, zone=KOLKATA, near=NEAR)

    assert span is None
    assert all(one.taken_at is None for traces in found.values() for one in traces)


def test_lines_of_other_programs_cover_no_time() -> None:
    """Only a relay's own lines tell what time its log holds."""
    lines = ["2025-08-12 20:00:00 something else", "Aug 12 20:00:00 mx1 sshd[1]: Accepted", *taken()]

    assert Span(at(21, 10, 4), at(21, 10, 7)) == trace(lines, [], zone=KOLKATA, near=NEAR)[1]
    assert parse("2025-08-12 20:00:00 something else") is None


def span(first: int, last: int) -> Span:
    """Return a span in minutes from NEAR."""
    return Span(NEAR + timedelta(minutes=first), NEAR + timedelta(minutes=last))


@pytest.mark.parametrize(
    ("spans", "expected"),
    [
        ([span(-5, 30)], True),
        ([span(0, 11)], True),
        ([span(1, 30)], False),
        ([span(-5, 10)], False),
        ([span(5, 60), span(-60, 4)], True),
        ([span(12, 60), span(-60, 4)], False),
        ([span(-60, -2), span(3, 60)], False),
        ([], False),
    ],
)
def test_what_logs_cover(spans: list[Span], *, expected: bool) -> None:
    """Logs cover an attempt when its start lies within one, and its end within the same or the next one."""
    assert expected is covers(spans, NEAR, NEAR + timedelta(minutes=11))


def test_a_trace_does_not_grow_without_end() -> None:
    """A message that is deferred for days fills no memory: the rest of its lines is counted."""
    (found,) = looked_for([*taken()[:5], *[postfix("smtp", f"{LONG}: {STATUS}")] * 5000])

    assert 30 == len(found.steps)
    assert 5002 == len(found.steps) + found.more
