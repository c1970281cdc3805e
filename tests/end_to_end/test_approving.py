"""An approver sees what he approves; what changes afterwards is shown and not sent."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest

from dispatcher.advisories import typesetting
from dispatcher.app import App
from dispatcher.config import load_settings
from dispatcher.errors import Refused
from dispatcher.session import acting_officer
from tests.patience import PATIENCE
from tests.smtp_server import SmtpServer
from tests.workspaces import DISPATCHER, NUMBER, SLUG, copy, environment

if TYPE_CHECKING:
    from pathlib import Path

    from dispatcher.outbox.records import ReleaseRecord
    from tests.workspaces import Workspace

SHEET, TAB = "recipients/commissioners.xlsx", "ICT Commissioners"
OLD, NEW = "kindly contact the ECCS Helpdesk", "kindly telephone the ECCS Helpdesk"
OFFICERS = {
    "asha": {"name": {"hi": "आशा", "en": "Asha"}, "may": ["make"]},
    "vivek": {"name": {"hi": "विवेक", "en": "Vivek"}, "may": ["approve", "sign"]},
}


@pytest.fixture(scope="module")
def guarded(begun: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """Return a workspace with an approved release whose officers are named; not to be changed."""
    made = copy(begun, tmp_path_factory.mktemp("guarded"))
    made.make_ready(commissioners=0)
    made.configure(officers=OFFICERS)
    return made


def _write(workspace: Workspace, **cells: str) -> None:
    book = openpyxl.load_workbook(workspace.root / SHEET)
    for cell, text in cells.items():
        book[TAB][cell] = text
    book.save(workspace.root / SHEET)


def _append(template: Path) -> None:
    template.write_text(template.read_text(encoding="utf-8") + " ", encoding="utf-8")


def _codes(workspace: Workspace) -> list[str]:
    return [one["code"] for one in workspace.run("check", NUMBER, "--json").json["problems"]]


def _put_back(workspace: Workspace) -> None:
    workspace.change(NEW, OLD)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (
            lambda one: one.change(OLD, NEW),
            [f"  en  - In case of any issues, {OLD}", f"      + In case of any issues, {NEW}"],
        ),
        (lambda one: _write(one, E4="other@customs.example"), ["1 added: other@customs.example", "1 removed: "]),
        (lambda one: _write(one, D4="Principal Commissioner of Customs"), ["1 post changed: "]),
        (
            lambda one: _append(one.root / "templates/mail/en/labels.j2"),
            ["templates/mail/en/labels.j2: changed"],
        ),
    ],
    ids=["text", "address", "post", "template"],
)
def test_what_changed_after_approval_is_not_sent(ready: Workspace, change: Any, told: list[str]) -> None:
    """`check` warns, `send` refuses with the difference and what to do; nothing is handed over, nothing thawed."""
    before = ready.run("status", NUMBER, "--json").json["states"]
    change(ready)
    with SmtpServer() as server:
        ready.hand_over_to(server.port)
        refused = ready.run("send", NUMBER)
        received = len(server.messages)

    assert (1, 0) == (refused.code, received)
    assert "no longer what was approved" in refused.err
    assert [] == [one for one in told if one not in refused.err]
    assert "dispatcher cancel" in refused.err or "dispatcher prepare" in refused.err
    assert "release_departed" in _codes(ready)
    assert before == ready.run("status", NUMBER, "--json").json["states"]


def _refused(workspace: Workspace) -> str:
    """Send; return why nothing was handed over."""
    with SmtpServer() as server:
        workspace.hand_over_to(server.port)
        refused = workspace.run("send", NUMBER)
        received = len(server.messages)

    assert (1, 0) == (refused.code, received)
    assert "no longer what was approved" in refused.err
    return refused.err


def _spoil_template(workspace: Workspace) -> None:
    path = workspace.root / "templates/notes/copy/en.j2"
    path.write_text("{{ nothing_of_this_name }}", encoding="utf-8")


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (
            lambda one: one.change(OLD, "kindly contact within 3 days the ECCS Helpdesk"),
            ["+ In case of any issues, kindly contact within 3 days", "3 days"],
        ),
        (lambda one: one.change("kind: password_expiry", "kind: [1"), ["advisory.yaml: changed"]),
        (_spoil_template, ["templates/notes/copy/en.j2: changed", "nothing_of_this_name"]),
    ],
    ids=["parity", "no-yaml", "template"],
)
def test_what_has_errors_by_now_is_shown_as_far_as_it_can_be_read(
    ready: Workspace, change: Any, told: list[str]
) -> None:
    """The difference stands beside the error, in both languages, in `send` and in the one line of `check`."""
    change(ready)
    warned = ready.run("check", NUMBER, "--json").json["problems"]
    said = _refused(ready)

    assert "release_unreadable" in [one["code"] for one in warned]
    assert [] == [one for one in told if one not in said]
    assert "\n  hi    " in said


def test_another_sender_is_no_more_what_was_approved(ready: Workspace) -> None:
    """Messages come from config.yaml, too: what a release is made from there is compared."""
    ready.configure(sender={"reply_to": "other@customs.example"})

    assert "+ other@customs.example" in _refused(ready)


def test_another_enclosure_is_no_more_what_was_approved(ready: Workspace) -> None:
    """The octets of an enclosure count, though advisory.yaml names it as before."""
    enclosure = ready.advisory.with_name("form.txt")
    enclosure.write_text("as approved", encoding="utf-8")
    ready.change("enclosures: []", "enclosures: [form.txt]")
    ready.run("cancel", NUMBER, "--reason", "with a form")
    codes = [ready.run(verb, NUMBER).code for verb in ("prepare", "approve")]
    enclosure.write_text("as nobody approved", encoding="utf-8")
    said = _refused(ready)

    assert [0, 0] == codes
    assert "form.txt: changed" in said


def test_what_is_the_same_again_is_sent(ready: Workspace) -> None:
    """A text put back and a sheet saved again with nothing changed in it are what was approved."""
    ready.change(OLD, NEW)
    _put_back(ready)
    _write(ready)
    with SmtpServer() as server:
        ready.hand_over_to(server.port)
        done = ready.run("send", NUMBER)

    assert 0 == done.code, done.err


def test_an_approver_sees_what_changed(ready: Workspace) -> None:
    """After a cancelled release: texts in both languages, recipients by name; the hash binds what was seen."""
    ready.run("cancel", NUMBER, "--reason", "another text")
    ready.change(OLD, NEW)
    ready.change("किसी भी समस्या", "किसी भी कठिनाई")
    _write(ready, E4="other@customs.example")
    ready.run("prepare", NUMBER)
    (shown,) = ready.run("approve", NUMBER, "--show", "--json").json["waiting"]
    printed = ready.run("approve", NUMBER, "--show").out
    wrong = ready.run("approve", NUMBER, "--hash", "00000000")
    right = ready.run("approve", NUMBER, "--hash", shown["content_hash"][:8])
    changed = next(one for one in shown["changes"] if one["what"].startswith("paragraph"))

    assert {"hi", "en"} == set(changed["before"])
    assert NEW in changed["after"]["en"]
    assert (1, ["other@customs.example"]) == tuple(shown["recipients"]["added"].values())
    assert 1 == shown["recipients"]["removed"]["count"]
    assert shown["deliveries"] == sum(shown["audiences"].values())
    assert f"+ In case of any issues, {NEW}" in printed
    assert (1, 0) == (wrong.code, right.code)


def test_prepare_shows_why_a_text_is_another(ready: Workspace) -> None:
    """A text that differs from what stands is refused with the difference."""
    ready.change(OLD, NEW)
    refused = ready.run("prepare", NUMBER)

    assert 1 == refused.code
    assert f"      + In case of any issues, {NEW}" in refused.err


def test_officers_do_what_they_may(ready: Workspace) -> None:
    """Who may not, who is unknown and who made it are refused, each with the reason; the right one may."""
    ready.run("cancel", NUMBER, "--reason", "again")
    ready.configure(officers=OFFICERS, approval={"self_approval": False})
    stranger = ready.run("prepare", NUMBER, officer="ravi")
    unfit = ready.run("prepare", NUMBER, officer="vivek")
    prepared = ready.run("prepare", NUMBER, officer="asha")
    maker = ready.run("approve", NUMBER, officer="asha")
    approved = ready.run("approve", NUMBER, officer="vivek")

    assert "ravi is no officer of this office; officers: in config.yaml lets asha make" in stranger.err
    assert "vivek may not make" in unfit.err
    assert 0 == prepared.code, prepared.err
    assert "asha may not approve; officers: in config.yaml lets vivek approve" in maker.err
    assert 0 == approved.code, approved.err
    assert [] == ready.run("status", NUMBER, "--json").json["remarks"]


@pytest.mark.parametrize(
    "command",
    [
        ("send", NUMBER),
        ("hold", NUMBER, "--reason", "x"),
        ("acknowledge", NUMBER, "a@customs.example", "--how", "phone"),
        ("acknowledge", NUMBER, "a@customs.example", "--take-back", "--reason", "x"),
        ("schedule", NUMBER, "--stop", "x"),
        ("schedule", NUMBER, "--send-at", "2030-01-01 10:00"),
        ("resolve", NUMBER, "--by-policy"),
        ("resolve", NUMBER, "--as", "accepted", "--all", "--reason", "x"),
        ("website", "confirm", NUMBER, "--file", "config.yaml"),
    ],
    ids=" ".join,
)
def test_who_is_no_officer_changes_nothing(guarded: Workspace, command: tuple[str, ...]) -> None:
    """Where officers are named, only they change what goes out or what is recorded of it."""
    refused = guarded.run(*command, officer="ravi")

    assert (1, True) == (refused.code, "ravi is no officer of this office" in refused.err), refused.err


def test_whoever_runs_it_lets_go_what_officers_ordered(ready: Workspace) -> None:
    """`run` begins nothing by itself, so its account needs to be no officer; anybody may look."""
    officers = {"asha": {"name": {"hi": "आशा", "en": "Asha"}, "may": []}}
    ready.configure(officers=officers)
    with SmtpServer() as server:
        ready.hand_over_to(server.port)
        sent = ready.run("send", NUMBER, "--once", officer="asha")
        codes = [ready.run(*verb, officer="ravi").code for verb in (("run", "--once"), ("status",), ("verify",))]

    assert (0, [0, 0, 0]) == (sent.code, codes), sent.err


@pytest.mark.skipif(sys.platform == "win32", reason="no terminal can be lent there")
def test_on_a_terminal_an_approver_is_asked(ready: Workspace) -> None:
    """What waits, where its document and the page of its messages lie is shown; only a yes approves."""
    ready.run("cancel", NUMBER, "--reason", "again")
    ready.run("prepare", NUMBER)
    refused = _on_terminal(ready, "n\n", "approve", NUMBER)
    approved = _on_terminal(ready, "y\n", "approve", NUMBER)
    document = ready.root / "outbox" / SLUG / f"Advisory-{SLUG}.pdf"

    assert (1, True) == (refused.returncode, "nothing was approved" in refused.stderr)
    assert f"        {document}\n" in refused.stdout
    assert "    every message as it was frozen: " in refused.stdout
    assert (0, True) == (approved.returncode, "is approved by" in approved.stdout)


def _on_terminal(workspace: Workspace, typed: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a command whose input is a terminal on which something was typed already."""
    import pty  # noqa: PLC0415 - not on Windows

    ours, theirs = pty.openpty()
    try:
        os.write(ours, typed.encode())
        return subprocess.run(
            [DISPATCHER, *arguments],
            cwd=workspace.root,
            env=environment(),
            stdin=theirs,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
    finally:
        os.close(ours)
        os.close(theirs)


def test_the_environment_makes_nobody_another_officer(ready: Workspace) -> None:
    """Who acts is the account that the command runs under, whatever LOGNAME and the like say."""
    ready.run("cancel", NUMBER, "--reason", "again")
    ready.configure(approval={"self_approval": False})
    prepared = ready.run("prepare", NUMBER)
    others = dict.fromkeys(("LOGNAME", "USER", "LNAME", "USERNAME"), "anybody")
    refused = ready.run("approve", NUMBER, **others)

    assert 0 == prepared.code, prepared.err
    assert (1, "") == (refused.code, refused.out.partition("approved by")[2])
    assert f"was prepared by {acting_officer()}; another officer must approve it" in refused.err


def test_the_record_says_that_the_maker_approved(ready: Workspace) -> None:
    """An office of one: status, register and register of numbers say so."""
    rows = ready.run("register", "--json").json["numbers"]
    ready.run("report", NUMBER)
    title = openpyxl.load_workbook(ready.root / "outbox" / SLUG / "register.xlsx").worksheets[0]["A1"].value

    assert ["self_approved"] == ready.run("status", NUMBER, "--json").json["remarks"]
    assert "approved by its maker (self-approval is allowed)" in ready.run("status", NUMBER).out
    assert "approved by its maker" in rows[0]["remark"]
    assert "approved by its maker" in str(title)


def _released(workspace: Workspace) -> list[ReleaseRecord]:
    app = App(load_settings(workspace.config))
    with app.store() as database:
        return app.releases(database, NUMBER)


def _set_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have another version of the program set documents: the same text, other octets."""
    usual = typesetting.typeset
    monkeypatch.setattr(typesetting, "typeset", lambda *told: usual(*told) + b"% another version\n")


def test_who_is_added_gets_the_document_that_stands(ready: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """A program that sets the same text otherwise by now takes the PDF that was frozen, octet for octet."""
    _write(ready, E4="other@customs.example")
    _set_otherwise(monkeypatch)
    made = App(load_settings(ready.config)).prepare(NUMBER, by="asha")
    documents = [one.document for one in _released(ready)]

    assert ("other@customs.example",) == made.added
    assert 2 == len(documents)
    assert documents[0] == documents[1]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda one: one.change(OLD, NEW), "kindly telephone the ECCS Helpdesk"),
        (lambda one: _append(one.root / "templates/pdf/advisory.typ"), "Advisory-10-SYS-WZU-2025.pdf: changed"),
    ],
    ids=["text", "layout"],
)
def test_a_document_of_another_text_is_another(
    ready: Workspace, monkeypatch: pytest.MonkeyPatch, change: Any, told: str
) -> None:
    """What the office itself changed of text or layout is not passed over by the PDF that stands."""
    change(ready)
    _set_otherwise(monkeypatch)

    with pytest.raises(Refused, match=told):
        App(load_settings(ready.config)).prepare(NUMBER, by="asha")


def test_what_cannot_be_compared_is_not_said_to_be_the_same(ready: Workspace) -> None:
    """Beside a release of an earlier program, which kept no texts, an approver is told to read all of it."""
    with App(load_settings(ready.config)).store() as database, database.writing() as connection:
        connection.exec_driver_sql("UPDATE event SET data = '{}' WHERE kind = 'prepared'")
    _write(ready, E4="other@customs.example")
    prepared = ready.run("prepare", NUMBER)
    shown = ready.run("approve", NUMBER, "--show")

    assert 0 == prepared.code, prepared.err
    assert "cannot be compared" in shown.out
    assert "nothing differs" not in shown.out
