"""What differs between two states of an advisory, as an approver reads it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from dispatcher.model import Enclosure, OfficialDocument, Para
from dispatcher.outbox.changes import Change, ListChanges, Named, brief, change_lines, list_lines, text_changes
from dispatcher.outbox.inputs import inputs_of, packed, unpacked
from tests.drafts import draft

if TYPE_CHECKING:
    from dispatcher.messages.drafting import Draft

SAMPLE = draft()
ADVISORY = SAMPLE.advisory


def _changes(after: Draft, before: Draft = SAMPLE) -> list[Change]:
    return text_changes(inputs_of(before, files={}), inputs_of(after, files={}))


def _with(**changes: Any) -> Draft:
    return replace(SAMPLE, advisory=replace(ADVISORY, **changes))


def _paras(*paras: Para) -> Draft:
    return _with(paras=paras)


def test_what_is_the_same_differs_in_nothing() -> None:
    """Two drafts of the same files show no change, also after the store kept one."""
    inputs = inputs_of(SAMPLE, files={"a": "1"})

    assert [] == _changes(draft())
    assert inputs == unpacked(packed(inputs))


def test_a_paragraph_is_shown_in_both_languages() -> None:
    """Before and after, Hindi beside English; a language that did not change is not repeated."""
    first, *rest = ADVISORY.paras
    other = replace(first, text={"hi": "नया पाठ", "en": first.text["en"]})
    (change,) = _changes(_paras(other, *rest))

    assert ("paragraph 1", "changed") == change[:2]
    assert [
        "paragraph 1: changed",
        f"  hi  - {first.text['hi']}",
        "      + नया पाठ",
    ] == change_lines(change)


def test_an_hour_is_shown_as_the_office_writes_it() -> None:
    """In the office's zone with its name, as the advisory says it; to the second only where it has seconds."""
    before, after = (datetime(2026, 11, 30, 6, 30, tzinfo=UTC) + timedelta(seconds=n) for n in (0, 7))
    (change,) = _changes(_with(effective_at=after), _with(effective_at=before))

    assert [
        "effective_at: changed",
        "      - 30.11.2026 12:00 IST",
        "      + 30.11.2026 12:00:07 IST",
    ] == change_lines(change)


def test_an_hour_is_shown_in_the_zone_of_its_time() -> None:
    """Where the office's zone is another by now, what was is told in the one that was."""
    at = datetime(2026, 11, 30, 6, 30, tzinfo=UTC)
    moved = replace(_with(effective_at=at + timedelta(hours=1)), time_zone="UTC")
    changes = {one.what: one for one in _changes(moved, _with(effective_at=at))}

    assert ({"": "30.11.2026 12:00 IST"}, {"": "30.11.2026 07:30 UTC"}) == changes["effective_at"][2:]


def test_a_paragraph_put_in_does_not_shift_the_others() -> None:
    """What comes after a new paragraph is not told as changed, nor what comes after one that went."""
    new = Para(kind="text", text={"hi": "नया", "en": "New"})
    first, *rest = ADVISORY.paras

    assert [("paragraph 2, kind", "added"), ("paragraph 2", "added")] == [
        one[:2] for one in _changes(_paras(first, new, *rest))
    ]
    assert {"removed"} == {one.how for one in _changes(_paras(first, *rest[1:]))}


def test_a_step_and_an_addressee_are_named() -> None:
    """Lists within lists: the step of the paragraph, the instruction of the addressee."""
    number, para = next((n, one) for n, one in enumerate(ADVISORY.paras) if one.steps)
    steps = ({"hi": "क", "en": "k"}, *para.steps[1:])
    paras = [*ADVISORY.paras[:number], replace(para, steps=steps), *ADVISORY.paras[number + 1 :]]
    first, *others = ADVISORY.addressees
    addressees = (replace(first, places=first.places[1:]), *others)

    assert [f"paragraph {number + 1}, step 1"] == [one.what for one in _changes(_with(paras=tuple(paras)))]
    assert [Change("addressee 1, place 1", "removed", {"": first.places[0]})] == _changes(
        _with(addressees=addressees)
    )


def test_a_value_is_shown_by_itself() -> None:
    """A value without language stands alone, before and after."""
    (change,) = _changes(_with(kind="downtime_planned"))

    assert ["kind: changed", "      - password_expiry", "      + downtime_planned"] == change_lines(change)


def test_a_letterhead_is_a_text_of_its_own() -> None:
    """What stands in config.yaml is told by its key, in its languages."""
    office = replace(SAMPLE.renderer.office, name={"hi": "कार्यालय", "en": "Office"})
    renderer = type(SAMPLE.renderer)(
        SAMPLE.templates, office=office, languages=SAMPLE.languages, audiences=SAMPLE.audiences
    )

    assert [("office, name", "changed")] == [one[:2] for one in _changes(replace(SAMPLE, renderer=renderer))]


def test_templates_document_and_enclosures_go_by_their_sums() -> None:
    """They are named, not quoted: changed, added, removed."""
    name = next(iter(SAMPLE.templates))
    other = replace(
        SAMPLE,
        templates={**SAMPLE.templates, name: "other"},
        document=OfficialDocument(file_name="Advisory.pdf", content=b"pdf"),
        enclosures=(Enclosure(file_name="a.txt", media_type="text/plain", content=b"a"),),
    )

    assert [("Advisory.pdf", "added"), ("a.txt", "added"), (f"templates/{name}", "changed")] == [
        one[:2] for one in _changes(other)
    ]
    assert {"removed", "changed"} == {one.how for one in _changes(SAMPLE, other)}


def test_recipients_are_counted_and_some_are_named() -> None:
    """Of many the first are named and the rest is counted; in one line only the counts."""
    lists = ListChanges(added=Named(3, ("a@x.example", "b@x.example")), changed=Named(1, ("c@x.example",)))

    assert ["3 added: a@x.example, b@x.example and 1 more", "1 post changed: c@x.example"] == list_lines(lists)
    assert "subject, 3 recipients added, 1 recipient with another post" == brief(
        [Change("subject", "changed")], lists
    )
    assert not ListChanges()
