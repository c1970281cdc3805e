"""The journal on a store that fails: everybody is told what to look at, and nothing is half-written."""

from __future__ import annotations

import asyncio
from datetime import UTC
from typing import TYPE_CHECKING, Any

from dispatcher.errors import StoreError
from dispatcher.outbox.journal import JournalThread
from dispatcher.outbox.recording import RETRY_PAUSES
from dispatcher.outbox.states import DeliveryState
from dispatcher.outbox.verifying import standing, verify
from tests.outboxes import ACCEPTED, Outbox
from tests.patience import PATIENCE

if TYPE_CHECKING:
    import pytest
    import sqlalchemy as sa

    from dispatcher.outbox.recording import Entry

A, B, C = "a@customs.example", "b@customs.example", "c@customs.example"
D = DeliveryState


def test_failing_store_reaches_every_writer(outbox: Outbox) -> None:
    """When nothing can be written each writer is told, nobody waits for ever; later the journal goes on."""
    outbox.add_release(A, B, C)
    lease = outbox.lease()
    entries = [outbox.intent(lease, address) for address in (A, B, C)]

    async def write_all() -> tuple[list[bool | BaseException], bool]:
        async with JournalThread(outbox.database) as journal:
            await asyncio.to_thread(_sql, outbox, "ALTER TABLE attempt RENAME TO lost")
            async with asyncio.timeout(PATIENCE):
                answers = await asyncio.gather(*(journal.write(one) for one in entries), return_exceptions=True)
            await asyncio.to_thread(_sql, outbox, "ALTER TABLE lost RENAME TO attempt")
            return answers, await journal.write(entries[0])

    answers, afterwards = asyncio.run(write_all())

    assert [StoreError] * 3 == [type(answer) for answer in answers]
    assert all("outbox.db cannot be used" in str(answer) for answer in answers)
    assert afterwards
    assert {A: "attempting", B: "queued", C: "queued"} == outbox.states()


def test_a_reply_that_was_heard_is_recorded_when_the_store_recovers(
    outbox: Outbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody can hear the relay's word again: its outcome is tried until the store takes it."""
    outbox.add_release(A)
    lease = outbox.attempt(A, None)
    heard = outbox.outcome(lease, A, D.ACCEPTED, reply=ACCEPTED)
    pauses: list[float] = []

    def recover(seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) == 2:
            _sql(outbox, "ALTER TABLE lost RENAME TO outcome")

    monkeypatch.setattr("dispatcher.outbox.recording.time.sleep", recover)
    _sql(outbox, "ALTER TABLE outcome RENAME TO lost")

    async def write() -> bool:
        async with JournalThread(outbox.database) as journal:
            return await journal.write(heard)

    assert asyncio.run(write())
    assert 2 == len(pauses)
    assert {A: "accepted"} == outbox.states()


def test_after_a_reply_that_cannot_be_recorded_nothing_is_granted(outbox: Outbox) -> None:
    """What is no text for the store is a StoreError, not a dead journal: other replies are kept, no intent is."""
    outbox.add_release(A, B, C)
    lease = outbox.attempt(A, None)
    outbox.commit(outbox.intent(lease, B))
    bad = outbox.outcome(lease, A, D.ACCEPTED, reply=type(ACCEPTED)(250, "", "\ud800"))

    async def write_three() -> list[Any]:
        async with JournalThread(outbox.database) as journal:
            entries: list[Entry] = [
                bad,
                outbox.intent(lease, C),
                outbox.outcome(lease, B, D.ACCEPTED, reply=ACCEPTED),
            ]
            return await asyncio.gather(*(journal.write(one) for one in entries), return_exceptions=True)

    lost, refused, kept = asyncio.run(write_three())

    assert isinstance(lost, StoreError)
    assert "surrogates" in str(lost)
    assert refused is lost
    assert kept is True
    assert {A: "attempting", B: "accepted", C: "queued"} == outbox.states()


def _sql(outbox: Outbox, statement: str) -> None:
    with outbox.database.writing() as connection:
        connection.exec_driver_sql(statement)


# --- a store that is full, or may only be read

ADVICE = "check the disk, its free space and the permissions"
FULL = f"the store {{}} cannot be used: database or disk is full; {ADVICE}"


def _limited(connection: sa.Connection, spare: int) -> None:
    """Let the store grow by so many pages and no more; a full disk says the same."""
    pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
    connection.exec_driver_sql(f"PRAGMA max_page_count = {pages + spare}")


def _read_only(connection: sa.Connection) -> None:
    """Let this connection write nothing any more; a file that may not be written says the same."""
    connection.exec_driver_sql("PRAGMA query_only = 1")


def _unsaid(outbox: Outbox) -> list[str]:
    """Return what `verify` finds besides that these releases hold no messages."""
    with outbox.database.reading() as connection:
        records = standing(connection, None)
        found = list(verify(connection, records, heads=(), zone=UTC, progress=lambda: None))
    return [one.said for each in found for one in each.findings if not one.said.startswith("there is no frame")]


def test_a_full_disk_is_told_and_nothing_is_half_written(outbox: Outbox) -> None:
    """Batches go in whole or not at all; who is refused learns why and what to look at; with room it goes on."""
    addresses = [f"office{n}@customs.example" for n in range(400)]
    outbox.add_release(*addresses)
    lease = outbox.lease()
    long = "relay" * 400
    intents = [outbox.intent(lease, address)._replace(relay=long) for address in addresses]

    async def fill() -> tuple[list[Any], bool]:
        async with JournalThread(outbox.database) as journal:
            await journal.act(_limited, 60)
            answers = await asyncio.gather(*(journal.write(one) for one in intents), return_exceptions=True)
            states = outbox.states()
            assert [states[one] == "attempting" for one in addresses] == [one is True for one in answers]
            await journal.act(_limited, 10_000)
            again = [one for one, answer in zip(intents, answers, strict=True) if answer is not True]
            return answers, await journal.write(again[0])

    answers, went_on = asyncio.run(fill())
    failures = [one for one in answers if one is not True]

    assert 0 < len(failures) < len(answers)
    assert {StoreError} == {type(one) for one in failures}
    assert {FULL.format(outbox.database.location)} == {str(one) for one in failures}
    assert went_on
    assert len(answers) - len(failures) + 1 == len(outbox.log())
    assert [] == _unsaid(outbox)


def test_replies_that_the_full_disk_refuses_are_told_after_some_tries(
    outbox: Outbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was heard is tried for a while, however much it is; then it is told, and stays `attempting`."""
    outbox.add_release(A, B, C)
    lease = outbox.lease()
    outbox.commit(*(outbox.intent(lease, address) for address in (A, B, C)))
    pauses: list[float] = []
    monkeypatch.setattr("dispatcher.outbox.recording.time.sleep", pauses.append)
    long = ACCEPTED._replace(text="OK " * 40_000)
    heard = [outbox.outcome(lease, address, D.ACCEPTED, reply=long) for address in (A, B, C)]

    async def write() -> list[Any]:
        async with JournalThread(outbox.database) as journal:
            await journal.act(_limited, 0)
            return list(await asyncio.gather(*(journal.write(one) for one in heard), return_exceptions=True))

    told = asyncio.run(write())

    assert [FULL.format(outbox.database.location)] * 3 == [str(one) for one in told]
    assert list(RETRY_PAUSES) == pauses
    assert {"attempting"} == set(outbox.states().values())
    assert [(1, 1, None), (2, 1, None), (3, 1, None)] == outbox.log()
    assert [] == _unsaid(outbox)


def test_a_store_that_may_only_be_read_grants_nothing(outbox: Outbox) -> None:
    """Without leave to write there is no intent, and the sentence names the permissions; flush says it too."""
    outbox.add_release(A)
    intent = outbox.intent(outbox.lease(), A)

    async def write() -> list[Any]:
        async with JournalThread(outbox.database) as journal:
            await journal.act(_read_only)
            return list(await asyncio.gather(journal.write(intent), journal.flush(), return_exceptions=True))

    said = asyncio.run(write())

    assert [StoreError] * 2 == [type(one) for one in said]
    assert all(f"attempt to write a readonly database; {ADVICE}" in str(one) for one in said)
    assert {A: "queued"} == outbox.states()
    assert [] == outbox.log() + _unsaid(outbox)
