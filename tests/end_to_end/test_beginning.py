"""`dispatcher new`: an advisory begun from the starter text of its kind, by options or by questions."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
import yaml
from click.testing import CliRunner

from dispatcher.advisories.starters import kind_names
from dispatcher.cli import dispatcher
from dispatcher.commands import new as command
from dispatcher.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

    from click.testing import Result

    from tests.workspaces import Workspace

WINDOW = ("--window-start", "05.12.2030 22:00", "--window-end", "2030-12-06T06:00")
DATED = ("--date", "2030-12-01")


@pytest.fixture
def asked(fresh: Workspace, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """Run `new` as on a terminal, with what is typed line by line."""
    monkeypatch.setattr(command, "on_terminal", lambda: True)

    def run(*arguments: str, typed: tuple[str, ...]) -> Result:
        lines = "".join(f"{line}\n" for line in typed)
        return CliRunner().invoke(dispatcher, ["--config", str(fresh.root), "new", *arguments], input=lines)

    return run


def _begun(workspace: Workspace, slug: str) -> dict[str, object]:
    text = (workspace.root / "outbox" / slug / "advisory.yaml").read_text("utf-8")
    read: dict[str, object] = yaml.load(text, yaml.BaseLoader)
    return read


def _folders(workspace: Workspace) -> list[str]:
    return sorted(path.name for path in (workspace.root / "outbox").iterdir())


def test_without_a_kind_it_lists_them(begun: Workspace) -> None:
    """One line for each kind that has a starter text, and how to go on; nothing is written."""
    ended = begun.run("new")
    named = re.findall(r"(?m)^([a-z_]+)  +\S", ended.out)

    assert (0, "") == (ended.code, ended.err)
    assert kind_names(begun.root / "templates") == named
    assert "dispatcher new KIND" in ended.out


def test_by_options(fresh: Workspace) -> None:
    """All that the kind needs is given: the next number, hours in the office's zone, and what to do next."""
    first = fresh.run("new", "downtime_planned", *WINDOW, *DATED)
    second = fresh.run("new", "password_expiry", "--effective-at", "2030-12-05T06:30Z", *DATED)

    assert (0, "", 0, "") == (first.code, first.err, second.code, second.err)
    assert "dispatcher check 1/SYS/WZU/2030\n  dispatcher preview 1/SYS/WZU/2030" in first.out
    made = _begun(fresh, "1-SYS-WZU-2030")
    assert {
        "number": "1/SYS/WZU/2030",
        "date": "2030-12-01",
        "effective_at": "2030-12-05T22:00+05:30",
        "notify_before": "2030-12-05T18:00+05:30",
        "useful_until": "2030-12-06T06:00+05:30",
        "window_start": "2030-12-05T22:00+05:30",
        "window_end": "2030-12-06T06:00+05:30",
    }.items() <= made.items()
    assert "2030-12-05T12:00+05:30" == _begun(fresh, "2-SYS-WZU-2030")["effective_at"]


def test_what_was_begun_is_refused_until_it_is_written(fresh: Workspace) -> None:
    """`check` names each open place and nothing else that is wrong; `prepare` refuses."""
    fresh.run("new", "downtime_planned", *WINDOW, *DATED)
    checked = fresh.run("check", "1/SYS/WZU/2030", "--json")
    prepared = fresh.run("prepare", "1/SYS/WZU/2030")
    errors = [one for one in checked.json["problems"] if one["severity"] == "error"]

    assert (1, 1) == (checked.code, prepared.code)
    assert {"advisory_unfinished"} == {one["code"] for one in errors}
    assert {"<<affected services>>", "<<प्रभावित सेवाएँ>>"} <= {one["value"] for one in errors}
    assert "<<affected services>>" in prepared.err


def test_what_is_missing_is_told_where_nobody_can_be_asked(fresh: Workspace) -> None:
    """Without a terminal one sentence names every option that is missing, and nothing is written."""
    ended = fresh.run("new", "downtime_planned")

    assert (2, "") == (ended.code, ended.out)
    assert "downtime_planned needs --window-start and --window-end; on a terminal it is asked for\n" == ended.err
    assert ["10-SYS-WZU-2025"] == _folders(fresh)


def test_on_a_terminal_it_asks(fresh: Workspace, asked: Callable[..., Result]) -> None:
    """What was not given is asked for, with what is suggested; a wrong answer is asked for again."""
    typed = ("01.12.2030", "", "tomorrow", "2030-12-05 22:00", "06.12.2030 06:00", "")
    ended = asked("downtime_planned", typed=typed)

    assert 0 == ended.exit_code, ended.output
    assert "Number of the advisory [1/SYS/WZU/2030]:" in ended.output
    assert "Error: tomorrow is not a time; write it as 2025-08-13T12:00 or 13.08.2025 12:00" in ended.output
    assert "Every office should have it by [2030-12-05T18:00+05:30]:" in ended.output
    assert "2030-12-06T06:00+05:30" == _begun(fresh, "1-SYS-WZU-2030")["window_end"]


def test_what_was_given_is_not_asked_for(fresh: Workspace, asked: Callable[..., Result]) -> None:
    """Options answer their questions; the date of an advisory that is withdrawn is read from its folder."""
    ended = asked("withdrawal", *DATED, "--target", "10/SYS/WZU/2025", typed=("", "", "", "", ""))

    assert 0 == ended.exit_code, ended.output
    assert "Date printed on it" not in ended.output
    assert "Date of that advisory [12.08.2025]:" in ended.output
    made = _begun(fresh, "1-SYS-WZU-2030")
    relation = {"type": "withdrawal", "target": "10/SYS/WZU/2025", "target_date": "12.08.2025"}
    assert relation == made["relation"]


def test_the_date_of_an_unknown_one_is_asked_for(fresh: Workspace, asked: Callable[..., Result]) -> None:
    """What is superseded and not in the record has no date to suggest; the number was given."""
    typed = ("", "05.12.2030 22:00", "01.02.2025", "", "")
    ended = asked("go_live", *DATED, "--supersedes", "3/SYS/WZU/2025", typed=typed)

    assert 0 == ended.exit_code, ended.output
    assert "Date of that advisory: " in ended.output
    assert "Number of the advisory that is withdrawn" not in ended.output
    relation = {"type": "supersession", "target": "3/SYS/WZU/2025", "target_date": "01.02.2025"}
    assert relation == _begun(fresh, "1-SYS-WZU-2030")["relation"]


def test_a_wrong_option_is_told_before_anything_is_asked(asked: Callable[..., Result]) -> None:
    """Nobody answers five questions to learn that an option was wrong."""
    ended = asked("downtime_planned", "--window-end", "late", typed=())

    assert "late is not a time" in str(ended.exception)
    assert "" == ended.output


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            ("downtime_plannd",),
            "no kind downtime_plannd; did you mean downtime_planned? There are: contact_change,",
        ),
        (("../../config",), "no kind ../../config; there are: contact_change"),
        (("password_expiry", "--effective-at", "13.08.2025"), "13.08.2025 is not a time; write it as"),
        (("password_expiry", "--date", "soon"), "soon is not a date; write it as 2025-08-12 or 12.08.2025"),
        (
            ("password_expiry", "--effective-at", "2030-12-05T22:00", "--number", "1/SYS/EZU/2030"),
            "1/SYS/EZU/2030 is not of this office's series {n}/SYS/WZU/{yyyy}",
        ),
        (
            ("password_expiry", "--effective-at", "2030-12-05T22:00", "--number", "10/SYS/WZU/2025"),
            "outbox/10-SYS-WZU-2025 is there already, and nothing is overwritten",
        ),
        (("password_expiry", *WINDOW), "password_expiry takes no --window-start and no --window-end; it takes"),
        (("withdrawal", "--target", "9/SYS/WZU/2025"), "withdrawal needs --target-date"),
        (("withdrawal", "--target", '9"', "--target-date", "2025-08-01"), '9" is not the number of an advisory'),
    ],
)
def test_wrong_input_is_a_sentence(begun: Workspace, arguments: tuple[str, ...], said: str) -> None:
    """Whatever is wrong is one sentence that tells what to do, and nothing is written."""
    ended = CliRunner().invoke(dispatcher, ["--config", str(begun.root), "new", *arguments])

    assert isinstance(ended.exception, UsageError)
    assert said in str(ended.exception)
    assert ["10-SYS-WZU-2025"] == _folders(begun)


def test_a_window_that_ends_before_it_begins_is_refused(fresh: Workspace) -> None:
    """The clocks are judged as by `check`, in both languages, before anything is written."""
    ended = fresh.run("new", "downtime_planned", *WINDOW[:3], "04.12.2030 06:00")

    assert 1 == ended.code
    assert "window_start" in ended.err
    assert "is later than window_end (2030-12-04T06:00+05:30). Correct one of them." in ended.err
    assert "के पश्चात का है" in ended.err
    assert "Traceback" not in ended.err
    assert ["10-SYS-WZU-2025"] == _folders(fresh)


@pytest.mark.parametrize("content", [None, "mine"])
def test_nothing_is_overwritten(fresh: Workspace, content: str | None) -> None:
    """A folder or a file of that name is left as it is, and its number is not suggested again."""
    taken = fresh.root / "outbox" / "4-SYS-WZU-2030"
    if content is None:
        taken.mkdir()
        (taken / "notes.txt").write_text("mine")
    else:
        taken.write_text(content)
    ended = fresh.run("new", "downtime_planned", *WINDOW, *DATED, "--number", "4/SYS/WZU/2030")
    again = fresh.run("new", "downtime_planned", *WINDOW, *DATED)

    assert 2 == ended.code
    assert "is there already, and nothing is overwritten" in ended.err
    assert "mine" == (taken if content else taken / "notes.txt").read_text()
    assert "advisory 5/SYS/WZU/2030 is begun" in again.out


def test_a_starter_text_of_the_office_counts(fresh: Workspace) -> None:
    """A new file in templates/advisories/ is a kind; where it is faulty, the sentence names it."""
    folder = fresh.root / "templates" / "advisories"
    text = (folder / "go_live.yaml").read_text("utf-8").replace("kind: go_live", "kind: audit")
    (folder / "audit.yaml").write_text(text, "utf-8")
    given = ("--effective-at", "2030-12-05T22:00", *DATED)
    made = fresh.run("new", "audit", *given)
    (folder / "audit.yaml").write_text(text.replace("14 days at", "a fortnight at"), "utf-8")
    unclear = fresh.run("new", "audit", *given)
    (folder / "audit.yaml").write_text(text.replace("| tithi", "| tihti"), "utf-8")
    misspelt = fresh.run("new", "audit", *given)
    (folder / "audit.yaml").write_bytes(b"\xff\xfe")
    unreadable = fresh.run("new", "audit", *given)

    assert 0 == made.code, made.err
    assert "audit" == _begun(fresh, "1-SYS-WZU-2030")["kind"]
    assert [1, 1, 1] == [ended.code for ended in (unclear, misspelt, unreadable)]
    assert "templates/advisories/audit.yaml: <<useful_until = effective_at + a fortnight at 18:00>>" in unclear.err
    assert "templates/advisories/audit.yaml, filled in" in misspelt.err
    assert "tihti" in misspelt.err
    assert "templates/advisories/audit.yaml is not UTF-8" in unreadable.err
    assert ["1-SYS-WZU-2030", "10-SYS-WZU-2025"] == _folders(fresh)
