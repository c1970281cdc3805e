"""The sample advisory as it is given to those who take it over."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from dispatcher.model import OfficialDocument, Signature
from dispatcher.publishing.issue import Issue
from tests.drafts import LANGUAGES, SENDER, draft, office

SIGNATURE = Signature(signer="The signatory", signed_at=datetime(2025, 8, 12, 15, 39, 9, tzinfo=UTC), level="B-B")


def issue(*, signed: bool = False, **changes: Any) -> Issue:
    """Return the sample advisory with its document; `changes` are those of the advisory."""
    sample = draft()
    return Issue(
        advisory=replace(sample.advisory, **changes),
        office=office(),
        sender=SENDER,
        languages=LANGUAGES,
        document=OfficialDocument(
            file_name="Advisory-10-SYS-WZU-2025.pdf", content=b"%PDF", signature=SIGNATURE if signed else None
        ),
        release_hash="0" * 64,
        zone=ZoneInfo("Asia/Kolkata"),
        templates=sample.templates,
    )
