"""The journal in a process of its own: whichever of the two dies, what was heard is kept, nothing is granted."""

from __future__ import annotations

import asyncio
import os
import pickle
import signal
import subprocess
import sys
from datetime import UTC, datetime
from textwrap import dedent
from typing import TYPE_CHECKING, Any

import pytest

from dispatcher.errors import Refused, StoreError
from dispatcher.outbox import interventions, leases, releases
from dispatcher.outbox.database import open_as_it_is
from dispatcher.outbox.journal_process import JournalProcess
from dispatcher.outbox.states import DeliveryState
from tests.outboxes import ACCEPTED, NOW, Outbox, header
from tests.patience import PATIENCE

if TYPE_CHECKING:
    from pathlib import Path

A, B = "a@customs.example", "b@customs.example"


def _writer_of(journal: JournalProcess) -> int:
    assert journal._process is not None
    return journal._process.get_pid() or 0


def test_acts_go_through(outbox: Outbox) -> None:
    """A lease taken there is as good as one taken here: an intent under it is granted."""
    outbox.add_release(A)

    async def lease_and_intend() -> tuple[Any, bool]:
        async with JournalProcess(outbox.database) as journal:
            lease = await journal.act(leases.next_lease, [1], ours=[], owner="host:1-aa", now=NOW)
            assert lease is not None
            return lease, await journal.write(outbox.intent(lease, A))

    lease, granted = asyncio.run(lease_and_intend())

    assert (1, True) == (lease.release_id, granted)
    assert {A: "attempting"} == outbox.states()


def test_what_an_act_refuses_is_raised_here(outbox: Outbox) -> None:
    """An error of the tree comes back as itself, with its words."""
    outbox.add_release(A)

    async def refuse() -> None:
        async with JournalProcess(outbox.database) as journal:
            await journal.act(releases._write_head, header(1), [99])

    with pytest.raises(Refused, match="by somebody else meanwhile"):
        asyncio.run(refuse())


def test_a_store_that_is_gone_is_told(outbox: Outbox, tmp_path: Path) -> None:
    """Where nothing can be written the answer is a StoreError, not silence."""
    outbox.add_release(A)
    intent = outbox.intent(outbox.lease(), A)
    nowhere = open_as_it_is("sqlite:///no-such-folder/outbox.db", root=tmp_path)

    async def write() -> None:
        async with JournalProcess(nowhere) as journal:
            await journal.write(intent)

    with pytest.raises(StoreError, match="cannot be used"):
        asyncio.run(write())


def test_when_the_writer_is_killed_everybody_is_told(outbox: Outbox) -> None:
    """Kill -9 of the writer: who waits and who comes later hears a StoreError, so nothing more is handed over."""
    outbox.add_release(A, B)
    lease = outbox.lease()
    first, second = (outbox.intent(lease, address) for address in (A, B))

    async def kill_and_write() -> list[Any]:
        async with JournalProcess(outbox.database) as journal, asyncio.timeout(PATIENCE):
            await journal.flush()
            os.kill(_writer_of(journal), signal.SIGSTOP)
            waiting = asyncio.ensure_future(journal.write(first))
            await asyncio.sleep(0)
            os.kill(_writer_of(journal), signal.SIGKILL)
            answers: list[Any] = list(await asyncio.gather(waiting, return_exceptions=True))
            answers += await asyncio.gather(journal.write(second), return_exceptions=True)
            return answers

    answers = asyncio.run(kill_and_write())

    assert [StoreError, StoreError] == [type(one) for one in answers]
    assert {A: "queued", B: "queued"} == outbox.states()


POSTING = """
    import asyncio, os, pickle, signal, sys
    from pathlib import Path
    from dispatcher.outbox.database import open_as_it_is
    from dispatcher.outbox.journal_process import JournalProcess

    async def post_and_die():
        entries = pickle.loads(sys.stdin.buffer.read())
        async with JournalProcess(open_as_it_is(sys.argv[1], root=Path())) as journal:
            await journal.flush()
            for entry in entries:
                journal.post(entry, print)
            await asyncio.sleep(0)  # they go with the end of this turn
            os.kill(os.getpid(), signal.SIGKILL)

    asyncio.run(post_and_die())
"""


def test_when_the_poster_is_killed_what_it_posted_is_recorded(outbox: Outbox) -> None:
    """Kill -9 after the relay's reply went to the journal: the writer records it before it ends too."""
    outbox.add_release(A)
    lease = outbox.lease()
    entries = pickle.dumps(
        [outbox.intent(lease, A), outbox.outcome(lease, A, DeliveryState.ACCEPTED, reply=ACCEPTED)]
    )
    url = outbox.database.engine.url.render_as_string(hide_password=False)
    # its standard error is the writer's too: it is at its end when both are
    died = subprocess.run(
        [sys.executable, "-c", dedent(POSTING), url],
        input=entries,
        stderr=subprocess.PIPE,
        check=False,
        timeout=60,
    )

    assert -signal.SIGKILL == died.returncode
    assert {A: "accepted"} == outbox.states()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_writer_ends_with_the_poster_only(outbox: Outbox, number: signal.Signals) -> None:
    """Ctrl-C and SIGTERM are for the one who hears the relay; what it hears until its end is recorded."""
    outbox.add_release(A)
    intent = outbox.intent(outbox.lease(), A)

    async def signal_and_write() -> bool:
        async with JournalProcess(outbox.database) as journal:
            await journal.flush()
            os.kill(_writer_of(journal), number)
            return await journal.write(intent)

    assert asyncio.run(signal_and_write())


def test_a_release_is_stopped_from_there(outbox: Outbox) -> None:
    """What the sender does to a release crosses too: all that it needs can be pickled."""
    outbox.add_release(A)

    async def stop() -> None:
        async with JournalProcess(outbox.database) as journal:
            await journal.act(
                interventions.stop_release,
                1,
                by="host:1-aa",
                reason="refused",
                now=datetime.fromtimestamp(NOW, UTC),
            )

    asyncio.run(stop())

    assert "paused" == outbox.record(1).state
