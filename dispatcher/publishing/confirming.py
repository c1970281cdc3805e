"""Is an advisory published as it was released? A page compared part by part with what was released. Pure."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from dispatcher.advisories.wording import date_text, time_text
from dispatcher.publishing.document_findings import of_document
from dispatcher.publishing.item_places import facts_in, places_of, says_the_same
from dispatcher.publishing.page_findings import PAGE, Part, Verdict
from dispatcher.publishing.page_parts import labelled_in
from dispatcher.publishing.page_text import folded, script_of, scripts_in

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import date, datetime

    from dispatcher.advisories.facts import Facts
    from dispatcher.publishing.item_places import Place
    from dispatcher.publishing.news_item import NewsItem
    from dispatcher.publishing.page_findings import LostPage, Seen
    from dispatcher.publishing.page_text import PageText
    from dispatcher.publishing.released_words import Marking, Released, ReleasedWords

_THE_PAGE_IS_GONE = "the page is not there any more"
PART_OF_LABEL = {
    "number": "number",
    "effective": "hour",
    "issued": "issued",
    "hash": "hash",
    "signed_by": "signature",
    "issuer": "issuer",
}
"""What a labelled line of the item is part of."""
_NO_WORD = re.compile(r"[\d@/]|\.\w")
_ENOUGH = 40
"""So many letters of a script make a page one of a language that is written in it."""
_SHOWN = 3
_LONGEST_SAID = 120


def compared(
    seen: Seen,
    wanted: Released,
    *,
    earlier: Sequence[Released],
    languages: Sequence[str],
    ended: Sequence[Released] = (),
) -> tuple[Part, ...]:
    """Return what was found of each part of an item on the pages, taken together.

    `earlier` are its revisions before this one, `ended` the items that it puts out of force. Of an item that is
    out of force itself only that is asked whether it says so, or is not there any more.
    """
    found = [part for language in languages for part in _in_language(seen, wanted, earlier, language)]
    found += [part for language in languages for part in _beside(seen.pages, ended, language)]
    if seen.pages and wanted.is_in_force:
        of_documents = list(of_document(seen, wanted.item, [one.item for one in earlier]))
        if any(part.part == "hash" and part.verdict is not Verdict.RIGHT for part in of_documents):
            found = [part for part in found if part.part != "hash"]  # of which that tells more
        found += of_documents
    explained = any(part.part == PAGE or part.said == _THE_PAGE_IS_GONE for part in found)
    if seen.lost and not explained:  # though every language stands on another page
        found.append(Part(part=PAGE, language=None, verdict=Verdict.MISSING, said=seen.lost[0].said))
    return tuple(found)


def lost_languages(parts: Sequence[Part], languages: Sequence[str]) -> tuple[str, ...]:
    """Return those of `languages` whose page could not be read."""
    lost = [part.language for part in parts if part.part == PAGE]
    return tuple(language for language in languages if language in lost or None in lost)


def _in_language(seen: Seen, wanted: Released, earlier: Sequence[Released], language: str) -> Iterator[Part]:
    words = wanted.words[language]
    own = _own(seen.pages, words.script)
    if not own and seen.lost:
        yield _of_a_lost_page(seen.lost, wanted, language)
    elif not own:
        for part in ("text", "number", "hour") if wanted.is_in_force else ("marking",):
            yield Part(part=part, language=language, verdict=Verdict.MISSING, said=_nothing_in(words.script))
    elif wanted.is_in_force:
        yield from _of_language(own, wanted, earlier, language)
    else:
        yield _ended(own, wanted, [one for one in earlier if language in one.words], language)


def _beside(pages: Sequence[PageText], ended: Sequence[Released], language: str) -> Iterator[Part]:
    """Yield a part for each item out of force that stands on one of the pages without saying so."""
    for one in ended:
        if language in one.words and (own := _own(pages, one.words[language].script)):
            part = _ended(own, one, [], language)
            if part.verdict is not Verdict.RIGHT:
                yield replace(part, said=f"the item of {one.item.number} is there too: {part.said}")


def _of_a_lost_page(lost: Sequence[LostPage], wanted: Released, language: str) -> Part:
    """Return what a page that is not there says: that the item is taken down, where that was asked for."""
    if not wanted.is_in_force and all(one.gone for one in lost):
        return Part(part="marking", language=language, verdict=Verdict.RIGHT, said=_THE_PAGE_IS_GONE)
    return Part(part=PAGE, language=language, verdict=Verdict.MISSING, said=lost[0].said)


def is_confirmed(parts: Sequence[Part], language: str | None = None) -> bool:
    """Return whether all is right: of the document, and of a language, or of every one."""
    concerned = [part for part in parts if language is None or part.language in {None, language}]
    return all(part.verdict is Verdict.RIGHT for part in concerned)


def _ended(own: Sequence[PageText], wanted: Released, earlier: Sequence[Released], language: str) -> Part:
    """Return whether an item that is out of force says so in a language, or is not there any more."""
    words = wanted.words[language]
    whole = " ".join(page.folded for page in own)
    lacking = [one for one in words.markings if one.ends_it and folded(one.said) not in whole]
    if not lacking:
        said = f"says so: {_named(next(one for one in words.markings if one.ends_it))}"
        return Part(part="marking", language=language, verdict=Verdict.RIGHT, said=said)
    if not any(_stands_on(own, one, language) for one in (wanted, *earlier)):
        return Part(
            part="marking", language=language, verdict=Verdict.RIGHT, said="the item is not there any more"
        )
    return _unmarked(lacking[0], language)


def _stands_on(pages: Sequence[PageText], one: Released, language: str) -> bool:
    """Return whether there is a sign of an item: title, summary, hash, or its number beside the label of one."""
    words, whole = one.words[language], " ".join(page.folded for page in pages)
    signs = (words.texts["title"], words.texts["summary"], one.item.document.sha256)
    labelled = (
        value
        for page in pages
        for key, value in labelled_in(page, (0, len(page.lines)), words.labels)
        if key == "number"
    )
    return any(folded(sign) in whole for sign in signs) or any(
        says_the_same(value, words.values.get("number", one.item.number), key="number", language=language)
        for value in labelled
    )


def _unmarked(marking: Marking, language: str) -> Part:
    said = f'{_named(marking)}; the item does not say so: "{marking.said}"'
    return Part(part="marking", language=language, verdict=Verdict.MISSING, said=said)


def _named(marking: Marking) -> str:
    return f"{marking.notice.kind} by {marking.notice.number}"


def _own(pages: Sequence[PageText], script: str) -> list[PageText]:
    """Return the pages that hold a text in a script: hashes, file names and addresses on a page are no text."""

    def letters(page: PageText) -> int:
        words = (word for line in page.lines if script_of(line) == script for word in line.split())
        return Counter(scripts_in("".join(word for word in words if not _NO_WORD.search(word))))[script]

    return [page for page in pages if letters(page) >= _ENOUGH]


def _of_language(
    own: Sequence[PageText], wanted: Released, earlier: Sequence[Released], language: str
) -> Iterator[Part]:
    words = wanted.words[language]
    places = places_of(own, words, marks=(wanted.item.document.sha256, wanted.item.number))
    before = [(one.item, one.words[language]) for one in earlier if language in one.words]
    other = {part.part: part for part in _labelled(places, words, before)}
    yield _text(own, wanted.item, words, before)
    yield other.get("number") or _number(own, wanted.item, language)
    yield other.get("hour") or _hour(places, wanted.item, words, before)
    yield from (part for name, part in other.items() if name not in {"number", "hour"})
    yield from _marked(own, words)


def _nothing_in(script: str) -> str:
    return f"no page holds a text in {script.title()} letters"


def _text(
    pages: Sequence[PageText],
    item: NewsItem,
    words: ReleasedWords,
    before: Sequence[tuple[NewsItem, ReleasedWords]],
) -> Part:
    whole, language = " ".join(page.folded for page in pages), words.language
    absent = [name for name, text in words.texts.items() if folded(text) not in whole]
    for other, old in before:
        title = folded(old.texts["title"])
        if title in whole and title not in folded(words.texts["title"]):
            said = f"this is revision {other.revision}; revision {item.revision} is in force"
            if not absent:
                said = f"as released, but the item of revision {other.revision} stands beside it"
            return Part(part="text", language=language, verdict=Verdict.STALE, said=said)
    if not absent:
        return Part(part="text", language=language, verdict=Verdict.RIGHT, said="as released")
    if len(absent) == len(words.texts):
        said = "title, summary and body of the item are not there"
        return Part(part="text", language=language, verdict=Verdict.MISSING, said=said)
    said = f"not there, or not as released: {', '.join(absent)}"
    return Part(part="text", language=language, verdict=Verdict.WRONG, said=said)


def _number(pages: Sequence[PageText], item: NewsItem, language: str) -> Part:
    lacking = [page for page in pages if folded(item.number) not in re.sub(r"\s*/\s*", "/", page.folded)]
    if not lacking:
        return Part(part="number", language=language, verdict=Verdict.RIGHT, said=item.number)
    return Part(part="number", language=language, verdict=Verdict.MISSING, said=f"{item.number} is not there")


def _labelled(
    places: Sequence[Place], words: ReleasedWords, before: Sequence[tuple[NewsItem, ReleasedWords]]
) -> Iterator[Part]:
    """Yield a part for each label, of its first line that says something else than what was released."""
    told = set[str]()
    for key, found in (line for place in places for line in labelled_in(place.page, place.around, words.labels)):
        value = words.values.get(key)
        if value is None or key in told or says_the_same(found, value, key=key, language=words.language):
            continue
        told.add(key)
        said = f'"{words.labels[key]}" says {found[:_LONGEST_SAID] or "nothing"}; as released it is {value}'
        verdict = Verdict.WRONG
        for item, old in before:
            if says_the_same(found, old.values.get(key, ""), key=key, language=words.language):
                verdict, said = Verdict.STALE, f"{said}; it is what revision {item.revision} said"
        yield Part(part=PART_OF_LABEL[key], language=words.language, verdict=verdict, said=said)


def _hour(
    places: Sequence[Place],
    item: NewsItem,
    words: ReleasedWords,
    before: Sequence[tuple[NewsItem, ReleasedWords]],
) -> Part:
    language, wanted = words.language, _moment(item.effective_at, words.language)
    facts = facts_in([line for place in places for line in place.lines_around], words)
    if _holds(facts, item.effective_at):
        return _alone(places, words, wanted)
    for other, _ in before:
        if _holds(facts, other.effective_at):
            said = f"{_moment(other.effective_at, language)}, as revision {other.revision} said; now {wanted}"
            return Part(part="hour", language=language, verdict=Verdict.STALE, said=said)
    if not facts.dates and not facts.hours:
        return Part(part="hour", language=language, verdict=Verdict.MISSING, said=f"{wanted} is not there")
    said = f"{wanted} is not there; the page says {_listed(facts.dates, facts.hours)}"
    return Part(part="hour", language=language, verdict=Verdict.WRONG, said=said)


def _alone(places: Sequence[Place], words: ReleasedWords, wanted: str) -> Part:
    """Return that the hour is right, unless the item says another date or hour beside it."""
    own = facts_in([line for place in places for line in place.lines], words)
    dates, hours = own.dates - words.dates, own.hours - words.hours
    if not dates and not hours:
        return Part(part="hour", language=words.language, verdict=Verdict.RIGHT, said=wanted)
    said = f"{wanted} is there, but the item also says {_listed(dates, hours)}"
    return Part(part="hour", language=words.language, verdict=Verdict.WRONG, said=said)


def _marked(pages: Sequence[PageText], words: ReleasedWords) -> Iterator[Part]:
    """Yield what the item says of each later advisory that corrects it or adds to it."""
    whole = " ".join(page.folded for page in pages)
    for one in words.markings:
        if folded(one.said) in whole:
            said = f"says so: {_named(one)}"
            yield Part(part="marking", language=words.language, verdict=Verdict.RIGHT, said=said)
        else:
            yield _unmarked(one, words.language)


def _holds(facts: Facts, moment: datetime) -> bool:
    return moment.date() in facts.dates and moment.hour * 60 + moment.minute in facts.hours


def _listed(dates: Iterable[date], hours: Iterable[int]) -> str:
    found = [f"{day:%d.%m.%Y}" for day in sorted(dates)][:_SHOWN]
    return ", ".join(found + [f"{minute // 60:02}:{minute % 60:02}" for minute in sorted(hours)][:_SHOWN])


def _moment(at: datetime, language: str) -> str:
    zone = at.tzinfo
    assert zone is not None
    day, hour = date_text(at, language, "numeric", zone=zone), time_text(at, language, zone=zone)
    return f"{day}, {hour}"
