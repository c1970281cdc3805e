"""The office's record as officers keep it: acknowledgements, numbers, approval."""

from __future__ import annotations

from typing import TYPE_CHECKING

import openpyxl

from tests.workspaces import NUMBER, SLUG

if TYPE_CHECKING:
    from tests.workspaces import Workspace


def test_an_acknowledgement_is_recorded_and_told(ready: Workspace) -> None:
    """`status`, register and telephone list know of an office told by telephone; a second time changes nothing."""
    escalated = ready.run("escalate", NUMBER, "--json").json
    address = escalated["untold"][0]["address"]
    first = ready.run("acknowledge", NUMBER, address, "--how", "phone", "--note", "the duty officer")
    again = ready.run("acknowledge", NUMBER, address, "--how", "phone", "--json")
    reply = ready.run("acknowledge", NUMBER, escalated["untold"][1]["address"], "--how", "reply")
    unknown = ready.run("acknowledge", NUMBER, "nobody@customs.example", "--how", "reply")
    status = ready.run("status", NUMBER, "--json").json
    rows = list(openpyxl.load_workbook(ready.root / "outbox" / SLUG / "register.xlsx").worksheets[0].values)
    shown = [row[-1] for row in rows[3:] if row[-1]]
    left = ready.run("escalate", NUMBER, "--json").json["untold"]

    assert (0, 1, 2) == (first.code, reply.code, unknown.code)
    assert [True] == [one["earlier"] for one in again.json["acknowledged"]]
    assert "--how phone" in reply.err
    assert (1, sum(status["states"].values()) > status["asked"] > 40) == (status["acknowledged"], True)
    assert ["phone"] == shown
    assert len(escalated["untold"]) - 1 == len(left)
    assert address not in {one["address"] for one in left}
