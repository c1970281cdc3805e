"""The lines of a body as people write them, made lists and paragraphs."""

from __future__ import annotations

import pytest

from dispatcher.publishing.website_pages import Block, blocks_of


def steps(*lines: str, start: int = 1) -> Block:
    """Return a numbered list."""
    return Block(numbered=True, lines=lines, start=start)


def lines(*texts: str) -> Block:
    """Return paragraphs."""
    return Block(numbered=False, lines=texts)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("1. One\n2) Two\n\n3.  Three\nHelp: 1800", (steps("One", "Two", "Three"), lines("Help: 1800"))),
        ("First\nSecond", (lines("First", "Second"),)),
        ("4. Four\n5. Five", (steps("Four", "Five", start=4),)),
        ("1. One\n1. Another one", (steps("One"), steps("Another one"))),
        ("2025 began\n13.08.2025 ends", (lines("2025 began", "13.08.2025 ends"),)),
        ("", ()),
    ],
)
def test_numbered_lines_are_a_list(body: str, expected: tuple[Block, ...]) -> None:
    """Numbers that follow each other make one list, which begins where they do; all else is paragraphs."""
    assert expected == blocks_of(body)
