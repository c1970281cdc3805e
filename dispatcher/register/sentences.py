"""What people are told of the hour, in words: the forecast, the end, who is left. Pure."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from dispatcher.moments import brief, moment
from dispatcher.outbox.states import ReleaseState
from dispatcher.words import catalog

if TYPE_CHECKING:
    from datetime import tzinfo
    from pathlib import Path

    from dispatcher.outbox.forecasting import Forecast, Rate
    from dispatcher.outbox.records import WebsiteStanding
    from dispatcher.register.status import Status


def foretold(seen: Forecast, *, zone: tzinfo) -> str:
    """Return whether all will be in time: "3 of 40 will be late at 20 a minute; the last at 13.08. 12:02 IST"."""
    if seen.finishes_at is None:
        return "nothing waits"
    at = brief(seen.finishes_at, zone)
    if not seen.late:
        return f"done {at}, in time"
    return f"{seen.late} of {seen.waiting} will be late{paced(seen.rate)}; the last at {at}"


def paced(rate: Rate) -> str:
    """Return at which pace that is, where there is one: " at 20 a minute"."""
    if rate.per_minute is None:
        return ""
    pace = f"{rate.per_minute:.0f}" if rate.per_minute >= 10 else f"{rate.per_minute:.2g}"
    return f" at {pace} a minute{', as measured lately' if rate.measured else ''}"


def standing(status: Status) -> str:
    """Return how a release stands to its hour and its end."""
    zone = status.notify_before.tzinfo
    assert zone is not None
    if status.past_end:
        return f"past its end, {moment(status.ends_at, zone)}, and not everybody was told: {_to_do(status)}"
    if status.derived:
        return f"of use until {moment(status.ends_at, zone)}: {foretold(status.forecast, zone=zone)}"
    hour = f"to be told before {moment(status.notify_before, zone)}"
    if status.forecast.finishes_at is None:
        return f"{hour}: nothing waits"
    if status.time_left <= timedelta(0):
        return (
            f"{hour}, which has passed; {status.forecast.waiting} still wait, until {moment(status.ends_at, zone)}"
        )
    return f"{hour}, {lasting(status.time_left)} from now: {foretold(status.forecast, zone=zone)}"


def _to_do(status: Status) -> str:
    """Return what records that the rest of a release expired."""
    send = f"`dispatcher send {status.advisory}`"
    match status.release_state:
        case ReleaseState.SENDING:
            return f"{send} records who was not and names them"
        case ReleaseState.PAUSED:
            return (
                f"it is held; `dispatcher resume {status.advisory} --reason ...`, then {send} records who was not"
            )
        case _:
            return (
                f"it never began. {send[:-1]} --late REASON` lets it go all the same, "
                f"`dispatcher cancel {status.advisory} --reason ...` closes it"
            )


def website(found: WebsiteStanding | None, zone: tzinfo) -> str:
    """Return what is known of the published pages: "website: confirmed 13.08.2025 09:12 IST"."""
    if found is None:
        return "website: not confirmed"
    at = moment(found.at, zone)
    if found.differing:
        return f"website: NOT as released ({', '.join(found.differing)}), seen {at}"
    if found.unseen:
        return f"website: confirmed in {', '.join(found.confirmed)} only {at}; not in {', '.join(found.unseen)}"
    return f"website: confirmed {at}"


def website_languages(found: WebsiteStanding, zone: tzinfo) -> str:
    """Return what is known of each language: "English: as released; Hindi: wrong since 13.08.2025 09:12 IST"."""
    names = catalog("register")["website"]["languages"]
    each = [f"{names.get(one, one)}: as released" for one in found.confirmed]
    each += [f"{names.get(one, one)}: wrong since {moment(found.since[one], zone)}" for one in found.differing]
    each += [f"{names.get(one, one)}: not looked for yet" for one in found.unseen]
    return "; ".join(each)


def untold(count: int, file: Path) -> str:
    """Return how many offices are not told yet, and where their telephone list lies."""
    if not count:
        return "everybody is told"
    return f"{count} {'office is' if count == 1 else 'offices are'} not told yet; telephone list: {file}"


def lasting(span: timedelta) -> str:
    """Return how long a time is: "1 day 2 h", "3 h 20 min", "12 min"."""
    minutes = int(span.total_seconds() // 60)
    days, hours, minutes = minutes // 1440, minutes // 60 % 24, minutes % 60
    pieces = [f"{days} day{'' if days == 1 else 's'}" if days else "", f"{hours} h" if hours else ""]
    pieces.append("" if days or (hours and not minutes) else f"{minutes} min")
    return " ".join(piece for piece in pieces if piece)
