"""A `send` whose relay fell silent after the final dot: the doubt is shown, settled, sent again and verified."""

from __future__ import annotations

import gzip
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tests.patience import PATIENCE
from tests.runs import PausingServer, field_of
from tests.smtp_server import DEFAULTS, Act, SmtpServer
from tests.workspaces import NUMBER, Workspace, copy

if TYPE_CHECKING:
    from pathlib import Path

    from tests.workspaces import Ended

LOST = {"content": [Act.DROP, DEFAULTS["content"]]}
SECOND = timedelta(seconds=1)


@dataclass(frozen=True)
class Doubtful:
    """A workspace with one delivery in doubt, and what the relay was given."""

    workspace: Workspace
    messages: list[bytes]

    def doubts(self) -> list[dict[str, Any]]:
        """Return what `resolve --json` lists."""
        found: list[dict[str, Any]] = self.workspace.run("resolve", NUMBER, "--json").json["in_doubt"]
        return found

    def resolve(self, *options: str) -> Ended:
        """Run `resolve` with options."""
        return self.workspace.run("resolve", NUMBER, *options)

    def line(self, address: str) -> dict[str, Any]:
        """Return the register's line of an address."""
        rows = self.workspace.run("report", NUMBER, "--format", "json").json
        (line,) = [row for row in rows if row["address"] == address]
        found: dict[str, Any] = line
        return found

    def send(self) -> tuple[Ended, list[bytes]]:
        """Send what waits to a relay that answers; return what it was given."""
        with SmtpServer() as server:
            self.workspace.hand_over_to(server.port, max_connections=1)
            return self.workspace.run("send", NUMBER), server.messages


def lost(workspace: Workspace) -> Doubtful:
    """Send while the relay drops the connection after the first final dot."""
    with SmtpServer(faults=LOST) as server:
        workspace.hand_over_to(server.port, max_connections=1)
        ended = workspace.run("send", NUMBER)
    assert 3 == ended.code, ended.err
    return Doubtful(workspace, server.messages)


@pytest.fixture(scope="module")
def sent(approved: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Doubtful:
    """Send with one doubt; not to be changed."""
    return lost(copy(approved, tmp_path_factory.mktemp("lost")))


@pytest.fixture
def doubtful(sent: Doubtful, tmp_path: Path) -> Doubtful:
    """Give a workspace with one delivery in doubt."""
    return Doubtful(copy(sent.workspace, tmp_path), sent.messages)


def relay_log(doubt: dict[str, Any], *, taken: bool, seconds: float = 1) -> str:
    """Return what the relay's Postfix logged around the attempt in doubt."""
    start = datetime.fromisoformat(doubt["attempts"][-1]["started_at"])

    def line(after: float, program: str, said: str) -> str:
        stamp = (start + timedelta(seconds=after)).isoformat()
        return f"{stamp} relay1 postfix/{program}[77]: {said}\n"

    other = "9F00000001: from=<x@y.example>, size=1, nrcpt=1 (queue active)"
    queue = "3F1A2B4C5D: from=<bounces@customs.example>, size=9, nrcpt=1 (queue active)"
    return "".join(
        [
            line(-60, "qmgr", other),
            line(seconds, "cleanup", f"3F1A2B4C5D: message-id={doubt['message_id']}"),
            line(seconds, "qmgr", queue) if taken else "",
            line(3600, "qmgr", other),
        ]
    )


def test_doubt_is_shown_with_all_that_is_known(sent: Doubtful) -> None:
    """`resolve` lists address, place, Message-ID, each try with the relay's words, and what can be done."""
    ended, (doubt,) = sent.resolve(), sent.doubts()
    (attempt,) = doubt["attempts"]

    assert field_of(sent.messages[0], "Message-ID") == doubt["message_id"]
    assert field_of(sent.messages[0], "To") == doubt["address"]
    assert (1, "content", "in_doubt", None, None) == (
        attempt["n"], attempt["stage"], attempt["state"], attempt["reply"], doubt["again_from"]
    )  # fmt: skip
    assert (3, "") == (ended.code, ended.err)
    for told in (doubt["address"], doubt["message_id"], *doubt["places"], attempt["detail"], attempt["relay"]):
        assert told in ended.out
    assert "1 in doubt. What can be done:" in ended.out


def test_relay_log_settles_it(doubtful: Doubtful, tmp_path: Path) -> None:
    """What the log shows in the queue is accepted at the relay's time; nothing goes again; the record holds."""
    (doubt,) = doubtful.doubts()
    (tmp_path / "mail.log").write_text(relay_log(doubt, taken=True), encoding="utf-8")
    done = doubtful.resolve("--log", str(tmp_path / "mail.log"))
    line = doubtful.line(doubt["address"])
    again, messages = doubtful.send()
    shown = doubtful.workspace.run("verify", NUMBER)

    started = datetime.fromisoformat(doubt["attempts"][0]["started_at"])
    assert (0, "") == (done.code, done.err)
    assert "Nothing is in doubt" in done.out
    assert ("accepted", 1, None) == (line["state"], line["attempts"], line["last_code"])
    assert "the relay's log of relay1 shows it in the queue" in line["last_reply"]
    assert (started + SECOND).replace(microsecond=0) == datetime.fromisoformat(line["accepted_at"])
    assert (0, []) == (again.code, messages)
    assert (0, True) == (shown.code, "All holds" in shown.out), shown.out


def test_absence_counts_only_in_whole_logs(doubtful: Doubtful, tmp_path: Path) -> None:
    """Without --log-complete absence leaves the doubt; with it the very same message goes again."""
    (doubt,) = doubtful.doubts()
    with gzip.open(tmp_path / "mail.log.1.gz", "wb") as file:
        file.write(b"\xff\xfe noise \x00\n" + relay_log(doubt, taken=False).encode())
    log = str(tmp_path / "mail.log.1.gz")
    kept, settled = doubtful.resolve("--log", log), doubtful.resolve("--log", log, "--log-complete", "--json")
    ended, messages = doubtful.send()

    assert (3, True) == (kept.code, "not that the relay kept the message" in kept.out)
    assert (0, ["deferred"]) == (settled.code, [one["state"] for one in settled.json["settled"]])
    assert (0, [doubtful.messages[0]]) == (ended.code, messages)


def test_decision_to_hand_over_again(doubtful: Doubtful) -> None:
    """An officer's `again` sends the same octets under the same Message-ID; the register tells of both tries."""
    (doubt,) = doubtful.doubts()
    done = doubtful.resolve(
        "--to", doubt["address"].upper(), "--as", "again", "--reason", "the relay has no trace"
    )
    waiting = doubtful.line(doubt["address"])
    ended, messages = doubtful.send()
    line = doubtful.line(doubt["address"])

    assert (0, "queued") == (done.code, waiting["state"])
    assert f"under the same Message-ID, {doubt['message_id']}" in done.out
    assert "the relay has no trace" in waiting["last_reply"]
    assert (0, [doubtful.messages[0]]) == (ended.code, messages)
    assert ("accepted", 2, doubt["message_id"]) == (line["state"], line["attempts"], line["message_id"])
    assert 0 == doubtful.workspace.run("verify").code


@pytest.mark.parametrize(("decision", "state", "sending"), [("accepted", "accepted", 0), ("failed", "failed", 3)])
def test_decision_without_sending(doubtful: Doubtful, decision: str, state: str, sending: int) -> None:
    """`accepted` and `failed` settle it; the reason stands in the register, also the one beside the advisory."""
    (doubt,) = doubtful.doubts()
    before = (doubtful.workspace.advisory.parent / "register.xlsx").stat().st_mtime_ns
    done = doubtful.resolve("--all", "--as", decision, "--reason", "told by telephone")
    line = doubtful.line(doubt["address"])
    ended, messages = doubtful.send()

    assert (0, sending, []) == (done.code, ended.code, messages)
    assert (state, None) == (line["state"], line["accepted_at"])
    assert line["last_reply"].endswith(": told by telephone")
    assert before < (doubtful.workspace.advisory.parent / "register.xlsx").stat().st_mtime_ns


def test_nothing_goes_again_while_its_sender_lives(ready: Workspace) -> None:
    """While the `send` that made the attempt still runs, `again` is refused, and it is said until when."""
    server = PausingServer(faults=LOST)
    server.pause_at("content", 2)
    with server:
        ready.hand_over_to(server.port, max_connections=1)
        process = ready.start("send", NUMBER)
        assert server.reached.wait(PATIENCE)
        doubtful = Doubtful(ready, server.messages)
        (doubt,) = doubtful.doubts()
        refused = doubtful.resolve("--all", "--as", "again", "--reason", "at once")
        server.go.set()
        process.communicate(timeout=PATIENCE)
    again_from = datetime.fromisoformat(doubt["again_from"])
    started = datetime.fromisoformat(doubt["attempts"][0]["started_at"])

    assert timedelta(seconds=80) == again_from - started, "20 seconds for the reply, 60 of lease"
    assert (1, "") == (refused.code, refused.out)
    assert f"{doubt['address']}: its attempt of " in refused.err
    assert "could still end; it may go again from " in refused.err
    assert [doubt["address"]] == [one["address"] for one in doubtful.doubts()]


@pytest.mark.parametrize(
    ("policy", "code", "state", "told"),
    [
        ("hold", 3, "in_doubt", 0),
        ("assume_accepted", 0, "accepted", 0),
        ("resend", 0, "accepted", 1),
    ],
)
def test_policy_of_the_advisory(
    begun: Workspace, tmp_path: Path, policy: str, code: int, state: str, told: int
) -> None:
    """`--by-policy` does what the release was approved with; with `hold` it says so and does nothing."""
    workspace = copy(begun, tmp_path)
    text = workspace.advisory.read_text(encoding="utf-8")
    workspace.advisory.write_text(text.replace("in_doubt: hold", f"in_doubt: {policy}"), encoding="utf-8")
    workspace.make_ready(commissioners=0)
    doubtful = lost(workspace)
    (doubt,) = doubtful.doubts()
    done = doubtful.resolve("--by-policy")
    _, messages = doubtful.send()

    assert (code, f"in_doubt: {policy}" in done.out) == (done.code, True)
    assert doubtful.messages[:told] == messages
    assert state == doubtful.line(doubt["address"])["state"]


WRONG = [
    (["--log", "nowhere.log"], 2, "nowhere.log cannot be read: No such file or directory"),
    (["--log", "."], 2, ". cannot be read: Is a directory"),
    (["--log", "config.yaml"], 2, "config.yaml: no line of it is one that Postfix or Exim writes"),
    (["--log", "cut.gz"], 2, "cut.gz is damaged"),
    (["--log", "config.yaml", "--log-zone", "Asia/Atlantis"], 2, "Asia/Atlantis: no such time zone"),
    (["--log", "config.yaml", "--log-zone", "../../etc"], 2, "no such time zone"),
    (["--log-complete"], 2, "name it with --log FILE"),
    (["--log", "config.yaml", "--by-policy"], 2, "three ways; take one at a time"),
    (["--as", "again", "--all"], 2, "a decision needs --as, --reason, and either --to ADDRESS or --all"),
    (["--as", "again", "--reason", "x"], 2, "a decision needs"),
    (["--as", "again", "--reason", "x", "--all", "--to", "a@b"], 2, "a decision needs"),
    (["--all", "--reason", "x"], 2, "a decision needs"),
    (["--as", "again", "--reason", " \t", "--all"], 2, "give the reason in words"),
    (["--as", "maybe", "--reason", "x", "--all"], 2, "'maybe' is not one of"),
    (
        ["--as", "again", "--reason", "x", "--to", "post-0039@customs.example"],
        2,
        "post-0039@customs.example is in doubt",
    ),
]


@pytest.mark.parametrize(("options", "code", "told"), WRONG)
def test_wrong_input_is_a_sentence(sent: Doubtful, options: list[str], code: int, told: str) -> None:
    """What an officer gets wrong is told in words."""
    whole = gzip.compress(b"x" * 5000)
    (sent.workspace.root / "cut.gz").write_bytes(whole[: len(whole) // 2])
    ended = sent.resolve(*options)

    assert (code, "") == (ended.code, ended.out)
    assert told in ended.err
    assert "Traceback" not in ended.err


def test_nothing_in_doubt(approved: Workspace) -> None:
    """Where nothing is in doubt `resolve` says so and ends well, also before anything was sent."""
    ended = approved.run("resolve", NUMBER)

    assert (0, "Nothing is in doubt\n") == (ended.code, ended.out)
    assert 2 == approved.run("resolve", "11/SYS/WZU/2025").code


def test_changed_record_is_found(doubtful: Doubtful) -> None:
    """`verify` names what was changed past the program, with exit code 1; a noted head must still be there."""
    held = doubtful.workspace.run("verify", "--json")
    head = held.json["releases"][0]["head"]
    with closing(sqlite3.connect(doubtful.workspace.root / "outbox" / "outbox.db")) as connection, connection:
        connection.execute("UPDATE outcome SET reply='OK queued as 4712' WHERE id=3")
    changed = doubtful.workspace.run("verify", NUMBER, "--head", head, "--json")
    lines = doubtful.workspace.run("verify", NUMBER, "--head", "0" * 64)

    assert (0, True, []) == (held.code, held.json["ok"], held.json["findings"])
    assert (1, False) == (changed.code, changed.json["ok"])
    chain, register = changed.json["findings"]
    assert "does not follow from its rows" in chain["said"]
    assert "the log says OK queued as 4712" in register["said"]
    assert register["address"] in chain["said"]
    assert (1, True) == (lines.code, "noted earlier, is in no chain here" in lines.out)
    assert register["delivery_id"] in lines.out


def test_nothing_to_verify(fresh: Workspace) -> None:
    """Before anything was prepared there is nothing to verify, and no store is made for it."""
    ended, wrong = fresh.run("verify"), fresh.run("verify", "--head", "12")

    assert (0, "There is nothing to verify yet\n") == (ended.code, ended.out)
    assert (2, True) == (wrong.code, "12 is no head" in wrong.err)
    assert not (fresh.root / "outbox" / "outbox.db").exists()
