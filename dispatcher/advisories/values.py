"""The names that the texts of an advisory, the notes and the frame of the mail may use."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dispatcher.advisories.wording import place_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date, datetime

    from dispatcher.model import Advisory, Helpdesk, Office

CLOCKS = ("effective_at", "notify_before", "useful_until", "window_start", "window_end")
"""Instants of an advisory. One that it does not give is undefined, so that a text cannot show an empty time."""

NAMES = ("number", "issued", *CLOCKS, "helpdesk", "places", "office")
"""What an expression in advisory.yaml may name."""

UPCOMING, LEFT = "upcoming", "left"
"""The one text that is of a moment, and what only it may name: how much time is left until the hour."""
LEFT_PLACE = "\u27e8left\u27e9"
"""What stands in that text, once it is rendered, where a reminder puts the time."""


def values(
    language: str,
    *,
    number: str,
    issued: date,
    clocks: Mapping[str, datetime | None],
    helpdesk: Helpdesk,
    office: Office,
    places: Iterable[str],
) -> dict[str, Any]:
    """Return `NAMES` with their values in one language."""
    return {
        "number": number,
        "issued": issued,
        **{name: instant for name, instant in clocks.items() if instant is not None},
        "helpdesk": {"name": helpdesk.name[language], "email": helpdesk.email, "phone": helpdesk.phone},
        "places": [place_text(place, language) for place in places],
        "office": {
            "name": office.name[language],
            "short_name": office.short_name[language],
            "address": office.address[language],
            "phone": office.phone,
            "fax": office.fax,
            "email": office.email,
        },
    }


def values_of(advisory: Advisory, language: str, office: Office) -> dict[str, Any]:
    """Return `NAMES` with their values in one language, of an advisory whose texts are built."""
    return values(
        language,
        number=advisory.number,
        issued=advisory.issued,
        clocks={name: getattr(advisory, name) for name in CLOCKS},
        helpdesk=advisory.helpdesk,
        office=office,
        places=dict.fromkeys(place for line in advisory.addressees for place in line.places),
    )
