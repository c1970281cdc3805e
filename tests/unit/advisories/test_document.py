"""The official document as data: everything printed comes from the advisory, in both languages alike."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from dispatcher.advisories.document import Stamp, build_document, record_of
from dispatcher.advisories.fixed_words import fixed_words
from dispatcher.model import Para
from tests.drafts import LANGUAGES, ROOT, draft
from tests.lives import SLIP, corrigendum, successor

if TYPE_CHECKING:
    from dispatcher.advisories.document import Document
    from dispatcher.model import Advisory

WORDS = fixed_words(
    (ROOT / "templates/pdf/words.yaml").read_text(encoding="utf-8"), languages=LANGUAGES, file="words.yaml"
)
OFFICE = draft().renderer.office


def _document(advisory: Advisory | None = None, **changes: Any) -> Document:
    return build_document(advisory or draft().advisory, office=OFFICE, words=WORDS, **changes)


@pytest.fixture(params=range(2), ids=LANGUAGES)
def half(request: pytest.FixtureRequest) -> dict[str, Any]:
    """Give the document in each language."""
    printed: dict[str, Any] = _document().data["halves"][request.param]
    return printed


def test_hindi_comes_first() -> None:
    """The languages stand in the order of the words: in the letterhead, and one document after the other."""
    data = _document().data

    assert list(LANGUAGES) == [part["language"] for part in data["letterhead"]]
    assert list(LANGUAGES) == [half["language"] for half in data["halves"]]


def test_the_first_paragraph_bears_no_number(half: dict[str, Any]) -> None:
    """Paragraphs are numbered from the second, notes and contacts are not, steps are roman."""
    assert [
        ("text", None), ("text", "2."), ("note", None), ("text", "3."), ("contact", None)
    ] == [(para["kind"], para["number"]) for para in half["paras"]]  # fmt: skip
    assert ["(i).", "(ii).", "(iii)."] == [step["number"] for step in half["paras"][1]["steps"]]


def test_the_stamp_tells_who_signed_and_when() -> None:
    """Each language tells the name of the certificate and the second, in the office's zone; unsigned, nothing."""
    stamped = _document(stamp=Stamp("ASHA RAO", datetime(2025, 8, 12, 15, 39, 9, tzinfo=UTC)))
    said = {half["language"]: half["stamp"] for half in stamped.data["halves"]}

    assert {
        "hi": ["डिजिटल रूप से हस्ताक्षरित: ASHA RAO", "दिनांक: 12-08-2025 21:09:09 IST"],
        "en": ["Digitally signed by ASHA RAO", "Date: 12-08-2025 21:09:09 IST"],
    } == said
    assert [[], []] == [half["stamp"] for half in _document().data["halves"]]


def test_lists_are_numbered(half: dict[str, Any]) -> None:
    """Each line of both lists has its number; the signatory stands in brackets above the designation."""
    assert ["1.", "2.", "3.", "4."] == [line["number"] for line in half["to"]["entries"]]
    assert ["1.", "2."] == [line["number"] for line in half["copy"]["entries"]]
    assert half["signatory"][0][0] + half["signatory"][0][-1] == "()"


def test_the_helpdesk_is_named_once(half: dict[str, Any]) -> None:
    """Where no paragraph names the helpdesk's address it gets a line of its own, in that language."""
    advisory = draft().advisory
    bare = replace(advisory, paras=advisory.paras[:1])
    place = LANGUAGES.index(half["language"])
    *_, added = _document(bare).data["halves"][place]["paras"]

    assert 5 == len(half["paras"])
    assert "contact" == added["kind"]
    assert all(
        part in added["text"]
        for part in (advisory.helpdesk.name[half["language"]], advisory.helpdesk.email, advisory.helpdesk.phone)
    )


def test_the_word_specimen_is_asked_for() -> None:
    """A document is a specimen unless it is told otherwise."""
    assert "नमूना / Specimen" == _document().data["mark"]
    assert _document(mark=None).data["mark"] is None


def test_its_moment_is_that_of_the_advisory() -> None:
    """The time in the file is noon of the advisory's date at the office: no clock is asked."""
    assert datetime(2025, 8, 12, 6, 30, tzinfo=UTC) == _document().dated


def test_a_number_that_looks_like_a_name_stays_as_it_is() -> None:
    """Texts of the advisory are never filled in: braces in them are braces."""
    odd = dict.fromkeys(LANGUAGES, "{number} {page}")
    para = Para(kind="text", text=odd, steps=(odd,))
    half = _document(replace(draft().advisory, paras=(para,))).data["halves"][0]

    assert "{number} {page}" == half["paras"][0]["text"] == half["paras"][0]["steps"][0]["text"]


def test_the_record_says_what_the_advisory_says() -> None:
    """The record holds number, clocks, texts and addressees, as JSON can."""
    advisory = draft().advisory
    record = record_of(advisory)

    assert record == json.loads(json.dumps(record))
    assert (advisory.number, "2025-08-12", "password_expiry") == (record["number"], record["date"], record["kind"])
    assert advisory.effective_at == datetime.fromisoformat(record["effective_at"])
    assert "window_start" not in record
    assert [dict(para.text) for para in advisory.paras] == [para["text"] for para in record["paras"]]
    assert list(advisory.addressees[0].places) == record["addressees"][0]["places"]


def test_the_record_keeps_what_is_internal() -> None:
    """What the office only tells itself is not published: policies, answers to the lint, asks of the notes."""
    text = json.dumps(record_of(draft().advisory), ensure_ascii=False)

    assert not {"late_policy", "in_doubt", "answers"} & record_of(draft().advisory).keys()
    assert draft().advisory.addressees[0].ask["en"] not in text


def test_a_corrigendum_is_headed_as_such() -> None:
    """Title, each slip and that the rest stands, in each language; a first issue has none of it."""
    relations = [half["relation"] for half in _document(corrigendum(draft().advisory)).data["halves"]]

    assert [None, None] == [half["relation"] for half in _document().data["halves"]]
    assert ["शुद्धिपत्र", "Corrigendum"] == [relation["title"] for relation in relations]
    assert [2, 2] == [len(relation["lines"]) for relation in relations]
    assert all("022-220825148" in relation["lines"][0] for relation in relations)


def test_a_correction_says_where_and_what() -> None:
    """The sentence names the slip where it has a name, and quotes it without one otherwise, in each language."""
    made = corrigendum(draft().advisory)
    unnamed = replace(made, corrections=(replace(SLIP, what=None),))
    first, plain = (
        [half["relation"]["lines"][0] for half in _document(one).data["halves"]] for one in (made, unnamed)
    )

    advisory = "this office's Advisory No. 10/SYS/WZU/2025 dated 12.08.2025"
    number = "इस कार्यालय की परामर्शी सं. 10/SYS/WZU/2025 दिनांक 12.08.2025"
    read = '"022-220825148" के स्थान पर "022-20825148" पढ़ा जाए।'
    assert [
        f"{number} के पत्रशीर्ष (हिंदी) में फैक्स संख्या {read}",
        f'In the letterhead (Hindi) of {advisory}, for the fax number "022-220825148", read "022-20825148".',
    ] == first
    assert f"{number} के पत्रशीर्ष (हिंदी) में {read}" == plain[0]
    assert plain[1].endswith('12.08.2025, for "022-220825148", read "022-20825148".')


def test_a_corrigendum_has_a_date_of_its_own() -> None:
    """Its letterhead and its file bear that date; it names that of the advisory, as the record does."""
    document = _document(corrigendum(draft().advisory, dated="2025-08-14"))
    half = document.data["halves"][1]

    assert ("Date: 14.08.2025", "Advisory No. 10/SYS/WZU/2025") == (half["date"], half["number"])
    assert "Advisory No. 10/SYS/WZU/2025 dated 12.08.2025" in half["relation"]["lines"][0]
    assert datetime(2025, 8, 14, 6, 30, tzinfo=UTC) == document.dated
    assert ("2025-08-12", "2025-08-14") == (document.record["date"], document.record["relation"]["dated"])


def test_a_supersession_names_number_and_date() -> None:
    """The line of a supersession names what it supersedes; it has no title."""
    document = _document(successor(draft().advisory, "supersession"))
    relation = document.data["halves"][1]["relation"]

    assert relation["title"] is None
    assert ["This advisory is issued in supersession of Advisory No. 10/SYS/WZU/2025 dated 12.08.2025."] == (
        relation["lines"]
    )
    assert "10/SYS/WZU/2025" == document.record["relation"]["target"]


def test_a_withdrawal_by_another_kind_is_in_the_document() -> None:
    """What its message says of the earlier advisory the document says too; the kind withdrawal has paragraphs."""
    made = successor(draft().advisory, "withdrawal", kind="restored")
    lines = [half["relation"]["lines"] for half in _document(made).data["halves"]]
    advisory = "Advisory No. 10/SYS/WZU/2025 dated 12.08.2025"
    of_its_kind = _document(replace(made, kind="withdrawal")).data["halves"]

    assert [
        "परामर्शी सं. 10/SYS/WZU/2025 दिनांक 12.08.2025 तत्काल प्रभाव से वापस ली जाती है; कृपया उस पर कोई कार्रवाई न करें।",
        f"{advisory} is withdrawn with immediate effect; kindly take no action on it.",
    ] == [line for (line,) in lines]
    assert [None, None] == [half["relation"] for half in of_its_kind]


def test_the_record_holds_what_is_corrected() -> None:
    """Machines read each correction; a record without any has no such key."""
    record = _document(corrigendum(draft().advisory)).record

    assert "022-20825148" == record["corrections"][0]["read"]["hi"]
    assert "corrections" not in _document().record
