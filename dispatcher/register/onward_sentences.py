"""What people are told of the passing on of an advisory, in both languages: what came back, what is due. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dispatcher.moments import iso
from dispatcher.register.spoken import Clock, spoken
from dispatcher.words import catalog

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime, tzinfo

    from dispatcher.model import Localized
    from dispatcher.outbox.onward_rules import OnwardStanding, Returned


def onward_told(
    standing: OnwardStanding, *, now: datetime | None, zone: tzinfo, with_revision: bool = False
) -> Localized:
    """Return the sentence: "EICI: 212 of 214 couriers accepted by 11:05 IST, 2 failed".

    Without `now` it does not say whether a return that has not come, or not whole, is overdue. `with_revision`: it
    says of which revision, where that is not the first issue.
    """
    words, due = catalog("register")["onward"], standing.kit.return_by
    who = words["mediators"].get(standing.kit.mediator, {})
    revision = standing.kit.revision if with_revision else 0
    told = standing.returned
    if told is None:
        name = "overdue" if now and standing.overdue(now) else "awaited"
        facts: dict[str, Any] = {"due": due}
    else:
        name, facts = _told(told, due, zone)
    found = {}
    for language, text in words[name].items():
        mediator = _named(who.get(language, standing.kit.mediator.upper()), revision, language)
        own = {**facts, "mediator": mediator, "remarks": _remarks(standing, language, now, zone)}
        found[language] = spoken(text, own, language=language, zone=zone)
    return found


def onward_json(standing: OnwardStanding | None, *, now: datetime, zone: tzinfo) -> dict[str, Any] | None:
    """Return the object `onward` of `status --json`; None where no kit went with the release."""
    if standing is None:
        return None
    return {
        "mediator": standing.kit.mediator,
        "kit": standing.kit.kit_hash,
        "return_by": iso(standing.kit.return_by, zone),
        "overdue": standing.overdue(now),
        "returned": _returned_json(standing.returned, zone),
        "beside": _returned_json(standing.beside, zone),
    }


def _returned_json(told: Returned | None, zone: tzinfo) -> dict[str, Any] | None:
    if told is None:
        return None
    return {
        "recorded_at": iso(told.recorded_at, zone),
        "compiled_at": iso(told.compiled_at, zone),
        "received_at": iso(told.received_at, zone),
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
    }


def _named(mediator: str, revision: int, language: str) -> str:
    words = catalog("register")["onward"]["of_revision"]
    return words[language].format(mediator=mediator, revision=revision) if revision else mediator


def _told(told: Returned, due: datetime, zone: tzinfo) -> tuple[str, dict[str, Any]]:
    """Return which sentence a return makes, and its facts; the day is named where it is not that of the hour."""
    counts = {"informed": told.informed, "couriers": told.couriers, "failed": told.failed}
    if told.last_at is None:
        return "nobody", counts
    same_day = told.last_at.astimezone(zone).date() == due.astimezone(zone).date()
    at = Clock(told.last_at) if same_day else told.last_at
    return "told_by_hand" if told.compiled_at is None else "told", {**counts, "at": at}


def _remarks(standing: OnwardStanding, language: str, now: datetime | None, zone: tzinfo) -> str:
    words = catalog("register")["onward"]["remarks"]
    said = (
        spoken(words[name][language], facts, language=language, zone=zone) for name, facts in _facts(standing, now)
    )
    return "".join(f"; {one}" for one in said)


def _facts(standing: OnwardStanding, now: datetime | None) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the remarks on the return that counts: which sentence, and what is filled in."""
    told, beside = standing.returned, standing.beside
    if told is None:
        return
    if told.open:
        yield "open", {"value": told.open}
    if told.late:
        yield "late" if told.came_at else "recorded_late", {}
    elif told.came_at and told.recorded_at > standing.kit.return_by:
        yield "received" if told.received_at else "compiled", {"at": told.came_at, "recorded": told.recorded_at}
    if vouched := told.signer or told.by_hand:
        yield told.seal, {"value": vouched}
    if beside:
        yield "beside", {"informed": beside.informed, "couriers": beside.couriers}
    if now and standing.overdue(now):
        yield "overdue", {"due": standing.kit.return_by}
