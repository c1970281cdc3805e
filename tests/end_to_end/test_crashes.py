"""A `send` that is killed, stopped, held or doubled: nobody is lost, nobody is told twice, and the store knows."""

from __future__ import annotations

import asyncio
import signal
from collections import Counter
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from dispatcher.delivery.sender import LARGE
from tests.killing import KeepingServer, contradictions, kill_in_mid_run, states, until_taken
from tests.patience import PATIENCE
from tests.runs import PausingServer, field_of
from tests.smtp_server import EXTENSIONS, PIPELINING, SmtpServer
from tests.workspaces import NUMBER, copy

if TYPE_CHECKING:
    from pathlib import Path

    from tests.smtp_server import Answer, Input
    from tests.workspaces import Workspace

CONNECTIONS = 4
KILLS = 3


@dataclass
class SlowServer(SmtpServer):
    """A server that takes a little time to answer to each content."""

    seconds: float = 0.03

    async def _answer(self, source: Input, writer: asyncio.StreamWriter, step: str) -> Answer:
        if step == "content":
            await asyncio.sleep(self.seconds)
        return await super()._answer(source, writer, step)


@pytest.fixture(scope="module")
def many(begun: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """Prepare and approve a release for 220 more; not to be changed."""
    made = copy(begun, tmp_path_factory.mktemp("many"))
    made.make_ready(commissioners=220)
    return made


@pytest.fixture(scope="module")
def large(begun: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """Prepare and approve a release so large that the journal has a process of its own; not to be changed."""
    made = copy(begun, tmp_path_factory.mktemp("large"))
    made.make_ready(commissioners=LARGE + 60 * KILLS)
    return made


def _ids(server: SmtpServer) -> Counter[str]:
    return Counter(field_of(message, "Message-ID") for message in server.messages)


@pytest.mark.parametrize(
    ("made", "extensions", "seconds"),
    [("many", PIPELINING, 0.03), ("many", EXTENSIONS, 0.03), ("large", PIPELINING, 0.003)],
    ids=["grouped", "one by one", "journal in a process"],
)
def test_kills_lose_nobody_and_tell_nobody_twice(
    request: pytest.FixtureRequest, tmp_path: Path, made: str, extensions: tuple[str, ...], seconds: float
) -> None:
    """After kill -9 at any moment a rerun goes on: each message at most once, doubt at most two a connection."""
    workspace, doubts = copy(request.getfixturevalue(made), tmp_path), [0]
    with KeepingServer(extensions=extensions, seconds=seconds) as server:
        workspace.hand_over_to(server.port, max_connections=CONNECTIONS)
        for _ in range(KILLS):
            kill_in_mid_run(workspace, server)
            standing = states(workspace)  # the first command after a death puts in order what it left
            assert [] == contradictions(standing, server.kept)
            doubts.append(Counter(standing.values())["in_doubt"])
        ended = workspace.run("send", NUMBER)
    standing = states(workspace)

    assert [] == contradictions(standing, server.kept)
    assert {"accepted", "in_doubt"} >= set(standing.values())
    assert all(later - earlier <= 2 * CONNECTIONS for earlier, later in pairwise(doubts)), doubts
    assert (3 if doubts[-1] else 0) == ended.code
    assert "Traceback" not in ended.err
    assert 0 == workspace.run("verify", NUMBER).code


def test_one_sigterm_ends_between_transactions(many: Workspace, tmp_path: Path) -> None:
    """SIGTERM lets what is under way finish: no doubt, exit 3 as some still wait; a rerun completes."""
    workspace = copy(many, tmp_path)
    with SlowServer() as server:
        workspace.hand_over_to(server.port, max_connections=CONNECTIONS)
        process = workspace.start("send", NUMBER)
        until_taken(lambda: len(server.messages), 20, process)
        process.send_signal(signal.SIGTERM)
        _, err = process.communicate(timeout=PATIENCE)
        found = Counter(states(workspace).values())
        rerun = workspace.run("send", NUMBER)

    assert (3, "") == (process.returncode, err)
    assert {"accepted", "queued"} == set(found)
    assert (0, {1}) == (rerun.code, set(_ids(server).values()))
    assert sum(found.values()) == len(server.messages)


def test_a_second_signal_ends_at_once_and_leaves_doubt(ready: Workspace) -> None:
    """Two signals while the relay thinks: the command ends with one word, and that message is in doubt."""
    server = PausingServer()
    server.pause_at("content", 3)
    with server:
        ready.hand_over_to(server.port, max_connections=1)
        process = ready.start("send", NUMBER)
        assert server.reached.wait(PATIENCE)
        process.send_signal(signal.SIGTERM)
        process.send_signal(signal.SIGINT)  # another one: the same twice in an instant is one
        _, err = process.communicate(timeout=PATIENCE)
        server.go.set()

    assert (130, "stopped") == (process.returncode, err.strip())
    assert {"accepted": 2, "in_doubt": 1} == {
        state: count for state, count in Counter(states(ready).values()).items() if state != "queued"
    }


def test_two_sends_at_once_tell_everybody_once(many: Workspace, tmp_path: Path) -> None:
    """Two processes on one store share the work; every message goes out exactly once."""
    workspace = copy(many, tmp_path)
    with SlowServer() as server:
        workspace.hand_over_to(server.port, max_connections=CONNECTIONS)
        processes = [workspace.start("send", NUMBER) for _ in range(2)]
        said = [process.communicate(timeout=PATIENCE) for process in processes]
    standing = states(workspace)

    assert not any("Traceback" in err for _, err in said)
    assert {"accepted"} == set(standing.values())
    assert dict.fromkeys(standing, 1) == _ids(server)


def test_a_second_process_holds_and_resumes_a_running_send(ready: Workspace) -> None:
    """`hold`, `cancel --to` and `resume` take effect in a running `send`: nobody is told in between."""
    server = PausingServer()
    server.pause_at("content", 3)
    with server:
        ready.hand_over_to(server.port, max_connections=1)
        process = ready.start("send", NUMBER)
        assert server.reached.wait(PATIENCE)
        held = ready.run("hold", NUMBER, "--reason", "the hour moves")
        server.go.set()
        cancelled = ready.run("cancel", NUMBER, "--to", "post-0039@customs.example", "--reason", "left office")
        contents_while_held = len(server.messages)
        resumed = ready.run("resume", NUMBER, "--reason", "the hour stands")
        out, err = process.communicate(timeout=PATIENCE)

    told = Counter(field_of(message, "To") for message in server.messages)
    assert [0, 0, 0] == [held.code, cancelled.code, resumed.code]
    assert 3 == contents_while_held
    assert 0 == process.returncode  # who was cancelled is no longer to be told
    assert 1 == err.count("what is due is held")
    assert "1 cancelled" in out
    assert {1} == set(told.values())
    assert "post-0039@customs.example" not in told
