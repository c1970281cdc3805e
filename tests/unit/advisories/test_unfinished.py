"""Nothing is released in which a place still waits to be written."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from dispatcher.advisories.unfinished import unfinished_places, unfinished_problems
from dispatcher.errors import Severity
from dispatcher.words import message

if TYPE_CHECKING:
    from dispatcher.model import Advisory

LANGUAGES = ("hi", "en")


def test_the_sample_is_finished(advisory: Advisory) -> None:
    """Brackets of other kinds, such as a note's, are no open place."""
    assert [] == unfinished_problems(advisory, LANGUAGES, file="advisory.yaml")


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("<<one>>, <<two>> and <<one>>", ["<<one>>", "<<two>>"]),
        ("a half: <<one", ["<<"]),
        ("the other: two>>", [">>"]),
        ("a < b > c", []),
        ("<b>", []),
    ],
)
def test_places_are_found(text: str, places: list[str]) -> None:
    """Each once; what is left of one that was written over carelessly counts too."""
    assert places == unfinished_places(text)


def test_each_text_with_an_open_place_is_an_error(advisory: Advisory) -> None:
    """In one language only, in a step, in a name: each is told with its key, in both languages."""
    hindi = "यह <<सेवाएँ>> है"
    changed = replace(
        advisory,
        what={**advisory.what, "hi": hindi},
        signatory=replace(advisory.signatory, name={**advisory.signatory.name, "en": "<<name>>"}),
        helpdesk=replace(advisory.helpdesk, phone="<<phone>>"),
        paras=(replace(advisory.paras[0], steps=({"hi": "<<क>>", "en": "<<a>>"},)), *advisory.paras[1:]),
    )
    problems = unfinished_problems(changed, LANGUAGES, file="a/advisory.yaml")

    assert {
        ("what.hi", "<<सेवाएँ>>"),
        ("signatory.name.en", "<<name>>"),
        ("helpdesk.phone", "<<phone>>"),
        ("paras[0].steps[0].hi", "<<क>>"),
        ("paras[0].steps[0].en", "<<a>>"),
    } == {(one.source.column, one.value) for one in problems}
    assert {(Severity.ERROR, "advisory_unfinished")} == {(one.severity, one.code) for one in problems}
    assert all(one.value in said for one in problems for said in message(one).values())
