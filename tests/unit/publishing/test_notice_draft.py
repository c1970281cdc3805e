"""The draft notice is a document that an office can go on writing in: real styles, real lists, real languages."""

from __future__ import annotations

import io
import subprocess
import sys
import zipfile
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import docx
import pytest
from docx.oxml.ns import qn

from dispatcher.publishing.notice_draft import WORD, notice_draft
from dispatcher.publishing.notice_text import notice_paragraphs
from tests.notices import issue

if TYPE_CHECKING:
    from docx.document import Document
    from docx.text.paragraph import Paragraph

DOCX, TEXT = "public-notice-10-SYS-WZU-2025.docx", "public-notice-10-SYS-WZU-2025.txt"


@pytest.fixture(scope="module")
def document() -> Document:
    """Give the document of the sample as Word's own format is read."""
    return docx.Document(io.BytesIO(notice_draft(issue()).files[DOCX]))


def _list(paragraph: Paragraph) -> int | None:
    """Return the number of the list that a paragraph stands in."""
    properties: Any = paragraph.paragraph_format.element.pPr.numPr
    return None if properties is None else int(properties.numId.val)


def test_the_kit_is_a_document_and_its_text() -> None:
    """Both are attached under plain names, and both lie in the folder."""
    kit = notice_draft(issue())

    assert [(DOCX, WORD), (TEXT, "text/plain")] == [(one.file_name, one.media_type) for one in kit.attached]
    assert {one.file_name: one.content for one in kit.attached} == kit.files


def test_the_draft_of_a_corrected_wording_says_so_in_its_name() -> None:
    """A Commissioner's folder can hold the drafts of both wordings."""
    corrected = replace(issue(), advisory=replace(issue().advisory, revision=2))

    assert [name.replace("2025.", "2025-R2.") for name in (DOCX, TEXT)] == list(notice_draft(corrected).files)


def test_the_text_is_readable_in_old_editors() -> None:
    """UTF-8 with its mark, lines ended as Windows ends them."""
    content = notice_draft(issue()).files[TEXT]

    assert content.startswith(b"\xef\xbb\xbf[")
    assert content.count(b"\n") == content.count(b"\r\n") > 50


def test_every_paragraph_is_written_in_the_style_of_its_kind(document: Document) -> None:
    """Hindi, then English on a page of its own; no paragraph more, none less."""
    wanted = [one for language in ("hi", "en") for one in notice_paragraphs(issue(), language)]
    english = len(wanted) // 2

    assert [("".join(piece for piece, _ in one.pieces), f"Notice {one.kind}") for one in wanted] == [
        (one.text, one.style.name if one.style else "") for one in document.paragraphs
    ]
    assert [english] == [
        place for place, one in enumerate(document.paragraphs) if one.paragraph_format.page_break_before
    ]


def test_numbers_are_lists_of_word(document: Document) -> None:
    """A number is no text: it counts on within its list, and each list begins where the advisory's does."""
    numbering: Any = document.part.numbering_part.element
    starts = {
        int(one.numId): int(one.find(qn("w:lvlOverride")).find(qn("w:startOverride")).get(qn("w:val")))
        for one in numbering.findall(qn("w:num"))
    }
    wanted = [one for language in ("hi", "en") for one in notice_paragraphs(issue(), language)]
    shown, counts = [], dict(starts)
    for paragraph in document.paragraphs:
        key = _list(paragraph)
        shown.append(None if key is None else counts[key])
        if key is not None:
            counts[key] += 1

    assert [one.number for one in wanted] == shown
    assert [1, 2, 1, 1] * 2 == [starts[key] for key in sorted(starts)]


def test_each_language_is_marked_as_such(document: Document) -> None:
    """Word checks the spelling of each half in its language, and draws Hindi as a complex script."""
    half = len(document.paragraphs) // 2
    for place, paragraph in enumerate(document.paragraphs):
        for run in paragraph.runs:
            properties: Any = run.font.element.rPr
            hint = properties.find(qn("w:rFonts"))
            assert ("hi-IN" if place < half else "en-IN") == properties.find(qn("w:lang")).get(qn("w:bidi"))
            assert ("cs" if place < half else None) == (hint.get(qn("w:hint")) if hint is not None else None)


def test_bold_and_size_hold_in_hindi_too(document: Document) -> None:
    """Word keeps both of a complex script apart (w:bCs, w:szCs): a style that sets one sets the other."""
    styles: Any = document.styles.element
    for properties in styles.iter(qn("w:rPr")):
        assert (properties.find(qn("w:b")) is None) == (properties.find(qn("w:bCs")) is None)
        assert (properties.find(qn("w:sz")) is None) == (properties.find(qn("w:szCs")) is None)


def test_open_places_are_seen(document: Document) -> None:
    """What the Commissionerate fills in is shaded, and nothing else is."""
    runs = [run for paragraph in document.paragraphs for run in paragraph.runs]
    shaded = [run.text for run in runs if run.style is not None and run.style.name == "Notice open"]

    assert "[____/____]" in shaded
    assert "[आयुक्तालय का पत्रशीर्ष]" in shaded
    assert all(text.startswith("[") and text.endswith("]") for text in shaded)


def test_a_signature_never_stands_alone_on_a_page(document: Document) -> None:
    """The paragraph before it is kept with it."""
    styles = [one.style.name if one.style else "" for one in document.paragraphs]
    before = styles.index("Notice signature") - 1

    assert document.paragraphs[before].paragraph_format.keep_with_next


def test_the_same_issue_is_the_same_file() -> None:
    """Another process, with other hash seeds and at another time, makes the same octets."""
    program = (
        "import sys; from tests.notices import issue; from dispatcher.publishing.notice_draft import notice_draft;"
        f"sys.stdout.buffer.write(notice_draft(issue()).files[{DOCX!r}])"
    )
    other = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)

    assert notice_draft(issue()).files[DOCX] == other.stdout


def test_nothing_of_another_document_is_left() -> None:
    """No picture, program or author of the document that python-docx begins with."""
    content = notice_draft(issue()).files[DOCX]
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        names, said = parts.namelist(), parts.read("docProps/core.xml").decode()
        dates = {one.date_time for one in parts.infolist()}

    assert "[Content_Types].xml" == names[0]
    assert not [name for name in names if "thumbnail" in name or "customXml" in name or "docProps/app" in name]
    assert "python-docx" not in said
    assert {(1980, 1, 1, 0, 0, 0)} == dates
    assert 40_000 > len(content)
