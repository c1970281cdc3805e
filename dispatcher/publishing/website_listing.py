"""What stands on the site: of each number its newest revision, with what later advisories did to it. Pure."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from dispatcher.publishing.website_pages import Listed, Notice

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from dispatcher.publishing.news_item import NewsItem

_WITHDRAWAL = "withdrawal"


def listed(released: Iterable[NewsItem]) -> tuple[Listed, ...]:
    """Return the items of the site, newest first, made of one item for each release.

    An item keeps the id and the moment of publication of its first release; it is updated by its newest revision,
    or by the advisory that superseded or withdrew it.
    """
    numbers: dict[str, list[NewsItem]] = {}
    for item in sorted(released, key=lambda one: (one.revision, one.publish_at)):
        numbers.setdefault(item.number, []).append(item)
    current = {number: _revisions(items)[-1] for number, items in numbers.items()}
    made = [_listed(items, current) for items in numbers.values()]
    return tuple(sorted(made, key=lambda one: (one.item.issued, one.item.publish_at, one.item.slug), reverse=True))


def _listed(released: Sequence[NewsItem], current: Mapping[str, NewsItem]) -> Listed:
    *earlier, newest = _revisions(released)
    first = min(released, key=lambda one: one.publish_at)
    later = [one for one in current.values() if _concerns(one, newest)]
    return Listed(
        item=replace(newest, authority=first.authority, publish_at=first.publish_at, published=first.published),
        updated=max(one.publish_at for one in (newest, *later)),
        notices=tuple(_notice(one, newest) for one in sorted(later, key=lambda one: (one.publish_at, one.slug))),
        earlier=tuple(reversed(earlier)),
    )


def _revisions(released: Sequence[NewsItem]) -> list[NewsItem]:
    """Return the first release of each revision; a later one of the same holds only further recipients."""
    first: dict[int, NewsItem] = {}
    for item in released:
        first.setdefault(item.revision, item)
    return [first[revision] for revision in sorted(first)]


def _concerns(later: NewsItem, item: NewsItem) -> bool:
    """Return whether one is about the other; of itself an advisory says only that it is withdrawn."""
    relation = later.relation
    if not relation or relation["target"] != item.number:
        return False
    return later.number != item.number or relation["type"] == _WITHDRAWAL


def _notice(later: NewsItem, item: NewsItem) -> Notice:
    assert later.relation is not None
    href = f"{later.slug}.html" if later.number != item.number else None
    return Notice(kind=later.relation["type"], number=later.number, issued=later.issued, href=href)
