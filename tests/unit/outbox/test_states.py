"""The transition table, checked pair by pair against the house plan's section 6."""

from __future__ import annotations

from itertools import product

import pytest

from dispatcher.outbox.states import (
    CLAIMS_ADDRESS,
    OPEN,
    RELEASE_TRANSITIONS,
    TRANSITIONS,
    WAITING,
    DeliveryState,
    ReleaseState,
    allowed,
    sources_of,
)

# written from the house plan, not from the table
PLAN = """
queued     -> attempting deferred failed expired cancelled held
deferred   -> attempting deferred failed expired cancelled held
attempting -> accepted deferred failed in_doubt
held       -> queued expired cancelled
in_doubt   -> accepted failed deferred queued
accepted   -> delivered bounced
delivered  -> bounced
bounced    -> delivered
"""
PAIRS = {
    (DeliveryState(before.strip()), DeliveryState(after))
    for before, targets in (line.split("->") for line in PLAN.strip().splitlines())
    for after in targets.split()
}
FINAL = {DeliveryState.FAILED, DeliveryState.EXPIRED, DeliveryState.CANCELLED}
SETTLED = FINAL | {DeliveryState.ACCEPTED, DeliveryState.DELIVERED, DeliveryState.BOUNCED}


def _reachable(start: DeliveryState) -> set[DeliveryState]:
    found: set[DeliveryState] = set()
    front = {start}
    while front:
        found |= front
        front = {after for before in front for after in TRANSITIONS[before]} - found
    return found


@pytest.mark.parametrize(("before", "after"), list(product(DeliveryState, DeliveryState)))
def test_every_pair(before: DeliveryState, after: DeliveryState) -> None:
    """A delivery goes from one state to another exactly where the house plan says so."""
    assert ((before, after) in PAIRS) == allowed(before, after)


@pytest.mark.parametrize("after", list(DeliveryState))
def test_sources_are_the_table_read_backwards(after: DeliveryState) -> None:
    """The states from which one may be reached are those of the house plan, in the table's order."""
    expected = tuple(before for before in TRANSITIONS if (before, after) in PAIRS)

    assert expected == sources_of(after)


@pytest.mark.parametrize("state", list(DeliveryState))
def test_every_delivery_can_be_settled(state: DeliveryState) -> None:
    """From every state a settled one can be reached, and every state from queued."""
    assert _reachable(state) & SETTLED
    assert state in _reachable(DeliveryState.QUEUED)


def test_final_states_are_left_by_nothing() -> None:
    """Failed, expired and cancelled are the ends; nothing else is one."""
    assert FINAL == {state for state, targets in TRANSITIONS.items() if not targets}


def test_what_was_taken_over_never_waits_again() -> None:
    """Once accepted, no path leads back to a state in which a sender would mail the address again."""
    assert not _reachable(DeliveryState.ACCEPTED) & (WAITING | {DeliveryState.ATTEMPTING})


def test_doubt_comes_only_from_an_attempt() -> None:
    """A delivery without an intent is never in doubt."""
    assert (DeliveryState.ATTEMPTING,) == sources_of(DeliveryState.IN_DOUBT)


def test_groups_of_states() -> None:
    """A sender takes up what waits; what is not settled is open; who was or may be told is not mailed anew."""
    assert {"queued", "deferred"} == WAITING
    assert set(DeliveryState) - SETTLED == OPEN
    assert {"failed", "expired", "cancelled", "bounced"} == set(DeliveryState) - CLAIMS_ADDRESS


RELEASE_PLAN = """
preparing -> prepared
prepared  -> approved sending paused cancelled
approved  -> sending paused cancelled
sending   -> done paused cancelled
paused    -> prepared approved sending done cancelled
done      -> sending
"""
RELEASE_PAIRS = {
    (ReleaseState(before.strip()), ReleaseState(after))
    for before, targets in (line.split("->") for line in RELEASE_PLAN.strip().splitlines())
    for after in targets.split()
}


@pytest.mark.parametrize(("before", "after"), list(product(ReleaseState, ReleaseState)))
def test_every_pair_of_a_release(before: ReleaseState, after: ReleaseState) -> None:
    """A release goes from preparing to done; it may pause, be opened again, and be cancelled for good."""
    assert ((before, after) in RELEASE_PAIRS) == (after in RELEASE_TRANSITIONS[before])
