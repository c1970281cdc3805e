"""A moment in a sentence: as each language writes it, in the office's zone, whose name is of that language too."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from dispatcher.register.spoken import Clock, spoken

AT = datetime(2025, 8, 13, 5, 35, tzinfo=UTC)
KOLKATA = ZoneInfo("Asia/Kolkata")


@pytest.mark.parametrize(
    ("language", "whole", "clock"),
    [
        ("en", "13.08.2025 11:05 IST", "11:05 IST"),
        ("hi", "13.08.2025, 11:05 बजे (भा.मा.स.)", "11:05 बजे (भा.मा.स.)"),
        ("mr", "13.08.2025 11:05 IST", "11:05 IST"),
    ],
)
def test_a_moment_is_told_as_the_language_does(language: str, whole: str, clock: str) -> None:
    """With its day or without; a language that the catalog does not know has the English form."""
    told = spoken("{a}|{b}|{count}", {"a": AT, "b": Clock(AT), "count": 3}, language=language, zone=KOLKATA)

    assert f"{whole}|{clock}|3" == told


def test_another_zone_has_the_name_that_it_has() -> None:
    """Only names that the catalog knows are told in the language."""
    assert "13.08.2025, 05:35 बजे (UTC)" == spoken("{a}", {"a": AT}, language="hi", zone=UTC)
