from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import openpyxl

from dispatcher.outbox.accepting import newest_lists
from dispatcher.outbox.database import open_database
from tests.workspaces import NUMBER

if TYPE_CHECKING:
    from pathlib import Path

    from tests.workspaces import Workspace

DAY = timedelta(days=1)
COMMISSIONERS, TAB = "recipients/commissioners.xlsx", "ICT Commissioners"


def _checked(fresh: Workspace, *arguments: str) -> list[dict[str, Any]]:
    """Return the problems of `check --json` but for notes."""
    told = fresh.run("check", *arguments, "--json").json
    return [one for one in told["problems"] if one["severity"] != "note"]


def _places(problems: list[dict[str, Any]]) -> list[tuple[str, str, int | None, str | None]]:
    return [(one["severity"], one["code"], one["row"], one["column"]) for one in problems]


def _write(fresh: Workspace, cell: str, text: str) -> None:
    workbook = openpyxl.load_workbook(fresh.root / COMMISSIONERS)
    workbook[TAB][cell] = text
    workbook.save(fresh.root / COMMISSIONERS)


def test_a_change_is_shown_refused_and_accepted(fresh: Workspace) -> None:
    """Accept, change one cell: `check` shows just that, `prepare` refuses, accepted anew it prepares."""
    fresh.put_off(effective_at=DAY, notify_before=DAY, useful_until=2 * DAY)
    accepted = fresh.run("recipients", "accept", "--all", "--yes")
    clean = _checked(fresh)
    _write(fresh, "E4", "commr-amd-ict@customs.example")
    changed = _checked(fresh)
    refused = fresh.run("prepare", NUMBER)
    again = fresh.run("recipients", "accept", "commissioners", "--yes")
    prepared = fresh.run("prepare", NUMBER, "--json")

    assert (0, []) == (accepted.code, clean)
    assert [("warning", "entry_address_changed", 4, "E"), ("warning", "list_unaccepted", None, None)] == _places(
        changed
    )
    assert 1 == refused.code
    assert "dispatcher recipients accept commissioners" in refused.err
    assert "commr-ahmedabad-ict@customs.example before, commr-amd-ict@customs.example now" in refused.err
    assert 0 == again.code, again.err
    assert 0 == prepared.code, prepared.err
    assert "commr-amd-ict@customs.example" in prepared.json["added"]


def test_a_new_office_needs_no_ceremony(fresh: Workspace) -> None:
    """From `init` over `check` to `prepare` nobody has to accept anything; a warning names the lists."""
    checked = fresh.run("check")
    begun = (fresh.root / "outbox" / "outbox.db").exists()
    prepared = fresh.run("prepare", NUMBER)

    assert (0, False) == (checked.code, begun)
    assert "Nobody has accepted these lists yet: commissioners, eici" in checked.out
    assert (0, True) == (prepared.code, "Nobody has accepted these lists yet" in prepared.err)


def test_a_repair_blocks_until_it_is_confirmed_once(fresh: Workspace) -> None:
    """`prepare` refuses an unconfirmed repair; confirmed, it shows no more; another value is asked about again."""
    _write(fresh, "E6", "commr-jaipur-ict[at]customs[dot]example")
    found = _checked(fresh)
    refused = fresh.run("prepare", NUMBER)
    fresh.run("recipients", "accept", "commissioners", "--yes")
    confirmed = _checked(fresh)
    prepared = fresh.run("prepare", NUMBER)
    _write(fresh, "E6", "commr-jaipur-ict [at] customs [dot] example")
    found_again = _checked(fresh)

    repair = ("repair", "address_written_out", 6, "E")
    assert repair in _places(found)
    assert (1, True) == (refused.code, "E6" in refused.err)
    assert repair not in _places(confirmed)
    assert 0 == prepared.code, prepared.err
    assert repair in _places(found_again)


def test_nobody_is_taken_to_have_said_yes(fresh: Workspace) -> None:
    """Without a terminal and without --yes nothing is accepted; a sheet with errors is not either."""
    unasked = fresh.run("recipients", "accept", "commissioners")
    _write(fresh, "E4", "nobody")
    wrong = fresh.run("recipients", "accept", "commissioners", "--yes")
    unknown = fresh.run("recipients", "accept", "nobody", "--yes")
    shown = fresh.run("recipients", "show", "--json")

    assert (1, 1, 2) == (unasked.code, wrong.code, unknown.code)
    assert "--yes" in unasked.err
    assert "E4" in wrong.err
    assert {"lists": []} == shown.json


def test_the_history_tells_who_accepted_which_file(fresh: Workspace) -> None:
    """`show` tells each acceptance with its hash, `diff` what changed since, without accepting it."""
    fresh.run("recipients", "accept", "commissioners", "--yes")
    _write(fresh, "E4", "commr-amd-ict@customs.example")
    diff = fresh.run("recipients", "diff", "commissioners", "--json").json
    fresh.run("recipients", "accept", "commissioners", "--yes")
    nothing_new = fresh.run("recipients", "accept", "commissioners")
    lists = fresh.run("recipients", "show", "commissioners", "--json").json["lists"]

    (change,) = diff["changed_address"]
    assert "commr-ahmedabad-ict@customs.example" == change["before"]["address"]
    assert "commr-amd-ict@customs.example" == change["after"]["address"]
    assert ([], [], []) == (diff["new"], diff["gone"], diff["changed_post"])
    assert 2 == len({one["file_hash"] for one in lists})
    assert diff["file_hash"] == lists[-1]["file_hash"]
    assert (0, True) == (nothing_new.code, "nothing to accept" in nothing_new.out)


def test_looking_never_stops_for_the_gate(fresh: Workspace) -> None:
    """`preview` and `rehearse` report what `prepare` would ask for, and go on."""
    fresh.run("recipients", "accept", "--all", "--yes")
    _write(fresh, "E4", "commr-amd-ict@customs.example")
    preview = fresh.run("preview", NUMBER)
    rehearsal = fresh.run("rehearse", NUMBER, "--as-of", "2025-08-12T21:10+05:30")

    for done in (preview, rehearsal):
        assert (0, True) == (done.code, "recipients accept commissioners" in done.err), done.err


def test_a_marked_copy_never_takes_the_place_of_a_sheet(fresh: Workspace) -> None:
    """Copies go to a file or a folder; a sheet is left as it was, and a name that is a sheet's is refused."""
    _write(fresh, "E4", "nobody")
    sheet = fresh.root / COMMISSIONERS
    before = sheet.read_bytes()
    arguments = ("check", "--sheet", str(sheet), "--audience", "commissioners", "--marked")
    copy, folder = fresh.root / "copy.xlsx", fresh.root / "marked"

    one = fresh.run(*arguments, str(copy))
    refused = [
        fresh.run(*arguments, str(fresh.root / COMMISSIONERS)),
        fresh.run(*arguments, str(fresh.root / "recipients" / "cms.xlsx")),
        fresh.run(*arguments, str(fresh.root / "copy.csv")),
    ]
    every = fresh.run("check", NUMBER, "--marked", str(folder))

    assert (1, 1) == (one.code, every.code)
    assert [2, 2, 2] == [done.code for done in refused]
    assert before == sheet.read_bytes()
    assert [folder / "commissioners.marked.xlsx"] == list(folder.iterdir())
    for path in (copy, folder / "commissioners.marked.xlsx"):
        comment = openpyxl.load_workbook(path)[TAB]["E4"].comment
        assert comment is not None
        assert "Error: " in comment.text


def test_notes_are_counted_unless_asked_for(fresh: Workspace) -> None:
    """Without --notes a file's notes are one line with their number; with it each is told."""
    short, long = fresh.run("check"), fresh.run("check", "--notes")

    assert "recipients/commissioners.xlsx: 1 note, shown with --notes" in short.out.splitlines()
    assert "shown with --notes" not in long.out
    assert len(short.out.splitlines()) < len(long.out.splitlines())


def test_the_demo_accepts_its_lists(demonstrated: Path) -> None:
    """The specimen maker accepts every list in the demo's own store, on the demo's evening."""
    database = open_database("sqlite:///outbox.db", root=demonstrated)
    with database.reading() as connection:
        found = newest_lists(connection)
    database.close()

    assert {"commissioners", "eici", "couriers", "custodians", "cms", "copy"} == set(found)
    assert {"specimen-maker"} == {one.accepted_by for one in found.values()}
    assert {"2025-08-12"} == {one.accepted_at.date().isoformat() for one in found.values()}
