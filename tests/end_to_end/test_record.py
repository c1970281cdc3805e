"""The office's record as officers keep it: acknowledgements, numbers, approval."""

from __future__ import annotations

import shutil
import sqlite3
from typing import TYPE_CHECKING

import openpyxl
import pytest

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
    column = next(place for place, heading in enumerate(rows[2]) if "Acknowledged by" in str(heading))
    shown = [row[column] for row in rows[3:] if row[column]]
    left = ready.run("escalate", NUMBER, "--json").json["untold"]

    assert (0, 1, 2) == (first.code, reply.code, unknown.code)
    assert [True] == [one["earlier"] for one in again.json["acknowledged"]]
    assert "--how phone" in reply.err
    assert (1, sum(status["states"].values()) > status["asked"] > 40) == (status["acknowledged"], True)
    assert ["phone"] == shown
    assert len(escalated["untold"]) - 1 == len(left)
    assert address not in {one["address"] for one in left}


def test_an_acknowledgement_is_taken_back(ready: Workspace) -> None:
    """The office is on the telephone list again, `verify` finds nothing, and it can be recorded anew."""
    address = ready.run("escalate", NUMBER, "--json").json["untold"][0]["address"]
    taking_back = ("acknowledge", NUMBER, address, "--take-back")
    early = ready.run(*taking_back, "--reason", "the wrong office")
    ready.run("acknowledge", NUMBER, address, "--how", "phone")
    done = ready.run(*taking_back, "--reason", "the wrong office")
    left = ready.run("escalate", NUMBER, "--json").json["untold"]
    verified = ready.run("verify", NUMBER)
    again = ready.run("acknowledge", NUMBER, address, "--how", "phone", "--json")
    as_json = ready.run(*taking_back, "--reason", "the wrong office once more", "--json")

    assert (1, True) == (early.code, f"{address}: no acknowledgement is recorded" in early.err)
    assert (0, True) == (done.code, f"{address}: its acknowledgement (by phone," in done.out), done.err
    assert address in {one["address"] for one in left}
    assert (0, False) == (verified.code, again.json["acknowledged"][0]["earlier"]), verified.out
    assert [address] == [one["address"] for one in as_json.json["taken_back"]]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ((), "--how is missing"),
        (("--how", "phone", "--reason", "x"), "--reason goes with --take-back"),
        (("--take-back",), "--take-back needs --reason"),
        (("--take-back", "--reason", "x", "--how", "phone"), "--take-back goes without --how"),
        (("--take-back", "--reason", " "), "give the reason in words"),
    ],
)
def test_options_of_acknowledge_that_do_not_go_together(ready: Workspace, options: tuple[str], said: str) -> None:
    """Each is wrong usage, told in a sentence, before the store is opened."""
    ended = ready.run("acknowledge", NUMBER, "x@customs.example", *options)

    assert (2, True) == (ended.code, said in ended.err), ended.err


def test_the_register_of_numbers(ready: Workspace) -> None:
    """Numbers prepared and left out are listed, as JSON and as a workbook; `new` proposes what is free."""
    incident = ("new", "incident", "--effective-at", "2025-08-20T09:00")
    begun = ready.run(*incident, "--number", "12/SYS/WZU/2025", "--date", "2025-08-20")
    gap = ready.run("register", "--json").json["numbers"]
    warned = [one["value"] for one in ready.run("check", "--json").json["problems"] if one["code"] == "number_gap"]
    recorded = ready.run("register", "--gap", "11/SYS/WZU/2025", "--reason", "spoilt", "--output", "numbers.xlsx")
    rows = list(openpyxl.load_workbook(ready.root / "numbers.xlsx").worksheets[0].values)
    used = ready.run("register", "--gap", NUMBER, "--reason", "spoilt")
    begun_too = ready.run("register", "--gap", "12/SYS/WZU/2025", "--reason", "spoilt")
    beyond = ready.run("register", "--gap", "14/SYS/WZU/2025", "--reason", "typed by hand")
    later = ready.run("register", "--gap", "14/SYS/WZU/2025", "--reason", "typed by hand", "--yes")
    following = ready.run(*incident, "--date", "2025-08-21")
    unused = ready.run(*incident, "--number", "11/SYS/WZU/2025", "--date", "2025-08-21")

    assert 0 == begun.code, begun.err
    assert [(NUMBER, "approved"), ("11/SYS/WZU/2025", "gap"), ("12/SYS/WZU/2025", "draft")] == [
        (one["number"], one["number_state"]) for one in gap
    ]
    assert "11/SYS/WZU/2025" in warned
    assert 0 == recorded.code, recorded.err
    assert later.out.startswith(
        "14/SYS/WZU/2025 is recorded as not used: typed by hand\n13/SYS/WZU/2025 was left out"
    )
    assert NUMBER not in later.out
    assert 1 == beyond.code
    assert (
        "the highest one used is 12/SYS/WZU/2025. With it 1 other number, from 13/SYS/WZU/2025 on," in beyond.err
    )
    assert (2, True) == (unused.code, "11/SYS/WZU/2025 is recorded as not used (spoilt)" in unused.err)
    assert [NUMBER, "11/SYS/WZU/2025", "12/SYS/WZU/2025"] == [row[0] for row in rows[3:]]
    assert "उपयोग नहीं हुआ / not used" == rows[4][7]
    assert str(rows[4][8]).startswith("spoilt (")
    assert (1, 1, 0) == (used.code, begun_too.code, later.code)
    assert "13/SYS/WZU/2025 was left out" in later.out
    assert "advisory 15/SYS/WZU/2025 is begun" in following.out


def test_a_gap_recorded_by_mistake_is_taken_back(ready: Workspace) -> None:
    """A slip far above is never recorded; one that was is taken back, `new` goes on as before, all holds."""
    incident = ("new", "incident", "--effective-at", "2025-08-20T09:00", "--date", "2025-08-20")
    gap = ("register", "--gap", "99/SYS/WZU/2025", "--reason", "typed by hand")
    far = ready.run("register", "--gap", "999/SYS/WZU/2025", "--reason", "typed by hand", "--yes")
    ready.run(*gap, "--yes")
    alone = ready.run("register", "--take-back")
    done = ready.run("register", "--gap", "99/SYS/WZU/2025", "--take-back", "--reason", "a slip")
    again = ready.run("register", "--gap", "99/SYS/WZU/2025", "--take-back", "--reason", "a slip")
    following = ready.run(*incident)
    verified = ready.run("verify")

    assert (1, True) == (far.code, "Please look at it again" in far.err), far.err
    assert (2, True) == (alone.code, "go with --gap NUMBER" in alone.err), alone.err
    assert "99/SYS/WZU/2025 is no longer recorded as not used (it was: typed by hand)\n" == done.out, done.err
    assert (1, True) == (again.code, "is not recorded as not used" in again.err), again.err
    assert "advisory 11/SYS/WZU/2025 is begun" in following.out, following.err
    assert 0 == verified.code, verified.out


def test_a_number_that_was_used_is_told_at_once(ready: Workspace) -> None:
    """The folder is gone: `new` does not take the number. Written there all the same, `check` tells it."""
    folder = ready.root / "outbox" / SLUG
    text = ready.advisory.read_text("utf-8")
    ready.advisory.rename(ready.root / "kept.yaml")
    shutil.rmtree(folder)
    incident = ("new", "incident", "--effective-at", "2025-08-20T09:00", "--date", "2025-08-20")
    taken = ready.run(*incident, "--number", NUMBER)
    folder.mkdir()
    ready.advisory.write_text(text, "utf-8")
    with sqlite3.connect(ready.root / "outbox" / "outbox.db") as store:
        store.execute("UPDATE release SET state = 'done'")
    same = ready.run("check", NUMBER, "--json").json["problems"]
    ready.advisory.write_text(text.replace("date: 2025-08-12", "date: 2025-08-11"), "utf-8")
    other = ready.run("check", NUMBER, "--json").json["problems"]

    assert (2, True) == (taken.code, f"{NUMBER} is used: the register has it as approved" in taken.err), taken.err
    assert [0, 1] == [sum(one["code"] == "number_issued" for one in each) for each in (same, other)]
