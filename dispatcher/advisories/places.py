"""What stands where on the pages of a document, and what of it the picture of a signature covers. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

DECISIVE: Final = frozenset({"number", "relation", "subject", "hour"})
"""What of a document nobody may cover: number and date, what it corrects, the subject, each text with an hour."""

SLACK = 3.0
"""Points by which a picture may reach into a line: that much above and below its letters is white."""


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle on a page, from 1; points from the lower left corner (ISO 32000-1, section 8.3.2.3)."""

    page: int
    left: float
    bottom: float
    right: float
    top: float

    def meets(self, other: Box) -> bool:
        """Tell whether they have more than SLACK of height, and any width, in common."""
        width = min(self.right, other.right) - max(self.left, other.left)
        height = min(self.top, other.top) - max(self.bottom, other.bottom)
        return self.page == other.page and width > 0 and height > SLACK


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands: `what` is its name in the layout."""

    what: str
    box: Box


def places_of(edges: Sequence[Mapping[str, Any]]) -> tuple[Place, ...]:
    """Return what stands where by the edges that the layout tells: where each thing begins, and where it ends.

    What runs over pages stands on each of them. Raises KeyError, TypeError or ValueError for other edges.
    """
    found = [one for begin, end in pairwise(edges) if begin["what"] for one in _between(begin, end)]
    return tuple(found)


def _between(begin: Mapping[str, Any], end: Mapping[str, Any]) -> Iterator[Place]:
    """Yield the part on each page, from one edge to the next."""
    left, right = begin["sides"]
    head, foot = begin["ends"]
    first, last = int(begin["page"]), int(end["page"])
    for page in range(first, last + 1):
        top = begin["height"] if page == first else head
        bottom = end["height"] if page == last else foot
        yield Place(str(begin["what"]), Box(page, float(left), float(bottom), float(right), float(top)))


def covered(pictures: Iterable[Box], places: Sequence[Place]) -> tuple[Place, ...]:
    """Return the places that pictures cover, wholly or in part."""
    drawn = tuple(pictures)
    return tuple(place for place in places if any(place.box.meets(one) for one in drawn))
