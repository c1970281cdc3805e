"""A link binds its rows, their order and all that came before."""

from __future__ import annotations

import hashlib

from hypothesis import given
from hypothesis import strategies as st

from dispatcher.outbox.chain import START, link_hash

cells = st.one_of(st.none(), st.integers(), st.floats(allow_nan=False), st.text(st.characters(codec="utf-8")))
rows = st.lists(st.lists(cells, min_size=1, max_size=4), max_size=5)


def test_link_is_the_hash_of_its_rows() -> None:
    """The hash can be made again with sha256sum: the previous one, then the rows as compact JSON."""
    octets = START + '[["event",null,1.5,"आशा"],["outcome",7]]'.encode()

    assert hashlib.sha256(octets).digest() == link_hash(START, [["event", None, 1.5, "आशा"], ["outcome", 7]])


@given(rows, rows)
def test_different_rows_have_different_links(one: list[list[object]], other: list[list[object]]) -> None:
    """No two lists of rows share a link: cells and rows cannot run into each other."""
    same = repr(one) == repr(other)

    assert same == (link_hash(START, one) == link_hash(START, other))


@given(rows)
def test_link_depends_on_the_one_before(one: list[list[object]]) -> None:
    """The same rows after another history give another link."""
    assert link_hash(START, one) != link_hash(link_hash(START, []), one)
