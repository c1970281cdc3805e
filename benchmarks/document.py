"""Tables put into a document, each between its own marks."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def put_in(path: Path, part: str, text: str) -> None:
    """Replace what stands between the marks of a part. A document without them ends the run."""
    begin, end = f"<!-- {part}: begin -->", f"<!-- {part}: end -->"
    content = path.read_text("utf-8")
    before, found, rest = content.partition(begin)
    _, closed, after = rest.partition(end)
    if not found or not closed:
        raise SystemExit(f"{path} has no {begin} with {end} after it")
    path.write_text(f"{before}{begin}\n\n{text}\n\n{end}{after}", "utf-8")
