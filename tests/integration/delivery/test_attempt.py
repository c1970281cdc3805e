"""One attempt: no content before its intent is in the store, none that was not prepared, and an honest end."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

import pytest

from dispatcher.delivery import verdicts
from dispatcher.delivery.attempt import Attempt, Task
from dispatcher.delivery.conclusion import Conclusion
from dispatcher.delivery.connecting import connect
from dispatcher.delivery.outgoing import Outgoing
from dispatcher.errors import StoreError
from dispatcher.model import Wording
from dispatcher.outbox import leases, reading
from dispatcher.outbox.journal import Journal, JournalThread
from dispatcher.outbox.states import DeliveryState
from dispatcher.smtp import Stage
from tests.outboxes import ACCEPTED
from tests.runs import EVENING, HOUR, Dispatching, field_of
from tests.smtp_server import EXTENSIONS, PIPELINING, SmtpServer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dispatcher.delivery.connection import Connection
    from dispatcher.delivery.transaction import Result

DELHI = "delhi@customs.example"
OWNER = "host:1-aa"


@pytest.fixture(params=[EXTENSIONS, PIPELINING], ids=["in steps", "as a group"])
def server(request: pytest.FixtureRequest) -> Iterator[SmtpServer]:
    """Start a relay, once without PIPELINING and once with it; `@pytest.mark.faults(rcpt="550 …")` scripts it."""
    marker = request.node.get_closest_marker("faults")
    with SmtpServer(marker.kwargs if marker else {}, extensions=request.param) as started:
        yield started


class _Made(NamedTuple):
    """An attempt that was made, with its result and whether its intent is in the store."""

    attempt: Attempt
    result: Result
    intended: bool


def _task(dispatching: Dispatching) -> Task:
    """Lease the one delivery of release 1."""
    with dispatching.database.writing() as connection:
        leases.plan(connection, 1, now=EVENING.timestamp() + 9999)
        lease = leases.take(connection, [1], owner=OWNER, now=EVENING.timestamp() + 9999)
        assert lease is not None
    with dispatching.database.reading() as connection:
        (delivery,) = reading.waiting(connection, lease.chunk_id)
        return Task(lease, Outgoing(reading.dispatch(connection, 1)), delivery)


def _begin(task: Task, journal: Journal, wording: Wording = Wording.ORIGINAL, *, minutes: int = 0) -> Attempt:
    at = EVENING + timedelta(minutes=minutes)
    return Attempt(task, wording, at=at, relay="relay", owner=OWNER, journal=journal)


async def _carry_out(attempt: Attempt, connection: Connection) -> Result:
    attempt.open(connection)
    refused = await attempt.admitted()
    if refused is not None:
        return refused
    attempt.send(None)
    return await attempt.end()


def _make(
    dispatching: Dispatching,
    server: SmtpServer,
    task: Task,
    wording: Wording = Wording.ORIGINAL,
    *,
    minutes: int = 0,
) -> _Made:
    async def make() -> _Made:
        connection = await connect(server.relay())
        try:
            async with JournalThread(dispatching.database) as journal:
                attempt = _begin(task, journal, wording, minutes=minutes)
                result = await _carry_out(attempt, connection)
                return _Made(attempt, result, await attempt.intended())
        finally:
            await connection.close()

    return asyncio.run(make())


def test_an_accepted_attempt(dispatching: Dispatching, server: SmtpServer) -> None:
    """The intent stands in the store, the message is the one that was prepared, the outcome has its shape."""
    dispatching.prepare(DELHI)
    attempt, result, intended = _make(dispatching, server, _task(dispatching))
    server.stop()
    conclusion = Conclusion(state=DeliveryState.ACCEPTED, detail="accepted by the relay")
    outcome = attempt.outcome(result, conclusion, at=HOUR, intended=intended)
    (message,) = server.messages

    assert ["attempting"] == dispatching.states()
    assert "Tue, 12 Aug 2025 21:10:00 +0530" == field_of(message, "Date")
    assert DELHI == field_of(message, "To")
    assert (1, DeliveryState.ACCEPTED, ACCEPTED, True, HOUR.timestamp(), None) == (
        outcome.n, outcome.state, outcome.reply, outcome.intended, outcome.at, outcome.next_at
    )  # fmt: skip


def test_the_date_is_kept_with_the_wording(dispatching: Dispatching, server: SmtpServer) -> None:
    """Another try of the wording sends the octets of the first; the other wording has the Date of its own try."""

    def defer() -> None:
        with dispatching.database.writing() as connection:
            connection.exec_driver_sql("UPDATE delivery SET state = 'deferred', chunk_id = NULL, next_at = 0")

    dispatching.prepare(DELHI)
    _make(dispatching, server, _task(dispatching))
    defer()
    _make(dispatching, server, _task(dispatching), minutes=6)
    defer()
    _make(dispatching, server, _task(dispatching), Wording.IN_EFFECT, minutes=920)
    server.stop()
    one, two, three = server.messages

    assert one == two
    assert "Wed, 13 Aug 2025 12:30:00 +0530" == field_of(three, "Date")
    assert field_of(one, "Message-ID") != field_of(three, "Message-ID")
    assert [1, 2, 3] == [attempt.n for attempt in dispatching.attempts()]


@pytest.mark.faults(rcpt="550 5.1.1 no such mailbox")
def test_a_refusal_at_rcpt_needs_no_intent(dispatching: Dispatching, smtp_server: SmtpServer) -> None:
    """Who is refused before the content is certain not to have it: in steps nothing is intended."""
    dispatching.prepare(DELHI)
    attempt, result, intended = _make(dispatching, smtp_server, _task(dispatching))
    conclusion = Conclusion(state=DeliveryState.FAILED, detail="")
    outcome = attempt.outcome(result, conclusion, at=EVENING, intended=intended)

    assert (False, False) == (intended, outcome.intended)
    assert ["queued"] == dispatching.states()


@pytest.mark.faults(rcpt="550 5.1.1 no such mailbox", extensions=PIPELINING)
def test_a_group_has_its_intent_before_it_goes(dispatching: Dispatching, smtp_server: SmtpServer) -> None:
    """The intent is committed while the relay thinks; a refusal at RCPT is its outcome, and certain."""
    dispatching.prepare(DELHI)
    attempt, result, intended = _make(dispatching, smtp_server, _task(dispatching))

    assert (True, False) == (intended, attempt.begun)
    assert (Stage.RCPT, verdicts.DEAD) == (result.stage, result.verdict)
    assert ["attempting"] == dispatching.states()


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE octets SET content = CAST(content || x'0d0a' AS BLOB)",
        "UPDATE delivery SET address = 'delhi@elsewhere.example'",
        "UPDATE delivery SET recipient = replace(recipient, 'Customs', 'Custom')",
        "UPDATE release SET message_domain = 'elsewhere.example'",
    ],
)
def test_a_changed_store_hands_nothing_over(
    dispatching: Dispatching, smtp_server: SmtpServer, change: str
) -> None:
    """A message that is not, octet for octet, the one that was checked and approved does not go out."""
    dispatching.prepare(DELHI)
    with dispatching.database.writing() as connection:
        assert connection.exec_driver_sql(change).rowcount
    task = _task(dispatching)

    with pytest.raises(StoreError, match=r"is not the one that was prepared.*Nothing was handed over"):
        _make(dispatching, smtp_server, task)
    smtp_server.stop()
    assert [] == smtp_server.messages
    assert "MAIL" not in smtp_server.verbs
    assert ["queued"] == dispatching.states()


def test_what_was_withdrawn_goes_to_nobody(dispatching: Dispatching, server: SmtpServer) -> None:
    """An intent that is not granted ends the transaction before a single octet of the content."""
    dispatching.prepare(DELHI)
    task = _task(dispatching)
    with dispatching.database.writing() as connection:
        connection.exec_driver_sql("UPDATE release SET state = 'paused'")
    attempt, result, intended = _make(dispatching, server, task)
    server.stop()

    assert result.withdrawn
    assert (False, False) == (intended, attempt.begun)
    assert [] == server.messages
    assert [] == dispatching.attempts()


def test_what_broke_off_before_the_content_is_tried_again(dispatching: Dispatching, server: SmtpServer) -> None:
    """An attempt that had its intent and began no content is deferred, due at once, and not in doubt."""
    dispatching.prepare(DELHI)
    task = _task(dispatching)

    async def break_off() -> tuple[Attempt, bool]:
        connection = await connect(server.relay())
        async with JournalThread(dispatching.database) as journal:
            attempt = _begin(task, journal)
            attempt.open(connection)
            assert await attempt.admitted() is None
            connection.abandon()
            return attempt, await attempt.intended()

    attempt, intended = asyncio.run(break_off())
    server.stop()
    outcome = attempt.broken_off("interrupted by hand", at=HOUR)

    assert intended
    assert [] == server.messages
    assert (DeliveryState.DEFERRED, HOUR.timestamp(), "interrupted by hand before the content") == (
        outcome.state, outcome.next_at, outcome.detail
    )  # fmt: skip


def test_what_broke_off_in_its_content_is_in_doubt(dispatching: Dispatching, server: SmtpServer) -> None:
    """Once an octet of the content was written nobody knows: no next try is set."""
    dispatching.prepare(DELHI)
    attempt, *_ = _make(dispatching, server, _task(dispatching))
    outcome = attempt.broken_off("interrupted by hand", at=HOUR)

    assert (DeliveryState.IN_DOUBT, Stage.CONTENT, None, "interrupted by hand before the relay's reply") == (
        outcome.state, outcome.stage, outcome.next_at, outcome.detail
    )  # fmt: skip
