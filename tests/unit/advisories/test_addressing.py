"""An advisory addresses audiences that the office has, from the folder of its own number."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from dispatcher.advisories.addressing import addressing_problems
from dispatcher.errors import Severity
from dispatcher.words import message
from tests.drafts import audiences, draft

if TYPE_CHECKING:
    from dispatcher.errors import Problem
    from dispatcher.model import Advisory

SLUG = "10-SYS-WZU-2025"


def _problems(advisory: Advisory, *, folder: str = SLUG, known: int = 6) -> list[Problem]:
    return addressing_problems(advisory, audiences()[:known], folder=folder)


def test_sample_is_addressed_right() -> None:
    """The sample advisory addresses audiences of the sample workspace only."""
    assert [] == _problems(draft().advisory)


def test_unknown_audiences_are_named_with_their_keys() -> None:
    """Each line that addresses an audience which config.yaml lacks is an error, told with those there are."""
    found = _problems(draft().advisory, known=3)
    unknown = {"custodians", "cms", "copy"}

    assert unknown == {problem.value for problem in found}
    assert {(Severity.ERROR, "advisory_audience_unknown", f"{SLUG}/advisory.yaml")} == {
        (problem.severity, problem.code, problem.source.file) for problem in found
    }
    assert "There are: commissioners, couriers, eici" in message(found[0])["en"]


def test_key_leads_to_the_line() -> None:
    """The problem names the line, counted from 0 as in the file's list."""
    whole = draft().advisory
    lines = list(whole.addressees)
    lines[1] = replace(lines[1], audience="comissioners")
    copies = [replace(whole.copies[0], audience="nobody")]
    found = _problems(replace(whole, addressees=tuple(lines), copies=tuple(copies)))

    assert [("addressees[1].audience", "comissioners"), ("copies[0].audience", "nobody")] == [
        (problem.source.column, problem.value) for problem in found
    ]


def test_folder_bears_the_number() -> None:
    """Everything that is made lies in the folder of the number: another name is an error that says which."""
    (found,) = _problems(draft().advisory, folder="10-SYS-WZU-2024")

    assert ("advisory_folder", "number", "10-SYS-WZU-2024") == (found.code, found.source.column, found.value)
    assert SLUG in message(found)["en"]
    assert SLUG in message(found)["hi"]


def test_all_problems_are_told_together() -> None:
    """A wrong folder does not hide a wrong audience."""
    whole = draft().advisory
    found = _problems(replace(whole, copies=(replace(whole.copies[0], audience="nobody"),)), folder="x")

    assert ["advisory_audience_unknown", "advisory_folder"] == [problem.code for problem in found]
