"""How the files of a kit are written: data, texts that Windows shows rightly, the list of sums. Pure."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

SUMS = "SHA256SUMS"
"""The name of the list of sums, in every kit and on the site."""


def json_file(data: Any) -> bytes:
    """Return data as a JSON file that people can read too: UTF-8, indented."""
    return (json.dumps(data, ensure_ascii=False, indent=1) + "\n").encode()


def text_file(text: str) -> bytes:
    """Return a text as every editor of Windows shows it: marked as UTF-8, lines that end in CRLF."""
    return text.replace("\n", "\r\n").encode("utf-8-sig")


def sums(files: Mapping[str, bytes]) -> bytes:
    """Return the SHA-256 of each file (name -> content), as `sha256sum --check` reads it."""
    lines = (f"{hashlib.sha256(content).hexdigest()}  {name}\n" for name, content in sorted(files.items()))
    return "".join(lines).encode()
