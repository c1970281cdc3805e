from __future__ import annotations

import re
import unicodedata
from dataclasses import replace
from html.parser import HTMLParser
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from dispatcher.errors import Source, TemplateError
from dispatcher.messages.rendering import Attached, Slot, fill, paragraphs
from dispatcher.messages.wrapping import WIDTH, columns
from dispatcher.model import LatePolicy, Part, Recipient, Role, Wording

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from dispatcher.messages.rendering import Renderer, SharedText
    from dispatcher.model import Advisory, Localized

SEED = Path(__file__).parents[2] / "data" / "seed_advisory.txt"
AUDIENCES = ("commissioners", "eici", "couriers", "custodians", "cms", "copy")
NOTHING = Attached()
EVERYTHING = Attached(
    pdf="Advisory-10-SYS-WZU-2025.pdf", signed=True, kits=("onward", "website"), enclosures=("manual.pdf",)
)
RULE = "\n" + "=" * WIDTH + "\n"
LINES = {"hi": ("नमूना पद",), "en": ("A post",)}


def _shared(
    renderer: Renderer,
    advisory: Advisory,
    audiences: Sequence[str] = ("commissioners",),
    *,
    attached: Attached = NOTHING,
    **choices: object,
) -> SharedText:
    chosen = {"part": Part.TO, "wording": Wording.ORIGINAL, **choices}
    return renderer.shared(advisory, audiences=audiences, attached=attached, **chosen)  # type: ignore[arg-type]


def _halves(shared: SharedText) -> dict[str, str]:
    hindi, english = fill(shared.text, LINES, html=False).split(RULE)
    return {"hi": hindi, "en": english}


def _flat(text: str) -> str:
    return " ".join(text.split())


class _Parts(HTMLParser):
    """Collects the text of an HTML document by language, and what a mail must not hold."""

    def __init__(self, document: str) -> None:
        super().__init__()
        self.by_language: dict[str, str] = {}
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self._open: list[tuple[str, str]] = []
        self.feed(document)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note the tag, and the language that holds inside it."""
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        outer = self._open[-1][1] if self._open else ""
        if tag not in {"br", "hr", "meta"}:
            self._open.append((tag, dict(attrs).get("lang") or outer))

    def handle_endtag(self, tag: str) -> None:
        """Check that tags are closed in order."""
        assert tag == self._open.pop()[0]

    def handle_data(self, data: str) -> None:
        """Add the text to its language."""
        if self._open and self._open[-1][0] not in {"style", "title"}:
            language = self._open[-1][1]
            self.by_language[language] = self.by_language.get(language, "") + data


def test_the_english_advisory_is_the_seed(renderer: Renderer, advisory: Advisory) -> None:
    """The rendered English is the seed character by character.

    tests/data/seed_advisory.txt is the English of the seed without the rows of the signature stamp, with the
    sample's specimen mark for the officer's name, and without the "- " that its transcription put before "(i).".
    """
    assert SEED.read_text(encoding="utf-8") == renderer.document(advisory, "en")


def test_the_hindi_advisory_has_the_same_shape(renderer: Renderer, advisory: Advisory) -> None:
    """The Hindi has a line for each line of the English, with the same numbers and marks before it."""
    marker = re.compile(r"^(?:\d+\. |\([ivx]+\)\. |\[|\()?")
    shapes = [
        [marker.match(line).group() if line else None for line in renderer.document(advisory, tag).split("\n")]  # type: ignore[union-attr]
        for tag in ("hi", "en")
    ]

    assert shapes[1] == shapes[0]


@pytest.mark.parametrize("audience", AUDIENCES)
def test_every_fact_stands_in_both_languages_and_both_parts(
    renderer: Renderer, advisory: Advisory, audience: str
) -> None:
    """Number, dates, hour and helpdesk are in Hindi and in English, in the text and in the HTML."""
    shared = _shared(renderer, advisory, [audience])
    html = _Parts(fill(shared.html, LINES, html=True)).by_language

    for half in (*_halves(shared).values(), html["hi"], html["en"]):
        facts = [
            "10/SYS/WZU/2025",
            "12.08.2025",
            "12:00",
            "eccs.helpdesk@icegate.gov.in",
            "1800-2666-882",
            "022-20825140",
        ]
        assert [fact for fact in facts if fact not in half] == []
    for half in (_halves(shared)["hi"], html["hi"]):
        assert all(words in _flat(half) for words in ("13 अगस्त, 2025", "दोपहर 12:00 बजे", "भारतीय मानक समय"))
    for half in (_halves(shared)["en"], html["en"]):
        assert all(words in _flat(half) for words in ("13 August 2025", "12:00 noon", "IST"))


@pytest.mark.parametrize("audience", AUDIENCES)
@pytest.mark.parametrize("attached", [NOTHING, EVERYTHING])
def test_hindi_stands_before_english(
    renderer: Renderer, advisory: Advisory, audience: str, attached: Attached
) -> None:
    """In both parts the Hindi half comes first and each half is in its own script."""
    shared = _shared(renderer, advisory, [audience], attached=attached)
    html = fill(shared.html, LINES, html=True)
    halves = _halves(shared)

    assert not re.search("[ऀ-ॿ]", halves["en"])
    assert len(re.findall("[ऀ-ॿ]", halves["hi"])) > 1000
    assert html.index('<div class="language" lang="hi"') < html.index('<div class="language" lang="en"')
    assert not re.search("[ऀ-ॿ]", _Parts(html).by_language["en"])


@pytest.mark.parametrize("audience", AUDIENCES)
@pytest.mark.parametrize("attached", [NOTHING, Attached(pdf="a.pdf"), EVERYTHING])
@pytest.mark.parametrize("wording", Wording)
def test_texts_are_clean(
    renderer: Renderer, advisory: Advisory, audience: str, attached: Attached, wording: Wording
) -> None:
    """No braces, marks of the templates, Devanagari digits or odd spaces are left; everything is NFC."""
    shared = _shared(renderer, advisory, [audience], attached=attached, wording=wording)
    everything = shared.subject + fill(shared.text, LINES, html=False)
    seen = "".join(_Parts(fill(shared.html, LINES, html=True)).by_language.values())

    assert re.findall(r"\{\{|\}\}|\{%|%\}|#\. |[०-९]|[\ue000-\uf8ff]|\u202f|None|\[\]", everything + seen) == []
    assert "  " not in re.sub(r"^ +", "", everything, flags=re.MULTILINE)
    assert unicodedata.normalize("NFC", everything + seen) == everything + seen
    assert max(columns(line) for line in everything.split("\n")[1:]) <= WIDTH


@pytest.mark.parametrize("audience", AUDIENCES)
@pytest.mark.parametrize("attached", [NOTHING, EVERYTHING])
def test_hindi_notes_are_in_devanagari(
    renderer: Renderer, advisory: Advisory, audience: str, attached: Attached
) -> None:
    """Hindi has Latin letters only in numbers, the (i) of steps, mail addresses, file names and SHA-256."""
    half = _halves(_shared(renderer, advisory, [audience], attached=attached))["hi"]
    allowed = r"10/SYS/WZU/2025|SHA-256|\S+@\S+|\S+\.pdf|English below|\([ivx]+\)\."

    assert re.findall("[A-Za-z]+", re.sub(allowed, "", half)) == []


@pytest.mark.parametrize("audience", AUDIENCES)
def test_what_is_not_attached_is_not_named(renderer: Renderer, advisory: Advisory, audience: str) -> None:
    """Without PDF, signature and kit no sentence speaks of them; the note says that the text stands below."""
    halves = _halves(_shared(renderer, advisory, [audience]))

    assert re.findall(r"PDF|enclose|signed|signature|package|attached", halves["en"]) == []
    assert re.findall("पीडीएफ|संलग्न|हस्ताक्षरित|हस्ताक्षर |पैकेज", halves["hi"]) == []


def test_an_unsigned_pdf_is_not_called_signed(renderer: Renderer, advisory: Advisory) -> None:
    """With a PDF that nobody signed, the notes enclose a copy and no one is told to check a signature."""
    for audience in AUDIENCES:
        halves = _halves(_shared(renderer, advisory, [audience], attached=Attached(pdf="a.pdf")))

        assert re.findall("signed|signature", halves["en"]) == []
        assert re.findall("हस्ताक्षरित|हस्ताक्षर ", halves["hi"]) == []
        assert "Enclosures: a.pdf" in halves["en"]


@pytest.mark.parametrize(
    ("audience", "english", "hindi"),
    [
        ("commissioners", "A digitally signed copy of this office's Advisory", "डिजिटल रूप से हस्ताक्षरित प्रति"),
        ("eici", "keep the signed PDF attached as it is", "हस्ताक्षरित पीडीएफ को यथावत"),
        ("custodians", "a signed copy of Advisory", "हस्ताक्षरित प्रति"),
        ("cms", "The enclosed package holds the news flash", "संलग्न पैकेज में"),
    ],
)
def test_what_is_attached_is_named(
    renderer: Renderer, advisory: Advisory, audience: str, english: str, hindi: str
) -> None:
    """With everything attached each note speaks of what its audience gets, and the block says how to verify."""
    halves = _halves(_shared(renderer, advisory, [audience], attached=EVERYTHING))

    assert english.casefold() in _flat(halves["en"]).casefold()
    assert hindi in _flat(halves["hi"])
    assert "Check the digital signature of the attached PDF" in _flat(halves["en"])
    assert "Enclosures: Advisory-10-SYS-WZU-2025.pdf, manual.pdf" in halves["en"]


def test_each_audience_is_asked_its_own(renderer: Renderer, advisory: Advisory) -> None:
    """The covering note carries the request to its audience and to no other."""
    asks = {line.audience: line.ask for line in advisory.addressees}

    for audience in asks:
        halves = _halves(_shared(renderer, advisory, [audience]))
        asked = {name for name, ask in asks.items() if all(ask[tag] in _flat(halves[tag]) for tag in halves)}
        assert {audience} == asked


def test_notes_of_several_audiences_are_one_letter(renderer: Renderer, advisory: Advisory) -> None:
    """Two audiences give both notes under one salutation, numbered through, and the advisory once."""
    half = _halves(_shared(renderer, advisory, ["eici", "cms"]))["en"]
    asks = [advisory.addressees[row].ask["en"] for row in (1, 3)]

    assert half.count("Sir/Madam,") == 1
    assert asks == sorted(asks, key=_flat(half).index)
    assert ["1", "2", "3", "4", "5", "6"] == re.findall(r"^(\d)\. ", half.split("Addressed to:")[0], re.MULTILINE)
    assert half.count("Subject: ") == 1


def test_the_in_effect_wording(renderer: Renderer, advisory: Advisory) -> None:
    """After the hour the text F2 takes the place of the covering note and the subject says so."""
    shared = _shared(renderer, advisory, wording=Wording.IN_EFFECT)
    halves = _halves(shared)

    assert shared.subject.startswith("अब प्रभावी/Now in effect: परामर्शी/Advisory 10/SYS/WZU/2025, ")
    for tag, half in halves.items():
        assert advisory.in_effect[tag] in _flat(half)
        assert advisory.addressees[0].ask[tag] not in _flat(half)


def test_the_subject(renderer: Renderer, advisory: Advisory) -> None:
    """Number and moment stand in the first 60 characters, then the event in Hindi and in English."""
    base = "परामर्शी/Advisory 10/SYS/WZU/2025, 13.08.2025 12:00 IST: ईसीसीएस पासवर्ड समाप्ति / ECCS password expiry"

    assert base == _shared(renderer, advisory).subject
    assert "12:00 IST" in base[:60]
    assert f"नमूना/Specimen: {base}" == _shared(renderer, advisory, specimen=True).subject


def test_only_those_asked_to_act_acknowledge(renderer: Renderer, advisory: Advisory) -> None:
    """A copy for information asks nobody to acknowledge."""
    asked = _halves(_shared(renderer, advisory, ["copy"]))
    told = _halves(_shared(renderer, advisory, ["copy"], part=Part.COPY))

    for tag, words in (("en", 'Please reply "Received"'), ("hi", '"प्राप्त" लिखकर')):
        assert words in asked[tag]
        assert words not in told[tag]


def test_clocks_that_are_not_given_leave_no_gap(renderer: Renderer, advisory: Advisory) -> None:
    """An advisory without useful_until has no date on which the news flash comes down."""
    open_end = replace(advisory, useful_until=None, late_policy=LatePolicy.DROP)

    assert "Remove from the news flash on: 20.08.2025" in _flat(
        _halves(_shared(renderer, advisory, ["cms"]))["en"]
    )
    assert "Remove from" not in _halves(_shared(renderer, open_end, ["cms"]))["en"]


def test_the_html_is_a_safe_document(renderer: Renderer, advisory: Advisory) -> None:
    """No script, link, image, form or remote address; languages are marked; nothing has a fixed width."""
    document = fill(_shared(renderer, advisory, attached=EVERYTHING).html, LINES, html=True)
    parts = _Parts(document)

    assert parts.tags <= {
        "html", "head", "meta", "title", "style", "body", "div", "p", "span", "strong", "h1", "hr", "br",
    }  # fmt: skip
    assert parts.attributes <= {"lang", "charset", "name", "content", "class", "style"}
    assert parts.by_language.keys() == {"hi", "en"}
    assert '<html lang="hi">' in document
    assert re.findall(r"https?:|//|url\(|@import|(?<!-)width:", document.replace("<!DOCTYPE html>", "")) == []


def test_texts_of_an_advisory_are_escaped(renderer: Renderer, advisory: Advisory) -> None:
    """Markup in an advisory or a sheet is shown, never obeyed; it is escaped once."""
    wild: Localized = {"hi": "<b>क & ख</b>", "en": "<script>x & y</script>"}
    shared = _shared(renderer, replace(advisory, subject=wild))
    document = fill(shared.html, {"hi": ("<i>",), "en": ('"&"',)}, html=True)

    assert "script" not in _Parts(document).tags
    assert "<script>x & y</script>" in _Parts(document).by_language["en"]
    assert "<i>" in _Parts(document).by_language["hi"]
    assert "<script>x & y</script>" in fill(shared.text, LINES, html=False)


def test_slots_stand_once_in_each_language(renderer: Renderer, advisory: Advisory) -> None:
    """Each part has one slot per language, Hindi first, and is the same for every recipient but for them."""
    shared = _shared(renderer, advisory)

    for segments in (shared.text, shared.html):
        assert ["hi", "en"] == [segment.language for segment in segments if isinstance(segment, Slot)]
    assert "A post" in _halves(shared)["en"]
    assert "A post" not in _halves(shared)["hi"]


def _role(designation: Localized, organisation: Localized, *places: str, audience: str = "custodians") -> Role:
    return Role(
        audience=audience,
        part=Part.TO,
        primary=True,
        places=places,
        designation=designation,
        organisation=organisation,
        language="both",
        phone="",
        source=Source("custodians.xlsx"),
    )


def test_the_post_is_named_in_each_language(renderer: Renderer) -> None:
    """One line a role: designation, organisation, places; a text that a sheet has in one language serves both."""
    recipient = Recipient(
        address="a@customs.example",
        roles=(
            _role({"hi": "आयुक्त", "en": "Commissioner"}, {}, "Mumbai"),
            _role({}, {"en": "Alpha  Express"}, "Delhi", "Atlantis"),
            _role({}, {"en": "Alpha Express"}, "Delhi", "Atlantis", audience="copy"),
        ),
    )
    expected = {
        "hi": ("आयुक्त, मुंबई", "Alpha Express, दिल्ली, Atlantis"),
        "en": ("Commissioner, Mumbai", "Alpha Express, Delhi, Atlantis"),
    }

    assert expected == renderer.recipient_lines(recipient)


def test_a_recipient_without_a_post_is_named_by_address(renderer: Renderer) -> None:
    """A row that names neither post nor office is addressed by its mailbox."""
    recipient = Recipient(address="a@customs.example", roles=(_role({}, {}),))

    assert {"hi": ("a@customs.example",), "en": ("a@customs.example",)} == renderer.recipient_lines(recipient)


@pytest.mark.parametrize(
    ("name", "source", "told"),
    [
        ("notes/commissioners/hi.j2", "{{ wat }}", "notes/commissioners/hi.j2, line 1: wat is not a known value"),
        ("mail/en/effective.j2", "\n{{ office.fone }}", "mail/en/effective.j2, line 2: fone is not a known value"),
        ("mail/hi/labels.j2", "{% set advisory = 1 %}", "mail/block.txt.j2, line 7: addressed_to is not"),
        ("mail/block.txt.j2", "{{ cover }}", "addressed_to must stand in it exactly once"),
        ("mail/advisory.html.j2", "{% include 'mail/gone.j2' %}", "includes mail/gone.j2, which is missing"),
        ("mail/en/letterhead.j2", "{{ issued | date_en('x') }}", "line 1: there is no style x"),
        ("mail/subject.j2", "{{ number + 1 }}", "templates/mail/subject.j2, line 1"),
    ],
)  # fmt: skip
def test_a_faulty_template_is_named(
    renderer_of: Callable[[Mapping[str, str]], Renderer],
    templates: Mapping[str, str],
    advisory: Advisory,
    name: str,
    source: str,
    told: str,
) -> None:
    """An unknown name, style or include in a template is an error that says where it stands."""
    with pytest.raises(TemplateError, match=re.escape(told)):
        _shared(renderer_of({**templates, name: source}), advisory)


def test_a_template_that_does_not_parse_is_named_at_once(
    renderer_of: Callable[[Mapping[str, str]], Renderer], templates: Mapping[str, str]
) -> None:
    """A syntax error shows when the templates are read, with file and line."""
    with pytest.raises(TemplateError, match=r"templates/notes/eici/en\.j2, line 2: "):
        renderer_of({**templates, "notes/eici/en.j2": "fine\n{% if %}"})


def test_all_missing_templates_are_named(
    renderer_of: Callable[[Mapping[str, str]], Renderer], templates: Mapping[str, str]
) -> None:
    """A language that lacks templates is refused with the name of each."""
    gone = {"mail/hi/labels.j2", "notes/copy/en.j2"}

    with pytest.raises(TemplateError) as caught:
        renderer_of({name: source for name, source in templates.items() if name not in gone})
    assert gone == set(re.findall(r"templates/(\S+) is missing", str(caught.value)))


def test_paragraphs_are_joined_numbered_and_told_once() -> None:
    """Lines of a paragraph are one, `#. ` is a running number, a repeated paragraph is dropped."""
    text = "Sir,\n\n#. One\n  more.\n\n\n#. Two.\n\nSir,\n\n#. Three."

    assert paragraphs(text) == ("Sir,", "1. One more.", "2. Two.", "3. Three.")


def test_notes_hold_nothing_of_one_kind(templates: Mapping[str, str]) -> None:
    """The frames serve every kind of advisory: no note and no mail frame speaks of the expiry of passwords."""
    of_mail = {name: source for name, source in templates.items() if name.startswith(("mail/", "notes/"))}
    frames = {name: source for name, source in of_mail.items() if "authenticity" not in name}

    assert [name for name, source in frames.items() if re.search("assword|पासवर्ड|expir|समाप्ति", source)] == []


def test_audience_sets_differ(renderer: Renderer, advisory: Advisory) -> None:
    """No two audiences get the same covering note."""
    texts = {
        audience: fill(_shared(renderer, advisory, [audience]).text, LINES, html=False) for audience in AUDIENCES
    }

    assert not any(texts[one] == texts[other] for one, other in combinations(AUDIENCES, 2))
