"""Only what was issued is withdrawn; what was cancelled counts for nobody."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.smtp_server import SmtpServer
from tests.workspaces import NUMBER, begin_withdrawal

if TYPE_CHECKING:
    from tests.workspaces import Workspace

OWN = "12/SYS/WZU/2025"


def _said(workspace: Workspace, number: str = OWN) -> dict[str, str]:
    """Return what `check` says of the target of an advisory: code -> severity."""
    found = workspace.run("check", number, "--json").json["problems"]
    return {one["code"]: one["severity"] for one in found if one["code"].startswith(("target_", "answered"))}


@pytest.mark.parametrize(
    ("target", "code"),
    [(NUMBER, "target_never_issued"), ("11/SYS/WZU/2025", "target_draft"), ("9/SYS/WZU/2025", "target_unused")],
)
def test_what_never_went_out_cannot_be_withdrawn(ready: Workspace, target: str, code: str) -> None:
    """Approved only, a draft, or recorded as not used: `check` says so, and `prepare` refuses it."""
    incident = ("new", "incident", "--number", "11/SYS/WZU/2025", "--date", "2025-08-20")
    begun = ready.run(*incident, "--effective-at", "2025-08-20T09:00")
    ready.run("register", "--gap", "9/SYS/WZU/2025", "--reason", "spoilt")
    begin_withdrawal(ready, OWN, target=target)
    said = _said(ready)
    refused = ready.run("prepare", OWN)

    assert 0 == begun.code, begun.err
    assert {code: "error"} == said
    assert (1, True) == (refused.code, target in refused.err)
    assert 1 == ready.run("status", OWN).code


def test_the_withdrawn_advisory_has_its_own_date(ready: Workspace) -> None:
    """Another date than the one that went out is an error."""
    with SmtpServer() as server:
        ready.hand_over_to(server.port)
        ready.run("send", NUMBER)
    begin_withdrawal(ready, OWN, target=NUMBER, dated="13.08.2025")
    refused = ready.run("prepare", OWN)

    assert {"target_other_date": "error"} == _said(ready)
    assert "is dated 12.08.2025, here 13.08.2025" in refused.err


def test_what_the_record_does_not_know_is_asked_about(ready: Workspace) -> None:
    """It may be from before the program: a question that `answers` settles, and that `prepare` repeats."""
    file = begin_withdrawal(ready, OWN, target="3/SYS/WZU/2025")
    before = _said(ready)
    prepared = ready.run("prepare", OWN)
    ready.run("cancel", OWN, "--reason", "once more")
    answer = "answers: [{code: target_unknown, reason: issued on paper, by: asha}]\n"
    file.write_text(file.read_text(encoding="utf-8") + answer, encoding="utf-8")

    assert {"target_unknown": "warning"} == before
    assert (0, True) == (prepared.code, "3/SYS/WZU/2025 is not in this office's record" in prepared.err)
    assert {"answered": "note"} == _said(ready)


def test_a_release_prepared_anew_is_counted_alone(ready: Workspace) -> None:
    """Once all of it is accepted the exit code is 0; what was cancelled before stands on a line of its own."""
    for verb in ("cancel", "prepare", "approve"):
        ended = ready.run(verb, NUMBER, *(("--reason", "another list") if verb == "cancel" else ()))
        assert 0 == ended.code, ended.err
    with SmtpServer() as server:
        ready.hand_over_to(server.port)
        done = ready.run("send", NUMBER)
        received = len(server.messages)

    assert 0 == done.code, done.err + done.out
    assert f"In all: {received} accepted" in done.out
    assert f"Not counted: {received} of earlier releases" in done.out
    assert "cancelled" not in done.out.partition("Not counted")[0]
