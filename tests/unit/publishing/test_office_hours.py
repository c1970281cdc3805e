from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest

from dispatcher.publishing.office_hours import OfficeHours, over, total
from tests.items import KOLKATA

OFFICE = OfficeHours(zone=KOLKATA, opens=time(9, 30), holidays=frozenset({date(2025, 8, 15)}))


def _at(day: int, hour: int = 0, minute: int = 0) -> datetime:
    """Return a moment of August 2025 as the office's clocks show it; the 13th is a Wednesday."""
    return datetime(2025, 8, day, hour, minute, tzinfo=KOLKATA).astimezone(UTC)


@pytest.mark.parametrize(
    ("begins", "ends", "spans"),
    [
        (_at(13, 10), _at(13, 12), [(_at(13, 10), _at(13, 12))]),
        (_at(13, 17), _at(14, 11), [(_at(13, 17), _at(13, 18)), (_at(14, 9, 30), _at(14, 11))]),
        (_at(14, 20), _at(18, 8), []),
        (_at(14), _at(19), [(_at(14, 9, 30), _at(14, 18)), (_at(18, 9, 30), _at(18, 18))]),
        (_at(13, 12), _at(13, 10), []),
        (_at(13, 18), _at(14, 9, 30), []),
    ],
)
def test_office_hours_lie_on_working_days(
    begins: datetime, ends: datetime, spans: list[tuple[datetime, datetime]]
) -> None:
    """From the opening to the closing; not at night, on a Saturday, a Sunday or a holiday; never backwards."""
    assert spans == OFFICE.between(begins, ends)


@pytest.mark.parametrize(
    ("begins", "lasting", "ends"),
    [
        (_at(13, 10), timedelta(hours=4), _at(13, 14)),
        (_at(13, 14, 15), timedelta(hours=4), _at(14, 9, 45)),
        (_at(14, 16), timedelta(hours=4), _at(18, 11, 30)),
        (_at(13, 20), timedelta(hours=4), _at(14, 13, 30)),
    ],
)
def test_office_time_goes_on_with_the_next_working_day(
    begins: datetime, lasting: timedelta, ends: datetime
) -> None:
    """What does not fit into a day is continued at the next opening."""
    assert ends == OFFICE.after(begins, lasting)


def test_an_office_that_never_opens_goes_by_the_clock() -> None:
    """An opening after the closing leaves no office hour."""
    never = OfficeHours(zone=KOLKATA, opens=time(19))

    assert _at(13, 14) == never.after(_at(13, 10), timedelta(hours=4))


def test_a_part_of_the_spans_is_over() -> None:
    """Half of nine hours on two days is over on the second one; more than there is, is never over."""
    spans = OFFICE.between(_at(13, 17), _at(14, 17, 30))

    assert timedelta(hours=9) == total(spans)
    assert _at(14, 13) == over(spans, total(spans) / 2)
    with pytest.raises(ValueError, match="1:00:00 before"):
        over(spans, timedelta(hours=10))
