"""An advisory begun as the supersession of an earlier one: its relation, and the audiences of that one. Pure.

Lines are added to the text as its starter wrote it, comments and all.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_TITLE = "<<target_title>>"
_RELATION = re.compile(r"(?m)^relation:")
_WIDTH = 110


def says_relation(text: str) -> bool:
    """Tell whether a starter text says by itself what it does to an earlier advisory, as a withdrawal does."""
    return _RELATION.search(text) is not None


def with_relation(text: str, skeleton: str, *, title: str) -> str:
    """Return a starter text with the skeleton of a supersession below it; `title` is that of the earlier one.

    Without a title, the line that would hold it is left out.
    """
    shown = " ".join(title.split())
    lines = [line.replace(_TITLE, shown) for line in skeleton.splitlines() if shown or _TITLE not in line]
    return text.rstrip("\n") + "\n" + "\n".join(lines) + "\n"


def with_lines(text: str, lines: Sequence[tuple[str, Mapping[str, Any]]]) -> str:
    """Return the text of an advisory with lines of an earlier one added to `addressees` and `copies`.

    `lines` are as that one froze them, each with the name of its list. What an audience was asked there is an open
    place here. A list that is not written line by line is left as it is.
    """
    for name in ("addressees", "copies"):
        entries = [_entry(line) for of, line in lines if of == name]
        text = _inserted(text, name, entries) if entries else text
    return text


def _entry(line: Mapping[str, Any]) -> dict[str, Any]:
    entry: dict[str, Any] = {"audience": line["audience"], "instruction": dict(line["instruction"])}
    if line.get("places"):
        entry["places"] = list(line["places"])
    if "ask" in line:
        entry["ask"] = {tag: f"<<{asked}>>" for tag, asked in line["ask"].items()}
    return entry


def _inserted(text: str, name: str, entries: Sequence[Mapping[str, Any]]) -> str:
    """Return the text with entries behind the last one of a top-level list."""
    written = text.splitlines()
    key = re.compile(rf"{name}:\s*(\[\s*\])?\s*(#.*)?")
    start = next((row for row, line in enumerate(written) if key.fullmatch(line)), None)
    if start is None:
        return text
    end = _end(written, start)
    first = next((line for line in written[start + 1 : end] if line.lstrip().startswith("-")), "  -")
    indent = first[: len(first) - len(first.lstrip())]
    dumped = yaml.safe_dump(list(entries), allow_unicode=True, sort_keys=False, width=_WIDTH)
    added = [indent + line for line in dumped.splitlines()]
    written[start] = re.sub(r"\[\s*\]\s*", "", written[start], count=1).rstrip()
    return "\n".join([*written[:end], *added, *written[end:]]) + "\n"


def _end(written: Sequence[str], start: int) -> int:
    """Return the row behind the last line of the block that begins at `start`."""
    end = start + 1
    for row in range(start + 1, len(written)):
        line = written[row]
        if line.startswith((" ", "-")):
            end = row + 1
        elif line:
            break
    return end
