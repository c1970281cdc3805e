"""The PDF says what the advisory says, in both languages, for eyes, ears and archives, the same each time."""

from __future__ import annotations

import ctypes
import json
import re
import shutil
import subprocess
from dataclasses import replace
from itertools import accumulate
from typing import TYPE_CHECKING, Any

import pypdfium2
import pytest
from pypdfium2 import raw

from dispatcher.advisories.document import Mark, build_document
from dispatcher.advisories.places import Box, covered
from dispatcher.advisories.typesetting import LAYOUT, WORDS, read_layout, standing, typeset
from dispatcher.errors import TemplateError
from dispatcher.model import Para
from tests.drafts import LANGUAGES, ROOT, draft

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from dispatcher.advisories.places import Place
    from dispatcher.model import Advisory

SHIPPED = ROOT / "templates" / "pdf"
ADVISORY, OFFICE = draft().advisory, draft().renderer.office
SPECIMEN = "नमूना/Specimen"
EMBLEM = '<svg xmlns="http://www.w3.org/2000/svg" width="40" height="60"><circle cx="20" cy="30" r="18"/></svg>'


# pytest says at its end (-ra) what was skipped: nothing in the product needs poppler, and what PDFium reads is
# compared on every machine
_POPPLER = pytest.mark.skipif(shutil.which("pdftotext") is None, reason="pdftotext of poppler is not here")


def _pdf(advisory: Advisory = ADVISORY, *, own: Path = SHIPPED, **changes: Any) -> bytes:
    layout = read_layout(own, shipped=SHIPPED, languages=LANGUAGES)
    document = build_document(advisory, office=OFFICE, words=layout.words, emblem=layout.emblem, **changes)
    return typeset(document, layout)


def _pages(pdf: bytes) -> list[str]:
    """Return the text of each page without any white space."""
    return [_bare(page) for page in _read_by_pdfium(pdf)]


def _read_by_pdfium(pdf: bytes) -> list[str]:
    """Return the text of each page."""
    with pypdfium2.PdfDocument(pdf) as opened:
        # PDFium marks a hyphen at the end of a line so, taking it for one of a divided word
        return [re.sub("[\ufffe\x02]", "-", page.get_textpage().get_text_range()) for page in opened]


def _read_by_poppler(pdf: bytes, *options: str) -> list[str]:
    """Return the text of each page as poppler reads it, by default in the order in which the eye finds it."""
    command = ["pdftotext", *options, "-", "-"]
    read = subprocess.run(command, input=pdf, capture_output=True, check=True, timeout=60)
    return read.stdout.decode().split("\f")[:-1]


def _bare(text: str) -> str:
    return "".join(text.split())


def _ends(text: str) -> set[int]:
    """Return where its words end, counted in letters."""
    return set(accumulate(map(len, text.split())))


def _ends_in(page: str, text: str) -> set[int]:
    """Return where words end in the part of a page that prints a text, counted in letters of the text."""
    bare = _bare(text)
    begin = _bare(page).index(bare)
    return {end - begin for end in _ends(page) if begin < end <= begin + len(bare)}


def _body(pages: list[str]) -> str:
    """Return the text of all pages in one, without what stands at the foot of each."""
    return "".join(re.sub(r"10/SYS/WZU/2025(?:पृष्ठ|Page)\d+/\d+$", "", page) for page in pages)


def _printed(language: str) -> str:
    """Return all that the document in one language prints below its letterhead, as the advisory has it."""
    return _bare(_words(language))


def _words(language: str) -> str:
    """Return the same with a blank wherever a word ends."""
    fixed = {"hi": ("विषय:", "सेवा में,", "सूचनार्थ प्रतिलिपि:"), "en": ("Subject:", "To,", "Copy for information to:")}
    subject, to, copy = fixed[language]
    steps = " ".join(
        f"({number}). {step[language]}"
        for number, step in zip(("i", "ii", "iii"), ADVISORY.paras[1].steps, strict=True)
    )
    one, two, note, three, contact = (para.text[language] for para in ADVISORY.paras)
    told, copied = (
        " ".join(f"{place}. {line[language]}" for place, line in enumerate(lines, start=1))
        for lines in (
            [one.instruction for one in ADVISORY.addressees],
            [one.instruction for one in ADVISORY.copies],
        )
    )
    signatory = f"({ADVISORY.signatory.name[language]}) {ADVISORY.signatory.designation[language]}"
    paragraphs = f"{one} 2. {two} {steps} {note} 3. {three} {contact}"
    return f"{subject} {ADVISORY.subject[language]} {paragraphs} {signatory} {to} {told} {copy} {copied}"


def _with(*texts: str) -> Advisory:
    """Return the sample with paragraphs of these texts, each with a step that says the same."""
    added = [dict.fromkeys(LANGUAGES, text) for text in texts]
    return replace(
        ADVISORY, paras=(*ADVISORY.paras, *(Para(kind="text", text=one, steps=(one,)) for one in added))
    )


@pytest.fixture(scope="module")
def sample() -> bytes:
    """Give the PDF of the sample advisory."""
    return _pdf()


def test_it_says_what_the_advisory_says(sample: bytes) -> None:
    """The text of each half is exactly that of the advisory, in its order, and nothing else."""
    for language, number, page in zip(
        LANGUAGES, ("दिनांक:12.08.2025", "Date:12.08.2025"), _pages(sample), strict=True
    ):
        head, _, body = page.partition(number)

        assert head.startswith(_bare(OFFICE.name["hi"]))
        assert all(_bare(OFFICE.name[tag]) in head for tag in LANGUAGES)
        assert head.index(_bare(OFFICE.name["hi"])) < head.index(_bare(OFFICE.name["en"]))
        assert head.endswith(ADVISORY.number)
        assert body.startswith(_printed(language))
        foot = body.removeprefix(_printed(language))
        assert re.fullmatch(rf"{ADVISORY.number}–{SPECIMEN}(पृष्ठ|Page)[12]/2", foot)


@_POPPLER
@pytest.mark.parametrize("mark", [None, *Mark])
@pytest.mark.parametrize("options", [(), ("-raw",)])
def test_poppler_reads_the_same(mark: Mark | None, options: tuple[str, ...]) -> None:
    """Both families of viewers give who copies the same letters in order, and the mark is in no line."""
    pdf = _pdf(mark=mark)
    read = [_bare(page) for page in _read_by_poppler(pdf, *options)]

    assert _pages(pdf) == read
    assert all(_printed(language) in page for language, page in zip(LANGUAGES, read, strict=True))


@pytest.mark.parametrize("read", [_read_by_pdfium, pytest.param(_read_by_poppler, marks=_POPPLER)])
def test_english_is_read_word_for_word(sample: bytes, read: Callable[[bytes], list[str]]) -> None:
    """Who copies or searches English finds every word whole, and a blank between any two, in either family."""
    words = _words("en")

    assert _ends(words) == _ends_in(read(sample)[1], words)


def test_pdfium_adds_no_blank_to_hindi(sample: bytes) -> None:
    """Viewers of the one family may leave blanks of Hindi out, and part no word."""
    words = _words("hi")

    assert _ends(words) >= _ends_in(_read_by_pdfium(sample)[0], words)


@_POPPLER
def test_poppler_leaves_no_blank_of_hindi_out(sample: bytes) -> None:
    """Viewers of the other family may part words of Hindi, and join none."""
    words = _words("hi")

    assert _ends(words) <= _ends_in(_read_by_poppler(sample)[0], words)


def test_same_input_same_bytes(sample: bytes) -> None:
    """The PDF can be known by its hash: nothing in it comes from a clock or from chance."""
    assert sample == _pdf()


def test_it_claims_what_it_keeps(sample: bytes) -> None:
    """PDF/A-3a and PDF/UA-1 (typst fails where either is violated), tagged, with language, title and author."""
    assert b"<pdfaid:part>3</pdfaid:part><pdfaid:conformance>A</pdfaid:conformance>" in sample
    assert b"<pdfuaid:part>1</pdfuaid:part>" in sample
    with pypdfium2.PdfDocument(sample) as opened:
        about = opened.get_metadata_dict()
        size = {page.get_size() for page in opened}

        assert raw.FPDFCatalog_IsTagged(opened)
        assert "hi-IN" == _utf16(raw.FPDFCatalog_GetLanguage, opened)
    assert "10/SYS/WZU/2025: ईसीसीएस पासवर्ड समाप्ति / ECCS password expiry" == about["Title"]
    assert " / ".join(OFFICE.name[language] for language in LANGUAGES) == about["Author"]
    assert "D:20250812063000Z" == about["CreationDate"] == about["ModDate"]
    assert {(595, 842)} == {(round(width), round(height)) for width, height in size}


def test_its_structure_can_be_listened_to(sample: bytes) -> None:
    """Each half has its subject as heading, paragraphs and three lists; the English half is marked as English."""
    with pypdfium2.PdfDocument(sample) as opened:
        hindi, english = (list(_structure(page)) for page in opened)

    for half in (hindi, english):
        kinds = [kind for kind, _ in half]
        assert (1, 3, 9, 9, 9) == tuple(kinds.count(kind) for kind in ("H1", "L", "LI", "Lbl", "LBody"))
        assert {"Document", "H1", "P", "L", "LI", "Lbl", "LBody"} == set(kinds)
    assert [("H1", "en-IN")] == [one for one in english if one[0] == "H1"]
    # Hindi is the language of the whole; what is marked on its page is the English letterhead
    assert {("P", ""), ("P", "en-IN")} == {one for one in hindi if one[0] == "P"}
    assert [("H1", "")] == [one for one in hindi if one[0] == "H1"]


def _structure(page: pypdfium2.PdfPage) -> Iterator[tuple[str, str]]:
    tree = raw.FPDF_StructTree_GetForPage(page)
    todo = [raw.FPDF_StructTree_GetChildAtIndex(tree, n) for n in range(raw.FPDF_StructTree_CountChildren(tree))]
    while todo:
        element = todo.pop(0)
        if element:
            yield _utf16(raw.FPDF_StructElement_GetType, element), _utf16(raw.FPDF_StructElement_GetLang, element)
            count = raw.FPDF_StructElement_CountChildren(element)
            todo[:0] = [raw.FPDF_StructElement_GetChildAtIndex(element, n) for n in range(count)]
    raw.FPDF_StructTree_Close(tree)


def _utf16(getter: Any, thing: Any) -> str:
    length = getter(thing, None, 0)
    text = ctypes.create_string_buffer(length)
    getter(thing, ctypes.cast(text, getter.argtypes[1]), length)
    return text.raw.decode("utf-16-le").rstrip("\0")


def test_the_data_is_attached(sample: bytes) -> None:
    """advisory.json in the PDF is the record of the advisory, octet for octet as JSON."""
    layout = read_layout(SHIPPED, shipped=SHIPPED, languages=LANGUAGES)
    record = build_document(ADVISORY, office=OFFICE, words=layout.words).record
    with pypdfium2.PdfDocument(sample) as opened:
        (attached,) = [opened.get_attachment(n) for n in range(opened.count_attachments())]

        assert "advisory.json" == attached.get_name()
        assert record == json.loads(bytes(attached.get_data()))


def test_every_page_of_a_specimen_says_so() -> None:
    """The foot of each page names the mark, also of a long document, and of none when it is told otherwise."""
    long = _with(*(f"{n} {'paragraph of some length ' * 12}" for n in range(12)))
    marked, plain = _pages(_pdf(long)), _pages(_pdf(long, mark=None))

    assert len(marked) == len(plain) > 3
    assert all(1 == page.count(f"{ADVISORY.number}–{SPECIMEN}") for page in marked)
    assert not [page for page in plain if SPECIMEN in page]


HOSTILE = [
    '#panic("x")',
    '#read("/etc/passwd")',
    "*bold* _it_ `raw` $x^2$ @label <label> \\ // c /* c */ -- --- ~ = \"q\" 'q' [a] #{1 + 1} \\u{41}",
    '"); #panic("x',
    "{page} {{ number }} %s ${HOME}",
    "W" * 150,
    "M" * 39,
    "क्ष" * 90,
    "https://eccs.example/" + "a/b-c?" * 40,
    "क्‍ष र्‌क",
    "→ ½ § © ₹ “a” … • × Ω Ж",
]


def _letters(pdf: bytes) -> Iterator[tuple[Box, str]]:
    """Yield each letter below the head of the pages and above their foot, with where it stands."""
    with pypdfium2.PdfDocument(pdf) as opened:
        for number, page in enumerate(opened, start=1):
            text = page.get_textpage()
            for place in range(text.count_chars()):
                left, bottom, right, top = text.get_charbox(place)
                letter = text.get_text_range(place, 1)
                if not letter.isspace() and bottom > 60:
                    yield Box(number, left, bottom, right, top), letter


def _standing(advisory: Advisory = ADVISORY, own: Path = SHIPPED) -> tuple[Place, ...]:
    layout = read_layout(own, shipped=SHIPPED, languages=LANGUAGES)
    return standing(build_document(advisory, office=OFFICE, words=layout.words, mark=None), layout)


@pytest.mark.parametrize("advisory", [ADVISORY, _with(*(f"{n} {'at 12:00 or so ' * 60}" for n in range(5)))])
def test_it_tells_where_everything_stands(advisory: Advisory) -> None:
    """Every letter that is printed, on every page, stands in one of the places; whoever covers it is told."""
    places, letters = _standing(advisory), list(_letters(_pdf(advisory, mark=None)))
    missed = [
        letter
        for box, letter in letters
        if not any(
            place.box.page == box.page
            and place.box.bottom - 3 < (box.bottom + box.top) / 2 < place.box.top + 3
            and place.box.left - 3 < box.left < place.box.right
            for place in places
        )
    ]

    assert len(letters) > 2000
    assert [] == missed


def test_it_tells_what_stands_where() -> None:
    """Each half has its head, number, subject, two texts with an hour, three without, signature and two lists."""
    half = ["letterhead", "number", "subject", "hour", "hour", "text", "text", "text", "signature", "list", "list"]

    assert half * 2 == [place.what for place in _standing()]


def test_above_the_name_there_is_room_for_a_signature() -> None:
    """Where a hand would sign, a picture of 10 by 1.4 cm covers nothing."""
    for page in (1, 2):
        name = next(one.box for one in _standing() if one.what == "signature" and one.box.page == page)
        free = Box(page, name.right - 280, name.top + 1, name.right, name.top + 41)

        assert () == covered([free], _standing())
        assert "signature" in {one.what for one in covered([replace(free, bottom=name.top - 20)], _standing())}


def test_a_layout_need_not_tell_where_things_stand(tmp_path: Path) -> None:
    """The office's own may be silent; what it tells in another form is a sentence."""
    (tmp_path / LAYOUT).write_text("#metadata(1)", encoding="utf-8")
    assert () == _standing(own=tmp_path)
    (tmp_path / LAYOUT).write_text("#metadata(1) <standing>\n#metadata(2) <standing>", encoding="utf-8")
    with pytest.raises(TemplateError, match=r"advisory\.typ: what it labels <standing>"):
        _standing(own=tmp_path)


def test_hostile_texts_are_printed_as_typed() -> None:
    """Nothing typed is code, mark-up or too long: it stands in the document as it was typed."""
    whole = _body(_pages(_pdf(_with(*HOSTILE), mark=None)))

    for text in HOSTILE:
        assert 4 == whole.count(_bare(text)), text


def test_nothing_leaves_the_margins() -> None:
    """A word longer than the line is broken: every letter stands within the 2.5 cm on either side."""
    with pypdfium2.PdfDocument(_pdf(_with(*HOSTILE), mark=None)) as opened:
        for page in opened:
            text = page.get_textpage()
            letters = [n for n in range(text.count_chars()) if not text.get_text_range(n, 1).isspace()]
            lefts, _, rights, _ = zip(*(text.get_charbox(n) for n in letters), strict=True)
            edge = 2.5 / 2.54 * 72

            assert min(lefts) > edge - 1
            assert max(rights) < page.get_size()[0] - edge + 1


def test_many_paragraphs_run_over_pages() -> None:
    """Forty paragraphs are whole, in order, numbered, with the number of each page of all."""
    texts = [f"clause {n}: {'so it is ' * (n % 9 + 1)}end" for n in range(40)]
    bare = [dict.fromkeys(LANGUAGES, text) for text in texts]
    long = replace(ADVISORY, paras=tuple(Para(kind="text", text=one) for one in bare))
    pages = _pages(_pdf(long, mark=None))
    expected = "".join(f"{n}.{_bare(text)}" if n > 1 else _bare(text) for n, text in enumerate(texts, start=1))

    assert len(pages) > 3
    assert 2 == _body(pages).count(expected)
    assert all(page.endswith(f"{n}/{len(pages)}") for n, page in enumerate(pages, start=1))


def test_a_long_last_paragraph_begins_where_there_is_room() -> None:
    """What is kept together with the signature is the end of a short paragraph; a long one fills the page."""
    text = dict.fromkeys(LANGUAGES, "so it is said here " * 300)
    first, *_ = _pages(_pdf(replace(ADVISORY, paras=(ADVISORY.paras[0], Para(kind="text", text=text)))))

    assert first.count("soitissaidhere") > 50


def test_a_letter_that_no_font_has_is_told() -> None:
    """No blank and no box is ever printed in place of a letter: the sentence names it and its text."""
    with pytest.raises(TemplateError, match=r"no letter for 日 \(U\+65E5\), 本 .*“The port of 日本 is open”"):
        _pdf(_with("The port of 日本 is open"))


def test_a_sign_that_cannot_be_seen_is_told_by_its_code() -> None:
    """A control character or a lone vowel sign is named so that it can be looked for."""
    with pytest.raises(TemplateError, match=r"no letter for U\+0007: replace it in the text “before after”"):
        _pdf(_with("before\x07after"))
    with pytest.raises(TemplateError, match=r"no letter for \u0bbe \(U\+0BBE\): .*“sign \u0bbe alone”"):
        _pdf(_with("sign \u0bbe alone"))


def test_the_offices_own_layout_goes_first(tmp_path: Path) -> None:
    """A file in the workspace counts; what is not there is taken from the program."""
    (tmp_path / LAYOUT).write_text(
        '#set document(title: "t")\n#context text(lang: "en")[Our own]', encoding="utf-8"
    )
    own = read_layout(tmp_path, shipped=SHIPPED, languages=LANGUAGES)
    none = read_layout(tmp_path / "none", shipped=SHIPPED, languages=LANGUAGES)

    assert ["Ourown"] == _pages(_pdf(own=tmp_path))
    assert (SHIPPED / LAYOUT).read_bytes() == none.source != own.source
    assert own.words == none.words


def test_the_offices_words_go_first(tmp_path: Path) -> None:
    """A word changed in the workspace is printed."""
    text = (SHIPPED / WORDS).read_text(encoding="utf-8")
    (tmp_path / WORDS).write_text(text.replace('"To,"', '"To all of:"'), encoding="utf-8")

    assert "Toallof:1." in _pages(_pdf(own=tmp_path))[1]


def test_words_in_another_encoding_are_told(tmp_path: Path) -> None:
    """No word is printed with a sign that stands for one that could not be read."""
    (tmp_path / WORDS).write_bytes((SHIPPED / WORDS).read_bytes() + b"# caf\xe9")

    with pytest.raises(TemplateError, match=r"templates/pdf/words\.yaml is not UTF-8"):
        _pdf(own=tmp_path)


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("#let x = (", "templates/pdf/advisory.typ, line 1: unclosed delimiter"),
        ("\n#nothing", "templates/pdf/advisory.typ, line 2: unknown variable: nothing"),
        ("#json(bytes(sys.inputs.data)).titel", 'line 1: dictionary does not contain key "titel"'),
        ('#read("/etc/passwd")', "line 1: file not found"),
        ('#read("../../config.yaml")', "would escape the project root"),
        ('#import "@preview/cetz:0.3.0": *', "imports a package from the internet"),
    ],
)  # fmt: skip
def test_a_wrong_layout_is_told(tmp_path: Path, source: str, told: str) -> None:
    """A slip in the layout is a sentence with file and line; nothing outside its folder is read or fetched."""
    (tmp_path / LAYOUT).write_text(source, encoding="utf-8")

    with pytest.raises(TemplateError, match=re.escape(told)) as raised:
        _pdf(own=tmp_path)
    assert 1 == len(str(raised.value).splitlines())


def test_an_emblem_is_shown_where_the_office_puts_one(tmp_path: Path) -> None:
    """emblem.* stands above the letterhead of each half, with words for those who listen; none is shipped."""
    (tmp_path / "emblem.svg").write_text(EMBLEM, encoding="utf-8")
    with pypdfium2.PdfDocument(_pdf(own=tmp_path)) as opened:
        figures = [kind for page in opened for kind, _ in _structure(page) if kind == "Figure"]

    assert ["Figure", "Figure"] == figures
    assert [] == list(SHIPPED.glob("emblem.*"))


def test_an_emblem_that_cannot_be_used_is_told(tmp_path: Path) -> None:
    """Two of them, another kind of file, a broken one and one far too large are a sentence each."""
    emblem = tmp_path / "emblem.svg"
    emblem.write_text("no picture", encoding="utf-8")
    with pytest.raises(TemplateError, match=r"templates/pdf/emblem\.svg, line 1: failed to parse SVG"):
        _pdf(own=tmp_path)
    emblem.write_text(
        EMBLEM.replace("<circle", '<image href="../x.png" width="9" height="9"/><circle'), encoding="utf-8"
    )
    with pytest.raises(TemplateError, match=r"templates/pdf/emblem\.svg, line 1: failed to load linked image"):
        _pdf(own=tmp_path)
    emblem.write_text(EMBLEM + " " * 1_000_000, encoding="utf-8")
    with pytest.raises(TemplateError, match=r"templates/pdf/emblem\.svg is larger than 1000 kB"):
        _pdf(own=tmp_path)
    (tmp_path / "emblem.png").touch()
    with pytest.raises(TemplateError, match=r"templates/pdf/emblem\.svg stands beside emblem\.png"):
        _pdf(own=tmp_path)
    emblem.unlink()
    (tmp_path / "emblem.png").rename(tmp_path / "emblem.gif")
    with pytest.raises(TemplateError, match=r"templates/pdf/emblem\.gif: an emblem is one of"):
        _pdf(own=tmp_path)
