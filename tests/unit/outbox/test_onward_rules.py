from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from dispatcher.errors import Refused
from dispatcher.outbox.onward_rules import (
    OnwardStanding,
    Seal,
    Standing,
    Told,
    is_late,
    kit_of,
    refuse_another,
    refuse_impossible,
    standing_of,
    standings_of,
)
from dispatcher.outbox.states import ReleaseState
from tests.items import KOLKATA
from tests.returns import KIT, NOON, NUMBER, OUT_SINCE, RETURNED, TOLD

if TYPE_CHECKING:
    from datetime import datetime

    from dispatcher.outbox.onward_rules import Returned, Told


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
        (replace(TOLD, revision=1), "revision 1 of 10/SYS/WZU/2025, and its kit was that of revision 0"),
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


def _refuse(told: Told, *, received_at: datetime | None = None) -> None:
    refuse_impossible(told, received_at=received_at, out_since=OUT_SINCE, now=NOON, zone=KOLKATA)


def test_a_moment_that_is_still_to_come_is_refused() -> None:
    """A slip in the year, or a clock that is wrong: or else every later return would count as older."""
    near, far = NOON + timedelta(minutes=59), NOON + timedelta(minutes=61)
    _refuse(replace(TOLD, last_at=near, compiled_at=near))
    _refuse(replace(TOLD, last_at=None, compiled_at=None))
    for told in (replace(TOLD, last_at=far), replace(TOLD, compiled_at=far)):
        with pytest.raises(Refused, match=r"speaks of 13\.08\.2025 13:01 IST, which is still to come"):
            _refuse(told)


@pytest.mark.parametrize(
    ("told", "said"),
    [
        (replace(TOLD, last_at=OUT_SINCE - timedelta(minutes=1), compiled_at=None), r"12\.08\.2025 20:59 IST"),
        (replace(TOLD, last_at=OUT_SINCE - timedelta(minutes=61)), r"12\.08\.2025 19:59 IST"),
    ],
)
def test_a_moment_before_the_kit_was_out_is_refused(told: Told, said: str) -> None:
    """Of a form to the minute, of a machine whose clock may be astray by an hour: nobody was told before."""
    _refuse(replace(TOLD, last_at=OUT_SINCE, compiled_at=None))
    _refuse(replace(TOLD, last_at=OUT_SINCE - timedelta(minutes=59)))
    with pytest.raises(
        Refused, match=rf"speaks of {said}, and its kit was not let go before 12\.08\.2025 21:00 IST"
    ):
        _refuse(told)


@pytest.mark.parametrize(
    ("received_at", "said"),
    [
        (NOON + timedelta(minutes=1), r"at 13\.08\.2025 12:01 IST, which is still to come"),
        (OUT_SINCE - timedelta(minutes=1), r"at 12\.08\.2025 20:59 IST: it can be of 13\.08\.2025 11:00 IST"),
        (NOON - timedelta(minutes=121), r"at 13\.08\.2025 09:59 IST: it can be of 13\.08\.2025 11:00 IST"),
    ],
)
def test_no_return_was_received_before_it_was_made(received_at: datetime, said: str) -> None:
    """Nor at a time to come; where it was made is by a clock that may be astray."""
    told = replace(TOLD, last_at=NOON - timedelta(hours=1), compiled_at=NOON - timedelta(hours=1))
    _refuse(told, received_at=NOON - timedelta(minutes=119))
    with pytest.raises(Refused, match=f"cannot have been received {said}"):
        _refuse(told, received_at=received_at)


NAMES = ["ईआईसीआई", "EICI", "Express Industry Council of India"]


def _is_refused(told: Told) -> bool:
    try:
        refuse_another(told, NAMES)
    except Refused:
        return True
    return False


@pytest.mark.parametrize(
    ("mediator", "refused"),
    [
        ({"hi": "ईआईसीआई", "en": "EICI"}, False),
        ({"en": "express  industry council of INDIA"}, False),
        ({"hi": "कोई और", "en": "EICI"}, False),
        ({"en": "EICI of another country"}, True),
    ],
)
def test_a_mediator_is_known_by_any_of_its_names(mediator: dict[str, str], refused: bool) -> None:  # noqa: FBT001 - of the table
    """In either language, whatever its case and blanks."""
    assert refused is _is_refused(replace(TOLD, mediator=mediator))


def test_the_return_of_another_than_got_the_kit_is_refused() -> None:
    """Under a seal that is right too; a form names nobody, and what is taken by hand is the officer's to know."""
    other = replace(TOLD, mediator={"hi": "कोई और", "en": "Someone else"})
    with pytest.raises(Refused, match=r"of Someone else, and its kit went to .* / EICI / Express .*short_name"):
        refuse_another(other, NAMES)

    assert not _is_refused(replace(other, seal=Seal.NONE, by_hand="heard by telephone"))
    assert not _is_refused(replace(TOLD, mediator=None))


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


BY_HAND = replace(RETURNED, seal=Seal.NONE, by_hand="by phone", compiled_at=None, digest="33" * 32)


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        (replace(TOLD, seal=Seal.NONE, compiled_at=None, digest="22" * 32), Standing.BESIDE),
        (
            replace(TOLD, seal=Seal.WEAKER, compiled_at=NOON + timedelta(minutes=1), digest="22" * 32),
            Standing.BESIDE,
        ),
        (
            replace(TOLD, seal=Seal.NONE, compiled_at=NOON - timedelta(minutes=1), digest="22" * 32),
            Standing.OUTDATED,
        ),
    ],
)
def test_what_is_taken_by_hand_stands_beside_one_under_seal(told: Told, expected: Standing) -> None:
    """A form, or a return with a weaker seal, never takes its place, whichever is newer."""
    assert expected == standing_of(told, [RETURNED])
    assert Standing.NEW == standing_of(told, [BY_HAND])


def test_what_is_taken_by_hand_makes_nothing_outdated() -> None:
    """An older return under seal counts more than a newer one that nothing vouches for."""
    unsealed = replace(BY_HAND, compiled_at=NOON + timedelta(hours=1))

    assert Standing.NEW == standing_of(TOLD, [unsealed])


@pytest.mark.parametrize(
    ("told", "received_at", "late"),
    [
        (replace(TOLD, compiled_at=KIT.return_by), None, False),
        (replace(TOLD, compiled_at=KIT.return_by + timedelta(seconds=1)), None, True),
        (replace(TOLD, compiled_at=KIT.return_by), KIT.return_by + timedelta(minutes=1), True),
        (replace(TOLD, seal=Seal.NONE, compiled_at=KIT.return_by), None, True),
        (replace(TOLD, seal=Seal.NONE, compiled_at=None), None, True),
        (replace(TOLD, seal=Seal.NONE, compiled_at=None), KIT.return_by, False),
    ],
)
def test_a_return_is_late_by_when_it_came(told: Told, received_at: datetime | None, *, late: bool) -> None:
    """By when it was received, else by what stands under its seal; only a form without either, by now."""
    assert late is is_late(told, KIT, received_at=received_at, now=NOON)


CORRECTED = replace(KIT, release_id=2, revision=1, text_hash="ee" * 32, kit_hash="ff" * 32)


def test_every_revision_has_a_standing_of_its_own() -> None:
    """What came for the first is kept when a second is prepared, and what comes for the first later is its own."""
    of_second = replace(RETURNED, release_id=2, informed=213, failed=1, digest="22" * 32)
    found = standings_of([KIT, CORRECTED], [of_second, RETURNED])

    assert [(KIT, RETURNED), (CORRECTED, of_second)] == [(one.kit, one.returned) for one in found]


@pytest.mark.parametrize(
    ("first", "second", "waiting"),
    [
        (ReleaseState.DONE, ReleaseState.PREPARED, [(1, True), (2, False)]),
        (ReleaseState.DONE, ReleaseState.CANCELLED, [(1, True)]),
        (ReleaseState.DONE, ReleaseState.SENDING, [(2, True)]),
        (ReleaseState.CANCELLED, ReleaseState.DONE, [(2, True)]),
        (ReleaseState.CANCELLED, ReleaseState.CANCELLED, []),
    ],
)
def test_what_was_cancelled_or_replaced_waits_for_nothing(
    first: ReleaseState, second: ReleaseState, waiting: list[tuple[int, bool]]
) -> None:
    """Nor is anybody reminded of a kit that is not out: of the release that waits, and whether it is overdue."""
    found = standings_of([replace(KIT, state=first), replace(CORRECTED, state=second)], [])

    assert waiting == [(one.kit.release_id, one.overdue(NOON)) for one in found]


def test_a_return_for_what_was_cancelled_is_kept() -> None:
    """What EICI told its couriers of it remains so."""
    (found,) = standings_of([replace(KIT, state=ReleaseState.CANCELLED)], [RETURNED])

    assert (RETURNED, False) == (found.returned, found.awaited)


def test_releases_of_one_text_have_one_standing() -> None:
    """It stands at the newest that was not cancelled; a return names the first of those."""
    kits = [
        replace(KIT, release_id=number, state=state)
        for number, state in enumerate(
            (ReleaseState.CANCELLED, ReleaseState.DONE, ReleaseState.CANCELLED), start=1
        )
    ]
    (found,) = standings_of(kits, [replace(RETURNED, release_id=1)])

    assert (2, 1) == (found.kit.release_id, found.returned and found.returned.release_id)
    assert 2 == kit_of(TOLD, kits, number=NUMBER).release_id


def test_the_return_under_seal_counts_and_the_other_is_kept_beside() -> None:
    """The newest under seal; one by hand that came later is told, one that came before is not."""
    (later,) = standings_of([KIT], [RETURNED, BY_HAND])
    (before,) = standings_of([KIT], [BY_HAND, RETURNED])
    (alone,) = standings_of([KIT], [BY_HAND])

    assert (RETURNED, BY_HAND) == (later.returned, later.beside)
    assert (RETURNED, None) == (before.returned, before.beside)
    assert (BY_HAND, None) == (alone.returned, alone.beside)


@pytest.mark.parametrize(
    ("returned", "overdue"),
    [
        (None, True),
        (RETURNED, False),
        (replace(RETURNED, informed=0, failed=214), False),
        (replace(RETURNED, informed=0, failed=0, open=214), True),
        (replace(RETURNED, couriers=215, open=1), True),
        (replace(RETURNED, couriers=0, informed=0, failed=0), True),
    ],
)
def test_a_return_is_overdue_until_one_came_that_leaves_nobody_open(
    returned: Returned | None, *, overdue: bool
) -> None:
    """None, one of which somebody is open, one of nobody at all: overdue from the moment on that it is due."""
    standing = OnwardStanding(kit=KIT, returned=returned)

    assert not standing.overdue(KIT.return_by - timedelta(seconds=1))
    assert overdue is standing.overdue(KIT.return_by)
    assert overdue is standing.overdue(NOON + timedelta(days=9))


def test_a_whole_return_by_hand_beside_a_partial_one_under_seal_settles_nothing() -> None:
    """What is shown as counting decides on the reminder too."""
    partial = replace(RETURNED, couriers=215, open=1)
    (found,) = standings_of([KIT], [partial, BY_HAND])

    assert found.overdue(KIT.return_by)
