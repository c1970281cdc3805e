from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from dispatcher.moments import brief, iso, moment, second

HOUR = datetime(2025, 8, 13, 6, 30, 7, 250_000, tzinfo=UTC)
KOLKATA = ZoneInfo("Asia/Kolkata")


def test_people_are_told_a_moment_in_the_office_s_zone() -> None:
    """Day, month and year, then the hour, with the name of the zone; to the second where it is asked for."""
    assert "13.08.2025 12:00 IST" == moment(HOUR, KOLKATA)
    assert "13.08.2025 12:00:07 IST" == second(HOUR, KOLKATA)
    assert "13.08. 12:00 IST" == brief(HOUR, KOLKATA)


def test_a_moment_without_an_office_keeps_its_zone() -> None:
    """What came from elsewhere is shown in the zone in which it came."""
    assert "13.08.2025 12:00 IST" == moment(HOUR.astimezone(KOLKATA), None)
    assert "13.08.2025 06:30 UTC" == moment(HOUR, None)


def test_machines_are_told_a_moment_with_its_offset() -> None:
    """ISO 8601, whole seconds; None stays None."""
    assert "2025-08-13T12:00:07+05:30" == iso(HOUR, KOLKATA)
    assert None is iso(None, KOLKATA)


def test_no_other_module_writes_them_by_hand() -> None:
    """What a moment looks like is decided in one place."""
    sources = (Path(__file__).parents[2] / "dispatcher").rglob("*.py")
    found = [path.name for path in sources if re.search(r"%d\.%m\.(%Y)? %H:%M(:%S)? %Z", path.read_text("utf-8"))]

    assert ["moments.py"] == found
