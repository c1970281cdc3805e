"""The hour through the command line: the forecast, the telephone list, what is past its end."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import openpyxl

from tests.smtp_server import SmtpServer
from tests.workspaces import NUMBER, SLUG

if TYPE_CHECKING:
    from tests.workspaces import Workspace


def test_prepare_and_status_say_who_will_be_late(fresh: Workspace) -> None:
    """An hour that the pace cannot meet is told by `prepare` and by `status`, with the finish time."""
    fresh.add_commissioners(40)
    fresh.configure(relay={"rate_per_minute": 20})
    fresh.put_off(
        effective_at=timedelta(minutes=2), notify_before=timedelta(minutes=2), useful_until=timedelta(days=1)
    )
    prepared, status = fresh.run("prepare", NUMBER), fresh.run("status", NUMBER)

    assert (0, 0) == (prepared.code, status.code)
    for said in (prepared.out, status.out):
        assert "of 65 will be late at 20 a minute; the last at " in said
    assert 0 < fresh.run("status", NUMBER, "--json").json["forecast"]["late"] < 65


def test_who_is_not_told_stands_on_a_telephone_list(ready: Workspace) -> None:
    """`escalate` prints who is left and why, writes the list, and its exit code says that some are."""
    with SmtpServer({"rcpt": ["550 5.1.1 no such mailbox here", "250 OK"]}) as server:
        ready.hand_over_to(server.port, max_connections=1)
        sent = ready.run("send", NUMBER)
    file = ready.root / "outbox" / SLUG / "escalation.xlsx"
    kept = file.read_bytes()
    listed, as_json = ready.run("escalate", NUMBER), ready.run("escalate", NUMBER, "--json")
    title, names, _, line = openpyxl.load_workbook(file).worksheets[0].iter_rows(values_only=True)
    (left,) = as_json.json["untold"]

    assert kept
    assert f"Telephone list  {file}" in sent.out
    assert (3, 3) == (listed.code, as_json.code)
    assert f"1 office is not told yet; telephone list: {file}" in listed.out
    assert left["address"] in listed.out
    assert "550 5.1.1 no such mailbox here" in listed.out
    assert list(names) == list(left)
    assert left["address"] == line[names.index("address")]
    assert "not told yet" in str(title[0])


def test_everybody_told_leaves_nobody_on_the_list(ready: Workspace) -> None:
    """Before `send` all stand on the list; after it nobody does, on screen and in the file that was there."""
    before = ready.run("escalate", NUMBER, "--json")
    with SmtpServer() as server:
        ready.hand_over_to(server.port)
        sent = ready.run("send", NUMBER)
    file = ready.root / "outbox" / SLUG / "escalation.xlsx"
    rows = openpyxl.load_workbook(file).worksheets[0].max_row
    after = ready.run("escalate", NUMBER)

    assert (3, 65) == (before.code, len(before.json["untold"]))
    assert {row["phone"] for row in before.json["untold"]} > {""}
    assert 0 == sent.code
    assert "Telephone list" not in sent.out
    assert 3 == rows
    assert (0, "everybody is told\n") == (after.code, after.out)


def test_nothing_prepared_has_no_telephone_list(fresh: Workspace) -> None:
    """Before the first release there is nobody to telephone, and the command says why."""
    ended = fresh.run("escalate", NUMBER)

    assert 1 == ended.code
    assert "nothing has been prepared yet" in ended.err


def test_what_never_began_and_is_past_its_end_is_said(fresh: Workspace) -> None:
    """Past its end and never begun: `status` says so, `send` refuses and names the commands that help."""
    fresh.configure(approval={"required": False})
    fresh.run("prepare", NUMBER)
    status, send = fresh.run("status", NUMBER), fresh.run("send", NUMBER)

    assert "past its end, 20.08.2025 18:00 IST, and not everybody was told: it never began" in status.out
    assert fresh.run("status", NUMBER, "--json").json["past_end"]
    assert 1 == send.code
    assert "its end, 20.08.2025 18:00 IST, has passed too: `dispatcher escalate 10-SYS-WZU-2025`" in send.err


def test_the_gates_of_send_are_said_beforehand(fresh: Workspace) -> None:
    """`check`, `preview` and `rehearse` report a past hour and a missing approval, and do not stop."""
    first = fresh.run("check", NUMBER, "--json")
    fresh.run("prepare", NUMBER)
    checked, previewed = fresh.run("check", NUMBER, "--json"), fresh.run("preview", NUMBER)
    rehearsed = fresh.run("rehearse", NUMBER)

    assert (0, 0, 0, 0) == (first.code, checked.code, previewed.code, rehearsed.code)
    assert {"hour_past", "approval_ahead"} <= {one["code"] for one in first.json["problems"]}
    assert {"hour_past", "approval_missing"} <= {one["code"] for one in checked.json["problems"]}
    for ended in (previewed, rehearsed):
        assert "The hour, 13.08.2025 12:00 IST, has passed." in ended.err
        assert "dispatcher approve 10/SYS/WZU/2025" in ended.err
