"""The next revision of an advisory begun in its text: a corrigendum or an addendum, its places left open. Pure.

The file is kept as its officer wrote it, comments and all: only lines of the keys concerned are exchanged.
"""

from __future__ import annotations

import re

_OWN_KEYS = ("relation", "corrections", "additions")
_REVISION = re.compile(r"(?m)^revision:[ \t]*([0-9]+)(.*)$")
_NUMBER = re.compile(r"(?m)^(number:.*)$")


def revised(text: str, skeleton: str, *, number: str, revision: int, dated: str) -> str:
    """Return the text of an advisory with its `revision` and the skeleton of what it changes, places left open.

    `dated` is the date of the revision itself, as the file holds it. What an earlier one changed is taken out:
    the text holds it by now.
    """
    kept = _without(text, _OWN_KEYS)
    line = f"revision: {revision}"
    if _REVISION.search(kept):
        kept = _REVISION.sub(lambda found: line + found[2], kept, count=1)
    else:
        kept = _NUMBER.sub(lambda found: f"{found[1]}\n{line}", kept, count=1)
    return kept.rstrip("\n") + "\n" + skeleton.replace("<<target>>", number).replace("<<date>>", dated)


def _without(text: str, keys: tuple[str, ...]) -> str:
    """Return the text without the blocks of some top-level keys, nor the comment that stands right above each."""
    kept: list[str] = []
    leaving = False
    for line in text.splitlines():
        if re.match(rf"(?:{'|'.join(keys)}):", line):
            leaving = True
            while kept and kept[-1].startswith("#"):
                kept.pop()
        elif leaving and (not line or line[0] in " -\t"):
            continue
        else:
            leaving = False
            kept.append(line)
    return "\n".join(kept) + "\n"
