"""What follows an advisory, by the command line: schedule, run, revise; killed, doubled, stopped."""

from __future__ import annotations

import re
import signal
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
import yaml

from dispatcher.acts import RemindersPlan
from dispatcher.outbox.database import open_database
from tests.drafts import draft
from tests.killing import KeepingServer, contradictions, until_taken
from tests.lives import Lives
from tests.patience import PATIENCE
from tests.runs import addresses, field_of
from tests.smtp_server import SmtpServer
from tests.workspaces import NUMBER, begin_withdrawal, fill_in_corrigendum

if TYPE_CHECKING:
    from tests.workspaces import Workspace

COUNT = 120
KILLS = 3


def _remind(workspace: Workspace, server: SmtpServer) -> None:
    """Let an original have gone out five hours ago, and its reminder be due for ten minutes."""
    now = datetime.now(UTC)
    hour = now + timedelta(minutes=100)
    advisory = replace(
        draft().advisory, effective_at=hour, notify_before=hour, useful_until=hour + timedelta(days=5)
    )
    database = open_database("sqlite:///outbox/outbox.db", root=workspace.root)
    try:
        lives = Lives(database)
        lives.issue(
            *addresses(COUNT), at=now - timedelta(hours=5), advisory=advisory, reminders=RemindersPlan(at=(110,))
        )
        lives.once(server.relay(), at=now - timedelta(hours=5))
    finally:
        database.close()
    workspace.hand_over_to(server.port, max_connections=2)


def _states(workspace: Workspace) -> dict[str, str]:
    rows = workspace.run("report", NUMBER, "--format", "json").json
    return {row["message_id"]: row["state"] for row in rows if row["act"] == "reminder-1"}


def test_a_run_killed_in_the_middle_of_a_reminder_reminds_nobody_twice(fresh: Workspace) -> None:
    """Killed with -9 again and again and begun again: no reminder is lost, doubled or wrongly claimed."""
    with KeepingServer() as server:
        _remind(fresh, server)
        server.kept.clear()
        for kill in range(KILLS):
            process = fresh.start("run")
            until_taken(server.kept.total, server.kept.total() + 10 + 7 * kill, process)
            process.kill()
            process.communicate(timeout=PATIENCE)
        ended = fresh.run("run", "--once")

    assert 0 == ended.code, ended.err
    assert COUNT == len(_states(fresh))
    assert [] == contradictions(_states(fresh), server.kept)
    assert COUNT - 2 * 2 * KILLS <= list(_states(fresh).values()).count("accepted")


def test_two_runs_at_once_remind_nobody_twice(fresh: Workspace) -> None:
    """Two processes on one store derive one reminder and share it."""
    with KeepingServer() as server:
        _remind(fresh, server)
        server.kept.clear()
        processes = [fresh.start("run", "--once") for _ in range(2)]
        for process in processes:
            process.communicate(timeout=PATIENCE)
        fresh.run("run", "--once")

    assert {"accepted": COUNT} == Counter(_states(fresh).values())
    assert [] == contradictions(_states(fresh), server.kept)


def test_a_run_ends_cleanly_when_it_is_told_to(fresh: Workspace) -> None:
    """SIGTERM ends it between messages with exit code 0; what it had begun is in the register."""
    with KeepingServer() as server:
        _remind(fresh, server)
        server.kept.clear()
        process = fresh.start("run")
        until_taken(server.kept.total, 10, process)
        process.send_signal(signal.SIGTERM)
        _, err = process.communicate(timeout=PATIENCE)

    assert (0, "") == (process.returncode, err)
    assert "attempting" not in _states(fresh).values()
    assert [] == contradictions(_states(fresh), server.kept)
    assert (fresh.root / "outbox" / "10-SYS-WZU-2025" / "register.xlsx").is_file()


def test_what_would_follow_is_shown_before_anything_is_prepared(fresh: Workspace) -> None:
    """`schedule` of a draft reckons what would follow it, and tells the slots that it would not use."""
    fresh.put_off(effective_at=timedelta(days=3), notify_before=timedelta(days=3), useful_until=timedelta(days=9))
    entries = fresh.run("schedule", NUMBER, "--json").json["entries"]

    assert "not prepared" == entries[0]["standing"]
    assert "in_effect" in [entry["act"] for entry in entries]
    assert all(entry["release"] is None for entry in entries)


def test_what_follows_can_be_stopped(ready: Workspace) -> None:
    """An officer has nothing follow any more, with a reason that the schedule tells; a second time is refused."""
    stopped = ready.run("schedule", NUMBER, "--stop", "all have telephoned", "--json")
    again = ready.run("schedule", NUMBER, "--stop", "all have telephoned")

    skipped = [one for one in stopped.json["entries"] if one["standing"] == "skipped"]
    assert skipped
    assert all("all have telephoned" in one["why"] for one in skipped)
    assert 1 == again.code


def test_an_order_for_a_time_is_kept_and_shown(ready: Workspace) -> None:
    """`schedule --send-at` records the order; a time past the hour is refused; it can be taken back."""
    at = (datetime.now(UTC) + timedelta(hours=2)).isoformat(timespec="minutes")
    late = (datetime.now(UTC) + timedelta(days=4)).isoformat(timespec="minutes")
    ordered = ready.run("schedule", NUMBER, "--send-at", at, "--json")
    refused = ready.run("schedule", NUMBER, "--send-at", late)
    back = ready.run("schedule", NUMBER, "--withdraw", "--json")

    assert "ordered" == ordered.json["entries"][0]["standing"]
    assert datetime.fromisoformat(at) == datetime.fromisoformat(ordered.json["entries"][0]["at"])
    assert (2, "") == (refused.code, refused.out)
    assert "before its hour" in refused.err
    assert back.json["entries"][0]["at"] is None


def test_a_corrigendum_from_its_beginning_to_its_register(ready: Workspace) -> None:
    """revise, fill in, rehearse, prepare, approve, send: all get it, in answer to the original; one is stopped."""
    with SmtpServer(faults={"rcpt": ["451 4.3.0 try again", "250 2.1.5 ok"]}) as server:
        ready.hand_over_to(server.port, max_connections=1)
        ready.run("send", NUMBER, "--once")
        began = ready.run("revise", NUMBER, "--as", "corrigendum")
        unfinished = ready.run("check", NUMBER)
        fill_in_corrigendum(ready)
        rehearsed = ready.run("rehearse", NUMBER, "--no-follow-ups")
        steps = [ready.run(verb, NUMBER) for verb in ("prepare", "approve", "send")]
        count = len(server.messages)
        rows = ready.run("report", NUMBER, "--format", "json").json

    codes = [one.code for one in (began, unfinished, rehearsed, *steps)]
    assert [0, 1, 0, 0, 0, 0] == codes, [one.err for one in (rehearsed, *steps)]
    assert "still to be written" in unfinished.err + unfinished.out
    assert "since release 1" in steps[1].out
    assert "post" not in steps[1].out.partition("since release 1")[2], "nobody's post is said to have changed"
    assert "corrections" in steps[1].out, "the approver sees what differs from the original"
    states = Counter((row["act"], row["state"]) for row in rows)
    offices = len(rows) // 2
    assert {
        ("original", "accepted"): offices - 1,
        ("original", "cancelled"): 1,
        ("corrigendum", "accepted"): offices,
    } == states
    assert 2 * offices - 1 == count
    answering = [one for one in server.messages if "Corrigendum" in field_of(one, "Subject")]
    assert offices - 1 == sum(field_of(one, "In-Reply-To") != "None" for one in answering)


def test_a_corrigendum_has_its_own_date_and_keeps_number_and_date(ready: Workspace) -> None:
    """`revise` takes the date printed on it, otherwise today; the register shows both acts with theirs."""
    with SmtpServer() as server:
        ready.hand_over_to(server.port)
        ready.run("send", NUMBER)
    early = ready.run("revise", NUMBER, "--as", "corrigendum", "--date", "11.08.2025")
    ready.run("revise", NUMBER, "--as", "corrigendum", "--date", "14.08.2025")
    fill_in_corrigendum(ready)
    prepared = ready.run("prepare", NUMBER)
    rows = ready.run("register", "--json").json["numbers"]

    assert (2, True) == (early.code, "11.08.2025 is before the date of what is to be changed" in early.err)
    assert 0 == prepared.code, prepared.err
    assert [
        (0, "original", "2025-08-12", "done", None),
        (1, "corrigendum", "2025-08-14", "prepared", NUMBER),
    ] == [(row["revision"], row["act"], row["issued"], row["number_state"], row["concerns"]) for row in rows]
    lines = [re.split(" {2,}", line)[:4] for line in ready.run("register").out.splitlines()]
    assert [
        ["number", "date", "act", "state"],
        [NUMBER, "12.08.2025", "original", "done"],
        [f"{NUMBER}-R1", "14.08.2025", f"corrigendum of {NUMBER}", "prepared"],
    ] == lines[:3]


def test_a_revision_keeps_what_went_out(ready: Workspace) -> None:
    """The former file lies beside the new one, byte for byte; the new one has the next revision and places."""
    before = ready.advisory.read_bytes()
    ready.run("revise", NUMBER, "--as", "addendum")
    kept = ready.advisory.with_name("advisory.revision-0.yaml").read_bytes()
    now = yaml.safe_load(ready.advisory.read_text(encoding="utf-8"))

    assert before == kept
    assert (1, "addendum", NUMBER) == (now["revision"], now["relation"]["type"], now["relation"]["target"])


@pytest.mark.parametrize("act", ["corrigendum", "addendum"])
def test_nothing_is_corrected_that_is_not_out(fresh: Workspace, act: str) -> None:
    """Where nobody approved the advisory its text is simply changed; nothing is written."""
    before = fresh.advisory.read_bytes()
    refused = fresh.run("revise", NUMBER, "--as", act)

    assert 1 == refused.code
    assert "is not out" in refused.err
    assert before == fresh.advisory.read_bytes()


def _withdraw(workspace: Workspace) -> None:
    """Begin a withdrawal of the sample, fill it in and bring it to its approval."""
    number = "11/SYS/WZU/2025"
    begin_withdrawal(workspace, number, target=NUMBER)
    for verb in ("prepare", "approve"):
        ended = workspace.run(verb, number)
        assert 0 == ended.code, ended.err + ended.out


def test_a_withdrawal_by_the_command_line(ready: Workspace) -> None:
    """Only who was told is told of it; the rest of the old one is stopped; status and register say so."""
    with SmtpServer(faults={"rcpt": ["250 2.1.5 ok", "250 2.1.5 ok", "451 4.3.0 try again"]}) as server:
        ready.hand_over_to(server.port, max_connections=1)
        ready.run("send", NUMBER, "--once")
        told = [field_of(one, "To") for one in server.messages]
        _withdraw(ready)
        server.messages.clear()
        server.faults = {}
        sent = ready.run("send", "11/SYS/WZU/2025")
        informed = [field_of(one, "To") for one in server.messages]
    status = ready.run("status", NUMBER, "--json").json
    numbers = {row["number"]: row for row in ready.run("register", "--json").json["numbers"]}

    assert 0 == sent.code, sent.err
    assert sorted(told) == sorted(informed)
    assert "withdrawal by 11/SYS/WZU/2025" == status["replaced"]
    assert {"accepted", "cancelled"} == set(status["states"])
    assert "withdrawn by 11/SYS/WZU/2025" in numbers[NUMBER]["remark"]
