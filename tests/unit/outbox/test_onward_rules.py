from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from dispatcher.errors import Refused
from dispatcher.outbox.onward_rules import (
    OnwardStanding,
    Seal,
    Standing,
    Told,
    kit_of,
    refuse_to_come,
    standing_of,
)
from tests.returns import KIT, NOON, NUMBER, RETURNED, TOLD


def test_a_return_finds_its_kit() -> None:
    """Of several kits the one that it names; a form names none, and gets the first of its release."""
    other = replace(KIT, release_id=2, kit_hash="ef" * 32)

    assert other == kit_of(replace(TOLD, kit_hash=other.kit_hash), [KIT, other], number=NUMBER)
    assert KIT == kit_of(replace(TOLD, kit_hash=None), [KIT, other], number=NUMBER)


@pytest.mark.parametrize(
    ("told", "said"),
    [
        (replace(TOLD, number="11/SYS/WZU/2025"), "about 11/SYS/WZU/2025, not about 10/SYS/WZU/2025"),
        (
            replace(TOLD, release_hash="ff" * 32),
            "another release of 10/SYS/WZU/2025, or about an advisory of another",
        ),
        (replace(TOLD, kit_hash="ff" * 32), "a kit for 10/SYS/WZU/2025 that this office did not make"),
        (replace(TOLD, seal=Seal.NONE), "nothing vouches for this return: it bears no seal. If you know where"),
        (
            replace(TOLD, seal=Seal.UNCHECKED_KEY),
            "its seal cannot be checked, as onward.key in config.yaml is not",
        ),
        (replace(TOLD, seal=Seal.UNCHECKED_SIGNATURE), "signature cannot be checked, as onward.signed_by in"),
        (replace(TOLD, seal=Seal.WEAKER), r"the shared key only, and onward\.signed_by .* asks for a signature"),
    ],
)
def test_what_is_not_ours_is_told_apart(told: Told, said: str) -> None:
    """Another advisory, another office or release, another kit, and what nobody vouches for: a sentence each."""
    with pytest.raises(Refused, match=said):
        kit_of(told, [KIT], number=NUMBER)


def test_a_moment_that_is_still_to_come_is_refused() -> None:
    """A slip in the year, or a clock that is wrong: or else every later return would count as older."""
    near, far = NOON + timedelta(minutes=59), NOON + timedelta(minutes=61)
    refuse_to_come(replace(TOLD, last_at=near, compiled_at=near), NOON)
    refuse_to_come(replace(TOLD, last_at=None, compiled_at=None), NOON)
    for told in (replace(TOLD, last_at=far), replace(TOLD, compiled_at=far)):
        with pytest.raises(Refused, match=r"speaks of 13\.08\.2025 07:31 UTC, which is still to come"):
            refuse_to_come(told, NOON)


def test_where_no_kit_went_no_return_is_due() -> None:
    """An advisory without a kit has nothing to return for."""
    with pytest.raises(Refused, match="no onward kit went with it"):
        kit_of(TOLD, [], number=NUMBER)


def test_an_officer_may_vouch_by_hand() -> None:
    """Without a seal, with one that cannot be checked, or with a weaker one than is asked for: with a reason."""
    doubted = [one for one in Seal if not one.strength]
    found = [
        kit_of(replace(TOLD, seal=seal, by_hand="heard by telephone"), [KIT], number=NUMBER) for seal in doubted
    ]

    assert [Seal.NONE, Seal.UNCHECKED_KEY, Seal.UNCHECKED_SIGNATURE, Seal.WEAKER] == doubted
    assert [KIT] * 4 == found


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        (TOLD, Standing.REPEATED),
        (replace(TOLD, digest="22" * 32, compiled_at=NOON - timedelta(minutes=1)), Standing.OUTDATED),
        (replace(TOLD, digest="22" * 32, compiled_at=NOON + timedelta(minutes=1)), Standing.NEW),
        (replace(TOLD, digest="22" * 32, compiled_at=None), Standing.NEW),
    ],
)
def test_a_return_is_compared_with_those_before(told: Told, expected: Standing) -> None:
    """The same again, an older one that came late, a newer one, a form that knows no time of its making."""
    assert expected == standing_of(told, [RETURNED])


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (Seal.NONE, Seal.KEY, Standing.NEW),
        (Seal.WEAKER, Seal.SIGNATURE, Standing.NEW),
        (Seal.KEY, Seal.SIGNATURE, Standing.NEW),
        (Seal.SIGNATURE, Seal.KEY, Standing.REPEATED),
        (Seal.KEY, Seal.NONE, Standing.REPEATED),
        (Seal.NONE, Seal.UNCHECKED_KEY, Standing.REPEATED),
    ],
)
def test_the_same_return_counts_again_where_more_vouches_for_it(
    before: Seal, after: Seal, expected: Standing
) -> None:
    """Taken by hand first, then with its seal: the record is to say that it is sealed."""
    assert expected == standing_of(replace(TOLD, seal=after), [replace(RETURNED, seal=before)])


def test_the_first_return_is_new() -> None:
    """There is nothing to compare it with."""
    assert Standing.NEW == standing_of(TOLD, [])


def test_a_return_is_overdue_only_while_none_came() -> None:
    """Before it is due nobody is reminded, and after one came nobody is either."""
    waiting, done = OnwardStanding(kit=KIT, returned=None), OnwardStanding(kit=KIT, returned=RETURNED)
    moments = (KIT.return_by - timedelta(seconds=1), KIT.return_by)

    assert [False, True] == [waiting.overdue(at) for at in moments]
    assert not done.overdue(NOON + timedelta(days=9))
