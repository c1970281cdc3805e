"""The journal's writers, thread and process: all in turn, durable when told, many in one commit, all answered."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING, Any, TypeAlias

import pytest
import sqlalchemy as sa
import uvloop

from dispatcher.errors import Refused
from dispatcher.outbox.journal import JournalThread
from dispatcher.outbox.journal_process import JournalProcess
from dispatcher.outbox.recording import Act
from dispatcher.outbox.schema import attempt, delivery, outcome
from dispatcher.outbox.states import DeliveryState
from tests.patience import PATIENCE

if TYPE_CHECKING:
    from collections.abc import Callable

    from dispatcher.outbox.database import Database
    from dispatcher.outbox.journal import Journal
    from tests.outboxes import Outbox

A, B, C = "a@customs.example", "b@customs.example", "c@customs.example"
D = DeliveryState
Writing: TypeAlias = "Callable[[Database], Journal]"


@pytest.fixture(params=[JournalThread, JournalProcess])
def writing(request: pytest.FixtureRequest) -> Writing:
    """Return each kind of journal."""
    kind: Writing = request.param
    return kind


@pytest.mark.parametrize("loop", [asyncio.new_event_loop, uvloop.new_event_loop])
def test_many_writers_share_commits(
    outbox: Outbox, loop: Callable[[], asyncio.AbstractEventLoop], writing: Writing
) -> None:
    """What queues up during one commit goes with the next: many intents, few links, everybody answered."""
    addresses = [f"office{n}@customs.example" for n in range(200)]
    outbox.add_release(*addresses)
    lease = outbox.lease()
    intents = [outbox.intent(lease, address) for address in addresses]
    before = outbox.links()

    async def write_all() -> list[bool]:
        async with writing(outbox.database) as journal:
            return await asyncio.gather(*(journal.write(intent) for intent in intents))

    with asyncio.Runner(loop_factory=loop) as runner:
        answers = runner.run(write_all())

    assert [True] * 200 == answers
    assert 1 <= outbox.links() - before <= 20
    assert 200 == len(outbox.log())


def test_each_writer_gets_its_own_answer(outbox: Outbox, writing: Writing) -> None:
    """In a shared commit a refused intent is refused to its writer only."""
    outbox.add_release(A, B, C)
    lease = outbox.lease()
    outbox.hold(B)
    entries = [outbox.intent(lease, address) for address in (A, B, C)]

    async def write_all() -> list[bool]:
        async with writing(outbox.database) as journal:
            return await asyncio.gather(*(journal.write(entry) for entry in entries))

    assert [True, False, True] == asyncio.run(write_all())


def test_what_is_written_is_durable_when_it_returns(outbox: Outbox, writing: Writing) -> None:
    """When the call returns, another connection sees the commit: no content goes out before."""
    outbox.add_release(A)
    entry = outbox.intent(outbox.lease(), A)

    async def write_and_look() -> dict[str, str]:
        async with writing(outbox.database) as journal:
            await journal.write(entry)
            return await asyncio.to_thread(outbox.states)

    assert {A: "attempting"} == asyncio.run(write_and_look())


def test_cancelled_writer_disturbs_nobody(outbox: Outbox, writing: Writing) -> None:
    """A writer that is cancelled leaves its entry to be committed, and the others are answered."""
    outbox.add_release(A, B)
    lease = outbox.lease()
    entries = [outbox.intent(lease, address) for address in (A, B)]

    async def write_both() -> tuple[bool, bool]:
        async with writing(outbox.database) as journal:
            first, second = (asyncio.ensure_future(journal.write(entry)) for entry in entries)
            await asyncio.sleep(0)
            first.cancel()
            answer = await second
            return first.cancelled(), answer

    assert (True, True) == asyncio.run(write_both())
    assert {A: "attempting", B: "attempting"} == outbox.states()


def test_leaving_the_journal_commits_what_is_queued(outbox: Outbox, writing: Writing) -> None:
    """The writer ends after everything that was handed to it."""
    addresses = [f"office{n}@customs.example" for n in range(100)]
    outbox.add_release(*addresses)
    lease = outbox.lease()
    intents = [outbox.intent(lease, address) for address in addresses]

    async def leave_early() -> None:
        async with writing(outbox.database) as journal:
            writers = [asyncio.ensure_future(journal.write(intent)) for intent in intents]
            await asyncio.sleep(0)
        await asyncio.gather(*writers)

    asyncio.run(leave_early())

    assert {"attempting"} == set(outbox.states().values())


def test_several_dispatchers_share_a_store(outbox: Outbox, writing: Writing) -> None:
    """Two journals on one store at once: every intent is granted to one of them, none to both."""
    addresses = [f"office{n}@customs.example" for n in range(60)]
    outbox.add_release(*addresses)
    lease = outbox.lease()
    intents = [outbox.intent(lease, address) for address in addresses]

    async def write_all() -> list[bool]:
        async with writing(outbox.database) as one, writing(outbox.database) as other:
            return await asyncio.gather(*(journal.write(intent) for intent in intents for journal in (one, other)))

    answers = asyncio.run(write_all())
    with outbox.database.reading() as connection:
        counts = connection.execute(
            sa.select(sa.func.count(), sa.func.max(delivery.c.attempts)).select_from(delivery)
        ).one()

    assert [1] * 60 == [sum(pair) for pair in zip(answers[::2], answers[1::2], strict=True)]
    assert (60, 1) == tuple(counts)
    assert [] == outbox.rows(outcome)


async def _busy(journal: Journal) -> Callable[[], None]:
    """Keep the writer in an act, so that what is posted queues up; return what lets it go on."""
    entered, gate = threading.Event(), threading.Event()

    def wait(_connection: sa.Connection) -> None:
        entered.set()
        assert gate.wait(PATIENCE)

    journal.post(Act(wait, (), {}), lambda _answer: None)
    assert await asyncio.to_thread(entered.wait, PATIENCE)
    return gate.set


def test_what_was_posted_is_in_the_store_after_flush(outbox: Outbox, writing: Writing) -> None:
    """Who posts goes on at once; after flush all of it is committed, and everybody was told before."""
    outbox.add_release(A, B)
    lease = outbox.lease()
    outbox.hold(B)
    told: list[Any] = []

    async def post_and_flush() -> tuple[list[Any], dict[str, str]]:
        async with writing(outbox.database) as journal:
            for address in (A, B):
                journal.post(outbox.intent(lease, address), told.append)
            at_once = list(told)
            await journal.flush()
            return at_once, outbox.states()

    assert ([], {A: "attempting", B: "held"}) == asyncio.run(post_and_flush())
    assert [True, False] == told


def test_acts_and_entries_go_in_turn(outbox: Outbox) -> None:
    """An act sees all that was posted before it and nothing of what comes after."""
    outbox.add_release(A, B)
    lease = outbox.lease()
    first, second = (outbox.intent(lease, address) for address in (A, B))

    def under_way(connection: sa.Connection) -> list[str]:
        wanted = sa.select(delivery.c.address).where(delivery.c.state == D.ATTEMPTING)
        return list(connection.execute(wanted).scalars())

    async def look_between() -> list[Any]:
        async with JournalThread(outbox.database) as journal:
            let_go = await _busy(journal)
            written = [
                asyncio.ensure_future(one)
                for one in (
                    journal.write(first), journal.act(under_way), journal.write(second), journal.act(under_way)
                )
            ]  # fmt: skip
            await asyncio.sleep(0)
            let_go()
            return await asyncio.gather(*written)

    assert [True, [A], True, [A, B]] == asyncio.run(look_between())


def test_an_act_returns_and_raises_what_it_does(outbox: Outbox) -> None:
    """Arguments and return value go through; what it raises takes back its own writes and nobody else's."""
    outbox.add_release(A, B)
    lease = outbox.lease()

    def put(connection: sa.Connection, address: str, *, refuse: bool) -> str:
        connection.execute(sa.update(delivery).where(delivery.c.address == address).values(detail="put"))
        if refuse:
            raise Refused(f"not {address}")
        return address

    async def act() -> tuple[str, bool]:
        async with JournalThread(outbox.database) as journal:
            put_a = asyncio.ensure_future(journal.act(put, A, refuse=False))
            put_b = asyncio.ensure_future(journal.act(put, B, refuse=True))
            intended = asyncio.ensure_future(journal.write(outbox.intent(lease, B)))
            with pytest.raises(Refused, match=f"not {B}"):
                await put_b
            return await put_a, await intended

    assert (A, True) == asyncio.run(act())
    assert ("put", None) == (outbox.row(A).detail, outbox.row(B).detail)


def test_what_waits_together_is_one_transaction(outbox: Outbox) -> None:
    """All that queued up while the writer was busy shares one commit, and so one link of the chain."""
    addresses = [f"office{n}@customs.example" for n in range(150)]
    outbox.add_release(*addresses)
    lease = outbox.lease()
    intents = [outbox.intent(lease, address) for address in addresses]
    before = outbox.links()

    async def post_all() -> None:
        async with JournalThread(outbox.database) as journal:
            let_go = await _busy(journal)
            for intent in intents:
                journal.post(intent, answers.append)
            let_go()
            await journal.flush()

    answers: list[Any] = []
    asyncio.run(post_all())

    assert [True] * 150 == answers
    assert before + 1 == outbox.links()
    assert {outbox.links()} == {row.link for row in outbox.rows(attempt)}


def test_one_who_fails_to_listen_does_not_silence_the_others(outbox: Outbox) -> None:
    """Whoever shared a commit is told, though one of them raised when it was."""
    outbox.add_release(A, B)
    lease = outbox.lease()
    told: list[Any] = []
    reported: list[Any] = []

    def raise_it(_answer: object) -> None:
        raise ZeroDivisionError

    async def post_both() -> None:
        asyncio.get_running_loop().set_exception_handler(lambda _loop, context: reported.append(context))
        async with JournalThread(outbox.database) as journal:
            let_go = await _busy(journal)
            journal.post(outbox.intent(lease, A), raise_it)
            journal.post(outbox.intent(lease, B), told.append)
            let_go()
            async with asyncio.timeout(PATIENCE):
                await journal.flush()

    asyncio.run(post_both())

    assert [True] == told
    assert [ZeroDivisionError] == [type(context["exception"]) for context in reported]
