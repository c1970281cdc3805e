"""An advisory takes the place of an earlier one: from `new --supersedes` to its website and register."""

from __future__ import annotations

import re
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
import yaml

from tests.runs import field_of
from tests.smtp_server import SmtpServer
from tests.workspaces import NUMBER, SLUG, fill_in

if TYPE_CHECKING:
    from tests.workspaces import Ended, Workspace

OWN = "11/SYS/WZU/2025"
TITLE = "ईसीसीएस पासवर्ड समाप्ति / ECCS password expiry"


def _new(workspace: Workspace, *options: str, number: str = OWN, supersedes: str = NUMBER) -> Ended:
    hour = (datetime.now(UTC) + timedelta(days=4)).isoformat(timespec="minutes")
    named = ("--supersedes", supersedes, "--number", number, "--date", "2025-08-13", "--effective-at", hour)
    return workspace.run("new", "password_expiry", *named, *options)


def _send(workspace: Workspace, number: str = NUMBER, **faults: list[str]) -> SmtpServer:
    with SmtpServer(faults=dict(faults)) as server:
        workspace.hand_over_to(server.port, max_connections=1)
        workspace.run("send", number, "--once")
    return server


def _issue(workspace: Workspace, number: str) -> None:
    """Fill in what was begun, and let it go."""
    fill_in(workspace, number)
    for verb in ("prepare", "approve"):
        ended = workspace.run(verb, number)
        assert 0 == ended.code, ended.err + ended.out
    _send(workspace, number)


def test_the_whole_way_of_a_supersession(ready: Workspace) -> None:
    """Begun from the record, approved and sent: all have it, and every view tells of both what they are now."""
    first = _send(ready, rcpt=["250 2.1.5 ok", "451 4.3.0 try again", "250 2.1.5 ok"])
    began = _new(ready)
    file = fill_in(ready, OWN)
    checked = ready.run("check", OWN, "--json").json["problems"]
    steps = [ready.run(verb, OWN) for verb in ("prepare", "approve")]
    second = _send(ready, OWN)

    assert f"It supersedes {NUMBER} of 12.08.2025 ({TITLE}); what has not gone of that stops" in began.out
    assert f"# {TITLE}\n" in file.read_text(encoding="utf-8")
    relation = yaml.load(file.read_text(encoding="utf-8"), yaml.BaseLoader)["relation"]
    assert {"type": "supersession", "target": NUMBER, "target_date": "12.08.2025"} == relation
    assert [] == [one for one in checked if one["severity"] == "error"]
    assert [0, 0] == [one.code for one in steps], [one.err for one in steps]
    assert 1 == len(second.messages) - len(first.messages), "also who waited for the earlier one gets this"
    answered = {field_of(one, "In-Reply-To") for one in second.messages}
    assert {field_of(one, "Message-ID") for one in first.messages} < answered
    assert all(
        field_of(one, "Subject").startswith(f"अधिक्रमण/Supersession: परामर्शी/Advisory {OWN}, ")
        for one in second.messages
    )
    _must_be_told(ready)


def _must_be_told(workspace: Workspace) -> None:
    """Look at both advisories as an officer does, and as the public."""
    old, new = (workspace.run("status", number, "--json").json for number in (NUMBER, OWN))
    slots = [
        (one["act"], one["standing"], one["why"])
        for one in workspace.run("schedule", NUMBER, "--json").json["entries"]
        if one["standing"] not in {"not used", "done"}
    ]
    rows = {one["number"]: one for one in workspace.run("register", "--json").json["numbers"]}
    built = workspace.run("website", "build", "public")
    page = (workspace.root / "public" / "en" / f"{SLUG}.html").read_text(encoding="utf-8")

    assert (f"supersession by {OWN}", None) == (old["replaced"], old["concerns"])
    assert {"accepted", "cancelled"} == set(old["states"])
    assert (None, NUMBER, "supersession") == (new["replaced"], new["concerns"], new["act"])
    assert f"no more in force: supersession by {OWN}" in workspace.run("status", NUMBER).out
    assert f"(supersession of {NUMBER}): done" in workspace.run("status", OWN).out
    assert {"in_effect"} < {act for act, _, _ in slots}
    assert {("will be skipped", f"the advisory is out of force, by {OWN}")} == {one[1:] for one in slots}
    assert rows[NUMBER]["in_force_until"] == rows[OWN]["in_force_from"] is not None
    assert (OWN, NUMBER) == (rows[NUMBER]["replaced_by"], rows[OWN]["concerns"])
    assert 0 == built.code, built.err
    assert re.search(f"This advisory no longer holds: .*{OWN}", page)


def test_who_has_the_earlier_one_is_named_by_the_new_one(ready: Workspace) -> None:
    """An audience that the starter text leaves out gets its line as it was, its request to be written."""
    starter = ready.root / "templates" / "advisories" / "password_expiry.yaml"
    text = starter.read_text(encoding="utf-8")
    short = re.sub(r"(?s)  - audience: custodians.*?(?=  - audience: cms)", "", text)
    starter.write_text(re.sub(r"(?s)copies:\n.*?\n\n", "copies: []\n\n", short), encoding="utf-8")
    _send(ready)
    began = _new(ready)
    made = yaml.safe_load((ready.root / "outbox" / "11-SYS-WZU-2025" / "advisory.yaml").read_text("utf-8"))

    assert 0 == began.code, began.err
    asked = Counter(line["audience"] for line in made["addressees"])
    assert {"commissioners": 1, "eici": 1, "cms": 1, "custodians": 1} == asked
    (custodians,) = [line for line in made["addressees"] if line["audience"] == "custodians"]
    assert custodians["ask"]["en"].startswith("<<It is requested that all ECCS users at your terminal")
    assert "Ahmedabad" in custodians["instruction"]["en"]
    assert ["copy"] == sorted({line["audience"] for line in made["copies"]})


def test_an_audience_left_out_afterwards_is_an_error(ready: Workspace) -> None:
    """Its addresses would get a note that asks nothing: `check` and `prepare` name the audience."""
    _send(ready)
    _new(ready)
    file = fill_in(ready, OWN)
    text = file.read_text(encoding="utf-8")
    file.write_text(re.sub(r"(?s)  - audience: custodians.*?(?=  - audience: cms)", "", text), encoding="utf-8")
    found = [one for one in ready.run("check", OWN, "--json").json["problems"] if one["code"] == "target_audience"]
    refused = ready.run("prepare", OWN)

    assert [("error", "custodians", "addressees")] == [
        (one["severity"], one["value"], one["column"]) for one in found
    ]
    assert (1, True) == (refused.code, f"Advisory {NUMBER} went to the audience custodians" in refused.err)


def test_what_holds_no_more_is_not_superseded(ready: Workspace) -> None:
    """A second one is refused with the number that holds, by `new` and, written by hand, by `check`."""
    _send(ready)
    _new(ready)
    _issue(ready, OWN)
    refused = _new(ready, number="12/SYS/WZU/2025")
    _new(ready, number="12/SYS/WZU/2025", supersedes=OWN)
    file = fill_in(ready, "12/SYS/WZU/2025")
    text = file.read_text(encoding="utf-8")
    file.write_text(
        text.replace(f'target: "{OWN}", target_date: 13.08', f'target: "{NUMBER}", target_date: 12.08')
    )
    checked = ready.run("check", "12/SYS/WZU/2025", "--json").json["problems"]

    said = f"Advisory {NUMBER} is superseded by {OWN} already and holds no more."
    assert (1, "") == (refused.code, refused.out)
    assert refused.err.startswith(f"{said} Give the number of the one that holds: {OWN}.")
    (told,) = [one["message"]["en"] for one in checked if one["code"] == "target_superseded"]
    assert told.startswith(said)


@pytest.mark.parametrize(
    ("options", "supersedes", "code", "said"),
    [
        ((), NUMBER, 1, "By the record advisory 10/SYS/WZU/2025 never went out"),
        ((), "9/SYS/WZU/2025", 1, "The number 9/SYS/WZU/2025 is recorded as not used (spoilt)"),
        ((), OWN, 2, f"{OWN} cannot supersede itself"),
        ((), "3/SYS/WZU/2025", 2, "password_expiry needs --target-date (the record has no date of that advisory)"),
        (("--target", "3"), "3/SYS/WZU/2025", 2, "--supersedes goes without --target"),
        (("--target-date", "soon"), "3/SYS/WZU/2025", 2, "soon is not a date"),
        ((), '3"', 2, '3" is not the number of an advisory'),
    ],
)
def test_what_cannot_be_superseded_is_refused(
    ready: Workspace, options: tuple[str, ...], supersedes: str, code: int, said: str
) -> None:
    """Never issued, not used, itself, or unknown without its date: one sentence, and nothing is written."""
    ready.run("register", "--gap", "9/SYS/WZU/2025", "--reason", "spoilt")
    ended = _new(ready, *options, supersedes=supersedes)

    assert (code, "") == (ended.code, ended.out)
    assert ended.err.startswith(said), ended.err
    assert not (ready.root / "outbox" / "11-SYS-WZU-2025").exists()


def test_another_date_than_the_record_s_is_refused(ready: Workspace) -> None:
    """The date of what went out is known; a withdrawal has its own relation and goes without the option."""
    _send(ready)
    ended = _new(ready, "--target-date", "13.08.2025")
    withdrawal = ready.run("new", "withdrawal", "--supersedes", NUMBER)

    assert (1, True) == (ended.code, "is dated 12.08.2025, here 13.08.2025" in ended.err)
    assert (2, True) == (withdrawal.code, "withdrawal goes without --supersedes" in withdrawal.err)


def test_the_record_knows_the_date_where_the_folder_is_gone(ready: Workspace) -> None:
    """A withdrawal too takes it from there; of what nobody let go only the folder tells."""
    _send(ready)
    ready.advisory.unlink()
    began = ready.run("new", "withdrawal", "--target", NUMBER, "--number", OWN, "--date", "2025-08-13")
    text = (ready.root / "outbox" / "11-SYS-WZU-2025" / "advisory.yaml").read_text(encoding="utf-8")

    assert 0 == began.code, began.err
    assert 'target: "10/SYS/WZU/2025", target_date: 12.08.2025' in text


def test_what_was_issued_without_the_program_can_be_superseded(ready: Workspace) -> None:
    """With its date it is begun; `check` asks whether it is right, since the record does not know it."""
    began = _new(ready, "--target-date", "2025-02-01", supersedes="3/SYS/WZU/2025")
    fill_in(ready, OWN)
    checked = ready.run("check", OWN, "--json").json["problems"]
    prepared = ready.run("prepare", OWN)

    assert "It supersedes 3/SYS/WZU/2025; " in began.out
    assert ["warning"] == [one["severity"] for one in checked if one["code"] == "target_unknown"]
    assert 0 == prepared.code, prepared.err
