"""What every command says of an advisory of which nothing has been prepared yet: one sentence, one exit code."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.workspaces import NUMBER, SLUG

if TYPE_CHECKING:
    from tests.workspaces import Workspace

PHONE = ("a@customs.example", "--how", "phone")
BACK = ("a@customs.example", "--take-back", "--reason", "wrong")
DECISION = ("--all", "--as", "accepted", "--reason", "seen")
PAGE = "https://customs.example/advisory"


@pytest.mark.parametrize(
    "command",
    [
        ("status", NUMBER),
        ("status", NUMBER, "--json"),
        ("report", NUMBER, "--format", "csv"),
        ("report", SLUG),
        ("escalate", NUMBER),
        ("verify", NUMBER),
        ("verify", NUMBER, "--json"),
        ("resolve", NUMBER),
        ("resolve", NUMBER, *DECISION),
        ("resolve", NUMBER, "--by-policy"),
        ("approve", NUMBER),
        ("approve", NUMBER, "--show"),
        ("send", NUMBER, "--once"),
        ("schedule", NUMBER, "--send-at", "2030-01-01T08:00"),
        ("schedule", NUMBER, "--withdraw"),
        ("schedule", NUMBER, "--stop", "no need"),
        ("acknowledge", NUMBER, *PHONE),
        ("acknowledge", NUMBER, *BACK),
        ("hold", NUMBER, "--reason", "wait"),
        ("resume", NUMBER, "--reason", "go"),
        ("cancel", NUMBER, "--reason", "no"),
        ("cancel", NUMBER, "--reason", "no", "--to", "a@customs.example"),
        ("onward", "record", NUMBER, "config.yaml"),
        ("website", "confirm", NUMBER, "--url", PAGE),
    ],
    ids=" ".join,
)
def test_a_named_advisory_is_refused(fresh: Workspace, command: tuple[str, ...]) -> None:
    """Exit code 1 and the same sentence on standard error, nothing on standard output, no file of an answer."""
    ended = fresh.run(*command)
    named = command[2] if command[0] in {"onward", "website"} else SLUG if command[0] == "report" else command[1]

    assert (1, "") == (ended.code, ended.out)
    said = f"{named}: nothing has been prepared yet; `dispatcher prepare {named}` freezes a release\n"
    assert said == ended.err
    assert ["advisory.yaml"] == [one.name for one in fresh.advisory.parent.iterdir()]


@pytest.mark.parametrize(
    ("command", "empty"),
    [
        (("status",), "advisories"),
        (("schedule",), "entries"),
        (("verify",), "releases"),
    ],
)
def test_of_all_advisories_nothing_is_an_answer(fresh: Workspace, command: tuple[str, ...], empty: str) -> None:
    """Exit code 0, for people in words and for programs an empty list."""
    ended, as_json = fresh.run(*command), fresh.run(*command, "--json")

    assert (0, 0) == (ended.code, as_json.code)
    assert ended.out in {"Nothing has been prepared yet.\n", "There is nothing to verify yet\n"}
    assert [] == json.loads(as_json.out)[empty]


@pytest.mark.parametrize(
    "command",
    [("schedule", NUMBER), ("schedule", NUMBER, "--json"), ("register",), ("run", "--once")],
    ids=" ".join,
)
def test_what_is_for_drafts_works_before(fresh: Workspace, command: tuple[str, ...]) -> None:
    """What would follow a draft, the numbers begun and a run with nothing to do need no release: exit code 0."""
    ended = fresh.run(*command)

    assert (0, "") == (ended.code, ended.err)


def test_a_head_noted_of_an_advisory_that_is_gone_is_lost(fresh: Workspace) -> None:
    """`verify` with a head does not say that nothing was prepared: a store that was exchanged must show."""
    ended = fresh.run("verify", NUMBER, "--head", "ab" * 32)

    assert (1, True) == (ended.code, "noted earlier, is in no chain here" in ended.out)


def test_nothing_to_build_and_nothing_to_return(fresh: Workspace) -> None:
    """A site of nothing and a return about nothing are refused in their own words."""
    site, returned = fresh.run("website", "build", "site"), fresh.run("onward", "return", NUMBER)

    assert (1, True) == (site.code, "none has been released yet" in site.err)
    assert (1, True) == (returned.code, "nothing was prepared from a kit of another office" in returned.err)
    assert not (fresh.root / "site").exists()
