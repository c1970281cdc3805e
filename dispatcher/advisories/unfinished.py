"""Places of an advisory that still wait to be written: `<<affected services>>`. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dispatcher.advisories.schema import problem_at
from dispatcher.advisories.texts import texts_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dispatcher.errors import Problem
    from dispatcher.model import Advisory

_PLACE = re.compile(r"<<[^<>]*>>|<<|>>")
"""A lone half counts too: it is what is left of a place that was written over carelessly."""


def unfinished_places(text: str) -> list[str]:
    """Return each place of a text that is still to be written, once, in the order in which they stand."""
    return list(dict.fromkeys(_PLACE.findall(text)))


def unfinished_problems(advisory: Advisory, languages: Sequence[str], *, file: str) -> list[Problem]:
    """Return an error for every text, name and number that holds a place still to be written."""
    return [
        problem_at("advisory_unfinished", file, key, ", ".join(places))
        for key, text in _all_of(advisory, languages)
        if (places := unfinished_places(text))
    ]


def _all_of(advisory: Advisory, languages: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yield every text that is mailed, names too, with its key."""
    helpdesk, signatory = advisory.helpdesk, advisory.signatory
    named = (("helpdesk.name", helpdesk.name), ("signatory.name", signatory.name))
    quoted = [
        (f"corrections[{row}].{key}", text)
        for row, one in enumerate(advisory.corrections)
        for key, text in (("for", one.wrong), ("read", one.right))
    ]
    for key, text in (*texts_of(advisory), *named, *quoted):
        for language in languages:
            yield f"{key}.{language}", text[language]
    yield "helpdesk.email", helpdesk.email
    yield "helpdesk.phone", helpdesk.phone
