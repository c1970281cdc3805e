from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest

from dispatcher.outbox.onward_rules import OnwardStanding, Seal
from dispatcher.register.onward_sentences import onward_json, onward_told
from tests.returns import KIT, NOON, RETURNED

if TYPE_CHECKING:
    from dispatcher.outbox.onward_rules import Returned

KOLKATA = ZoneInfo("Asia/Kolkata")
CAME = replace(RETURNED, recorded_at=KIT.return_by, last_at=NOON - timedelta(minutes=55))
BY_HAND = replace(CAME, compiled_at=None, seal=Seal.NONE, by_hand="by phone")


@pytest.mark.parametrize(
    ("returned", "said"),
    [
        (CAME, "EICI: 212 of 214 couriers accepted by 11:05 IST, 2 failed"),
        (
            replace(CAME, couriers=220, open=6, late=True),
            (
                "EICI: 212 of 220 couriers accepted by 11:05 IST, 2 failed; partial, 6 still open; "
                "the return came late"
            ),
        ),
        (
            replace(CAME, last_at=NOON - timedelta(days=1)),
            "EICI: 212 of 214 couriers accepted by 12.08.2025 12:00 IST, 2 failed",
        ),
        (
            BY_HAND,
            "EICI: 212 of 214 couriers informed at 11:05 IST, 2 failed; taken by hand, without a seal: by phone",
        ),
        (replace(CAME, informed=0, failed=214, last_at=None), "EICI: 0 of 214 couriers informed, 214 failed"),
        (None, "EICI: the return is due by 13.08.2025 11:00 IST"),
    ],
)
def test_what_came_back_is_one_sentence(returned: Returned | None, said: str) -> None:
    """Counts, the moment in the office's zone, and what is to be known of the return."""
    told = onward_told(OnwardStanding(kit=KIT, returned=returned), now=KIT.notify_before, zone=KOLKATA)

    assert said == told["en"]
    assert told["hi"].startswith("ईआईसीआई: ")
    assert "IST" not in told["hi"]


NIGHT = NOON - timedelta(hours=13)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"compiled_at": NIGHT}, ["; compiled 12.08.2025 23:00 IST, recorded 13.08.2025 12:10 IST"]),
        ({"received_at": KIT.return_by}, ["; received 13.08.2025 11:00 IST, recorded 13.08.2025 12:10 IST"]),
        ({"late": True}, ["; the return came late"]),
        (
            {"late": True, "seal": Seal.NONE, "by_hand": "by phone"},
            ["; recorded after it was due", "; taken by hand, without a seal: by phone"],
        ),
        ({"recorded_at": KIT.return_by}, []),
    ],
)
def test_it_is_said_when_a_return_came(changes: dict[str, Any], said: list[str]) -> None:
    """What was compiled in time and recorded later is not called late; a form is only known by its recording."""
    returned = replace(CAME, **{"recorded_at": NOON + timedelta(minutes=10), **changes})
    told = onward_told(OnwardStanding(kit=KIT, returned=returned), now=NOON, zone=KOLKATA)

    assert f"EICI: 212 of 214 couriers accepted by 11:05 IST, 2 failed{''.join(said)}" == told["en"]
    assert len(said) == told["hi"].count("; ")


def test_what_was_taken_by_hand_is_told_beside_what_counts() -> None:
    """The form says other numbers than the return under seal: both are there to be seen."""
    standing = OnwardStanding(kit=KIT, returned=CAME, beside=replace(BY_HAND, informed=200))
    told = onward_told(standing, now=NOON, zone=KOLKATA)

    assert told["en"].endswith("2 failed; another, taken by hand, says 200 of 214")
    assert told["hi"].endswith("; हाथ से दर्ज अन्य विवरणी: 214 में से 200")


def test_a_revision_is_named_where_several_stand_side_by_side() -> None:
    """In the title of the register; the first issue has no such name."""
    lines = [
        onward_told(
            OnwardStanding(kit=replace(KIT, revision=revision), returned=CAME),
            now=None,
            zone=KOLKATA,
            with_revision=True,
        )
        for revision in (0, 1)
    ]

    assert ["EICI: 212", "EICI (revision 1): 212"] == [one["en"].partition(" of ")[0] for one in lines]
    assert lines[1]["hi"].startswith("ईआईसीआई (संशोधन 1): ")


@pytest.mark.parametrize(
    ("returned", "said"),
    [
        (replace(CAME, seal=Seal.SIGNATURE, signer="EICI Secretariat"), "; signed by EICI Secretariat"),
        (replace(BY_HAND, seal=Seal.UNCHECKED_KEY), "; taken by hand, its seal not examined: by phone"),
        (replace(BY_HAND, seal=Seal.UNCHECKED_SIGNATURE), "; taken by hand, its signature not examined: by phone"),
        (
            replace(BY_HAND, seal=Seal.WEAKER),
            "; taken by hand, sealed with the shared key and not signed: by phone",
        ),
    ],
)
def test_it_is_said_what_vouches_for_a_return(returned: Returned, said: str) -> None:
    """A signature with its name; taken by hand, what it bore and why it was taken; in both languages."""
    told = onward_told(OnwardStanding(kit=KIT, returned=returned), now=NOON, zone=KOLKATA)

    assert told["en"].endswith(said)
    assert told["hi"].count("; ") == told["en"].count("; ")
    assert (returned.signer or "by phone") in told["hi"]


def test_a_return_that_did_not_come_is_told() -> None:
    """Once it is overdue, somebody is to remind them; without a clock nothing is said of that."""
    waiting = OnwardStanding(kit=KIT, returned=None)

    assert "no return came by 13.08.2025 11:00 IST" in onward_told(waiting, now=NOON, zone=KOLKATA)["en"]
    assert "is due by" in onward_told(waiting, now=None, zone=KOLKATA)["en"]


def test_a_partial_return_that_is_overdue_asks_for_the_whole_one() -> None:
    """From its moment on, in the same words as where none came, as long as the office still waits for it."""
    partial = OnwardStanding(kit=KIT, returned=replace(CAME, informed=0, failed=0, open=214, last_at=None))
    replaced = replace(partial, awaited=False)
    said = "EICI: 0 of 214 couriers informed, 0 failed; partial, 214 still open"
    asked = "; the whole return has not come by 13.08.2025 11:00 IST; please remind them"
    moments = (None, KIT.return_by - timedelta(seconds=1), KIT.return_by)

    assert [said, said, said + asked] == [onward_told(partial, now=at, zone=KOLKATA)["en"] for at in moments]
    assert said == onward_told(replaced, now=KIT.return_by, zone=KOLKATA)["en"]
    assert onward_told(partial, now=KIT.return_by, zone=KOLKATA)["hi"].endswith(
        "; पूर्ण विवरणी 13.08.2025, 11:00 बजे (भा.मा.स.) तक नहीं आई; कृपया स्मरण कराएँ"
    )


def test_an_unknown_mediator_has_its_name_of_the_settings() -> None:
    """An audience of another name is shown as it is called there."""
    other = OnwardStanding(kit=replace(KIT, mediator="board"), returned=CAME)

    assert onward_told(other, now=NOON, zone=KOLKATA)["hi"].startswith("BOARD: ")


def test_a_program_reads_the_same() -> None:
    """`status --json`: counts as numbers, moments with the office's offset."""
    found = onward_json(OnwardStanding(kit=KIT, returned=BY_HAND), now=NOON, zone=KOLKATA)

    assert found is not None
    assert ("eici", KIT.kit_hash, False) == (found["mediator"], found["kit"], found["overdue"])
    assert "2025-08-13T11:00:00+05:30" == found["return_by"]
    assert {
        "recorded_at": "2025-08-13T11:00:00+05:30",
        "compiled_at": None,
        "received_at": None,
        "couriers": 214,
        "informed": 212,
        "failed": 2,
        "open": 0,
        "last_at": "2025-08-13T11:05:00+05:30",
        "sealed": False,
        "seal": "none",
        "signer": None,
        "by_hand": "by phone",
        "late": False,
    } == found["returned"]
    assert found["beside"] is None
    assert onward_json(None, now=NOON, zone=KOLKATA) is None
