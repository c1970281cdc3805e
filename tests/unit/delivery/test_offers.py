"""What is said of the extensions that a relay offers."""

from __future__ import annotations

import pytest

from dispatcher.delivery.offers import EXTENSIONS, ROOM, TYPICAL, judge_offers, judge_size
from dispatcher.findings import Grade


@pytest.mark.parametrize(
    ("limit", "grade"),
    [
        (None, Grade.WARNING),
        ("", Grade.OK),
        ("0", Grade.OK),
        ("lots", Grade.OK),
        (str(TYPICAL - 1), Grade.FAULT),
        (str(TYPICAL), Grade.WARNING),
        (str(ROOM - 1), Grade.WARNING),
        (str(ROOM), Grade.OK),
    ],
)
def test_the_limit_of_size_is_held_against_a_message(limit: str | None, grade: Grade) -> None:
    """Too little for a usual message is a fault, below 10 MB a warning; 0 is no limit (RFC 1870, section 3)."""
    assert grade is judge_size(limit).grade


def test_what_is_offered_is_ok() -> None:
    """A relay that offers everything has nothing to be told, whatever the order and the parameters."""
    offers = {one.keyword: "" for one in EXTENSIONS} | {"size": "20000000", "auth": "PLAIN"}

    assert {Grade.OK} == {one.grade for one in judge_offers(offers)}


def test_each_absent_extension_says_what_is_lost() -> None:
    """Without extensions there is a finding for each, in words; where something is lost, whom to ask."""
    found = {one.step: one for one in judge_offers({})}

    assert {"ehlo", "size", *(one.keyword for one in EXTENSIONS)} == found.keys()
    for extension in EXTENSIONS:
        told = found[extension.keyword]
        assert (extension.grade, f"not offered: {extension.lost}") == (told.grade, told.found)
        assert (told.grade is Grade.OK) == (told.advice == "")


def test_what_a_relay_offers_is_shown_safely() -> None:
    """Control characters of a stranger's reply do not reach the terminal."""
    shown = next(iter(judge_offers({"x-odd": "\x1b[31mred"}))).found

    assert "X-ODD" in shown
    assert "\x1b" not in shown
