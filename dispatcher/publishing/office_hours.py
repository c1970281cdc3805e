"""The hours in which an office works, and how much of them lies between two moments. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import TYPE_CHECKING, Final, TypeAlias

from dispatcher.acts import CLOSES

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

Span: TypeAlias = tuple[datetime, datetime]
"""From and until, in UTC; the second is later."""

_LONGEST_BREAK: Final = timedelta(days=60)
"""A list of holidays that leaves no working day for longer is a slip."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OfficeHours:
    """When an office works: Monday to Friday from `opens` to `closes`, holidays aside."""

    zone: tzinfo
    opens: time
    closes: time = CLOSES
    holidays: frozenset[date] = frozenset()

    def between(self, begins: datetime, ends: datetime) -> list[Span]:
        """Return the office hours between two moments, a span for each day; none where `ends` is not the later."""
        return [
            (max(begins, opens), min(ends, closes))
            for opens, closes in self._days(begins, ends)
            if max(begins, opens) < min(ends, closes)
        ]

    def after(self, begins: datetime, lasting: timedelta) -> datetime:
        """Return when so much office time is over; by the clock where the office does not open for long."""
        spans = self.between(begins, begins + _LONGEST_BREAK)
        return over(spans, lasting) if lasting <= total(spans) else begins + lasting

    def _days(self, begins: datetime, ends: datetime) -> Iterator[Span]:
        """Yield the hours of each working day from the one of `begins` to the one of `ends`."""
        day, last = begins.astimezone(self.zone).date(), ends.astimezone(self.zone).date()
        while day <= last:
            if day.weekday() < 5 and day not in self.holidays:
                yield self._at(day, self.opens), self._at(day, self.closes)
            day += timedelta(days=1)

    def _at(self, day: date, hour: time) -> datetime:
        return datetime.combine(day, hour, self.zone).astimezone(UTC)


def total(spans: Sequence[Span]) -> timedelta:
    """Return how long spans last together."""
    return sum((ends - begins for begins, ends in spans), timedelta())


def over(spans: Sequence[Span], lasting: timedelta) -> datetime:
    """Return when so much of spans, which follow each other, is over. Raises ValueError where they are shorter."""
    left = lasting
    for begins, ends in spans:
        if left <= ends - begins:
            return begins + left
        left -= ends - begins
    raise ValueError(f"the spans end {left} before that")
