"""The page of a release's messages as they were frozen, which its approver looks at."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from dispatcher.app import App
from dispatcher.config import load_settings
from tests.smtp_server import SmtpServer
from tests.workspaces import NUMBER, SLUG

if TYPE_CHECKING:
    from tests.workspaces import Workspace


def _waiting_page(workspace: Workspace) -> Path:
    """Prepare the advisory anew; return the page that its approver is shown."""
    workspace.run("cancel", NUMBER, "--reason", "again")
    workspace.run("prepare", NUMBER)
    (waiting,) = workspace.run("approve", NUMBER, "--show", "--json").json["waiting"]
    return Path(waiting["page"])


def test_an_approver_sees_what_will_be_handed_over(ready: Workspace) -> None:
    """The messages beside the page are those that the relay gets then, but for their Date."""
    page = _waiting_page(ready)
    frozen = {path.read_bytes() for path in page.parent.glob("*.eml")}
    (waiting,) = ready.run("approve", NUMBER, "--show", "--json").json["waiting"]
    approved = ready.run("approve", NUMBER, "--hash", waiting["content_hash"][:12])
    with SmtpServer() as server:
        ready.hand_over_to(server.port)
        done = ready.run("send", NUMBER)
    undated = {re.sub(rb"\ADate: [^\r]*\r\n", b"", message) for message in server.messages}

    assert (0, 0) == (approved.code, done.code), done.err
    assert waiting["content_hash"] in page.read_text(encoding="utf-8")
    assert 7 == len(frozen & undated)
    assert len(waiting["audiences"]) < 7, "EICI and CMS have messages with a kit and without"


def test_what_an_approver_sees_is_not_the_draft(ready: Workspace) -> None:
    """A text, a template or the page's own that was changed after `prepare` changes nothing of it."""
    page = _waiting_page(ready)
    before = {path: path.read_bytes() for path in page.parent.rglob("*") if path.is_file()}
    ready.change("kindly contact the ECCS Helpdesk", "kindly telephone the ECCS Helpdesk")
    for name in ("mail/message.html.j2", "preview/release.html.j2"):
        template = ready.root / "templates" / name
        template.write_text(template.read_text(encoding="utf-8") + " ", encoding="utf-8")
    (ready.root / "outbox" / SLUG / f"Advisory-{SLUG}.pdf").write_bytes(b"%PDF another")
    shown = ready.run("approve", NUMBER, "--show")

    assert 0 == shown.code, shown.err
    assert before == {path: path.read_bytes() for path in page.parent.rglob("*") if path.is_file()}


@pytest.mark.skipif(sys.platform == "win32", reason="no permissions to look at there")
def test_the_pages_are_as_private_as_the_register(ready: Workspace) -> None:
    """They hold addresses: nobody but their owner may read them."""
    page = _waiting_page(ready)

    assert {0o600} == {path.stat().st_mode & 0o777 for path in page.parent.rglob("*") if path.is_file()}


@pytest.mark.parametrize(
    ("what", "told"),
    [("hash IN (SELECT value FROM text)", "not the one that was prepared"), ("true", "as it was frozen")],
    ids=["message", "everything"],
)
def test_what_is_not_as_it_was_prepared_cannot_be_approved(ready: Workspace, what: str, told: str) -> None:
    """What was changed in the store is refused in a sentence before anybody is asked; nothing is approved."""
    _waiting_page(ready)
    texts = (
        "WITH text AS (SELECT json_extract(piece.value, '$.text[0]') AS value "
        "FROM frame, json_each(frame.layout, '$.pieces') AS piece) "
    )
    app = App(load_settings(ready.config))
    with app.store() as database, database.writing() as connection:
        connection.exec_driver_sql(f"{texts} UPDATE octets SET content = x'00' WHERE {what}")
    refused = ready.run("approve", NUMBER, "--yes")

    assert 1 == refused.code
    assert told in refused.err
    assert "Traceback" not in refused.err
    with app.store() as database:
        assert "prepared" == app.releases(database, NUMBER)[-1].state
