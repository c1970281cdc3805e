"""Every text of an advisory that stands in several languages, with its key. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dispatcher.advisories.schema import key_path
from dispatcher.advisories.values import LEFT_PLACE, UPCOMING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dispatcher.model import Advisory, Localized


def texts_of(advisory: Advisory) -> Iterator[tuple[str, Localized]]:
    """Yield the key and the rendered text of each, but for names, which each language spells as it pleases."""
    yield from _heads(advisory)
    for name, text in advisory.news.items():
        yield f"news.{name}", text
    for row, para in enumerate(advisory.paras):
        yield key_path(("paras", row)), para.text
        for place, step in enumerate(para.steps):
            yield key_path(("paras", row, "steps", place)), step
    yield "signatory.designation", advisory.signatory.designation
    for row, line in enumerate(advisory.addressees):
        yield key_path(("addressees", row, "instruction")), line.instruction
        yield key_path(("addressees", row, "ask")), line.ask
        if line.late_ask is not None:
            yield key_path(("addressees", row, "late_ask")), line.late_ask
    yield from _of_corrections(advisory)
    for row, text in enumerate(advisory.additions):
        yield key_path(("additions", row)), text
    for row, copy in enumerate(advisory.copies):
        yield key_path(("copies", row, "instruction")), copy.instruction


def _heads(advisory: Advisory) -> Iterator[tuple[str, Localized]]:
    for name in ("subject", "short_title", "what", "do", "in_effect"):
        yield name, getattr(advisory, name)
    if advisory.upcoming is not None:
        yield UPCOMING, {tag: text.replace(LEFT_PLACE, "") for tag, text in advisory.upcoming.items()}


def _of_corrections(advisory: Advisory) -> Iterator[tuple[str, Localized]]:
    """Yield where each slip stands and what it is; what is quoted stands in one language, as it was printed."""
    for row, one in enumerate(advisory.corrections):
        for name, text in (("where", one.where), ("what", one.what)):
            if text is not None:
                yield key_path(("corrections", row, name)), text
