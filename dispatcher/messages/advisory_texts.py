"""The texts of an advisory in one language, by the names that the templates of a message call them. Pure."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from dispatcher.model import Wording

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dispatcher.model import Advisory, Para


def texts_in(advisory: Advisory, language: str) -> dict[str, Any]:
    """Return what the templates may name of an advisory, by name, in one language."""
    return {
        "relation": _relation(advisory),
        "corrections": [
            {
                "where": one.where[language],
                "what": one.what[language] if one.what else "",
                "wrong": one.wrong[language],
                "right": one.right[language],
            }
            for one in advisory.corrections
        ],
        "additions": [text[language] for text in advisory.additions],
        "revision": advisory.revision,
        "dated": advisory.dated,
        "kind": advisory.kind,
        "subject": advisory.subject[language],
        "short_title": advisory.short_title[language],
        "what": advisory.what[language],
        "do": advisory.do[language],
        "in_effect": advisory.in_effect[language],
        "news": {name: text[language] for name, text in advisory.news.items()},
        "paras": list(_numbered(advisory.paras, language)),
        "signatory": {
            "name": advisory.signatory.name[language],
            "designation": advisory.signatory.designation[language],
        },
        "addressees": [line.instruction[language] for line in advisory.addressees],
        "copies": [line.instruction[language] for line in advisory.copies],
    }


def asks_in(advisory: Advisory, audience: str, language: str, *, wording: Wording) -> list[str]:
    """Return what an audience is asked, line by line of the "To" list.

    After the hour nobody is asked to act before it. Where the hour at which it takes effect comes first (what is
    told afterwards), there may be time left to `notify_before`: then the request stands as it is.
    """
    past = wording is Wording.IN_EFFECT and advisory.notify_before <= advisory.effective_at
    return [
        (line.late_ask if past and line.late_ask else line.ask)[language]
        for line in advisory.addressees
        if line.audience == audience
    ]


def _relation(advisory: Advisory) -> dict[str, Any] | None:
    """Return what the advisory does to an earlier one; the date of that one where it is given."""
    if advisory.relation is None:
        return None
    dated = advisory.relation.get("target_date")
    return {**advisory.relation, "target_date": date.fromisoformat(dated) if dated else None}


def _numbered(paras: Sequence[Para], language: str) -> Iterator[dict[str, Any]]:
    """Yield the paragraphs as printed: the first numbered one bears no number, as such offices print it."""
    number = 0
    for para in paras:
        number += para.kind == "text"
        prefix = f"{number}. " if para.kind == "text" and number > 1 else ""
        steps = [step[language] for step in para.steps]
        yield {"kind": para.kind, "text": prefix + para.text[language], "steps": steps}
