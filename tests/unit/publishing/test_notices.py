"""What EICI writes to a courier: in every act and wording EICI speaks, and says whose advisory it passes on."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from dispatcher.errors import TemplateError
from dispatcher.messages.rendering import Renderer, fill
from dispatcher.model import LatePolicy, Wording
from dispatcher.publishing.notices import write_notice
from tests.drafts import LANGUAGES, audiences, draft, office
from tests.items import issue
from tests.lives import corrigendum, successor
from tests.rendered import LINES, NOTHING, flat, halves_of

if TYPE_CHECKING:
    from dispatcher.model import Advisory, Audience
    from dispatcher.publishing.notices import Notice

FORWARDED = {
    "en": "of the Office of the ADG (Systems), West Zonal Unit, Mumbai is forwarded, at their request",
    "hi": "अपर महानिदेशक (प्रणाली), पश्चिमी क्षेत्र इकाई, मुंबई के कार्यालय की परामर्शी सं.",
}
REQUESTED = {"en": "at their request", "hi": "उनके अनुरोध पर आपकी सूचना एवं अनुपालन हेतु अग्रेषित की जा रही है।"}
SALUTATIONS = {"en": "Dear Member/Authorised Courier,", "hi": "प्रिय सदस्य/अधिकृत कूरियर,"}
NOT_EICIS = {
    "en": ["Sir/Madam", "this office", "This advisory is issued"],
    "hi": ["महोदय", "इस कार्यालय", "यह परामर्शी, परामर्शी"],
}


def _couriers() -> Audience:
    return next(one for one in audiences() if one.by == "onward")


def _acts() -> dict[str, Advisory]:
    advisory = draft().advisory
    relation = {"type": "addendum", "target": advisory.number}
    added = ({"hi": "नया अनुच्छेद", "en": "A new line"},)
    marked = replace(advisory, late_policy=LatePolicy.SEND_MARKED)
    return {
        "original": advisory,
        "marked": marked,
        "corrigendum": corrigendum(advisory),
        "addendum": replace(advisory, revision=1, relation=relation, additions=added),
        "supersession": successor(advisory, "supersession"),
        "withdrawal": successor(advisory, "withdrawal"),
        "withdrawal of its kind": successor(advisory, "withdrawal", kind="withdrawal"),
    }


def _notice(act: str) -> Notice:
    return write_notice(replace(issue(), advisory=_acts()[act]), _couriers())


def _cover(text: str) -> str:
    """Return what stands before the line that names whom it goes to."""
    return flat(re.split("प्रेषिती:|Addressed to:", text, maxsplit=1)[0])


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("wording", Wording)
@pytest.mark.parametrize("act", _acts())
def test_the_notice_speaks_for_who_passes_it_on(act: str, wording: Wording, language: str) -> None:
    """One salutation, the issuer named, that it is forwarded at their request; nothing in the office's voice."""
    cover = _cover(halves_of(_notice(act).messages[wording])[language])

    assert 1 == cover.count(SALUTATIONS[language])
    assert 1 == cover.count(FORWARDED[language])
    assert 1 == cover.count(REQUESTED[language])
    assert cover.index(SALUTATIONS[language]) < cover.index(REQUESTED[language])
    assert [] == [one for one in NOT_EICIS[language] if one in cover]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("wording", Wording)
@pytest.mark.parametrize("act", _acts())
def test_the_text_in_one_language_says_the_same(act: str, wording: Wording, language: str) -> None:
    """The .txt of the kit is read by who copies it into a mail of its own."""
    cover = _cover(_notice(act).texts[wording][language])

    assert 1 == cover.count(SALUTATIONS[language])
    assert 1 == cover.count(REQUESTED[language])
    assert [] == [one for one in NOT_EICIS[language] if one in cover]


@pytest.mark.parametrize("wording", Wording)
@pytest.mark.parametrize(
    ("act", "english", "hindi"),
    [
        (
            "corrigendum",
            'Corrigendum: In the letterhead (Hindi) of the said Advisory, for the fax number "022-220825148"',
            'शुद्धिपत्र: उक्त परामर्शी के पत्रशीर्ष (हिंदी) में फैक्स संख्या "022-220825148" के स्थान पर',
        ),
        ("addendum", "Addendum: The following is added to the said Advisory: A new line", "नया अनुच्छेद"),
        (
            "supersession",
            "The said Advisory is issued in supersession of Advisory No. 10/SYS/WZU/2025 dated 12.08.2025.",
            "उक्त परामर्शी, परामर्शी सं. 10/SYS/WZU/2025 दिनांक 12.08.2025 का अधिक्रमण करते हुए जारी की गई है।",
        ),
        (
            "withdrawal",
            "Advisory No. 10/SYS/WZU/2025 dated 12.08.2025 is withdrawn with immediate effect",
            "परामर्शी सं. 10/SYS/WZU/2025 दिनांक 12.08.2025 तत्काल प्रभाव से वापस ली जाती है",
        ),
    ],
)
def test_what_it_does_to_an_earlier_one_is_told(act: str, wording: Wording, english: str, hindi: str) -> None:
    """Once, in either wording, after who issued it."""
    halves = {tag: _cover(half) for tag, half in halves_of(_notice(act).messages[wording]).items()}

    assert 1 == halves["en"].count(english)
    assert 1 == halves["hi"].count(hindi)
    assert halves["en"].index(REQUESTED["en"]) < halves["en"].index(english)


def test_after_the_hour_it_says_what_holds() -> None:
    """The text for then in place of what will happen; help is named in both."""
    advisory = draft().advisory
    notice = _notice("original")
    for tag in LANGUAGES:
        before, after = (_cover(halves_of(notice.messages[one])[tag]) for one in Wording)
        assert advisory.what[tag] in before
        assert advisory.in_effect[tag] not in before
        assert advisory.in_effect[tag] in after
        assert advisory.what[tag] not in after
        assert advisory.helpdesk.phone in before
        assert advisory.helpdesk.phone in after


@pytest.mark.parametrize(
    ("without", "act", "wording", "value", "lines"),
    [
        ("{{ changes }}", "corrigendum", Wording.ORIGINAL, "changes", ["{{ changes }}"]),
        (
            "{{ in_effect }}",
            "original",
            Wording.IN_EFFECT,
            "in_effect",
            ["{% if late %}", "{{ in_effect }}", "{% else %}", "{% endif %}"],
        ),
    ],
)
def test_a_note_that_leaves_out_what_must_be_told_is_refused(
    without: str, act: str, wording: Wording, value: str, lines: list[str]
) -> None:
    """A correction must not get lost in a frame that an office wrote itself; it is told what to write there."""
    name = "notes/couriers/en.j2"
    templates = dict(draft().templates)
    templates[name] = templates[name].replace(without, "")
    renderer = Renderer(templates, office=office(), languages=LANGUAGES, audiences=audiences())

    with pytest.raises(TemplateError, match=f"templates/{name}: {value} must stand in it") as caught:
        renderer.cover(_acts()[act], audience="couriers", language="en", attached=NOTHING, wording=wording)
    assert lines == re.findall(r"\{.+?\}+", str(caught.value))


def test_html_and_text_hold_the_same_note() -> None:
    """Both parts of the message say that it is forwarded."""
    shared = _notice("corrigendum").messages[Wording.IN_EFFECT]

    assert "at their request" in flat(fill(shared.html, LINES, html=True))
