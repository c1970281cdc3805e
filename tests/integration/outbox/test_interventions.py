"""What officers do to a release: only what its state allows, at once, and with an event that says who and why."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from dispatcher.errors import DispatcherError, Refused, UsageError
from dispatcher.outbox import interventions, reading
from dispatcher.outbox.schema import delivery, release
from dispatcher.outbox.states import OPEN, RELEASE_TRANSITIONS, DeliveryState, ReleaseState
from tests.outboxes import ACCEPTED, MOMENT, NOW, Outbox

A, B, C = "a@customs.example", "b@customs.example", "c@customs.example"
D, R = DeliveryState, ReleaseState
PREPARED = ("prepared", "asha", None)


def _let_go(outbox: Outbox, *, late: str | None = None) -> None:
    interventions.let_go(
        outbox.database, outbox.record(), by="vivek", late_reason=late, cutoff=MOMENT + timedelta(9), now=MOMENT
    )


def _put_release(outbox: Outbox, state: ReleaseState, paused_from: ReleaseState | None = None) -> None:
    with outbox.database.writing() as connection:
        values = {"state": state, "paused_from": paused_from}
        connection.execute(release.update().values(values))


# --- approval


def test_approval_is_recorded(outbox: Outbox) -> None:
    """Who approved which content, and when, stands in the release and in its chain."""
    outbox.add_release(A, state=R.PREPARED)
    outbox.approve(by="vivek")
    record = outbox.record()

    assert (R.APPROVED, "vivek", MOMENT) == (record.state, record.approved_by, record.approved_at)
    assert [PREPARED, ("approved", "vivek", None)] == outbox.events()


def test_maker_does_not_approve(outbox: Outbox) -> None:
    """Four eyes: who made a release may not approve it, unless the office is one of one, and then it says so."""
    outbox.add_release(A, state=R.PREPARED)

    with pytest.raises(Refused, match="prepared by asha; another officer must approve it"):
        outbox.approve(by="asha")
    assert R.PREPARED is outbox.record().state
    outbox.approve(by="asha", self_approval=True)
    assert "asha" == outbox.record().approved_by


@pytest.mark.parametrize("state", [one for one in R if one not in {R.PREPARED, R.PREPARING}])
def test_only_what_waits_for_it_is_approved(outbox: Outbox, state: ReleaseState) -> None:
    """A release is approved once, before it goes out."""
    outbox.add_release(A, state=state)

    with pytest.raises(Refused, match=f"release 1 of 10/SYS/WZU/2025 is {state}, not waiting for approval"):
        outbox.approve()
    assert [PREPARED] == outbox.events()


# --- letting go


@pytest.mark.parametrize("state", [one for one in R if one is not R.PREPARING])
def test_let_go_keeps_to_the_table(outbox: Outbox, state: ReleaseState) -> None:
    """A release is let go from where the table allows it; what is cancelled is never sent."""
    outbox.add_release(A, state=state)
    allowed = state is R.SENDING or R.SENDING in RELEASE_TRANSITIONS[state]
    if allowed:
        _let_go(outbox)
    else:
        with pytest.raises(Refused, match=f"is {state} and cannot become sending"):
            _let_go(outbox)

    assert (R.SENDING if allowed else state) is outbox.record().state


def test_going_on_is_not_noted_again(outbox: Outbox) -> None:
    """A `send` that is run again adds nothing to the chain, unless an officer gives a new reason."""
    outbox.add_release(A, state=R.APPROVED)
    _let_go(outbox)
    _let_go(outbox)
    _let_go(outbox, late="still useful")
    record = outbox.record()

    assert [PREPARED, ("sending", "vivek", None), ("sending", "vivek", None)] == outbox.events()
    assert ("still useful", MOMENT + timedelta(9)) == (record.late_reason, record.cutoff)


def test_stale_look_is_refused(outbox: Outbox) -> None:
    """Who decides on what he saw before somebody else changed it is asked to look again."""
    outbox.add_release(A, state=R.PREPARED)
    seen = outbox.record()
    outbox.cancel()

    with pytest.raises(Refused, match="was changed by somebody else; please look again"):
        interventions.approve(outbox.database, seen, by="vivek", self_approval=False, now=MOMENT)
    assert R.CANCELLED is outbox.record().state


# --- one address


@pytest.mark.parametrize("act", ["hold", "resume", "cancel"])
@pytest.mark.parametrize("state", list(DeliveryState))
def test_one_address_is_moved_where_the_table_allows(outbox: Outbox, act: str, state: DeliveryState) -> None:
    """Only what waits is held, only what is held resumes, only what waits or is held is cancelled."""
    movable = {
        "hold": {D.QUEUED, D.DEFERRED},
        "resume": {D.HELD},
        "cancel": {D.QUEUED, D.DEFERRED, D.HELD},
    }
    target = {"hold": D.HELD, "resume": D.QUEUED, "cancel": D.CANCELLED}[act]
    outbox.add_release(A, B)
    outbox.put(A, state=state)
    before = outbox.events()
    if state in movable[act]:
        assert 1 == getattr(outbox, act)("A@CUSTOMS.example"), "case does not matter"
        assert {A: target, B: "queued"} == outbox.states()
        assert [target] == [kind for kind, _, _ in outbox.events()[len(before) :]]
    else:
        with pytest.raises(UsageError, match=f"the delivery to {A} is {state} and cannot become {target}"):
            getattr(outbox, act)(A)
        assert {A: state, B: "queued"} == outbox.states()
        assert before == outbox.events()


def test_moved_address_says_by_whom_and_why(outbox: Outbox) -> None:
    """The delivery itself tells who held it and why, leaves its chunk, and falls due anew when it resumes."""
    outbox.add_release(A)
    outbox.hold(A)
    held = outbox.row(A)
    outbox.resume(A)
    resumed = outbox.row(A)

    assert ("held by vivek: wait", None, None) == (held.detail, held.chunk_id, held.next_at)
    assert ("queued by vivek: go on", None, NOW) == (resumed.detail, resumed.chunk_id, resumed.next_at)
    assert [PREPARED, ("held", "vivek", "wait"), ("queued", "vivek", "go on")] == outbox.events()


def test_address_beyond_ascii_is_found_as_written(outbox: Outbox) -> None:
    """An address is found in the spelling of the register, also where SQLite knows no case."""
    outbox.add_release("Élodie@customs.example")
    outbox.hold("Élodie@customs.example")
    with outbox.database.reading() as connection:
        holding = reading.releases_of_address(connection, "Élodie@customs.example")

    assert {"Élodie@customs.example": "held"} == outbox.states()
    assert {1} == holding


@pytest.mark.parametrize("act", ["hold", "resume", "cancel"])
def test_unknown_address_is_named(outbox: Outbox, act: str) -> None:
    """An address that the release does not hold is told, with where to look."""
    outbox.add_release(A)

    with pytest.raises(UsageError, match=r"no delivery to nobody@customs\.example; `dispatcher report` lists"):
        getattr(outbox, act)("nobody@customs.example")


# --- the whole release


@pytest.mark.parametrize("state", [R.PREPARED, R.APPROVED, R.SENDING])
def test_held_release_waits_and_resumes_where_it_was(outbox: Outbox, state: ReleaseState) -> None:
    """A paused release hands nothing over; resumed, it is in the state that it was in."""
    outbox.add_release(A, B)
    lease = outbox.lease()
    _put_release(outbox, state)
    held = outbox.hold()
    paused = outbox.record().state
    answers = outbox.commit(outbox.intent(lease, A))
    resumed = outbox.resume()

    assert (2, R.PAUSED, [False], 2) == (held, paused, answers, resumed)
    assert state is outbox.record().state
    assert {A: "queued", B: "queued"} == outbox.states()
    assert [PREPARED, ("paused", "vivek", "wait"), ("resumed", "vivek", "go on")] == outbox.events()


@pytest.mark.parametrize("state", [R.PAUSED, R.DONE, R.CANCELLED])
def test_release_that_cannot_be_held(outbox: Outbox, state: ReleaseState) -> None:
    """What is held, done or cancelled is not held (again)."""
    outbox.add_release(A, state=state)

    with pytest.raises(Refused, match="is already held" if state is R.PAUSED else f"is {state} and cannot become"):
        outbox.hold()
    assert state is outbox.record().state


def test_resuming_a_release_resumes_what_is_held_in_it(outbox: Outbox) -> None:
    """`resume` of all lets single held addresses go on too, and counts all that waits then."""
    outbox.add_release(A, B, C)
    outbox.hold(A)
    outbox.hold()

    assert 3 == outbox.resume()
    assert {A: "queued", B: "queued", C: "queued"} == outbox.states()
    assert R.SENDING is outbox.record().state


def test_resume_of_a_running_release_frees_what_is_held(outbox: Outbox) -> None:
    """A release that is not paused has its held addresses resumed; with none there is nothing to do."""
    outbox.add_release(A, B)
    outbox.hold(A)

    assert 1 == outbox.resume()
    with pytest.raises(UsageError, match="no delivery can become queued"):
        outbox.resume()


def test_cancel_takes_back_only_what_is_not_on_its_way(outbox: Outbox) -> None:
    """What is accepted, being handed over or in doubt stays; a release with any of it is not cancelled."""
    addresses = {state: f"{state}@customs.example" for state in D}
    outbox.add_release(*addresses.values())
    for state, address in addresses.items():
        outbox.put(address, state=state)
    changed = outbox.cancel()
    taken_back = {D.QUEUED, D.DEFERRED, D.HELD}

    assert 3 == changed
    assert {address: D.CANCELLED if state in taken_back else state for state, address in addresses.items()} == (
        outbox.states()
    )
    assert R.SENDING is outbox.record().state
    assert [PREPARED, *[("cancelled", "vivek", "no")] * 3] == outbox.events()


@pytest.mark.parametrize("state", [R.PREPARED, R.APPROVED, R.SENDING, R.PAUSED])
def test_release_of_which_nothing_went_is_cancelled(outbox: Outbox, state: ReleaseState) -> None:
    """With every delivery cancelled the release is; one link binds all of it."""
    outbox.add_release(A, B, state=state)
    before = outbox.links()
    outbox.cancel()

    assert R.CANCELLED is outbox.record().state
    assert {A: "cancelled", B: "cancelled"} == outbox.states()
    assert 1 == outbox.links() - before
    assert [PREPARED, *[("cancelled", "vivek", "no")] * 3] == outbox.events()


def test_cancelling_the_last_address_cancels_the_release(outbox: Outbox) -> None:
    """One by one or all at once: nothing is left over that could neither be sent nor cancelled."""
    outbox.add_release(A, B, state=R.PREPARED)
    outbox.cancel(A)
    between = outbox.record().state
    outbox.cancel(B)

    assert R.PREPARED is between
    assert R.CANCELLED is outbox.record().state


def test_nothing_to_cancel_is_told(outbox: Outbox) -> None:
    """A release whose every delivery is on its way or at its end cannot be cancelled."""
    outbox.add_release(A)
    outbox.attempt(A, D.ACCEPTED)

    with pytest.raises(UsageError, match="no delivery can become cancelled"):
        outbox.cancel()


def test_intervention_is_whole_or_not_at_all(outbox: Outbox) -> None:
    """When its last step is refused, an intervention leaves no half behind."""
    outbox.add_release(A, B)
    stale = replace(outbox.record(), state=R.PREPARED)

    with pytest.raises(DispatcherError, match="changed by somebody else"):
        interventions.cancel(outbox.database, stale, to=None, by="vivek", reason="no", now=MOMENT)
    assert {A: "queued", B: "queued"} == outbox.states()
    assert [PREPARED] == outbox.events()


def test_stop_by_the_program(outbox: Outbox) -> None:
    """A release whose every message would be refused is paused by the sender; a second stop changes nothing."""
    outbox.add_release(A)
    for _ in range(2):
        with outbox.database.writing() as connection:
            interventions.stop_release(connection, 1, by="host:1-aa", reason="too big", now=MOMENT)
    paused = outbox.record().state
    outbox.resume()

    assert R.PAUSED is paused
    assert R.SENDING is outbox.record().state
    assert [PREPARED, ("paused", "host:1-aa", "too big"), ("resumed", "vivek", "go on")] == outbox.events()


# --- done


@pytest.mark.parametrize("state", list(DeliveryState))
def test_release_is_done_when_nothing_is_open(outbox: Outbox, state: DeliveryState) -> None:
    """As long as the end of one delivery is not known the release is not done."""
    outbox.add_release(A, B)
    outbox.put(A, state=D.ACCEPTED)
    outbox.put(B, state=state)
    ended = outbox.settle()

    assert (state not in OPEN) == ended
    assert (R.SENDING if state in OPEN else R.DONE) is outbox.record().state
    assert (state not in OPEN) == (("done", "vivek", None) in outbox.events())


def test_done_is_noted_once(outbox: Outbox) -> None:
    """Looking again at a release that is done adds nothing."""
    outbox.add_release(A)
    outbox.attempt(A, D.ACCEPTED)

    assert outbox.settle()
    assert outbox.settle()
    assert 1 == outbox.events().count(("done", "vivek", None))


def test_held_release_ends_with_its_last_delivery(outbox: Outbox) -> None:
    """What was under way when a release was held is settled all the same; then nothing is left to hold."""
    outbox.add_release(A, B)
    lease = outbox.attempt(A, None)
    outbox.hold()
    outbox.commit(outbox.outcome(lease, A, D.ACCEPTED, reply=ACCEPTED))
    open_yet = outbox.settle()
    outbox.cancel()

    assert not open_yet
    assert outbox.settle()
    assert R.DONE is outbox.record().state


@pytest.mark.parametrize("state", [R.PREPARED, R.APPROVED, R.CANCELLED])
def test_release_that_was_not_let_go_does_not_become_done(outbox: Outbox, state: ReleaseState) -> None:
    """`done` says that it was sent."""
    outbox.add_release(A, state=state)
    outbox.put(A, state=D.CANCELLED)
    outbox.settle()

    assert state is outbox.record().state


def test_resume_opens_what_was_done(outbox: Outbox) -> None:
    """A delivery that waits again opens its release again."""
    outbox.add_release(A, B, state=R.DONE)
    outbox.put(A, state=D.HELD)
    outbox.resume(A)

    assert R.SENDING is outbox.record().state


def test_moments_are_handed_in(outbox: Outbox) -> None:
    """No intervention looks at the machine's clock."""
    outbox.add_release(A)
    later = datetime(2031, 1, 1, tzinfo=UTC)
    interventions.hold(outbox.database, outbox.record(), to=A, by="vivek", reason="wait", now=later)
    interventions.resume(outbox.database, outbox.record(), to=A, by="vivek", reason="go on", now=later)

    assert [later.timestamp()] == [row.next_at for row in outbox.rows(delivery)]
