"""What a message says: the advisory whole and the same in both languages and both parts, and nothing else."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import replace
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from dispatcher.messages.rendering import Attached, Slot, fill
from dispatcher.messages.wrapping import WIDTH, columns
from dispatcher.model import LatePolicy, Wording
from tests.rendered import AUDIENCES, EVERYTHING, LINES, NOTHING, Parts, flat, halves_of, rendered

if TYPE_CHECKING:
    from dispatcher.messages.rendering import Renderer
    from dispatcher.model import Advisory, Localized

SEED = Path(__file__).parents[2] / "data" / "seed_advisory.txt"


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
    shared = rendered(renderer, advisory, [audience])
    html = Parts(fill(shared.html, LINES, html=True)).by_language

    for half in (*halves_of(shared).values(), html["hi"], html["en"]):
        facts = [
            "10/SYS/WZU/2025",
            "12.08.2025",
            "12:00",
            "eccs.helpdesk@icegate.gov.in",
            "1800-2666-882",
            "022-20825140",
        ]
        assert [fact for fact in facts if fact not in half] == []
    for half in (halves_of(shared)["hi"], html["hi"]):
        assert all(words in flat(half) for words in ("13 अगस्त, 2025", "दोपहर 12:00 बजे", "भारतीय मानक समय"))
    for half in (halves_of(shared)["en"], html["en"]):
        assert all(words in flat(half) for words in ("13 August 2025", "12:00 noon", "IST"))


@pytest.mark.parametrize("audience", AUDIENCES)
@pytest.mark.parametrize("attached", [NOTHING, EVERYTHING])
def test_hindi_stands_before_english(
    renderer: Renderer, advisory: Advisory, audience: str, attached: Attached
) -> None:
    """In both parts the Hindi half comes first and each half is in its own script."""
    shared = rendered(renderer, advisory, [audience], attached=attached)
    html = fill(shared.html, LINES, html=True)
    halves = halves_of(shared)

    assert not re.search("[ऀ-ॿ]", halves["en"])
    assert len(re.findall("[ऀ-ॿ]", halves["hi"])) > 1000
    assert html.index('<div class="language" lang="hi"') < html.index('<div class="language" lang="en"')
    assert not re.search("[ऀ-ॿ]", Parts(html).by_language["en"])


@pytest.mark.parametrize("audience", AUDIENCES)
@pytest.mark.parametrize("attached", [NOTHING, Attached(pdf="a.pdf"), EVERYTHING])
@pytest.mark.parametrize("wording", Wording)
def test_texts_are_clean(
    renderer: Renderer, advisory: Advisory, audience: str, attached: Attached, wording: Wording
) -> None:
    """No braces, marks of the templates, Devanagari digits or odd spaces are left; everything is NFC."""
    shared = rendered(renderer, advisory, [audience], attached=attached, wording=wording)
    everything = shared.subject + fill(shared.text, LINES, html=False)
    seen = "".join(Parts(fill(shared.html, LINES, html=True)).by_language.values())

    assert re.findall(r"\{\{|\}\}|\{%|%\}|#\. |[०-९]|[\ue000-\uf8ff]|\u202f|None|\[\]", everything + seen) == []
    assert "  " not in re.sub(r"^ +", "", everything, flags=re.MULTILINE)
    assert unicodedata.normalize("NFC", everything + seen) == everything + seen
    assert max(columns(line) for line in everything.split("\n")[1:]) <= WIDTH


def test_the_in_effect_wording(renderer: Renderer, advisory: Advisory) -> None:
    """After the hour the text F2 stands before the covering note and the subject says so."""
    shared = rendered(renderer, advisory, wording=Wording.IN_EFFECT)
    halves = halves_of(shared)

    assert shared.subject.startswith("अब प्रभावी/Now in effect: परामर्शी/Advisory 10/SYS/WZU/2025, ")
    for tag, half in halves.items():
        assert advisory.in_effect[tag] in flat(half)
        assert advisory.what[tag] not in flat(half)


def test_the_subject(renderer: Renderer, advisory: Advisory) -> None:
    """Number and moment stand in the first 60 characters, then the event in Hindi and in English."""
    base = "परामर्शी/Advisory 10/SYS/WZU/2025, 13.08.2025 12:00 IST: ईसीसीएस पासवर्ड समाप्ति / ECCS password expiry"

    assert base == rendered(renderer, advisory).subject
    assert "12:00 IST" in base[:60]
    assert f"नमूना/Specimen: {base}" == rendered(renderer, advisory, specimen=True).subject


def test_clocks_that_are_not_given_leave_no_gap(renderer: Renderer, advisory: Advisory) -> None:
    """An advisory without useful_until has no date on which the news flash comes down."""
    open_end = replace(advisory, useful_until=None, late_policy=LatePolicy.DROP)

    assert "Remove from the news flash on: 20.08.2025" in flat(
        halves_of(rendered(renderer, advisory, ["cms"]))["en"]
    )
    assert "Remove from" not in halves_of(rendered(renderer, open_end, ["cms"]))["en"]


def test_the_html_is_a_safe_document(renderer: Renderer, advisory: Advisory) -> None:
    """No script, link, image, form or remote address; languages are marked; nothing has a fixed width."""
    document = fill(rendered(renderer, advisory, attached=EVERYTHING).html, LINES, html=True)
    parts = Parts(document)

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
    shared = rendered(renderer, replace(advisory, subject=wild))
    document = fill(shared.html, {"hi": ("<i>",), "en": ('"&"',)}, html=True)

    assert "script" not in Parts(document).tags
    assert "<script>x & y</script>" in Parts(document).by_language["en"]
    assert "<i>" in Parts(document).by_language["hi"]
    assert "<script>x & y</script>" in fill(shared.text, LINES, html=False)


def test_slots_stand_once_in_each_language(renderer: Renderer, advisory: Advisory) -> None:
    """Each part has one slot per language, Hindi first, and is the same for every recipient but for them."""
    shared = rendered(renderer, advisory)

    for segments in (shared.text, shared.html):
        assert ["hi", "en"] == [segment.language for segment in segments if isinstance(segment, Slot)]
    assert "A post" in halves_of(shared)["en"]
    assert "A post" not in halves_of(shared)["hi"]


def test_audience_sets_differ(renderer: Renderer, advisory: Advisory) -> None:
    """No two audiences get the same covering note."""
    texts = {
        audience: fill(rendered(renderer, advisory, [audience]).text, LINES, html=False) for audience in AUDIENCES
    }

    assert not any(texts[one] == texts[other] for one, other in combinations(AUDIENCES, 2))
