"""Transactions with a real server that misbehaves: what is certain, what is in doubt, and the intent between."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from dispatcher.delivery import verdicts
from dispatcher.delivery.connecting import connect
from dispatcher.delivery.transaction import Result, hand_over
from dispatcher.smtp import Envelope, Reply, Stage, Timeouts
from tests.patience import PATIENCE
from tests.runs import PausingServer
from tests.smtp_server import IMPATIENT, Act, Pieces, SmtpServer, until
from tests.transactions import CONTENT, ENVELOPE, Story, connect_and_transact, transact, transact_in_turn

if TYPE_CHECKING:
    from collections.abc import Callable

    from dispatcher.delivery.verdicts import Verdict

    Run = Callable[[Any], Any]

HINDI = Envelope("systems@customs.example", "नोडल@beta.example", smtputf8=True)


def test_an_accepted_message_arrives_whole(smtp_server: SmtpServer, run: Run) -> None:
    """MAIL with SIZE, RCPT, one intent, DATA, the content dot-stuffed; the relay's words are kept."""
    story = run(connect_and_transact(smtp_server))
    smtp_server.stop()

    assert (verdicts.ACCEPTED, 1) == (story.result.verdict, story.intents)
    assert Reply(250, "2.0.0", "OK queued as 4711") == story.result.reply
    assert [b"Subject: Advisory\r\n\r\n..first\r\nlast\r\n"] == smtp_server.messages
    assert ["EHLO", "MAIL", "RCPT", "DATA", "QUIT"] == smtp_server.verbs
    assert b"MAIL FROM:<systems@customs.example> SIZE=%d\r\n" % len(CONTENT) == smtp_server.log[1]
    assert b"RCPT TO:<commr-mumbai-ict@customs.example>\r\n" == smtp_server.log[2]


@pytest.mark.faults(extensions=("HELP",))
def test_no_parameter_is_used_that_was_not_offered(smtp_server: SmtpServer, run: Run) -> None:
    """Without extensions MAIL has no parameter."""
    run(connect_and_transact(smtp_server))

    assert b"MAIL FROM:<systems@customs.example>\r\n" in smtp_server.log


REFUSALS: list[tuple[dict[str, Any], Stage, Verdict, int, bool]] = [
    ({"mail": "421 4.3.2 shutting down"}, Stage.MAIL, verdicts.DOWN, 0, False),
    ({"mail": "553 5.1.7 not our sender"}, Stage.MAIL, verdicts.SENDER, 0, True),
    ({"rcpt": "451 4.7.1 Greylisted"}, Stage.RCPT, verdicts.GREYLISTED, 0, True),
    ({"rcpt": "550 5.1.1 User unknown"}, Stage.RCPT, verdicts.DEAD, 0, True),
    ({"rcpt": "421 4.4.2 closing"}, Stage.RCPT, verdicts.DOWN, 0, False),
    ({"data": "450 4.3.0 not now"}, Stage.DATA, verdicts.LATER, 1, True),
    ({"data": "554 5.7.1 no"}, Stage.DATA, verdicts.POLICY, 1, True),
    ({"data": "250 2.0.0 already?"}, Stage.DATA, verdicts.NONSENSE, 1, False),
    ({"content": "452 4.3.1 disk full"}, Stage.CONTENT, verdicts.LATER, 1, True),
    ({"content": "554 5.6.0 malformed"}, Stage.CONTENT, verdicts.BAD_CONTENT, 1, True),
    ({"content": "421 4.3.2 shutting down"}, Stage.CONTENT, verdicts.DOWN, 1, False),
]


@pytest.mark.parametrize(("faults", "stage", "verdict", "intents", "usable"), REFUSALS, ids=str)
def test_a_refusal_settles_the_attempt(
    run: Run, faults: dict[str, Any], stage: Stage, verdict: Verdict, intents: int, *, usable: bool
) -> None:
    """Any numeric reply is certain, also after the content; no intent is asked for before RCPT was accepted."""
    with SmtpServer(faults) as server:
        story = run(connect_and_transact(server))

    assert (stage, verdict, intents) == (story.result.stage, story.result.verdict, story.intents)
    assert usable == story.usable
    assert story.result.reply is not None


@pytest.mark.parametrize("step", ["mail", "rcpt", "data"])
@pytest.mark.parametrize(
    "fault",
    [Act.DROP, Act.SILENCE, b"\x00\xff garbage\r\n", b"x" * 40_000, b"250-" * 20_000, b"354 go\r\n250 OK\r\n"],
    ids=lambda fault: repr(fault)[:20],
)
def test_no_reply_before_the_content_is_certain(run: Run, step: str, fault: Act | bytes) -> None:
    """Dropped, silent, unreadable or doubled replies before the content: deferred, and nothing was handed over."""
    with SmtpServer({step: fault}) as server:
        story = run(connect_and_transact(server, timeouts=IMPATIENT))

    assert (Stage(step), False) == (story.result.stage, story.usable)
    assert verdicts.DOWN is story.result.verdict
    assert story.result.detail
    assert [] == server.messages


@pytest.mark.parametrize(
    "faults",
    [
        {"inside": Act.DROP},
        {"content": Act.DROP},
        {"content": Act.SILENCE},
        {"content": b"250"},
        {"content": b"\x00\xff garbage\r\n"},
        {"content": b"x" * 40_000},
        {"content": b"250-more\r\n" * 5_000},
        {"content": "354 go on"},
        {"content": "999 what"},
    ],
    ids=lambda faults: repr(faults)[:40],
)
def test_no_reply_after_the_content_began_is_doubt(run: Run, faults: dict[str, Any]) -> None:
    """Once the content began only a readable reply settles; its lack is doubt and ends the connection."""
    with SmtpServer(faults) as server:
        story = run(connect_and_transact(server, timeouts=IMPATIENT))

    assert story.result.in_doubt
    assert (Stage.CONTENT, None, 1, False) == (
        story.result.stage,
        story.result.reply,
        story.intents,
        story.usable,
    )
    assert story.result.detail


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        (Pieces("250 2.0.0 OK"), "OK"),
        ("250-2.0.0 first\r\n250-2.0.0 second\r\n250 2.0.0 last", "first second last"),
        (Pieces("250-2.0.0 first\r\n250 2.0.0 last"), "first last"),
    ],
)
def test_a_reply_may_come_in_pieces_and_lines(run: Run, answer: str | Pieces, text: str) -> None:
    """A reply is read whole, however it is cut, with as many lines as it has (RFC 5321, section 4.2.1)."""
    with SmtpServer({"content": answer}) as server:
        story = run(connect_and_transact(server))

    assert (verdicts.ACCEPTED, Reply(250, "2.0.0", text)) == (story.result.verdict, story.result.reply)


@pytest.mark.faults(content=b"250 2.0.0 OK\r\n250 2.0.0 OK\r\n")
def test_a_doubled_acceptance_is_not_taken_for_the_next_reply(smtp_server: SmtpServer, run: Run) -> None:
    """The first reply after the content counts; a connection with a reply too many is not used again."""
    story = run(connect_and_transact(smtp_server))

    assert (verdicts.ACCEPTED, False) == (story.result.verdict, story.usable)


@pytest.mark.faults(rcpt=["550 5.1.1 unknown", "250 OK"])
def test_one_refused_recipient_does_not_stop_the_next(smtp_server: SmtpServer, run: Run) -> None:
    """After a refusal the same connection takes the next message, the open transaction ended first."""
    stories = run(transact_in_turn(smtp_server, 3))
    smtp_server.stop()

    assert [verdicts.DEAD, verdicts.ACCEPTED, verdicts.ACCEPTED] == [story.result.verdict for story in stories]
    assert 1 == smtp_server.connections
    expected = "EHLO MAIL RCPT RSET MAIL RCPT DATA MAIL RCPT DATA QUIT"
    assert expected.split() == smtp_server.verbs


@pytest.mark.faults(rcpt="550 5.1.1 unknown", rset=Act.DROP)
def test_a_relay_that_drops_at_rset_takes_nothing(smtp_server: SmtpServer, run: Run) -> None:
    """When the tidying before the next message fails, that message is deferred without an intent."""
    stories = run(transact_in_turn(smtp_server, 2))

    assert [verdicts.DEAD, verdicts.DOWN] == [story.result.verdict for story in stories]
    assert [0, 0] == [story.intents for story in stories]


def test_a_connection_closed_while_idle_is_seen(run: Run) -> None:
    """A relay that went away between messages makes the connection unusable; using it all the same is certain."""

    async def late(server: SmtpServer) -> Story:
        connection = await connect(server.relay())
        await asyncio.to_thread(server.stop)
        await until(lambda: not connection.usable)
        return await transact(connection)

    with SmtpServer() as server:
        story = run(late(server))

    assert (Stage.MAIL, verdicts.DOWN, 0) == (story.result.stage, story.result.verdict, story.intents)


@pytest.mark.faults(mail=b"421 4.3.2 closing\r\n")
def test_a_relay_that_says_421_is_hung_up_on(smtp_server: SmtpServer, run: Run) -> None:
    """After 421 nothing is said on the connection; it is closed from our side where the relay leaves it open."""

    async def hear() -> Story:
        story = await transact(await connect(smtp_server.relay()))
        await until(lambda: not smtp_server.open)
        return story

    story = run(hear())

    assert (verdicts.DOWN, False) == (story.result.verdict, story.usable)
    assert ["EHLO", "MAIL"] == smtp_server.verbs


def test_a_slow_line_is_not_taken_for_silence(run: Run) -> None:
    """While the relay still takes octets its time for the reply does not run, however long the content takes."""
    content = b"x" * 998 + b"\r\n"
    timeouts = Timeouts(connect=5, command=5, content=2)
    with SmtpServer(extensions=("SIZE",), lag=0.05) as server:
        story = run(connect_and_transact(server, content=content * 16_000, timeouts=timeouts))

    assert verdicts.ACCEPTED is story.result.verdict
    assert 16_000 * len(content) == len(server.messages[0])


def test_a_long_wait_makes_the_next_no_longer(run: Run) -> None:
    """After a content that was long thought about, silence at MAIL is met in the time of a command."""

    async def wait() -> list[Result]:
        connection = await connect(server.relay(timeouts=Timeouts(connect=5, command=0.5, content=60)))
        thinking = asyncio.create_task(transact(connection))
        assert await asyncio.to_thread(server.reached.wait, PATIENCE)
        now = asyncio.get_running_loop().time
        await until(lambda: connection._look_at - now() > 30)  # the timer is the content's now
        server.go.set()
        async with asyncio.timeout(PATIENCE):
            return [(await thinking).result, (await transact(connection)).result]

    server = PausingServer({"mail": ["250 OK", Act.SILENCE]})
    server.pause_at("content")
    with server:
        first, second = run(wait())

    assert [verdicts.ACCEPTED, verdicts.DOWN] == [first.verdict, second.verdict]
    assert "no reply within 0.5 s" == second.detail


@pytest.mark.faults(mail=["250 OK", Act.SILENCE])
def test_silence_is_told_by_its_limit(smtp_server: SmtpServer, run: Run) -> None:
    """What people read is the time that a command may take, whatever was waited for before."""

    async def wait() -> Story:
        connection = await connect(smtp_server.relay(timeouts=Timeouts(connect=5, command=1, content=1)))
        await transact(connection)
        now = asyncio.get_running_loop().time
        await until(lambda: connection._look_at - now() < 0.5)  # its timer still runs when the next one waits
        return await transact(connection)

    assert "no reply within 1 s" == run(wait()).result.detail


def test_a_withdrawn_delivery_sends_no_content(smtp_server: SmtpServer, run: Run) -> None:
    """When the intent says no, RSET follows RCPT and the connection goes on."""

    async def withdraw() -> tuple[Result, bool]:
        async def intend() -> bool:
            return False

        connection = await connect(smtp_server.relay())
        result = await hand_over(connection, ENVELOPE, CONTENT, intend=intend)
        usable = connection.usable
        await connection.close()
        return result, usable

    result, usable = run(withdraw())
    smtp_server.stop()

    assert (True, False, None) == (result.withdrawn, result.in_doubt, result.verdict)
    assert usable
    assert ["EHLO", "MAIL", "RCPT", "RSET", "QUIT"] == smtp_server.verbs


def test_a_failing_store_sends_no_content(smtp_server: SmtpServer, run: Run) -> None:
    """When the intent cannot be recorded, the error goes on and the connection is cut before DATA."""

    async def fail() -> bool:
        async def intend() -> bool:
            raise OSError("disk full")

        connection = await connect(smtp_server.relay())
        with pytest.raises(OSError, match="disk full"):
            await hand_over(connection, ENVELOPE, CONTENT, intend=intend)
        return connection.usable

    usable = run(fail())
    smtp_server.stop()

    assert not usable
    assert ["EHLO", "MAIL", "RCPT"] == smtp_server.verbs


@pytest.mark.faults(content=Act.SILENCE)
def test_a_cancelled_hand_over_cuts_the_connection(smtp_server: SmtpServer, run: Run) -> None:
    """Cancelled while the relay thinks, the caller sees CancelledError after its intent: it can record doubt."""
    intents: list[str] = []

    async def cancel() -> bool:
        async def intend() -> bool:
            intents.append("intent")
            return True

        connection = await connect(smtp_server.relay())
        task = asyncio.create_task(hand_over(connection, ENVELOPE, CONTENT, intend=intend))
        await until(lambda: bool(smtp_server.messages))
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        return connection.usable

    assert not run(cancel())
    assert ["intent"] == intents


@pytest.mark.faults(extensions=("SIZE 20",))
def test_a_message_over_the_relays_limit_is_not_begun(smtp_server: SmtpServer, run: Run) -> None:
    """A content longer than SIZE is the advisory's problem, told with both numbers before MAIL (RFC 1870)."""
    story = run(connect_and_transact(smtp_server))
    smtp_server.stop()

    assert (verdicts.TOO_BIG, 0, True) == (story.result.verdict, story.intents, story.usable)
    assert f"{len(CONTENT)} octets" in story.result.detail
    assert ["EHLO", "QUIT"] == smtp_server.verbs


@pytest.mark.faults(extensions=("8BITMIME",))
def test_an_address_that_needs_smtputf8_is_held_where_it_is_not_offered(smtp_server: SmtpServer, run: Run) -> None:
    """The delivery is held with the reason; the relay is not asked (RFC 6531, section 3.1)."""
    story = run(connect_and_transact(smtp_server, envelope=HINDI))
    smtp_server.stop()

    assert (verdicts.NEEDS_SMTPUTF8, 0) == (story.result.verdict, story.intents)
    assert HINDI.rcpt_to in story.result.detail
    assert ["EHLO", "QUIT"] == smtp_server.verbs


def test_smtputf8_is_asked_for_where_it_is_needed(smtp_server: SmtpServer, run: Run) -> None:
    """MAIL bears SMTPUTF8, and BODY=8BITMIME for a header in UTF-8; RCPT carries the address as it is."""
    content = "To: नोडल@beta.example\r\n\r\nx\r\n".encode()
    story = run(connect_and_transact(smtp_server, envelope=HINDI, content=content))

    assert verdicts.ACCEPTED is story.result.verdict
    assert b" SIZE=%d BODY=8BITMIME SMTPUTF8\r\n" % len(content) in smtp_server.log[1]
    assert f"RCPT TO:<{HINDI.rcpt_to}>\r\n".encode() == smtp_server.log[2]


@pytest.mark.parametrize(
    "address", ["a@x.example> SIZE=1", "a@x.example\r\nRSET", "a b@x.example", "a@x.example\x00"]
)
def test_no_address_can_add_to_a_command(smtp_server: SmtpServer, run: Run, address: str) -> None:
    """An address with a bracket, blank or control character is refused here; the relay sees nothing of it."""
    story = run(connect_and_transact(smtp_server, envelope=Envelope("systems@customs.example", address)))
    smtp_server.stop()

    assert (verdicts.UNSPEAKABLE, True) == (story.result.verdict, story.usable)
    assert ["EHLO", "QUIT"] == smtp_server.verbs


def test_a_bare_line_feed_never_leaves(smtp_server: SmtpServer, run: Run) -> None:
    """A content that is not made of CRLF lines is refused before MAIL, and the connection stays as it was."""
    with pytest.raises(ValueError, match="CRLF"):
        run(connect_and_transact(smtp_server, content=b"a\n.\r\nb\r\n"))
    smtp_server.stop()

    assert ["EHLO", "QUIT"] == smtp_server.verbs
