"""The sample advisory as it is issued, and its onward kit, for the tests of room 6."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any

from dispatcher.model import Enclosure, OfficialDocument
from dispatcher.publishing.archives import read_zip
from dispatcher.publishing.contents import sums
from dispatcher.publishing.onward_hours import OnwardPlan
from dispatcher.publishing.onward_kit import KitMaterial, onward_kit
from dispatcher.recipients.blank_sheets import blank_sheet
from tests import items
from tests.drafts import audiences

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dispatcher.publishing.issue import Issue, Kit

KEY = "a key that only the two offices hold"
DOCUMENT = OfficialDocument(file_name="Advisory-10-SYS-WZU-2025.pdf", content=b"%PDF-1.7\nnot much of one\n")
MANUAL = Enclosure(file_name="manual.pdf", media_type="application/pdf", content=b"%PDF-1.7\nhow to reset\n")


def issue(**changes: Any) -> Issue:
    """Return the issue of the sample advisory, with a small document that is not signed."""
    return items.issue(**{"document": DOCUMENT, **changes})


def material(**changes: Any) -> KitMaterial:
    """Return what the kit of the sample workspace is made with."""
    (couriers,) = [one for one in audiences() if one.by == "onward"]
    usual = KitMaterial(mediator="eici", audience=couriers, sheet=blank_sheet(), plan=OnwardPlan())
    return replace(usual, **changes)


@cache
def kit(*, key: str | None = None) -> Kit:
    """Return the onward kit of the sample advisory."""
    return onward_kit(issue(), material(key=key))


def packed(*, key: str | None = None) -> bytes:
    """Return it as it is attached."""
    return kit(key=key).attached[0].content


def remade(
    content: bytes,
    changes: Mapping[str, bytes | str | None],
    *,
    keep_sums: bool = False,
    document: bytes | None = None,
) -> bytes:
    """Return a kit in which some files are others; None takes one out.

    Unless `keep_sums`, the sums are made anew, as somebody would who wants it to pass; also of another `document`.
    """
    found = read_zip(content)
    for name, octets in changes.items():
        found.pop(name, None)
        if octets is not None:
            found[name] = octets.encode() if isinstance(octets, str) else octets
    if not keep_sums:
        found = with_sums(found, document=document)
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name, octets in found.items():
            archive.writestr(name, octets)
    return made.getvalue()


def with_sums(files: dict[str, bytes], *, document: bytes | None = None) -> dict[str, bytes]:
    """Return the files of a kit with meta.json and SHA256SUMS that fit them."""
    meta = json.loads(files["meta.json"])
    own = {name: content for name, content in files.items() if name not in {"meta.json", "SHA256SUMS", "SEAL"}}
    meta["files"] = {
        name: {"size": len(content), "sha256": hashlib.sha256(content).hexdigest()}
        for name, content in own.items()
    }
    if document is not None:
        meta["document"]["sha256"] = hashlib.sha256(document).hexdigest()
    found = {**files, "meta.json": json.dumps(meta).encode()}
    listed = {name: content for name, content in found.items() if name not in {"SHA256SUMS", "SEAL"}}
    return {**found, "SHA256SUMS": sums(listed)}
