"""Where things stand on a page, and which of them a picture covers."""

from __future__ import annotations

from typing import Any

import pytest

from dispatcher.advisories.places import SLACK, Box, Place, covered, places_of

TEXT = Box(1, 70, 400, 525, 420)


def _edge(what: str | None, height: float, page: int = 1) -> dict[str, Any]:
    return {"what": what, "page": page, "height": height, "sides": [70, 525], "ends": [770, 70]}


@pytest.mark.parametrize(
    ("picture", "meets"),
    [
        (TEXT, True),
        (Box(1, 100, 405, 120, 410), True),  # within
        (Box(1, 0, 0, 595, 842), True),  # around
        (Box(2, 70, 400, 525, 420), False),  # on another page
        (Box(1, 0, 400, 70, 420), False),  # beside
        (Box(1, 70, 420, 525, 480), False),  # above
        (Box(1, 70, 420 - SLACK, 525, 480), False),  # in the white of the line
        (Box(1, 70, 419.9 - SLACK, 525, 480), True),
        (Box(1, 70, 300, 525, 400.1 + SLACK), True),
    ],
)
def test_a_picture_meets_what_it_lies_on(picture: Box, meets: bool) -> None:  # noqa: FBT001 - a row of a table
    """They share some width and more height than the white of a line; which of them is asked does not matter."""
    assert meets is TEXT.meets(picture) is picture.meets(TEXT)


def test_a_thing_stands_from_its_beginning_to_its_end() -> None:
    """What lies between two things belongs to none of them."""
    places = places_of([_edge("number", 700), _edge(None, 680), _edge("text", 600), _edge(None, 550)])

    assert (Place("number", Box(1, 70, 680, 525, 700)), Place("text", Box(1, 70, 550, 525, 600))) == places
    assert () == covered([Box(1, 70, 600, 525, 680)], places)
    assert (places[1],) == covered([Box(1, 70, 590, 525, 680)], places)


def test_what_runs_over_pages_stands_on_each() -> None:
    """To the foot of the first page, on all of those between, and from the head of the last."""
    places = places_of([_edge("text", 200), _edge(None, 650, page=3)])

    assert [
        Place("text", Box(1, 70, 70, 525, 200)),
        Place("text", Box(2, 70, 70, 525, 770)),
        Place("text", Box(3, 70, 650, 525, 770)),
    ] == list(places)


def test_a_layout_that_tells_nothing_has_no_places() -> None:
    """Then nothing is said of what is covered."""
    assert () == places_of([])
    assert () == covered([Box(1, 0, 0, 595, 842)], ())
