"""What differs between two states of an advisory: texts in every language, templates, files. Pure."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import datetime
from difflib import SequenceMatcher
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias
from zoneinfo import ZoneInfo

from dispatcher.moments import moment, second

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from dispatcher.model import Localized
    from dispatcher.outbox.inputs import Inputs

_NOTHING: Localized = {}
_WORDS = {
    "paras": "paragraph", "steps": "step", "addressees": "addressee", "copies": "copy", "places": "place",
    "answers": "answer", "enclosures": "enclosure", "issued": "date", "text": "",
}  # fmt: skip
"""Keys of an advisory as people call them; a paragraph's text needs no name of its own."""
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d+)?[+-]\d\d:\d\d")
"""A moment as Inputs hold it; no text of an advisory is one."""
NAMED = 20
"""So many addresses of each kind of change are named."""

_Flat: TypeAlias = "dict[str, Localized]"


class Change(NamedTuple):
    """One thing that differs: a text in its languages (a value that has none under ""), or only its name."""

    what: str
    how: str
    """changed, added or removed"""
    before: Localized = _NOTHING
    after: Localized = _NOTHING


@dataclass(frozen=True, slots=True)
class Named:
    """Addresses of which some are named."""

    count: int = 0
    first: tuple[str, ...] = ()


_NOBODY = Named()


@dataclass(frozen=True, slots=True, kw_only=True)
class ListChanges:
    """What differs between two lists of recipients."""

    added: Named = _NOBODY
    removed: Named = _NOBODY
    changed: Named = _NOBODY
    """The same address with another post, place, audience or part."""

    def __bool__(self) -> bool:
        return any(one.count for one in (self.added, self.removed, self.changed))


def text_changes(before: Inputs, after: Inputs) -> list[Change]:
    """Return what differs but for recipients: texts in the advisory's order, then office, templates, files."""
    languages = tuple(after.office["languages"])
    changes = [
        *_mapping_changes("", _shown(before.advisory, before), _shown(after.advisory, after), languages),
        *_mapping_changes("", before.office, after.office, languages),
    ]
    return [*changes, *sum_changes(before.sums, after.sums)]


def sum_changes(before: Mapping[str, str], after: Mapping[str, str]) -> list[Change]:
    """Return which files or templates differ by their sums."""
    names = sorted({*before, *after})
    return [
        Change(name, _how(name in before, name in after)) for name in names if before.get(name) != after.get(name)
    ]


def change_lines(change: Change) -> list[str]:
    """Return a change for people: what it is, then each text that differs, before and after, by language."""
    lines = [f"{change.what}: {change.how}"]
    for tag in dict.fromkeys([*change.before, *change.after]):
        before, after = change.before.get(tag), change.after.get(tag)
        if before == after:
            continue
        name = f"{tag:<3}" if tag else "   "
        lines += [f"  {name} - {before}"] if before is not None else []
        lines += [f"  {name if before is None else '   '} + {after}"] if after is not None else []
    return lines


def list_lines(lists: ListChanges) -> list[str]:
    """Return what differs between two lists for people, the first addresses of each kind named."""
    kinds = (("added", lists.added), ("removed", lists.removed), ("post changed", lists.changed))
    return [f"{one.count} {kind}: {_named(one)}" for kind, one in kinds if one.count]


def brief(changes: Sequence[Change], lists: ListChanges) -> str:
    """Return in one line what differs."""
    kinds = (("added", lists.added), ("removed", lists.removed), ("with another post", lists.changed))
    recipients = [
        f"{one.count} recipient{'' if one.count == 1 else 's'} {kind}" for kind, one in kinds if one.count
    ]
    return ", ".join([*dict.fromkeys(change.what for change in changes), *recipients])


def _shown(value: Any, inputs: Inputs) -> Any:
    """Return a value with each moment in it as the office writes it, in the zone that the office had then."""
    if isinstance(value, dict):
        return {key: _shown(each, inputs) for key, each in value.items()}
    if isinstance(value, list):
        return [_shown(each, inputs) for each in value]
    if isinstance(value, str) and _MOMENT.fullmatch(value):
        at, zone = datetime.fromisoformat(value), ZoneInfo(inputs.office["time_zone"])
        return second(at, zone) if at.second else moment(at, zone)
    return value


def _mapping_changes(
    where: str, before: Mapping[str, Any], after: Mapping[str, Any], languages: tuple[str, ...]
) -> Iterator[Change]:
    for key in dict.fromkeys([*after, *before]):
        label = _below(where, key)
        one, other = before.get(key), after.get(key)
        if one == other:
            continue
        if isinstance(one, list) and isinstance(other, list):
            yield from _list_changes(label, one, other, languages)
        else:
            yield from _element_changes(label, one, other, languages)


def _list_changes(label: str, before: list[Any], after: list[Any], languages: tuple[str, ...]) -> Iterator[Change]:
    """Yield the changes of a list of which elements may have been put in or taken out."""
    was, is_now = ([json.dumps(one, sort_keys=True) for one in each] for each in (before, after))
    for tag, first, last, start, end in SequenceMatcher(None, was, is_now, autojunk=False).get_opcodes():
        if tag == "equal":
            continue
        both = min(last - first, end - start)
        for n in range(both):
            name = f"{label} {start + n + 1}"
            yield from _element_changes(name, before[first + n], after[start + n], languages)
        for n in range(first + both, last):
            yield from _flat_changes(_flat(f"{label} {n + 1}", before[n], languages), {})
        for n in range(start + both, end):
            yield from _flat_changes({}, _flat(f"{label} {n + 1}", after[n], languages))


def _element_changes(label: str, before: Any, after: Any, languages: tuple[str, ...]) -> Iterator[Change]:
    if _is_mapping(before, languages) and _is_mapping(after, languages):
        yield from _mapping_changes(label, before, after, languages)
    else:
        yield from _flat_changes(_flat(label, before, languages), _flat(label, after, languages))


def _flat_changes(before: _Flat, after: _Flat) -> Iterator[Change]:
    for label in dict.fromkeys([*before, *after]):
        one, other = before.get(label, _NOTHING), after.get(label, _NOTHING)
        if one != other:
            yield Change(label, _how(label in before, label in after), one, other)


def _flat(label: str, value: Any, languages: tuple[str, ...]) -> _Flat:
    """Return every text below a value by its place; nothing for what is empty."""
    if value is None or value in ({}, [], ""):
        return {}
    if isinstance(value, dict) and not _is_mapping(value, languages):
        return {label: value}
    if isinstance(value, dict):
        below = [_flat(_below(label, key), each, languages) for key, each in value.items()]
    elif isinstance(value, list):
        below = [_flat(f"{label} {n}", each, languages) for n, each in enumerate(value, start=1)]
    else:
        return {label: {"": str(value)}}
    return {name: text for each in below for name, text in each.items()}


def _below(where: str, key: str) -> str:
    return ", ".join(filter(None, (where, _WORDS.get(key, key))))


def _is_mapping(value: Any, languages: tuple[str, ...]) -> bool:
    """Tell whether a value has keys of its own, and is not one text in several languages."""
    return isinstance(value, dict) and not set(value) <= set(languages)


def _how(was: object, is_now: object) -> str:
    return "changed" if was and is_now else ("added" if is_now else "removed")


def _named(one: Named) -> str:
    more = one.count - len(one.first)
    return ", ".join(one.first) + (f" and {more} more" if more else "")
