from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatcher.advisories.rules import number_matches

PATTERN = "{n}/SYS/WZU/{yyyy}"


@given(st.integers(1, 9999), st.integers(1900, 2099))
def test_every_number_of_the_series_matches(count: int, year: int) -> None:
    """Any count from 1 with any year is of the series."""
    assert number_matches(f"{count}/SYS/WZU/{year}", PATTERN)


@pytest.mark.parametrize(
    "number",
    [
        "0/SYS/WZU/2025",
        "01/SYS/WZU/2025",
        "10/SYS/WZU/25",
        "10/SYS/EZU/2025",
        "10/SYS/WZU/2025 ",
        "x10/SYS/WZU/2025",
    ],
)
def test_a_number_of_another_form_does_not(number: str) -> None:
    """A leading zero, a short year, another unit or anything around it is not of the series."""
    assert not number_matches(number, PATTERN)


def test_other_signs_of_a_pattern_are_literal() -> None:
    """A dot or a bracket in the office's pattern means itself."""
    assert number_matches("ICES.(7)", "ICES.({n})")
    assert not number_matches("ICESx(7)", "ICES.({n})")
