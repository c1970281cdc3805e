from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

from dispatcher.errors import InputProblems, Problem, Refused, Severity, Source
from dispatcher.outbox.acceptance import Imported
from dispatcher.outbox.accepting import accept, history, newest_lists, refuse_unaccepted
from dispatcher.outbox.database import is_begun, open_database
from dispatcher.outbox.schema import accepted_entry, accepted_list
from dispatcher.recipients.lists import Listed, RecipientList, Repair

if TYPE_CHECKING:
    from pathlib import Path

    from dispatcher.outbox.acceptance import AcceptedList
    from dispatcher.outbox.database import Database
    from tests.outboxes import Outbox

NOW = datetime(2025, 8, 12, 15, 40, 7, 250_000, tzinfo=UTC)
ZONE = ZoneInfo("Asia/Kolkata")
REPAIR = Repair("ditto_resolved", "Posts", "D6", "-do-", "Commissioner")


def _entry(name: str, **changes: object) -> Listed:
    entry = Listed(
        address=f"{name}@customs.example",
        places=("Mumbai", "Delhi"),
        designation={"hi": "आयुक्त", "en": "Commissioner"},
        organisation={"hi": "", "en": "Customs"},
        primary=True,
        cell="E3",
    )
    return replace(entry, **changes)  # type: ignore[arg-type]


def _import(
    *entries: Listed,
    audience: str = "commissioners",
    after: AcceptedList | None = None,
    problems: tuple[Problem, ...] = (),
) -> Imported:
    listed = RecipientList(
        audience=audience,
        file=f"recipients/{audience}.xlsx",
        tab="Posts",
        file_hash="ab" * 32,
        entries=entries or (_entry("Mumbai"), _entry("spare", primary=False, cell="E4")),
        repairs=(REPAIR,),
    )
    return Imported(listed=listed, problems=problems, accepted=after)


def _newest(database: Database) -> dict[str, AcceptedList]:
    with database.reading() as connection:
        return newest_lists(connection)


def test_a_list_is_kept_as_it_was_accepted(database: Database) -> None:
    """Every field of list, entries and repairs is read back, with officer and moment."""
    one = _import()

    accepted = accept(database, one, by="asha", now=NOW)

    assert {"commissioners": accepted} == _newest(database)
    assert (one.listed, "asha", NOW) == (accepted.listed, accepted.accepted_by, accepted.accepted_at)


def test_the_newest_counts_and_all_are_kept(database: Database, outbox: Outbox) -> None:
    """A further acceptance of an audience is a further list; the one before it stays as it is."""
    first = accept(database, _import(), by="asha", now=NOW)
    other = accept(database, _import(audience="cms"), by="asha", now=NOW)
    before = outbox.rows(accepted_entry)
    second = accept(database, _import(_entry("delhi"), after=first), by="vivek", now=NOW)

    with database.reading() as connection:
        kept = history(connection, "commissioners")

    assert {"commissioners": second, "cms": other} == _newest(database)
    assert [first, second] == kept
    assert before == outbox.rows(accepted_entry)[: len(before)]


def test_what_somebody_else_accepted_meanwhile_stands(database: Database, outbox: Outbox) -> None:
    """A yes to a difference against an older list is refused, and nothing is written."""
    first = accept(database, _import(), by="asha", now=NOW)
    accept(database, _import(_entry("delhi"), after=first), by="vivek", now=NOW)

    with pytest.raises(Refused, match=r"commissioners: somebody else accepted"):
        accept(database, _import(_entry("agra"), after=first), by="asha", now=NOW)

    assert ["asha", "vivek"] == [row.accepted_by for row in outbox.rows(accepted_list)]


def test_a_sheet_with_errors_cannot_be_accepted(database: Database) -> None:
    """The errors are told, all of them, and nothing is written."""
    wrong = Problem(Severity.ERROR, "address_missing", Source("recipients/list.xlsx", "Posts", 6, "E"))

    with pytest.raises(InputProblems) as caught:
        accept(database, _import(problems=(wrong, wrong)), by="asha", now=NOW)

    assert (wrong, wrong) == caught.value.problems
    assert {} == _newest(database)


def test_the_gate_lets_through_what_was_accepted(database: Database) -> None:
    """A list as accepted passes; a changed one is refused with what changed; accepted anew it passes again."""
    first = accept(database, _import(), by="asha", now=NOW)
    changed = _import(_entry("Mumbai", address="new@customs.example"), _entry("spare", primary=False), after=first)

    refuse_unaccepted([_import(after=first)], zone=ZONE)
    with pytest.raises(InputProblems) as caught:
        refuse_unaccepted([changed], zone=ZONE)
    second = accept(database, changed, by="asha", now=NOW)
    refuse_unaccepted([replace(changed, accepted=second)], zone=ZONE)

    assert ["entry_address_changed", "list_unaccepted"] == [one.code for one in caught.value.problems]


def test_looking_does_not_begin_a_store(tmp_path: Path) -> None:
    """Whether a store is begun can be asked without beginning it."""
    url = "sqlite:///outbox/outbox.db"
    before = is_begun(url, root=tmp_path)
    open_database(url, root=tmp_path).close()

    assert (False, True) == (before, is_begun(url, root=tmp_path))
