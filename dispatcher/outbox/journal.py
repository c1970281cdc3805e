"""The journal of handing over: the intent before the first content byte, the outcome after the reply.

Both are durable when their call returns. One writer, a thread or (for a large release) a process of its own; what
gathers during one fsync is committed with the next one, so all connections share its cost (docs/adr/0003, 0011).
"""

from __future__ import annotations

import asyncio
import queue
import threading
from abc import ABC, abstractmethod
from functools import partial
from typing import TYPE_CHECKING, Any, Concatenate, NamedTuple, ParamSpec, Self, TypeVar

from dispatcher.outbox.recording import Act, Recorder

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import sqlalchemy as sa

    from dispatcher.outbox.database import Database
    from dispatcher.outbox.recording import Answer, Entry

P = ParamSpec("P")
T = TypeVar("T")

_BATCH = 256


class Journal(ABC):
    """Takes entries and tells when they are durable. A context manager on the event loop of its callers."""

    @abstractmethod
    async def __aenter__(self) -> Self:
        """Begin to write."""

    @abstractmethod
    async def __aexit__(self, *_: object) -> None:
        """Write what was posted, and end."""

    @abstractmethod
    def post(self, entry: Entry | Act, then: Callable[[Answer], object]) -> None:
        """Have `entry` committed after all that was posted before; `then` is called with the answer on this loop.

        The answer is a DispatcherError when nothing could be written: then nothing may be handed over.
        """

    async def write(self, entry: Entry) -> bool:
        """Commit `entry`; for an Intent tell whether it was granted (False: withdrawn, paused or fenced).

        Raises StoreError when nothing could be written.
        """
        written: bool = await self._posted(entry)
        return written

    async def act(
        self, act: Callable[Concatenate[sa.Connection, P], T], /, *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Do `act` in a transaction of its own, in turn with the entries; return what it returns.

        Raises the DispatcherErrors of the act, and StoreError for whatever else goes wrong.
        All writes of a process go one way: beside the journal another writer would wait for the store's lock.
        `act` is a function of a module of the outbox, as it may be done in another process.
        """
        done: T = await self._posted(Act(act, args, kwargs))
        return done

    async def flush(self) -> None:
        """Return when everybody who posted before has been told the answer."""
        await self.act(_nothing)

    async def _posted(self, entry: Entry | Act) -> Any:
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self.post(entry, partial(settle, future))
        return await future


class JournalThread(Journal):
    """Writes in a thread of this process."""

    def __init__(self, database: Database) -> None:
        self._recorder = Recorder(database)
        self._queue: queue.SimpleQueue[_Item | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="journal", daemon=True)

    async def __aenter__(self) -> Self:
        self._thread.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        self._queue.put(None)
        self._thread.join()

    def post(self, entry: Entry | Act, then: Callable[[Answer], object]) -> None:
        """Queue it for the thread."""
        self._queue.put(_Item(entry, then, asyncio.get_running_loop()))

    def _run(self) -> None:
        ended = False
        while not ended:
            batch: list[_Item] = []
            item = self._queue.get()
            while True:
                if item is None:
                    ended = True
                    break
                batch.append(item)
                if len(batch) == _BATCH or self._queue.empty():
                    break
                item = self._queue.get()
            self._record(batch)
        self._recorder.close()

    def _record(self, batch: Sequence[_Item]) -> None:
        """Have a batch recorded, and hand the answers to the event loop that waits for them."""
        told = 0
        for answers in self._recorder.record([item.entry for item in batch]):
            items = batch[told : told + len(answers)]
            told += len(answers)
            items[0].loop.call_soon_threadsafe(_tell, items, answers)


class _Item(NamedTuple):
    """What is to be committed, and who is told."""

    entry: Entry | Act
    then: Callable[[Answer], object]
    loop: asyncio.AbstractEventLoop


def _tell(items: Sequence[_Item], answers: Sequence[Answer]) -> None:
    for item, answer in zip(items, answers, strict=True):
        tell(item.then, answer, item.loop)


def tell(then: Callable[[Answer], object], answer: Answer, loop: asyncio.AbstractEventLoop) -> None:
    """Tell one who waits; who fails to listen silences none of those that shared the commit."""
    try:
        then(answer)
    except Exception as error:  # noqa: BLE001 - it is the loop's to report, as of any callback
        loop.call_exception_handler({"message": "what follows a commit failed", "exception": error})


def _nothing(_connection: sa.Connection) -> None:
    """Do nothing: what was posted before has its answer by then."""


def settle(future: asyncio.Future[Any], answer: Answer) -> None:
    """Give a future what was answered."""
    if future.done():  # its waiter was cancelled
        return
    if isinstance(answer, Exception):
        future.set_exception(answer)
    else:
        future.set_result(answer)
