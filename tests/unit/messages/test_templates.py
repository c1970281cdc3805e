from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dispatcher.errors import TemplateError
from dispatcher.messages.templates import read_templates

if TYPE_CHECKING:
    from pathlib import Path


def test_templates_are_named_by_their_path(tmp_path: Path) -> None:
    """Every .j2 and .css file below the folder is read, named with slashes, in order; others are not."""
    for name in ("mail/style.css", "notes/eici/hi.j2", "mail/en/labels.j2", "README.md"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name, encoding="utf-8")
    expected = {name: name for name in ("mail/en/labels.j2", "mail/style.css", "notes/eici/hi.j2")}
    found = read_templates(tmp_path)

    assert expected == found
    assert list(expected) == list(found)


def test_a_byte_order_mark_is_dropped(tmp_path: Path) -> None:
    """A template saved by an editor that writes a mark begins with its text."""
    (tmp_path / "a.j2").write_bytes(b"\xef\xbb\xbftext")

    assert {"a.j2": "text"} == read_templates(tmp_path)


def test_a_folder_without_templates_is_an_error(tmp_path: Path) -> None:
    """A missing folder says what to do."""
    with pytest.raises(TemplateError, match="gone/ holds no templates"):
        read_templates(tmp_path / "gone")


def test_every_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    """Files in another encoding or of a wrong size are reported together."""
    (tmp_path / "a.j2").write_bytes(b"\xff\xfe")
    (tmp_path / "b.j2").write_bytes(b"x" * 300_000)

    with pytest.raises(TemplateError, match=r"(?s)/a\.j2 is not UTF-8.*\n.*/b\.j2 is larger than 256 kB"):
        read_templates(tmp_path)
