"""What an approver is shown is what `prepare` froze, or nothing."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from dispatcher.acts import RemindersPlan
from dispatcher.errors import StoreError
from dispatcher.messages.drafting import with_document
from dispatcher.model import Enclosure, OfficialDocument, Part, Wording
from dispatcher.outbox.frozen_messages import LISTED, approvable, frozen_messages
from dispatcher.outbox.schema import delivery, frame, octets
from tests.drafts import draft, recipient
from tests.runs import addresses, prepared

if TYPE_CHECKING:
    from dispatcher.messages.release_pages import FrozenMessage
    from dispatcher.outbox.database import Database
    from tests.outboxes import Outbox

DELHI, KOCHI, EICI = "delhi@customs.example", "kochi@customs.example", "desk@eici.example"
KIT = {"onward": (Enclosure(file_name="onward.zip", media_type="application/zip", content=b"PK"),)}
PDF = OfficialDocument(file_name="Advisory-10-SYS-WZU-2025.pdf", content=b"%PDF-1.7 of the advisory")


def _read(outbox: Outbox) -> list[FrozenMessage]:
    with outbox.database.reading() as connection:
        return frozen_messages(connection, outbox.record())


def test_one_of_each_kind_as_it_was_frozen(database: Database, outbox: Outbox) -> None:
    """For each set of audiences a message in each wording: the octets that its first recipient's hash is over."""
    prepared(database, draft(DELHI, KOCHI, recipient(EICI, "eici"), recipient("chief@customs.example", "copy")))
    messages = _read(outbox)
    first = [outbox.row(address) for address in (EICI, DELHI, "chief@customs.example")]
    hashes = [digest for row in first for digest in (row.original_hash, row.in_effect_hash)]

    assert hashes == [hashlib.sha256(one.content).digest() for one in messages]
    assert [Wording.ORIGINAL, Wording.IN_EFFECT] * 3 == [one.wording for one in messages]
    assert [("eici",), ("commissioners",), ("copy",)] == [one.audiences for one in messages[::2]]
    assert [Part.TO, Part.TO, Part.COPY] == [one.part for one in messages[::2]]
    assert [1, 2, 1] == [one.count for one in messages[::2]]
    assert [(DELHI, ("Mumbai",)), (KOCHI, ("Mumbai",))] == [(one.address, one.places) for one in messages[2].told]


def test_what_follows_is_shown_once(database: Database, outbox: Outbox) -> None:
    """A reminder that says the same to several audiences stands there once, for all who are asked to act."""
    told = [recipient(DELHI), recipient(EICI, "eici"), recipient("chief@customs.example", "copy")]
    prepared(database, draft(*told, reminders=RemindersPlan()))
    following = [one for one in _read(outbox) if one.follow_up]

    assert [each.act for each in outbox.record().life.follow_ups] == [
        one.follow_up.act for one in following if one.follow_up
    ]
    assert {2} == {one.count for one in following}
    assert all({EICI, DELHI} == {told.address for told in one.told} for one in following)
    assert all(b"References: <advisory.10-SYS-WZU-2025@customs.example>" in one.content for one in following)


def test_of_very_many_recipients_the_first_are_named(database: Database, outbox: Outbox) -> None:
    """A page is not as long as a list: so many are named, and all of them counted."""
    prepared(database, draft(*addresses(LISTED + 5)))
    (first, _late) = _read(outbox)

    assert (LISTED + 5, LISTED) == (first.count, len(first.told))


@pytest.mark.parametrize("what", ["octets", "recipient", "layout"])
def test_what_is_not_as_it_was_prepared_is_not_shown(database: Database, outbox: Outbox, what: str) -> None:
    """A store that was changed since, in text, recipient or frame, is refused with the release's name."""
    prepared(database, draft(DELHI))
    changes = {
        "octets": sa.update(octets).values(content=b"another text"),
        "recipient": sa.update(delivery).values(recipient="{}"),
        "layout": sa.update(frame).values(layout="[]"),
    }
    with database.writing() as connection:
        connection.execute(changes[what])

    with pytest.raises(StoreError, match=r"release 1 of 10/SYS/WZU/2025 is not the one that was prepared"):
        _read(outbox)


def test_a_changed_reminder_is_not_shown(database: Database, outbox: Outbox) -> None:
    """What follows is compared with what its release says of it, which is approved."""
    prepared(database, draft(DELHI, reminders=RemindersPlan()))
    other = sa.select(frame.c.layout).where(frame.c.wording == "original").limit(1).scalar_subquery()
    with database.writing() as connection:
        connection.execute(sa.update(frame).where(frame.c.wording == "act:reminder-1").values(layout=other))

    with pytest.raises(StoreError, match="not those that were approved"):
        _read(outbox)


def test_the_page_names_what_is_approved(database: Database, outbox: Outbox) -> None:
    """Hash, subject and the frozen document are those of the release."""
    made = prepared(database, with_document(draft(DELHI, kits=KIT), PDF))
    with database.reading() as connection:
        shown = approvable(connection, outbox.record())

    assert (made.content_hash, 1, 1) == (shown.content_hash, shown.id, shown.deliveries)
    assert {"hi", "en"} == shown.subject.keys()
    assert PDF == shown.document
