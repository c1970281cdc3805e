"""The schedule: what goes when, to how many, and what does not go, and why."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from dispatcher.acts import IN_EFFECT, Life
from dispatcher.messages.drafting import with_document
from dispatcher.outbox import interventions
from dispatcher.outbox.deriving import stop
from dispatcher.outbox.life import life_of
from dispatcher.outbox.onward_returns import issued_kits, take_return
from dispatcher.outbox.preparing import clocks_of, prepare
from dispatcher.outbox.schedule import cutoff
from dispatcher.outbox.states import DeliveryState, ReleaseState
from dispatcher.register.itinerary import itinerary, planned
from tests.drafts import recipient
from tests.kits import DOCUMENT, kit
from tests.lives import OPENING, Lives, UnderWay, successor
from tests.outboxes import fresh_store
from tests.returns import TOLD as RETURNED
from tests.runs import EVENING, HOUR, KOLKATA
from tests.smtp_server import SmtpServer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from pathlib import Path

    from dispatcher.register.itinerary import Entry

TOLD, COPY = "told@customs.example", recipient("copy@customs.example", "copy")


@pytest.fixture
def lives(tmp_path: Path) -> Iterator[Lives]:
    """Open a fresh store."""
    database = fresh_store(tmp_path)
    yield Lives(database)
    database.close()


def _entries(lives: Lives, *, now: datetime = EVENING) -> list[Entry]:
    with lives.database.reading() as connection:
        return itinerary(connection, "10-SYS-WZU-2025", now=now, zone=KOLKATA)


def test_a_prepared_release_waits_and_what_follows_is_counted_at_most(lives: Lives) -> None:
    """Before it goes, what follows is counted for all who are asked to act; copies are not."""
    lives.issue(TOLD, COPY, until=ReleaseState.PREPARED)

    assert [
        ("original", 2, "waits for approval"),
        ("reminder-1", 1, "ahead"),
        (IN_EFFECT, 1, "ahead"),
        ("reminder-2", 1, "ahead"),
    ] == [(one.act, one.recipients, one.standing) for one in _entries(lives)]


def test_an_order_is_shown_with_its_time(lives: Lives) -> None:
    """What an officer ordered for a time stands with it."""
    made = lives.issue(TOLD, until=ReleaseState.APPROVED)
    interventions.order_for(lives.database, made, at=OPENING, by="vivek", now=EVENING)

    assert ("ordered", OPENING) == (_entries(lives)[0].standing, _entries(lives)[0].at)


def test_an_acknowledgement_takes_one_off_the_count(lives: Lives) -> None:
    """Once it is out, reminders are counted for who has not acknowledged; the notice for all."""
    lives.issue(TOLD, "other@customs.example")
    with SmtpServer() as server:
        lives.once(server.relay(), at=EVENING)
    lives.acknowledge(TOLD, at=EVENING + timedelta(minutes=5))

    counts = {one.act: one.recipients for one in _entries(lives)}
    assert (1, 2) == (counts["reminder-1"], counts[IN_EFFECT])


def test_what_was_derived_and_what_was_skipped_say_so(lives: Lives) -> None:
    """A slot that was used names its release; one that was passed over the reason."""
    lives.issue(TOLD)
    with SmtpServer() as server:
        lives.once(server.relay(), at=EVENING)
        lives.once(server.relay(), at=HOUR + timedelta(hours=5))
    by_act = {one.act: one for one in _entries(lives, now=HOUR + timedelta(hours=5))}

    assert by_act[IN_EFFECT].standing.startswith("release 2, ")
    assert "skipped" == by_act["reminder-1"].standing
    assert "catch_up_within" in by_act["reminder-1"].why


def test_what_is_due_is_counted(lives: Lives) -> None:
    """A slot whose time has come and that nobody decided on names as many as it will go to; so does a retry."""
    lives.issue(TOLD, "late@customs.example")
    with SmtpServer(faults={"rcpt": ["250 2.1.5 ok", "451 4.3.0 later"]}) as server:
        lives.once(server.relay(max_connections=1), at=EVENING)
    due = {one.act: one for one in _entries(lives, now=HOUR + timedelta(minutes=1))}
    ahead = {one.act: one for one in _entries(lives)}

    assert ("due", 1) == (due[IN_EFFECT].standing, due[IN_EFFECT].recipients)
    assert ("due", 1) == (due["retry"].standing, due["retry"].recipients)
    assert "ahead" == ahead["retry"].standing


def test_what_will_be_skipped_says_so_beforehand(lives: Lives) -> None:
    """Of a withdrawn advisory nothing will follow: the schedule names what withdrew it."""
    lives.issue(TOLD)
    with SmtpServer() as server:
        lives.once(server.relay(), at=EVENING)
    lives.issue(TOLD, advisory=successor(lives.draft(TOLD).advisory, "withdrawal"))
    found = [one for one in _entries(lives) if one.act == "reminder-1"]

    assert ["will be skipped"] == [one.standing for one in found]
    assert "11/SYS/WZU/2025" in found[0].why


def test_an_officer_stops_what_would_follow(lives: Lives) -> None:
    """Stopped slots are skipped with officer and reason, each once."""
    lives.issue(TOLD)
    count = stop(lives.database, lives.records(), by="vivek", reason="all called", now=EVENING)
    again = stop(lives.database, lives.records(), by="vivek", reason="all called", now=EVENING)

    assert (3, 0) == (count, again)
    assert {"stopped by vivek: all called"} == {one.why for one in _entries(lives) if one.standing == "skipped"}


def test_of_a_draft_it_tells_what_would_follow(lives: Lives) -> None:
    """Nothing has a release yet; slots that are not used are told with the reason."""
    draft = lives.draft(TOLD, COPY)
    clocks = clocks_of(draft.advisory)
    assert draft.reminders is not None
    late = life_of(clocks, end=cutoff(clocks), since=HOUR - timedelta(hours=1), plan=draft.reminders, zone=KOLKATA)
    entries = planned(draft, late)

    assert {None} == {one.release for one in entries}
    assert ["not prepared", "would follow", "would follow", "not used"] == [one.standing for one in entries]
    assert [2, 1, 1, 0] == [one.recipients for one in entries]
    assert 1 == len(planned(draft, Life()))


def test_a_further_notice_has_a_line_of_its_own(lives: Lives) -> None:
    """Both releases of the slot are shown: the first at the hour, the further one when it was made, and why."""
    with SmtpServer(faults={"rcpt": ["250 2.1.5 ok", "451 4.3.0 later", "250 2.1.5 ok"]}) as server:
        under_way = UnderWay(lives, server)
        lives.once(server.relay(), at=HOUR)
        under_way.end(DeliveryState.ACCEPTED)
        lives.once(server.relay(), at=HOUR + timedelta(minutes=1))
    first, further = [one for one in _entries(lives, now=HOUR) if one.act == IN_EFFECT]

    assert (HOUR, 1, "") == (first.at, first.recipients, first.why)
    assert (1, "their message was under way at the hour") == (further.recipients, further.why)
    assert further.at is not None
    assert further.at >= HOUR + timedelta(minutes=1)
    assert first.standing.endswith("done")
    assert first.standing != further.standing


def _returning(lives: Lives, **changes: Any) -> None:
    """Issue the advisory with a kit for EICI, and record what it returned an hour before it is due."""
    whole = with_document(lives.draft(recipient("secretariat@eici.example", "eici")), DOCUMENT)
    whole = replace(whole, kits={"onward": kit().attached}, kit_facts={"onward": kit().facts})
    made = prepare(lives.database, whole, made_by="asha", now=EVENING)
    lives.approve(made.release_id, at=EVENING)
    lives.let_go(made.release_id, at=EVENING)
    if not changes:
        return
    at = HOUR - timedelta(hours=2)
    with lives.database.writing() as connection:
        (issued,) = issued_kits(connection, [1])
        bound = replace(RETURNED, release_hash=issued.text_hash, kit_hash=issued.kit_hash)
        told = replace(bound, last_at=at, compiled_at=at, **changes)
        take_return(connection, told, [lives.record(1)], by="vivek", now=at, zone=KOLKATA)


@pytest.mark.parametrize(
    ("changes", "before", "after", "said"),
    [
        ({}, "ahead", "overdue", "EICI: no return came by 13.08.2025 11:00 IST; please remind them"),
        ({"open": 0}, "came", "came", "EICI: 212 of 214 couriers accepted by 10:00 IST, 2 failed"),
        (
            {"open": 3},
            "partial",
            "overdue",
            (
                "EICI: 212 of 217 couriers accepted by 10:00 IST, 2 failed; partial, 3 still open; "
                "the whole return has not come by 13.08.2025 11:00 IST; please remind them"
            ),
        ),
    ],
)
def test_a_return_that_is_due_has_a_line_of_its_own(
    lives: Lives, changes: dict[str, int], before: str, after: str, said: str
) -> None:
    """When it is due, whether it came, whole or in part; past its time as such."""
    _returning(lives, **changes)
    due = HOUR - timedelta(hours=1)
    (earlier,), (later,) = (
        [one for one in _entries(lives, now=at) if one.act == "return"] for at in (due - timedelta(seconds=1), due)
    )

    assert (before, due, False) == (earlier.standing, earlier.at, earlier.is_overdue)
    assert (after, said, after == "overdue") == (later.standing, later.why, later.is_overdue)


def test_of_a_withdrawn_advisory_no_return_is_in_the_schedule(lives: Lives) -> None:
    """Nobody waits for it any more."""
    _returning(lives)
    lives.issue("secretariat@eici.example", advisory=successor(lives.draft(TOLD).advisory, "withdrawal"))

    assert "return" not in [one.act for one in _entries(lives, now=HOUR)]
