"""A kit against the document in it; tests/end_to_end/test_vouching.py has the same with signed documents."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest

from dispatcher.advisories.document import document_record, record_of
from dispatcher.errors import Refused
from dispatcher.model import LatePolicy, Wording
from dispatcher.publishing.kit_agreement import refuse_contradiction, refuse_other_document, refuse_other_notice
from dispatcher.publishing.kit_reading import OnwardKit, read_kit
from dispatcher.publishing.onward_kit import onward_kit
from dispatcher.publishing.received import as_received
from tests.drafts import LANGUAGES
from tests.kits import MANUAL, issue, material
from tests.lives import corrigendum, successor

if TYPE_CHECKING:
    from dispatcher.model import Advisory


@cache
def kit() -> OnwardKit:
    """Return the kit of the sample with an enclosure, as it is read."""
    enclosed = replace(issue().advisory, enclosures=(MANUAL.file_name,))
    made = onward_kit(issue(advisory=enclosed, enclosures=(MANUAL,)), material())
    return read_kit(made.attached[0].content, key=None)


def advisory() -> Advisory:
    """Return its advisory as EICI has it."""
    return as_received(kit(), languages=LANGUAGES)


def record() -> dict[str, Any]:
    """Return the record in the document of the office."""
    return record_of(replace(issue().advisory, enclosures=(MANUAL.file_name,)))


def _noticed(part: str, old: str, new: str, *, wording: Wording = Wording.ORIGINAL) -> OnwardKit:
    """Return the kit with other words in a part of its notice."""
    shared = kit().messages[wording]
    pieces = tuple(one.replace(old, new) if isinstance(one, str) else one for one in getattr(shared, part))
    assert pieces != getattr(shared, part)
    changed = replace(shared, text=pieces) if part == "text" else replace(shared, html=pieces)
    return replace(kit(), messages={**kit().messages, wording: changed})


def _acts() -> dict[str, Advisory]:
    sample = issue().advisory
    added = ({"hi": "नया अनुच्छेद", "en": "A new line"},)
    addendum = {"type": "addendum", "target": sample.number}
    return {
        "marked": replace(sample, late_policy=LatePolicy.SEND_MARKED),
        "dropped": replace(sample, late_policy=LatePolicy.DROP),
        "corrigendum": corrigendum(sample),
        "addendum": replace(sample, revision=1, relation=addendum, additions=added),
        "supersession": successor(sample, "supersession"),
        "withdrawal": successor(sample, "withdrawal"),
    }


@pytest.mark.parametrize("act", _acts())
def test_a_kit_of_any_act_agrees(act: str) -> None:
    """Whatever an advisory does to an earlier one, its own kit is not refused."""
    made = _acts()[act]
    found = read_kit(onward_kit(issue(advisory=made), material()).attached[0].content, key=None)
    received = as_received(found, languages=LANGUAGES)
    refuse_contradiction(found, received)
    refuse_other_document(found, received, record_of(made))
    refuse_other_notice(found, received)

    assert made.relation == received.relation


def test_a_kit_as_it_was_made_agrees() -> None:
    """The hour of EICI is its own, and enclosures lie in the kit: neither is a difference."""
    refuse_other_document(kit(), advisory(), record())
    refuse_other_notice(kit(), advisory())

    assert advisory().notify_before.isoformat() != record()["notify_before"]


@pytest.mark.parametrize(
    "changes",
    [
        {"number": "13/SYS/WZU/2025"},
        {"revision": 1},
        {"date": "2025-08-11"},
        {"kind": "incident"},
        {"effective_at": "2025-08-13T13:00:00+05:30"},
        {"effective_at": "soon"},
        {"notify_before": "2025-08-13T11:00:00+05:30"},
        {"window_end": "2025-08-13T11:00:00+05:30"},
        {"what": {"hi": "x", "en": "x"}},
        {"paras": []},
        {"helpdesk": {}},
        {"signatory": None},
        {"enclosures": []},
        {"relation": {"type": "supersession", "target": "9/SYS/WZU/2025"}},
        {"news": 3},
    ],
    ids=str,
)
def test_another_document_is_refused(changes: dict[str, Any]) -> None:
    """What it says otherwise is named."""
    with pytest.raises(Refused, match=rf"they differ in {next(iter(changes))}; ask the office"):
        refuse_other_document(kit(), advisory(), {**record(), **changes})


def test_the_office_of_the_document_is_that_of_the_kit() -> None:
    """Who issued it, by meta.json, is who the document says; that of an earlier program says nothing."""
    own = document_record(issue().advisory, issue().office)["office"]
    other = own | {"name": {"hi": "अन्य कार्यालय", "en": "Another office"}}

    refuse_other_document(kit(), advisory(), record())
    refuse_other_document(kit(), advisory(), record() | {"office": own})
    with pytest.raises(Refused, match="they differ in office"):
        refuse_other_document(kit(), advisory(), record() | {"office": other})


def test_the_same_moment_in_another_zone_is_the_same() -> None:
    """Moments are compared, not how they are written."""
    refuse_other_document(kit(), advisory(), {**record(), "effective_at": "2025-08-13T12:00:00+05:30"})

    assert record()["effective_at"] == "2025-08-13T06:30:00+00:00"


@pytest.mark.parametrize(
    ("part", "old", "new", "said"),
    [
        ("text", "Follow the prompts", "Ignore the prompts", r"original, text\) does not hold .*: paras;"),
        ("html", "Follow the prompts", "Ignore the prompts", r"original, HTML\) does not hold .*: paras;"),
        ("text", "10/SYS/WZU/2025", "11/SYS/WZU/2025", "names 11/sys/wzu/2025, which the advisory"),
        (
            "html",
            "ECCS Helpdesk",
            "<a href='mailto:x@evil.example'>x@evil.example</a>",
            "does not hold .*: paras;",
        ),
        ("text", "Authenticity:", "https://evil.example", "names https://evil.example, which the advisory"),
        ("html", "Authenticity:", "x@evil.example", "names x@evil.example, which the advisory"),
    ],
)
def test_another_notice_is_refused(part: str, old: str, new: str, said: str) -> None:
    """It holds every text of the advisory in both parts, and leads nowhere else."""
    with pytest.raises(Refused, match=said):
        refuse_other_notice(_noticed(part, old, new), advisory())


def test_the_late_notice_is_compared_too() -> None:
    """After the hour it goes to everybody as the first does before."""
    changed = _noticed("text", "Follow the prompts", "Ignore the prompts", wording=Wording.IN_EFFECT)
    with pytest.raises(Refused, match=r"in_effect, text\) does not hold the text of the advisory: paras;"):
        refuse_other_notice(changed, advisory())


@pytest.mark.parametrize(
    "long",
    ["a" * 2_000, "a@b.in " * 20_000, "1/A " * 40_000, "w" * 250_000],
    ids=["word", "addresses", "numbers", "w"],
)
@pytest.mark.parametrize("part", ["text", "html"])
def test_a_notice_without_end_is_refused_at_once(part: str, long: str) -> None:
    """What is searched for addresses is no longer than a notice can be, and has no word without end."""
    with pytest.raises(Refused, match=r"holds a word of more than|holds more than"):
        refuse_other_notice(_noticed(part, "Authenticity:", long), advisory())
