"""The record attached to an official document (advisory.json), read from the PDF."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING, Any

from dispatcher.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Mapping

NAME = "advisory.json"
_MAX_BYTES = 2_000_000


def attached_record(pdf: bytes, *, file_name: str) -> Mapping[str, Any]:
    """Return the record in a PDF that this program made. Raises Refused where there is none."""
    from pyhanko.pdf_utils.misc import PdfError  # noqa: PLC0415 - only who takes a kit, or builds or confirms a website, needs it
    from pyhanko.pdf_utils.reader import PdfFileReader  # noqa: PLC0415

    try:
        names = PdfFileReader(io.BytesIO(pdf)).root["/Names"]["/EmbeddedFiles"]["/Names"]
        files = {str(names[at]): names[at + 1] for at in range(0, len(names), 2)}
        content = files[NAME]["/EF"]["/F"].data
        record = json.loads(content[:_MAX_BYTES])
    except (PdfError, LookupError, TypeError, ValueError, AttributeError, OSError):
        record = None
    if not isinstance(record, dict):
        raise Refused(f"{file_name} has no record of the advisory in it, as the documents of this program have")
    return record
