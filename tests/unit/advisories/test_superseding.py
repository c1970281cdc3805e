"""An advisory is begun as a supersession: its relation, and lines for the audiences of the earlier one."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from dispatcher.advisories.superseding import says_relation, with_lines, with_relation

SKELETON = """
# what it replaces
# <<target_title>>
relation: {type: supersession, target: "<<target>>"}
"""
TEXT = """number: 11/SYS/WZU/2025
addressees:
  # the first
  - audience: eici
    ask: {hi: क, en: a}

# for information
copies: []                  # nobody
helpdesk: x
"""
LINE: dict[str, Any] = {
    "audience": "custodians",
    "instruction": {"hi": "अभिरक्षक", "en": "Custodians: all"},
    "ask": {"hi": "बताएँ", "en": "Tell"},
    "late_ask": None,
    "places": ["Mumbai"],
}


def test_the_title_stands_on_one_line() -> None:
    """A title of several lines would be read as keys; none leaves its line out."""
    named = with_relation("number: 1\n\n", SKELETON, title="a\nrelation: b")
    bare = with_relation("number: 1\n", SKELETON, title="")

    assert "\n# a relation: b\n" in named
    assert "target_title" not in bare
    assert [{"number", "relation"}] * 2 == [set(yaml.safe_load(text)) for text in (named, bare)]


def test_a_starter_text_may_say_its_relation_itself() -> None:
    """Only a key counts, not the word in a text."""
    assert says_relation("number: 1\nrelation: {type: withdrawal}\n")
    assert not says_relation("text:\n  relation: 1\n# relation: 2\n")


def test_a_line_stands_behind_the_last_one_of_its_list() -> None:
    """Its request is an open place; what stood in the text stays, comments and all."""
    copy = {"audience": "copy", "instruction": {"hi": "प्रति", "en": "copy"}}
    text = with_lines(TEXT, [("addressees", LINE), ("copies", copy)])
    read = yaml.safe_load(text)

    ask = {"hi": "<<बताएँ>>", "en": "<<Tell>>"}
    kept = {name: LINE[name] for name in ("audience", "instruction", "places")}
    assert [{"audience": "eici", "ask": {"hi": "क", "en": "a"}}, {**kept, "ask": ask}] == read["addressees"]
    assert [copy] == read["copies"]
    written = [line.strip() for line in text.splitlines()]
    assert {"# the first", "# for information", "copies: # nobody"} <= set(written)


@pytest.mark.parametrize("indent", ["", "    "])
def test_items_may_be_indented_as_one_likes(indent: str) -> None:
    """All items of a list stand in one column, or the file could not be read."""
    text = f"addressees:\n{indent}- audience: eici\n{indent}  x: 1\nnext: 1\n"
    read = yaml.safe_load(with_lines(text, [("addressees", LINE)]))

    assert ["eici", "custodians"] == [line["audience"] for line in read["addressees"]]
    assert 1 == read["next"]


def test_a_list_in_another_form_is_left_as_it_is() -> None:
    """Nothing is guessed: `check` tells who is missing."""
    text = "addressees: [{audience: eici}]\n"

    assert text == with_lines(text, [("addressees", LINE)])
