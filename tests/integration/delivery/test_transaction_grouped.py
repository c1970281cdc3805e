"""Transactions in groups (RFC 2920) with a real server: what each reply of a group settles, and what none does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from dispatcher.delivery import verdicts
from dispatcher.delivery.connecting import connect
from dispatcher.delivery.transaction import Content, Result, Transaction, hand_over
from dispatcher.smtp import Reply, Stage
from tests.smtp_server import IMPATIENT, PIPELINING, Act, Last, Pieces, SmtpServer, Together, until
from tests.transactions import CONTENT, ENVELOPE, connect_and_transact, transact_in_turn

if TYPE_CHECKING:
    from collections.abc import Callable

    from dispatcher.delivery.verdicts import Verdict

    Run = Callable[[Any], Any]

NO_RECIPIENT = "503 5.5.1 no valid recipients"
UNKNOWN = "550 5.1.1 User unknown"
GROUP = ["MAIL", "RCPT", "DATA"]


def _server(**faults: Any) -> SmtpServer:
    return SmtpServer(faults, extensions=PIPELINING)


def test_a_group_goes_in_one_piece(run: Run) -> None:
    """MAIL, RCPT and DATA wait for no reply to one another; the content waits for that to DATA."""
    with _server() as server:
        story = run(connect_and_transact(server))

    assert (verdicts.ACCEPTED, 1, True) == (story.result.verdict, story.intents, story.usable)
    assert Reply(250, "2.0.0", "OK queued as 4711") == story.result.reply
    assert [b"Subject: Advisory\r\n\r\n..first\r\nlast\r\n"] == server.messages
    assert ["EHLO", *GROUP, "QUIT"] == server.verbs
    assert [b"RCPT", b"DATA"] == [line[:4] for line in server.grouped]


@pytest.mark.parametrize(
    "replies",
    [
        {"mail": Together("250 OK"), "rcpt": Together("250 OK")},
        {"mail": Pieces("250-2.1.0 one\r\n250 2.1.0 two"), "rcpt": Pieces("250 OK"), "data": Pieces("354 go")},
        {"mail": Together("250 OK"), "rcpt": Pieces("250 OK"), "content": Pieces("250 2.0.0 OK queued as 4711")},
    ],
    ids=["in one packet", "octet by octet", "some of each"],
)
def test_replies_to_a_group_may_be_cut_anywhere(run: Run, replies: dict[str, Any]) -> None:
    """Each command gets its own reply, whether they come in one packet or octet by octet."""
    with _server(**replies) as server:
        story = run(connect_and_transact(server))

    assert (verdicts.ACCEPTED, 1) == (story.result.verdict, story.intents)
    assert 1 == len(server.messages)


REFUSALS: list[tuple[dict[str, Any], Stage, Verdict, int, bool, list[bytes]]] = [
    ({"mail": "421 4.3.2 shutting down"}, Stage.MAIL, verdicts.DOWN, 0, False, []),
    (
        {"mail": "553 5.1.7 no", "rcpt": "503 5.5.1 no MAIL", "data": NO_RECIPIENT},
        Stage.MAIL, verdicts.SENDER, 0, True, [],
    ),
    (
        {"mail": "452 4.3.1 full", "rcpt": "503 5.5.1 no MAIL", "data": "354 go", "content": NO_RECIPIENT},
        Stage.MAIL, verdicts.LATER, 0, True, [b""],
    ),
    ({"rcpt": "451 4.7.1 Greylisted", "data": NO_RECIPIENT}, Stage.RCPT, verdicts.GREYLISTED, 0, True, []),
    ({"rcpt": UNKNOWN, "data": NO_RECIPIENT}, Stage.RCPT, verdicts.DEAD, 0, True, []),
    ({"rcpt": UNKNOWN, "content": "554 5.5.1 no valid recipients"}, Stage.RCPT, verdicts.DEAD, 0, True, [b""]),
    ({"rcpt": "451 4.7.1 Greylisted"}, Stage.RCPT, verdicts.GREYLISTED, 0, True, [b""]),
    ({"rcpt": "421 4.4.2 closing"}, Stage.RCPT, verdicts.DOWN, 0, False, []),
    ({"data": "450 4.3.0 not now"}, Stage.DATA, verdicts.LATER, 0, True, []),
    ({"data": "554 5.7.1 no"}, Stage.DATA, verdicts.POLICY, 0, True, []),
    ({"data": "421 4.3.2 closing"}, Stage.DATA, verdicts.DOWN, 0, False, []),
    ({"data": "250 2.0.0 already?"}, Stage.DATA, verdicts.NONSENSE, 0, False, []),
    ({"rcpt": "354 go"}, Stage.RCPT, verdicts.NONSENSE, 0, False, []),
    ({"mail": "354 go"}, Stage.MAIL, verdicts.NONSENSE, 0, False, []),
]  # fmt: skip


@pytest.mark.parametrize(("faults", "stage", "verdict", "intents", "usable", "messages"), REFUSALS)
def test_the_first_refusal_of_a_group_settles_it(
    run: Run,
    faults: dict[str, Any],
    stage: Stage,
    verdict: Verdict,
    intents: int,
    messages: list[bytes],
    *,
    usable: bool,
) -> None:
    """No content goes; where the relay asks for it all the same, it gets a lone dot (RFC 2920, section 3.1)."""
    with _server(**faults) as server:
        story = run(connect_and_transact(server))

    assert (stage, verdict, intents) == (story.result.stage, story.result.verdict, story.intents)
    assert messages == server.messages
    assert usable == story.usable


CONTENT_REFUSALS: list[tuple[Any, Verdict, bool]] = [
    ("452 4.3.1 disk full", verdicts.LATER, True),
    ("554 5.6.0 malformed", verdicts.BAD_CONTENT, True),
    ("421 4.3.2 shutting down", verdicts.DOWN, False),
    (Last("250 2.0.0 OK"), verdicts.ACCEPTED, False),
]


@pytest.mark.parametrize(("answer", "verdict", "usable"), CONTENT_REFUSALS)
def test_a_reply_to_the_content_settles_it(run: Run, answer: Any, verdict: Verdict, *, usable: bool) -> None:
    """Any numeric reply is certain, also the last one before the relay closes."""
    with _server(content=answer) as server:
        first, second = run(transact_in_turn(server, 2))

    assert (Stage.CONTENT, verdict, 1) == (first.result.stage, first.result.verdict, first.intents)
    assert usable == (second.result.stage is Stage.CONTENT)
    assert usable or (verdicts.DOWN, 0) == (second.result.verdict, second.intents)


def test_an_empty_message_is_never_closed(run: Run) -> None:
    """A relay that refuses MAIL, takes RCPT and asks for the content gets no lone dot: that would be a mail."""
    with _server(mail="550 5.7.1 not you") as server:
        story = run(connect_and_transact(server))

    assert (Stage.MAIL, 0, False) == (story.result.stage, story.intents, story.usable)
    assert [] == server.messages


@pytest.mark.parametrize("step", ["mail", "rcpt", "data"])
@pytest.mark.parametrize(
    "fault",
    [Act.DROP, Act.SILENCE, b"\x00\xff garbage\r\n", b"x" * 40_000, b"250-" * 20_000],
    ids=lambda fault: repr(fault)[:20],
)
def test_no_reply_before_the_content_is_certain(run: Run, step: str, fault: Any) -> None:
    """Dropped, silent or unreadable anywhere in the group: nothing was handed over, and no intent is asked for."""
    with _server(**{step: fault}) as server:
        story = run(connect_and_transact(server, timeouts=IMPATIENT))

    assert (Stage(step), verdicts.DOWN) == (story.result.stage, story.result.verdict)
    assert (0, False) == (story.intents, story.usable)
    assert [] == server.messages


@pytest.mark.parametrize(
    "faults",
    [
        {"inside": Act.DROP}, {"content": Act.DROP}, {"content": Act.SILENCE}, {"content": b"250"},
        {"content": b"garbage\r\n"}, {"content": "354 go on"},
    ],
    ids=str,
)  # fmt: skip
def test_no_reply_after_the_content_began_is_doubt(run: Run, faults: dict[str, Any]) -> None:
    """Once the content began only a readable reply settles; its lack is doubt and ends the connection."""
    with _server(**faults) as server:
        story = run(connect_and_transact(server, timeouts=IMPATIENT))

    assert story.result.in_doubt
    assert (Stage.CONTENT, 1, False) == (story.result.stage, story.intents, story.usable)


@pytest.mark.parametrize(
    ("faults", "verbs"),
    [
        ({"rcpt": [UNKNOWN, "250 OK"], "data": [NO_RECIPIENT, "354 go"]}, [*GROUP, "RSET", *GROUP]),
        ({"rcpt": [UNKNOWN, "250 OK"]}, [*GROUP, *GROUP]),
        ({"data": ["450 4.3.0 not now", "354 go"]}, [*GROUP, "RSET", *GROUP]),
        ({"mail": ["452 4.3.1 full", "250 OK"], "rcpt": ["503 no", "250 OK"], "data": ["503 no", "354 go"]},
         [*GROUP, *GROUP]),
    ],
)  # fmt: skip
def test_a_refused_group_does_not_stop_the_next(run: Run, faults: dict[str, Any], verbs: list[str]) -> None:
    """The same connection takes the next message; RSET goes with its group where a transaction was left open."""
    with _server(**faults) as server:
        first, second = run(transact_in_turn(server, 2))

    assert verdicts.ACCEPTED != first.result.verdict
    assert verdicts.ACCEPTED is second.result.verdict
    assert ["EHLO", *verbs, "QUIT"] == server.verbs
    assert [CONTENT.replace(b"\r\n.", b"\r\n..")] == [message for message in server.messages if message]


@pytest.mark.parametrize("answer", ["502 5.5.1 no", Act.DROP, Act.SILENCE, "421 4.3.2 closing"], ids=str)
def test_a_relay_that_does_not_agree_to_reset_takes_nothing(run: Run, answer: Any) -> None:
    """The group behind a refused RSET is not gone on with: it might belong to the transaction before."""
    with _server(rcpt=[UNKNOWN, "250 OK"], data=[NO_RECIPIENT, "354 go"], rset=answer) as server:
        first, second = run(transact_in_turn(server, 2, timeouts=IMPATIENT))

    assert [verdicts.DEAD, verdicts.DOWN] == [first.result.verdict, second.result.verdict]
    assert (0, False) == (second.intents, second.usable)
    assert [] == server.messages


def test_a_withdrawn_group_is_cut(run: Run) -> None:
    """When the intent says no the relay already waits for the content: the connection is cut, nothing was sent."""

    async def withdraw() -> tuple[Result, bool]:
        async def intend() -> bool:
            return False

        connection = await connect(server.relay())
        return await hand_over(connection, ENVELOPE, CONTENT, intend=intend), connection.usable

    with _server() as server:
        result, usable = run(withdraw())

    assert (True, False, False) == (result.withdrawn, result.in_doubt, usable)
    assert ["EHLO", *GROUP] == server.verbs
    assert [] == server.messages


def test_a_connection_lost_while_the_intent_is_committed_sends_nothing(run: Run) -> None:
    """The relay says 421 after 354, before our content: certain, not in doubt (RFC 5321, section 3.8)."""

    async def lose() -> Result:
        async def intend() -> bool:
            await until(lambda: not connection.usable)
            return True

        connection = await connect(server.relay())
        result = await hand_over(connection, ENVELOPE, CONTENT, intend=intend)
        await until(lambda: not server.open)
        return result

    with _server(data=b"354 go\r\n421 4.3.2 closing\r\n") as server:
        result = run(lose())

    assert (Stage.DATA, verdicts.DOWN, False) == (result.stage, result.verdict, result.in_doubt)
    assert [] == server.messages


async def _ride(server: SmtpServer) -> list[Result]:
    """Hand two messages over, the group of the second behind the content of the first."""

    async def intend() -> bool:
        return True

    connection = await connect(server.relay())
    one, two = (Transaction(connection, ENVELOPE, Content.of(CONTENT), intend=intend) for _ in range(2))
    one.open()
    assert await one.admitted() is None
    one.send(two)
    results = [await one.end()]
    refused = await two.admitted()
    if refused is None:
        two.send()
    results.append(refused or await two.end())
    await connection.close()
    return results


BEHIND: list[tuple[dict[str, Any], str, str]] = [
    ({}, "accepted", "accepted"),
    ({"content": ["452 4.3.1 full", "250 OK"]}, "tried again", "accepted"),
    ({"content": Act.DROP}, "in doubt", "not available"),
    ({"content": Last("250 2.0.0 OK")}, "accepted", "not available"),
    ({"content": "421 4.3.2 closing"}, "not available", "not available"),
    ({"mail": ["250 OK", "421 4.3.2 enough"]}, "accepted", "not available"),
    ({"mail": ["250 OK", Act.DROP]}, "accepted", "not available"),
    ({"rcpt": ["250 OK", UNKNOWN]}, "accepted", "no such mailbox"),
    ({"data": ["354 go", Act.DROP]}, "accepted", "not available"),
]


@pytest.mark.parametrize(("faults", "first", "second"), BEHIND, ids=str)
def test_a_group_may_ride_behind_a_content(run: Run, faults: dict[str, Any], first: str, second: str) -> None:
    """Each gets its own reply; where the first ends the connection, the second certainly did not begin."""
    with _server(**faults) as server:
        results = run(_ride(server))

    told = [result.verdict.action if result.verdict else "in doubt" for result in results]
    assert [True, True] == [first in told[0], second in told[1]], told


def test_a_doubled_acceptance_is_not_taken_for_the_riders(run: Run) -> None:
    """A reply too many behind the first content shifts those of the second: out of step, and no content goes."""
    with _server(content=b"250 OK\r\n250 OK\r\n") as server:
        first, second = run(_ride(server))

    assert verdicts.ACCEPTED is first.verdict
    assert second.verdict in {verdicts.DOWN, verdicts.NONSENSE}
    assert 1 == len(server.messages)
