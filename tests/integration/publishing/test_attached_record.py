"""The record in an official document, read from PDFs that were really typeset and really signed."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache

import pytest

from dispatcher.advisories.document import build_document, document_record
from dispatcher.advisories.signing import key_of_file, sign
from dispatcher.advisories.typesetting import read_layout, typeset
from dispatcher.errors import Refused
from dispatcher.publishing.attached_record import attached_record
from tests.certificates import PASSPHRASE, authority
from tests.drafts import LANGUAGES, ROOT, draft, office


@cache
def document() -> bytes:
    """Return the sample's document."""
    shipped = ROOT / "templates" / "pdf"
    layout = read_layout(shipped, shipped=shipped, languages=LANGUAGES)
    return typeset(build_document(draft().advisory, office=office(), words=layout.words), layout)


def test_the_record_is_what_the_advisory_says() -> None:
    """What was attached is found again whole, with the texts for the website."""
    found = attached_record(document(), file_name="a.pdf")

    assert document_record(draft().advisory, office()) == found
    assert {"flash", "title", "summary", "body"} == found["news"].keys()


def test_a_signature_leaves_it_as_it_is() -> None:
    """A signed document has the same record."""
    person = authority().person("ASHA RAO")
    key = key_of_file(person.p12(), PASSPHRASE, file="key.p12")
    signed = sign(document(), key, at=datetime(2025, 8, 12, 15, 39, 9, tzinfo=UTC))

    assert document_record(draft().advisory, office()) == attached_record(signed, file_name="a.pdf")


@pytest.mark.parametrize(
    "content",
    [b"", b"%PDF-1.7", document()[:30_000], document().replace(b"advisory.json", b"something.els")],
    ids=["empty", "broken", "cut", "other"],
)
def test_a_document_without_a_record_is_refused(content: bytes) -> None:
    """Whatever is no document of this program is named in a sentence."""
    with pytest.raises(Refused, match=r"^a\.pdf has no record of the advisory in it"):
        attached_record(content, file_name="a.pdf")
