"""Moments as they are shown: to people in the office's zone, with its name; to machines as ISO 8601."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime, tzinfo


def moment(at: datetime, zone: tzinfo | None) -> str:
    """Return a moment as an office writes it, "13.08.2025 12:00 IST"; `zone` None: in the zone that it is in."""
    return f"{_within(at, zone):%d.%m.%Y %H:%M %Z}"


def second(at: datetime, zone: tzinfo) -> str:
    """Return a moment to the second, "13.08.2025 12:00:07 IST", where the order of two matters."""
    return f"{at.astimezone(zone):%d.%m.%Y %H:%M:%S %Z}"


def brief(at: datetime, zone: tzinfo) -> str:
    """Return a moment that is not far off, without its year: "13.08. 12:00 IST"."""
    return f"{at.astimezone(zone):%d.%m. %H:%M %Z}"


def iso(at: datetime | None, zone: tzinfo) -> str | None:
    """Return a moment for machines, ISO 8601 to the second with the zone's offset; None where there is none."""
    return at.astimezone(zone).isoformat(timespec="seconds") if at else None


def _within(at: datetime, zone: tzinfo | None) -> datetime:
    return at.astimezone(zone) if zone else at
