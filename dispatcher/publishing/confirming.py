"""Is an advisory published as it was released? A page compared part by part with what was released. Pure."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from dispatcher.advisories.facts import facts_of
from dispatcher.advisories.wording import date_text, time_text
from dispatcher.publishing.page_text import folded, script_of, scripts_in
from dispatcher.publishing.website_pages import blocks_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from dispatcher.advisories.facts import Facts
    from dispatcher.publishing.news_item import NewsItem
    from dispatcher.publishing.page_text import PageText

_HASH = re.compile(r"(?<![0-9a-z])[0-9a-f]{64}(?![0-9a-z])")
_ENOUGH = 40
"""So many letters of a script make a page one of a language that is written in it."""
_SHOWN = 3
_LONGEST_WORD = 100


class Verdict(StrEnum):
    """What was found of a part of a page; `stale`: it says what an earlier revision said."""

    RIGHT = "right"
    WRONG = "wrong"
    MISSING = "missing"
    STALE = "stale"


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One thing that must be on the page: what, in which language where it has one, what was found, in words."""

    part: str
    """text, number, hour, hash or document."""
    language: str | None
    verdict: Verdict
    said: str


def compared(
    pages: Sequence[PageText],
    item: NewsItem,
    *,
    earlier: Sequence[NewsItem],
    languages: Sequence[str],
    linked: Mapping[str, str],
    unread: Sequence[str] = (),
) -> tuple[Part, ...]:
    """Return what was found of each part of an item on the pages, taken together.

    `earlier` are its revisions before this one; `linked` holds the SHA-256 of each document that the pages link
    to, by its address, `unread` why others could not be read.
    """
    return (
        *(part for language in languages for part in _of_language(pages, item, earlier, language)),
        *_of_document(pages, item, earlier=earlier, linked=linked, unread=unread),
    )


def documents_among(links: Sequence[str], item: NewsItem) -> list[str]:
    """Return the links to the item's document: those of its name or, where there is none, of any PDF."""
    paths = {link: link.partition("#")[0].partition("?")[0].casefold() for link in links}
    own = [link for link, path in paths.items() if path.endswith(item.document.file_name.casefold())]
    return own or [link for link, path in paths.items() if path.endswith(".pdf")]


def is_confirmed(parts: Sequence[Part], language: str | None = None) -> bool:
    """Return whether all is right: of the document, and of a language, or of every one."""
    concerned = [part for part in parts if language is None or part.language in {None, language}]
    return all(part.verdict is Verdict.RIGHT for part in concerned)


def _of_language(
    pages: Sequence[PageText], item: NewsItem, earlier: Sequence[NewsItem], language: str
) -> Iterator[Part]:
    script = script_of(item.news["title"][language])
    own = [page for page in pages if Counter(scripts_in(" ".join(page.lines)))[script] >= _ENOUGH]
    if not own:
        for part in ("text", "number", "hour"):
            yield Part(part=part, language=language, verdict=Verdict.MISSING, said=_nothing_in(script))
        return
    yield _text(own, item, earlier, language)
    yield _number(own, item, language)
    yield _hour(_facts(own, language, script), item, earlier, language)


def _nothing_in(script: str) -> str:
    return f"no page holds a text in {script.title()} letters"


def _text(pages: Sequence[PageText], item: NewsItem, earlier: Sequence[NewsItem], language: str) -> Part:
    whole = " ".join(page.folded for page in pages)
    absent = [name for name, text in _texts(item, language) if folded(text) not in whole]
    if not absent:
        return Part(part="text", language=language, verdict=Verdict.RIGHT, said="as released")
    for other in earlier:
        title = folded(other.news["title"][language])
        if "title" in absent and title in whole:
            said = f"this is revision {other.revision}; revision {item.revision} is in force"
            return Part(part="text", language=language, verdict=Verdict.STALE, said=said)
    if absent == [name for name, _ in _texts(item, language)]:
        said = "title, summary and body of the item are not there"
        return Part(part="text", language=language, verdict=Verdict.MISSING, said=said)
    said = f"not there, or not as released: {', '.join(absent)}"
    return Part(part="text", language=language, verdict=Verdict.WRONG, said=said)


def _texts(item: NewsItem, language: str) -> Iterator[tuple[str, str]]:
    """Yield each text that must be there, with its name; the numbers of a body's steps may be the page's own."""
    yield "title", item.news["title"][language]
    yield "summary", item.news["summary"][language]
    lines = [line for block in blocks_of(item.news["body"][language]) for line in block.lines]
    for place, line in enumerate(lines, start=1):
        yield f"line {place} of the body", line


def _number(pages: Sequence[PageText], item: NewsItem, language: str) -> Part:
    lacking = [page for page in pages if folded(item.number) not in re.sub(r"\s*/\s*", "/", page.folded)]
    if not lacking:
        return Part(part="number", language=language, verdict=Verdict.RIGHT, said=item.number)
    return Part(part="number", language=language, verdict=Verdict.MISSING, said=f"{item.number} is not there")


def _facts(pages: Sequence[PageText], language: str, script: str) -> Facts:
    """Return the facts of the lines in a language; very long words, which hold none, would only take time."""
    lines = [line for page in pages for line in page.lines if _is_in(line, script)]
    short = (" ".join(word for word in line.split() if len(word) <= _LONGEST_WORD) for line in lines)
    return facts_of("\n".join(short), language)


def _hour(facts: Facts, item: NewsItem, earlier: Sequence[NewsItem], language: str) -> Part:
    def holds(moment: datetime) -> bool:
        return moment.date() in facts.dates and moment.hour * 60 + moment.minute in facts.hours

    wanted = _moment(item.effective_at, language)
    if holds(item.effective_at):
        return Part(part="hour", language=language, verdict=Verdict.RIGHT, said=wanted)
    for other in earlier:
        if holds(other.effective_at):
            said = f"{_moment(other.effective_at, language)}, as revision {other.revision} said; now {wanted}"
            return Part(part="hour", language=language, verdict=Verdict.STALE, said=said)
    if not facts.dates and not facts.hours:
        return Part(part="hour", language=language, verdict=Verdict.MISSING, said=f"{wanted} is not there")
    found = [f"{day:%d.%m.%Y}" for day in sorted(facts.dates)][:_SHOWN]
    found += [f"{minute // 60:02}:{minute % 60:02}" for minute in sorted(facts.hours)][:_SHOWN]
    said = f"{wanted} is not there; the page says {', '.join(found)}"
    return Part(part="hour", language=language, verdict=Verdict.WRONG, said=said)


def _is_in(line: str, script: str) -> bool:
    """Return whether a line counts for the language of a script: one without letters counts for each."""
    return script_of(line) in {script, ""} or script in scripts_in(line)


def _moment(at: datetime, language: str) -> str:
    zone = at.tzinfo
    assert zone is not None
    day, hour = date_text(at, language, "numeric", zone=zone), time_text(at, language, zone=zone)
    return f"{day}, {hour}"


def _of_document(
    pages: Sequence[PageText],
    item: NewsItem,
    *,
    earlier: Sequence[NewsItem],
    linked: Mapping[str, str],
    unread: Sequence[str],
) -> Iterator[Part]:
    """Yield what was found of the hash and of the linked documents: one of them is enough, none may be wrong."""
    printed = {found for page in pages for found in _HASH.findall(page.folded)}
    hash_found, document = _hash(printed, item, earlier), _linked(linked, item, earlier)
    if unread:
        document = Part(part="document", language=None, verdict=Verdict.WRONG, said=unread[0])
    if document is not None:
        yield document
    if document is None or document.verdict is not Verdict.RIGHT or hash_found.verdict is not Verdict.MISSING:
        yield hash_found


def _hash(printed: set[str], item: NewsItem, earlier: Sequence[NewsItem]) -> Part:
    if item.document.sha256 in printed:
        return Part(part="hash", language=None, verdict=Verdict.RIGHT, said=item.document.sha256)
    for other in earlier:
        if other.document.sha256 in printed:
            said = f"the SHA-256 is that of the PDF of revision {other.revision}"
            return Part(part="hash", language=None, verdict=Verdict.STALE, said=said)
    if printed:
        said = f"the page says SHA-256 {min(printed)}; that of the PDF is {item.document.sha256}"
        return Part(part="hash", language=None, verdict=Verdict.WRONG, said=said)
    said = f"the SHA-256 of the PDF is not there: {item.document.sha256}"
    return Part(part="hash", language=None, verdict=Verdict.MISSING, said=said)


def _linked(linked: Mapping[str, str], item: NewsItem, earlier: Sequence[NewsItem]) -> Part | None:
    if not linked:
        return None
    revisions = {other.document.sha256: other.revision for other in earlier}
    verdicts = [_of_one(place, found, item, revisions) for place, found in linked.items()]
    return next((part for part in verdicts if part.verdict is not Verdict.RIGHT), verdicts[0])


def _of_one(place: str, found: str, item: NewsItem, revisions: Mapping[str, int]) -> Part:
    if found == item.document.sha256:
        return Part(part="document", language=None, verdict=Verdict.RIGHT, said=f"{place} is the PDF as released")
    if found in revisions:
        said = f"{place} is the PDF of revision {revisions[found]}; revision {item.revision} is in force"
        return Part(part="document", language=None, verdict=Verdict.STALE, said=said)
    said = f"{place} is another PDF than the one released, or was saved anew (SHA-256 {found})"
    return Part(part="document", language=None, verdict=Verdict.WRONG, said=said)
