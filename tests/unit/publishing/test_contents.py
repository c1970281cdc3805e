"""Tests for how the files of a kit are written."""

from __future__ import annotations

import json

from dispatcher.publishing.contents import json_file, sums, text_file


def test_a_text_is_shown_rightly_by_every_editor_of_windows() -> None:
    """A byte order mark, each line ended by CRLF, nothing added."""
    assert b"\xef\xbb\xbfone\r\n\xe0\xa4\x8f\r\n" == text_file("one\n\u090f\n")


def test_data_is_for_people_too() -> None:
    """Hindi stands as it is, a key on a line of its own, a line end at the end."""
    content = json_file({"subject": "\u090f", "n": 1})

    assert {"subject": "\u090f", "n": 1} == json.loads(content)
    assert '{\n "subject": "\u090f",\n "n": 1\n}\n' == content.decode()


def test_sums_stand_in_the_order_of_names() -> None:
    """A line for each file, whatever the order in which they were made: two blanks between sum and name."""
    lines = sums({"b/c.txt": b"", "a.txt": b"abc"}).decode().splitlines()

    assert [
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad  a.txt",
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855  b/c.txt",
    ] == lines
