"""The use case `run` on a real store, a handed clock and a real SMTP server."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from dispatcher.acts import Remind, RemindersPlan
from dispatcher.delivery.clock import HandedClock
from dispatcher.delivery.sending import send
from dispatcher.errors import ChannelError, Refused
from dispatcher.outbox import interventions
from dispatcher.outbox.acknowledging import How, Said, acknowledge, acknowledged_count, take_back
from dispatcher.outbox.deriving import derive_due
from dispatcher.outbox.states import DeliveryState, ReleaseState
from tests.drafts import draft, recipient
from tests.lives import DAY_AFTER, OPENING, EndingClock, Lives, corrigendum
from tests.patience import PATIENCE
from tests.runs import EVENING, HOUR, PLAN, Told, addresses, field_of, order, subjects
from tests.smtp_server import SmtpServer

MORNING = OPENING - timedelta(hours=2)
ALL_OF_IT = DAY_AFTER + timedelta(hours=1)


def test_a_whole_life_from_the_evening_to_the_day_after(lives: Lives) -> None:
    """The original, the reminder at the opening, the notice at the hour, the reminder of the day after."""
    lives.issue("kolkata@customs.example", recipient("prdg@customs.example", "copy"))
    with SmtpServer() as server:
        lives.run(server.relay(), since=EVENING, until=ALL_OF_IT)

    expected = ["अनुस्मारक/Reminder", "अब प्रभावी/Now in effect", "अनुस्मारक/Reminder"]
    assert expected == subjects(server.messages)[2:]
    assert {"kolkata@customs.example"} == {field_of(one, "To") for one in server.messages[2:]}
    assert {ReleaseState.DONE} == {record.state for record in lives.records()}
    assert [] == lives.findings()


def test_what_follows_answers_what_its_recipient_got(lives: Lives) -> None:
    """In-Reply-To is the original's Message-ID; References the advisory's root and that one; the base is kept."""
    lives.issue("kolkata@customs.example")
    with SmtpServer() as server:
        lives.run(server.relay(), since=EVENING, until=OPENING + timedelta(minutes=10))

    original, reminder = server.messages
    assert field_of(original, "Message-ID") == field_of(reminder, "In-Reply-To")
    root = "<advisory.10-SYS-WZU-2025@customs.example>"
    assert f"{root} {field_of(original, 'Message-ID')}" == field_of(reminder, "References")
    assert field_of(reminder, "Subject").endswith(field_of(original, "Subject"))
    assert field_of(original, "Message-ID") != field_of(reminder, "Message-ID")


def test_who_acknowledged_is_not_reminded_and_gets_the_notice(lives: Lives) -> None:
    """An acknowledgement spares the reminders; the notice that it now is in effect goes to everybody."""
    lives.issue("kolkata@customs.example", "delhi@customs.example")
    with SmtpServer() as server:
        lives.run(server.relay(), since=EVENING, until=MORNING)
        lives.acknowledge("delhi@customs.example", at=MORNING)
        lives.run(server.relay(), since=MORNING, until=ALL_OF_IT)

    told = Counter(
        (field_of(one, "To"), act) for one, act in zip(server.messages, subjects(server.messages), strict=True)
    )
    assert 2 == told["kolkata@customs.example", "अनुस्मारक/Reminder"]
    assert 0 == told["delhi@customs.example", "अनुस्मारक/Reminder"]
    assert 1 == told["delhi@customs.example", "अब प्रभावी/Now in effect"]


def test_whose_acknowledgement_was_taken_back_is_reminded(lives: Lives) -> None:
    """The reminder follows the last word, and not that there once was an acknowledgement."""
    lives.issue("delhi@customs.example")
    with SmtpServer() as server:
        lives.run(server.relay(), since=EVENING, until=MORNING)
        lives.acknowledge("delhi@customs.example", at=MORNING)
        take_back(lives.database, [1], ["delhi@customs.example"], reason="another office", by="asha", now=MORNING)
        lives.run(server.relay(), since=MORNING, until=HOUR)

    assert ["अनुस्मारक/Reminder"] == subjects(server.messages)[1:]
    assert [] == lives.findings()


def test_who_acknowledged_the_original_is_reminded_of_the_corrigendum(lives: Lives) -> None:
    """An acknowledgement is of the revision that was read; that of its reminder counts for it too."""
    first = lives.issue("delhi@customs.example", "kolkata@customs.example")
    with SmtpServer() as server:
        lives.run(server.relay(), since=EVENING, until=MORNING)
        lives.acknowledge("delhi@customs.example", at=MORNING)
        later = lives.issue(
            "delhi@customs.example", "kolkata@customs.example", advisory=corrigendum(draft().advisory), at=MORNING
        )
        lives.run(server.relay(), since=MORNING, until=OPENING + timedelta(minutes=10))
        reminded = {field_of(one, "To") for one in server.messages[4:]}
        said = Said(how=How.REPLY, received_at=OPENING + timedelta(hours=1))
        ids = [one.id for one in lives.records()]
        acknowledge(lives.database, ids, ["kolkata@customs.example"], said, by="asha", now=said.received_at)
    with lives.database.reading() as connection:
        counts = [acknowledged_count(connection, one.id) for one in (first, later)]

    assert {"delhi@customs.example", "kolkata@customs.example"} == reminded
    assert [1, 1] == counts


def test_all_are_reminded_where_the_office_wants_it(lives: Lives) -> None:
    """With `to: all` an acknowledgement spares nobody."""
    lives.issue("delhi@customs.example", reminders=RemindersPlan(to=Remind.ALL))
    with SmtpServer() as server:
        lives.run(server.relay(), since=EVENING, until=MORNING)
        lives.acknowledge("delhi@customs.example", at=MORNING)
        lives.run(server.relay(), since=MORNING, until=ALL_OF_IT)

    assert ["अनुस्मारक/Reminder", "अब प्रभावी/Now in effect", "अनुस्मारक/Reminder"] == subjects(server.messages)[1:]


def test_a_reminder_never_overtakes_an_original(lives: Lives) -> None:
    """Who is not told yet keeps waiting for the original; only who was told is reminded."""
    refused = "451 4.3.0 try again"
    lives.issue("kolkata@customs.example", "delhi@customs.example")
    with SmtpServer(faults={"rcpt": ["250 2.1.5 ok", refused]}) as server:
        lives.once(server.relay(), at=EVENING)
        lives.once(server.relay(), at=OPENING)

    derived = lives.slots()[0].derived
    assert derived is not None
    assert 1 == len(lives.states(derived.id))
    told = [address for address, state in lives.states(1).items() if state is DeliveryState.ACCEPTED]
    assert told == list(lives.states(derived.id))


def test_a_run_that_was_down_over_a_slot_catches_up_with_it(lives: Lives) -> None:
    """Begun again within catch_up_within it sends what it missed, once."""
    lives.issue("kolkata@customs.example")
    with SmtpServer() as server:
        lives.run(server.relay(), since=EVENING, until=MORNING)
        lives.run(server.relay(), since=OPENING + timedelta(minutes=30), until=HOUR - timedelta(hours=1))

    assert ["अनुस्मारक/Reminder"] == subjects(server.messages)[1:]


def test_a_slot_that_was_missed_by_much_is_passed_over_and_told(lives: Lives) -> None:
    """Begun again long after a slot it skips it, once, says why, and goes on with what comes."""
    lives.issue("kolkata@customs.example")
    with SmtpServer() as server:
        lives.run(server.relay(), since=EVENING, until=MORNING)
        lives.run(server.relay(), since=HOUR + timedelta(hours=3), until=HOUR + timedelta(hours=4))
        lives.run(server.relay(), since=HOUR + timedelta(hours=5), until=ALL_OF_IT)

    skipped = [slot.follow_up.act for slot in lives.slots() if slot.skipped]
    assert ["reminder-1"] == skipped
    assert ["अब प्रभावी/Now in effect", "अनुस्मारक/Reminder"] == subjects(server.messages)[1:]
    assert ["reminder-1"] == [one.follow_up.act for one in lives.followed.decisions if one.skipped]


def test_nothing_follows_a_release_that_nobody_let_go(lives: Lives) -> None:
    """What is approved and not begun is not reminded of; approved after a slot, that slot is passed over."""
    made = lives.issue("kolkata@customs.example", until=ReleaseState.PREPARED)
    with SmtpServer() as server:
        lives.run(server.relay(), since=EVENING, until=OPENING + timedelta(minutes=1))
        lives.approve(made.id, at=OPENING + timedelta(minutes=2))
        lives.let_go(made.id, at=OPENING + timedelta(minutes=2))
        lives.once(server.relay(), at=OPENING + timedelta(minutes=3))

    assert 1 == len(server.messages)
    assert "before the approval" in (lives.slots()[0].skipped or "")


def test_two_runs_at_once_tell_nobody_twice(lives: Lives) -> None:
    """Two runs on one store, through a whole life: each act reaches each address once."""
    lives.issue(*addresses(40))
    clocks = [EndingClock(EVENING, ALL_OF_IT) for _ in range(2)]
    with SmtpServer() as server:
        for clock in clocks:
            clock.runner = lives.runner(server.relay(max_connections=3), clock)

        async def both() -> None:
            async with asyncio.timeout(PATIENCE):
                await asyncio.gather(*(clock.runner.run() for clock in clocks if clock.runner))

        asyncio.run(both())
        lives.run(server.relay(), since=ALL_OF_IT, until=ALL_OF_IT + timedelta(hours=1))

    told = Counter((field_of(one, "To"), field_of(one, "Message-ID")) for one in server.messages)
    acts = Counter(zip([field_of(one, "To") for one in server.messages], subjects(server.messages), strict=True))
    assert {1} == set(told.values())
    assert {2} >= {count for (_, act), count in acts.items() if act == "अनुस्मारक/Reminder" and count > 1}
    assert {1} == {count for (_, act), count in acts.items() if act != "अनुस्मारक/Reminder"}
    assert set(addresses(40)) == {address for address, act in acts if act.startswith("परामर्शी")}
    assert [] == lives.findings()


def test_an_order_lets_an_approved_release_go_at_its_time(lives: Lives) -> None:
    """What an officer ordered for a time goes then, by who started the run; not before, and only once."""
    made = lives.issue("kolkata@customs.example", until=ReleaseState.APPROVED)
    interventions.order_for(lives.database, made, at=MORNING, by="vivek", now=EVENING)
    with SmtpServer() as server:
        lives.run(server.relay(), since=EVENING, until=MORNING - timedelta(minutes=1))
        before = len(server.messages)
        lives.run(server.relay(), since=MORNING, until=MORNING + timedelta(minutes=30))

    assert (0, 1) == (before, len(server.messages))
    assert [made.id] == [record.id for record in lives.followed.begun_releases]


def test_an_order_that_was_missed_until_past_the_hour_is_not_carried_out(lives: Lives) -> None:
    """Down over the order and the hour, it tells that an officer must say why it goes all the same."""
    made = lives.issue("kolkata@customs.example", until=ReleaseState.APPROVED)
    interventions.order_for(lives.database, made, at=MORNING, by="vivek", now=EVENING)
    with SmtpServer() as server:
        lives.run(server.relay(), since=HOUR, until=HOUR + timedelta(days=2))

    assert [] == server.messages
    assert all("--late" in what for what, _ in lives.told.troubles)
    assert lives.told.troubles


def test_what_does_not_begin_is_told_once_an_hour_with_when_it_is_tried_again(lives: Lives) -> None:
    """The hour named is that of the next look, whatever the deadline; between two hours it is not said again."""
    made = lives.issue("kolkata@customs.example", until=ReleaseState.APPROVED)
    interventions.order_for(lives.database, made, at=MORNING, by="vivek", now=EVENING)
    lives.refusal, lives.look = "what lies here is no longer what was approved", timedelta(minutes=25)
    with SmtpServer() as server:
        lives.run(server.relay(), since=MORNING, until=MORNING + timedelta(minutes=130))

    assert [lives.refusal] * 2 == [what for what, _ in lives.told.troubles]
    assert [25, 100] == [(until - MORNING) // timedelta(minutes=1) for _, until in lives.told.troubles]


def test_what_does_not_begin_for_another_reason_is_told_at_once(lives: Lives) -> None:
    """An officer who put one thing right is told of the next."""

    class Answered(Told):
        def trouble(self, what: str, until: datetime) -> None:
            """Put the first thing right."""
            super().trouble(what, until)
            lives.refusal = "the second reason"

    made = lives.issue("kolkata@customs.example", until=ReleaseState.APPROVED)
    interventions.order_for(lives.database, made, at=MORNING, by="vivek", now=EVENING)
    lives.told, lives.refusal, lives.look = Answered(), "the first reason", timedelta(minutes=20)
    with SmtpServer() as server:
        lives.run(server.relay(), since=MORNING, until=MORNING + timedelta(minutes=50))

    assert ["the first reason", "the second reason"] == [what for what, _ in lives.told.troubles]


def test_a_relay_in_trouble_does_not_end_a_run(lives: Lives) -> None:
    """While the relay is away the run tells it and tries again; when it is back, everybody is told."""
    lives.issue("kolkata@customs.example")
    with SmtpServer(faults={"greeting": ["421 4.3.2 going down"] * 9 + ["220 ready"]}) as server:
        lives.run(server.relay(), since=EVENING, until=EVENING + timedelta(hours=1))

    assert 2 <= len(lives.told.troubles)
    assert {DeliveryState.ACCEPTED} == set(lives.states(1).values())


def test_once_ends_with_the_trouble_that_it_met(lives: Lives) -> None:
    """With `once` a relay that cannot be used is an error, so that cron tells it."""
    lives.issue("kolkata@customs.example")
    with SmtpServer(faults={"greeting": "421 4.3.2 going down"}) as server, pytest.raises(ChannelError):
        lives.once(server.relay(), at=EVENING)


def test_once_ends_with_why_an_order_was_not_carried_out(lives: Lives) -> None:
    """It is an error, after all else that is due: no later try is promised."""
    made = lives.issue("kolkata@customs.example", until=ReleaseState.APPROVED)
    interventions.order_for(lives.database, made, at=MORNING, by="vivek", now=EVENING)
    lives.issue("delhi@customs.example", advisory=replace(draft().advisory, number="11/SYS/WZU/2025"))
    lives.refusal = "what lies here is no longer what was approved"
    with SmtpServer() as server, pytest.raises(Refused, match="no longer what was approved"):
        lives.once(server.relay(), at=MORNING)

    assert ["delhi@customs.example"] == [field_of(one, "To") for one in server.messages]
    assert [] == lives.told.troubles


def test_registers_are_kept_of_what_was_handed_over(lives: Lives) -> None:
    """After each round the register of each advisory in it is written."""
    lives.issue("kolkata@customs.example")
    with SmtpServer() as server:
        lives.run(server.relay(), since=EVENING, until=MORNING)

    assert ["10-SYS-WZU-2025"] == lives.followed.kept


def test_a_hold_keeps_what_follows_too(lives: Lives) -> None:
    """While an officer holds the release nothing follows it; let go within the time to catch up, it does."""
    made = lives.issue("kolkata@customs.example", "delhi@customs.example")
    with SmtpServer(faults={"rcpt": ["250 2.1.5 ok", "451 4.3.0 later"]}) as server:
        lives.once(server.relay(), at=EVENING)
        held = lives.record(made.id)
        interventions.hold(lives.database, held, to=None, by="vivek", reason="wait", now=MORNING)
        lives.once(server.relay(), at=OPENING)

    assert 1 == len(server.messages)
    assert lives.slots()[0].is_open


def test_a_frame_that_was_changed_is_not_sent(lives: Lives) -> None:
    """Whoever changes in the store what was approved to follow is found out before anything is derived."""
    lives.issue("kolkata@customs.example")
    with SmtpServer() as server:
        lives.once(server.relay(), at=EVENING)
        with lives.database.writing() as connection:
            connection.exec_driver_sql("UPDATE frame SET layout = replace(layout, 'Reminder', 'Remainder')")
        lives.run(server.relay(), since=OPENING, until=OPENING + timedelta(minutes=20))

    assert 1 == len(server.messages)
    assert "not those that were approved" in lives.told.troubles[0][0]


def test_a_reminder_that_nobody_began_in_time_does_not_stand_in_the_way(lives: Lives) -> None:
    """Derived and then killed: a later `send` is not refused for it, and it expires, whatever reason is given."""
    lives.issue("kolkata@customs.example")
    with SmtpServer() as server:
        lives.once(server.relay(), at=EVENING)
        derive_due(lives.database, by="run", now=OPENING, catch_up_within=timedelta(hours=2))
        late = order(late_reason="all the same")
        asyncio.run(
            send(
                lives.database,
                "10-SYS-WZU-2025",
                late,
                relay=server.relay(),
                plan=PLAN,
                clock=HandedClock(HOUR),
                watcher=lives.told,
            )
        )

    assert 1 == len(server.messages)
    assert {DeliveryState.EXPIRED} == set(lives.states(2).values())


def test_an_order_for_what_was_changed_since_is_not_carried_out(lives: Lives) -> None:
    """Where the workspace is no longer what was approved, the release does not begin, and it is told why."""
    made = lives.issue("kolkata@customs.example", until=ReleaseState.APPROVED)
    interventions.order_for(lives.database, made, at=MORNING, by="vivek", now=EVENING)
    lives.refusal = "what lies here is no longer what was approved"
    with SmtpServer() as server:
        lives.run(server.relay(), since=MORNING, until=MORNING + timedelta(hours=1))

    assert [] == server.messages
    assert "no longer what was approved" in lives.told.troubles[0][0]


def test_a_register_that_cannot_be_written_does_not_end_a_run(lives: Lives) -> None:
    """A full disk beside the store is told; what follows is sent all the same."""
    lives.issue("kolkata@customs.example")
    lives.followed.fails = [OSError(28, "No space left on device")]
    with SmtpServer() as server:
        lives.run(server.relay(), since=EVENING, until=OPENING + timedelta(minutes=10))

    assert 2 == len(server.messages)
    assert "No space left on device" in lives.told.troubles[0][0]


def test_what_a_killed_run_left_all_but_done_is_wound_up(lives: Lives) -> None:
    """Killed after the last reply and before the register: the next run marks it done and writes the register."""
    made = lives.issue("kolkata@customs.example")
    with SmtpServer() as server:
        lives.once(server.relay(), at=EVENING)
        with lives.database.writing() as connection:
            connection.exec_driver_sql("UPDATE release SET state = 'sending'")
        lives.followed.kept.clear()
        lives.once(server.relay(), at=EVENING)

    assert 1 == len(server.messages)
    assert ReleaseState.DONE is lives.record(made.id).state
    assert ["10-SYS-WZU-2025"] == lives.followed.kept
