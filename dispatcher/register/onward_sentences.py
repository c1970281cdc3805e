"""What people are told of the passing on of an advisory, in both languages: what came back, what is due. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dispatcher.moments import iso, moment
from dispatcher.words import catalog

if TYPE_CHECKING:
    from datetime import datetime, tzinfo

    from dispatcher.model import Localized
    from dispatcher.outbox.onward_rules import OnwardStanding, Returned


def onward_told(standing: OnwardStanding, *, now: datetime | None, zone: tzinfo) -> Localized:
    """Return the sentence: "EICI: 212 of 214 couriers accepted by 11:05 IST, 2 failed".

    Without `now` it does not say whether a return that has not come is overdue.
    """
    words, due = catalog("register")["onward"], standing.kit.return_by
    who = words["mediators"].get(standing.kit.mediator, {})
    told = standing.returned
    if told is None:
        name = "overdue" if now and standing.overdue(now) else "awaited"
        facts: dict[str, Any] = {"due": moment(due, zone)}
    else:
        name, facts = _told(told, due, zone)
    return {
        language: words[name][language].format(
            mediator=who.get(language, standing.kit.mediator.upper()),
            remarks=_remarks(told, language),
            **facts,
        )
        for language in words[name]
    }


def onward_json(standing: OnwardStanding | None, *, now: datetime, zone: tzinfo) -> dict[str, Any] | None:
    """Return the object `onward` of `status --json`; None where no kit went with the release."""
    if standing is None:
        return None
    told = standing.returned
    return {
        "mediator": standing.kit.mediator,
        "kit": standing.kit.kit_hash,
        "return_by": iso(standing.kit.return_by, zone),
        "overdue": standing.overdue(now),
        "returned": told
        and {
            "recorded_at": iso(told.recorded_at, zone),
            "couriers": told.couriers,
            "informed": told.informed,
            "failed": told.failed,
            "open": told.open,
            "last_at": iso(told.last_at, zone),
            "sealed": told.sealed,
            "seal": told.seal,
            "signer": told.signer,
            "by_hand": told.by_hand,
            "late": told.late,
        },
    }


def _told(told: Returned, due: datetime, zone: tzinfo) -> tuple[str, dict[str, Any]]:
    """Return which sentence a return makes, and its facts; the day is named where it is not that of the hour."""
    counts = {"informed": told.informed, "couriers": told.couriers, "failed": told.failed}
    if told.last_at is None:
        return "nobody", counts
    same_day = told.last_at.astimezone(zone).date() == due.astimezone(zone).date()
    at = f"{told.last_at.astimezone(zone):%H:%M %Z}" if same_day else moment(told.last_at, zone)
    return "told_by_hand" if told.compiled_at is None else "told", {**counts, "at": at}


def _remarks(told: Returned | None, language: str) -> str:
    words = catalog("register")["onward"]["remarks"]
    if told is None:
        return ""
    named = (("open", told.open), ("late", told.late), (told.seal, told.signer or told.by_hand))
    said = [words[name][language].format(value=value) for name, value in named if value]
    return "".join(f"; {one}" for one in said)
