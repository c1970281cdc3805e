from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from importlib.resources import files
from zoneinfo import ZoneInfo

import pytest
import yaml

from dispatcher.errors import Problem, Severity, Source
from dispatcher.outbox.acceptance import (
    AcceptedList,
    Imported,
    Said,
    accepted_domains,
    refusals,
    unaccepted,
)
from dispatcher.recipients.lists import Listed, RecipientList
from dispatcher.words import message, sentences

ZONE = ZoneInfo("Asia/Kolkata")
OWN = yaml.safe_load(files("dispatcher.words").joinpath("problems", "accepting.yaml").read_text("utf-8"))
FILE, TAB = "recipients/list.xlsx", "Posts"
REPAIRED = Problem(
    Severity.REPAIR, "address_written_out", Source(FILE, TAB, 5, "E"), "x[at]y.example", {"read": "x@y.example"}
)
WRONG = Problem(Severity.ERROR, "address_missing", Source(FILE, TAB, 6, "E"))


def _entry(name: str, row: int = 3, place: str = "Mumbai") -> Listed:
    return Listed(
        address=f"{name}@customs.example",
        places=(place,),
        designation={"hi": "आयुक्त", "en": "Commissioner"},
        organisation={},
        primary=True,
        cell=f"E{row}",
    )


def _list(*entries: Listed, audience: str = "cms") -> RecipientList:
    return RecipientList(audience=audience, file=FILE, tab=TAB, file_hash="ab" * 32, entries=entries, repairs=())


def _imported(
    *now: Listed, before: tuple[Listed, ...] | None = None, problems: tuple[Problem, ...] = ()
) -> Imported:
    moment = datetime(2025, 8, 12, 15, 40, tzinfo=UTC)
    accepted = (
        AcceptedList(id=1, listed=_list(*before), accepted_at=moment, accepted_by="asha") if before else None
    )
    return Imported(listed=_list(*now), problems=problems, accepted=accepted)


A, B = _entry("a"), _entry("b", 4, "Delhi")


def _codes(problems: tuple[Problem, ...]) -> list[tuple[str, str, str | None, int | None]]:
    return [(one.severity, one.code, one.source.column, one.source.row) for one in problems]


def test_a_list_as_accepted_says_nothing() -> None:
    """A list without difference and repairs is neither reported nor refused, and there is nothing to accept."""
    same = _imported(B, A, before=(A, B))

    assert ((), ()) == (unaccepted([same], zone=ZONE), refusals([same], zone=ZONE))
    assert same.is_settled


def test_check_reports_and_prepare_refuses() -> None:
    """The same change is a warning at its cell with the summary; for `prepare` the summary is an error."""
    changed = _imported(A, replace(B, address="b2@customs.example"), before=(A, B))

    reported, refused = unaccepted([changed], zone=ZONE), refusals([changed], zone=ZONE)

    assert [("warning", "entry_address_changed", "E", 4), ("warning", "list_unaccepted", None, None)] == _codes(
        reported
    )
    assert [("warning", "entry_address_changed", "E", 4), ("error", "list_unaccepted", None, None)] == _codes(
        refused
    )
    assert not changed.is_settled


@pytest.mark.parametrize(
    ("now", "code", "words"),
    [
        ((A, B, _entry("c", 5, "Agra")), "entry_new", ["c@customs.example", "Commissioner, Agra"]),
        ((A,), "entry_gone", ["b@customs.example", "Commissioner, Delhi", "E4"]),
        (
            (A, replace(B, address="z@customs.example")),
            "entry_address_changed",
            ["b@customs.example", "z@customs."],
        ),
        ((A, replace(B, places=("Agra",))), "entry_post_changed", ["Commissioner, Delhi", "Commissioner, Agra"]),
        ((A, replace(B, primary=False)), "entry_primary_changed", ["b@customs.example", "Delhi"]),
    ],
)
def test_each_change_is_told_in_words(now: tuple[Listed, ...], code: str, words: list[str]) -> None:
    """A change names the address, the post before and after, and in Hindi the place's name in Hindi."""
    (told,) = [one for one in unaccepted([_imported(*now, before=(A, B))], zone=ZONE) if one.code == code]

    assert [] == [word for word in words if word not in message(told)["en"]]
    assert "आयुक्त" in message(told)["hi"]
    assert "Delhi" not in message(told)["hi"]


def test_the_summary_says_who_accepted_what_when() -> None:
    """Officer, moment with its zone, counts by kind, and the command that settles it."""
    (*_, told) = unaccepted([_imported(A, before=(A, B))], zone=ZONE)

    assert [] == [
        text
        for text in ("asha", "12.08.2025 21:10 IST", "0 new, 1 gone", "dispatcher recipients accept cms")
        if text not in message(told)["en"]
    ]


def test_an_unusual_count_is_a_warning_of_its_own() -> None:
    """A list that lost more than a tenth of its addresses says so, with both numbers."""
    ten = tuple(_entry(f"n{n}", n) for n in range(3, 13))
    usual, unusual = (unaccepted([_imported(*ten[:left], before=ten)], zone=ZONE) for left in (9, 8))

    assert "list_count" not in {one.code for one in usual}
    assert [{"before": "10", "after": "8"}] == [one.facts for one in unusual if one.code == "list_count"]


def test_a_list_with_errors_is_not_compared() -> None:
    """One faulty cell is one problem, not also somebody gone."""
    assert () == unaccepted([_imported(A, before=(A, B), problems=(WRONG,))], zone=ZONE)


def test_lists_never_accepted_are_one_warning() -> None:
    """They are named together, and `prepare` lets them through."""
    lists = [replace(_imported(A), listed=_list(A, audience=name)) for name in ("cms", "eici")]

    assert [("lists_never_accepted", "cms, eici")] == [
        (one.code, one.value) for one in unaccepted(lists, zone=ZONE)
    ]
    assert () == refusals(lists, zone=ZONE)


@pytest.mark.parametrize("before", [None, (A,)])
def test_an_unconfirmed_repair_blocks(before: tuple[Listed, ...] | None) -> None:
    """A repair that nobody confirmed is refused, whether or not a list was ever accepted, and shown."""
    refused = refusals([_imported(A, before=before, problems=(REPAIRED,))], zone=ZONE)

    assert [("error", "list_repaired", None, None), ("repair", "address_written_out", "E", 5)] == _codes(refused)


def test_domains_of_accepted_lists() -> None:
    """The domains of all accepted lists, without case."""
    accepted = _imported(A, before=(replace(A, address="A@CUSTOMS.example"), _entry("b"))).accepted
    assert accepted is not None

    assert frozenset({"customs.example"}) == accepted_domains([accepted])


def test_codes_and_sentences_agree() -> None:
    """Each code has its sentences in both languages, and the catalog holds no other."""
    assert {code.value for code in Said} == set(OWN)
    assert all(set(sentences()[code]) == {"hi", "en"} for code in OWN)
