"""What people are told of the hour, in words: the forecast, the end, who is left. Pure."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from dispatcher.moments import brief, moment
from dispatcher.outbox.states import ReleaseState
from dispatcher.register.spoken import spoken
from dispatcher.words import catalog

if TYPE_CHECKING:
    from datetime import datetime, tzinfo
    from pathlib import Path

    from dispatcher.model import Localized
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


def website(found: WebsiteStanding | None, zone: tzinfo, *, ended: bool = False) -> str:
    """Return what is known of the published pages: "website: confirmed 13.08.2025 09:12 IST".

    `ended`: the advisory was superseded or withdrawn, which its item must say since then.
    """
    if found is None:
        return "website: not confirmed"
    at = moment(found.at, zone)
    if found.ended and not found.unseen and not found.lost:
        marked = f"NOT marked in {', '.join(found.differing)}" if found.differing else "marked or taken down"
        return f"website: {marked} as out of force, seen {at}"
    asked_for = "; not looked at since it is out of force" if ended and not found.ended else ""
    return f"website: {_published(found, at, zone)}{asked_for}"


def _published(found: WebsiteStanding, at: str, zone: tzinfo) -> str:
    wrong = ", ".join(one for one in found.differing if one not in found.lost)
    if found.confirmed_before:
        also = f"; NOT as released ({wrong})" if wrong else ""
        return f"confirmed {moment(found.confirmed_before, zone)}; {lost_pages(found, zone)['en']}{also}"
    if found.differing:
        return f"NOT as released ({', '.join(found.differing)}), seen {at}"
    if found.unseen:
        return f"confirmed in {', '.join(found.confirmed)} only {at}; not in {', '.join(found.unseen)}"
    return f"confirmed {at}"


def lost_pages(found: WebsiteStanding, zone: tzinfo) -> Localized:
    """Return, in both languages, since when pages cannot be read: "gone at 13.08.2025 09:12 IST"."""
    words = catalog("register")["website"]["lost"]
    alike: dict[tuple[str, datetime], list[str]] = {}
    for language, why in found.lost.items():
        alike.setdefault((why, found.since[language]), []).append(language)
    whole = len(found.lost) == len({*found.confirmed, *found.differing, *found.unseen})

    def told(language: str) -> str:
        each = (
            spoken(words[why][language], {"at": since}, language=language, zone=zone)
            + ("" if whole else f" ({', '.join(those)})")
            for (why, since), those in alike.items()
        )
        return "; ".join(each)

    return {language: told(language) for language in ("hi", "en")}


def website_languages(found: WebsiteStanding, zone: tzinfo) -> str:
    """Return what is known of each language: "English: as released; Hindi: wrong since 13.08.2025 09:12 IST"."""
    names = catalog("register")["website"]["languages"]
    each = [f"{names.get(one, one)}: as released" for one in found.confirmed]
    for one in found.differing:
        how = {"gone": "gone", "unread": "not to be read"}.get(found.lost.get(one, ""), "wrong")
        each.append(f"{names.get(one, one)}: {how} since {moment(found.since[one], zone)}")
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
