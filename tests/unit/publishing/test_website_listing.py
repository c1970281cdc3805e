"""Of each number its newest revision, and what later advisories did to it."""

from __future__ import annotations

from dispatcher.publishing.website_listing import listed
from tests.items import NUMBER, item

OTHER = "11/SYS/WZU/2025"


def to_it(kind: str) -> dict[str, str]:
    """Return the relation of an advisory to the sample."""
    return {"type": kind, "target": NUMBER}


def test_the_newest_revision_stands_for_its_number() -> None:
    """A revision takes the place of the one before, which stays known; published when the first was."""
    (shown,) = listed([item(revision=1, days=2), item()])

    assert (1, "2025-08-12", "2025-08-14") == (
        shown.item.revision,
        str(shown.item.publish_at.date()),
        str(shown.updated.date()),
    )
    assert [0] == [one.revision for one in shown.earlier]


def test_a_further_release_changes_nothing() -> None:
    """A later release of the same revision, for more recipients, neither publishes nor updates the item anew."""
    first, again = listed([item()]), listed([item(), item(days=5)])

    assert first == again


def test_supersession_marks_the_other() -> None:
    """The item that is superseded names the one that did it, and is updated by it; that one is not marked."""
    newer, older = listed([item(), item(OTHER, days=3, relation=to_it("supersession"))])

    assert [("supersession", OTHER, "11-SYS-WZU-2025.html")] == [
        (one.kind, one.number, one.href) for one in older.notices
    ]
    assert (newer.item.publish_at, ()) == (older.updated, newer.notices)


def test_an_advisory_may_withdraw_itself() -> None:
    """A revision that withdraws its own number is marked as withdrawn; one that corrects it is not marked."""
    (withdrawn,) = listed([item(), item(revision=1, relation=to_it("withdrawal"))])
    (corrected,) = listed([item(), item(revision=1, relation=to_it("corrigendum"))])

    assert [("withdrawal", None)] == [(one.kind, one.href) for one in withdrawn.notices]
    assert () == corrected.notices


def test_a_relation_to_what_was_never_released_marks_nothing() -> None:
    """A target that is not on the site is left alone."""
    (shown,) = listed([item(OTHER, relation=to_it("withdrawal"))])

    assert () == shown.notices


def test_the_newest_comes_first() -> None:
    """Items stand by date of issue, then by moment of release, newest first, in whatever order they come."""
    first, second = item(date="2025-08-14"), item(OTHER, date="2025-08-13", days=4)

    assert [first.number, second.number] == [one.item.number for one in listed([second, first])]
    assert listed([first, second]) == listed([second, first])


def test_the_id_keeps_the_year_of_the_first_release() -> None:
    """A revision that is dated in another year has the id that its number always had."""
    (shown,) = listed([item(), item(revision=1, date="2026-01-02", days=140)])

    assert "tag:customs.example,2025:advisory/10-SYS-WZU-2025" == shown.item.id_of()
