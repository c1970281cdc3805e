"""Which releases the website is made of."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

from dispatcher.outbox.records import Begun
from dispatcher.publishing.released_items import firsts

AT = datetime(2025, 8, 12, tzinfo=UTC)


def begun(number: int, *, revision: int = 0, hours: int = 0, document: Any = "pdf") -> Begun:
    """Return a release that was let go so many hours after the first."""
    record: Any = SimpleNamespace(id=number, number="10/SYS/WZU/2025", revision=revision)
    return Begun(record=record, at=AT + timedelta(hours=hours), domain="customs.example", document=document)


def test_a_revision_began_with_its_first_release() -> None:
    """Later releases of a revision, whatever they carry, neither add nor change anything."""
    found = firsts([begun(1), begun(2, hours=1), begun(3, revision=1, hours=2), begun(4, hours=3, document=None)])

    assert [1, 3] == [one.record.id for one in found]


def test_a_release_with_a_document_goes_before_one_without() -> None:
    """Where the first was released without one, by an earlier program, a later release shows the document."""
    assert [2] == [one.record.id for one in firsts([begun(1, document=None), begun(2, hours=1)])]
    assert [1] == [one.record.id for one in firsts([begun(1, document=None)])]
