"""What comes after the hour still asks each audience for its own, in words that are true by then."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from dispatcher.acts import IN_EFFECT, FollowUp, Remind
from dispatcher.model import LatePolicy, Wording
from tests.lives import corrigendum
from tests.rendered import EVERYTHING, flat, halves_of, rendered

if TYPE_CHECKING:
    from dispatcher.messages.rendering import Attached, Renderer
    from dispatcher.model import Advisory

COMMISSIONERS = replace(EVERYTHING, kits=("notice_draft",))


def _late(
    renderer: Renderer, advisory: Advisory, audience: str, attached: Attached = EVERYTHING, **choices: object
) -> dict[str, str]:
    shared = rendered(renderer, advisory, [audience], attached=attached, wording=Wording.IN_EFFECT, **choices)
    return {tag: flat(half) for tag, half in halves_of(shared).items()}


@pytest.mark.parametrize("corrected", [False, True], ids=["original", "corrigendum"])
@pytest.mark.parametrize(
    ("audience", "attached", "english", "hindi"),
    [
        (
            "eici",
            EVERYTHING,
            [
                "2. EICI is requested to inform all couriers of this at once.",
                "3. A ready notice for couriers (Hindi and English) is enclosed",
                "4. After the notice is sent, kindly inform this office",
            ],
            ["2. ईआईसीआई से अनुरोध है कि वह सभी कूरियरों को इसकी सूचना तत्काल दे।", "3. सुविधा के लिए", "4. सूचना भेज"],
        ),
        (
            "cms",
            EVERYTHING,
            ["1. It is requested that Advisory No.", "2. The enclosed package holds", "3. Publish: immediately."],
            ["प्रकाशित करने का अनुरोध है।", "2. संलग्न पैकेज में", "3. प्रकाशन: तत्काल।"],
        ),
        (
            "commissioners",
            COMMISSIONERS,
            ["be informed immediately.", "3. A draft public notice (Hindi and English) is enclosed"],
            ["तत्काल अवगत कराएँ।", "3. सुविधा के लिए सार्वजनिक सूचना का प्रारूप"],
        ),
        ("custodians", EVERYTHING, ["at your terminal be informed"], ["आपके टर्मिनल पर कार्यरत"]),
        ("copy", EVERYTHING, ["is forwarded for information."], ["सूचनार्थ प्रेषित है"]),
    ],
)
def test_the_request_and_the_kit_are_not_lost(
    renderer: Renderer,
    advisory: Advisory,
    *,
    corrected: bool,
    audience: str,
    attached: Attached,
    english: list[str],
    hindi: list[str],
) -> None:
    """After the text for then comes the audience's own note, with every sentence about what is attached."""
    made = corrigendum(advisory) if corrected else advisory
    halves = _late(renderer, made, audience, attached)

    for tag, expected in (("en", english), ("hi", hindi)):
        then, _, note = halves[tag].partition(advisory.in_effect[tag])
        assert then, halves[tag]
        assert [] == [one for one in expected if one not in note]


@pytest.mark.parametrize("audience", ["commissioners", "eici", "custodians", "cms", "copy"])
def test_a_late_note_has_one_salutation(renderer: Renderer, advisory: Advisory, audience: str) -> None:
    """Whatever stands before the note."""
    halves = _late(renderer, corrigendum(advisory), audience)

    assert 1 == halves["en"].count("Sir/Madam,")
    assert 1 == halves["hi"].count("महोदय/महोदया,")


def test_nobody_is_asked_to_act_before_an_hour_that_has_passed(renderer: Renderer, advisory: Advisory) -> None:
    """In either late policy that sends; before the hour the request names it."""
    marked = replace(advisory, late_policy=LatePolicy.SEND_MARKED)

    for made in (advisory, marked):
        halves = _late(renderer, made, "eici")
        assert "before 12:00 noon" not in halves["en"]
        assert "से पूर्व, दे।" not in halves["hi"]
    assert "before 12:00 noon on 13.08.2025" in flat(halves_of(rendered(renderer, advisory, ["eici"]))["en"])


def test_while_there_is_time_left_the_request_stands(renderer: Renderer, advisory: Advisory) -> None:
    """Of what is told afterwards, the hour to be told by is still to come when it is in effect."""
    ahead = replace(advisory, notify_before=advisory.effective_at + timedelta(hours=2))

    assert advisory.addressees[1].ask["en"] in _late(renderer, ahead, "eici")["en"]


def test_without_words_of_its_own_the_request_stands(renderer: Renderer, advisory: Advisory) -> None:
    """late_ask may be left out."""
    lines = tuple(replace(line, late_ask=None) for line in advisory.addressees)

    assert advisory.addressees[1].ask["en"] in _late(renderer, replace(advisory, addressees=lines), "eici")["en"]


def test_the_notice_at_the_hour_asks_nothing_again(renderer: Renderer, advisory: Advisory) -> None:
    """Who gets it was asked with the advisory itself: it says what holds now."""
    at = advisory.effective_at
    notice = FollowUp(act=IN_EFFECT, at=at, until=at, to=Remind.ALL, after=True)
    halves = _late(renderer, advisory, "eici", follow_up=notice)

    assert advisory.in_effect["en"] in halves["en"]
    assert "at once" not in halves["en"].partition("Addressed to")[0]
