"""Numbers reserved in the store: by the first `prepare`, once, for good."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from dispatcher.errors import Refused
from dispatcher.outbox.preparing import prepare
from dispatcher.outbox.reserving import entries, record_unused
from dispatcher.outbox.schema import registered_number
from tests.drafts import draft
from tests.outboxes import MOMENT

if TYPE_CHECKING:
    from dispatcher.outbox.numbers import Entry
    from tests.outboxes import Outbox

A, B = "a@customs.example", "b@customs.example"
SAMPLE = draft(A)
NUMBER = SAMPLE.advisory.number


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
