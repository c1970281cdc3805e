"""The main job through the command line: from `init` to the register, with its gates."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import openpyxl
import pytest

from tests.runs import field_of
from tests.smtp_server import SmtpServer
from tests.workspaces import NUMBER, SLUG, Workspace, copy

if TYPE_CHECKING:
    from pathlib import Path

    from tests.workspaces import Ended

COLUMNS = [
    *("audience", "place", "designation", "address", "language", "state", "attempts"),
    *("last_code", "last_enhanced", "last_reply", "first_attempt_at", "accepted_at", "message_id", "delivery_id"),
    *("act", "acknowledged_at", "acknowledged_how", "onward", "onward_couriers", "onward_informed"),
    *("onward_failed", "onward_open", "onward_last_at"),
]
FORMULAS = ("=", "+", "-", "@")


@dataclass(frozen=True)
class Sent:
    """A workspace whose release was sent, what the command said, and what the relay was given."""

    workspace: Workspace
    ended: Ended
    messages: list[bytes]

    @property
    def told(self) -> list[str]:
        """The address of each message."""
        return sorted(field_of(message, "To") for message in self.messages)


@pytest.fixture(scope="module")
def sent(approved: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Sent:
    """Send an approved release; not to be changed."""
    workspace = copy(approved, tmp_path_factory.mktemp("sent"))
    with SmtpServer() as server:
        workspace.hand_over_to(server.port)
        return Sent(workspace, workspace.run("send", NUMBER), server.messages)


def test_a_new_workspace_has_nothing_to_complain_of(fresh: Workspace) -> None:
    """`check --json` says what docs/operating.md promises: ok, problems with place and both languages, who."""
    ended = fresh.run("check", NUMBER, "--json")

    found = ended.json
    assert (0, {"ok", "problems", "recipients"}) == (ended.code, set(found))
    assert found["ok"] is True
    for problem in found["problems"]:
        assert {"severity", "code", "file", "sheet", "row", "column", "value", "message"} == set(problem)
        assert problem["severity"] in {"warning", "repair", "note"}
        assert {"hi", "en"} == set(problem["message"])
    for told in found["recipients"]:
        assert {"address", "audiences", "language", "source"} == set(told)
        assert {"file", "sheet", "row"} == set(told["source"])
    assert {"commissioners", "eici", "custodians", "cms", "copy"} == {
        audience for told in found["recipients"] for audience in told["audiences"]
    }


def test_an_approved_release_is_sent(sent: Sent) -> None:
    """Exit 0: every message is accepted, nobody is told twice, and `status --json` agrees."""
    status = sent.workspace.run("status", NUMBER, "--json").json

    count = len(sent.messages)
    assert (0, "") == (sent.ended.code, sent.ended.err)
    assert re.search(
        rf"In all: {count} accepted\nFirst tried [\d.]+ [\d:]+ IST; last accepted [\d.]+ [\d:]+ IST\n",
        sent.ended.out,
    )
    assert count == len(set(sent.told))
    assert {"advisory", "release", "states", "notify_before", "useful_until", "forecast"} <= set(status)
    assert (NUMBER, {"accepted": count}) == (status["advisory"], status["states"])
    assert {"finishes_at": None, "late": 0} == status["forecast"]


def test_the_register_agrees_in_every_form(sent: Sent) -> None:
    """CSV and JSON have the columns of docs/operating.md, a row for each message; no cell is a formula."""
    rows = sent.workspace.run("report", NUMBER, "--format", "json").json
    text = sent.workspace.run("report", NUMBER, "--format", "csv").out
    table = list(csv.DictReader(io.StringIO(text.lstrip("\ufeff"))))
    book = openpyxl.load_workbook(sent.workspace.root / "outbox" / SLUG / "register.xlsx")
    cells = [cell for tab in book for row in tab.iter_rows(values_only=True) for cell in row]

    assert COLUMNS == list(rows[0]) == list(table[0])
    assert {field_of(message, "Message-ID") for message in sent.messages} == {row["message_id"] for row in rows}
    assert sent.told == sorted(row["address"] for row in table)
    assert set(sent.told) <= set(cells)
    assert [] == [cell for cell in cells if isinstance(cell, str) and cell.startswith(FORMULAS)]


def test_sending_again_tells_only_who_was_added(sent: Sent, tmp_path: Path) -> None:
    """`send` on what is done tells nobody; a further release holds who was added, and needs its own approval."""
    workspace = copy(sent.workspace, tmp_path)
    with SmtpServer() as server:
        workspace.hand_over_to(server.port)
        again = workspace.run("send", NUMBER)
        contents_after_again = len(server.messages)
        workspace.add_commissioners(41)
        prepared = workspace.run("prepare", NUMBER, "--json").json
        unapproved = workspace.run("send", NUMBER)
        workspace.run("approve", NUMBER)
        added = workspace.run("send", NUMBER)

    assert (0, 0) == (again.code, contents_after_again)
    assert ["post-0040@customs.example"] == prepared["added"]
    assert (1, 0) == (unapproved.code, added.code)
    assert ["post-0040@customs.example"] == [field_of(message, "To") for message in server.messages]


def test_some_refused_is_an_exit_code_of_its_own(ready: Workspace) -> None:
    """Exit 3: done, but not everybody is accepted; each of them is listed with the relay's words."""
    with SmtpServer({"rcpt": ["550 5.1.1 no such mailbox here", "250 OK"]}) as server:
        ready.hand_over_to(server.port, max_connections=1)
        ended = ready.run("send", NUMBER)

    assert 3 == ended.code
    assert "1 failed" in ended.out
    assert "550 5.1.1 no such mailbox here" in ended.out


def test_of_many_that_are_refused_the_first_are_named(ready: Workspace) -> None:
    """Twenty are named with the relay's words, the others counted; all of them stand in the register."""
    with SmtpServer({"rcpt": "550 5.1.1 no such mailbox here"}) as server:
        ready.hand_over_to(server.port)
        ended = ready.run("send", NUMBER)
    rows = ready.run("report", NUMBER, "--format", "json").json

    assert 3 == ended.code
    assert "In all: 65 failed" in ended.out
    assert 20 == ended.out.count("550 5.1.1 no such mailbox here")
    assert "and 45 more who are not told yet; the register names them all" in ended.out
    assert ["failed"] * 65 == [row["state"] for row in rows]


def test_the_register_is_written_where_it_is_wanted(sent: Sent, tmp_path: Path) -> None:
    """`report --output` writes the same csv as to standard output, and says where; the owner only reads it."""
    printed = sent.workspace.run("report", NUMBER, "--format", "csv")
    target = tmp_path / "sub" / "register.csv"
    written = sent.workspace.run("report", NUMBER, "--format", "csv", "--output", str(target))

    assert (0, 0, f"{target}\n") == (printed.code, written.code, written.out)
    assert printed.out.splitlines() == target.read_text("utf-8").splitlines()
    assert 1 + len(sent.messages) == len(printed.out.splitlines())


def test_the_maker_does_not_approve(fresh: Workspace) -> None:
    """Where two officers are required, the maker's approval is refused, and without one nothing is sent."""
    prepared = fresh.run("prepare", NUMBER, "--json")
    approve, send = fresh.run("approve", NUMBER), fresh.run("send", NUMBER)

    assert 0 == prepared.code
    assert {"release", "content_hash", "added"} == set(prepared.json)
    assert (1, 1) == (approve.code, send.code)
    assert "another officer must approve it" in approve.err
    assert "is not approved" in send.err


def test_a_past_hour_is_refused_without_a_reason(fresh: Workspace) -> None:
    """The sample's hour is long past: `send` says so in office time; with --late it goes as now in effect."""
    fresh.configure(approval={"required": False})
    fresh.run("prepare", NUMBER)
    with SmtpServer() as server:
        fresh.hand_over_to(server.port)
        refused = fresh.run("send", NUMBER)
        before = len(server.messages)
        late = fresh.run("send", NUMBER, "--late", "the relay was out of order")

    assert (1, 0, 0) == (refused.code, before, late.code)
    assert "13.08.2025 12:00 IST, has passed; `--late REASON`" in refused.err
    assert server.messages
    for message in server.messages:
        assert field_of(message, "Subject").startswith("अब प्रभावी/Now in effect")


@pytest.mark.parametrize("as_of", [None, "2025-08-13T14:00", "13.08.2025 14:00"])
def test_a_rehearsal_needs_nobodys_leave(fresh: Workspace, as_of: str | None) -> None:
    """`rehearse` runs past hours and missing approval, on the evening of the date or the time that is given."""
    ended = fresh.run("rehearse", NUMBER, *(["--as-of", as_of] if as_of else []))
    place = fresh.root / "outbox" / SLUG / "rehearsal"
    messages = [path.read_bytes() for path in sorted((place / "received").glob("*.eml"))]

    assert 0 == ended.code, ended.err
    assert f"REHEARSAL as of {'13.08.2025 14:00' if as_of else '12.08.2025 21:10'} IST" in ended.out
    assert 25 == len(messages)
    for message in messages:
        assert (as_of is not None) == ("Now in effect" in field_of(message, "Subject"))
    assert (place / "register.xlsx").is_file()
    assert not (fresh.root / "outbox" / "outbox.db").exists()


def test_a_rehearsal_shows_what_follows(fresh: Workspace) -> None:
    """Reminders and the notice go into a sink of their own, each at its time; the register is of the original."""
    ended = fresh.run("rehearse", NUMBER, "--as-of", "12.08.2025 21:10")
    place = fresh.root / "outbox" / SLUG / "rehearsal"
    followed = [path.read_bytes() for path in sorted((place / "following").glob("*.eml"))]
    acts = Counter(field_of(one, "Subject").partition(":")[0] for one in followed)
    dates = {field_of(one, "Date")[5:22] for one in followed}
    told = re.findall(r"(\d\d\.\d\d\.2025 \d\d:\d\d) IST +\S+ +(\S+) +(\d+) recip.*release \d, done", ended.out)

    assert 0 == ended.code, ended.err
    assert [
        ("13.08.2025 09:30", "reminder-1", "23"),
        ("13.08.2025 11:00", "reminder-2", "1"),
        ("13.08.2025 12:00", "in_effect", "23"),
        ("14.08.2025 09:30", "reminder-3", "23"),
    ] == told
    assert {"अनुस्मारक/Reminder": 47, "अब प्रभावी/Now in effect": 23} == acts
    assert {"13 Aug 2025 09:30", "13 Aug 2025 11:00", "13 Aug 2025 12:00", "14 Aug 2025 09:30"} == dates
    assert 28 == openpyxl.load_workbook(place / "register.xlsx").worksheets[0].max_row
    assert not (fresh.root / "outbox" / "outbox.db").exists()


def test_a_rehearsal_of_the_original_alone(fresh: Workspace) -> None:
    """With --no-follow-ups nothing of it is shown or made."""
    ended = fresh.run("rehearse", NUMBER, "--no-follow-ups")

    assert (0, False) == (ended.code, "reminder" in ended.out or "left out" in ended.out)
    assert not (fresh.root / "outbox" / SLUG / "rehearsal" / "following").exists()


def test_a_long_rehearsal_leaves_out_what_follows(fresh: Workspace) -> None:
    """Above 500 recipients each reminder would take as long as the whole: it is left out, and said."""
    fresh.make_ready(commissioners=500)
    ended = fresh.run("rehearse", NUMBER)

    assert 0 == ended.code, ended.err
    assert "What follows by itself was left out, as it is long; --follow-ups does it" in ended.out
    assert not (fresh.root / "outbox" / SLUG / "rehearsal" / "following").exists()


def test_preview_shows_and_mails_specimens(fresh: Workspace) -> None:
    """`preview --mail-to` writes pages and the PDF, and mails one specimen per audience, with no store begun."""
    with SmtpServer() as server:
        fresh.hand_over_to(server.port)
        ended = fresh.run("preview", NUMBER, "--mail-to", "me@customs.example")
    page = fresh.root / "outbox" / SLUG / "preview" / "index.html"

    assert 0 == ended.code, ended.err
    assert str(page) in ended.out
    assert 'lang="hi"' in page.read_text(encoding="utf-8")
    assert page.with_name("advisory.pdf").read_bytes().startswith(b"%PDF-1.7")
    assert 5 == len(server.messages)
    for message in server.messages:
        assert "me@customs.example" == field_of(message, "To")
        assert "Specimen" in field_of(message, "Subject")
    assert not (fresh.root / "outbox" / "outbox.db").exists()
