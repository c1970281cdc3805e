"""`dispatcher send` killed with -9 again and again, and its store compared with what the relay kept.

Used by the suite for a few kills and by `make soak` for many.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.patience import PATIENCE
from tests.runs import field_of
from tests.smtp_server import Act, SmtpServer
from tests.workspaces import NUMBER

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable

    from tests.smtp_server import Answer, Input
    from tests.workspaces import Workspace


@dataclass
class KeepingServer(SmtpServer):
    """A relay that notes each Message-ID before it answers, and takes up to `seconds` to do so."""

    seconds: float = 0.03
    kept: Counter[str] = field(default_factory=Counter)
    """Message-ID -> how often it was taken: with a 250, or without a word."""
    _name: str = ""

    async def _answer(self, source: Input, writer: asyncio.StreamWriter, step: str) -> Answer:
        if step == "content":
            # empty: the lone dot after a refused recipient
            name = field_of(self.messages[-1], "Message-ID") if self.messages[-1] else ""
            self.messages.clear()  # a long run must not keep them all
            await asyncio.sleep(random.uniform(0, self.seconds))
            self._name = name
        return await super()._answer(source, writer, step)

    def _chosen(self, step: str) -> Answer:
        answer = super()._chosen(step)
        if step == "content" and self._name and (isinstance(answer, Act) or str(answer).startswith("2")):
            self.kept[self._name] += 1
        return answer


def kill_in_mid_run(workspace: Workspace, server: KeepingServer, *, sends: int = 1) -> None:
    """Start `sends` dispatchers on the store, let the relay take some more messages, and kill them all."""
    processes = [workspace.start("send", NUMBER) for _ in range(sends)]
    until_taken(server.kept.total, server.kept.total() + random.randint(1, 60), *processes)
    time.sleep(random.uniform(0, 0.03))
    for process in processes:
        process.kill()
    for process in processes:
        process.communicate(timeout=PATIENCE)


def until_taken(taken: Callable[[], int], count: int, *processes: subprocess.Popen[str]) -> None:
    """Wait until a relay took `count` contents, or until every process has ended."""
    end = time.monotonic() + PATIENCE
    while taken() < count and any(process.poll() is None for process in processes):
        assert time.monotonic() < end
        time.sleep(0.002)


def states(workspace: Workspace) -> dict[str, str]:
    """Return Message-ID -> state of every delivery, as the register tells it."""
    rows = workspace.run("report", NUMBER, "--format", "json").json
    return {row["message_id"]: row["state"] for row in rows}


def contradictions(standing: dict[str, str], kept: Counter[str]) -> list[str]:
    """Return what the relay's notes say otherwise than the store: nobody lost, nobody twice, no false claim."""
    found = [f"{name} was taken {count} times" for name, count in kept.items() if count > 1]
    found += [f"{name} was taken, and the store does not know it" for name in kept.keys() - standing.keys()]
    for name, state in standing.items():
        if state == "accepted" and name not in kept:
            found.append(f"{name} stands as accepted, and the relay never had it")
        if state not in {"accepted", "in_doubt"} and name in kept:
            found.append(f"{name} stands as {state}, and the relay has it")
    return found
