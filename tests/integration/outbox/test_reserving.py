"""Numbers reserved in the store: by the first `prepare`, once, for good."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from dispatcher.errors import Refused
from dispatcher.outbox.number_audit import number_findings
from dispatcher.outbox.preparing import prepare
from dispatcher.outbox.reserving import entries, record_unused, take_back_unused
from dispatcher.outbox.schema import event, registered_number
from tests.drafts import draft
from tests.outboxes import MOMENT

if TYPE_CHECKING:
    from dispatcher.messages.drafting import Draft
    from dispatcher.outbox.numbers import Entry
    from tests.outboxes import Outbox

A, B = "a@customs.example", "b@customs.example"
SAMPLE = draft(A)
NUMBER = SAMPLE.advisory.number


OTHER = "11/SYS/WZU/2025"


def _of(number: str) -> Draft:
    return replace(SAMPLE, advisory=replace(SAMPLE.advisory, number=number))


def _of_register(outbox: Outbox) -> list[tuple[str, str, dict[str, Any]]]:
    wanted = sa.select(event.c.kind, event.c.actor, event.c.data).where(event.c.kind.startswith("number_"))
    with outbox.database.reading() as connection:
        rows = connection.execute(wanted.order_by(event.c.id)).all()
    return [(row.kind, row.actor, json.loads(row.data)) for row in rows]


def _entries(outbox: Outbox) -> list[Entry]:
    with outbox.database.reading() as connection:
        return entries(connection)


def test_prepare_reserves_the_number(outbox: Outbox) -> None:
    """With kind, date, subject, officer and time; a supplementary release changes none of them."""
    prepare(outbox.database, SAMPLE, made_by="asha", now=MOMENT)
    prepare(outbox.database, draft(A, B), made_by="vivek", now=MOMENT)
    (entry,) = _entries(outbox)
    advisory = SAMPLE.advisory

    assert (NUMBER, "asha", MOMENT) == (entry.number, entry.by, entry.at)
    assert (advisory.kind, advisory.issued, advisory.subject) == (entry.kind, entry.issued, entry.subject)


def test_a_number_of_another_advisory_is_refused(outbox: Outbox) -> None:
    """Whose it is, is said; nothing is prepared, and what is reserved stays as it was."""
    prepare(outbox.database, SAMPLE, made_by="asha", now=MOMENT)
    outbox.cancel()
    other = replace(SAMPLE, advisory=replace(SAMPLE.advisory, kind="incident"))
    with pytest.raises(Refused, match=rf"number {NUMBER} is another advisory's \(password_expiry, 12\.08\.2025"):
        prepare(outbox.database, other, made_by="vivek", now=MOMENT)

    assert ["password_expiry"] == [one.kind for one in _entries(outbox)]


def test_a_number_recorded_as_not_used_stays_so(outbox: Outbox) -> None:
    """It cannot be prepared, nor recorded again with another reason; who recorded it is named."""
    record_unused(outbox.database, NUMBER, reason="spoilt", by="asha", now=MOMENT)
    with pytest.raises(Refused, match=r"recorded as not used \(spoilt; asha, 12\.08\.2025"):
        prepare(outbox.database, SAMPLE, made_by="vivek", now=MOMENT)
    with pytest.raises(Refused, match="that stands"):
        record_unused(outbox.database, NUMBER, reason="other", by="vivek", now=MOMENT)

    assert ["spoilt"] == [one.reason for one in _entries(outbox)]


def test_a_used_number_cannot_be_left_out(outbox: Outbox) -> None:
    """What was prepared is used, even where its release was cancelled."""
    prepare(outbox.database, SAMPLE, made_by="asha", now=MOMENT)
    outbox.cancel()
    with pytest.raises(Refused, match="is used"):
        record_unused(outbox.database, NUMBER, reason="spoilt", by="asha", now=MOMENT)


def test_releases_from_before_the_register_are_in_it(outbox: Outbox) -> None:
    """A number that was prepared by an earlier program is taken, though nobody reserved it."""
    prepare(outbox.database, SAMPLE, made_by="asha", now=MOMENT)
    with outbox.database.writing() as connection:
        connection.execute(sa.delete(registered_number))

    assert [(NUMBER, None, "asha")] == [(one.number, one.kind, one.by) for one in _entries(outbox)]


def test_what_is_refused_reserves_nothing(outbox: Outbox) -> None:
    """A `prepare` that is refused for its text leaves the register as it was."""
    prepare(outbox.database, SAMPLE, made_by="asha", now=MOMENT)
    before = _entries(outbox)
    changed = replace(SAMPLE, advisory=replace(SAMPLE.advisory, subject={"hi": "नया", "en": "new"}))
    with pytest.raises(Refused, match="differ"):
        prepare(outbox.database, changed, made_by="asha", now=MOMENT)

    assert before == _entries(outbox)


def _findings(outbox: Outbox, slug: str | None = None) -> list[str]:
    with outbox.database.reading() as connection:
        return [one.said for one in number_findings(connection, slug=slug)]


def test_what_was_recorded_by_mistake_is_taken_back(outbox: Outbox) -> None:
    """The number is free again, for an advisory too; both acts stay in the record, which explains itself."""
    prepare(outbox.database, SAMPLE, made_by="asha", now=MOMENT)
    record_unused(outbox.database, OTHER, reason="spoilt", by="asha", now=MOMENT)
    was = take_back_unused(outbox.database, OTHER, reason="a slip", by="vivek", now=MOMENT)
    left = [one.number for one in _entries(outbox)]
    prepare(outbox.database, _of(OTHER), made_by="asha", now=MOMENT)

    assert ("spoilt", [NUMBER]) == (was, left)
    told = {"reason": "spoilt", "by": "asha", "at": MOMENT.isoformat()}
    assert [
        ("number_unused", "asha", {"number": OTHER, "reason": "spoilt"}),
        ("number_taken_back", "vivek", {"number": OTHER, "reason": "a slip", "was": told}),
    ] == _of_register(outbox)
    assert [] == _findings(outbox)


def test_only_what_is_recorded_can_be_taken_back(outbox: Outbox) -> None:
    """Not a number that is used or free; where no release could keep it in its chain, nothing is changed."""
    record_unused(outbox.database, OTHER, reason="spoilt", by="asha", now=MOMENT)
    with pytest.raises(Refused, match="nothing was prepared here yet"):
        take_back_unused(outbox.database, OTHER, reason="a slip", by="asha", now=MOMENT)
    kept = [one.reason for one in _entries(outbox)]
    prepare(outbox.database, SAMPLE, made_by="asha", now=MOMENT)
    for number in (NUMBER, "12/SYS/WZU/2025"):
        with pytest.raises(Refused, match="is not recorded as not used"):
            take_back_unused(outbox.database, number, reason="a slip", by="asha", now=MOMENT)

    assert ["spoilt"] == kept
    assert "spoilt" == take_back_unused(outbox.database, OTHER, reason="a slip", by="asha", now=MOMENT)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        pytest.param(
            f"UPDATE registered_number SET reason='unused' WHERE number='{NUMBER}'",
            f"the register of numbers has {NUMBER} as not used (unused), but release 1 bears it",
            id="an issued number called unused",
        ),
        pytest.param(
            f"UPDATE registered_number SET kind='incident' WHERE number='{NUMBER}'",
            f"the kind of {NUMBER} in the register of numbers is incident, in release 1 password_expiry",
            id="another kind",
        ),
        pytest.param(
            f"UPDATE registered_number SET subject='{{}}' WHERE number='{NUMBER}'",
            f"the subject of {NUMBER} in the register of numbers is {{}}, in release 1",
            id="another subject",
        ),
        pytest.param(
            "DELETE FROM registered_number WHERE number='11/SYS/WZU/2025'",
            "does not have 11/SYS/WZU/2025 as not used, but recorded was: spoilt",
            id="a gap taken out",
        ),
        pytest.param(
            "UPDATE registered_number SET reason='x' WHERE number='11/SYS/WZU/2025'",
            "has 11/SYS/WZU/2025 as not used (x), but recorded was: spoilt",
            id="another reason",
        ),
        pytest.param(
            "UPDATE registered_number SET number='12/SYS/WZU/2025' WHERE number='13/SYS/WZU/2025'",
            "release 2 bears the number 13/SYS/WZU/2025, which is not in the register of numbers",
            id="a number taken out",
        ),
        pytest.param(
            "INSERT INTO registered_number VALUES ('14/SYS/WZU/2025', NULL, NULL, NULL, 'back', 1e9, 'asha')",
            "has 14/SYS/WZU/2025 as not used (back), but that was taken back",
            id="a gap put back",
        ),
        pytest.param(
            f"UPDATE registered_number SET subject='[' WHERE number='{NUMBER}'",
            "holds what no program wrote there",
            id="no JSON",
        ),
    ],
)
def test_a_register_that_was_changed_is_found_out(outbox: Outbox, change: str, said: str) -> None:
    """Past the program: it no longer says what releases and events say."""
    prepare(outbox.database, SAMPLE, made_by="asha", now=MOMENT)
    record_unused(outbox.database, OTHER, reason="spoilt", by="asha", now=MOMENT)
    prepare(outbox.database, _of("13/SYS/WZU/2025"), made_by="asha", now=MOMENT + timedelta(minutes=1))
    record_unused(outbox.database, "14/SYS/WZU/2025", reason="torn", by="asha", now=MOMENT)
    take_back_unused(outbox.database, "14/SYS/WZU/2025", reason="a slip", by="asha", now=MOMENT)
    before = _findings(outbox)
    with outbox.database.writing() as connection:
        connection.exec_driver_sql(change)

    assert [] == before
    assert [True] == [said in one for one in _findings(outbox)]


def test_of_one_advisory_only_its_number_is_looked_at(outbox: Outbox) -> None:
    """As `verify` of one advisory leaves the others alone."""
    prepare(outbox.database, SAMPLE, made_by="asha", now=MOMENT)
    with outbox.database.writing() as connection:
        connection.execute(sa.update(registered_number).values(reason="x"))

    assert [1, 0] == [len(_findings(outbox, slug)) for slug in ("10-SYS-WZU-2025", "11-SYS-WZU-2025")]
