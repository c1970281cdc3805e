from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

from dispatcher.outbox.onward_rules import OnwardStanding, Seal
from dispatcher.register.onward_sentences import onward_json, onward_told
from tests.returns import KIT, NOON, RETURNED

if TYPE_CHECKING:
    from dispatcher.outbox.onward_rules import Returned

KOLKATA = ZoneInfo("Asia/Kolkata")
CAME = replace(RETURNED, last_at=NOON - timedelta(minutes=55))
BY_HAND = replace(CAME, compiled_at=None, seal=Seal.NONE, by_hand="by phone")


@pytest.mark.parametrize(
    ("returned", "said"),
    [
        (CAME, "EICI: 212 of 214 couriers accepted by 11:05 IST, 2 failed"),
        (
            replace(CAME, couriers=220, open=6, late=True),
            "EICI: 212 of 220 couriers accepted by 11:05 IST, 2 failed; 6 still open; the return came late",
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
        "recorded_at": "2025-08-13T12:00:00+05:30",
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
    assert onward_json(None, now=NOON, zone=KOLKATA) is None
