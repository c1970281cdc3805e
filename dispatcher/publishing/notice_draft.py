"""The draft of a Commissioner's public notice as a kit: a Word document (ECMA-376) and the same as plain text.

What Word needs beside the paragraphs (styles, ways of numbering, fonts) stands in dispatcher/publishing/word/.
"""

from __future__ import annotations

import io
import zipfile
from datetime import datetime, time
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

from docx import Document
from docx.oxml import OxmlElement, parse_xml
from docx.oxml.ns import qn
from docx.shared import Mm

from dispatcher.model import Enclosure
from dispatcher.publishing.issue import Kit
from dispatcher.publishing.notice_text import notice_paragraphs, notice_text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from docx.document import Document as Word
    from docx.text.paragraph import Paragraph as Written

    from dispatcher.publishing.issue import Issue
    from dispatcher.publishing.notice_text import Paragraph

WORD: Final = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_BEGINNING: Final = (1980, 1, 1, 0, 0, 0)
"""The first moment that a zip file can name."""
_NOON: Final = time(12)
_NOT_NEEDED: Final = ("stylesWithEffects", "thumbnail", "customXml", "webSettings", "extended-properties")
"""Parts of the document that python-docx begins with: its looks, and what is said of another document."""
_FONTS: Final = "word/fontTable.xml"


def notice_draft(issue: Issue) -> Kit:
    """Return the draft in the languages of the issue: the same octets for the same issue. Raises TemplateError."""
    halves = {language: notice_paragraphs(issue, language) for language in issue.languages}
    name = f"public-notice-{issue.advisory.file_stem}"
    text = notice_text(list(halves.values())).replace("\n", "\r\n")
    made = (
        Enclosure(file_name=f"{name}.docx", media_type=WORD, content=_word(issue, halves)),
        # with the mark by which old editors of Windows know UTF-8
        Enclosure(file_name=f"{name}.txt", media_type="text/plain", content=text.encode("utf-8-sig")),
    )
    return Kit(attached=made, files={file.file_name: file.content for file in made})


def _word(issue: Issue, halves: Mapping[str, Sequence[Paragraph]]) -> bytes:
    """Return the document: each language begins on a page of its own."""
    document = Document()
    _furnish(document, issue)
    lists = _Lists(document)
    for language, paragraphs in halves.items():
        written = [_written(document, one, language) for one in paragraphs]
        if language != issue.languages[0]:
            written[0].paragraph_format.page_break_before = True
        for one, paragraph, following in zip(paragraphs, written, (*paragraphs[1:], None), strict=True):
            if one.number is not None:
                lists.put(paragraph, one.kind, one.number)
            if following is not None and following.kind == "signature":  # which never stands alone on a page
                paragraph.paragraph_format.keep_with_next = True
    return _packed(document)


def _furnish(document: Word, issue: Issue) -> None:
    """Put our styles, page, page numbers and properties in place of those that the document begins with."""
    document.styles.element[:] = parse_xml(_part("styles"))[:]
    document.part.numbering_part.element[:] = parse_xml(_part("numbering"))[:]
    for owner in (document.part, document.part.package):
        for key, relation in list(owner.rels.items()):
            if relation.reltype.rpartition("/")[2] in _NOT_NEEDED:
                del owner.rels[key]
    mode = document.settings.element.find(f".//{qn('w:compatSetting')}[@{qn('w:name')}='compatibilityMode']")
    assert mode is not None
    mode.set(qn("w:val"), "15")  # of Word 2013 and later; else the title bar speaks of compatibility
    page = document.sections[0]
    page.page_width, page.page_height = Mm(210), Mm(297)
    page.left_margin = page.right_margin = page.top_margin = page.bottom_margin = Mm(25)
    _add_page_number(page.footer.paragraphs[0])
    said = document.core_properties
    said.title, said.author, said.comments = f"{issue.advisory.number}: public notice (draft)", "", ""
    said.language = ", ".join(issue.languages)
    # which python-docx writes as UTC
    said.created = said.modified = datetime.combine(issue.advisory.dated, _NOON)


class _Lists:
    """The numbered lists of a document: a paragraph goes on with the last list of its kind, or begins one."""

    def __init__(self, document: Word) -> None:
        self._numbering: Any = document.part.numbering_part.element
        self._kinds = {name.get(qn("w:val")): int(name.getparent().get(qn("w:abstractNumId")))
                       for name in self._numbering.iter(qn("w:name"))}  # fmt: skip
        self._last: dict[str, tuple[int, int]] = {}

    def put(self, paragraph: Written, kind: str, number: int) -> None:
        """Put a paragraph into a list of its kind: `number` is its place there, from 1."""
        key, last = self._last.get(kind, (0, 0))
        if not key or number != last + 1:
            key = self._begin(kind, number)
        self._last[kind] = (key, number)
        properties = paragraph.paragraph_format.element.get_or_add_pPr().get_or_add_numPr()
        properties.get_or_add_ilvl().val = 0
        properties.get_or_add_numId().val = key

    def _begin(self, kind: str, number: int) -> int:
        begun = self._numbering.add_num(self._kinds[kind])
        begun.add_lvlOverride(ilvl=0).add_startOverride(number)
        return int(begun.numId)


def _written(document: Word, paragraph: Paragraph, language: str) -> Written:
    """Add a paragraph, its text marked with its language; what is to be filled in is marked as such."""
    written = document.add_paragraph(style=f"Notice {paragraph.kind}")
    for text, is_open in paragraph.pieces:
        run = written.add_run(text, style="Notice open" if is_open else None)
        properties = run.font.element.get_or_add_rPr()
        if language != "en":
            fonts = OxmlElement("w:rFonts")
            fonts.set(qn("w:hint"), "cs")
            properties.append(fonts)
        mark = OxmlElement("w:lang")
        mark.set(qn("w:val"), "en-IN")
        mark.set(qn("w:bidi"), f"{language}-IN")
        properties.append(mark)
    return written


def _add_page_number(paragraph: Written) -> None:
    field = OxmlElement("w:fldSimple")
    field.set(qn("w:instr"), "PAGE")
    paragraph.paragraph_format.element.append(field)


def _part(name: str) -> bytes:
    return files("dispatcher.publishing").joinpath("word", f"{name}.xml").read_bytes()


def _packed(document: Word) -> bytes:
    """Return the document as a file, each part dated alike, with our table of fonts."""
    saved, packed = io.BytesIO(), io.BytesIO()
    document.save(saved)
    with (
        zipfile.ZipFile(saved) as parts,
        zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as kept,
    ):
        for name in parts.namelist():
            content = _part("fontTable") if name == _FONTS else parts.read(name)
            entry = zipfile.ZipInfo(name, date_time=_BEGINNING)
            entry.compress_type, entry.create_system = zipfile.ZIP_DEFLATED, 3
            kept.writestr(entry, content)
    return packed.getvalue()
