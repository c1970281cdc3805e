"""One attempt: no content before its intent is in the store, none that was not prepared, and an honest end."""

from __future__ import annotations

import asyncio
from contextlib import ExitStack
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from dispatcher.delivery.attempt import Attempt, Task
from dispatcher.delivery.conclusion import Conclusion
from dispatcher.delivery.connecting import connect
from dispatcher.errors import StoreError
from dispatcher.model import Wording
from dispatcher.outbox import leases, reading
from dispatcher.outbox.journal import JournalThread
from dispatcher.outbox.recording import Intent
from dispatcher.outbox.states import DeliveryState
from tests.outboxes import ACCEPTED
from tests.runs import EVENING, HOUR, Dispatching, field_of
from tests.smtp_server import Act, SmtpServer, until

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from dispatcher.delivery.transaction import Result
    from dispatcher.outbox.database import Database
    from dispatcher.outbox.recording import Entry

DELHI = "delhi@customs.example"
OWNER = "host:1-aa"


def _task(dispatching: Dispatching) -> Task:
    """Lease the one delivery of release 1."""
    with dispatching.database.writing() as connection:
        leases.plan(connection, 1, now=EVENING.timestamp() + 9999)
        lease = leases.take(connection, [1], owner=OWNER, now=EVENING.timestamp() + 9999)
        assert lease is not None
    with dispatching.database.reading() as connection:
        (delivery,) = reading.waiting(connection, lease.chunk_id)
        return Task(lease=lease, dispatch=reading.dispatch(connection, 1), delivery=delivery)


def _attempt(task: Task, wording: Wording = Wording.ORIGINAL, *, minutes: int = 0) -> Attempt:
    return Attempt(task, wording, at=EVENING + timedelta(minutes=minutes), relay="relay", owner=OWNER)


async def _make(attempt: Attempt, server: SmtpServer, database: Database) -> Result:
    connection = await connect(server.relay())
    try:
        async with JournalThread(database) as journal:
            return await attempt.make(connection, journal)
    finally:
        await connection.close()


def test_an_accepted_attempt(dispatching: Dispatching, smtp_server: SmtpServer) -> None:
    """The intent stands in the store, the message is the one that was prepared, the outcome has its shape."""
    dispatching.prepare(DELHI)
    attempt = _attempt(_task(dispatching))
    result = asyncio.run(_make(attempt, smtp_server, dispatching.database))
    smtp_server.stop()
    conclusion = Conclusion(state=DeliveryState.ACCEPTED, detail="accepted by the relay")
    outcome = attempt.outcome(result, conclusion, at=HOUR)
    (message,) = smtp_server.messages

    assert ["attempting"] == dispatching.states()
    assert attempt.intended
    assert "Tue, 12 Aug 2025 21:10:00 +0530" == field_of(message, "Date")
    assert DELHI == field_of(message, "To")
    assert (1, DeliveryState.ACCEPTED, ACCEPTED, True, HOUR.timestamp(), None) == (
        outcome.n, outcome.state, outcome.reply, outcome.intended, outcome.at, outcome.next_at
    )  # fmt: skip


def test_the_date_is_kept_with_the_wording(dispatching: Dispatching, smtp_server: SmtpServer) -> None:
    """Another try of the wording sends the octets of the first; the other wording has the Date of its own try."""
    dispatching.prepare(DELHI)
    first = _attempt(_task(dispatching))
    asyncio.run(_make(first, smtp_server, dispatching.database))
    with dispatching.database.writing() as connection:
        connection.exec_driver_sql("UPDATE delivery SET state = 'deferred', chunk_id = NULL, next_at = 0")
    again = _task(dispatching)
    asyncio.run(_make(_attempt(again, minutes=6), smtp_server, dispatching.database))
    with dispatching.database.writing() as connection:
        connection.exec_driver_sql("UPDATE delivery SET state = 'deferred', chunk_id = NULL, next_at = 0")
    late = _attempt(_task(dispatching), Wording.IN_EFFECT, minutes=920)
    asyncio.run(_make(late, smtp_server, dispatching.database))
    smtp_server.stop()
    one, two, three = smtp_server.messages

    assert one == two
    assert "Wed, 13 Aug 2025 12:30:00 +0530" == field_of(three, "Date")
    assert field_of(one, "Message-ID") != field_of(three, "Message-ID")
    assert [1, 2, 3] == [attempt.n for attempt in dispatching.attempts()]


@pytest.mark.faults(rcpt="550 5.1.1 no such mailbox")
def test_a_refusal_at_rcpt_needs_no_intent(dispatching: Dispatching, smtp_server: SmtpServer) -> None:
    """Who is refused before the content is certain not to have it: nothing is intended."""
    dispatching.prepare(DELHI)
    attempt = _attempt(_task(dispatching))
    result = asyncio.run(_make(attempt, smtp_server, dispatching.database))
    outcome = attempt.outcome(result, Conclusion(state=DeliveryState.FAILED, detail=""), at=EVENING)

    assert (False, False) == (attempt.intended, outcome.intended)
    assert ["queued"] == dispatching.states()


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
    attempt = _attempt(_task(dispatching))

    with pytest.raises(StoreError, match=r"is not the one that was prepared.*Nothing was handed over"):
        asyncio.run(_make(attempt, smtp_server, dispatching.database))
    smtp_server.stop()
    assert [] == smtp_server.messages
    assert "MAIL" not in smtp_server.verbs
    assert ["queued"] == dispatching.states()


def test_what_was_withdrawn_goes_to_nobody(dispatching: Dispatching, smtp_server: SmtpServer) -> None:
    """An intent that is not granted ends the transaction before DATA."""
    dispatching.prepare(DELHI)
    task = _task(dispatching)
    with dispatching.database.writing() as connection:
        connection.exec_driver_sql("UPDATE release SET state = 'paused'")
    result = asyncio.run(_make(_attempt(task), smtp_server, dispatching.database))
    smtp_server.stop()

    assert result.withdrawn
    assert "DATA" not in smtp_server.verbs
    assert [] == dispatching.attempts()


class _Watched(Journal):
    """A journal that tells when an intent comes to it."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self.came = asyncio.Event()

    async def write(self, entry: Entry) -> bool:
        """Commit an entry."""
        if isinstance(entry, Intent):
            self.came.set()
        return await super().write(entry)


async def _cancel(
    attempt: Attempt,
    server: SmtpServer,
    journal: Journal,
    *,
    when: Callable[[], Awaitable[object]],
    then: Callable[[], None] = lambda: None,
) -> None:
    """Make an attempt, cancel it once `when` has come, do `then`, and wait for its end."""
    connection = await connect(server.relay())
    making = asyncio.create_task(attempt.make(connection, journal))
    await when()
    making.cancel()
    await asyncio.sleep(0)
    then()
    with pytest.raises(asyncio.CancelledError):
        await making
    await connection.close()


def test_an_attempt_cancelled_at_its_intent_is_deferred(dispatching: Dispatching, smtp_server: SmtpServer) -> None:
    """The journal commits what it has been handed; no content began, so the delivery waits and is not in doubt."""
    dispatching.prepare(DELHI)
    attempt = _attempt(_task(dispatching))

    async def run() -> None:
        with _Watched(dispatching.database) as journal, ExitStack() as lock:
            # keeps the journal from its commit until the cancellation has come
            lock.enter_context(dispatching.database.writing())
            await _cancel(attempt, smtp_server, journal, when=journal.came.wait, then=lock.close)

    asyncio.run(run())
    smtp_server.stop()
    (tried,) = dispatching.attempts()
    (delivery,) = dispatching.deliveries()

    assert "DATA" not in smtp_server.verbs
    assert (DeliveryState.DEFERRED, "interrupted by hand before the content") == (tried.state, tried.detail)
    assert (DeliveryState.DEFERRED, EVENING, 1) == (delivery.state, delivery.next_at, delivery.attempts)


@pytest.mark.faults(content=Act.SILENCE)
def test_an_attempt_cancelled_in_its_content_is_in_doubt(
    dispatching: Dispatching, smtp_server: SmtpServer
) -> None:
    """Once the content has gone and no reply has come, nobody knows: that is recorded before the run ends."""
    dispatching.prepare(DELHI)
    attempt = _attempt(_task(dispatching))

    async def run() -> None:
        async with JournalThread(dispatching.database) as journal:
            await _cancel(attempt, smtp_server, journal, when=lambda: until(lambda: bool(smtp_server.messages)))

    asyncio.run(run())
    (tried,) = dispatching.attempts()

    assert ["in_doubt"] == dispatching.states()
    assert (DeliveryState.IN_DOUBT, None, "interrupted by hand before the relay's reply") == (
        tried.state, tried.reply, tried.detail
    )  # fmt: skip
