"""Corrigendum, addendum, supersession, withdrawal: whom each goes to, what it stops, and when."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from dispatcher.delivery import sending
from dispatcher.delivery.clock import HandedClock
from dispatcher.errors import Refused
from dispatcher.model import Advisory, LatePolicy
from dispatcher.outbox import interventions, reading
from dispatcher.outbox.preparing import prepare
from dispatcher.outbox.relations import revised_to, superseded_by
from dispatcher.outbox.replacing import sweep
from dispatcher.outbox.schema import delivery
from dispatcher.outbox.states import DeliveryState, ReleaseState, standing
from tests.drafts import draft
from tests.lives import OPENING, Lives, corrigendum, successor
from tests.outboxes import Outbox
from tests.runs import EVENING, HOUR, field_of, order
from tests.smtp_server import SmtpServer, until

if TYPE_CHECKING:
    from dispatcher.outbox.database import Database

SAMPLE: Advisory = draft().advisory
LATER = EVENING + timedelta(minutes=20)
TOLD, WAITING, NEW = "told@customs.example", "waiting@customs.example", "new@customs.example"


@pytest.fixture
def lives(database: Database) -> Lives:
    """Let an original reach one office; to another it waits, refused for now."""
    lives = Lives(database)
    lives.issue(TOLD, WAITING)
    with SmtpServer(faults={"rcpt": ["250 2.1.5 ok", "451 4.3.0 try again"]}) as server:
        lives.once(server.relay(), at=EVENING)
    assert {TOLD: DeliveryState.ACCEPTED, WAITING: DeliveryState.DEFERRED} == lives.states(1)
    return lives


def test_a_corrigendum_goes_to_all_who_have_or_would_get_the_original_and_to_who_is_new(lives: Lives) -> None:
    """Reached, queued for, new on the lists, or gone from them since: everybody gets it."""
    made = lives.issue(WAITING, NEW, at=LATER, advisory=corrigendum(SAMPLE), until=ReleaseState.PREPARED)

    assert {TOLD, WAITING, NEW} == set(lives.states(made.id))
    assert "corrigendum" == made.act


def test_the_approval_of_a_corrigendum_stops_what_has_not_gone_of_the_original(lives: Lives) -> None:
    """Until the approval the original stands; with it, in one step, what waits of it is cancelled."""
    made = lives.issue(TOLD, WAITING, at=LATER, advisory=corrigendum(SAMPLE), until=ReleaseState.PREPARED)
    before = lives.states(1)
    lives.approve(made.id, at=LATER)

    assert DeliveryState.DEFERRED is before[WAITING]
    assert {TOLD: DeliveryState.ACCEPTED, WAITING: DeliveryState.CANCELLED} == lives.states(1)
    assert ReleaseState.DONE is lives.record(1).state
    assert ("cancelled", "vivek", "the corrigendum, revision 1, takes its place") in Outbox(
        lives.database
    ).events()
    assert [] == lives.findings()


def test_what_is_held_of_the_original_is_stopped_too(lives: Lives) -> None:
    """Let go later, it would go out uncorrected, behind its correction."""
    interventions.hold(lives.database, lives.record(1), to=WAITING, by="vivek", reason="on leave", now=EVENING)
    made = lives.issue(TOLD, WAITING, at=LATER, advisory=corrigendum(SAMPLE), until=ReleaseState.PREPARED)
    held = lives.states(1)[WAITING]
    lives.approve(made.id, at=LATER)

    assert DeliveryState.HELD is held
    assert DeliveryState.CANCELLED is lives.states(1)[WAITING]
    assert [] == lives.findings()


@pytest.mark.parametrize("act", ["supersession", "withdrawal"])
def test_of_two_that_put_one_out_of_force_the_first_approved_counts(lives: Lives, act: str) -> None:
    """Prepared beside each other, each against what held then: the second is refused, and nothing is changed."""
    first, second = (
        lives.issue(
            TOLD,
            at=LATER,
            advisory=successor(SAMPLE, one, number=f"{number}/SYS/WZU/2025"),
            until=ReleaseState.PREPARED,
        )
        for one, number in (("supersession", 11), (act, 12))
    )
    lives.approve(first.id, at=LATER)
    with pytest.raises(Refused, match=r"10/SYS/WZU/2025, .* holds no more \(supersession by 11/SYS/WZU/2025\)"):
        lives.approve(second.id, at=LATER)
    with pytest.raises(Refused, match="holds no more"):
        lives.let_go(second.id, at=LATER)
    lives.let_go(first.id, at=LATER)

    assert [ReleaseState.SENDING, ReleaseState.PREPARED] == [lives.record(one.id).state for one in (first, second)]
    assert [] == lives.findings()


def test_an_approval_that_fails_stops_nothing(lives: Lives) -> None:
    """Who may not approve changes nothing: the original goes on."""
    made = lives.issue(TOLD, WAITING, at=LATER, advisory=corrigendum(SAMPLE), until=ReleaseState.PREPARED)
    with pytest.raises(Refused):
        interventions.approve(lives.database, made, by="asha", self_approval=False, now=LATER)

    assert DeliveryState.DEFERRED is lives.states(1)[WAITING]


def test_a_corrigendum_answers_the_original_of_who_has_it(lives: Lives) -> None:
    """Who has the original gets a reply to it; who has not, a message in the advisory's thread."""
    lives.issue(TOLD, WAITING, at=LATER, advisory=corrigendum(SAMPLE))
    with SmtpServer() as server:
        lives.once(server.relay(), at=LATER)
    by_address = {field_of(one, "To"): one for one in server.messages}
    root = "<advisory.10-SYS-WZU-2025@customs.example>"

    assert field_of(by_address[TOLD], "In-Reply-To") in field_of(by_address[TOLD], "References")
    assert field_of(by_address[TOLD], "References").startswith(root)
    assert root == field_of(by_address[WAITING], "References")
    assert field_of(by_address[TOLD], "Subject").startswith(
        "शुद्धिपत्र/Corrigendum: परामर्शी/Advisory 10/SYS/WZU/2025"
    )
    assert "1" == field_of(by_address[TOLD], "X-Advisory-Revision")


def test_an_addendum_stops_nothing(lives: Lives) -> None:
    """The original goes on beside it."""
    relation = {"type": "addendum", "target": SAMPLE.number}
    added = replace(SAMPLE, revision=1, relation=relation, additions=({"hi": "नया", "en": "New"},))
    lives.issue(TOLD, WAITING, at=LATER, advisory=added)

    assert {TOLD: DeliveryState.ACCEPTED, WAITING: DeliveryState.DEFERRED} == lives.states(1)


def test_there_is_no_corrigendum_of_what_nobody_has(database: Database) -> None:
    """Where nothing was prepared before, a corrigendum is refused with what to do."""
    with pytest.raises(Refused, match="set revision: 0"):
        prepare(database, replace(draft(TOLD), advisory=corrigendum(SAMPLE)), made_by="asha", now=EVENING)


def test_a_second_corrigendum_replaces_the_first(lives: Lives) -> None:
    """Of two corrigenda the later counts; what waits of the earlier is stopped like the original."""
    lives.issue(TOLD, WAITING, at=LATER, advisory=corrigendum(SAMPLE))
    second = lives.issue(TOLD, WAITING, at=LATER, advisory=corrigendum(SAMPLE, revision=2))

    assert {DeliveryState.CANCELLED} == set(lives.states(2).values())
    assert {DeliveryState.QUEUED} == set(lives.states(second.id).values())
    with lives.database.reading() as connection:
        assert 2 == revised_to(connection, lives.record(1))


def test_after_a_corrigendum_the_original_is_followed_by_nothing(lives: Lives) -> None:
    """Its reminders are those of the corrigendum: nobody is reminded of both."""
    lives.issue(TOLD, at=LATER, advisory=corrigendum(SAMPLE))
    with SmtpServer() as server:
        lives.run(server.relay(), since=LATER, until=OPENING + timedelta(minutes=10))
    reminded = [slot for slot in lives.slots() if slot.follow_up.act == "reminder-1"]

    assert ["revision 1 took its place", None] == [slot.skipped for slot in reminded]
    assert 1 == sum(
        field_of(one, "Subject").startswith("अनुस्मारक/Reminder")
        for one in server.messages
        if field_of(one, "To") == TOLD
    )


def test_a_withdrawal_goes_only_to_whom_the_old_one_reached(lives: Lives) -> None:
    """Who has it is told; to whom it waited it is stopped, and these are not bothered; who is new is not told."""
    made = lives.issue(TOLD, WAITING, NEW, at=LATER, advisory=successor(SAMPLE, "withdrawal"))

    assert {TOLD: DeliveryState.QUEUED, WAITING: DeliveryState.CANCELLED} == lives.states(made.id)
    assert DeliveryState.CANCELLED is lives.states(1)[WAITING]
    assert [] == lives.findings()


def test_a_withdrawal_reaches_who_got_the_old_one_between_preparing_and_approving(lives: Lives) -> None:
    """What is withdrawn goes on until the approval; whoever it reaches until then is told too."""
    made = lives.issue(
        TOLD, WAITING, at=LATER, advisory=successor(SAMPLE, "withdrawal"), until=ReleaseState.PREPARED
    )
    with SmtpServer() as server:
        lives.once(server.relay(), at=LATER)
    lives.approve(made.id, at=LATER)

    assert {TOLD: DeliveryState.QUEUED, WAITING: DeliveryState.QUEUED} == lives.states(made.id)


def test_a_supersession_goes_to_the_lists_and_to_whom_the_old_one_reached(lives: Lives) -> None:
    """Present lists and those told before get it; what waits of the old one is stopped."""
    made = lives.issue(WAITING, NEW, at=LATER, advisory=successor(SAMPLE, "supersession"))

    assert {TOLD, WAITING, NEW} == set(lives.states(made.id))
    assert DeliveryState.CANCELLED is lives.states(1)[WAITING]


@pytest.mark.parametrize("kind", ["supersession", "withdrawal"])
def test_what_is_out_of_force_is_marked_from_the_approval_on(lives: Lives, kind: str) -> None:
    """Not while it waits for approval; from then on the old one names what took its place."""
    made = lives.issue(TOLD, at=LATER, advisory=successor(SAMPLE, kind), until=ReleaseState.PREPARED)
    with lives.database.reading() as connection:
        before = superseded_by(connection, SAMPLE.number)
    lives.approve(made.id, at=LATER)
    with lives.database.reading() as connection:
        after = superseded_by(connection, SAMPLE.number)

    assert before is None
    assert after is not None
    assert (kind, "11/SYS/WZU/2025") == (after.relation, after.number)


def test_nothing_of_a_withdrawn_advisory_is_prepared_any_more(lives: Lives) -> None:
    """A late addressee of it is refused, with the advisory that withdrew it."""
    lives.issue(TOLD, at=LATER, advisory=successor(SAMPLE, "withdrawal"))

    with pytest.raises(Refused, match="withdrawn by 11/SYS/WZU/2025"):
        prepare(lives.database, draft(TOLD, NEW), made_by="asha", now=LATER)


def test_a_withdrawn_advisory_is_followed_by_nothing(lives: Lives) -> None:
    """Reminders and notice of it are passed over, with the reason."""
    late = replace(SAMPLE, late_policy=LatePolicy.SEND_MARKED, reminders=())
    lives.issue(TOLD, at=LATER, advisory=successor(late, "withdrawal"))
    with SmtpServer() as server:
        lives.run(server.relay(), since=LATER, until=HOUR + timedelta(hours=1))

    assert [TOLD] == [field_of(one, "To") for one in server.messages]
    assert {"the advisory is out of force, by 11/SYS/WZU/2025"} == {one.skipped for one in lives.slots()[:2]}


def test_a_withdrawal_joins_both_threads(lives: Lives) -> None:
    """Its References name its own root, that of what it withdraws, and the message that its recipient got."""
    lives.issue(TOLD, at=LATER, advisory=successor(SAMPLE, "withdrawal"))
    with SmtpServer() as server:
        lives.once(server.relay(), at=LATER)
    (message,) = server.messages
    roots = "<advisory.11-SYS-WZU-2025@customs.example> <advisory.10-SYS-WZU-2025@customs.example>"

    assert field_of(message, "References") == f"{roots} {field_of(message, 'In-Reply-To')}"
    assert field_of(message, "Subject").startswith("वापस/Withdrawn: परामर्शी/Advisory 11/SYS/WZU/2025")


def test_a_withdrawal_of_what_the_outbox_does_not_know_goes_to_the_lists(database: Database) -> None:
    """What was issued without this program: nobody knows whom it reached, so all of the lists are told."""
    lives = Lives(database)
    made = lives.issue(TOLD, NEW, advisory=successor(SAMPLE, "withdrawal"))

    assert {DeliveryState.QUEUED} == set(lives.states(made.id).values())


def test_what_comes_back_after_the_approval_is_stopped_by_the_next_run(lives: Lives) -> None:
    """An original that was under way at the approval and is refused for now is not tried again."""
    lives.issue(TOLD, WAITING, at=LATER, advisory=corrigendum(SAMPLE))
    Outbox(lives.database).put(WAITING, state=DeliveryState.DEFERRED)
    stopped = sweep(lives.database, [lives.record(1)], by="vivek", now=LATER)

    assert 1 <= stopped
    assert DeliveryState.CANCELLED is lives.states(1)[WAITING]


def test_where_nobody_approves_the_beginning_stops_the_original(lives: Lives) -> None:
    """In an office without approval the corrigendum stops the original in the step that begins it."""
    made = lives.issue(TOLD, WAITING, at=LATER, advisory=corrigendum(SAMPLE), until=ReleaseState.PREPARED)
    before = lives.states(1)[WAITING]
    lives.let_go(made.id, at=LATER)

    assert DeliveryState.DEFERRED is before
    assert DeliveryState.CANCELLED is lives.states(1)[WAITING]


def test_a_reminder_that_waits_is_stopped_with_its_advisory(lives: Lives) -> None:
    """What was derived already and has not gone is stopped by a withdrawal like the original."""
    with SmtpServer(faults={"rcpt": "451 4.3.0 try again"}) as server:
        lives.once(server.relay(), at=OPENING)
    reminder = next(one for one in lives.records() if one.derived_from == 1)
    lives.issue(TOLD, at=OPENING, advisory=successor(SAMPLE, "withdrawal"))

    assert {DeliveryState.CANCELLED} == set(lives.states(reminder.id).values())
    assert ReleaseState.CANCELLED is lives.record(reminder.id).state


def test_what_comes_back_long_after_is_stopped_too(lives: Lives) -> None:
    """A withdrawal that is done itself still stops what a settled doubt would let go again."""
    lives.issue(TOLD, at=LATER, advisory=successor(SAMPLE, "withdrawal"))
    with SmtpServer() as server:
        lives.once(server.relay(), at=LATER)
        assert ReleaseState.DONE is lives.record(2).state
        with lives.database.writing() as connection:
            waits = {**standing(DeliveryState.QUEUED), "next_at": LATER.timestamp()}
            connection.execute(delivery.update().where(delivery.c.release_id == 1).values(waits))
            interventions.reopen(connection, 1)
        lives.once(server.relay(), at=LATER)

    assert [TOLD] == [field_of(one, "To") for one in server.messages]
    assert {DeliveryState.CANCELLED} == set(lives.states(1).values())


@pytest.mark.parametrize("kind", ["corrigendum", "withdrawal"])
def test_what_was_held_before_its_approval_is_not_in_force(lives: Lives, kind: str) -> None:
    """Held while it waits for approval, and all else with it: a later look stops nothing of the original."""
    advisory = corrigendum(SAMPLE) if kind == "corrigendum" else successor(SAMPLE, kind)
    made = lives.issue(TOLD, WAITING, at=LATER, advisory=advisory, until=ReleaseState.PREPARED)
    interventions.hold(lives.database, made, to=None, by="vivek", reason="wait", now=LATER)
    stopped = sweep(lives.database, [lives.record(1)], by="vivek", now=LATER)
    with lives.database.reading() as connection:
        said = superseded_by(connection, SAMPLE.number), revised_to(connection, lives.record(1))

    assert 0 == stopped
    assert DeliveryState.DEFERRED is lives.states(1)[WAITING]
    assert (None, None) == said


def test_what_was_held_after_its_approval_is_in_force(lives: Lives) -> None:
    """A hold takes back no approval: the original stays replaced."""
    made = lives.issue(TOLD, at=LATER, advisory=successor(SAMPLE, "withdrawal"), until=ReleaseState.PREPARED)
    lives.approve(made.id, at=LATER)
    interventions.hold(lives.database, lives.record(made.id), to=None, by="vivek", reason="wait", now=LATER)
    with lives.database.reading() as connection:
        said = superseded_by(connection, SAMPLE.number)

    assert said is not None


def test_a_withdrawal_of_what_reached_nobody_is_told_to_nobody(database: Database) -> None:
    """The outbox knows that nobody has it: those of the lists are not told of what they never got."""
    lives = Lives(database)
    made = lives.issue(TOLD, WAITING, until=ReleaseState.PREPARED)
    interventions.cancel(database, made, to=None, by="asha", reason="wrong hour", now=EVENING)

    with pytest.raises(Refused, match="reached nobody"):
        lives.issue(TOLD, WAITING, at=LATER, advisory=successor(SAMPLE, "withdrawal"))


def test_nothing_of_a_revision_that_is_replaced_is_prepared_any_more(lives: Lives) -> None:
    """A late addressee of the original is refused once its corrigendum is in force."""
    lives.issue(TOLD, at=LATER, advisory=corrigendum(SAMPLE))

    with pytest.raises(Refused, match="revision 1 took the place"):
        prepare(lives.database, draft(TOLD, NEW), made_by="asha", now=LATER)


def test_a_withdrawal_after_a_corrigendum_that_has_not_gone_answers_the_original(lives: Lives) -> None:
    """Its thread is that of the message that its recipient has, not of the newer one that was stopped."""
    lives.issue(TOLD, at=LATER, advisory=corrigendum(SAMPLE))
    lives.issue(TOLD, at=LATER, advisory=successor(SAMPLE, "withdrawal"))
    original = next(iter(reading_of(lives, 1)))
    with SmtpServer() as server:
        lives.once(server.relay(), at=LATER)
    (message,) = server.messages

    assert original == field_of(message, "In-Reply-To")


def reading_of(lives: Lives, release_id: int) -> list[str]:
    """Return the Message-IDs of what a release handed over."""
    accepted = {DeliveryState.ACCEPTED}
    with lives.database.reading() as connection:
        return [one.message_id for one in reading.deliveries(connection, [release_id], states=accepted)]


def test_a_revision_that_says_nothing_of_the_one_that_is_out_is_refused(lives: Lives) -> None:
    """It would reach everybody as if it were new, while the earlier text goes on: it is a corrigendum, or none."""
    whole = draft(TOLD, NEW)

    with pytest.raises(Refused, match="dispatcher revise 10-SYS-WZU-2025 --as corrigendum"):
        prepare(lives.database, replace(whole, advisory=replace(SAMPLE, revision=1)), made_by="asha", now=LATER)


def test_what_comes_back_while_a_send_is_at_work_is_stopped_by_it(
    lives: Lives, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A `send` that waits for retries sees by itself that a corrigendum took the place of what came back."""
    monkeypatch.setattr(sending, "SWEEP", 0.01)
    lives.issue(TOLD, WAITING, at=LATER, advisory=corrigendum(SAMPLE))

    async def at_work() -> None:
        async with sending.kept_swept(lives.database, [lives.record(1)], order(), clock=HandedClock(LATER)):
            Outbox(lives.database).put(WAITING, state=DeliveryState.DEFERRED)
            await until(lambda: lives.states(1)[WAITING] is DeliveryState.CANCELLED)

    asyncio.run(at_work())

    assert DeliveryState.CANCELLED is lives.states(1)[WAITING]
