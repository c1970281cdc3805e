from __future__ import annotations

import pytest

from dispatcher.advisories.numbering import Place, next_number, number_at, number_of_folder, place_of
from dispatcher.advisories.rules import number_matches
from dispatcher.model import slug_of

PATTERN = "{n}/SYS/WZU/{yyyy}"


@pytest.mark.parametrize(
    ("taken", "number"),
    [
        ([], "1/SYS/WZU/2026"),
        (["9-SYS-WZU-2026", "10-SYS-WZU-2026", "2-SYS-WZU-2026"], "11/SYS/WZU/2026"),
        (["10-SYS-WZU-2025", "4-SYS-EZU-2026", "demo", "07-SYS-WZU-2026", "x3-SYS-WZU-2026"], "1/SYS/WZU/2026"),
    ],
)
def test_the_next_number_follows_the_highest_of_its_year(taken: list[str], number: str) -> None:
    """Counted, not sorted as text; other years, series and folders do not count; a gap stays open."""
    assert number == next_number(PATTERN, taken, 2026)


@pytest.mark.parametrize(
    ("pattern", "numbers"),
    [
        ("ICES Advisory No. {n}/{yyyy}", ["ICES Advisory No. 1/2026", "ICES Advisory No. 2/2026"]),
        ("S{n}/01/{yyyy}", ["S1/01/2026", "S2/01/2026"]),
        ("{yyyy}-{n}", ["2026-1", "2026-2"]),
        ("{n}", ["1", "2"]),
    ],
)
def test_each_number_made_is_of_its_series(pattern: str, numbers: list[str]) -> None:
    """Whatever the pattern, what comes next is of it, and after its own folder comes another."""
    taken: list[str] = []
    for number in numbers:
        assert number == next_number(pattern, taken, 2026)
        assert number_matches(number, pattern)
        taken.append(slug_of(number))


def test_a_series_without_a_count_has_no_next_number() -> None:
    """Where the pattern does not count, a person gives the number."""
    assert next_number("SYS/{yyyy}", [], 2026) is None


@pytest.mark.parametrize("pattern", [PATTERN, "ICES Advisory No. {n}/{yyyy}", "S{n}/01/{yyyy}", "{n}"])
def test_a_number_and_its_folder_tell_its_place(pattern: str) -> None:
    """The place read from a number makes that number again, and so does the name of its folder."""
    place = Place(2026 if "{yyyy}" in pattern else None, 12)
    number = number_at(place, pattern)

    assert place == place_of(number, pattern)
    assert number == number_of_folder(slug_of(number), pattern)


def test_what_is_of_no_series_has_no_place() -> None:
    """Other series, leading zeros, folders that are no number, and a pattern that does not count."""
    assert [None] * 3 == [place_of(one, PATTERN) for one in ("7/SYS/EZU/2026", "07/SYS/WZU/2026", "demo")]
    assert [None] * 2 == [number_of_folder(one, PATTERN) for one in ("demo", "7-SYS-EZU-2026")]
    assert (None, None) == (place_of("fixed", "fixed"), number_of_folder("fixed", "fixed"))
