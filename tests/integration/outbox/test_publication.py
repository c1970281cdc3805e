"""When releases began, and what looks at the website found, in the record."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from dispatcher.errors import StoreError
from dispatcher.model import OfficialDocument
from dispatcher.outbox import interventions
from dispatcher.outbox.preparing import prepare
from dispatcher.outbox.publication import begun, confirmed_pages, record_look, website_standing
from dispatcher.outbox.records import Look
from dispatcher.outbox.schema import octets, release
from dispatcher.outbox.states import ReleaseState
from dispatcher.outbox.verifying import verify
from tests.drafts import draft
from tests.outboxes import MOMENT, Outbox

if TYPE_CHECKING:
    from dispatcher.outbox.records import Begun, WebsiteStanding
    from dispatcher.outbox.verifying import Verified

A, B = "a@customs.example", "b@customs.example"
DOCUMENT = OfficialDocument(file_name="a.pdf", content=b"%PDF")


def _begun(outbox: Outbox, slug: str | None = None) -> list[Begun]:
    with outbox.database.reading() as connection:
        return begun(connection, slug=slug)


def _look(
    outbox: Outbox,
    minutes: int = 0,
    *,
    page: str = "https://eccs.example/",
    lost: dict[str, str] | None = None,
    **languages: bool | None,
) -> None:
    look = Look(pages=(page,), languages=languages, faults=(), document="ab", lost=lost or {})
    record_look(outbox.database, outbox.record(), look, by="asha", now=MOMENT + timedelta(minutes=minutes))


def _standing(outbox: Outbox) -> WebsiteStanding | None:
    with outbox.database.reading() as connection:
        return website_standing(connection, [1])


def _verified(outbox: Outbox) -> Verified:
    with outbox.database.reading() as connection:
        (found,) = verify(
            connection, [outbox.record()], heads=[], zone=ZoneInfo("Asia/Kolkata"), progress=lambda: None
        )
        return found


@pytest.fixture
def released(outbox: Outbox) -> Outbox:
    """Return an outbox with a release that was let go, its document frozen."""
    prepare(outbox.database, draft(A, document=DOCUMENT), made_by="asha", now=MOMENT)
    outbox.approve()
    record = outbox.record()
    interventions.let_go(
        outbox.database,
        record,
        by="vivek",
        late_reason=None,
        cutoff=record.cutoff,
        now=MOMENT + timedelta(hours=1),
    )
    return outbox


def test_a_release_begins_when_it_is_first_let_go(released: Outbox) -> None:
    """Of a release that was let go, moment, mail domain and the frozen document are told."""
    (one,) = _begun(released)

    assert (1, MOMENT + timedelta(hours=1), "customs.example", DOCUMENT) == (
        one.record.id,
        one.at,
        one.domain,
        one.document,
    )
    assert [] == _begun(released, "11-SYS-WZU-2025")


def test_what_only_waits_or_was_cancelled_is_not_published(outbox: Outbox, released: Outbox) -> None:
    """A prepared release has not begun; one that was cancelled as a whole is none of the website's."""
    outbox.add_release(B, state=ReleaseState.PREPARED)
    assert [1] == [one.record.id for one in _begun(outbox)]
    outbox.cancel()

    assert [] == _begun(released)


def test_a_damaged_document_is_refused(released: Outbox) -> None:
    """A PDF that is not the one that was frozen is not published."""
    with released.database.writing() as connection:
        same = octets.c.hash == hashlib.sha256(DOCUMENT.content).hexdigest()
        connection.execute(sa.update(octets).where(same).values(content=b"%PDX"))

    with pytest.raises(StoreError, match="is not in the store as it was frozen"):
        _begun(released)


def test_nothing_is_known_before_the_first_look(released: Outbox) -> None:
    """Without a look there is no standing."""
    assert _standing(released) is None


def test_the_newest_look_at_each_language_counts(released: Outbox) -> None:
    """A later look changes what is known of the languages that it looked for, and of no other."""
    _look(released, 0, hi=True, en=None)
    half = _standing(released)
    _look(released, 5, hi=None, en=False)
    wrong = _standing(released)
    _look(released, 9, hi=None, en=True)
    whole = _standing(released)

    assert half is not None
    assert wrong is not None
    assert whole is not None
    assert ((("hi",), (), ("en",)), False) == ((half.confirmed, half.differing, half.unseen), half.is_confirmed)
    assert ((("hi",), ("en",), ()), False) == (
        (wrong.confirmed, wrong.differing, wrong.unseen),
        wrong.is_confirmed,
    )
    assert ({"hi", "en"}, True) == (set(whole.confirmed), whole.is_confirmed)
    assert MOMENT + timedelta(minutes=9) == whole.at
    assert {"hi": MOMENT} == half.since
    assert {"hi": MOMENT, "en": MOMENT + timedelta(minutes=5)} == wrong.since
    assert {"hi": MOMENT, "en": MOMENT + timedelta(minutes=9)} == whole.since


def test_a_page_that_is_lost_is_known_with_the_moment_before(released: Outbox) -> None:
    """What was right and then lost is told since when, with the newest look that found it right."""
    _look(released, 0, hi=True, en=True)
    _look(released, 5, lost={"en": "gone"}, hi=True, en=False)
    _look(released, 7, lost={"en": "gone"}, hi=None, en=False)
    lost = _standing(released)
    _look(released, 9, hi=None, en=True)
    mended = _standing(released)

    assert lost is not None
    assert mended is not None
    assert ({"en": "gone"}, MOMENT + timedelta(minutes=5)) == (lost.lost, lost.since["en"])
    assert MOMENT == lost.confirmed_before
    assert ({}, True) == (mended.lost, mended.is_confirmed)


def test_pages_that_were_confirmed_are_known(released: Outbox) -> None:
    """An address counts once a look found a language right there; a look that found nothing right adds none."""
    _look(released, 0, page="https://eccs.example/wrong", hi=False, en=None)
    _look(released, 1, page="https://eccs.example/right", hi=False, en=True)
    with released.database.reading() as connection:
        found = confirmed_pages(connection, [1])

    assert {"https://eccs.example/right"} == found


def test_of_one_advisory_what_did_something_to_it_is_there_too(released: Outbox) -> None:
    """A later advisory that names it as its target is among the releases of its slug; any other is not."""
    with released.database.writing() as connection:
        connection.execute(sa.update(release).values(target="10/SYS/WZU/2025", relation="withdrawal"))

    assert [1] == [one.record.id for one in _begun(released, "10-SYS-WZU-2025")]
    assert [] == _begun(released, "11-SYS-WZU-2025")


def test_a_look_is_bound_into_the_chain(released: Outbox) -> None:
    """`verify` finds the record whole with looks in it, and sees when one is changed."""
    _look(released, hi=True, en=True)
    sound = _verified(released)
    with released.database.writing() as connection:
        connection.execute(
            sa.text("UPDATE event SET data = replace(data, 'eccs', 'abcd') WHERE kind = 'published'")
        )
    changed = _verified(released)

    assert [] == sound.findings
    assert [True] == ["does not follow from its rows" in finding.said for finding in changed.findings]
